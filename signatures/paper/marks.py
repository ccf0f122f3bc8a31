"""Ink outside signature lines and blanks: a word struck out, a number changed, a note in the margin."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.align import Alignment, corners_of
from signatures.paper.ink import Ink, Print, Rest, Sheet
from signatures.paper.layout import BlankField, Box, PageLayout
from signatures.paper.lines import field_zone, is_frame, line_zone
from signatures.paper.picture import Pixels
from signatures.paper.raster import Matrix, Reduced, mapped, reduced, scale_at, shifted
from signatures.paper.reading import FieldSeen, LineSeen

# A mark has so much ink (square points) and extent (points), together with what lies close by.
_LEAST_AREA, _LEAST_EXTENT = 6.0, 6.5
_LEAST_PART, _LEAST_WIDTH, _TOGETHER = 1.5, 1.8, 7.0
_AT_HOME = 0.25
# Faint writing breaks into pieces, which lie so near each other (points); together they have so much ink (square
# points), of which the largest has so much, are so long and so wide (points). On a page with more dust than this (share
# of its paper) or with more pieces, that may be chance.
_BROKEN, _LEAST_BROKEN, _LEAST_LARGEST, _BROKEN_EXTENT = 5.0, 3.0, 1.2, (6.5, 2.5)
_CLEAN, _MOST_PIECES, _LEAST_PIECE, _LEAST_HEIGHT = 0.0006, 200, 0.4, 0.8
# What is left of faint writing in black and white: three specks or more in a place of this size (points) that are so
# much ink (square points) and so many standard deviations more than the page has everywhere, by specks of at least the
# pixel of a fine fax. The edges' width in points, where dirt gathers.
_PLACE, _LEAST_SPECKS, _LEAST_GATHERED, _BEYOND_CHANCE, _PIXEL, _EDGE = (36.0, 18.0), 3, 2.0, 9.0, 0.13, 20.0
# More ink on a code (square points) than a channel leaves on one.
_ON_CODE = 9.0
# Figures and words that give an amount are wider than this, and stand no farther apart (points).
_LEAST_AMOUNT, _GAP_IN_AMOUNT = 24.0, 15.0
# An amount is no higher and hangs no farther below its rule (points); initials over its figures do. Of 87 amounts none
# was higher than 14.4, and none hung below.
_TALLEST_AMOUNT, _HANGING_AMOUNT = 16.0, 3.0
# Thick writing fills its box as a blot does. A hole or a torn corner is larger, or lies so near to an edge (points).
_MOST_BLOT, _MARGIN = 36.0, 48.0
# Ink over print shows between the letters. Where print has only run, less than this share of the room is dark there.
# The rows of a standard fax are coarse: there more of it fills with what is no writing.
_CHANGED, _CHANGED_COARSE = 0.045, 0.075
_LEAST_ROOM = 0.3  # a window with less text says nothing
_LEAST_CHANGE = 4.0  # points
_WINDOW = (24.0, 9.0)  # width and height, in points, of the window that the share is taken over: about a word
_AROUND = (48.0, 30.0)  # points to the sides, and up and down, that the share in a window depends on, and more
# Print that is so much darker, against what was issued there, than half of the page's print is, and by so many times
# the spread of half of it more: in gray, and in black and white. So much of a window of this size (points) is print.
_DARKER, _DARKER_BILEVEL = (1.45, 1.5), (1.65, 2.0)
_LEAST_PRINT, _WORD, _LEAST_PLACES = 0.12, (20.0, 9.0), 12


def marks(ink: Ink, layout: PageLayout) -> tuple[Box, ...]:
    """Return strokes that lie neither on a signature line or blank nor on a code, in points, and frames of stamps.

    Several small strokes close together count as one mark.
    """
    expected = np.zeros(len(ink.u), np.bool_)
    for zone in _expected(layout):
        expected |= ink.inside(zone)
    share = ink.inked(expected) / np.maximum(ink.area, 1e-9)
    thick = np.minimum(ink.widths, ink.heights) >= _LEAST_WIDTH
    strange = np.flatnonzero(ink.large & thick & (share < _AT_HOME) & (ink.free_area >= _LEAST_PART))
    found = [_box(_bounds(ink, group)) for group in _groups(ink, strange) if _counts(ink, group)]
    wide = np.flatnonzero(ink.large & (share >= _AT_HOME) & (ink.widths > 40))
    frames = (_box(ink.boxes[at]) for at in wide if is_frame(ink, int(at)))
    return (*(found or _broken(ink, share) or _gathered(ink, share, layout)), *_thick(ink, layout), *frames)


def on_codes(ink: Ink, layout: PageLayout) -> tuple[Box, ...]:
    """Return the codes that were written over."""
    found = []
    for code in layout.codes:
        strewn = ink.dust * (code.x1 - code.x0) * (code.y1 - code.y0)
        if ink.pixel[ink.inside(code)].sum() > _ON_CODE + strewn:
            found.append(code)
    return tuple(found)


def odd_amounts(
    ink: Ink, lines: tuple[LineSeen, ...], fields: tuple[FieldSeen, ...], layout: PageLayout
) -> tuple[Box, ...]:
    """Return what stands in or at the blank for an amount and looks like no amount: initials, also over its figures, or
    ink beside it."""
    owned = {box for line in lines for box in line.ink} | {box for field in fields for box in field.ink}
    blanks = {line.id: field for line in layout.lines for field in line.fields if field.name == "amount"}
    amounts = [seen for seen in fields if seen.name == "amount" and seen.verdict == "filled"]
    found = [box for seen in amounts for box in _odd(seen.ink, blanks[seen.line].rule.y)]
    for blank in blanks.values():
        boxes = (_box(ink.boxes[at]) for at in _touching(ink, _around(blank)))
        found += [box for box in boxes if box not in owned]
    return tuple(found)


def _odd(written: tuple[Box, ...], rule: float) -> list[Box]:
    """Return all that is written in a blank as one box, if it is too narrow or too high for an amount, hangs below the
    rule, or stands apart."""
    boxes = sorted((box.x0, box.x1) for box in written)
    reached = np.maximum.accumulate([right for _, right in boxes])
    gaps = np.array([left for left, _ in boxes][1:]) - reached[:-1]
    top, bottom = min(box.y0 for box in written), max(box.y1 for box in written)
    long = reached[-1] - boxes[0][0] >= _LEAST_AMOUNT and gaps.max(initial=0) <= _GAP_IN_AMOUNT
    if long and bottom - top <= _TALLEST_AMOUNT and bottom - rule <= _HANGING_AMOUNT:
        return []
    return [Box(boxes[0][0], top, float(reached[-1]), bottom)]


def _touching(ink: Ink, zone: Box) -> list[int]:
    """Return the large strokes whose box touches `zone`."""
    left, top, right, bottom = ink.boxes.T
    touching = (left < zone.x1) & (right > zone.x0) & (top < zone.y1) & (bottom > zone.y0)
    return [int(at) for at in np.flatnonzero(ink.large & touching)]


def _gathered(ink: Ink, share: NDArray[np.float64], layout: PageLayout) -> list[Box]:
    """Return where the most specks lie together, if chance strews so many nowhere."""
    width, height = layout.size
    inner = ink.inside(Box(_EDGE, _EDGE, width - _EDGE, height - _EDGE))
    at = np.flatnonzero(inner & ink.free & (share < _AT_HOME)[ink.stroke])
    if not len(at):
        return []
    columns = (ink.u[at] * (2 / _PLACE[0])).astype(np.intp)
    rows = (ink.v[at] * (2 / _PLACE[1])).astype(np.intp)
    across, down = int(columns.max()) + 2, int(rows.max()) + 2
    cells = np.bincount(rows * across + columns, ink.pixel[at], across * down).reshape(down, across)
    sums = cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]
    row, column = divmod(int(sums.argmax()), across - 1)
    expected, grain = ink.dust * _PLACE[0] * _PLACE[1], max(ink.grain, _PIXEL)
    beyond = (sums.max() - expected) / (grain * max(expected, grain)) ** 0.5
    near = ((columns - column) // 2 == 0) & ((rows - row) // 2 == 0)
    there = np.unique(ink.stroke[at[near]])
    if len(there) < _LEAST_SPECKS or sums.max() < _LEAST_GATHERED or beyond < _BEYOND_CHANCE:
        return []
    return [_box(_bounds(ink, there.tolist()))]


def _broken(ink: Ink, share: NDArray[np.float64]) -> list[Box]:
    """Return where small pieces lie together as those of faint writing do."""
    pieces = np.flatnonzero((share < _AT_HOME) & (ink.free_area >= _LEAST_PIECE) & (ink.heights > _LEAST_HEIGHT))
    if ink.dust > _CLEAN or len(pieces) > _MOST_PIECES:
        return []
    found = []
    for group in _groups(ink, pieces, _BROKEN):
        left, top, right, bottom = _bounds(ink, group)
        sides = sorted((right - left, bottom - top))
        extent = sides[1] > _BROKEN_EXTENT[0] and sides[0] > _BROKEN_EXTENT[1]
        area = ink.free_area[group]
        if extent and len(group) > 2 and area.max() > _LEAST_LARGEST and area.sum() > _LEAST_BROKEN:
            found.append(_box(_bounds(ink, group)))
    return found


def _thick(ink: Ink, layout: PageLayout) -> list[Box]:
    """Return blots that may be thick writing."""
    width, height = layout.size
    zones = _expected(layout)
    found = []
    for box in ink.blots:
        x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        inside = _MARGIN < x < width - _MARGIN and _MARGIN < y < height - _MARGIN
        strange = not any(z.x0 < box[2] and box[0] < z.x1 and z.y0 < box[3] and box[1] < z.y1 for z in zones)
        if inside and strange and max(box[2:] - box[:2]) < _MOST_BLOT:
            found.append(_box(box))
    return found


def _groups(ink: Ink, strokes: NDArray[np.intp], near: float = _TOGETHER) -> list[list[int]]:
    """Return the strokes in groups of those that lie as `near` (points) to each other."""
    groups: list[list[int]] = []
    for at in strokes.tolist():
        left, top, right, bottom = ink.boxes[at] + np.array((-near, -near, near, near))
        touched = []
        for group in groups:
            bounds = _bounds(ink, group)
            if bounds[0] < right and bounds[2] > left and bounds[1] < bottom and bounds[3] > top:
                touched.append(group)
        groups = [group for group in groups if group not in touched]
        groups.append([at, *(member for group in touched for member in group)])
    return groups


def _bounds(ink: Ink, group: list[int]) -> NDArray[np.float64]:
    boxes = ink.boxes[group]
    return np.concatenate((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)))


def _counts(ink: Ink, group: list[int]) -> bool:
    left, top, right, bottom = _bounds(ink, group)
    return bool(ink.free_area[group].sum() >= _LEAST_AREA and max(right - left, bottom - top) >= _LEAST_EXTENT)


def changes_of_print(
    page: Sheet, rest: Rest, printed: Print, alignment: Alignment, ink: Ink, layout: PageLayout
) -> tuple[Box, ...]:
    """Return where something was written over print or print was struck out, in points.

    `rest` is what is dark on `page` and not print, `ink` the same as strokes.
    """
    limit = (_CHANGED if page.row == 1 else _CHANGED_COARSE) + 3 * ink.dust
    full = _full_windows(ink, layout, 0.5 * limit * _LEAST_ROOM * _WINDOW[0] * _WINDOW[1])
    if not len(full):
        return ()
    found: list[Box] = []
    for boxes in _apart(np.concatenate((full, ink.blots))):
        rows, columns = _pixels_around(boxes, alignment.matrix)
        matrix = shifted(-columns.start, -rows.start) @ alignment.matrix
        half = reduced(page.plainly(rest.mask, rows, columns), 2), reduced(printed.core[rows, columns], 2)
        quarter = reduced(half[0], 2), reduced(half[1], 2)
        if _room_taken(*quarter, _smaller(matrix, 4), layout, 0.7 * limit).any():
            changed = _room_taken(*half, _smaller(matrix, 2), layout, limit)
            found.extend(_places(changed, np.linalg.inv(_smaller(matrix, 2)).astype(np.float64)))
    return tuple(found)


def darker_print(
    page: Sheet, sizes: Reduced, printed: Print, alignment: Alignment, layout: PageLayout
) -> tuple[Box, ...]:
    """Return where print is darker than the page's other print, against what was issued: a stroke through letters
    leaves little between them, but adds to them. In points.

    `sizes` are the page's own, whose dark picture has lost its print by now. What is dark is summed over places of the
    size of a word: neither a blurred nor a soft picture changes that.
    """
    matrix = _smaller(alignment.matrix, 4)
    scale = scale_at(matrix, layout.size[0] / 2, layout.size[1] / 2)
    depth = np.asarray(cv2.bitwise_not(sizes.by(4)), np.uint8) if page.bilevel else reduced(page.depth, 4)
    if not page.bilevel:
        depth = np.asarray(cv2.subtract(depth, np.full_like(depth, np.median(depth[::4, ::4]))), np.uint8)
    window = (max(3, int(_WORD[0] * scale)), max(3, int(_WORD[1] * scale)))
    core = cv2.boxFilter(reduced(printed.core, 4), cv2.CV_32F, window)
    text = (core > 255 * _LEAST_PRINT).astype(np.uint8)
    across, down = _WORD[0] / 2, _WORD[1] / 2
    for zone in _expected(layout):
        wider = Box(zone.x0 - across, zone.y0 - down, zone.x1 + across, zone.y1 + down)
        cv2.fillConvexPoly(text, np.round(mapped(matrix, corners_of(wider))).astype(np.int32), (0,))
    dark = cv2.boxFilter(depth, cv2.CV_32F, window)
    # the foot is set in letters of its own, and measured by itself
    foot = np.zeros_like(text)
    lowest = Box(0, max((code.y0 for code in layout.codes), default=layout.size[1]), *layout.size)
    cv2.fillConvexPoly(foot, np.round(mapped(matrix, corners_of(lowest))).astype(np.int32), (1,))
    times, spreads = _DARKER_BILEVEL if page.bilevel else _DARKER
    darker = np.zeros_like(text)
    for part in (text & (1 - foot), text & foot):
        some = np.nonzero(part[::3, ::3])
        if len(some[0]) >= _LEAST_PLACES:
            low, middle, high = np.percentile(dark[::3, ::3][some] / core[::3, ::3][some], (25, 50, 75))
            darker |= part & (dark > core * np.float32(times * middle + spreads * (high - low)))
    return _places(darker, np.linalg.inv(matrix).astype(np.float64))


def untouched(boxes: tuple[Box, ...], others: tuple[Box, ...]) -> tuple[Box, ...]:
    """Return the boxes that none of the others touches."""
    return tuple(
        box
        for box in boxes
        if not any(box.x0 < one.x1 and one.x0 < box.x1 and box.y0 < one.y1 and one.y0 < box.y1 for one in others)
    )


def _apart(boxes: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return boxes (n by 4, in points) in groups so far above each other that one says nothing of the other."""
    boxes = boxes[np.argsort(boxes[:, 1], kind="stable")]
    lowest = np.maximum.accumulate(boxes[:, 3])
    return np.split(boxes, np.flatnonzero(boxes[1:, 1] - lowest[:-1] > 2 * _AROUND[1]) + 1)


def _full_windows(ink: Ink, layout: PageLayout, least: float) -> NDArray[np.float64]:
    """Return places (n by 4: left, top, right, bottom, in points) that hold every window of the page with at least so
    much ink, in square points, where none is expected."""
    strange = np.ones(len(ink.u), np.bool_)
    for zone in _expected(layout):
        strange &= ~ink.inside(zone)
    if not strange.any():
        return np.empty((0, 4))
    columns = (np.maximum(ink.u[strange], 0) * (2 / _WINDOW[0])).astype(np.intp) + 1
    rows = (np.maximum(ink.v[strange], 0) * (2 / _WINDOW[1])).astype(np.intp) + 1
    across = int(columns.max()) + 2
    cells = np.bincount(rows * across + columns, ink.pixel[strange], (int(rows.max()) + 2) * across)
    # wherever a window lies, three by three cells of half its size hold it
    sums = 9 * cv2.blur(cells.reshape(-1, across), (3, 3))
    cell = np.argwhere(sums >= least)[:, ::-1]
    size = np.array(_WINDOW) / 2
    return np.column_stack(((cell - 2) * size, (cell + 1) * size))


def _pixels_around(boxes: NDArray[np.float64], matrix: Matrix) -> tuple[slice, slice]:
    """Return the rows and columns in which all that says something of these boxes (n by 4, in points) lies; they begin
    at a multiple of four, so that halves and quarters are those of the whole picture."""
    left, top = boxes[:, :2].min(axis=0) - _AROUND
    right, bottom = boxes[:, 2:].max(axis=0) + _AROUND
    corners = mapped(matrix, corners_of(Box(left, top, right, bottom)))
    (x0, y0), (x1, y1) = np.maximum(corners.min(axis=0), 0).astype(int), np.maximum(corners.max(axis=0), 8).astype(int)
    return slice(y0 // 4 * 4, y1), slice(x0 // 4 * 4, x1)


def _room_taken(rest: Pixels, core: Pixels, matrix: Matrix, layout: PageLayout, limit: float) -> Pixels:
    """Return 255 where more than `limit` of the room between letters is dark, on masks that `matrix` leads to."""
    scale = scale_at(matrix, layout.size[0] / 2, layout.size[1] / 2)
    text = _text(core, scale)
    for zone in _expected(layout):
        cv2.fillConvexPoly(text, np.round(mapped(matrix, corners_of(zone))).astype(np.int32), (0,))
    dark = cv2.bitwise_and(rest, text)
    window = (max(3, int(_WINDOW[0] * scale)), max(3, int(_WINDOW[1] * scale)))
    room = cv2.boxFilter(text, cv2.CV_32F, window)
    taken = cv2.boxFilter(dark, cv2.CV_32F, window)
    # both are means over the window
    return ((room > 255 * _LEAST_ROOM) & (taken > room * limit)).astype(np.uint8) * np.uint8(255)


def _smaller(matrix: Matrix, step: int) -> Matrix:
    return np.diag((1 / step, 1 / step, 1.0)) @ matrix


def _text(core: Pixels, scale: float) -> Pixels:
    """Return 255 over words: print with the room between its letters, without rules."""
    small = cv2.threshold(core, 20, 255, cv2.THRESH_BINARY)[1]
    closing = np.ones((max(3, int(4 * scale)), max(3, int(6 * scale))), np.uint8)
    opening = np.ones((max(2, int(4 * scale)), max(2, int(5 * scale))), np.uint8)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, closing)
    return np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, opening), np.uint8)


def _places(changed: Pixels, to_points: Matrix) -> tuple[Box, ...]:
    to_pixels = abs(np.linalg.det(to_points[:2, :2])) ** -0.5
    x, y, wide, high = cv2.boundingRect(changed)
    if not wide:
        return ()
    count, _, found, _ = cv2.connectedComponentsWithStats(changed[y : y + high, x : x + wide], connectivity=8)
    boxes = []
    for left, top, width, height, _ in found[1:count] + np.array((x, y, 0, 0, 0)):
        if max(width, height) < _LEAST_CHANGE * to_pixels or min(width, height) < _LEAST_CHANGE / 2 * to_pixels:
            continue
        rim = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
        corners = mapped(to_points, np.array(rim, np.float64))
        boxes.append(_box(np.concatenate((corners.min(axis=0), corners.max(axis=0)))))
    return tuple(boxes)


def _expected(layout: PageLayout) -> list[Box]:
    """Return where ink is expected: around signature lines, blanks and codes."""
    zones = [Box(code.x0 - 4, code.y0 - 4, code.x1 + 4, code.y1 + 4) for code in layout.codes]
    for line in layout.lines:
        zone = line_zone(line)
        zones.append(Box(zone.x0 - 20, zone.y0 - 18, zone.x1 + 25, zone.y1 + 10))
        zones.extend(_around(field) for field in line.fields)
    return zones


def _around(field: BlankField) -> Box:
    zone = field_zone(field)
    return Box(zone.x0 - 6, zone.y0 - 6, zone.x1 + 20, zone.y1 + 6)


def _box(bounds: NDArray[np.float64]) -> Box:
    return Box(*(round(float(value), 1) for value in bounds))
