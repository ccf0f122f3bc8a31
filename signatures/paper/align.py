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
from signatures.paper.raster import Matrix, Points, Reduced, frame, mapped, scale_at, shifted, smoothed
from signatures.paper.template import COARSE_DPI, FINE_DPI, PATCH, SOFT, Template, patch_corners

Pairs = Sequence[tuple[Points, Box]]  # corners of each code (4 by 2 pixels), and where it was printed

_LEAST_PATCHES = 6
_LEAST_NEAR_A_CODE = 3
_GROWING = ((0.35, 14.0), (0.6, 14.0), (1.0, 12.0), (1.0, 6.0))  # share of the patches, and how far each may be off
_SEEN_FROM_THE_SIDE = 1.6  # points that a code's corner lies off a similarity: more is perspective
_RIM = 2  # pixels around a field that smoothing needs
# So many patches are looked for roughly. They are enough where so large a share of all of them then agrees, found so
# near (points).
_FEW, _AGREEING, _CLOSE = 12, 0.9, 1.5
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
    """Return the alignment from the codes (`pairs`), and from the patches of `issued` found in a gray picture.

    A flat sheet with two codes is nearly always found by a few of the patches well enough to look for all of them.
    """
    if len(pairs) > 1 and len(issued.patches) > _FEW and not perspective:
        quick = _refined(sizes, issued, issued.first(_FEW), pairs, (_CLOSE,), False)
        if quick.sound and quick.agreed >= _AGREEING * quick.tried:
            return quick
    reaches = (3.0, 2.0) if perspective else (2.5,)
    return _refined(sizes, issued, issued, pairs, reaches, perspective)


def _refined(
    sizes: Reduced,
    issued: Template,
    roughly: Template,
    pairs: Pairs,
    reaches: tuple[float, ...],
    perspective: bool,
) -> Alignment:
    """Return the alignment from the patches of `issued`, found roughly by those of `roughly` first, then each within
    `reaches` (points), one after the other."""
    tried = len(issued.patches)
    matrix = from_codes(pairs, perspective)
    if tried < _LEAST_PATCHES:
        return _unsound(matrix, tried, "the issued page has too little print to align by")
    rough = _roughly(sizes, roughly, matrix, pairs, perspective)
    if rough is None:
        return _unsound(matrix, tried, "too little of the page's print was found where it should be")
    for reach in reaches:
        places, shifts = _match(sizes, rough, issued.fine, issued.patches, FINE_DPI, reach)
        fitted = _fit(rough, places, shifts, 1.2, perspective)
        if fitted is None:
            return _unsound(rough, tried, "too little of the page's print was found where it should be")
        rough, agreed, drift = fitted
    return _judged(rough, places[agreed], drift, tried)


def _roughly(sizes: Reduced, issued: Template, matrix: Matrix, pairs: Pairs, perspective: bool) -> Matrix | None:
    """Return the matrix that patches at 50 dpi give together with the codes, None where too few were found."""
    if len(pairs) > 1:
        return _coarse_fit(sizes, issued, matrix, pairs, slice(None), 9.0, perspective)
    # one code alone is a little wrong far away from it: take the patches in from the nearest to the farthest
    box = pairs[0][1]
    near = np.argsort(np.linalg.norm(issued.patches - np.array((box.x0, box.y0)), axis=1))
    for share, reach in _GROWING:
        some = near[: max(_LEAST_PATCHES, round(share * len(near)))]
        grown = _coarse_fit(sizes, issued, matrix, pairs, some, reach, perspective and share == 1)
        if grown is None:
            return None
        matrix = grown
    return matrix


def _coarse_fit(
    sizes: Reduced,
    issued: Template,
    matrix: Matrix,
    pairs: Pairs,
    some: NDArray[np.intp] | slice,
    reach: float,
    perspective: bool,
) -> Matrix | None:
    places, shifts = _match(sizes, matrix, issued.coarse[some], issued.patches[some], COARSE_DPI, reach)
    if len(places) < _LEAST_NEAR_A_CODE:
        return None
    back = np.linalg.inv(matrix).astype(np.float64)
    for corners, box in pairs:
        printed = corners_of(box)
        places = np.concatenate((places, printed))
        shifts = np.concatenate((shifts, mapped(back, corners) - printed))
    fitted = _fit(matrix, places, shifts, 3.0, perspective)
    return None if fitted is None else fitted[0]


def drifts_near(alignment: Alignment, places: Points) -> Points:
    """Return how far the print around each of the places (n by 2) still lies off, in points: the mean over the patches
    near by."""
    away = np.linalg.norm(alignment.patches - places[:, None], axis=2)
    weight = np.exp(-((away / 90) ** 2))
    # one half more pulls towards no drift where no patch is near
    return np.asarray(weight @ alignment.drift / (weight.sum(axis=1, keepdims=True) + 0.5), np.float64)


def _match(
    sizes: Reduced, matrix: Matrix, shown: Pixels, patches: Points, dpi: float, reach: float
) -> tuple[Points, Points]:
    """Find each patch within `reach` points of where `matrix` puts it; return centres and shifts (points).

    `shown` is what the patches show at `dpi`.
    """
    per_point = dpi / 72
    around = round(reach * per_point)
    # the picture is halved first, or thin print would be missed between the samples
    factor = 1
    while scale_at(matrix, 306, 396) * 72 / dpi > 1.77 * factor:
        factor *= 2
    corners = patch_corners(patches, dpi)
    to_picture = _shrinking(factor) @ matrix @ frame(dpi)
    more = around + _RIM
    size = (shown.shape[1] + 2 * more, shown.shape[2] + 2 * more)
    fields = _fields(sizes.by(factor), to_picture, corners - more, size)
    if dpi == FINE_DPI:
        fields = smoothed(fields.reshape(-1, size[1]), SOFT).reshape(fields.shape)
    # OpenCV compares numbers of this kind in two thirds of the time
    fields = fields[:, _RIM:-_RIM, _RIM:-_RIM].astype(np.float32)
    shown = shown.astype(np.float32)
    centres, shifts = [], []
    for patch, field, corner in zip(shown, fields, patches, strict=True):
        found = _best(field, patch)
        if found is not None:
            shifts.append(((found[0] - around) / per_point, (found[1] - around) / per_point))
            centres.append((corner[0] + PATCH[0] / 2, corner[1] + PATCH[1] / 2))
    return np.array(centres).reshape(-1, 2), np.array(shifts).reshape(-1, 2)


def _best(field: NDArray[np.float32], patch: NDArray[np.float32]) -> tuple[float, float] | None:
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


def _shrinking(factor: int) -> Matrix:
    """Return the matrix from a picture's pixels to those of the picture reduced by `factor`."""
    return np.diag((1 / factor, 1 / factor, 1.0)) @ shifted((1 - factor) / 2, (1 - factor) / 2)


def _fields(picture: Pixels, matrix: Matrix, corners: NDArray[np.intp], size: tuple[int, int]) -> Pixels:
    """Return what `picture` shows where `matrix` puts fields of this height and width with these corners (n by 2)."""
    high, wide = size
    right = (corners[:, 0, None] + np.arange(wide))[:, None, :]
    down = (corners[:, 1, None] + np.arange(high))[:, :, None]
    x, y = ((row[0] * right).astype(np.float32) + (row[1] * down + row[2]).astype(np.float32) for row in matrix[:2])
    if matrix[2, :2].any():
        depth = (matrix[2, 0] * right).astype(np.float32) + (matrix[2, 1] * down + matrix[2, 2]).astype(np.float32)
        x, y = x / depth, y / depth
    x, y = x.reshape(-1, wide), y.reshape(-1, wide)
    seen = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,))
    return np.asarray(seen, np.uint8).reshape(-1, high, wide)
