"""From the lines of a document to labelled pieces in reading order: columns apart, collapsed lines broken."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .columns import in_reading_order
from .flattened import flattened_apart, signatures_beside
from .grids import forms_as_blocks, without_date_columns
from .joined import joined
from .labels import BY, INNER, SLASH, Kind, classify
from .names import split_before_company, steps_of
from .rosters import rosters_as_blocks
from .rows import Row
from .source import SourceLine, rows_of
from .turns import without_turns
from .words import is_capital, looks_like_company


@dataclass(frozen=True)
class Piece:
    """One labelled piece.

    `text` is what stands after the label, `gap` the number of blank lines before it; `glued` says that it was cut out
    of the same printed line as the piece before, `unsure` that its column was guessed. `place` counts the pieces that
    carry words, in the order in which they are read.
    """

    kind: Kind
    text: str
    number: int
    page: int | None
    gap: int = 0
    glued: bool = False
    column: int | None = None
    label: str = ""
    unsure: bool = False
    place: int = 0


_ROLE_IN_FRONT = re.compile(r"^([A-Z][\w /-]{2,40}:)\s+(?=\S)")
_QUOTED_ROLE = re.compile(r"^[“\"][A-Z][\w -]{1,38}[”\"]:?\s+(?=[A-Z])")
_OPEN_BY = re.compile(
    r"(?:signed\s+)?by\s*(?:\(signature\)\s*)?:?|(?:docu)?signed(?:\s+by)?\s*:|per\s*:|(?:authori[sz]ed\s+)?signature\s*:|"
    r"(?:(?:duly\s+)?(?:authori[sz]ed|legal)\s+)*(?:representative|signatory|signer|signor)\s*:",
    re.IGNORECASE,
)


def pieces_of(source: Sequence[SourceLine]) -> list[Piece]:
    """The labelled pieces of a document, columns one after the other. Page breaks are pieces of kind `break`."""
    found: list[Piece] = []
    in_prose = in_footer = False
    for raw in joined(list(in_reading_order(list(_forms_apart(source))))):
        for text, glued in _broken(raw.text, raw.sequential):
            piece = _labelled(text, raw, glued)
            if piece.kind in ("text", "prose", "noise") and piece.gap == 0 and in_footer:
                piece = replace(piece, kind="footer")
            if (
                piece.kind == "heading"
                and not piece.label
                and piece.gap == 0
                and found
                and found[-1].kind in ("text", "by", "signature", "name", "rule")
            ):
                piece = replace(piece, kind="text")
            if piece.kind == "heading" and not piece.label and glued and _is_role_label(found[-1]):
                piece = replace(piece, kind="text")  # `LENDER:   SURETY BANK`
            if piece.kind == "text" and in_prose and piece.gap == 0 and not glued and not _ends_prose(piece.text):
                piece = replace(piece, kind="prose")
            in_prose = piece.kind == "prose" and not re.search(r"[.:;]$", piece.text)
            in_footer = piece.kind == "footer" and _goes_on(piece.text)
            found.append(piece)
    return found


def _forms_apart(source: Sequence[SourceLine]) -> Iterator[Row]:
    rows = list(signatures_beside(joined(without_turns(list(rows_of(source))))))
    return flattened_apart(list(forms_as_blocks(without_date_columns(list(rosters_as_blocks(rows))))))


def _is_role_label(piece: Piece) -> bool:
    return piece.kind == "heading" and bool(piece.label)


def _goes_on(footer: str) -> bool:
    return not footer.endswith((")", "]")) and (
        is_capital(footer) or bool(re.search(r"(?:[–,-]|\b(?:to|of|and|for|the))$", footer))
    )


def _ends_prose(text: str) -> bool:
    return is_capital(text) and looks_like_company(text)


def _broken(text: str, sequential: bool) -> Iterator[tuple[str, bool]]:
    """The parts of a printed line, cut at labels, and after prose where a party's name begins."""
    glued = False
    for cell in text.split("\n"):
        starts = [0, *(m.start() for m in INNER.finditer(cell) if m.start() > 0), len(cell)]
        parts = [cell[a:b].strip() for a, b in pairwise(starts)]
        parts = _with_signature([p for p in parts if p]) or [""]
        for index, part in enumerate(parts):
            before_by = index + 1 < len(parts) and bool(re.match(r"(?:By|Per)\b", parts[index + 1]))
            for small in _unglued(part, before_by):
                for step in steps_of(small):
                    yield step, glued
                    glued = True
        glued = sequential


def _with_signature(parts: list[str]) -> list[str]:
    """A bare `By:` and the /s/ that follows it are one part."""
    joined: list[str] = []
    for part in parts:
        if joined and SLASH.match(part) and _OPEN_BY.fullmatch(joined[-1]):
            joined[-1] += " " + part
        else:
            joined.append(part)
    return joined


def _unglued(part: str, before_by: bool) -> list[str]:
    """A part of a collapsed line cut where another party's name begins in front of its `By:`."""
    role = _ROLE_IN_FRONT.match(part)
    rest = part[role.end() :] if role else ""
    is_name = looks_like_company(part) or (is_capital(rest) and len(rest.split()) > 1)
    if role and classify(role.group(1))[0] in ("heading", "prose") and is_name:
        return [role.group(1), *_unglued(part[role.end() :], before_by)]
    if (quoted := _QUOTED_ROLE.match(part)) and classify(quoted.group(0))[0] == "heading":
        return [f"{quoted.group(0).strip(' :')}:", *_unglued(part[quoted.end() :], before_by)]
    if not before_by or (BY.match(part) and not SLASH.match(BY.sub("", part))):
        return [part]
    left, company = split_before_company(part)
    return [left, *_unglued(company, before_by)] if left and company else [part]


def _labelled(text: str, row: Row, glued: bool) -> Piece:
    kind, value, label = classify(text) if not row.hard else ("break", "", "")
    return Piece(kind, value, row.number, row.page, 0 if glued else row.gap, glued, row.column, label, row.unsure)
