"""Ink on a received page: what is dark there and is not print of the issued page, as strokes with places in points."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.align import BLANK_DPI, Alignment, Matrix, drift_near, scale_at, to_pixels
from signatures.paper.layout import Box
from signatures.paper.picture import Pixels

Mask = NDArray[np.uint8]

# Ink fainter than this share of the print's own contrast is not counted: paper grain, show-through, erased pencil.
_FAINTEST = 0.2
# The background is taken over cells of this many pixels.
_CELL = 8


@dataclass(frozen=True)
class Sheet:
    """A received page ready for looking for ink: `dark` is 255 where it is darker than its paper.

    `bilevel` is true where the picture was 1-bit, `row` how many pixel rows one row of the channel takes (2 on a standard fax).
    """

    dark: Mask
    bilevel: bool
    row: int


@dataclass(frozen=True)
class Ink:
    """Ink pixels of one region. `u`, `v` are places in points, `stroke` the index of the connected stroke of each pixel.

    For each stroke: `area` in square points and its `boxes` (n by 4: left, top, right, bottom in points).
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]
    stroke: NDArray[np.intp]
    area: NDArray[np.float64]
    boxes: NDArray[np.float64]
    pixel: float

    @property
    def widths(self) -> NDArray[np.float64]:
        return self.boxes[:, 2] - self.boxes[:, 0]

    @property
    def heights(self) -> NDArray[np.float64]:
        return self.boxes[:, 3] - self.boxes[:, 1]


def sheet(gray: Pixels, bilevel: bool) -> Sheet:
    """Return what is dark on the page `gray`; `bilevel` where every pixel is black or white."""
    if bilevel:
        dark = cv2.threshold(gray, 127, 255, cv2.THRESH_BINARY_INV)[1]
        return Sheet(_without_streaks(dark), True, 2 if _rows_doubled(gray) else 1)
    smooth = cv2.GaussianBlur(gray, (3, 3), 0.7)
    small = cv2.resize(smooth, (gray.shape[1] // _CELL, gray.shape[0] // _CELL), interpolation=cv2.INTER_AREA)
    paper = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8))
    paper = cv2.GaussianBlur(paper, (0, 0), 2)
    paper = cv2.resize(paper, (gray.shape[1], gray.shape[0]), interpolation=cv2.INTER_LINEAR)
    depth = cv2.subtract(paper, smooth)
    threshold = _threshold(gray, smooth, depth)
    dark = cv2.threshold(depth, threshold, 255, cv2.THRESH_BINARY)[1]
    return Sheet(_without_streaks(dark), False, 1)


def ink_in(page: Sheet, blank: Pixels, alignment: Alignment, region: Box, spread: float) -> Ink:
    """Return the ink in `region` (points) that is further than `spread` points from the print of `blank`."""
    x, y = (region.x0 + region.x1) / 2, (region.y0 + region.y1) / 2
    shift = drift_near(alignment, x, y)
    matrix = alignment.matrix @ np.array(((1, 0, shift[0]), (0, 1, shift[1]), (0, 0, 1)))
    corners = to_pixels(
        matrix,
        np.array(((region.x0, region.y0), (region.x1, region.y0), (region.x1, region.y1), (region.x0, region.y1))),
    )
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    dark = page.dark[top:bottom, left:right]
    if not dark.size:
        return _strokes(np.zeros((1, 1), np.uint8), np.eye(3), 0, 0)
    local = np.array(((1, 0, -left), (0, 1, -top), (0, 0, 1))) @ matrix
    pixels_per_point = scale_at(matrix, x, y)
    print_mask = warped_print(blank, local, dark.shape, spread * pixels_per_point)
    rest = cv2.bitwise_and(dark, cv2.bitwise_not(print_mask))
    rest = _without_broken_rows(rest, page)
    return _strokes(rest, np.linalg.inv(matrix), left, top)


def warped_print(blank: Pixels, matrix: Matrix, shape: tuple[int, ...], spread: float) -> Mask:
    """Return 255 where the issued page has print within `spread` pixels, in a picture of `shape` that `matrix` leads to."""
    per_point = BLANK_DPI / 72
    to_points = np.array(((1 / per_point, 0, 0.5 / per_point), (0, 1 / per_point, 0.5 / per_point), (0, 0, 1)))
    printed = cv2.threshold(blank, 170, 255, cv2.THRESH_BINARY_INV)[1]
    flat = cv2.warpPerspective(printed, matrix @ to_points, (shape[1], shape[0]), flags=cv2.INTER_NEAREST)
    radius = max(1, round(spread))
    return np.asarray(
        cv2.dilate(flat, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))), np.uint8
    )


def _threshold(gray: Pixels, smooth: Pixels, depth: Pixels) -> float:
    """Return how much darker than the paper a pixel must be to be ink: a share of the print, and clear of the noise."""
    part = depth[::4, ::4]
    printed = part[part > 40]
    contrast = float(np.percentile(printed, 70)) if printed.size > 200 else 120.0
    paper = part[part < 40]
    noise = float(paper.std()) if paper.size else 3.0
    return max(12.0, _FAINTEST * contrast, 4.5 * noise)


def _rows_doubled(gray: Pixels) -> bool:
    pairs = gray[: gray.shape[0] // 2 * 2]
    return bool(np.mean(pairs[0::2, ::7] == pairs[1::2, ::7]) > 0.999)


def _without_streaks(dark: Mask) -> Mask:
    """Take out straight lines along a whole column or row: dirt on the glass, the edge of a lid. No pen draws those."""
    for axis in (0, 1):
        bands = np.array_split(dark, 4, axis=axis)
        share = np.array([cv2.reduce(np.ascontiguousarray(band), axis, cv2.REDUCE_AVG).ravel() for band in bands])
        streaks = np.flatnonzero((share > 140).sum(axis=0) >= 2)
        for at in streaks:
            if axis == 0:
                dark[:, max(0, at - 1) : at + 2] = 0
            else:
                dark[max(0, at - 1) : at + 2] = 0
    return dark


def _without_broken_rows(rest: Mask, page: Sheet) -> Mask:
    """Take out long runs that are one row of the channel high: lines that a fax lost or filled."""
    if not page.bilevel:
        return rest
    thick = cv2.morphologyEx(rest, cv2.MORPH_OPEN, np.ones((page.row + 1, 1), np.uint8))
    thin = cv2.subtract(rest, thick)
    runs = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, 21), np.uint8))
    return np.asarray(cv2.subtract(rest, runs), np.uint8)


def _strokes(rest: Mask, to_points: Matrix, left: int, top: int) -> Ink:
    joined = cv2.dilate(rest, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(joined, connectivity=8, ltype=cv2.CV_32S)
    rows, columns = np.nonzero(rest)
    label = labels[rows, columns]
    names, stroke = np.unique(label, return_inverse=True)
    places = to_pixels(to_points, np.column_stack((columns + left, rows + top)).astype(np.float64))
    u, v = places[:, 0], places[:, 1]
    count = len(names)
    pixel = abs(np.linalg.det(to_points[:2, :2])) ** 0.5 if count else 0.36
    boxes = np.empty((count, 4))
    for column, (values, reduce) in enumerate(((u, np.minimum), (v, np.minimum), (u, np.maximum), (v, np.maximum))):
        extreme = np.full(count, np.inf if reduce is np.minimum else -np.inf)
        reduce.at(extreme, stroke, values)
        boxes[:, column] = extreme
    area = np.bincount(stroke, minlength=count).astype(np.float64) * pixel**2
    return Ink(u, v, stroke, area, boxes, pixel)
