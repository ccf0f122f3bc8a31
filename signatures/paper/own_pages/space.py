"""Clear space on a printed page for the two codes and the page's number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.drawing import CODE_MARGIN, CODE_SIDE
from signatures.paper.layout import Box, Rule
from signatures.paper.picture import Pixels

QUIET = 4 * CODE_SIDE / 21  # the quiet zone that ISO/IEC 18004 wants on all sides of a code
NUMBER = (96.0, 11.0)  # width and height of the page's number, in points
WITH_VERSION = (96.0, 22.0)  # of the number with the version below it
_FARTHEST = 0.42  # of the page's height: so far from its usual edge a code may stand
_APART = 0.45  # of the page's diagonal: the codes also tell how the page lies
_GRID = 2  # cells to a point
_DARK = 225  # gray level below which something is printed, faint print too
_SIGNATURE_ROOM = (40.0, 12.0)  # what a signature takes above and below its rule
_BLANK_ROOM = (20.0, 7.0)


@dataclass(frozen=True)
class Space:
    """Where the codes stand, the first and the second, and the page's number, None where there is no room for it.

    There is room for the version too where that is as high as WITH_VERSION.
    """

    codes: tuple[Box, Box]
    number: Box | None


def clear_space(gray: Pixels, size: tuple[float, float], writing: list[tuple[Rule, bool]]) -> Space | None:
    """Find room near the usual corners, top right and bottom left, at least 28 points from the edges.

    `gray` is the page in any resolution, `writing` its rules and whether each is signed on: what is written there needs
    its room. None where the codes do not fit.
    """
    taken = _taken(gray, size, writing)
    width, height = size
    side, far = CODE_SIDE, _FARTHEST * height
    first = _nearest(taken, (side, side), QUIET, (width - CODE_MARGIN - side, CODE_MARGIN), (0, far))
    if first is None:
        return None
    second = _nearest(taken, (side, side), QUIET, (CODE_MARGIN, height - CODE_MARGIN - side), (height - far, height))
    if second is None or math.dist((first.x0, first.y0), (second.x0, second.y0)) < _APART * math.hypot(width, height):
        return None
    for box in (first, second):
        _take(taken, box, QUIET)
    for room in (WITH_VERSION, NUMBER):
        number = _nearest(taken, room, 4, ((width - room[0]) / 2, height - CODE_MARGIN - room[1]), (0, height))
        if number is not None:
            break
    return Space((first, second), number)


def _taken(gray: Pixels, size: tuple[float, float], writing: list[tuple[Rule, bool]]) -> Pixels:
    """Return 1 for each half point of the page that is printed on, or needed for ink."""
    cells = (math.ceil(size[0] * _GRID), math.ceil(size[1] * _GRID))
    dark = np.asarray(gray < _DARK, np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    taken = np.asarray(cv2.resize(cv2.dilate(dark, kernel), cells, interpolation=cv2.INTER_NEAREST), np.uint8)
    for rule, is_signed in writing:
        above, below = _SIGNATURE_ROOM if is_signed else _BLANK_ROOM
        _take(taken, Box(rule.x0, rule.y - above, rule.x1, rule.y + below), 4)
    return taken


def _take(taken: Pixels, box: Box, around: float) -> None:
    left, top = max(0, int((box.x0 - around) * _GRID)), max(0, int((box.y0 - around) * _GRID))
    taken[top : math.ceil((box.y1 + around) * _GRID), left : math.ceil((box.x1 + around) * _GRID)] = 1


def _nearest(
    taken: Pixels, size: tuple[float, float], around: float, wanted: tuple[float, float], between: tuple[float, float]
) -> Box | None:
    """Return the free box of this size nearest to where its top left corner is wanted, inside the page's margin and
    between these heights, with so much free paper around it.
    """
    sums: NDArray[np.int64] = np.asarray(cv2.integral(taken), np.int64)
    high, wide = (round((side + 2 * around) * _GRID) for side in (size[1], size[0]))
    rows, columns = sums.shape[0] - high, sums.shape[1] - wide
    if rows <= 0 or columns <= 0:
        return None
    inside = sums[high:, wide:] - sums[:rows, wide:] - sums[high:, :columns] + sums[:rows, :columns]
    y = np.arange(rows)[:, None] / _GRID + around
    x = np.arange(columns)[None, :] / _GRID + around
    last = taken.shape[1] / _GRID - CODE_MARGIN - size[0], taken.shape[0] / _GRID - CODE_MARGIN - size[1]
    fits = (
        (inside == 0)
        & (x >= CODE_MARGIN - 0.3)
        & (y >= CODE_MARGIN - 0.3)
        & (x <= last[0] + 0.3)
        & (y <= last[1] + 0.3)
    )
    fits &= (y >= between[0]) & (y + size[1] <= between[1])
    if not fits.any():
        return None
    away = np.where(fits, np.hypot(x - wanted[0], y - wanted[1]), np.inf)
    row, column = np.unravel_index(int(away.argmin()), away.shape)
    left, top = float(x[0, column]), float(y[row, 0])
    if away[row, column] < 1:  # the usual corner itself, to the point
        left, top = wanted
    return Box(round(left, 3), round(top, 3), round(left + size[0], 3), round(top + size[1], 3))


def space_from_json(data: dict[str, Any]) -> Space:
    """Return the space that `dataclasses.asdict` made plain."""
    first, second = (Box(**box) for box in data["codes"])
    return Space((first, second), Box(**data["number"]) if data["number"] else None)
