"""Tell signed lines from blank ones, and filled particulars from blank ones, by the ink around them.

Ink belongs to the line or the blank in whose zone most of its stroke lies. Ink that only reaches in from elsewhere signs
nothing, but leaves the line unsure. A line is called blank only where next to nothing is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signatures.paper.ink import Ink
from signatures.paper.layout import BlankField, Box, LineLayout, PageLayout
from signatures.paper.reading import FieldSeen, FieldVerdict, LineSeen, LineVerdict

# A signature has at least this much ink (square points) and this extent (points).
_SIGNED_AREA, _SIGNED_WIDTH, _SIGNED_HEIGHT = 12.0, 9.0, 4.5
# A flat scrawl is low but long.
_FLAT_WIDTH, _FLAT_HEIGHT = 30.0, 3.4
# Blank: no more specks than this many square points, besides what the whole page has of them.
_BLANK_AREA = 1.0
_FIELD_BLANK_AREA = 0.5
_FILLED_AREA = 4.0
_REACHING = 1.5
_HOME = 0.55


@dataclass(frozen=True)
class _Share:
    """Ink in one zone, in square points: of strokes at home there, of strokes that reach in, of dust and dust expected."""

    home: float
    reaching: float
    dust: float
    expected: float
    strokes: NDArray[np.intp]


def line_zone(line: LineLayout) -> Box:
    """Return where ink signs `line`, in points: the box it was issued with, and a little to both sides."""
    return Box(line.rule.x0 - 6, min(line.box.y0, line.rule.y - 20), line.rule.x1 + 8, line.rule.y + 4)


def field_zone(field: BlankField) -> Box:
    """Return where ink fills `field`, in points."""
    return Box(field.rule.x0 - 2, min(field.box.y0, field.rule.y - 11), field.rule.x1 + 12, field.rule.y + 3.5)


def judge(ink: Ink, layout: PageLayout) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return what is to be seen on every signature line and every blank particular of `layout`."""
    lines: list[LineSeen] = []
    fields: list[FieldSeen] = []
    for line in layout.lines:
        seen = _judge_line(ink, line)
        lines.append(seen)
        fields.extend(_judge_field(ink, line, field, seen) for field in line.fields)
    return tuple(lines), tuple(fields)


def unsure(layout: PageLayout, reason: str) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return every line and blank of `layout` as unsure, for one `reason`."""
    return (
        tuple(LineSeen(line.id, "unsure", reason) for line in layout.lines),
        tuple(FieldSeen(line.id, field.name, "unsure") for line in layout.lines for field in line.fields),
    )


def _judge_line(ink: Ink, line: LineLayout) -> LineSeen:
    share = _share(ink, line_zone(line))
    width = height = 0.0
    if len(share.strokes):
        boxes = ink.boxes[share.strokes]
        width = float(boxes[:, 2].max() - boxes[:, 0].min())
        height = float(boxes[:, 3].max() - boxes[:, 1].min())
    verdict, reason = _line_verdict(width, height, share)
    return LineSeen(line.id, verdict, reason, _outlines(ink, share))


def _line_verdict(width: float, height: float, share: _Share) -> tuple[LineVerdict, str]:
    tall = width >= _SIGNED_WIDTH and height >= _SIGNED_HEIGHT
    flat = width >= _FLAT_WIDTH and height >= _FLAT_HEIGHT
    if share.home >= _SIGNED_AREA and (tall or flat) and share.reaching < share.home:
        return "signed", "Ink on the signature line."
    if share.home >= _SIGNED_AREA:
        return "unsure", "There is ink on the signature line, but it does not look like a signature."
    if share.home:
        return "unsure", "There is a little ink on the signature line, too little for a signature."
    if share.reaching > _REACHING:
        return "unsure", "Ink reaches into the signature line from elsewhere."
    if share.dust > _BLANK_AREA + 3 * share.expected:
        return "unsure", "There are specks on the signature line, more than around it: perhaps a faint signature."
    return "blank", "No ink on the signature line."


def _judge_field(ink: Ink, line: LineLayout, field: BlankField, seen: LineSeen) -> FieldSeen:
    share = _share(ink, field_zone(field))
    faint = seen.verdict == "unsure" and share.home + share.reaching == 0
    verdict: FieldVerdict = "unsure"
    if share.home >= _FILLED_AREA and share.home > share.reaching:
        verdict = "filled"
    elif share.home + share.reaching == 0 and share.dust < _FIELD_BLANK_AREA + 3 * share.expected and not faint:
        verdict = "blank"
    return FieldSeen(line.id, field.name, verdict, _outlines(ink, share))


def _share(ink: Ink, zone: Box) -> _Share:
    inside = ink.inside(zone)
    within = np.bincount(ink.stroke[inside], minlength=len(ink.area)) * ink.pixel
    specks = np.bincount(ink.stroke[inside & ink.free], minlength=len(ink.area)) * ink.pixel
    part = within / np.maximum(ink.area, 1e-9)
    home = ink.large & (part > _HOME)
    return _Share(
        float(within[home].sum()),
        float(within[ink.large & ~home].sum()),
        float(specks[~ink.large].sum()),
        ink.dust * (zone.x1 - zone.x0) * (zone.y1 - zone.y0),
        np.flatnonzero(home),
    )


def _outlines(ink: Ink, share: _Share) -> tuple[Box, ...]:
    return tuple(Box(*(round(float(value), 1) for value in ink.boxes[at])) for at in share.strokes)
