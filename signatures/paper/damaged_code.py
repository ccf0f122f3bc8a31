"""Read a code that a decoder does not find: cut by the edge of a fax, written over, or moved while it was photographed.

A decoder wants three whole finder patterns. Here one is enough: the grid of the code is laid through it so that those
modules that are the same in every code agree best, and from how they look in this very picture it is learnt how dark
and white modules look. What is read so is drawn anew, clean, and given to the decoder: its error correction (ISO/IEC
18004, level Q, six of 26 codewords) makes good what is missing, and the text's own check says whether it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.drawing import code_modules
from signatures.paper.picture import Pixels
from signatures.paper.raster import Points

SIDE = 21  # modules
_MODULE = 6.0  # pixels of a module once the piece was brought to size
_SIZES = (1.0, 0.88, 0.77)  # of the module that is looked for: a photographed page does not fill its picture
_ALIKE, _MOST_FINDERS = 0.55, 4
# correlation of the modules that every code has alike
_LIKE_A_CODE, _PLAINLY_A_CODE = 0.55, 0.9
_MOST_GRIDS = 4
_LEAST_SEEN = 0.45  # of them lie within the picture
_ANGLES, _SCALES = np.radians(np.arange(-6, 7.0)), np.arange(0.92, 1.09, 0.04)
_AROUND = np.array([(x, y) for y in np.arange(-1, 1.1, 0.5) for x in np.arange(-1, 1.1, 0.5)])
_RIDGE = 0.1
_FINDERS = np.array(((3.5, 3.5), (17.5, 3.5), (3.5, 17.5)))
_FROM_FINDERS = np.linalg.inv(np.column_stack((_FINDERS, np.ones(3))))
_WAYS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))
_STEPS = (0.4, 0.2, 0.1)  # modules, when the grid is laid exactly
_QUIET, _DRAWN = 4, 4  # modules around the code drawn anew, and pixels a module


def redrawn(piece: Pixels, module: float) -> Iterator[tuple[Pixels, Points]]:
    """Yield pictures of a code that may be in `piece`, clean, and where its corners are in the piece (4 by 2 pixel
    indices, its own top left first). `module` is about how many pixels a module takes."""
    grown = _MODULE / module
    large = cv2.resize(piece, None, fx=grown, fy=grown, interpolation=cv2.INTER_AREA if grown < 1 else cv2.INTER_CUBIC)
    smooth = np.asarray(cv2.GaussianBlur(large, (0, 0), 0.2 * _MODULE), np.uint8)
    for grid in _grids(smooth):
        grid = _laid(smooth, grid)
        corners = (
            _mapped(grid, np.array(((0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)), np.float64)) + 0.5
        ) / grown - 0.5
        for dark in _modules(np.asarray(large, np.uint8), smooth, grid):
            yield _drawn(dark), corners


@lru_cache(maxsize=1)
def _alike_in_all() -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which modules are the same in every code (finders, what parts them, timing), and which are dark."""
    known = np.zeros((SIDE, SIDE), np.bool_)
    known[:8, :8] = known[:8, -8:] = known[-8:, :8] = True
    known[6], known[:, 6], known[13, 8] = True, True, True
    return known, np.asarray(code_modules("CPAAAAAAAAAAAAAA"), np.bool_)


def _middles(modules: NDArray[np.bool_]) -> Points:
    """Return the middles of these modules, in modules from the code's corner."""
    rows, columns = np.nonzero(modules)
    return np.column_stack((columns, rows)).astype(np.float64) + 0.5


def _finders(picture: Pixels) -> list[tuple[float, float, float]]:
    """Return x and y (pixels) of what looks like a finder pattern, and the size of its modules; likeliest first."""
    ring = np.full((9, 9), 255, np.uint8)
    ring[1:8, 1:8], ring[2:7, 2:7], ring[3:6, 3:6] = 0, 255, 0
    half = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    found: list[tuple[float, float, float, float]] = []
    for size in _SIZES:
        side = round(9 * size * _MODULE / 2)
        if side >= min(half.shape):
            continue
        pattern = cv2.GaussianBlur(
            cv2.resize(ring, (side, side), interpolation=cv2.INTER_AREA), (0, 0), 0.3 * size * _MODULE / 2
        )
        alike = cv2.matchTemplate(half, pattern, cv2.TM_CCOEFF_NORMED)
        for _ in range(_MOST_FINDERS):
            _, best, _, (x, y) = cv2.minMaxLoc(alike)
            if best < _ALIKE:
                break
            found.append((best, 2 * x + side, 2 * y + side, size * _MODULE))
            cv2.circle(alike, (x, y), side // 3, (0,), -1)
    found.sort(reverse=True)
    return [one[1:] for one in found[:_MOST_FINDERS]]


@lru_cache(maxsize=1)
def _tries() -> tuple[Points, Points, Points]:
    """Return the grids that are tried, of modules of one pixel with a finder at the origin (n by 2 by 3), the places of
    the known modules in each (n by known by 2), and what should be seen there: 1 white, 0 dark."""
    known, dark = _alike_in_all()
    grids: list[Points] = []
    for turn in np.add.outer(np.arange(4) * np.pi / 2, _ANGLES).ravel():
        for scale in _SCALES:
            turned = scale * np.array(((np.cos(turn), -np.sin(turn)), (np.sin(turn), np.cos(turn))))
            grids.extend(np.column_stack((turned, -turned @ finder)) for finder in _FINDERS)
    all_grids, middles = np.array(grids), _middles(known)
    places = middles @ all_grids[:, :, :2].transpose(0, 2, 1) + all_grids[:, None, :, 2]
    return all_grids, places, (~dark[known]).astype(np.float64)


def _grids(picture: Pixels) -> list[Points]:
    """Return the grids (2 by 3, modules to pixels) that agree best with the picture, likeliest first."""
    grids, places, white = _tries()
    found: list[tuple[float, float, float, float, int]] = []
    for x, y, module in _finders(picture):
        scores = _agreement(picture, places * module + np.array((x, y)), white)
        # of each way that the code may lie around this finder the best; they stand in groups of so many
        by_way = scores.reshape(4, -1, len(_FINDERS))
        for turn, finder in np.argwhere(by_way.max(axis=1) > _LIKE_A_CODE).tolist():
            at = int(by_way[turn, :, finder].argmax())
            best = (turn * by_way.shape[1] + at) * len(_FINDERS) + finder
            found.append((float(scores[best]), x, y, module, best))
        if scores.max() > _PLAINLY_A_CODE:
            break
    found.sort(reverse=True)
    return [
        np.column_stack((grids[best][:, :2] * module, grids[best][:, 2] * module + (x, y)))
        for _, x, y, module, best in found[:_MOST_GRIDS]
    ]


def _laid(picture: Pixels, grid: Points) -> Points:
    """Return the grid moved, a corner at a time, to where the modules that are known agree best."""
    known, dark = _alike_in_all()
    white = (~dark[known]).astype(np.float64)
    weights = np.column_stack((_middles(known), np.ones(known.sum()))) @ _FROM_FINDERS
    places, best = _mapped(grid, _FINDERS), 0.0
    for step in _STEPS:
        for at in (0, 1, 2, 0, 1, 2):
            tried = np.repeat(places[None], len(_WAYS), axis=0)
            tried[:, at] += np.array(_WAYS) * step * _MODULE
            scores = _agreement(picture, weights @ tried, white)
            if scores.max() > best:
                best, places = float(scores.max()), tried[scores.argmax()]
    return np.asarray((_FROM_FINDERS @ places).T, np.float64)


def _agreement(picture: Pixels, places: Points, white: Points) -> Points:
    """Return the correlation of what is seen at `places` (grids by modules by 2) with what should be, for each grid; 0
    where too few of them are in the picture."""
    seen, inside = _sampled(picture, places)
    counted = inside.astype(np.float64)
    count = np.maximum(counted.sum(axis=1), 1)
    seen *= counted
    expected = counted * white
    means = seen.sum(axis=1) / count, expected.sum(axis=1) / count
    both = (seen * expected).sum(axis=1) / count - means[0] * means[1]
    spread = (seen * seen).sum(axis=1) / count - means[0] ** 2, means[1] - means[1] ** 2
    alike = both / np.sqrt(np.maximum(spread[0] * spread[1], 1e-6))
    return np.where(inside.mean(axis=1) < _LEAST_SEEN, 0.0, alike)


def _sampled(picture: Pixels, places: Points) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what is seen at `places` (any shape by 2, pixels), and which of them are in the picture."""
    at = np.rint(places).astype(np.int32)
    high, wide = picture.shape
    x, y = at[..., 0], at[..., 1]
    inside = (x >= 0) & (x < wide) & (y >= 0) & (y < high)
    return picture[np.clip(y, 0, high - 1), np.clip(x, 0, wide - 1)].astype(np.float64), inside


def _modules(picture: Pixels, smooth: Pixels, grid: Points) -> Iterator[NDArray[np.bool_]]:
    """Yield which modules are dark: by how dark they are, and by what the known ones of this picture teach."""
    known, dark = _alike_in_all()
    middles = _middles(np.ones_like(known))
    seen, inside = _sampled(smooth, _mapped(grid, middles))
    seen, inside = seen.reshape(SIDE, SIDE), inside.reshape(SIDE, SIDE)
    taught = known & inside
    middle = (seen[taught & dark].mean() + seen[taught & ~dark].mean()) / 2
    yield np.where(known, dark, (seen < middle) & inside)
    around = (middles[:, None] + _AROUND).reshape(-1, 2)
    values = _sampled(picture, _mapped(grid, around))[0].reshape(SIDE * SIDE, -1) / 255
    values = np.column_stack((values, np.ones(len(values))))
    lesson, answer = values[taught.ravel()], np.where(dark, 1.0, -1.0)[taught]
    weights = np.linalg.solve(lesson.T @ lesson + _RIDGE * np.eye(values.shape[1]), lesson.T @ answer)
    yield np.where(known, dark, ((values @ weights).reshape(SIDE, SIDE) > 0) & inside)


def _drawn(dark: NDArray[np.bool_]) -> Pixels:
    whole = np.pad(dark, _QUIET)
    return np.where(np.kron(whole, np.ones((_DRAWN, _DRAWN))) > 0, 0, 255).astype(np.uint8)


def _mapped(grid: Points, points: Points) -> Points:
    return np.asarray(points @ grid[:, :2].T + grid[:, 2], np.float64)
