"""JPEG of a page that is mostly white, in half the time: only rows with something on them are encoded.

A restart interval (ITU-T T.81, B.2.4.4 and E.1.4) of one row of blocks makes the data of each row independent of the
others. Those of a white row are always the same, and are put between the encoded ones. The picture is the same to the
last pixel.
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.picture import Pixels

_BLOCK = 8
_LEAST_WHITE, _LEAST = 0.2, 50  # share of white rows of blocks, and rows: with fewer there is little to be saved
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_FRAME, _SCAN, _END = 0xC0, 0xDA, b"\xff\xd9"


def jpeg_without_white_rows(gray: Pixels, quality: int) -> bytes | None:
    """Return a gray picture as JPEG, None where too few of its rows are white."""
    height, width = gray.shape
    whole = height // _BLOCK
    if whole < _LEAST:
        return None
    blocks = gray[: whole * _BLOCK].reshape(whole, _BLOCK * width)
    inked = _inked(blocks)
    if inked.mean() > 1 - _LEAST_WHITE or not inked.any():
        return None
    drawn = blocks[inked].reshape(-1, width)
    if height % _BLOCK:
        inked = np.append(inked, True)
        below = np.repeat(gray[-1:], _BLOCK - height % _BLOCK, axis=0)
        drawn = np.concatenate((drawn, gray[whole * _BLOCK :], below))
    head, rows = _parts(_encoded(drawn, quality))
    white = _white_row(width, quality)
    found = iter(rows)
    data = bytearray(_of_height(head, height))
    for at, has_ink in enumerate(inked.tolist()):
        data += next(found) if has_ink else white
        data += b"\xff" + bytes((0xD0 + at % 8,))
    return bytes(data[:-2]) + _END


def _inked(blocks: Pixels) -> NDArray[np.bool_]:
    """Tell which rows (of this array) are not white all over."""
    return np.asarray((blocks.view(np.uint64) != np.uint64(0xFFFFFFFFFFFFFFFF)).any(axis=1), np.bool_)


def _encoded(gray: Pixels, quality: int) -> bytes:
    across = -(-gray.shape[1] // _BLOCK)
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_RST_INTERVAL, across]
    done, data = cv2.imencode(".jpg", gray, options)
    if not done:
        raise ValueError("The upright picture could not be stored as JPEG.")
    return data.tobytes()


@lru_cache(maxsize=16)
def _white_row(width: int, quality: int) -> bytes:
    """Return the data of a row of white blocks."""
    _, (row,) = _parts(_encoded(np.full((_BLOCK, width), 255, np.uint8), quality))
    return row


def _parts(jpeg: bytes) -> tuple[bytes, list[bytes]]:
    """Return everything up to the scan's data, and those of each row."""
    at = 2
    while jpeg[at + 1] != _SCAN:
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return jpeg[:at], _RESTART.split(jpeg[at : -len(_END)])


def _of_height(head: bytes, height: int) -> bytes:
    """Return the head for a picture of so many rows of pixels."""
    at = 2
    while head[at + 1] != _FRAME:
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return head[: at + 5] + struct.pack(">H", height) + head[at + 7 :]
