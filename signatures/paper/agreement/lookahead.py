"""What follows a piece of a signature page."""

from __future__ import annotations

from collections.abc import Sequence

from .lines import Piece
from .words import looks_like_title


def next_piece(pieces: Sequence[Piece], at: int) -> Piece | None:
    """The piece after the one at `at`, captions passed over."""
    return next((piece for piece in pieces[at + 1 :] if piece.kind != "noise"), None)


def block_follows(pieces: Sequence[Piece], at: int) -> bool:
    """Whether a `By:` comes before anything that would end a head."""
    for piece in pieces[at + 1 : at + 9]:
        if piece.kind in ("by", "signature", "rule", "amount", "holder"):
            return True
        if piece.kind not in ("text", "noise", "date", "heading", "witness"):
            return False
    return False


def heads_a_block(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the piece at `at`, perhaps with lines right below it, stands above a signature line of its own."""
    for piece in pieces[at + 1 : at + 5]:
        if piece.kind in ("by", "signature", "rule"):
            return True
        if piece.kind not in ("text", "noise") or piece.gap > 1 or looks_like_title(piece.text):
            return False
    return False


def is_notarys(pieces: Sequence[Piece], at: int) -> bool:
    """Whether the signature line at `at` is a notary's."""
    return any(piece.kind == "notary" for piece in pieces[at + 1 : at + 4])
