"""Decoded pixels to the picture that reading starts from: square pixels, black on white, with resolution and origin."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np

from signatures.paper.loading.pixels import LONGEST, Decoded, reduced, without_inversion
from signatures.paper.picture import Picture, Pixels

Origin = Literal["fax", "scan", "photo", "rendered"]

# A standard fax has 204 pixels an inch across and 98 down (ITU-T T.4): a ratio of 2.08.
_FLAT = (1.7, 2.5)
# Widths of a fax line: A4, B4 and A3 (ITU-T T.4, 2.2).
_FAX_LINES = (1728, 2048, 2432, 3456)
_PAGE = (3.0, 36.0)  # inches that either side of a page may measure
_PHOTO_PAGE = 18.0
_NEVER_MEANT = (72, 96)  # dots an inch that programs write into a JPEG without knowing
_CAMERA = (4 / 3, 3 / 2, 16 / 9, 20 / 9, 1.0)  # shapes of camera pictures; Letter is 1.294, A4 1.414, Legal 1.647


def finish(
    decoded: Decoded,
    across: float | None,
    down: float | None,
    *,
    per_inch: float | None = 1.0,
    lossy: bool = False,
    camera: bool = False,
    notes: tuple[str, ...] = (),
) -> Picture:
    """Return the picture of one page.

    `across` and `down` are pixels in the file's unit, as the picture now lies, None if it does not say; `per_inch` how
    many of that unit are an inch, None if it has none (then only their ratio counts). `lossy` says that it was stored
    as photographs are, `camera` that a camera left its mark.
    """
    width, height = decoded.gray.shape[1] * decoded.factor, decoded.gray.shape[0] * decoded.factor
    stretch_x, stretch_y = _stretch(width, height, across, down)
    stated = across * per_inch * stretch_x if across and per_inch else None
    dpi = _believed(stated, round(width * stretch_x), round(height * stretch_y), lossy)
    origin = _origin(width, height, dpi, decoded.bilevel, lossy, camera)
    if origin == "photo":
        stretch_x = stretch_y = 1.0
        dpi = None
    elif decoded.bilevel and stretch_x * stretch_y != 1.0:
        origin = "fax"
    decoded, inverted = without_inversion(decoded)
    gray, more = reduced(_stretched(decoded.gray, stretch_x, stretch_y))
    colour = None if decoded.colour is None else reduced(_stretched(decoded.colour, stretch_x, stretch_y))[0]
    factor = decoded.factor * more
    return Picture(
        gray=np.ascontiguousarray(gray),
        colour=None if colour is None else np.ascontiguousarray(colour),
        bilevel=decoded.bilevel and factor == 1 and stretch_y >= 1.0,
        black_and_white=decoded.bilevel,
        origin=origin,
        dpi=None if dpi is None else dpi / factor,
        notes=(*notes, "The page was white on black.") if inverted else notes,
    )


def _stretch(width: int, height: int, across: float | None, down: float | None) -> tuple[float, float]:
    """Return how far columns and rows must be drawn apart for square pixels."""
    if across and down and across != down:
        ratio = across / down
    else:
        # the file does not say, or says what its maker always says
        ratio = 2.0 if width in _FAX_LINES and height < 0.8 * width else 1.0
    if _FLAT[0] <= ratio <= _FLAT[1]:
        return 1.0, 2.0
    if _FLAT[0] <= 1 / ratio <= _FLAT[1]:
        return (2.0, 1.0) if height <= LONGEST else (1.0, 0.5)
    return 1.0, 1.0


def _stretched(pixels: Pixels, x: float, y: float) -> Pixels:
    if y == 0.5:
        half = (pixels.shape[1], pixels.shape[0] // 2)
        return np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
    if y == 2.0:
        doubled = np.empty((pixels.shape[0], 2, *pixels.shape[1:]), np.uint8)
        doubled[:] = pixels[:, None]  # in two thirds of the time of repeating
        return doubled.reshape(-1, *pixels.shape[1:])
    return np.repeat(pixels, 2, axis=1) if x == 2.0 else pixels


def _believed(dpi: float | None, width: int, height: int, lossy: bool) -> float | None:
    """Return the resolution if a page of so many pixels would then have the size of paper, else None."""
    if dpi is None or not 60 <= dpi <= 2500:
        return None
    sides = (width / dpi, height / dpi)
    if lossy and (round(dpi) in _NEVER_MEANT or max(sides) > _PHOTO_PAGE):
        return None
    return dpi if _PAGE[0] <= min(sides) and max(sides) <= _PAGE[1] else None


def _origin(width: int, height: int, dpi: float | None, bilevel: bool, lossy: bool, camera: bool) -> Origin:
    """Return where a picture came from: a fax line's width, a camera's mark or shape, else a scanner."""
    if bilevel:
        return "fax" if width in _FAX_LINES or height in _FAX_LINES else "scan"
    if camera or (lossy and dpi is None):
        return "photo"
    shape = max(width, height) / min(width, height)
    if dpi is None and any(abs(shape / one - 1) < 0.004 for one in _CAMERA):
        return "photo"
    return "scan"
