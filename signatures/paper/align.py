"""Lay the issued page over the received one: from the codes' corners first, then from patches of its print.

A matrix maps points of the issued page to pixel indices of the received picture (pixel centres are whole numbers).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.layout import Box
from signatures.paper.picture import Pixels
from signatures.paper.raster import Matrix, Points, frame, mapped, reduced, scale_at, shifted, smoothed

BLANK_DPI = 200
_COARSE_DPI = BLANK_DPI / 3
_PATCH = (54.0, 22.0)  # width and height of a patch of print, in points
_MOST_PATCHES = 24
_LEAST_PATCHES = 6
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


def from_codes(pairs: list[tuple[Points, Box]], perspective: bool) -> Matrix:
    """Return the matrix that the codes' corners give. `pairs`: corners (4 by 2 pixels) and the printed box of each.

    One code gives a similarity, two give one too, or a homography where `perspective` is asked for.
    """
    at = np.concatenate([corners for corners, _ in pairs])
    printed = np.concatenate([corners_of(box) for _, box in pairs])
    if perspective and len(pairs) > 1:
        found, _ = cv2.findHomography(printed, at, 0)
        if found is not None and np.linalg.det(found) > 0:
            return np.asarray(found, np.float64)
    return _similarity(printed, at)


def in_perspective(pairs: list[tuple[Points, Box]]) -> bool:
    """Tell whether the codes' corners show a page seen from the side: no similarity takes the printed corners to them."""
    at = np.concatenate([corners for corners, _ in pairs])
    printed = np.concatenate([corners_of(box) for _, box in pairs])
    matrix = _similarity(printed, at)
    off = np.linalg.norm(mapped(matrix, printed) - at, axis=1).max() / scale_at(matrix, *printed[0])
    return len(pairs) > 1 and bool(off > _SEEN_FROM_THE_SIDE)


def refine(gray: Pixels, blank: Pixels, matrix: Matrix, perspective: bool, codes: int) -> Alignment:
    """Return the alignment after matching patches of `blank` (the issued page at 200 dpi), coarse then fine."""
    patches = choose_patches(blank)
    if len(patches) < _LEAST_PATCHES:
        return _unsound(matrix, len(patches), "the issued page has too little print to align by")
    coarse_blank = reduced(blank, 3)
    reach = 9.0 if codes > 1 else 16.0
    for attempt_reach in (reach, 5.0):
        coarse = _warped(gray, matrix, _COARSE_DPI, coarse_blank.shape)
        places, shifts = _match(coarse, coarse_blank, patches, _COARSE_DPI, attempt_reach)
        fitted = _fit(matrix, places, shifts, 3.0, perspective and codes > 1)
        if fitted is None:
            return _unsound(matrix, len(patches), "too little of the page's print was found where it should be")
        matrix = fitted[0]
        if codes > 1:
            break
    for _ in range(2 if perspective else 1):
        places, shifts = _match_fine(gray, blank, matrix, patches)
        fitted = _fit(matrix, places, shifts, 1.2, perspective)
        if fitted is None:
            return _unsound(matrix, len(patches), "too little of the page's print was found where it should be")
        matrix, agreed, drift = fitted
    return _judged(matrix, places[agreed], drift, len(patches))


def choose_patches(blank: Pixels) -> Points:
    """Return up to 24 places (left and top, in points) with print that has detail both ways, spread over the page."""
    per_point = BLANK_DPI / 72 / 6
    # detail is measured at the full size, as contrast between neighbours, then summed up over a patch
    across = reduced(np.asarray(cv2.absdiff(blank[:, 2:], blank[:, :-2]), np.uint8), 6).astype(np.float32)
    down = reduced(np.asarray(cv2.absdiff(blank[2:], blank[:-2]), np.uint8), 6).astype(np.float32)
    height, width = min(across.shape[0], down.shape[0]), min(across.shape[1], down.shape[1])
    size = (max(1, round(_PATCH[0] * per_point)), max(1, round(_PATCH[1] * per_point)))
    score = np.minimum(
        cv2.blur(across[:height, :width], size, anchor=(0, 0)), cv2.blur(down[:height, :width], size, anchor=(0, 0))
    )
    score[height - size[1] :] = 0
    score[:, width - size[0] :] = 0
    chosen: list[tuple[float, float]] = []
    taken = np.ones_like(score)
    while len(chosen) < _MOST_PATCHES:
        _, best, _, (x, y) = cv2.minMaxLoc(score * taken)
        if best < 6:
            break
        chosen.append((x / per_point, y / per_point))
        x0, y0 = max(0, x - size[0]), max(0, y - size[1])
        taken[y0 : y + size[1], x0 : x + size[0]] = 0
        # further away still a little less: the patches should spread
        taken[max(0, y - 4 * size[1]) : y + 4 * size[1], max(0, x - 3 * size[0]) : x + 3 * size[0]] *= 0.8
    return np.array(chosen, np.float64).reshape(-1, 2)


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
    wide, high = round(_PATCH[0] * per_point), round(_PATCH[1] * per_point)
    padded = np.asarray(cv2.copyMakeBorder(picture, around, around, around, around, cv2.BORDER_REPLICATE), np.uint8)
    centres, shifts = [], []
    for x, y in patches:
        left, top = round(x * per_point), round(y * per_point)
        patch = blank[top : top + high, left : left + wide]
        field = padded[top : top + high + 2 * around, left : left + wide + 2 * around]
        found = _best(field, patch)
        if found is not None:
            shifts.append(((found[0] - around) / per_point, (found[1] - around) / per_point))
            centres.append((x + _PATCH[0] / 2, y + _PATCH[1] / 2))
    return np.array(centres).reshape(-1, 2), np.array(shifts).reshape(-1, 2)


def _match_fine(gray: Pixels, blank: Pixels, matrix: Matrix, patches: Points) -> tuple[Points, Points]:
    """Find each patch at 200 dpi within 3 points of where `matrix` puts it; return centres and shifts in points."""
    per_point = BLANK_DPI / 72
    around = round(3.0 * per_point)
    wide, high = round(_PATCH[0] * per_point), round(_PATCH[1] * per_point)
    centres, shifts = [], []
    for x, y in patches:
        left, top = round(x * per_point), round(y * per_point)
        patch = smoothed(blank[top : top + high, left : left + wide], 0.9)
        place = matrix @ frame(BLANK_DPI) @ shifted(left - around, top - around)
        field = _seen_through(gray, place, wide + 2 * around, high + 2 * around)
        found = _best(smoothed(field, 0.9), patch)
        if found is not None:
            shifts.append(((found[0] - around) / per_point, (found[1] - around) / per_point))
            centres.append((x + _PATCH[0] / 2, y + _PATCH[1] / 2))
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
    change = np.asarray(change, np.float64)
    return matrix @ change, agreed, moved[agreed] - mapped(change, places[agreed])


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


def _warped(gray: Pixels, matrix: Matrix, dpi: float, shape: tuple[int, ...]) -> Pixels:
    """Return the received page in the issued page's frame at `dpi`."""
    # the picture is reduced first by a whole number, or thin print would be missed between the samples
    factor = max(1, int(scale_at(matrix, 306, 396) * 72 / dpi))
    smaller = np.diag((1 / factor, 1 / factor, 1)) @ shifted((1 - factor) / 2, (1 - factor) / 2)
    return _seen_through(reduced(gray, factor), smaller @ matrix @ frame(dpi), shape[1], shape[0])


def _seen_through(gray: Pixels, matrix: Matrix, width: int, height: int) -> Pixels:
    """Return `width` by `height` pixels taken from where `matrix` maps them in `gray`."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpPerspective(
            gray, matrix, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,)
        ),
        np.uint8,
    )
