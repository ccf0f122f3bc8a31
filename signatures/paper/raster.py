"""The few operations on pixels that several steps of reading share."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.picture import Pixels

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]


def reduced(pixels: Pixels, factor: int) -> Pixels:
    """Return the picture made smaller by a whole number, each pixel the mean of those that it stands for."""
    if factor == 1:
        return pixels
    if factor > 2 and factor % 2 == 0 and min(pixels.shape[:2]) >= factor:
        # OpenCV halves many times faster than it divides by any other number
        height, width = pixels.shape[0] // factor * factor, pixels.shape[1] // factor * factor
        return reduced(reduced(pixels[:height, :width], 2), factor // 2)
    height, width = max(1, pixels.shape[0] // factor), max(1, pixels.shape[1] // factor)
    whole = pixels[: height * factor, : width * factor]
    if factor % 2 and whole.shape[:2] == (height * factor, width * factor):
        # the mean around the middle pixel of each square: the same, in half the time
        means = cv2.blur(whole, (factor, factor))
        return np.ascontiguousarray(means[factor // 2 :: factor, factor // 2 :: factor])
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


class Reduced:
    """A picture made smaller by whole numbers, each size once: looking for codes, aligning and the thumbnail share
    them, and going over a whole page costs more than most steps of reading."""

    def __init__(self, pixels: Pixels) -> None:
        self._pixels = pixels
        self._sizes: dict[int, Pixels] = {}

    def by(self, factor: int) -> Pixels:
        """Return `reduced` by this factor."""
        if factor == 1:
            return self._pixels
        if factor not in self._sizes:
            by_halves = factor > 2 and factor % 2 == 0 and min(self._pixels.shape[:2]) >= factor
            smaller = reduced(self.by(2), factor // 2) if by_halves else reduced(self._pixels, factor)
            self._sizes[factor] = smaller
        return self._sizes[factor]


def smoothed(pixels: Pixels, sigma: float) -> Pixels:
    """Return the picture under a Gaussian of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), sigma), np.uint8)


def grown(mask: Pixels, across: int, down: int) -> Pixels:
    """Return the mask grown by so many pixels to both sides and up and down."""
    if across < 1 and down < 1:
        return mask
    shape = cv2.MORPH_ELLIPSE if min(across, down) > 1 else cv2.MORPH_RECT
    kernel = cv2.getStructuringElement(shape, (2 * across + 1, 2 * down + 1))
    return np.asarray(cv2.dilate(mask, kernel), np.uint8)


def frame(dpi: float) -> Matrix:
    """Return the matrix from pixel indices of an issued page drawn at `dpi` to its points."""
    step = 72 / dpi
    return np.array(((step, 0, step / 2), (0, step, step / 2), (0, 0, 1)))


def shifted(x: float, y: float) -> Matrix:
    """Return the matrix that moves by (x, y)."""
    return np.array(((1, 0, x), (0, 1, y), (0, 0, 1)))


def mapped(matrix: Matrix, points: Points) -> Points:
    """Return `points` (n by 2) mapped by `matrix`."""
    x = points[:, 0] * matrix[0, 0] + points[:, 1] * matrix[0, 1] + matrix[0, 2]
    y = points[:, 0] * matrix[1, 0] + points[:, 1] * matrix[1, 1] + matrix[1, 2]
    if not matrix[2, :2].any() and matrix[2, 2] == 1:
        return np.column_stack((x, y))
    depth = points[:, 0] * matrix[2, 0] + points[:, 1] * matrix[2, 1] + matrix[2, 2]
    return np.column_stack((x / depth, y / depth))


def scale_at(matrix: Matrix, x: float, y: float) -> float:
    """Return how many pixels a point is at the place (x, y), in points."""
    corner, right, below = mapped(matrix, np.array([(x, y), (x + 10, y), (x, y + 10)]))
    step = np.array((right - corner, below - corner)) / 10
    return float(abs(np.linalg.det(step)) ** 0.5)


def seen_through(pixels: Pixels, matrix: Matrix, width: int, height: int, flags: int, border: int) -> Pixels:
    """Return `width` by `height` pixels of a picture under `matrix`, with OpenCV's `flags`, `border` outside of it."""
    size, edge = (width, height), cv2.BORDER_CONSTANT
    if not matrix[2, :2].any() and matrix[2, 2] == 1:  # half the time where there is no perspective
        seen = cv2.warpAffine(pixels, matrix[:2], size, flags=flags, borderMode=edge, borderValue=(border,))
    else:
        seen = cv2.warpPerspective(pixels, matrix, size, flags=flags, borderMode=edge, borderValue=(border,))
    return np.asarray(seen, np.uint8)
