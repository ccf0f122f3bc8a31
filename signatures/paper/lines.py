"""Tell signed lines from blank ones, and filled particulars from blank ones, by the ink around them.

Ink belongs to the line or the blank in whose zone most of its stroke lies. Ink that only reaches in from elsewhere signs
nothing, but leaves the line unsure. A line is called blank only where next to nothing is there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from signatures.paper.align import Alignment
from signatures.paper.ink import Ink, Sheet, ink_in
from signatures.paper.layout import BlankField, Box, LineLayout, PageLayout
from signatures.paper.picture import Pixels
from signatures.paper.reading import FieldSeen, FieldVerdict, LineSeen, LineVerdict

# A stroke shorter than this both ways is dust, in points: the dot of an i, a speck, a lost row of a fax.
_DUST_HEIGHT, _DUST_WIDTH = 3.2, 5.0
# A signature has at least this much ink (square points) and this extent (points).
_SIGNED_AREA, _SIGNED_WIDTH, _SIGNED_HEIGHT = 14.0, 9.0, 4.5
# A flat scrawl is low but long.
_FLAT_WIDTH, _FLAT_HEIGHT = 30.0, 3.4
_BLANK_AREA = 5.0
_FILLED_AREA = 5.0
_FIELD_BLANK_AREA = 2.0
_HOME = 0.55
_MARGIN = 60.0


@dataclass(frozen=True)
class _Share:
    """Ink in one zone, in square points: of strokes at home there, of strokes that reach in, and of dust."""

    home: float
    reaching: float
    dust: float
    strokes: NDArray[np.intp]


def line_zone(line: LineLayout) -> Box:
    """Return where ink signs `line`, in points: the box it was issued with, and a little to both sides."""
    return Box(line.rule.x0 - 6, min(line.box.y0, line.rule.y - 20), line.rule.x1 + 8, line.rule.y + 4)


def field_zone(field: BlankField) -> Box:
    """Return where ink fills `field`, in points."""
    return Box(field.rule.x0 - 2, min(field.box.y0, field.rule.y - 11), field.rule.x1 + 12, field.rule.y + 3.5)


def judge(
    page: Sheet, blank: Pixels, alignment: Alignment, layout: PageLayout
) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return what is to be seen on every signature line and every blank particular of `layout`."""
    lines: list[LineSeen] = []
    fields: list[FieldSeen] = []
    for line in layout.lines:
        region = _region(line, layout)
        ink = ink_in(page, blank, alignment, region, 0.8)
        lines.append(_judge_line(ink, line, region))
        fields.extend(_judge_field(ink, line, field) for field in line.fields)
    return tuple(lines), tuple(fields)


def unsure(layout: PageLayout, reason: str) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return every line and blank of `layout` as unsure, for one `reason`."""
    return (
        tuple(LineSeen(line.id, "unsure", reason) for line in layout.lines),
        tuple(FieldSeen(line.id, field.name, "unsure") for line in layout.lines for field in line.fields),
    )


def _region(line: LineLayout, layout: PageLayout) -> Box:
    """Return the part of the page to look at for `line`: its zones with room around them."""
    zones = [line_zone(line), *(field_zone(field) for field in line.fields)]
    return Box(
        max(0, min(zone.x0 for zone in zones) - _MARGIN),
        max(0, min(zone.y0 for zone in zones) - 40),
        min(layout.size[0], max(zone.x1 for zone in zones) + _MARGIN),
        min(layout.size[1], max(zone.y1 for zone in zones) + 30),
    )


def _judge_line(ink: Ink, line: LineLayout, region: Box) -> LineSeen:
    zone = line_zone(line)
    share = _share(ink, zone)
    kept = [at for at in share.strokes if not _is_rule_residue(ink, int(at), line)]
    home = float(ink.area[kept].sum())
    boxes = tuple(Box(*(round(float(value), 1) for value in ink.boxes[at])) for at in kept)
    width = height = 0.0
    if kept:
        width = float(ink.boxes[kept, 2].max() - ink.boxes[kept, 0].min())
        height = float(ink.boxes[kept, 3].max() - ink.boxes[kept, 1].min())
    verdict, reason = _line_verdict(home, width, height, share, _dust_expected(ink, line, region))
    return LineSeen(line.id, verdict, reason, boxes)


def _line_verdict(home: float, width: float, height: float, share: _Share, expected: float) -> tuple[LineVerdict, str]:
    tall = width >= _SIGNED_WIDTH and height >= _SIGNED_HEIGHT
    flat = width >= _FLAT_WIDTH and height >= _FLAT_HEIGHT
    if home >= _SIGNED_AREA and (tall or flat) and share.reaching < home:
        return "signed", "Ink on the signature line."
    if home >= _SIGNED_AREA:
        return "unsure", "There is ink on the signature line, but it does not look like a signature."
    if home:
        return "unsure", "There is a little ink on the signature line, too little for a signature."
    if share.reaching > 1.5:
        return "unsure", "Ink reaches into the signature line from elsewhere."
    if share.dust > _BLANK_AREA + 2 * expected:
        return "unsure", "There are specks on the signature line, more than around it: perhaps a faint signature."
    return "blank", "No ink on the signature line."


def _judge_field(ink: Ink, line: LineLayout, field: BlankField) -> FieldSeen:
    share = _share(ink, field_zone(field))
    verdict: FieldVerdict = "unsure"
    if share.home >= _FILLED_AREA and share.home > share.reaching:
        verdict = "filled"
    elif share.home + share.reaching + share.dust < _FIELD_BLANK_AREA:
        verdict = "blank"
    boxes = tuple(Box(*(round(float(value), 1) for value in ink.boxes[at])) for at in share.strokes)
    return FieldSeen(line.id, field.name, verdict, boxes)


def _share(ink: Ink, zone: Box) -> _Share:
    inside = (ink.u > zone.x0) & (ink.u < zone.x1) & (ink.v > zone.y0) & (ink.v < zone.y1)
    within = np.bincount(ink.stroke[inside], minlength=len(ink.area)) * ink.pixel**2
    large = (ink.heights > _DUST_HEIGHT) | (ink.widths > _DUST_WIDTH)
    part = within / np.maximum(ink.area, 1e-9)
    home = large & (part > _HOME)
    return _Share(
        float(within[home].sum()),
        float(within[large & ~home].sum()),
        float(within[~large].sum()),
        np.flatnonzero(home),
    )


def _is_rule_residue(ink: Ink, at: int, line: LineLayout) -> bool:
    """Tell what is left of the printed rule itself, where blur made it thicker than it was printed."""
    left, top, right, bottom = ink.boxes[at]
    return bool(top > line.rule.y - 3.2 and bottom < line.rule.y + 3.2 and bottom - top < 3.4)


def _dust_expected(ink: Ink, line: LineLayout, region: Box) -> float:
    """Return how much dust the line's zone would have if it were as dusty as the rest of the region."""
    zone = line_zone(line)
    inside = (ink.u > zone.x0) & (ink.u < zone.x1) & (ink.v > zone.y0) & (ink.v < zone.y1)
    large = (ink.heights > _DUST_HEIGHT) | (ink.widths > _DUST_WIDTH)
    elsewhere = float((~inside & ~large[ink.stroke]).sum()) * ink.pixel**2
    size = (zone.x1 - zone.x0) * (zone.y1 - zone.y0)
    around = max(1.0, (region.x1 - region.x0) * (region.y1 - region.y0) - size)
    return elsewhere * size / around
