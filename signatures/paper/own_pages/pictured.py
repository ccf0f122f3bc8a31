"""Pages that are pictures, as a scanner makes them: which of a PDF's pages they are, and the print on them."""

from __future__ import annotations

from collections.abc import Sequence

import pypdfium2
import pypdfium2.raw as raw

from signatures.paper.layout import Box, Rule
from signatures.paper.own_pages.rules import DPI, Word
from signatures.paper.picture import Pixels
from signatures.paper.recognition.text import TextLine, read_page

_FEW_WORDS = 15  # a fax's header, a stamped number; a page of print has more
_COVERS = 0.7  # of the page, a picture that is the page
_BELOW = 0.24  # of a line's box lies under its baseline
_SURE = 0.6
_ROUND_RULE = 2.5  # points painted over on both sides of a rule


def is_pictured(document: pypdfium2.PdfDocument, index: int, text: str) -> bool:
    """Tell whether a page is a picture: it has no text, or hardly any and a picture over most of it."""
    if len(text.split()) >= _FEW_WORDS:
        return False
    if not text:
        return True
    try:
        page = document[index]
        width, height = page.get_size()
        boxes = [one.get_bounds() for one in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=4)]
    except pypdfium2.PdfiumError:
        return False
    return any((right - left) * (top - bottom) > _COVERS * width * height for left, bottom, right, top in boxes)


def printed_words(gray: Pixels, rules: Sequence[Rule]) -> list[Word]:
    """Return the words that are read on a picture of a page at `DPI`, its rules painted over, with their boxes in
    points; none where text recognition is not installed."""
    plain, scale = gray.copy(), DPI / 72
    for rule in rules:
        top, bottom = round((rule.y - _ROUND_RULE) * scale), round((rule.y + _ROUND_RULE) * scale)
        plain[max(0, top) : bottom, max(0, round((rule.x0 - 2) * scale)) : round((rule.x1 + 2) * scale)] = 255
    try:
        seen = read_page(plain)
    except FileNotFoundError:
        return []
    found = [word for line in seen.lines if line.confidence >= _SURE for word in _words(line, 1 / scale)]
    return sorted(found, key=lambda word: (round(word.base), word.box.x0)) if not seen.turned else []


def _words(line: TextLine, scale: float) -> list[Word]:
    """Part a line into its words: each takes as much of the line's length as it has letters."""
    each = (line.x1 - line.x0) / max(len(line.text), 1)
    base = (line.y1 - _BELOW * (line.y1 - line.y0)) * scale
    found, at = [], 0
    for part in line.text.split(" "):
        if part.strip("_"):
            x0, x1 = line.x0 + at * each, line.x0 + (at + len(part)) * each
            box = Box(x0 * scale, line.y0 * scale, x1 * scale, line.y1 * scale)
            found.append(Word(part.strip("_"), box, base))
        at += len(part) + 1
    return found
