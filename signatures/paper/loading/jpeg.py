"""JPEG data to pixels, at half, a quarter or an eighth of its size where that is enough."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from signatures.paper.limits import TOO_LARGE, UnreadablePage
from signatures.paper.loading.pixels import LONGEST, Decoded, check_size, decode_image, from_gray, from_rgb
from signatures.paper.loading.tiff import BROKEN, DAMAGED_PAGE

_BROKEN_OFF = "This picture breaks off before its end. Ask the sender to send it again."
_IN_COLOUR = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_IN_GRAY = {
    1: cv2.IMREAD_GRAYSCALE,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


def decode_jpeg(data: bytes, most: int) -> Decoded:
    """Return the pixels of a JPEG of at most `most` pixels. Raises UnreadablePage, also where the data break off."""
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG", "MPO"])
    except Image.DecompressionBombError as error:
        raise UnreadablePage(TOO_LARGE) from error
    except BROKEN as error:
        raise UnreadablePage(DAMAGED_PAGE) from error
    check_size(image.width, image.height, most)
    if not _ends(data):
        raise UnreadablePage(_BROKEN_OFF)
    size = image.size
    factor = next((one for one in (1, 2, 4) if max(size) / one <= LONGEST), 8)
    if image.mode in ("L", "RGB"):
        # a fifth of the time of the other library, but it says nothing of data that are missing
        flag = _IN_GRAY[factor] if image.mode == "L" else _IN_COLOUR[factor]
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
        if pixels is not None and pixels.ndim == 2:
            return from_gray(np.asarray(pixels, np.uint8), size, factor=factor)
        if pixels is not None:
            return from_rgb(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB), np.uint8), size, factor)
    try:
        image.draft(None, (-(-size[0] // factor), -(-size[1] // factor)))
        decoded = decode_image(image)
    except BROKEN as error:
        raise UnreadablePage(DAMAGED_PAGE) from error
    return replace(decoded, size=size, factor=max(1, round(size[0] / decoded.gray.shape[1])))


def _ends(data: bytes) -> bool:
    """Tell whether the end marker follows the picture's data. A small picture in the header has one of its own.

    Marker segments as in ITU-T T.81, B.1.1.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0xDA:
            return data.find(b"\xff\xd9", at) >= 0
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return b"\xff\xd9" in data[-64:]
