"""What Markdown and web pages leave around the words of an agreement, taken off; tables written with bars laid out."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

_BOLD = re.compile(r"\*\*(?=[^\s*])([^*]+?)\s*\*\*|(?<![\w_])__(?=[A-Za-z])([^_]+?)__(?![\w_])")
_ESCAPED = re.compile(r"\\([_*.\-\[\]()#&$|])")
_BREAK = re.compile(r"<\s*br\s*/?\s*>", re.IGNORECASE)
_RULING = re.compile(r"^[\s|:=+-]*\|[\s|:=+-]*$")
_COLUMN_GAP = 6  # characters between the columns of a table
_MOST_CELLS = 12


def plain(text: str) -> str:
    """A line without marks of emphasis, headings, escapes and entities."""
    if "&" in text and ";" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text)
    if "*" in text or "__" in text:
        text = _BOLD.sub(lambda m: m.group(1) or m.group(2), text)
    return re.sub(r"^\s*#{1,6}\s+", "", text)


def laid_out(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """(number of the line, text), tables with bars as columns of spaces, without their rulings.

    A line that is only a bar separates cells that were written on lines of their own; it is left out.
    """
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and _cells(lines[end]) is not None:
            end += 1
        if end - at >= 2:
            yield from _table(lines, at, end)
            at = end
            continue
        if not _RULING.match(lines[at]):
            yield at, _without_bars(plain(lines[at]))
        at += 1


def _without_bars(text: str) -> str:
    """A line with a bar before or behind it, without them, and with wide gaps for those within."""
    bare = text.strip()
    return text if not bare.startswith("|") and not bare.endswith("|") else bare.strip("| ").replace("|", "\t\t\t")


def _cells(line: str) -> list[str] | None:
    """The cells of a table's row between bars; None where the line is no such row of two cells or more."""
    bare = line.strip()
    if not bare.startswith("|") or bare.count("|") < 3 or bare.count("|") > _MOST_CELLS + 1:
        return None
    return [cell.strip() for cell in bare.strip("|").replace("\\|", "/").split("|")]


def _table(lines: Sequence[str], at: int, end: int) -> Iterator[tuple[int, str]]:
    rows: list[tuple[int, list[list[str]]]] = []
    for number in range(at, end):
        if not _RULING.match(lines[number]):
            cells = _cells(lines[number]) or []
            rows.append((number, [[plain(part).strip() for part in _BREAK.split(cell)] for cell in cells]))
    columns = max((len(cells) for _, cells in rows), default=0)
    widths = [max((len(t) for _, cells in rows if c < len(cells) for t in cells[c]), default=0) for c in range(columns)]
    for number, row in rows:
        for texts in zip_longest(*row, fillvalue=""):
            line = ""
            for column, text in enumerate(texts):
                start = sum(w + _COLUMN_GAP for w in widths[:column] if w)
                line = line.ljust(start) + text if text else line
            yield number, line
