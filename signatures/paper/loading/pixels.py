"""Pixels of any kind to gray and colour in a size to work with."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from signatures.paper.limits import UnreadablePage
from signatures.paper.picture import Pixels

LONGEST = 2600  # pixels: 220 dpi of a Letter page, twice what the codes need
SMALLEST = 40

# A standard fax has 204 pixels an inch across and 98 down (ITU-T T.4): a ratio of 2.08.
_FLAT = (1.7, 2.5)
# Widths of a fax line: A4, B4 and A3 (ITU-T T.4, 2.2).
_FAX_WIDTHS = (1728, 2048, 2432)


def check_size(width: int, height: int, most: int) -> None:
    """Raise UnreadablePage for a picture too small to be a page, or of more pixels than `most`."""
    if width * height > most:
        raise UnreadablePage(
            f"This page is a picture of {width} by {height} pixels, too large to be read. "
            "Ask the sender for a scan at 200 or 300 dpi."
        )
    if min(width, height) < SMALLEST:
        raise UnreadablePage(f"This picture is too small to be a page ({width} by {height} pixels).")


def gray_and_colour(image: Image.Image) -> tuple[Pixels, Pixels | None, bool]:
    """Return gray pixels, RGB ones where there is colour, and whether all are black or white. Decodes the image."""
    image.load()
    if image.mode == "1":
        return np.asarray(image.convert("L")), None, True
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N"):
        return (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8), None, False
    if image.mode in ("I", "F"):
        return _stretched(np.asarray(image)), None, False
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = _on_white(image.convert("RGBA"))
    if image.mode == "P":
        image = image.convert("RGB")
    if image.mode == "L":
        gray = np.asarray(image)
        return gray, None, is_bilevel(gray)
    return from_rgb(np.asarray(image if image.mode == "RGB" else image.convert("RGB")))


def from_rgb(rgb: Pixels) -> tuple[Pixels, Pixels | None, bool]:
    """Return gray pixels, the colour if there is any to be seen, and whether all are black or white."""
    gray = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if has_colour(rgb):
        return gray, rgb, False
    return gray, None, is_bilevel(gray)


def has_colour(rgb: Pixels) -> bool:
    """Tell whether more than a few of the pixels are anything but gray. Noise of a scanner or of JPEG is none."""
    some = rgb[::3, ::3].astype(np.int16)
    return bool((np.ptp(some, axis=2) > 24).mean() > 0.0002)


def is_bilevel(gray: Pixels) -> bool:
    """Tell whether every pixel is black or white."""
    some = gray[::16]
    if not bool(((some == 0) | (some == 255)).all()):
        return False
    return bool(((gray == 0) | (gray == 255)).all())


def reduced(pixels: Pixels, longest: int = LONGEST) -> tuple[Pixels, int]:
    """Return the pixels reduced by the least whole number that brings the longer side to `longest`, and the number."""
    height, width = pixels.shape[:2]
    factor = -(-max(height, width) // longest)
    if factor == 1:
        return pixels, 1
    size = (max(1, width // factor), max(1, height // factor))
    cut = np.ascontiguousarray(pixels[: size[1] * factor, : size[0] * factor])
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def square(pixels: Pixels, across: float | None, down: float | None) -> tuple[Pixels, float]:
    """Return the pixels made square where rows or columns are twice as far apart, and how much the rows were stretched.

    `across` and `down` are pixels an inch (or any unit, only their ratio counts), None if the file does not say.
    """
    height, width = pixels.shape[:2]
    if across and down and across != down:
        ratio = across / down
    else:
        # the file does not say, or says what its maker always says
        ratio = 2.0 if width in _FAX_WIDTHS and height < 0.8 * width else 1.0
    if _FLAT[0] <= ratio <= _FLAT[1]:
        return np.repeat(pixels, 2, axis=0), 2.0
    if _FLAT[0] <= 1 / ratio <= _FLAT[1]:
        if height <= LONGEST:
            return np.repeat(pixels, 2, axis=1), 1.0
        halved = cv2.resize(pixels, (width, height // 2), interpolation=cv2.INTER_AREA)
        return np.asarray(halved, np.uint8), 0.5
    return pixels, 1.0


def dark_side_out(gray: Pixels) -> bool:
    """Tell a page that is white on black: most of it is black, and most of its margin."""
    if (gray[::4, ::4] < 128).mean() < 0.6:
        return False
    height, width = gray.shape
    strip = max(1, min(height, width) // 40)
    sides = (gray[:strip], gray[-strip:], gray[:, :strip], gray[:, -strip:])
    return sum(float((side < 128).mean()) > 0.6 for side in sides) >= 3


def _on_white(image: Image.Image) -> Image.Image:
    alpha = image.getchannel("A")
    if alpha.getextrema()[1] == 0:
        return image.convert("RGB")  # a program that left the fourth channel empty, not an invisible page
    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=alpha)
    return page


def _stretched(values: NDArray[Any]) -> Pixels:
    """Bring numbers of any range to 0 to 255."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    top = next((top for top in (1.0, 255.0, 65535.0) if low >= 0 and high <= top), high)
    bottom = min(low, 0.0)
    scaled = (np.nan_to_num(values.astype(np.float32)) - bottom) * (255.0 / max(top - bottom, 1e-9))
    return scaled.clip(0, 255).astype(np.uint8)
