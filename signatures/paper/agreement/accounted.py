"""A second look at what was read, apart from how: whether every word of a block is in one of its party's fields."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .labels import SLASH
from .lines import Piece
from .parsed import ParsedParty
from .words import ROLE_WORD

LEFT_OVER = "a line of the block is in none of its fields"
ELSEWHERE = "the same name has signed elsewhere, and not here"
NOBODY = "nobody is named on the line, though others have signed"

_CARRIES = ("text", "by", "name", "title", "its", "signature")
_ASIDE = re.compile(
    r"^[^()]*\)|\([^)]*(?:\)|$)|[“\"][^”\"]*(?:[”\"]|$)|\b(?:formerly|f/?k/?a|d/?b/?a|n/?k/?a)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_FILLING = frozenset(
    {"by", "its", "as", "an", "the", "and", "of", "for", "in", "on", "behalf", "duly", "authorized", "authorised"}
    | {
        "signatory",
        "signature",
        "officer",
        "name",
        "title",
        "print",
        "individually",
        "individual",
        "solely",
        "capacity",
    }
    | {"not", "but", "signed", "seal", "corporate", "illegible", "deed", "executed", "acting", "presence"}
)


def checked(parties: Sequence[ParsedParty], pieces: Sequence[Piece]) -> list[ParsedParty]:
    """The parties, with a doubt where words of their block were left over or nobody is named among the signed."""
    begins = {party.lines[0] for party in parties}
    telling = sorted(_telling(pieces, begins), key=lambda piece: piece.number)
    numbers = [piece.number for piece in telling]
    mostly_signed = sum(any(s.signed for s in one.signatories) for one in parties) > len(parties) / 2
    found = []
    for party in parties:
        first, last = party.lines
        beside = [other for other in parties if other.lines[0] <= last and other.lines[1] >= first]
        known = _words(" ".join(text for one in beside for text in _fields(one)))
        own = telling[bisect_left(numbers, first) : bisect_right(numbers, last)]
        doubts = {LEFT_OVER} if any(_is_left_over(piece, known) for piece in own) else set()
        below = [piece for piece in telling[bisect_right(numbers, last) :][:1] if piece.number == last + 1]
        following = _words(" ".join(text for one in parties if one.lines[0] > last for text in _fields(one)))
        if any(piece.kind == "text" and _is_left_over(piece, known | following) for piece in below):
            doubts.add(LEFT_OVER)
        if _signed_elsewhere(party, telling):
            doubts.add(ELSEWHERE)
        if mostly_signed and not any(s.name or s.signed for s in party.signatories):
            doubts.add(NOBODY)
        found.append(_with(party, doubts if party.certain else set()))
    return found


def _signed_elsewhere(party: ParsedParty, telling: Sequence[Piece]) -> bool:
    """Whether somebody who is a party with nobody named above has signed elsewhere, and not here."""
    names = [one.name for one in party.signatories]
    if party.chain or names != [party.entity]:
        return False
    first, last = party.lines
    name = _words(party.entity or "")
    signed = [p for p in telling if p.kind == "signature" or SLASH.match(p.text)]
    places = [p.number for p in signed if name <= _words(p.text)]
    return bool(places) and not any(first <= number <= last for number in places)


def _with(party: ParsedParty, doubts: set[str]) -> ParsedParty:
    return replace(party, doubts=tuple(sorted({*party.doubts, *doubts})), certain=party.certain and not doubts)


def _telling(pieces: Sequence[Piece], begins: set[int]) -> Iterator[Piece]:
    """The pieces that say something of a party; those of a witness, up to where the next party begins, say nothing."""
    witness = False
    for piece in pieces:
        ends = piece.kind in ("break", "heading") or (piece.kind == "text" and piece.number in begins)
        witness = piece.kind == "witness" or (witness and not ends)
        if piece.kind in _CARRIES and not witness:
            yield piece


def _is_left_over(piece: Piece, known: set[str]) -> bool:
    words = _words(ROLE_WORD.sub(" ", _ASIDE.sub(" ", piece.text))) - _FILLING
    if piece.kind == "signature" or SLASH.match(piece.text):
        return bool(words) and not words & known  # a signature may be spelt another way than the name below it
    return bool(words - known)


def _fields(party: ParsedParty) -> Iterator[str]:
    texts: list[str | None] = [party.entity, party.descriptor, party.label, party.address]
    for link in party.chain:
        texts += [link.entity, link.capacity, link.descriptor]
    for person in party.signatories:
        texts += [person.name, person.title]
    yield from filter(None, texts)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{2,}", text.casefold()))
