"""The text of a Word document (.docx, ISO/IEC 29500): paragraphs with their tabs, tables with their columns."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from lxml import etree

from .extract import Extracted
from .parsed import UnreadableAgreement
from .source import SourceLine

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LARGEST_PART = 80_000_000  # bytes, unpacked
_COLUMN_GAP = 6  # characters between the columns of a table


def extract_word(data: bytes, file_name: str) -> Extracted:
    """The lines of the document's body; deleted (tracked) text is left out. Word files have no fixed pages."""
    body = _body(data, file_name)
    lines = [SourceLine(line) for line in _block_lines(body)]
    if not any(line.text.strip() for line in lines):
        raise UnreadableAgreement(f"{file_name} holds no text.")
    return Extracted(tuple(lines))


def _body(data: bytes, file_name: str) -> etree._Element:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            part = package.getinfo("word/document.xml")
            if any(name.endswith("vbaProject.bin") for name in package.namelist()):
                raise UnreadableAgreement(f"{file_name} holds macros; save it as .docx or PDF, which leaves them out.")
            if part.flag_bits & 1:
                raise UnreadableAgreement(f"{file_name} is protected with a password; save a copy without one.")
            if part.file_size > _LARGEST_PART:
                raise UnreadableAgreement(
                    f"{file_name} unpacks to more than 80 MB; an agreement is expected to be smaller."
                )
            content = package.read(part)
    except KeyError as error:
        raise UnreadableAgreement(f"{file_name} is a ZIP file but not a Word document.") from error
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableAgreement(f"{file_name} is damaged and cannot be opened as a Word document.") from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        body = etree.fromstring(content, parser).find(f"{_W}body")
    except etree.XMLSyntaxError as error:
        raise UnreadableAgreement(f"{file_name} is damaged and cannot be opened as a Word document.") from error
    if body is None:
        raise UnreadableAgreement(f"{file_name} holds no text.")
    return body


def _block_lines(parent: etree._Element) -> Iterator[str]:
    for child in parent:
        if child.tag == f"{_W}p":
            yield from _paragraph(child).split("\n")
        elif child.tag == f"{_W}tbl":
            yield from _table_lines(child)
            yield ""
        elif child.tag not in (f"{_W}del", f"{_W}sectPr", _FALLBACK):
            yield from _block_lines(child)


def _paragraph(paragraph: etree._Element) -> str:
    parts: list[str] = []
    _collect(paragraph, parts)
    return "".join(parts)


def _collect(element: etree._Element, parts: list[str]) -> None:
    for child in element:
        tag = child.tag
        if tag == f"{_W}t":
            parts.append((child.text or "").replace("\n", " "))
        elif tag == f"{_W}tab":
            parts.append("\t")
        elif tag in (f"{_W}br", f"{_W}cr"):
            parts.append("\n<PAGE>\n" if child.get(f"{_W}type") == "page" else "\n")
        elif tag == f"{_W}noBreakHyphen":
            parts.append("-")
        elif tag not in (f"{_W}del", f"{_W}moveFrom", f"{_W}pPr", f"{_W}rPr", f"{_W}instrText", _FALLBACK):
            if tag == f"{_W}p" and parts:
                parts.append("\n")
            _collect(child, parts)


def _table_lines(table: etree._Element) -> Iterator[str]:
    rows = [
        [_cell_lines(cell) for cell in row.iter(f"{_W}tc") if _row_of(cell) is row]
        for row in table.iter(f"{_W}tr")
        if _table_of(row) is table
    ]
    columns = max((len(row) for row in rows), default=0)
    widths = [max((len(line) for row in rows if c < len(row) for line in row[c]), default=0) for c in range(columns)]
    for row in rows:
        for number in range(max((len(cell) for cell in row), default=0)):
            line = ""
            for c, cell in enumerate(row):
                start = sum(w + _COLUMN_GAP for w in widths[:c] if w)
                if number < len(cell) and cell[number].strip():
                    line = line.ljust(start) + cell[number]
            yield line


def _cell_lines(cell: etree._Element) -> list[str]:
    return [line.expandtabs(2).strip() for line in _block_lines(cell)]


def _row_of(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(f"{_W}tr"), None)


def _table_of(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(f"{_W}tbl"), None)
