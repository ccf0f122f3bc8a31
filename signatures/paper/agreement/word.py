"""The text of a Word document (.docx, ISO/IEC 29500): paragraphs with their tabs, tables with their columns."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from .extract import Extracted
from .parsed import UnreadableAgreement
from .source import SourceLine, keeps_indents
from .word_lines import FALLBACK, W, boxes, paragraph_lines

_LARGEST_PART = 80_000_000  # bytes, unpacked
_COLUMN_GAP = 6  # characters between the columns of a table
_RULE = "_" * 20
_MOST_COLUMNS = 63  # that Word gives a table
_GAP = re.compile(r"(?<=\S) {3,}")


def extract_word(data: bytes, file_name: str) -> Extracted:
    """The lines of the document's body; deleted (tracked) text is left out. Word files have no fixed pages."""
    body = _body(data, file_name)
    lines = list(_block_lines(body))
    if keeps_indents(line.text for line in lines if not line.placed):
        lines = [replace(line, placed=True) for line in lines]
    if not any(line.text.strip() for line in lines):
        raise UnreadableAgreement(f"{file_name} holds no text.")
    return Extracted(tuple(lines))


def _other_package(data: bytes) -> str:
    """Return what a package without a Word document is."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "an Excel workbook" if "xl/workbook.xml" in package.namelist() else "a ZIP file"


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
        raise UnreadableAgreement(f"{file_name} is {_other_package(data)} but not a Word document.") from error
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, ValueError, RuntimeError) as error:
        raise UnreadableAgreement(f"{file_name} is damaged and cannot be opened as a Word document.") from error
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        body = etree.fromstring(content, parser).find(f"{W}body")
    except etree.XMLSyntaxError as error:
        raise UnreadableAgreement(f"{file_name} is damaged and cannot be opened as a Word document.") from error
    if body is None:
        raise UnreadableAgreement(f"{file_name} holds no text.")
    return body


def _block_lines(parent: etree._Element) -> Iterator[SourceLine]:
    """The lines of paragraphs, and those of tables, which stand where they do."""
    for child in parent:
        if child.tag == f"{W}p":
            yield from map(SourceLine, paragraph_lines(child))
            for box in boxes(child):
                yield from (SourceLine(""), *_block_lines(box), SourceLine(""))
        elif child.tag == f"{W}tbl":
            yield from (SourceLine(line, placed=True) for line in _table_lines(child))
            yield SourceLine("")
        elif child.tag not in (f"{W}del", f"{W}moveFrom", f"{W}sectPr", f"{W}sdtPr", FALLBACK):
            yield from _block_lines(child)


def _table_lines(table: etree._Element) -> Iterator[str]:
    rows = [_row_cells(row) for row in table.iter(f"{W}tr") if _table_of(row) is table and not _is_deleted(row)]
    columns = max((start + width for row in rows for start, width, _ in row), default=0)
    widths = [0] * columns
    for start, width, lines in (cell for row in rows for cell in row):
        if width == 1 or columns == width:
            widths[start] = max(widths[start], *map(len, lines), 0)
    for row in rows:
        for number in range(max((len(lines) for _, _, lines in row), default=0)):
            text = ""
            for column, _, lines in row:
                start = sum(w + _COLUMN_GAP for w in widths[:column] if w)
                if number < len(lines) and lines[number].strip():
                    text = (f"{text}{' ' * _COLUMN_GAP}" if text else "").ljust(start) + lines[number]
            yield text


def _row_cells(row: etree._Element) -> list[tuple[int, int, list[str]]]:
    """(first column, how many columns, lines) of each cell of a row."""
    cells = [cell for cell in row.iter(f"{W}tc") if _row_of(cell) is row]
    at = _number(row.find(f"{W}trPr/{W}gridBefore"), 0)
    found = []
    for cell in cells:
        width = _number(cell.find(f"{W}tcPr/{W}gridSpan"), 1)
        found.append((at, width, _cell_lines(cell, alone=len(cells) == 1)))
        at += width
    return found


def _number(element: etree._Element | None, otherwise: int) -> int:
    value = element.get(f"{W}val", "") if element is not None else ""
    return min(int(value), _MOST_COLUMNS) if value.isdecimal() else otherwise


def _is_deleted(row: etree._Element) -> bool:
    return row.find(f"{W}trPr/{W}del") is not None


def _cell_lines(cell: etree._Element, alone: bool) -> list[str]:
    """The lines of a cell; what stands wide apart in it is not of different columns, unless it is alone in its row."""
    lines = [line.text.rstrip() if alone else _GAP.sub("  ", line.text.strip()) for line in _block_lines(cell)]
    return [_RULE] if not any(lines) and _is_ruled(cell) else lines


def _is_ruled(cell: etree._Element) -> bool:
    """Whether an empty cell has a line below it, and none at its sides: a line to sign on."""
    borders = cell.find(f"{W}tcPr/{W}tcBorders")
    drawn = {etree.QName(edge).localname for edge in borders if _is_drawn(edge)} if borders is not None else set()
    return "bottom" in drawn and not drawn & {"left", "right", "start", "end", "top"}


def _is_drawn(edge: etree._Element) -> bool:
    return edge.get(f"{W}val") not in (None, "nil", "none")


def _row_of(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(f"{W}tr"), None)


def _table_of(element: etree._Element) -> etree._Element | None:
    return next(element.iterancestors(f"{W}tbl"), None)
