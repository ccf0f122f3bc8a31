"""Lay the issued page over the received one: from the codes' corners first, then from patches of its print.

A matrix maps points of the issued page to pixel indices of the received picture (pixel centres are whole numbers).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.layout import Box
from signatures.paper.picture import Pixels
from signatures.paper.raster import Matrix, Points, Reduced, frame, mapped, scale_at, seen_through, shifted, smoothed
from signatures.paper.template import COARSE_DPI, FINE_DPI, PATCH, Template

Pairs = Sequence[tuple[Points, Box]]  # corners of each code (4 by 2 pixels), and where it was printed

_LEAST_PATCHES = 6
_LEAST_NEAR_A_CODE = 3
_GROWING = ((0.35, 14.0), (0.6, 14.0), (1.0, 12.0), (1.0, 6.0))  # share of the patches, and how far each may be off
_SEEN_FROM_THE_SIDE = 1.6  # points that a code's corner lies off a similarity: more is perspective
_ALIKE = 0.45  # normalised correlation from which a patch counts as found


@dataclass(frozen=True)
class Alignment:
    """`matrix` from points to pixels, `error` the median distance of the patches from it in points, how many agreed.

    `sound` is false, with a reason, where too few patches were found or they disagree.
    `patches` are the centres (points) of those that agreed, `drift` how far each still lies off (points).
    """

    matrix: Matrix
    error: float
    agreed: int
    tried: int
    sound: bool
    reason: str | None
    patches: Points
    drift: Points


def from_codes(pairs: Pairs, perspective: bool) -> Matrix:
    """Return the matrix that the codes' corners give.

    One code gives a similarity, two give one too, or a homography where `perspective` is asked for.
    """
    at = np.concatenate([corners for corners, _ in pairs])
    printed = np.concatenate([corners_of(box) for _, box in pairs])
    if perspective and len(pairs) > 1:
        found, _ = cv2.findHomography(printed, at, 0)
        if found is not None and np.linalg.det(found) > 0:
            return np.asarray(found, np.float64)
    return _similarity(printed, at)


def in_perspective(pairs: Pairs) -> bool:
    """Tell whether the codes' corners show a page from the side: no similarity takes the printed corners to them."""
    at = np.concatenate([corners for corners, _ in pairs])
    printed = np.concatenate([corners_of(box) for _, box in pairs])
    matrix = _similarity(printed, at)
    off = np.linalg.norm(mapped(matrix, printed) - at, axis=1).max() / scale_at(matrix, *printed[0])
    return len(pairs) > 1 and bool(off > _SEEN_FROM_THE_SIDE)


def refine(sizes: Reduced, issued: Template, pairs: Pairs, perspective: bool) -> Alignment:
    """Return the alignment from the codes (`pairs`), and from the patches of `issued` found in a gray picture."""
    tried = len(issued.patches)
    matrix = from_codes(pairs, perspective)
    if tried < _LEAST_PATCHES:
        return _unsound(matrix, tried, "the issued page has too little print to align by")
    rough = _roughly(sizes, issued, matrix, pairs, perspective)
    if rough is None:
        return _unsound(matrix, tried, "too little of the page's print was found where it should be")
    factor = max(1, int(scale_at(rough, 306, 396) * 72 / FINE_DPI + 0.1))
    picture = sizes.by(factor)
    for reach in (3.0, 2.0) if perspective else (2.5,):
        places, shifts = _match_fine(picture, _shrinking(factor) @ rough, issued, reach)
        fitted = _fit(rough, places, shifts, 1.2, perspective)
        if fitted is None:
            return _unsound(rough, tried, "too little of the page's print was found where it should be")
        rough, agreed, drift = fitted
    return _judged(rough, places[agreed], drift, tried)


def _roughly(sizes: Reduced, issued: Template, matrix: Matrix, pairs: Pairs, perspective: bool) -> Matrix | None:
    """Return the matrix that patches at 50 dpi give together with the codes, None where too few were found."""
    if len(pairs) > 1:
        return _coarse_fit(sizes, issued, matrix, pairs, issued.patches, 9.0, perspective)
    # one code alone is a little wrong far away from it: take the patches in from the nearest to the farthest
    box = pairs[0][1]
    near = np.argsort(np.linalg.norm(issued.patches - np.array((box.x0, box.y0)), axis=1))
    for share, reach in _GROWING:
        some = issued.patches[near[: max(_LEAST_PATCHES, round(share * len(near)))]]
        grown = _coarse_fit(sizes, issued, matrix, pairs, some, reach, perspective and share == 1)
        if grown is None:
            return None
        matrix = grown
    return matrix


def _coarse_fit(
    sizes: Reduced, issued: Template, matrix: Matrix, pairs: Pairs, patches: Points, reach: float, perspective: bool
) -> Matrix | None:
    seen = _warped(sizes, matrix, COARSE_DPI, issued.coarse.shape)
    places, shifts = _match(seen, issued.coarse, patches, COARSE_DPI, reach)
    if len(places) < _LEAST_NEAR_A_CODE:
        return None
    back = np.linalg.inv(matrix).astype(np.float64)
    for corners, box in pairs:
        printed = corners_of(box)
        places = np.concatenate((places, printed))
        shifts = np.concatenate((shifts, mapped(back, corners) - printed))
    fitted = _fit(matrix, places, shifts, 3.0, perspective)
    return None if fitted is None else fitted[0]


def drift_near(alignment: Alignment, x: float, y: float) -> tuple[float, float]:
    """Return how far the print around (x, y) still lies off, in points: the mean over the patches near by."""
    if not len(alignment.patches):
        return 0.0, 0.0
    away = np.linalg.norm(alignment.patches - np.array((x, y)), axis=1)
    weight = np.exp(-((away / 90) ** 2))
    total = float(weight.sum()) + 0.5  # pulls towards no drift where no patch is near
    shift = (alignment.drift * weight[:, None]).sum(axis=0) / total
    return float(shift[0]), float(shift[1])


def _match(picture: Pixels, blank: Pixels, patches: Points, dpi: float, reach: float) -> tuple[Points, Points]:
    """Find each patch of `blank` in `picture`, both in the issued page's frame; return centres and shifts (points)."""
    per_point = dpi / 72
    around = round(reach * per_point)
    wide, high = round(PATCH[0] * per_point), round(PATCH[1] * per_point)
    padded = np.asarray(cv2.copyMakeBorder(picture, around, around, around, around, cv2.BORDER_REPLICATE), np.uint8)
    centres, shifts = [], []
    for x, y in patches:
        left, top = round(x * per_point), round(y * per_point)
        patch = blank[top : top + high, left : left + wide]
        field = padded[top : top + high + 2 * around, left : left + wide + 2 * around]
        found = _best(field, patch)
        if found is not None:
            shifts.append(((found[0] - around) / per_point, (found[1] - around) / per_point))
            centres.append((x + PATCH[0] / 2, y + PATCH[1] / 2))
    return np.array(centres).reshape(-1, 2), np.array(shifts).reshape(-1, 2)


def _match_fine(picture: Pixels, matrix: Matrix, issued: Template, reach: float) -> tuple[Points, Points]:
    """Find each patch at 100 dpi within `reach` points of where `matrix` puts it; return centres and shifts."""
    per_point = FINE_DPI / 72
    around = round(reach * per_point)
    wide, high = round(PATCH[0] * per_point), round(PATCH[1] * per_point)
    centres, shifts = [], []
    for x, y in issued.patches:
        left, top = round(x * per_point), round(y * per_point)
        patch = issued.fine[top : top + high, left : left + wide]
        place = matrix @ frame(FINE_DPI) @ shifted(left - around, top - around)
        field = _seen_through(picture, place, wide + 2 * around, high + 2 * around)
        found = _best(smoothed(field, 0.6), smoothed(patch, 0.6))
        if found is not None:
            shifts.append(((found[0] - around) / per_point, (found[1] - around) / per_point))
            centres.append((x + PATCH[0] / 2, y + PATCH[1] / 2))
    return np.array(centres).reshape(-1, 2), np.array(shifts).reshape(-1, 2)


def _best(field: Pixels, patch: Pixels) -> tuple[float, float] | None:
    """Return where in `field` the patch lies, to a part of a pixel; None where it is nowhere alike or at the rim."""
    alike = cv2.matchTemplate(field, patch, cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, y) = cv2.minMaxLoc(alike)
    height, width = alike.shape
    if best < _ALIKE or not (0 < x < width - 1 and 0 < y < height - 1):
        return None
    return x + _vertex(*alike[y, x - 1 : x + 2]), y + _vertex(*alike[y - 1 : y + 2, x])


def _vertex(before: float, here: float, after: float) -> float:
    bend = float(before) - 2 * float(here) + float(after)
    return 0.0 if bend >= 0 else 0.5 * (float(before) - float(after)) / bend


def _fit(
    matrix: Matrix, places: Points, shifts: Points, tolerance: float, perspective: bool
) -> tuple[Matrix, NDArray[np.bool_], Points] | None:
    """Return the matrix with the patches' shifts taken in, which patches agree, and how far those still lie off.

    None where fewer than six patches or less than half of them agree within `tolerance` points.
    """
    if len(places) < _LEAST_PATCHES:
        return None
    moved = places + shifts
    change: Any  # OpenCV gives None where it finds nothing, which its own types do not say
    if perspective and len(places) >= 8:
        change, inside = cv2.findHomography(places, moved, cv2.RANSAC, tolerance, maxIters=500)
    else:
        change, inside = cv2.estimateAffine2D(places, moved, method=cv2.RANSAC, ransacReprojThreshold=tolerance)
        change = None if change is None else np.vstack([change, (0.0, 0.0, 1.0)])
    if change is None:
        return None
    agreed = inside.ravel().astype(bool)
    if agreed.sum() < _LEAST_PATCHES or agreed.sum() * 2 < len(places):
        return None
    refined = np.asarray(change, np.float64)
    return matrix @ refined, agreed, moved[agreed] - mapped(refined, places[agreed])


def _judged(matrix: Matrix, patches: Points, drift: Points, tried: int) -> Alignment:
    error = float(np.median(np.linalg.norm(drift, axis=1)))
    reason = None
    if len(patches) * 3 < tried:
        reason = f"only {len(patches)} of {tried} places of the page's print were found where they should be"
    elif error > 1.2:
        reason = f"the page's print lies {error:.1f} points off where it should be"
    return Alignment(matrix, error, len(patches), tried, reason is None, reason, patches, drift)


def _unsound(matrix: Matrix, tried: int, reason: str) -> Alignment:
    none = np.zeros((0, 2))
    return Alignment(matrix, float("nan"), 0, tried, False, reason, none, none)


def _similarity(source: Points, target: Points) -> Matrix:
    """Return the least-squares similarity without mirroring that takes `source` to `target` (Umeyama 1991)."""
    from_mean, to_mean = source.mean(axis=0), target.mean(axis=0)
    a = (source - from_mean) @ np.array((1, 1j))
    b = (target - to_mean) @ np.array((1, 1j))
    turn = (np.conj(a) @ b) / (np.conj(a) @ a)
    rotation = np.array(((turn.real, -turn.imag), (turn.imag, turn.real)))
    offset = to_mean - rotation @ from_mean
    return np.array(((*rotation[0], offset[0]), (*rotation[1], offset[1]), (0, 0, 1)))


def corners_of(box: Box) -> Points:
    """Return the corners of `box`, top left first, clockwise."""
    return np.array(((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)))


def _warped(sizes: Reduced, matrix: Matrix, dpi: float, shape: tuple[int, ...]) -> Pixels:
    """Return the received page in the issued page's frame at `dpi`."""
    # the picture is reduced first by a whole number, or thin print would be missed between the samples
    factor = max(1, int(scale_at(matrix, 306, 396) * 72 / dpi + 0.1))
    return _seen_through(sizes.by(factor), _shrinking(factor) @ matrix @ frame(dpi), shape[1], shape[0])


def _shrinking(factor: int) -> Matrix:
    """Return the matrix from a picture's pixels to those of the picture reduced by `factor`."""
    return np.diag((1 / factor, 1 / factor, 1.0)) @ shifted((1 - factor) / 2, (1 - factor) / 2)


def _seen_through(gray: Pixels, matrix: Matrix, width: int, height: int) -> Pixels:
    """Return `width` by `height` pixels taken from where `matrix` maps them in `gray`."""
    return seen_through(gray, matrix, width, height, cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, 255)
