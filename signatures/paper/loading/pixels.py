"""Pixels of any kind to gray and colour, in a size to work with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from signatures.paper.limits import UnreadablePage
from signatures.paper.picture import Pixels

LONGEST = 2600  # pixels: 236 dpi of a Letter page, twice what the codes need
SMALLEST = 40

_COLOURED = 24  # levels between the channels: less is the noise of a scanner or of JPEG
_COLOURED_SHARE = 0.0002


@dataclass(frozen=True)
class Decoded:
    """Pixels as stored, neither turned nor stretched. `size` (width, height) is that of the file, `factor` what it was
    divided by; `bilevel` says that all were black or white."""

    gray: Pixels
    colour: Pixels | None
    bilevel: bool
    size: tuple[int, int]
    factor: int = 1


def check_size(width: int, height: int, most: int) -> None:
    """Raise UnreadablePage for a picture too small to be a page, or of more pixels than `most`."""
    if width * height > most:
        raise UnreadablePage(
            f"This page is a picture of {width} by {height} pixels, too large to be read. "
            "Ask the sender for a scan at 200 or 300 dpi."
        )
    if min(width, height) < SMALLEST:
        raise UnreadablePage(f"This picture is too small to be a page ({width} by {height} pixels).")


def decode_image(image: Image.Image) -> Decoded:
    """Return the pixels of an image of any mode, colour reduced where it is large. Raises what Pillow raises."""
    image.load()
    size = image.size
    if image.mode == "1":
        return from_gray(from_bits(image), size, True)
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N"):
        return from_gray((np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8), size)
    if image.mode in ("I", "F"):
        return from_gray(_stretched(np.asarray(image)), size)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        image = _on_white(image.convert("RGBA"))
    if image.mode == "L":
        return from_gray(np.asarray(image), size)
    return from_rgb(np.asarray(image if image.mode == "RGB" else image.convert("RGB")), size)


def from_bits(image: Image.Image) -> Pixels:
    """Return a black and white image in gray, without the copy that converting it first would be."""
    return np.frombuffer(image.tobytes("raw", "L"), np.uint8).reshape(image.height, image.width)


def from_gray(gray: Pixels, size: tuple[int, int], bilevel: bool | None = None, factor: int = 1) -> Decoded:
    """Return gray pixels as Decoded. `bilevel` None: to be found out."""
    return Decoded(gray, None, is_bilevel(gray) if bilevel is None else bilevel, size, factor)


def from_rgb(rgb: Pixels, size: tuple[int, int], factor: int = 1) -> Decoded:
    """Return RGB pixels as Decoded, without colour where there is none to be seen."""
    smaller, more = reduced(rgb)
    gray = np.asarray(cv2.cvtColor(smaller, cv2.COLOR_RGB2GRAY), np.uint8)
    if has_colour(smaller):
        return Decoded(gray, smaller, False, size, factor * more)
    return Decoded(gray, None, more == 1 and is_bilevel(gray), size, factor * more)


def has_colour(rgb: Pixels) -> bool:
    """Tell whether more than a few of the pixels are anything but gray."""
    half = (max(1, rgb.shape[1] // 2), max(1, rgb.shape[0] // 2))
    channels = cv2.split(cv2.resize(rgb, half, interpolation=cv2.INTER_NEAREST))
    most = cv2.max(cv2.max(channels[0], channels[1]), channels[2])
    least = cv2.min(cv2.min(channels[0], channels[1]), channels[2])
    coloured = cv2.threshold(cv2.subtract(most, least), _COLOURED, 255, cv2.THRESH_BINARY)[1]
    return cv2.countNonZero(coloured) > _COLOURED_SHARE * most.size


def is_bilevel(gray: Pixels) -> bool:
    """Tell whether every pixel is black or white."""
    return _all_black_or_white(gray[::16]) and _all_black_or_white(gray)


def _all_black_or_white(gray: Pixels) -> bool:
    return cv2.countNonZero(cv2.inRange(np.ascontiguousarray(gray), 1, 254)) == 0


def reduced(pixels: Pixels) -> tuple[Pixels, int]:
    """Return the pixels reduced by the least whole number that brings the longer side to `LONGEST`, and the number."""
    height, width = pixels.shape[:2]
    factor = -(-max(height, width) // LONGEST)
    if factor == 1:
        return pixels, 1
    size = (max(1, width // factor), max(1, height // factor))
    cut = np.ascontiguousarray(pixels[: size[1] * factor, : size[0] * factor])
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8), factor


def without_inversion(decoded: Decoded) -> tuple[Decoded, bool]:
    """Turn a page that is white on black to black on white, and say whether it was."""
    if not decoded.bilevel or not _dark_side_out(decoded.gray):
        return decoded, False
    return replace(decoded, gray=np.asarray(cv2.bitwise_not(decoded.gray), np.uint8)), True


def _dark_side_out(gray: Pixels) -> bool:
    """Most of the page is black, and so is most of its margin."""
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
