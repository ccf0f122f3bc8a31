"""The issued page as reading needs it: where its print is, smaller pictures of it, and patches to find again."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from signatures.paper.picture import Pixels
from signatures.paper.raster import Points, reduced, smoothed

DPI = 200
FINE_DPI, COARSE_DPI = DPI / 2, DPI / 4
PATCH = (54.0, 22.0)  # width and height of a patch of print, in points
_MOST_PATCHES = 22
_DARKEST_PRINT = 170  # gray level below which a pixel is print
_REMEMBERED = 16
# A chunk of the PNG that holds the template ready made: other programs pass over it (private, ancillary, safe to copy).
CHUNK = b"cpTm"
_FORM = ">BHH"  # version, number of parts, number of patches
_VERSION = 2
_TILES = (2, 8)  # columns and rows of a page, in each of which print is one part
SOFT = 0.6  # sigma under which patches are compared at 100 dpi, in pixels


@dataclass(frozen=True)
class Part:
    """The print within one tile of an issued page: `mask` is 255 where there is print, at 200 dpi, its rows and columns
    begin at `top` and `left` (pixels) and hold no empty rim."""

    left: int
    top: int
    mask: Pixels


@dataclass(frozen=True)
class Template:
    """An issued page: its print in parts, and patches of it to find again.

    `patches` are places (left and top, in points) with print that has detail both ways, the most telling first; `fine`
    and `coarse` show them in gray (n by rows by columns) at 100 dpi, a little smoothed, and at 50 dpi.
    """

    parts: tuple[Part, ...]
    patches: Points
    fine: Pixels
    coarse: Pixels

    def first(self, count: int) -> Template:
        """Return the same with the most telling patches alone."""
        return replace(self, patches=self.patches[:count], fine=self.fine[:count], coarse=self.coarse[:count])


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
    patches = _patches(fine)
    softly, coarse = smoothed(fine, SOFT), reduced(fine, 2)
    return Template(_parts(mask), patches, _cut(softly, patches, FINE_DPI), _cut(coarse, patches, COARSE_DPI))


def packed(blank: Pixels) -> bytes:
    """Return the template of an issued page as the bytes of the chunk: places and sizes of the parts, their bits,
    patches, and what these show."""
    issued = made(blank)
    places = np.array([(part.left, part.top, *part.mask.shape) for part in issued.parts], "<u2").reshape(-1, 4)
    bits = np.packbits(np.concatenate([np.empty(0, np.bool_), *(part.mask.ravel() > 0 for part in issued.parts)]))
    pieces = (places, bits, issued.patches.astype("<f8"), issued.fine, issued.coarse)
    head = struct.pack(_FORM, _VERSION, len(issued.parts), len(issued.patches))
    return head + zlib.compress(b"".join(piece.tobytes() for piece in pieces), 6)


def _unpacked(chunk: bytes) -> Template:
    _, parts, count = struct.unpack_from(_FORM, chunk)
    data = zlib.decompress(chunk[struct.calcsize(_FORM) :])
    places = np.frombuffer(data, "<u2", 4 * parts).reshape(-1, 4).astype(np.intp)
    ends = np.cumsum(places[:, 2] * places[:, 3])
    pixels = int(ends[-1]) if parts else 0
    at = places.size * 2
    mask = np.unpackbits(np.frombuffer(data, np.uint8, -(-pixels // 8), at), count=pixels)
    np.negative(mask, out=mask)  # 1 becomes 255, without another copy
    pieces = np.split(mask, ends)[:-1]
    at += -(-pixels // 8)
    patches = np.frombuffer(data, "<f8", 2 * count, at).astype(np.float64).reshape(-1, 2)
    shown = []
    at += 16 * count
    for size in (patch_size(FINE_DPI), patch_size(COARSE_DPI)):
        shown.append(np.frombuffer(data, np.uint8, count * size[0] * size[1], at).reshape(count, *size))
        at += shown[-1].size
    return Template(
        tuple(
            Part(left, top, piece.reshape(high, wide))
            for (left, top, high, wide), piece in zip(places.tolist(), pieces, strict=True)
        ),
        patches,
        *shown,
    )


def patch_size(dpi: float) -> tuple[int, int]:
    """Return height and width of a patch in pixels."""
    return round(PATCH[1] * dpi / 72), round(PATCH[0] * dpi / 72)


def patch_corners(patches: Points, dpi: float) -> NDArray[np.intp]:
    """Return left and top (n by 2) of the patches in pixels."""
    return np.round(patches * (dpi / 72)).astype(np.intp)


def _cut(picture: Pixels, patches: Points, dpi: float) -> Pixels:
    """Return what the patches show in a picture of the page."""
    high, wide = patch_size(dpi)
    cut = [picture[top : top + high, left : left + wide] for left, top in patch_corners(patches, dpi)]
    return np.array(cut, np.uint8).reshape(-1, high, wide)


def _parts(mask: Pixels) -> tuple[Part, ...]:
    parts = []
    height, width = mask.shape
    columns, rows = np.linspace(0, width, _TILES[0] + 1).astype(int), np.linspace(0, height, _TILES[1] + 1).astype(int)
    for left, right in pairwise(columns.tolist()):
        for top, bottom in pairwise(rows.tolist()):
            x, y, wide, high = cv2.boundingRect(mask[top:bottom, left:right])
            if wide:
                x, y = left + x, top + y
                parts.append(Part(x, y, np.ascontiguousarray(mask[y : y + high, x : x + wide])))
    return tuple(parts)


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
