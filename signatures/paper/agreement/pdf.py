"""The text of a PDF, laid out in lines by where it stands on the page, with the rules that are drawn to sign on."""

from __future__ import annotations

import ctypes
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .extract import Extracted
from .parsed import UnreadableAgreement
from .source import SourceLine

_MOST_PAGES = 3000
_MOST_BLANK_LINES = 5
_SIGNS = re.compile(r"\b(?:by|name|title|witness|undersigned|signature)\b|/s/", re.IGNORECASE)


@dataclass(frozen=True)
class _Word:
    text: str
    x0: float
    x1: float
    y: float
    size: float


def extract_pdf(data: bytes, file_name: str) -> Extracted:
    """The lines of all pages; a page without text is named in the remarks.

    Raises UnreadableAgreement for a document that is encrypted, damaged or has no text at all.
    """
    document = _opened(data, file_name)
    try:
        count = len(document)
        if count > _MOST_PAGES:
            raise UnreadableAgreement(f"{file_name} has {count} pages; at most {_MOST_PAGES} are read.")
        lines: list[SourceLine] = []
        empty: list[int] = []
        for number in range(count):
            page_lines = _page_lines(document, number)
            if not any(line.strip() for line in page_lines):
                empty.append(number + 1)
            lines += [SourceLine(line, number + 1) for line in page_lines]
    finally:
        document.close()
    if len(empty) == count:
        raise UnreadableAgreement(
            f"{file_name} holds pictures of pages but no text; upload the agreement as a PDF with text or as a Word "
            f"file."
        )
    remarks = (f"No text could be read from page {', '.join(map(str, empty[:10]))} of the PDF.",) if empty else ()
    return Extracted(tuple(lines), count, remarks)


def _opened(data: bytes, file_name: str) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if "password" in str(error).casefold() or "security" in str(error).casefold():
            raise UnreadableAgreement(f"{file_name} is protected with a password; save a copy without one.") from error
        raise UnreadableAgreement(f"{file_name} is damaged and cannot be opened as a PDF.") from error
    if len(document) == 0:
        document.close()
        raise UnreadableAgreement(f"{file_name} is a PDF without pages.")
    return document


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
    words = list(_words(textpage))
    if words and _SIGNS.search(" ".join(w.text for w in words)):
        words += _rules(page, words)
    textpage.close()
    page.close()
    return _laid_out(words)


def _words(textpage: pdfium.PdfTextPage) -> Iterator[_Word]:
    """Words with their box; y is the height of the baseline, upwards."""
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, y = ctypes.c_double(), ctypes.c_double()
    letters: list[str] = []
    x0 = x1 = base = size = begun = 0.0
    for index in range(textpage.count_chars()):
        code = raw.FPDFText_GetUnicode(textpage, index)
        char = chr(code) if code < 0x110000 else ""
        blank = not char.strip() or code in (0xFFFE, 0xFFFF, 0xAD) or code < 32
        if not blank:
            raw.FPDFText_GetCharBox(textpage, index, left, right, bottom, top)
            raw.FPDFText_GetCharOrigin(textpage, index, x, y)
        level = bool(letters) and not blank and abs(y.value - base) < 2.5
        # the letters of a ligature all have its box
        near = level and (-0.5 * size < left.value - x1 < 0.22 * size or abs(left.value - begun) < 0.1)
        if letters and not near:
            yield _Word("".join(letters), x0, x1, base, size)
            letters = []
        if blank:
            continue
        if not letters:
            x0, base = left.value, y.value
            size = max(raw.FPDFText_GetFontSize(textpage, index), top.value - bottom.value, 4.0)
        letters.append(char)
        begun = left.value
        x1 = max(right.value, left.value)
    if letters:
        yield _Word("".join(letters), x0, x1, base, size)


def _rules(page: pdfium.PdfPage, words: list[_Word]) -> list[_Word]:
    """Thin horizontal lines that nothing stands on, as underscores."""
    found: list[_Word] = []
    width = statistics.median(w.size for w in words) * 0.5
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_PATH,), max_depth=2):
        x0, y0, x1, y1 = item.get_pos() if hasattr(item, "get_pos") else item.get_bounds()
        if not (90 <= x1 - x0 <= 360 and y1 - y0 <= 3):
            continue
        if any(-4 < w.y - y1 < 14 and w.x0 < x1 - 4 and w.x1 > x0 + 4 for w in words + found):
            continue
        if not _is_to_sign_on(x0, x1, y0, words):
            continue  # the edge of a table, or a line that belongs to another column
        found.append(_Word("_" * max(8, int((x1 - x0) / width)), x0, x1, y0, width * 2))
    return found if len(found) <= 60 else []


def _is_to_sign_on(x0: float, x1: float, y: float, words: list[_Word]) -> bool:
    """Whether a line stands alone, behind a label, or over a name or a caption in its own column."""
    beside = [w for w in words if abs(w.y - y) < 8]
    if not beside:
        return True
    if any(w.x0 < x1 and w.x1 > x0 for w in beside):
        return False
    left = max((w for w in beside if w.x1 <= x0), key=lambda w: w.x1, default=None)
    labelled = left is not None and left.text.endswith(":") and x0 - left.x1 < 40
    return labelled or any(abs(w.x0 - x0) < 12 and 0 < y - w.y < 22 for w in words)


def _laid_out(words: list[_Word]) -> list[str]:
    """The words of a page as lines of text in which columns keep their place."""
    if not words:
        return []
    size = statistics.median(w.size for w in words)
    cell = max(size * 0.5, 2.0)
    edge = min(w.x0 for w in words)
    lines: list[str] = []
    last: float | None = None
    for row in _grouped(words, size):
        base = max(w.y for w in row)
        if last is not None:
            lines += [""] * min(_MOST_BLANK_LINES, max(0, round((last - base) / (size * 1.2)) - 1))
        last = min(w.y for w in row)
        text = ""
        right = edge
        for word in row:
            column = int((word.x0 - edge) / cell)
            if not text:
                text = " " * column + word.text
            elif word.x0 - right > 1.7 * size:
                text += " " * max(4, column - len(text)) + word.text
            else:
                text += " " + word.text
            right = word.x1
        lines.append(text)
    return lines


def _grouped(words: list[_Word], size: float) -> Iterator[list[_Word]]:
    """The words by printed lines from the top, from left to right in each."""
    row: list[_Word] = []
    for word in sorted(words, key=lambda w: (-w.y, w.x0)):
        if row and row[0].y - word.y > 0.45 * size:
            yield sorted(row, key=lambda w: w.x0)
            row = []
        row.append(word)
    if row:
        yield sorted(row, key=lambda w: w.x0)
