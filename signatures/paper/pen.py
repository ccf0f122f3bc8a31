"""Is it a pen's? Type that somebody set on a signature line, lines that run straight across it, and broken strokes.

Type stands in a row: the tops of its letters lie at two heights (small letters and capitals), their bottoms at one, and
the row runs with the page. A hand keeps to heights too, but rises or falls, or leans.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.raster import Points

_SLICE = 4.0  # points; letters that touch are cut into slices of this width
_LEAST_SLICE = 0.8  # square points of ink in a slice that counts
_LEAST_SLICES = 8
_SAME_HEIGHT = 0.4  # points
_SLOPES = np.radians(np.arange(-6.0, 6.01, 0.25))
_LEANS = np.arange(-0.3, 0.61, 0.03)


class _Limits(NamedTuple):
    """Type: at least so many of the tops and bottoms in rows, which slope and whose letters lean no more (radians)."""

    rows: float
    slope: float
    lean: float


_LIKELY, _PLAINLY = _Limits(0.7, 0.009, 0.1), _Limits(0.88, 0.0132, 0.25)
_NEAR_RULE = 2.2  # points from the signature line within which ink may end because the line was taken out
_GAP, _GRID = 2.2, 0.3  # points between two pieces of one broken stroke; the grid that they are joined on
_LONG, _STRAIGHT = 18.0, 0.7  # points: length of a line, root mean square distance from it
_VERY_LONG, _THICK = 60.0, 1.0  # the same of one that may be thick
# The ring of a cup: length of the part that is seen and the least radius, in points; and how far from the circle
# its ink may lie (points, root mean square), for a line without width and for each point of its width. Of 1,886
# signatures in black and white two are no more than such strokes.
_PART, _CUP, _ROUND, _ROUND_BY_WIDTH = 35.0, 15.0, 0.3, 0.4
# The frame of a round stamp: so much of its ink lies so near (points) to an oval, in so much of all directions.
_OVAL, _OVAL_LINE, _AROUND_OVAL, _DIRECTIONS = 0.9, 2.5, 0.6, 24
# A flat signature waves: its middle, taken over pieces of this length, lies so far off a smooth curve (points, root
# mean square). Folds and dirt do by less than three quarters of that.
_PIECE, _WAVING = 3.0, 0.32
_WIDE = 28.0  # points; a row of type is at least so wide
_RUNNING = 0.5  # of its width; one stroke of type is shorter
# Type that has run together keeps its rows; where fewer of the tops and bottoms stand in rows, its letters are apart
# (points).
_APART, _LETTER = 0.8, 18.0


def is_straight(points: Points) -> bool:
    """Tell whether ink (n by 2, in points) is one long straight line, as a fold or dirt on the glass leaves."""
    if len(points) < 3:
        return False
    u, v = np.ascontiguousarray(points.T)
    length = max(np.ptp(u), np.ptp(v))
    if length < _LONG:
        return False
    u, v = u - u.mean(), v - v.mean()
    across, down, both = (float(one @ other) / (len(u) - 1) for one, other in ((u, u), (v, v), (u, v)))
    # the smaller eigenvalue of the covariance: the mean square distance from the line of best fit
    spread = (across + down) / 2 - (((across - down) / 2) ** 2 + both**2) ** 0.5
    if max(0.0, spread) ** 0.5 >= (_STRAIGHT if length < _VERY_LONG else _THICK):
        return False
    angle = 0.5 * np.arctan2(2 * both, across - down)
    return _waving(u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)) < _WAVING


def is_ring(points: Points, area: float) -> bool:
    """Tell whether ink (n by 2, in points; so many square points) is part of one large circle, as a cup leaves."""
    length = float(np.ptp(points, axis=0).max()) if len(points) > 2 else 0.0
    if length < _PART:
        return False
    placed = points - points.mean(axis=0)
    # the circle of best fit: x² + y² = 2ax + 2by + c
    sides = np.column_stack((2 * placed, np.ones(len(placed))))
    a, b, c = np.linalg.lstsq(sides, (placed**2).sum(axis=1), rcond=None)[0]
    radius = max(0.0, float(c + a * a + b * b)) ** 0.5
    away = float(((np.hypot(placed[:, 0] - a, placed[:, 1] - b) - radius) ** 2).mean()) ** 0.5
    return bool(radius > _CUP and away < _ROUND + _ROUND_BY_WIDTH * area / length)


def is_oval(points: Points) -> bool:
    """Tell whether ink (n by 2, in points) runs along an oval and nearly around it, as the frame of a round stamp."""
    if len(points) < _DIRECTIONS:
        return False
    (x, y), sides, turned = cv2.fitEllipse(points.astype(np.float32))
    half = np.array(sides) / 2
    if not np.isfinite(half).all() or half.min() < 2 * _OVAL_LINE:
        return False
    cos, sin = np.cos(np.radians(turned)), np.sin(np.radians(turned))
    u, v = points[:, 0] - x, points[:, 1] - y
    along, down = (cos * u + sin * v) / half[0], (cos * v - sin * u) / half[1]
    near = np.abs(np.hypot(along, down) - 1) * float(half.prod() ** 0.5) < _OVAL_LINE
    directions = np.floor((np.arctan2(down, along)[near] / (2 * np.pi) + 0.5) * _DIRECTIONS)
    return bool(near.mean() > _OVAL and len(np.unique(directions)) > _AROUND_OVAL * _DIRECTIONS)


def _waving(along: Points, aside: Points) -> float:
    """Return how far the middle of a line lies off a smooth curve, in points; 0.0 of a line too short to tell."""
    piece = ((along - along.min()) / _PIECE).astype(np.intp)
    size = np.bincount(piece)
    held = np.flatnonzero(size)[1:-1]  # the ends of a stroke are round
    if len(held) < _LEAST_SLICES:
        return 0.0
    place = np.bincount(piece, along)[held] / size[held]
    middle = np.bincount(piece, aside)[held] / size[held]
    weight = size[held].astype(np.float64)
    curve = np.polyval(np.polyfit(place, middle, 2, w=weight**0.5), place)
    return float(np.average((middle - curve) ** 2, weights=weight) ** 0.5)


def longest_together(points: Points, pixel: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return extent and narrower extent (points) and ink (square points) of the longest stroke, where pieces that all
    but touch are one.

    `points` and `pixel` are as for is_type.
    """
    cells = ((points - points.min(axis=0)) / _GRID).astype(np.intp) + 4
    drawn = np.zeros((int(cells[:, 1].max()) + 5, int(cells[:, 0].max()) + 5), np.uint8)
    drawn[cells[:, 1], cells[:, 0]] = 1
    round_ = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (round(_GAP / _GRID) | 1, round(_GAP / _GRID) | 1))
    labels = cv2.connectedComponents(cv2.dilate(drawn, round_))[1][cells[:, 1], cells[:, 0]]
    found = [(np.ptp(points[labels == one], axis=0), labels == one) for one in np.unique(labels)]
    extent, members = max(found, key=lambda one: float(one[0].max()))
    return float(extent.max()), float(extent.min()), float(pixel[members].sum())


def is_type(points: Points, stroke: NDArray[np.intp], pixel: NDArray[np.float64], rule: float) -> bool:
    """Tell whether ink looks like a row of type.

    `points` are the places of its pixels (n by 2, in points), `stroke` each pixel's stroke, `pixel` its area in square
    points, `rule` the height of the signature line.
    """
    wide = float(np.ptp(points[:, 0])) if len(points) else 0.0
    if wide < _WIDE:
        return False
    middle, top, bottom = _slices(points, stroke, pixel)
    if len(middle) < _LEAST_SLICES:
        return False
    free = np.abs(bottom - rule) > _NEAR_RULE
    level = _SLOPES[np.abs(_SLOPES) <= _PLAINLY.slope]
    if max(_in_rows(middle, top, bottom, free, one) for one in level) < _LIKELY.rows:
        return False
    found, slope = max((_in_rows(middle, top, bottom, free, one) - 0.1 * abs(one), one) for one in _SLOPES)
    longest = _LETTER if found < _APART else max(_WIDE, _RUNNING * wide)
    if found >= _PLAINLY.rows:
        limits = _PLAINLY
    elif found >= _LIKELY.rows and _longest(points[:, 0], stroke) <= longest:
        limits = _LIKELY
    else:
        return False
    return bool(abs(slope) <= limits.slope and abs(_lean(points)) <= limits.lean)


def _longest(across: Points, stroke: NDArray[np.intp]) -> float:
    """Return the width of the widest stroke, in points."""
    return max(float(np.ptp(across[stroke == one])) for one in np.unique(stroke))


def _slices(points: Points, stroke: NDArray[np.intp], pixel: NDArray[np.float64]) -> tuple[Points, Points, Points]:
    """Return middle, top and bottom of each slice of each stroke that holds more than a speck."""
    u, v = points[:, 0], points[:, 1]
    slice_of = ((u - u.min()) / _SLICE).astype(np.intp) * (int(stroke.max()) + 1) + stroke
    order = np.argsort(slice_of, kind="stable")
    starts = np.flatnonzero(np.diff(slice_of[order], prepend=-1))
    size = np.diff(np.append(starts, len(order)))
    kept = np.add.reduceat(pixel[order], starts) > _LEAST_SLICE
    middle = np.add.reduceat(u[order], starts) / size
    top, bottom = np.minimum.reduceat(v[order], starts), np.maximum.reduceat(v[order], starts)
    return middle[kept], top[kept], bottom[kept]


def _in_rows(middle: Points, top: Points, bottom: Points, free: NDArray[np.bool_], slope: float) -> float:
    """Return the share of tops at the two commonest heights, and of bottoms, along a row of this slope."""
    fall = middle * np.tan(slope)
    found = _at_two_heights(top - fall)
    if free.any():
        found += _at_two_heights((bottom - fall)[free])
    return float(found / (len(top) + free.sum()))


def _at_two_heights(heights: Points) -> int:
    close = np.abs(heights[:, None] - heights[None, :]) <= _SAME_HEIGHT
    first = close[close.sum(axis=1).argmax()]
    return int(first.sum() + (close & ~first).sum(axis=1).max())


def _lean(points: Points) -> float:
    """Return how far upright strokes lean: the lean at which the ink stands in the fewest columns."""
    fullest, found = 0.0, 0.0
    for lean in _LEANS:
        across = points[:, 0] + points[:, 1] * lean
        columns = np.bincount(((across - across.min()) / 0.36).astype(np.intp))
        full = float((columns.astype(np.float64) ** 2).sum())
        if full > fullest:
            fullest, found = full, float(lean)
    return found
