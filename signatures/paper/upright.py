"""Turn a page upright and make the pictures that a person looks at."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.picture import Picture, Pixels
from signatures.paper.raster import Reduced, reduced
from signatures.paper.white_rows import jpeg_without_white_rows

_WIDEST = 1728  # a fax line; 200 dpi of a Letter page is 1700
_HALVE_FROM = 2300
_QUALITY = 80
_THUMBNAIL_WIDTH = 160
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class Upright:
    """A page turned upright at reading size. `matrix` maps pixel indices as received to upright ones, `sizes` are of
    `gray`."""

    gray: Pixels
    colour: Pixels | None
    bilevel: bool
    matrix: NDArray[np.float64]
    sizes: Reduced


def turn_upright(picture: Picture, sizes: Reduced, turned: int, mirrored: bool) -> Upright:
    """Return the picture turned clockwise by `turned` degrees, mirrored first where asked, at most about 200 dpi.

    `sizes` are of the picture, and of the page too where that is the same.
    """
    height, width = picture.gray.shape
    across = width if turned % 180 == 0 else height
    # black and white keeps its pixels where it can: between them, lost rows and specks could not be told any more
    widest = _HALVE_FROM if picture.bilevel else _WIDEST
    gray, scale_x, scale_y = _reduced(picture.gray, across, widest)
    colour = None if picture.colour is None else _reduced(picture.colour, across, widest)[0]
    small_height, small_width = gray.shape
    matrix = np.array(((scale_x, 0, (scale_x - 1) / 2), (0, scale_y, (scale_y - 1) / 2), (0, 0, 1)))
    if mirrored:
        gray = np.ascontiguousarray(gray[:, ::-1])
        colour = None if colour is None else np.ascontiguousarray(colour[:, ::-1])
        matrix = np.array(((-1, 0, small_width - 1), (0, 1, 0), (0, 0, 1))) @ matrix
    if turned in _TURNS:
        gray = np.asarray(cv2.rotate(gray, _TURNS[turned]), np.uint8)
        colour = None if colour is None else np.asarray(cv2.rotate(colour, _TURNS[turned]), np.uint8)
    turning = {
        0: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
        90: ((0, -1, small_height - 1), (1, 0, 0), (0, 0, 1)),
        180: ((-1, 0, small_width - 1), (0, -1, small_height - 1), (0, 0, 1)),
        270: ((0, 1, 0), (-1, 0, small_width - 1), (0, 0, 1)),
    }[turned]
    bilevel = picture.bilevel and gray.size == picture.gray.size
    sizes = sizes if gray is picture.gray else Reduced(gray)
    return Upright(gray, colour, bilevel, np.array(turning) @ matrix, sizes)


def jpeg(pixels: Pixels) -> bytes:
    """Return gray or RGB pixels as JPEG."""
    shorter = jpeg_without_white_rows(pixels, _QUALITY) if pixels.ndim == 2 else None
    if shorter is not None:
        return shorter
    stored = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    done, data = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise ValueError("The upright picture could not be stored as JPEG.")
    return bytes(data)


def thumbnail(pixels: Pixels, sizes: Reduced | None = None) -> bytes:
    """Return a small JPEG of gray or RGB pixels, 160 pixels wide. `sizes` are of `pixels`, where there are any."""
    height, width = pixels.shape[:2]
    factor = 1
    while width // factor >= 2.5 * _THUMBNAIL_WIDTH:
        factor *= 2
    pixels = (sizes or Reduced(pixels)).by(factor)
    size = (_THUMBNAIL_WIDTH, max(1, round(_THUMBNAIL_WIDTH * height / width)))
    return jpeg(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8))


def _reduced(pixels: Pixels, across: int, widest: int) -> tuple[Pixels, float, float]:
    """Return the pixels at reading size with the scales used, `across` being the upright page's width in pixels, and
    `widest` the width from which on it is brought to 1,700 pixels."""
    height, width = pixels.shape[:2]
    factor = 1
    while across / factor >= _HALVE_FROM:
        factor += 1
    smaller = reduced(pixels, factor)
    if across / factor > widest:
        share = 1700 / (across / factor)
        size = (round(smaller.shape[1] * share), round(smaller.shape[0] * share))
        smaller = np.asarray(cv2.resize(smaller, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    cut_width, cut_height = max(1, width // factor) * factor, max(1, height // factor) * factor
    return smaller, smaller.shape[1] / cut_width, smaller.shape[0] / cut_height
