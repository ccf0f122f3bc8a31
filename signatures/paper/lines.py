"""Tell signed lines from blank ones, and filled particulars from blank ones, by the ink around them.

Ink belongs to the line or the blank in whose zone most of its stroke lies. Ink that only reaches in from elsewhere
signs nothing, but leaves the line unsure. A line is called blank only where next to nothing is there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.ink import Ink
from signatures.paper.layout import BlankField, Box, LineLayout, PageLayout, Rule
from signatures.paper.pen import is_oval, is_ring, is_straight, is_type, longest_together
from signatures.paper.reading import FieldSeen, FieldVerdict, LineSeen, LineVerdict

# A signature has at least this much ink (square points) and this extent (points).
_SIGNED_AREA, _SIGNED_WIDTH, _SIGNED_HEIGHT = 10.0, 9.0, 4.0
# A flat scrawl is low but long.
_FLAT_WIDTH, _FLAT_HEIGHT = 24.0, 2.4
# The least extent, in points, of the longest stroke of a signature: dirt scattered over a line has none such.
_LONGEST = 9.0
# The same of pieces that all but touch (extent and narrower extent in points, square points), where the share of paper
# that is specks is no more.
_LONGEST_JOINED, _DIRTY = ((11.0, 0.0, 12.0), (14.0, 3.0, 4.0)), 0.002
# Letters of initials that stand apart: all within this width, as high at least, the longest stroke so long (points).
_INITIALS = (30.0, 5.0, 5.0)
# Blank: no more specks than this many square points, besides what the whole page has of them.
_BLANK_AREA = 0.5
_FIELD_BLANK_AREA = 0.4
# Of pencil and light blue ink black and white leaves a trace: less than a pixel of a fax (square points). It tells
# something only on a page that is clean: where specks are expected in a blank, one more is chance.
_TRACE, _CLEAN = 0.07, 0.5
_FILLED_AREA = 4.0
_PLACE = (7.0, 5.0)  # half the width and height of a place where specks are counted together, in points
_THICK = 1.2  # square points of specks in one place: three or four of a photocopy's
# Specks that tell nothing: no more than so many, none larger (square points), none so near another (points).
_FEW, _SPECK, _NEAR = 4, 2.5, (12.0, 6.0)
# What a light pen leaves in black and white: so many standard deviations more specks than the page has everywhere, on
# the whole line, in one place of it, and in a blank below it, there with so many square points at least.
_FAINT_LINE, _FAINT_PLACE, _FAINT_BLANK, _FAINT_AREA = 2.5, 5.8, 4.0, 1.2
# The same in one place of a line whose rule is worn: there a signature has lost as much.
_FAINT_WORN = 3.6
_GRAIN = 0.13  # square points: the pixel of a fine fax, the smallest speck that counts
_REACHING = 1.5
# A stroke belongs to a zone if so much of it lies within reach, and so much in the zone itself.
_HOME, _CORE = 0.6, 0.25
# How far above its rule a signature or a word by hand rises, and how far below it hangs, in points.
_TALL, _TALL_HAND, _LOW = 42.0, 19.0, 10.0
# A fold or dirt on the glass crosses this much of the page (points), whatever lies on it.
_CROSSING = 250.0
# A stroke that a signature has below its rule: begins so near below it, and under a stroke that ends so near above it,
# so near to the side (points); of a signature that rises so far above the rule (points) with so much ink (square
# points), and no more of them than this share of it.
_BELOW, _ABOVE, _ASIDE, _RISING, _HANGING = 5.0, 4.0, 5.0, (10.0, 60.0), 2.5
# A sticky flag beside a line is filled nearly all over, wider than high (points), and begins where the rule ends.
_FLAG_FILLED, _FLAG, _RULE_END = 0.7, (15.0, 4.0), 5.0
_FRAME = (40.0, 14.0)  # a stamp's frame is at least this wide and high, in points
_FRAME_LINE = 3.5  # and its line lies within so many points of the sides
_AROUND = 0.6  # and what a rule has parted of it covers so much of each side
# Ink from elsewhere may be this share of a signature's own, or nobody can tell which is which.
_FOREIGN = 0.35


@dataclass(frozen=True)
class _Share:
    """Ink in one zone, in square points.

    `home` is of strokes that belong there, `reaching` of strokes that reach in from elsewhere, `around` of strokes that
    lie close by and belong nowhere, `dust` of specks, `expected` what the page has of those everywhere; `thickest` and
    `thinly` are the same for the place with the most specks: a faint signature lies together, dust does not. `speck` is
    a large speck of the page, `grain` what one of its specks has on average, by their ink; `alone` tells that there are
    few specks, none near another.
    """

    home: float
    reaching: float
    around: float
    dust: float
    expected: float
    thickest: float
    thinly: float
    speck: float
    grain: float
    alone: bool
    strokes: NDArray[np.intp]


def line_zone(line: LineLayout) -> Box:
    """Return where ink signs `line`, in points: the box it was issued with, and a little to both sides."""
    return Box(line.rule.x0 - 6, min(line.box.y0, line.rule.y - 20), line.rule.x1 + 8, line.rule.y + 4)


def field_zone(field: BlankField) -> Box:
    """Return where ink fills `field`, in points."""
    return Box(field.rule.x0 - 2, min(field.box.y0, field.rule.y - 11), field.rule.x1 + 12, field.rule.y + 3.5)


def judge(
    ink: Ink, layout: PageLayout, bilevel: bool = False, worn: frozenset[str] = frozenset()
) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return what is to be seen on every signature line and every blank particular of `layout`.

    `bilevel`: the page came in black and white, which wipes out most of a pencil or of light blue ink. `worn` are the
    signature lines whose rule the channel lost in part.
    """
    reach = {line.rule: _reach(line_zone(line), _TALL, line.rule, layout) for line in layout.lines}
    for line in layout.lines:
        for field in line.fields:
            reach[field.rule] = _reach(field_zone(field), _TALL_HAND, field.rule, layout)
    owned = np.zeros(len(ink.area), np.bool_)
    for zone in reach.values():
        owned |= ink.large & (_part(ink, zone) > _HOME)
    lines: list[LineSeen] = []
    fields: list[FieldSeen] = []
    frames = ink.boxes[[at for at in np.flatnonzero(ink.large) if is_frame(ink, int(at))]]
    crossing = _crossing(ink)
    for line in layout.lines:
        passed = crossing | _flags(ink, line.rule)
        share = _share(ink, line_zone(line), reach[line.rule], owned, passed)
        if share.reaching:
            passed = passed | _hanging(ink, line, share.strokes, layout)
            share = _share(ink, line_zone(line), reach[line.rule], owned, passed)
        blanks = [_share(ink, field_zone(field), reach[field.rule], owned) for field in line.fields]
        seen = _judge_line(line, share, ink, frames)
        if bilevel and seen.verdict == "blank" and _by_a_light_pen(share, blanks, line.id in worn):
            seen = replace(seen, verdict="unsure", reason="There are traces as a pencil or a light pen leaves them.")
        lines.append(seen)
        filling = [
            _judge_field(line, field, blank, seen, ink, bilevel)
            for field, blank in zip(line.fields, blanks, strict=True)
        ]
        filling = [
            replace(one, verdict="unsure") if one.verdict == "filled" and _touches(frames, field_zone(field)) else one
            for one, field in zip(filling, line.fields, strict=True)
        ]
        fields.extend(_in_one_hand(filling) if bilevel else filling)
    return tuple(lines), tuple(fields)


def unsure(layout: PageLayout, reason: str) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return every line and blank of `layout` as unsure, for one `reason`."""
    return (
        tuple(LineSeen(line.id, "unsure", reason) for line in layout.lines),
        tuple(FieldSeen(line.id, field.name, "unsure") for line in layout.lines for field in line.fields),
    )


def _reach(zone: Box, tall: float, rule: Rule, layout: PageLayout) -> Box:
    """Return how far a stroke may reach that still belongs to `zone`: up to the rule above, down to what is below."""
    rules = [line.rule for line in layout.lines]
    rules += [field.rule for line in layout.lines for field in line.fields]
    beside = [other.y for other in rules if other.x0 < zone.x1 and zone.x0 < other.x1]
    above = max((y for y in beside if y < rule.y), default=0.0)
    below = min((y for y in beside if y > rule.y), default=rule.y + 99)
    return Box(zone.x0 - 16, max(rule.y - tall, above + 4), zone.x1 + 24, max(zone.y1, min(rule.y + _LOW, below - 13)))


def _flags(ink: Ink, rule: Rule) -> NDArray[np.bool_]:
    """Tell which strokes are a sticky flag that points at the rule from beyond its right end. Nobody writes so solidly:
    ink of that size beside a line that is no flag leaves the line unsure."""
    boxes = ink.boxes
    filled = ink.area > _FLAG_FILLED * ink.widths * ink.heights
    large = (ink.widths > _FLAG[0]) & (ink.heights > _FLAG[1]) & (ink.heights < ink.widths)
    beside = (boxes[:, 0] > rule.x1 - _RULE_END) & (boxes[:, 2] > rule.x1 + 4 * _RULE_END)
    return np.asarray(filled & large & beside, np.bool_)


def _crossing(ink: Ink) -> NDArray[np.bool_]:
    """Tell which strokes are a straight line across the page."""
    crossing = np.zeros(len(ink.area), np.bool_)
    for at in np.flatnonzero(np.maximum(ink.widths, ink.heights) > _CROSSING):
        crossing[at] = is_straight(_places_of(ink, ink.stroke == at))
    return crossing


def _hanging(ink: Ink, line: LineLayout, home: NDArray[np.intp], layout: PageLayout) -> NDArray[np.bool_]:
    """Tell which strokes are a signature's own below its rule, from which taking out the rule has parted them.

    None where there is as much of them as of the signature, or where one comes near another line or blank: then it may
    be that which reaches up.
    """
    left, top, right, bottom = ink.boxes.T
    hanging = ink.large & (top > line.rule.y - _BELOW / 2) & (top < line.rule.y + _BELOW)
    hanging[home] = False
    above = home[bottom[home] > line.rule.y - _ABOVE]
    beside = (left[above] - _ASIDE < right[:, None]) & (right[above] + _ASIDE > left[:, None])
    hanging &= beside.any(axis=1)
    for other in layout.lines:
        zones = [field_zone(field) for field in other.fields] + ([line_zone(other)] if other is not line else [])
        for zone in zones:
            if (hanging & (left < zone.x1) & (right > zone.x0) & (top < zone.y1) & (bottom > zone.y0)).any():
                return np.zeros_like(hanging)
    area = ink.area[home].sum()
    rising = line.rule.y - top[home].min(initial=line.rule.y) > _RISING[0] and area > _RISING[1]
    return np.asarray(hanging & (rising and ink.area[hanging].sum() <= _HANGING * area), np.bool_)


def _touches(boxes: NDArray[np.float64], zone: Box) -> bool:
    """Tell whether one of the boxes (n by 4) and `zone` have a place in common."""
    across = (boxes[:, 0] < zone.x1) & (boxes[:, 2] > zone.x0)
    return bool((across & (boxes[:, 1] < zone.y1) & (boxes[:, 3] > zone.y0)).any())


def _judge_line(line: LineLayout, share: _Share, ink: Ink, frames: NDArray[np.float64]) -> LineSeen:
    verdict, reason = _line_verdict(*_extent(ink, share.strokes), share)
    if verdict == "signed" and (_framed(ink, share, frames) or _parted_frame(ink, share, line.rule)):
        verdict, reason = "unsure", "There is a stamp on the signature line."
    if verdict == "signed":
        verdict, reason = _by_a_pen(line, ink, share)
    elif verdict == "blank" and _is_blotted(ink, line_zone(line)):
        verdict, reason = "unsure", "Something solid and dark lies on the signature line: thick ink, a seal or a flag."
    return LineSeen(line.id, verdict, reason, _outlines(ink, share))


def _framed(ink: Ink, share: _Share, frames: NDArray[np.float64]) -> bool:
    """Tell whether most of a line's ink stands within the frame of a stamp."""
    middles = (ink.boxes[share.strokes, :2] + ink.boxes[share.strokes, 2:]) / 2
    area = ink.area[share.strokes]
    for left, top, right, bottom in frames:
        x, y = middles.T
        if area[(x > left) & (x < right) & (y > top) & (y < bottom)].sum() > _CORE * area.sum():
            return True
    return False


def _parted_frame(ink: Ink, share: _Share, rule: Rule) -> bool:
    """Tell whether strokes of a line are the upper part of a stamp's frame, which taking out the rule has parted from
    what is below."""
    long = np.maximum(ink.widths, ink.heights) > _FRAME[1]
    below = np.flatnonzero(ink.large & long & (ink.boxes[:, 1] > rule.y - _BELOW) & (ink.boxes[:, 1] < rule.y + _BELOW))
    above = share.strokes[long[share.strokes]]
    if not len(above) or not len(below):
        return False
    mine = np.isin(ink.stroke, np.union1d(above, below))
    return _goes_around(ink, mine) and _along_a_rectangle(ink, mine)


def _is_blotted(ink: Ink, zone: Box) -> bool:
    """Tell whether the middle of something too solid for a pen lies in `zone`: thick initials look like that too."""
    across, down = (ink.blots[:, 0] + ink.blots[:, 2]) / 2, (ink.blots[:, 1] + ink.blots[:, 3]) / 2
    return bool(((across > zone.x0) & (across < zone.x1) & (down > zone.y0) & (down < zone.y1)).any())


def _extent(ink: Ink, strokes: NDArray[np.intp]) -> tuple[float, float]:
    """Return width and height of strokes together, in points."""
    if not len(strokes):
        return 0.0, 0.0
    boxes = ink.boxes[strokes]
    return float(boxes[:, 2].max() - boxes[:, 0].min()), float(boxes[:, 3].max() - boxes[:, 1].min())


def _by_a_pen(line: LineLayout, ink: Ink, share: _Share) -> tuple[LineVerdict, str]:
    """Tell a signature from what else may lie on a line in its size: dirt, a stamp, a fold, type."""
    boxes = ink.boxes[share.strokes]
    longest = (boxes[:, 2:] - boxes[:, :2]).max()
    if longest < _LONGEST and not (_initials(ink, share, longest) or _one_broken_stroke(ink, line_zone(line))):
        return "unsure", "There are only small separate marks on the signature line, no stroke of a pen."
    places = [_places_of(ink, ink.stroke == at) for at in share.strokes]
    areas = ink.area[share.strokes]
    bent = np.array([not (is_straight(one) or is_ring(one, area)) for one, area in zip(places, areas, strict=True)])
    wide, high = _extent(ink, share.strokes[bent])
    if ink.area[share.strokes[bent]].sum() < _SIGNED_AREA or not _as_a_signature(wide, high):
        return "unsure", "A line or a ring runs across the signature line: a fold, a stain, or dirt on the glass."
    mine = np.isin(ink.stroke, share.strokes)
    if is_straight(_places_of(ink, mine)):
        return "unsure", "A straight line runs across the signature line: a fold, perhaps, or dirt on the glass."
    if is_type(_places_of(ink, mine), ink.stroke[mine], ink.pixel[mine], line.rule.y):
        return "unsure", "What stands on the signature line looks typed or printed, not written by hand."
    return "signed", "Ink on the signature line."


def _initials(ink: Ink, share: _Share, longest: float) -> bool:
    """Tell whether small marks are letters that stand side by side, on a clean page: dirt is strewn."""
    wide, high = _extent(ink, share.strokes)
    close = wide <= _INITIALS[0] and high >= _INITIALS[1]
    return ink.dust <= _DIRTY and len(share.strokes) > 1 and close and longest >= _INITIALS[2]


def _one_broken_stroke(ink: Ink, zone: Box) -> bool:
    """Tell whether small marks lie together like the pieces of a stroke that the channel broke, on a clean page."""
    if ink.dust > _DIRTY:
        return False
    inside = ink.inside(zone)
    found = longest_together(_places_of(ink, inside), ink.pixel[inside])
    return any(all(np.greater_equal(found, least)) for least in _LONGEST_JOINED)


def _places_of(ink: Ink, pixels: NDArray[np.bool_]) -> NDArray[np.float64]:
    return np.column_stack((ink.u[pixels], ink.v[pixels]))


def _as_a_signature(wide: float, high: float) -> bool:
    """Tell whether ink is as wide and high (points) as a signature, or low but long as a flat scrawl."""
    return (wide >= _SIGNED_WIDTH and high >= _SIGNED_HEIGHT) or (wide >= _FLAT_WIDTH and high >= _FLAT_HEIGHT)


def _line_verdict(width: float, height: float, share: _Share) -> tuple[LineVerdict, str]:
    signature = _as_a_signature(width, height)
    foreign = share.reaching + share.around
    if share.home >= _SIGNED_AREA and signature and foreign <= _FOREIGN * share.home:
        return "signed", "Ink on the signature line."
    if share.home >= _SIGNED_AREA and signature:
        return "unsure", "There is ink on the signature line, but more around it: perhaps a stamp or a note."
    if share.home >= _SIGNED_AREA:
        return "unsure", "There is ink on the signature line, but it does not look like a signature."
    if share.home:
        return "unsure", "There is a little ink on the signature line, too little for a signature."
    if share.reaching > _REACHING:
        return "unsure", "Ink reaches into the signature line from elsewhere."
    if _more_than_dust(share, _BLANK_AREA) and not share.alone:
        return "unsure", "There are specks on the signature line, more than around it: perhaps a faint signature."
    return "blank", "No ink on the signature line."


def _judge_field(
    line: LineLayout, field: BlankField, share: _Share, seen: LineSeen, ink: Ink, bilevel: bool
) -> FieldSeen:
    faint = seen.verdict == "unsure" and share.home + share.reaching == 0
    traced = bilevel and share.expected < _CLEAN and share.dust > share.expected + _TRACE
    # light ink leaves nothing in black and white: only where the same pen signed does an empty blank say that it is one
    unshown = bilevel and (seen.verdict != "signed" or not _in_one_piece(seen))
    doubtful = (
        faint or traced or unshown or _is_blotted(ink, field_zone(field)) or _more_than_dust(share, _FIELD_BLANK_AREA)
    )
    verdict: FieldVerdict = "unsure"
    if share.home >= _FILLED_AREA and share.home > share.reaching + share.around:
        verdict = "filled"
    elif share.home + share.reaching == 0 and not doubtful:
        verdict = "blank"
    return FieldSeen(line.id, field.name, verdict, _outlines(ink, share))


def _in_one_piece(seen: LineSeen) -> bool:
    """Tell whether a signature's pen left a stroke whole."""
    return any(max(box.x1 - box.x0, box.y1 - box.y0) >= _LONGEST for box in seen.ink)


def _in_one_hand(fields: list[FieldSeen]) -> list[FieldSeen]:
    """Leave blanks unsure beside one that has a trace of ink while none is legible: one pen fills all of a line."""
    verdicts = {field.verdict for field in fields}
    if "unsure" not in verdicts or "filled" in verdicts:
        return fields
    return [replace(field, verdict="unsure") for field in fields]


def _share(
    ink: Ink, zone: Box, reach: Box, owned: NDArray[np.bool_], passed: NDArray[np.bool_] | None = None
) -> _Share:
    """Return the ink in `zone`. What is `owned` elsewhere is not around it; what is `passed` over does not reach in."""
    inside = ink.inside(zone)
    within = ink.inked(inside)
    specks = ink.inked(inside & ink.free)
    core = within / np.maximum(ink.area, 1e-9)
    home = ink.large & (_part(ink, reach) > _HOME) & (core > _CORE)
    counted = ink.large & ~home if passed is None else ink.large & ~home & ~passed
    left, top, right, bottom = ink.boxes.T
    beside = (left < reach.x1) & (right > reach.x0) & (top < reach.y1) & (bottom > reach.y0)
    return _Share(
        float(ink.area[home].sum()),
        float(within[counted].sum()),
        float(ink.area[counted & beside & ~owned & (within == 0)].sum()),
        float(specks[~ink.large].sum()),
        ink.dust * (zone.x1 - zone.x0) * (zone.y1 - zone.y0),
        _thickest(ink, inside & ink.free & ~ink.large[ink.stroke]),
        ink.dust * 4 * _PLACE[0] * _PLACE[1],
        ink.speck,
        ink.grain,
        _alone(ink, specks, ~ink.large),
        np.flatnonzero(home),
    )


def _alone(ink: Ink, specks: NDArray[np.float64], small: NDArray[np.bool_]) -> bool:
    """Tell whether there are only a few specks, none of them large, and none near another: nothing that a pen left."""
    few = np.flatnonzero(small & (specks > 0))
    if len(few) > _FEW or (len(few) and ink.area[few].max() > _SPECK):
        return False
    middles = (ink.boxes[few, :2] + ink.boxes[few, 2:]) / 2
    apart = np.abs(middles[:, None] - middles[None, :])
    near = (apart[:, :, 0] < _NEAR[0]) & (apart[:, :, 1] < _NEAR[1])
    return bool(near.sum() == len(few))


def _thickest(ink: Ink, specks: NDArray[np.bool_]) -> float:
    """Return the most ink (square points) that the specks have in any place of 14 by 10 points."""
    if not specks.any():
        return 0.0
    column = ((ink.u[specks] - ink.u[specks].min()) / _PLACE[0]).astype(np.intp)
    row = ((ink.v[specks] - ink.v[specks].min()) / _PLACE[1]).astype(np.intp)
    cells = np.zeros((int(row.max()) + 2, int(column.max()) + 2))
    np.add.at(cells, (row, column), ink.pixel[specks])
    return float((cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]).max())


def _more_than_dust(share: _Share, least: float) -> bool:
    """Tell whether a zone has more specks than the page has everywhere, in all or in one place."""
    if share.dust > least + 2 * share.expected:
        return True
    chance = 2 * share.thinly + 5 * (0.25 * share.thinly * max(1.0, 4 * share.speck)) ** 0.5
    return bool(share.thickest > max(_THICK, 2 * share.speck) + chance)


def _by_a_light_pen(line: _Share, blanks: list[_Share], worn: bool) -> bool:
    """Tell whether a line, or a blank below it, has more specks than chance puts there on a page like this; beside a
    blank that is filled in any speck too many tells something: whoever wrote there will have signed."""
    if any(blank.home >= _FILLED_AREA for blank in blanks) and line.dust > line.expected + _TRACE:
        return True
    if _beyond_chance(line.dust, line.expected, line) > _FAINT_LINE:
        return True
    if _beyond_chance(line.thickest, line.thinly, line) > (_FAINT_WORN if worn else _FAINT_PLACE):
        return True
    for blank in blanks:
        more = blank.dust - blank.expected
        if not blank.home and more > _FAINT_AREA and _beyond_chance(blank.dust, blank.expected, blank) > _FAINT_BLANK:
            return True
    return False


def _beyond_chance(found: float, expected: float, share: _Share) -> float:
    """Return how many standard deviations of specks strewn by chance there are more than expected."""
    grain = max(share.grain, _GRAIN)
    return float((found - expected) / (grain * max(expected, grain)) ** 0.5)


def _part(ink: Ink, zone: Box) -> NDArray[np.float64]:
    """Return the share of each stroke that lies in `zone`."""
    within = ink.inked(ink.inside(zone))
    return np.asarray(within / np.maximum(ink.area, 1e-9), np.float64)


def is_frame(ink: Ink, at: int) -> bool:
    """Tell whether a stroke is the frame of a stamp: nearly all of it lies along a rectangle or around an oval."""
    if ink.widths[at] < _FRAME[0] or ink.heights[at] < _FRAME[1]:
        return False
    mine = ink.stroke == at
    return _along_a_rectangle(ink, mine) or is_oval(_places_of(ink, mine))


def _along_a_rectangle(ink: Ink, mine: NDArray[np.bool_]) -> bool:
    along, down, wide, high = _in_rectangle(ink, mine)
    return bool((np.minimum(wide / 2 - np.abs(along), high / 2 - np.abs(down)) < _FRAME_LINE).mean() > 0.85)


def _goes_around(ink: Ink, mine: NDArray[np.bool_]) -> bool:
    """Tell whether strokes cover most of each side of the rectangle around them, which is as large as a frame."""
    along, down, wide, high = _in_rectangle(ink, mine)
    if max(wide, high) < _FRAME[0] or min(wide, high) < _FRAME[1]:
        return False
    sides = [(along[np.abs(down - end) < _FRAME_LINE], wide) for end in (-high / 2, high / 2)]
    sides += [(down[np.abs(along - end) < _FRAME_LINE], high) for end in (-wide / 2, wide / 2)]
    return all(len(np.unique(np.floor(places / 3))) * 3 > _AROUND * length for places, length in sides)


def _in_rectangle(ink: Ink, mine: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64], float, float]:
    """Return where pixels lie in the smallest rectangle around them, from its middle, and how wide and high it is."""
    u, v = ink.u[mine], ink.v[mine]
    (x, y), (wide, high), turned = cv2.minAreaRect(np.column_stack((u, v)).astype(np.float32))
    cos, sin = np.cos(np.radians(turned)), np.sin(np.radians(turned))
    u, v = u - x, v - y
    return cos * u + sin * v, cos * v - sin * u, wide, high


def _outlines(ink: Ink, share: _Share) -> tuple[Box, ...]:
    return tuple(Box(*(round(float(value), 1) for value in ink.boxes[at])) for at in share.strokes)
