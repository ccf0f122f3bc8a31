"""The text of a PDF, laid out in lines by where it stands on the page, with the rules that are drawn to sign on."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from collections.abc import Iterator

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from signatures.paper import one_pdf

from .drawn_rules import Stroke, rules, turned
from .extract import Extracted
from .page_lines import Word, laid_out, marked_aside
from .parsed import UnreadableAgreement

_MOST_PAGES = 3000
_SAMPLED = 50  # letters of a page
_HYPHEN = 2  # what pdfium makes of a hyphen at the end of a line
_SIGNS = re.compile(r"\b(?:by|name|title|witness|undersigned|signature)\b|/s/", re.IGNORECASE)


def extract_pdf(data: bytes, file_name: str) -> Extracted:
    """The lines of all pages; a page without text is named in the remarks.

    Raises UnreadableAgreement for a document that is encrypted, damaged or has no text at all.
    """
    try:
        with one_pdf.opened(data) as document:
            return _extracted(document, file_name)
    except pdfium.PdfiumError as error:
        if "password" in str(error).casefold() or "security" in str(error).casefold():
            raise UnreadableAgreement(f"{file_name} is protected with a password; save a copy without one.") from error
        raise UnreadableAgreement(f"{file_name} is damaged and cannot be opened as a PDF.") from error


def _extracted(document: pdfium.PdfDocument, file_name: str) -> Extracted:
    count = len(document)
    if count == 0:
        raise UnreadableAgreement(f"{file_name} is a PDF without pages.")
    if count > _MOST_PAGES:
        raise UnreadableAgreement(f"{file_name} has {count} pages; at most {_MOST_PAGES} are read.")
    pages = [_page_lines(document, number) for number in range(count)]
    empty = [number + 1 for number, lines in enumerate(pages) if not any(line.strip() for line in lines)]
    if len(empty) == count:
        raise UnreadableAgreement(
            f"{file_name} holds pictures of pages but no text; upload the agreement as a PDF with text or as a Word "
            f"file."
        )
    remarks = (f"No text could be read from page {', '.join(map(str, empty[:10]))} of the PDF.",) if empty else ()
    return Extracted(tuple(marked_aside(pages)), count, remarks)


def _page_lines(document: pdfium.PdfDocument, number: int) -> list[str]:
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return []
    try:
        textpage = page.get_textpage()
    except pdfium.PdfiumError:
        page.close()
        return []
    quarters = _quarters(textpage)
    words = list(_words(textpage, quarters))
    if words and _SIGNS.search(" ".join(w.text for w in words)):
        words += rules(page, words, quarters)
    textpage.close()
    page.close()
    return laid_out(words)


def _quarters(textpage: pdfium.PdfTextPage) -> int:
    """How many quarters most of a page's text is turned to the left, whatever way the page is shown."""
    count = textpage.count_chars()
    turns = Counter(_turn_of(textpage, index) for index in range(0, count, max(1, count // _SAMPLED)))
    return max(turns, key=lambda turn: turns[turn]) if turns else 0


def _turn_of(textpage: pdfium.PdfTextPage, index: int) -> int:
    angle = raw.FPDFText_GetCharAngle(textpage, index)
    return round(-angle / (math.pi / 2)) % 4 if angle else 0


def _words(textpage: pdfium.PdfTextPage, quarters: int) -> Iterator[Word]:
    """Words with their box, as wide as the font sets them; y is the height of the baseline, upwards.

    Letters that are turned otherwise than the page's text are stamps in its margin and left out.
    """
    letters: list[str] = []
    x0 = x1 = level = size = begun = 0.0
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, index)
        char = "-" if code == _HYPHEN else chr(code) if code < 0x110000 else ""
        blank = not char.strip() or code in (0xFFFE, 0xFFFF) or ord(char) < 32
        left = right = base = height = 0.0
        if not blank:
            if _turn_of(textpage, index) != quarters:
                continue
            left, right, base, height = _box(textpage, index, quarters)
        beside = bool(letters) and not blank and abs(base - level) < 2.5
        # the letters of a ligature all have its box
        near = beside and (-0.5 * size < left - x1 < 0.18 * size or abs(left - begun) < 0.1)
        if letters and not near:
            yield Word("".join(letters), x0, x1, level, size)
            letters = []
        if blank:
            continue
        if not letters:
            x0, level = left, base
            size = raw.FPDFText_GetFontSize(textpage, index)
            size = size if size >= 4 else max(0.85 * height, 4.0)
        letters.append(char)
        begun = left
        x1 = max(right, left)
    if letters:
        yield Word("".join(letters), x0, x1, level, size)


def _box(textpage: pdfium.PdfTextPage, index: int, quarters: int) -> tuple[float, float, float, float]:
    """Left and right edge, baseline and height of a letter, the page's text upright."""
    bounds = raw.FS_RECTF()
    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetLooseCharBox(textpage, index, bounds)
    raw.FPDFText_GetCharOrigin(textpage, index, x, y)
    if not quarters:
        return bounds.left, bounds.right, y.value, bounds.top - bounds.bottom
    box = turned(Stroke(bounds.left, bounds.bottom, bounds.right, bounds.top), quarters)
    return box.x0, box.x1, turned(Stroke(x.value, y.value, x.value, y.value), quarters).y0, box.y1 - box.y0
