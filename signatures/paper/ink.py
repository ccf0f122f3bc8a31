"""Ink on a received page: what is dark there and is not print of the issued page, as strokes with places in points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.align import Alignment, drifts_near
from signatures.paper.layout import Box, PageLayout
from signatures.paper.picture import Pixels
from signatures.paper.raster import (
    Matrix,
    Points,
    Reduced,
    frame,
    grown,
    mapped,
    reduced,
    scale_at,
    seen_through,
)
from signatures.paper.template import DPI, Template

# Ink fainter than this share of the print's own contrast is not counted: paper grain, show-through, erased pencil.
_FAINTEST = 0.15
# Over print, ink counts from this share on: edges of letters are soft in gray.
_PLAIN = 0.38
_CELL = 8  # pixels; the brightness of the paper is taken over cells of this side
_RIM = 14.0  # points along the page's edges that are not looked at: shadows and the edge itself
_FAX_RIM = 20.0  # points along the picture's edges where a fax prints its header
_HALO = 0.9  # points around print within which ink alone proves nothing: it may be print that has run
_HALO_DARK = 0.1  # a ring around print belongs to the print if more than this share of it is dark
_MOST_SPREAD = 2.4  # points that print may run
_LEAST_BLOT, _SOLID = 10.0, 0.6  # points; share of its rectangle that a blot fills
_WIDEST_PEN = 6.0  # points: the line of a marker
_BROKEN_ROW = 21  # pixels; a shorter run may be a flat stroke of a pen
_STREAK = 140  # gray level above which a quarter of a column or row is a streak
_EIGHT_DARK = np.uint64(0xFFFFFFFFFFFFFFFF)
# A stroke shorter than this both ways is dust, in points: the dot of an i, a speck, a lost row of a fax.
DUST_HEIGHT, DUST_WIDTH = 3.2, 5.0
_MANY = 20  # specks from which on their size tells something


_Place = tuple[slice, slice]  # rows and columns


@dataclass(frozen=True)
class Sheet:
    """A received page ready for looking for ink: `dark` is 255 where it is darker than its paper, `depth` is how much
    darker. From the depth `plain` on it is so much darker that no soft edge of print is.

    `bilevel`: the picture was 1-bit, and `depth` is `dark`; `row`: pixel rows that one row of the channel takes (2 on a
    standard fax); `sideways`: the page came lying on its side, so that the channel's rows are its columns now.
    """

    dark: Pixels
    depth: Pixels
    plain: float
    bilevel: bool
    row: int
    sideways: bool

    def plainly(self, rest: Pixels, rows: slice, columns: slice) -> Pixels:
        """Return what of `rest` (255 where something is dark) is plainly dark, in these rows and columns."""
        part = rest[rows, columns]
        if self.bilevel:
            return part
        plain = cv2.threshold(self.depth[rows, columns], self.plain, 255, cv2.THRESH_BINARY)[1]
        return np.asarray(cv2.bitwise_and(part, plain), np.uint8)


@dataclass(frozen=True)
class Ink:
    """The ink of a page. `u`, `v` are places of its pixels in points, `pixel` their areas in square points, `stroke`
    the index of each pixel's stroke.

    `free` tells which pixels are well clear of print. For each stroke: `area` and `free_area` in square points, `boxes`
    (n by 4: left, top, right, bottom, in points), and `large` where it is more than dust. `blots` are the boxes of what
    is too solid for a pen and was taken out. `dust` is the square points of dust on a square point of free paper,
    `speck` those of a large speck (nine in ten are no larger; 0 where there are few), `grain` those of the speck that
    the average pixel of dust belongs to, `spread` how far the print has run on this page, in points.
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]
    pixel: NDArray[np.float64]
    stroke: NDArray[np.intp]
    free: NDArray[np.bool_]
    area: NDArray[np.float64]
    free_area: NDArray[np.float64]
    boxes: NDArray[np.float64]
    large: NDArray[np.bool_]
    blots: NDArray[np.float64]
    dust: float
    speck: float
    grain: float
    spread: float

    @property
    def widths(self) -> NDArray[np.float64]:
        """The strokes' widths in points."""
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> NDArray[np.float64]:
        """The strokes' heights in points."""
        return self.boxes[:, 3] - self.boxes[:, 1]

    def inked(self, pixels: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return how much of each stroke, in square points, these of the pixels are."""
        return np.asarray(np.bincount(self.stroke[pixels], self.pixel[pixels], len(self.area)), np.float64)

    def inside(self, zone: Box) -> NDArray[np.bool_]:
        """Tell which pixels lie in `zone`."""
        return (self.u > zone.x0) & (self.u < zone.x1) & (self.v > zone.y0) & (self.v < zone.y1)


@dataclass(frozen=True)
class Print:
    """The issued page's print laid over the received one: 255 where print may be.

    `core` is the print as issued, at the picture's size; `near` the same as far as it has run on this page, in pieces:
    rows and columns of the picture, and their pixels; print lies nowhere else. `far` is all of it with the halo
    around, at half the picture's size.
    """

    core: Pixels
    near: tuple[tuple[slice, slice, Pixels], ...]
    far: Pixels
    spread: float


@dataclass(frozen=True)
class Rest:
    """What is dark on a page and not print: `mask` is 255 there. `eights` are those of the mask's groups of eight
    pixels, counted through all rows, that are not all 0: nearly all are. `paper` is how many pixels of free paper were
    looked at."""

    mask: Pixels
    eights: NDArray[np.intp]
    paper: int


def sheet(sizes: Reduced, bilevel: bool, sideways: bool = False, corners: Points | None = None) -> Sheet:
    """Return what is dark on a page in gray; `bilevel` where every pixel is black or white, `sideways` as in Sheet.

    `corners` are the sheet's own (4 by 2 pixels): what lies around it, as the table on a photograph, is no measure of
    its noise.
    """
    gray = sizes.by(1)
    if bilevel:
        dark = np.asarray(cv2.threshold(gray, 127, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
        _take_out_streaks(dark, np.asarray(cv2.bitwise_not(sizes.by(2)), np.uint8), dark)
        return Sheet(dark, dark, 0, True, 2 if _rows_doubled(gray.T if sideways else gray) else 1, sideways)
    smooth = cv2.GaussianBlur(gray, (3, 3), 0.7)
    paper = cv2.morphologyEx(reduced(np.asarray(smooth, np.uint8), _CELL), cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 2)
    paper = cv2.resize(paper, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    depth = np.asarray(cv2.subtract(paper, smooth, dst=paper), np.uint8)
    faintest, plain = _thresholds(depth, corners)
    dark = np.asarray(cv2.threshold(depth, faintest, 255, cv2.THRESH_BINARY)[1], np.uint8)
    _take_out_streaks(dark, reduced(dark, 2), depth)
    return Sheet(dark, depth, plain, False, 1, sideways)


def print_on(page: Sheet, issued: Template, alignment: Alignment, layout: PageLayout) -> Print:
    """Return where the print of the issued page lies on `page`, and how far it has run there."""
    core, places = _laid_over(page.dark.shape, issued, alignment)
    scale = scale_at(alignment.matrix, layout.size[0] / 2, layout.size[1] / 2)
    across, down = _spread(page, core, alignment, scale)
    halo = max(1, round(_HALO * scale / 2))
    high, wide = core.shape[0] // 2, core.shape[1] // 2
    far = np.zeros((high, wide), np.uint8)
    near = []
    for rows, columns in places:
        rows, columns = _wider(rows, down, core.shape[0]), _wider(columns, across, core.shape[1])
        run = grown(core[rows, columns], across, down)
        near.append((rows, columns, run))
        # where one of the four pixels of a cell is print, all of the cell is
        half = cv2.threshold(reduced(run, 2), 0, 255, cv2.THRESH_BINARY)[1]
        ringed = cv2.copyMakeBorder(half, halo, halo, halo, halo, cv2.BORDER_CONSTANT, value=(0,))
        _put_in(far, grown(np.asarray(ringed, np.uint8), halo, halo), columns.start // 2 - halo, rows.start // 2 - halo)
    return Print(core, tuple(near), far, max(across, down) / scale)


def unprinted(page: Sheet, printed: Print, alignment: Alignment, layout: PageLayout, is_fax: bool) -> Rest:
    """Return what is dark on `page` and not on the issued page, away from the rim of the page. What is dark on `page`
    is written over: a copy would cost as much as all the rest."""
    mask = page.dark
    for rows, columns, near in printed.near:
        part = mask[rows, columns]
        cv2.subtract(part, near, dst=part)
    corners = page_corners(alignment.matrix, layout, _RIM)
    band = round(_FAX_RIM * scale_at(alignment.matrix, layout.size[0] / 2, layout.size[1] / 2)) if is_fax else 0
    _clear_around(mask, corners, band)
    free = np.full_like(printed.far, 255)
    _clear_around(free, corners / 2, band // 2)
    paper = 4 * cv2.countNonZero(cv2.subtract(free, printed.far))
    if page.bilevel and page.sideways:
        lying = np.ascontiguousarray(mask.T)
        _take_out_broken_rows(lying, _eights(lying), page.row)
        mask = np.ascontiguousarray(lying.T)
    eights = _eights(mask)
    if page.bilevel and not page.sideways:
        _take_out_broken_rows(mask, eights, page.row)
    return Rest(mask, eights, paper)


def strokes(rest: Rest, printed: Print, alignment: Alignment, layout: PageLayout) -> Ink:
    """Return what `unprinted` left of dark, as strokes."""
    scale = scale_at(alignment.matrix, layout.size[0] / 2, layout.size[1] / 2)
    return _strokes(rest, printed, np.linalg.inv(alignment.matrix).astype(np.float64), scale)


def _thresholds(depth: Pixels, corners: Points | None) -> tuple[float, float]:
    """Return how much darker than the paper a pixel must be to be ink, a share of the print and clear of the noise, and
    to be no soft edge of print either."""
    part = np.ascontiguousarray(depth[::4, ::4])
    inside = None
    if corners is not None:
        inside = np.zeros(part.shape, np.uint8)
        cv2.fillConvexPoly(inside, np.round(corners / 4).astype(np.int32), (1,))
    counts = cv2.calcHist([part], [0], inside, [256], [0, 256]).ravel().astype(np.intp)
    printed = np.repeat(np.arange(41, 256), counts[41:])
    contrast = float(np.percentile(printed, 70)) if printed.size > 200 else 120.0
    levels, paper = np.arange(40.0), counts[:40]
    mean = levels @ paper / max(1, paper.sum())
    noise = float(((levels - mean) ** 2 @ paper / paper.sum()) ** 0.5) if paper.any() else 3.0
    faintest = max(12.0, _FAINTEST * contrast, 4.5 * noise)
    return faintest, max(faintest, _PLAIN * contrast)


def _rows_doubled(gray: Pixels) -> bool:
    """Tell whether each row of a standard fax stands twice, by every eighth pair of them."""
    pairs = gray[: gray.shape[0] // 2 * 2]
    return bool(np.mean(pairs[0::16] == pairs[1::16]) > 0.999)


def _take_out_streaks(dark: Pixels, half: Pixels, depth: Pixels) -> None:
    """Take out straight lines along a whole column or row: dirt on the glass, the edge of a lid. No pen draws those.

    `half` is `dark` at half its size: where no quarter of a pair of lines has half as much there, neither has any. From
    `depth` columns alone are taken out: a row may be a line by hand through all of a row of print.
    """
    for axis in (0, 1):
        count, pairs = dark.shape[1 - axis], half.shape[1 - axis]
        likely = _filled_along(half, axis, _STREAK / 2 - 4) if half.size else np.arange(pairs)
        near = np.append((likely[:, None] * 2 + (0, 1)).ravel(), np.arange(2 * pairs, count))
        if not len(near):
            continue
        for at in near[_filled_along(np.take(dark, near, 1 - axis), axis, _STREAK)]:
            near_it = slice(max(0, at - 1), at + 2)
            if axis == 0:
                dark[:, near_it], depth[:, near_it] = 0, 0
            else:
                dark[near_it] = 0


def _filled_along(dark: Pixels, axis: int, least: float) -> NDArray[np.intp]:
    """Return which columns (axis 0) or rows (1) are on average darker than `least` in two quarters of their length."""
    quarters = np.array_split(dark, 4, axis=axis)
    share = np.array([cv2.reduce(quarter, axis, cv2.REDUCE_AVG).ravel() for quarter in quarters])
    return np.flatnonzero((share > least).sum(axis=0) >= 2)


def _laid_over(shape: tuple[int, ...], issued: Template, alignment: Alignment) -> tuple[Pixels, list[_Place]]:
    """Return the issued page's print in the received picture, each part shifted as the patches near it say, and the
    rows and columns that the parts lie in."""
    core = np.zeros(shape, np.uint8)
    if not issued.parts:
        return core, []
    corner = np.array([(part.left, part.top) for part in issued.parts], np.float64)
    size = np.array([part.mask.shape[::-1] for part in issued.parts], np.float64)
    drifts = drifts_near(alignment, (corner + size / 2) * (72 / DPI))
    moves = np.tile(np.eye(3), (2, len(corner), 1, 1))
    moves[0, :, :2, 2], moves[1, :, :2, 2] = drifts, corner
    matrices = alignment.matrix @ moves[0] @ frame(DPI) @ moves[1]
    rims = np.ones((len(corner), 3, 4))
    rims[:, :2] = size[:, :, None] * ((0, 1, 1, 0), (0, 0, 1, 1))
    rims = matrices @ rims
    rims = rims[:, :2] / rims[:, 2:]
    first = np.maximum(np.floor(rims.min(axis=2)).astype(int) - 1, 0)
    last = np.minimum(np.ceil(rims.max(axis=2)).astype(int) + 1, (shape[1], shape[0]))
    moves[0, :, :2, 2] = -first
    matrices = moves[0] @ matrices
    large = np.abs(np.linalg.det(matrices[:, :2, :2])) > 0.9
    places = []
    for at, ((left, top), (right, bottom)) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        if right > left and bottom > top:
            places.append((slice(top, bottom), slice(left, right)))
            core[places[-1]] |= _seen(issued.parts[at].mask, matrices[at], right - left, bottom - top, large[at])
    return core, places


def _seen(mask: Pixels, matrix: Matrix, wide: int, high: int, large: bool) -> Pixels:
    """Return print under `matrix`; `large` where the picture is hardly coarser than the template."""
    if large:
        return seen_through(mask, matrix, wide, high, cv2.INTER_NEAREST, 0)
    # hairlines must not fall between its pixels
    smooth = seen_through(mask, matrix, wide, high, cv2.INTER_LINEAR, 0)
    return np.asarray(cv2.threshold(smooth, 63, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _wider(one: slice, by: int, end: int) -> slice:
    """Return rows or columns with so many more on both sides, from an even one to an even one or the `end`."""
    return slice(max(0, one.start - by) // 2 * 2, min(end, -(-(one.stop + by) // 2) * 2))


def _put_in(picture: Pixels, piece: Pixels, left: int, top: int) -> None:
    """Add a piece of a mask, of which some may lie outside of the picture."""
    high, wide = picture.shape
    rows = slice(max(0, top), max(0, min(high, top + piece.shape[0])))
    columns = slice(max(0, left), max(0, min(wide, left + piece.shape[1])))
    picture[rows, columns] |= piece[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]


def _spread(page: Sheet, core: Pixels, alignment: Alignment, scale: float) -> tuple[int, int]:
    """Return how many pixels the print has run to the sides and up and down, measured around the patches of print."""
    most = max(2, round(_MOST_SPREAD * scale))
    high, wide = round(24 * scale), round(56 * scale)
    centres = mapped(alignment.matrix, alignment.patches)[:14]
    corners = np.clip(
        np.round(centres - (wide / 2, high / 2)), 0, np.maximum(0, np.array(core.shape[::-1]) - (wide, high))
    )
    printed, seen = np.zeros((2, len(corners), high + most, wide), np.uint8)  # with room to run between the windows
    for at, (left, top) in enumerate(corners.astype(int).tolist()):
        rows, columns = slice(top, top + high), slice(left, left + wide)
        part = core[rows, columns]
        printed[at, : part.shape[0], : part.shape[1]] = part
        seen[at, : part.shape[0], : part.shape[1]] = page.dark[rows, columns]
    return _run(printed, seen, most, (1, 0)), _run(printed, seen, most, (0, 1))


def _run(printed: Pixels, seen: Pixels, most: int, way: tuple[int, int]) -> int:
    """Return by how many pixels print has run one way: as far as the rings around it are dark, in windows (n by rows by
    columns, of which the last `most` are empty)."""
    reached = printed.reshape(-1, printed.shape[2])
    for step in range(1, most + 1):
        wider = grown(reached, *way)
        ring = cv2.subtract(wider, reached).reshape(printed.shape)[:, :-most]
        met = cv2.bitwise_and(ring, seen[:, :-most])
        counts = [(cv2.countNonZero(a), cv2.countNonZero(b)) for a, b in zip(met, ring, strict=True)]
        dark = [a / b for a, b in counts if b]
        # the median: in one window or another there is ink beside the print
        if not dark or median(dark) <= _HALO_DARK:
            return max(1, step - 1)
        reached = wider
    return most


def page_corners(matrix: Matrix, layout: PageLayout, rim: float = 0.0) -> Points:
    """Return the sheet's corners in the picture (4 by 2 pixels), `rim` points inside of its edges."""
    width, height = layout.size
    corners = np.array(((rim, rim), (width - rim, rim), (width - rim, height - rim), (rim, height - rim)))
    return mapped(matrix, corners)


def _clear_around(mask: Pixels, corners: Points, band: int) -> None:
    """Set to 0 what lies outside of `corners` (4 by 2 pixels), or nearer than `band` pixels to the picture's edges."""
    inner = np.round(corners).astype(np.int32)
    beyond = np.concatenate((inner, ((0, 0), mask.shape[::-1])))
    (left, top), (right, bottom) = beyond.min(axis=0) - 9, beyond.max(axis=0) + 9
    outer = np.array(((left, top), (right, top), (right, bottom), (left, bottom)), np.int32)
    cv2.fillPoly(mask, [outer, inner], (0,))  # what lies within both counts as outside
    if band:
        mask[:band] = 0
        mask[-band:] = 0
        mask[:, :band] = 0
        mask[:, -band:] = 0


def _eights(mask: Pixels) -> NDArray[np.intp]:
    """Return which groups of eight pixels, counted through all rows, are not all 0; fewer than eight at the end are no
    group."""
    flat = mask.ravel()
    return np.flatnonzero(flat[: flat.size // 8 * 8].view(np.uint64) != 0)  # four times as fast on truth values


def _take_out_broken_rows(mask: Pixels, eights: NDArray[np.intp], high: int) -> None:
    """Take out long runs that are one row of the channel, `high` pixels, high: lines that a fax lost or filled."""
    # a run of that length fills one of the groups of eight pixels
    groups = mask.ravel()[: mask.size // 8 * 8].view(np.uint64)
    rows = np.unique(eights[groups[eights] == _EIGHT_DARK] * 8 // mask.shape[1])
    rows = rows[(rows >= high) & (rows < len(mask) - high)]
    if len(rows):
        alone = mask[rows] & ~mask[rows - high] & ~mask[rows + high]
        kernel = np.ones((1, _BROKEN_ROW), np.uint8)
        mask[rows] &= ~np.asarray(cv2.morphologyEx(alone, cv2.MORPH_OPEN, kernel), np.uint8)


def _strokes(rest: Rest, printed: Print, to_points: Matrix, scale: float) -> Ink:
    rows, columns = _dark_places(rest)
    count, stroke = _connected(rows // 2, columns // 2)
    places = mapped(to_points, np.column_stack((columns, rows)).astype(np.float64))
    u, v = places[:, 0], places[:, 1]
    high, wide = printed.far.shape
    free = printed.far[np.minimum(rows // 2, high - 1), np.minimum(columns // 2, wide - 1)] == 0
    pixel = _areas(to_points, columns, rows)
    area = np.asarray(np.bincount(stroke, pixel, count), np.float64)
    free_area = np.asarray(np.bincount(stroke[free], pixel[free], count), np.float64)
    boxes = _boxes(u, v, stroke, count)
    solid = _solid(area, boxes)
    for at in np.flatnonzero(solid):
        solid[at] = _wider_than_a_pen(rows[stroke == at], columns[stroke == at], scale)
    if solid.any():
        mask = rest.mask.copy()
        mask[rows[solid[stroke]], columns[solid[stroke]]] = 0
        ink = _strokes(replace(rest, mask=mask), printed, to_points, scale)
        return replace(ink, blots=np.concatenate((ink.blots, boxes[solid])))
    clear = (free_area > 1.5) | (free_area > 0.4 * area)
    large = clear & ((boxes[:, 3] - boxes[:, 1] > DUST_HEIGHT) | (boxes[:, 2] - boxes[:, 0] > DUST_WIDTH))
    strewn = free_area[~large]
    total = float(strewn.sum())
    dust = total / max(1.0, rest.paper / scale**2)
    grain = float((strewn**2).sum()) / total if total else 0.0
    specks = area[~large]
    speck = float(np.percentile(specks, 90)) if len(specks) >= _MANY else 0.0
    blots = np.empty((0, 4))
    return Ink(u, v, pixel, stroke, free, area, free_area, boxes, large, blots, dust, speck, grain, printed.spread)


def _connected(rows: NDArray[np.intp], columns: NDArray[np.intp]) -> tuple[int, NDArray[np.intp]]:
    """Return how many strokes cells with these rows and columns make, and the stroke of each.

    Of rows and columns without any only one is kept between others: most of a page has none.
    """
    rows, high = _closed_up(rows)
    columns, wide = _closed_up(columns)
    joined = np.zeros((high, wide), np.uint8)
    joined[rows, columns] = 255
    count, labels = cv2.connectedComponents(joined, connectivity=8, ltype=cv2.CV_32S)
    return count - 1, labels[rows, columns].astype(np.intp) - 1


def _closed_up(at: NDArray[np.intp]) -> tuple[NDArray[np.intp], int]:
    """Return the same with every run of unused numbers made one, and how many numbers there are then."""
    used = np.zeros(int(at.max(initial=0)) + 2, np.bool_)
    used[at] = True
    used[1:] |= used[:-1]
    place = np.cumsum(used)
    return place[at] - 1, int(place[-1]) + 1


def _dark_places(rest: Rest) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns of the pixels that are not 0."""
    flat = rest.mask.ravel()
    near = (rest.eights[:, None] * 8 + np.arange(8)).ravel()
    places = np.concatenate((near, np.arange(flat.size // 8 * 8, flat.size)))
    rows, columns = np.divmod(places[flat[places] > 0], rest.mask.shape[1])
    return rows, columns


def _areas(to_points: Matrix, columns: NDArray[np.intp], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the area of each pixel in square points: on a page seen from the side the far ones stand for more."""
    depth = to_points[2, 0] * columns + to_points[2, 1] * rows + to_points[2, 2]
    return np.asarray(abs(np.linalg.det(to_points)) / np.abs(depth) ** 3, np.float64)


def _solid(area: NDArray[np.float64], boxes: Points) -> NDArray[np.bool_]:
    """Tell what may be a blot and not writing: punch holes, a black corner, a dark flag. It fills its rectangle."""
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.asarray((np.minimum(wide, high) > _LEAST_BLOT) & (area > _SOLID * wide * high), np.bool_)


def _wider_than_a_pen(rows: NDArray[np.intp], columns: NDArray[np.intp], scale: float) -> bool:
    """Tell whether somewhere in a stroke there is a round spot wider than any pen: close writing fills its rectangle
    too."""
    spot = np.zeros((int(np.ptp(rows)) + 3, int(np.ptp(columns)) + 3), np.uint8)
    spot[rows - rows.min() + 1, columns - columns.min() + 1] = 255
    return bool(cv2.distanceTransform(spot, cv2.DIST_L2, 3).max() > _WIDEST_PEN / 2 * scale)


def _boxes(u: NDArray[np.float64], v: NDArray[np.float64], stroke: NDArray[np.intp], count: int) -> Points:
    """Return left, top, right, bottom of each stroke."""
    boxes = np.empty((count, 4))
    if not count:
        return boxes
    order = np.argsort(stroke, kind="stable")
    starts = np.searchsorted(stroke[order], np.arange(count))
    for column, (values, extreme) in enumerate(((u, np.minimum), (v, np.minimum), (u, np.maximum), (v, np.maximum))):
        boxes[:, column] = extreme.reduceat(values[order], starts)
    return boxes
