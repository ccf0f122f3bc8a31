"""Typesets the status of a collection for those who ask counsel for it: the bar, the thresholds, every holder."""

from __future__ import annotations

import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from signatures.paper.drawing import PLAIN, SIZES, Style
from signatures.paper.typeset import CannotSet, breakable, families, pdf_bytes, typeset

_NARROWEST = 90.0  # points: the narrowest column of names
_SIZE = 9.5
_FOOT = 80  # letters of the title at the foot of each page


@dataclass(frozen=True)
class Segment:
    """A part of the bar: its state as the board calls it, in words, and where it is, in percent of the bar."""

    state: str
    word: str
    amount: str
    x: float
    width: float


@dataclass(frozen=True)
class Mark:
    """A threshold on the bar, at `x` percent of it. `row` counts upwards from the bar, so that none collide."""

    words: str
    x: float
    label_x: float
    anchor: str
    row: int


@dataclass(frozen=True)
class ThresholdLine:
    """A threshold, its clause, what it asks, and the outcome."""

    name: str
    clause: str
    rule: str
    verdict: str
    is_met: bool


@dataclass(frozen=True)
class HolderLine:
    """A holder or other party. `below` are lines under its name, `note` one under its principal."""

    name: str
    below: tuple[str, ...]
    signatories: tuple[str, ...]
    principal: str
    note: str
    received: str


@dataclass(frozen=True)
class Group:
    """Holders in one state, and what they are together."""

    word: str
    total: str
    rows: tuple[HolderLine, ...]


@dataclass(frozen=True)
class DefectLine:
    """An open defect: whose, what is wrong, since when."""

    name: str
    words: str
    since: str


@dataclass(frozen=True)
class StatusReport:
    """A status report in words. Amounts are in it where `with_amounts`, else its texts hold none.

    `facts` are (word, value), `figure` and `figure_words` the sentence that answers "are we there yet".
    """

    title: str
    issuer: str
    sender: str
    as_of: str
    facts: tuple[tuple[str, str], ...]
    figure: str
    figure_words: str
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]
    disregarded: str
    thresholds: tuple[ThresholdLine, ...]
    groups: tuple[Group, ...]
    parties: tuple[HolderLine, ...]
    defects: tuple[DefectLine, ...]
    closing: tuple[str, ...]
    with_amounts: bool


def draw_status(report: StatusReport, style: Style = PLAIN) -> bytes:
    """Return the report as a PDF, the same bytes for the same report.

    A character that no font has is given by its code point, as [U+4E2D]: a report is not held up by a name.
    """
    width, height = SIZES[style.paper]
    frame = {"fonts": families(style.font), "size": _SIZE, "width": width, "height": height}
    title = report.title
    foot = title if len(title) <= _FOOT else f"{title[: _FOOT - 1].rstrip()}…"
    return pdf_bytes(typeset("status.typ", {**frame, **_set({**asdict(report), "foot": foot}, style)}))


def _set(value: Any, style: Style) -> Any:
    if isinstance(value, dict):
        return {key: _set(one, style) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_set(one, style) for one in value]
    return _words(value, style) if isinstance(value, str) else value


def _words(text: str, style: Style) -> str:
    try:
        return breakable(text, style.font, _SIZE, _NARROWEST)
    except CannotSet as error:
        plain = unicodedata.normalize("NFC", text)
        for character in error.characters:
            plain = plain.replace(character, f"[U+{ord(character):04X}]")
        return breakable(plain, style.font, _SIZE, _NARROWEST)
