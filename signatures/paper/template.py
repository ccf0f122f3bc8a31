"""The issued page as reading needs it: where its print is, smaller pictures of it, and patches to find again."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image

from signatures.paper.picture import Pixels
from signatures.paper.raster import Points, reduced

DPI = 200
FINE_DPI, COARSE_DPI = DPI / 2, DPI / 4
PATCH = (54.0, 22.0)  # width and height of a patch of print, in points
_MOST_PATCHES = 22
_DARKEST_PRINT = 170  # gray level below which a pixel is print
_REMEMBERED = 16
# A chunk of the PNG that holds the template ready made: other programs pass over it (private, ancillary, safe to copy).
CHUNK = b"cpTm"
_FORM = ">BHHHHH"  # version, mask's height and width, height and width of `fine`, number of patches
_VERSION = 1


@dataclass(frozen=True)
class Template:
    """An issued page. `print_mask` is 255 where it has print, at 200 dpi; `fine` and `coarse`: gray at 100 and 50 dpi.

    `patches` are places (left and top, in points) with print that has detail both ways, the most telling first.
    """

    print_mask: Pixels
    fine: Pixels
    coarse: Pixels
    patches: Points


@lru_cache(maxsize=_REMEMBERED)
def template(png: bytes) -> Template:
    """Return the issued page from its picture at 200 dpi, a gray PNG. Raises OSError if it is no picture.

    A picture that carries its template is not decoded: that costs more than many a step of reading.
    """
    packed = _chunk(png)
    return made(_pixels(png)) if packed is None or packed[0] != _VERSION else _unpacked(packed)


def made(blank: Pixels) -> Template:
    """Return the template of an issued page, gray at 200 dpi."""
    mask = np.asarray(cv2.threshold(blank, _DARKEST_PRINT - 1, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
    fine = reduced(blank, 2)
    return Template(mask, fine, reduced(fine, 2), _patches(fine))


def packed(blank: Pixels) -> bytes:
    """Return the template of an issued page as the bytes of the chunk: the mask's bits, `fine`, and the patches."""
    issued = made(blank)
    head = struct.pack(_FORM, _VERSION, *issued.print_mask.shape, *issued.fine.shape, len(issued.patches))
    bits = np.packbits(issued.print_mask.ravel() > 0).tobytes()
    return head + zlib.compress(bits + issued.patches.astype("<f8").tobytes() + issued.fine.tobytes(), 6)


def _unpacked(chunk: bytes) -> Template:
    _, height, width, fine_height, fine_width, count = struct.unpack_from(_FORM, chunk)
    data = zlib.decompress(chunk[struct.calcsize(_FORM) :])
    bits = -(-height * width // 8)
    mask = np.unpackbits(np.frombuffer(data, np.uint8, bits), count=height * width).reshape(height, width)
    patches = np.frombuffer(data, "<f8", 2 * count, bits).astype(np.float64).reshape(-1, 2)
    fine = np.frombuffer(data, np.uint8, offset=bits + 16 * count).reshape(fine_height, fine_width)
    np.negative(mask, out=mask)  # 1 becomes 255, without another copy
    return Template(mask, fine, reduced(fine, 2), patches)


def _chunk(png: bytes) -> bytes | None:
    """Return what the PNG's chunk of ours holds, None without one."""
    at = 8
    while at + 8 <= len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        if name == CHUNK and length > struct.calcsize(_FORM):
            return png[at + 8 : at + 8 + length]
        at += length + 12
    return None


def _pixels(png: bytes) -> Pixels:
    with Image.open(io.BytesIO(png)) as picture:
        if picture.mode != "P":
            return np.asarray(picture.convert("L"))
        # a palette of grays: looking the shades up is faster than converting
        palette = np.frombuffer(picture.palette.tobytes() if picture.palette else b"", np.uint8)[::3]
        shades = np.zeros(256, np.uint8)
        shades[: len(palette)] = palette
        return np.asarray(cv2.LUT(np.asarray(picture), shades), np.uint8)


def _patches(fine: Pixels) -> Points:
    step = 4
    per_point = FINE_DPI / 72 / step
    across = reduced(np.asarray(cv2.absdiff(fine[:, 1:], fine[:, :-1]), np.uint8), step).astype(np.float32)
    down = reduced(np.asarray(cv2.absdiff(fine[1:], fine[:-1]), np.uint8), step).astype(np.float32)
    height, width = min(across.shape[0], down.shape[0]), min(across.shape[1], down.shape[1])
    size = (max(1, round(PATCH[0] * per_point)), max(1, round(PATCH[1] * per_point)))
    detail = [cv2.blur(one[:height, :width], size, anchor=(0, 0)) for one in (across, down)]
    score = np.minimum(detail[0], detail[1])
    score[height - size[1] :] = 0
    score[:, width - size[0] :] = 0
    chosen: list[tuple[float, float]] = []
    while len(chosen) < _MOST_PATCHES:
        _, best, _, (x, y) = cv2.minMaxLoc(score)
        if best < 4:
            break
        chosen.append((x / per_point, y / per_point))
        score[max(0, y - size[1]) : y + size[1], max(0, x - size[0]) : x + size[0]] = 0
        # further away still a little less: the patches should spread
        score[max(0, y - 4 * size[1]) : y + 4 * size[1], max(0, x - 3 * size[0]) : x + 3 * size[0]] *= 0.8
    return np.array(chosen, np.float64).reshape(-1, 2)
