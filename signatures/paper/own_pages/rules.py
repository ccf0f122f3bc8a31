"""The rules to write on of a page, found in its picture, and the words around them, found in its text."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import pypdfium2
import pypdfium2.raw as raw

from signatures.paper.layout import Box, Rule
from signatures.paper.picture import Pixels

DPI = 200
_PER_POINT = DPI / 72
_DARK = 170  # gray level below which a pixel is print
_SHORTEST, _LONGEST = 54.0, 420.0  # points, of a rule to write on
_THICKEST = 2.6
_SLANT = 2.0  # points; so much a scanned rule may rise between what is looked at together
_GAP = 2.0  # points; between two underscores of one rule


@dataclass(frozen=True)
class Word:
    """A word without blanks, with its box in points from the page's top left corner; `base` is its baseline."""

    text: str
    box: Box
    base: float


def picture(document: pypdfium2.PdfDocument, index: int) -> Pixels:
    """Return a page in gray at 200 dpi."""
    pixels: Pixels = document[index].render(scale=_PER_POINT, grayscale=True).to_numpy().copy()
    return pixels.reshape(pixels.shape[:2])


def rules(gray: Pixels) -> list[Rule]:
    """Return the thin horizontal rules of a page that stand free, from the top: no frame's edge, no underlining."""
    return _rules(np.asarray(cv2.threshold(gray, _DARK - 1, 255, cv2.THRESH_BINARY_INV)[1], np.uint8), _THICKEST)


def _rules(dark: Pixels, thickest: float) -> list[Rule]:
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((1, round(_GAP * _PER_POINT) | 1), np.uint8))
    long = cv2.morphologyEx(joined, cv2.MORPH_OPEN, np.ones((1, round(_SHORTEST * _PER_POINT) | 1), np.uint8))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(np.asarray(long, np.uint8))
    found = []
    for left, top, wide, high, _ in boxes[1:count].tolist():
        if high <= thickest * _PER_POINT and wide <= _LONGEST * _PER_POINT and not _framed(dark, left, top, wide, high):
            y = (top + high / 2) / _PER_POINT
            found.append(Rule(round(left / _PER_POINT, 2), round((left + wide) / _PER_POINT, 2), round(y, 2)))
    return sorted(found, key=lambda rule: (rule.y, rule.x0))


def rules_of_picture(gray: Pixels) -> list[Rule]:
    """Return the rules to write on of a page that was scanned, where no text says which rules are none.

    They may lie slantwise by a degree. A rule has clear paper above it, where one signs; words and their underlining
    have not.
    """
    dark = np.asarray(cv2.threshold(gray, _DARK - 1, 255, cv2.THRESH_BINARY_INV)[1], np.uint8)
    thickened = np.asarray(cv2.dilate(dark, np.ones((round(_SLANT * _PER_POINT), 1), np.uint8)), np.uint8)
    return [
        one
        for one in _rules(thickened, _THICKEST + 2 * _SLANT)
        if _clear_above(dark, one) and not _is_in_words(dark, one)
    ]


def _clear_above(dark: Pixels, rule: Rule) -> bool:
    low, high = (round((rule.y - away) * _PER_POINT) for away in (14.0, 4.5))
    band = dark[max(0, low) : max(0, high), round(rule.x0 * _PER_POINT) : round(rule.x1 * _PER_POINT)]
    return bool(band.size and (band > 0).mean() < 0.03)


def _is_in_words(dark: Pixels, rule: Rule) -> bool:
    """Tell strokes of letters: a rule is dark over nearly all of its length, whatever its slant."""
    low, high = (round((rule.y + away) * _PER_POINT) for away in (-4.0, 4.0))
    band = dark[max(0, low) : high, round(rule.x0 * _PER_POINT) : round(rule.x1 * _PER_POINT)]
    return not band.size or bool(band.max(axis=0).mean() < 0.9 * 255) or bool((band > 0).mean() > 0.4)


def _framed(dark: Pixels, left: int, top: int, wide: int, high: int) -> bool:
    """Tell the edge of a frame: at an end of it a stroke rises or falls by more than 9 points."""
    reach = round(9 * _PER_POINT)
    for column in (left, left + wide - 1):
        near = dark[:, max(0, column - 3) : column + 4].max(axis=1)
        above, below = near[max(0, top - reach) : top], near[top + high : top + high + reach]
        if (len(above) and bool(above.all())) or (len(below) and bool(below.all())):
            return True
    return False


def words(document: pypdfium2.PdfDocument, index: int) -> list[Word]:
    """Return the words of an upright page from the top, from left to right; runs of underscores are none."""
    page = document[index]
    text = page.get_textpage()
    try:
        found = list(_words(text, page.get_height()))
    finally:
        text.close()
    return sorted(found, key=lambda word: (round(word.base), word.box.x0))


def _words(text: pypdfium2.PdfTextPage, height: float) -> Iterator[Word]:
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    letters: list[str] = []
    x0 = x1 = y0 = y1 = base = 0.0
    for index in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, index)
        char = chr(code) if 32 < code < 0x110000 and code not in (0xFFFE, 0xFFFF, 0xAD) else ""
        is_letter = bool(char.strip()) and char not in "_\u2017"
        if is_letter:
            raw.FPDFText_GetCharBox(text, index, left, right, bottom, top)
            raw.FPDFText_GetCharOrigin(text, index, x, y)
        here = height - y.value
        near = is_letter and abs(here - base) < 2.5 and -6 < left.value - x1 < 0.25 * max(6.0, y1 - y0)
        if letters and not near:
            yield Word("".join(letters), Box(x0, y0, x1, y1), base)
            letters = []
        if not is_letter:
            continue
        if not letters:
            x0, base, y0, y1 = left.value, here, height - top.value, height - bottom.value
        letters.append(char)
        x1, y0, y1 = max(right.value, left.value), min(y0, height - top.value), max(y1, height - bottom.value)
    if letters:
        yield Word("".join(letters), Box(x0, y0, x1, y1), base)
