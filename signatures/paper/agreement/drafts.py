"""What is gathered of a signature block while its pieces are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from .lines import Piece
from .names import is_continuation, read_name
from .signers import SignatureDraft
from .words import CAPACITY, fold, has_company_suffix, is_capital, is_incomplete, looks_like_company

ADDRESS_LIKE = re.compile(
    r"^(?:c/o\b|P\.?\s?O\.?\s+Box|\d+[\w-]*\s+\w+|(?:One|Two|Three)\s+\w+.*(?:Plaza|Street|Avenue|Center|Square|"
    r"Place|Drive|Road)|Suite\b|Floor\b|\d+(?:st|nd|rd|th)\s+Floor|"
    r"Attn|Attention|.*\b[A-Z]{2}\.?\s+\d{5}(?:-\d{4})?$|.*,\s*[A-Z][a-z]+\s+\d{5}(?:-\d{4})?$|.*\b(?:Suite|Floor|"
    r"Street|Avenue|Boulevard|Drive|Road|Parkway|Highway|Lane)\b(?!.*(?:Inc|LLC|L\.P|Corp|Bank|Trust|Funds?)\b))",
    re.IGNORECASE,
)


def is_address(text: str) -> bool:
    """Whether a line can only be a line of an address."""
    return bool(ADDRESS_LIKE.match(text)) and not has_company_suffix(text)


@dataclass
class LinkDraft:
    """One `By: X, its Y` while it is gathered; `its` is a capacity of its own line, `first` one that stood in front.

    `pieces` are those that it was put together from.
    """

    text: str
    its: str = ""
    first: str = ""
    pieces: list[Piece] = field(default_factory=list)

    def go_on(self, piece: Piece) -> None:
        """Take the line below as more of the same step."""
        self.text = f"{self.text} {piece.text}".strip()
        self.pieces.append(piece)


@dataclass
class BlockDraft:
    """One signature block while it is gathered."""

    heads: list[Piece] = field(default_factory=list)
    label: str | None = None
    holder: str | None = None
    address: list[str] = field(default_factory=list)
    amount: str | None = None
    caption: str | None = None
    links: list[LinkDraft] = field(default_factory=list)
    signatures: list[SignatureDraft] = field(default_factory=list)
    first: int = 0
    last: int = 0
    page: int | None = None
    section: int = 0
    doubts: set[str] = field(default_factory=set)

    @property
    def is_headless(self) -> bool:
        """Whether no party's name stands above its chain, so that the chain names it."""
        return not (self.heads or self.holder)


def placed(pieces: Iterable[Piece]) -> list[Piece]:
    """The pieces, each with its place: a rule in between parts no words."""
    found: list[Piece] = []
    for piece in pieces:
        carries_words = piece.kind != "rule" or bool(fold(piece.text))
        found.append(replace(piece, place=(found[-1].place if found else 0) + carries_words))
    return found


def as_printed(name: str, pieces: Sequence[Piece]) -> str:
    """A name put together from pieces, or the longest part of it that the document says in one: other words may lie
    between two pieces.
    """
    runs: list[str] = []
    for at, piece in enumerate(pieces):
        if at and piece.place == pieces[at - 1].place + 1:
            runs[-1] += fold(piece.text)
        else:
            runs.append(fold(piece.text))
    if len(runs) < 2 or any(fold(name) in run for run in runs):
        return name
    words = name.split()
    for length in range(len(words) - 1, 0, -1):
        for start in range(len(words) - length + 1):
            part = " ".join(words[start : start + length])
            if any(fold(part) in run for run in runs):
                return part.strip(" ,;:")
    return name


def link_of(text: str) -> LinkDraft:
    """What stands behind `By:`; a capacity may stand in front of the name, or alone."""
    first = re.match(r"^((?:its|the|as|a|an|sole|general|managing|duly)\b[^:]*?):\s*(.*)$", text, re.IGNORECASE)
    if first and CAPACITY.match(first.group(1)):
        return LinkDraft(first.group(2), first=first.group(1))
    behind = re.match(r"^((?:its|the)\s[^:,]+),\s+(\S.*)$", text, re.IGNORECASE)
    if behind and CAPACITY.fullmatch(behind.group(1)) and has_company_suffix(behind.group(2)):
        return LinkDraft(behind.group(2), first=behind.group(1))
    if re.match(r"^its\b", text, re.IGNORECASE) and CAPACITY.match(text) and len(text.split()) <= 5:
        return LinkDraft("", first=text)
    return LinkDraft(text)


def is_next_party(link: LinkDraft, text: str) -> bool:
    """Whether a line below a whole step of a chain names the next of several parties over one signature."""
    named = read_name(link.text)
    whole = has_company_suffix(named.entity) and bool(named.capacity or link.its or link.first)
    if not whole or is_continuation(text) or (is_incomplete(link.text) and not link.its):
        return False
    entity = read_name(text).entity
    return has_company_suffix(entity) or (is_capital(entity) and looks_like_company(entity))
