"""Addresses on a signature page: which lines are one, whose it is, and where it ends."""

from __future__ import annotations

from .drafts import ADDRESS_LIKE, BlockDraft
from .lines import Piece
from .words import has_company_suffix, is_capital


class AddressReading:
    """The address that is being read; `target` is its block, None where it is nobody's (a copy's, a second one)."""

    def __init__(self) -> None:
        self.active = False
        self.target: BlockDraft | None = None
        self.is_copy = False

    def begin(self, target: BlockDraft | None, text: str) -> None:
        """An address label with what stands behind it. A block keeps the first address that it has."""
        self.active, self.is_copy = True, False
        self.target = target if target is not None and not target.address else None
        if text and self.target is not None:
            self.target.address.append(text)

    def begin_copy(self) -> None:
        """A `with a copy to`: its lines are nobody's address."""
        self.active, self.is_copy, self.target = True, True, None

    def takes(self, piece: Piece, block_follows: bool) -> bool:
        """Whether a piece belongs to the address, which else has ended. `block_follows`: a signature comes next."""
        if piece.kind == "noise" or (piece.kind == "heading" and piece.gap == 0):
            return True
        if piece.kind == "other":
            if not self.is_copy and self.target is not None and self.target.address:
                self.target = None
            return True
        self.active = piece.kind in ("text", "prose") and not self._ends_at(piece, block_follows)
        if self.active and self.target is not None:
            self.target.address.append(piece.text)
        return self.active

    def _ends_at(self, piece: Piece, block_follows: bool) -> bool:
        if piece.kind == "prose" and piece.gap:
            return True
        if self.target is not None and not self.target.address:
            return False
        if piece.gap and not ADDRESS_LIKE.match(piece.text) and (block_follows or self.target is not None):
            return True
        is_party = is_capital(piece.text) and has_company_suffix(piece.text)
        return self.target is not None and piece.gap == 0 and block_follows and is_party
