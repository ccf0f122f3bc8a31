"""Find the codes on a received page.

Codes are QR version 1-Q, 18 mm square, two in opposite corners. Raw 1-bit pixels make a decoder miss good codes, so a
picture is always smoothed first, by an exact whole-number reduction or a Gaussian. Only a gray piece that nothing else
could read is enlarged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from signatures.paper.damaged_code import redrawn
from signatures.paper.drawing import code_modules
from signatures.paper.picture import Pixels
from signatures.paper.raster import Reduced, reduced, smoothed

# Width of the picture on which most codes are found at once: about 100 dpi of a Letter page, 3.4 pixels a module.
_FIRST_WIDTH = 850
# A code is this share of the page's shorter side.
_CODE_SHARE = 51 / 612
_CORNER = 0.3  # share of the shorter side that a corner is high and wide in which a code of a whole page lies
_MOST_PLACES = 4
_SMALLEST = 42  # pixels; no picture smaller than that shows a code of 21 modules
# A photograph with fewer pixels a module than this may be blurred; it is enlarged so many times before it is sharpened.
_BLURRED, _ENLARGED = 7.0, 3
_FORMATS = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


@dataclass(frozen=True)
class Sighting:
    """A code that was read: corners from its own top left clockwise, in pixel indices of the picture searched."""

    text: str
    corners: NDArray[np.float64]
    preparation: str


@dataclass(frozen=True)
class Codes:
    """What the search found: codes that `accept` took, the texts of others, and how many pictures were tried."""

    ours: tuple[Sighting, ...]
    foreign: tuple[str, ...]
    steps: int


def find_codes(gray: Pixels, accept: Callable[[str], bool], sizes: Reduced | None = None) -> Codes:
    """Return every code on the page. `gray` is rows by columns; `accept` tells one of ours from its text alone.
    `sizes` are of `gray`, where the caller needs them too."""
    foreign: list[str] = []
    steps = 0
    if min(gray.shape) < _SMALLEST:
        return Codes((), (), 0)
    factor = max(1, round(min(gray.shape) / _FIRST_WIDTH))
    small = (sizes or Reduced(gray)).by(factor)
    ours = _in_corners(small, factor, accept)
    if len(ours) > 1:
        return Codes(tuple(ours), (), 1)
    ours = []
    places: list[tuple[float, float]] = []
    for picture, left, top, scale, name in _preparations(gray, small, factor, places):
        steps += 1
        for text, corners in _read(picture):
            if accept(text):
                corners = _as_printed(picture, text, corners)
            placed = corners * scale + np.array((left, top)) - 0.5
            if not accept(text):
                foreign.append(text)
            elif not any(_same(placed, seen.corners) for seen in ours):
                ours.append(Sighting(text, placed, name))
        if ours:
            break
    if not ours and not foreign:
        ours = _damaged(gray, places, accept)
        steps += len(places)
    return Codes(tuple(ours), tuple(dict.fromkeys(foreign)), steps)


def _in_corners(small: Pixels, factor: int, accept: Callable[[str], bool]) -> list[Sighting]:
    """Return the codes of ours near the corners of the whole picture `small`, reduced by `factor`: with two of them
    nothing else needs to be looked at."""
    high, wide = small.shape
    side = round(min(small.shape) * _CORNER)
    ours = []
    for top in (0, high - side):
        for left in (0, wide - side):
            piece = np.ascontiguousarray(small[top : top + side, left : left + side])
            for text, corners in _read(piece):
                if accept(text):
                    placed = (_as_printed(piece, text, corners) + np.array((left, top))) * factor - 0.5
                    ours.append(Sighting(text, placed, _reduced_by(factor)))
    return ours


def _reduced_by(factor: int) -> str:
    return f"reduced to 1/{factor}" if factor > 1 else "as received"


def _damaged(gray: Pixels, places: list[tuple[float, float]], accept: Callable[[str], bool]) -> list[Sighting]:
    """Return the codes around `places` that can be read only by knowing how ours are made."""
    side = min(gray.shape) * _CODE_SHARE
    ours: list[Sighting] = []
    for x, y in places:
        cut = _cut(gray, x - side, y - side, x + side, y + side)
        if cut is None:
            continue
        piece, left, top = cut
        for drawn, corners in redrawn(piece, side / 21):
            texts = [text for text, _ in _read(drawn) if accept(text)]
            placed = corners + np.array((left, top))
            if texts and not any(_same(placed, seen.corners) for seen in ours):
                ours.append(Sighting(texts[0], placed, "redrawn from its parts"))
                break
    return ours


def find_code_near(gray: Pixels, corners: NDArray[np.float64], accept: Callable[[str], bool]) -> Sighting | None:
    """Return the code expected at `corners` (4 by 2 pixel indices), searched within half its size around, or None."""
    side = float(np.linalg.norm(corners[0] - corners[2])) / 2**0.5
    x0, y0 = np.floor(corners.min(axis=0) - side / 2)
    x1, y1 = np.ceil(corners.max(axis=0) + side / 2)
    cut = _cut(gray, x0, y0, x1, y1)
    if cut is None:
        return None
    piece, left, top = cut
    for picture, scale, name in _of_piece(piece, side):
        for text, found in _read(picture):
            if accept(text):
                return Sighting(
                    text, found * scale + np.array((left, top)) - 0.5, name + " where the other code pointed"
                )
    return None


def _preparations(
    gray: Pixels, small: Pixels, factor: int, places: list[tuple[float, float]]
) -> Iterator[tuple[Pixels, float, float, float, str]]:
    """Yield pictures to search, offset and scale that lead back to `gray`, and the preparation's name.

    `small` is `gray` reduced by `factor`. Where codes may lie is added to `places` once that is looked for.
    """
    yield small, 0, 0, factor, _reduced_by(factor)
    places.extend((x * factor, y * factor) for x, y in _places(small))
    if not places:
        return
    yield smoothed(small, 0.8), 0, 0, factor, f"reduced to 1/{factor}, smoothed"
    side = min(gray.shape) * _CODE_SHARE
    for x, y in places:
        cut = _cut(gray, x - side, y - side, x + side, y + side)
        if cut is None:
            continue
        piece, left, top = cut
        for picture, scale, name in _of_piece(piece, side):
            yield picture, left, top, scale, name


def _of_piece(piece: Pixels, side: float) -> Iterator[tuple[Pixels, float, str]]:
    """Yield preparations of a small piece around one code whose side is about `side` pixels."""
    module = side / 21
    yield smoothed(piece, max(0.6, module * 0.15)), 1, "piece, smoothed"
    half = max(1, round(module / 3.2))
    if half > 1:
        yield reduced(piece, half), half, f"piece, reduced to 1/{half}"
    yield smoothed(piece, max(1.0, module * 0.3)), 1, "piece, smoothed strongly"
    low, high = np.percentile(piece, (5, 95))
    if high - low > 20:
        stretched = np.clip((piece.astype(np.float32) - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
        blurred = smoothed(stretched, max(0.8, module * 0.2))
        parted = cv2.threshold(blurred, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]
        yield np.asarray(parted, np.uint8), 1, "piece, threshold"
    if module < _BLURRED and not _is_black_and_white(piece):
        yield _sharpened(piece), 1 / _ENLARGED, "piece, enlarged and sharpened"


def _is_black_and_white(piece: Pixels) -> bool:
    return bool(((piece > 0) & (piece < 255)).mean() < 0.01)


def _sharpened(piece: Pixels) -> Pixels:
    """Return a piece of a photograph that was moved or out of focus, enlarged, with its edges raised again."""
    large = cv2.resize(piece, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    smooth = cv2.GaussianBlur(large, (0, 0), 0.4 * _ENLARGED)
    return np.asarray(cv2.addWeighted(smooth, 3, cv2.GaussianBlur(smooth, (0, 0), 3.0 * _ENLARGED), -2, 0), np.uint8)


def _places(small: Pixels) -> list[tuple[float, float]]:
    """Return the centres, in pixels of `small`, where something as dark and as large as a code lies, likeliest first.

    A code is about half black; text is a tenth, a blackened box nearly all. None of them means that there is no code.
    """
    tiny = reduced(small, 2)
    side = max(9, round(min(tiny.shape) * _CODE_SHARE * 0.8))
    paper = cv2.blur(cv2.dilate(tiny, np.ones((side | 1, side | 1), np.uint8)), (side, side))
    depth = cv2.subtract(paper, tiny)
    # half black and half white within a code: the mean depth lies between that of text and that of a black box
    mean = cv2.blur(depth, (side, side)).astype(np.float32)
    change = cv2.blur(cv2.absdiff(depth, cv2.blur(depth, (7, 7))), (side, side)).astype(np.float32)
    score = np.where((mean > 0.22 * paper) & (mean < 0.75 * paper), change, 0).astype(np.float32)
    places: list[tuple[float, float]] = []
    while len(places) < _MOST_PLACES:
        _, best, _, (x, y) = cv2.minMaxLoc(score)
        if best < 12:
            break
        places.append((2.0 * x, 2.0 * y))
        cv2.rectangle(score, (x - side, y - side), (x + side, y + side), (0,), -1)
    return places


def _cut(gray: Pixels, x0: float, y0: float, x1: float, y1: float) -> tuple[Pixels, int, int] | None:
    """Return the part of the picture in the rectangle, its left and its top, None where too little of it is inside."""
    left, top = max(0, int(x0)), max(0, int(y0))
    right, bottom = min(gray.shape[1], int(x1)), min(gray.shape[0], int(y1))
    if right - left < 21 or bottom - top < 21:
        return None
    return np.ascontiguousarray(gray[top:bottom, left:right]), left, top


def _read(picture: Pixels) -> list[tuple[str, NDArray[np.float64]]]:
    found = zxingcpp.read_barcodes(picture, formats=_FORMATS, try_rotate=False, try_downscale=False, try_invert=False)
    codes = []
    for code in found:
        at = code.position
        corners = [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        codes.append((code.text, np.array(corners, np.float64)))
    return codes


def _as_printed(picture: Pixels, text: str, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the corners in the order of the printed code: of a mirrored one the decoder gives them transposed."""
    square = np.array(((0, 0), (21, 0), (21, 21), (0, 21)), np.float32)
    # a module's value is taken from its middle third, as the mean of nine samples
    to_picture = cv2.getPerspectiveTransform(square * 3, corners.astype(np.float32))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    samples = cv2.warpPerspective(picture, to_picture, (63, 63), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    seen = reduced(np.asarray(samples, np.uint8), 3).astype(np.float64)
    dark = code_modules(text)
    straight, transposed = (float(seen[modules].mean()) for modules in (dark, dark.T))
    return corners if straight <= transposed else corners[[0, 3, 2, 1]]


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return bool(np.linalg.norm(one.mean(axis=0) - other.mean(axis=0)) < np.linalg.norm(one[0] - one[2]) / 2)
