"""Signature blocks that stand side by side, put one after the other."""

from __future__ import annotations

import re
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .labels import BY, CELL, LABEL, VALUE_LABEL, classify
from .names import stacked
from .words import has_company_suffix, looks_like_person

_SIGNS = {"by", "name", "title", "its", "rule", "signature", "witness", "date"}
_REACH = 7  # printed lines between two rows of the same pair of columns


@dataclass(frozen=True)
class Row:
    """One printed line cut into cells: (column where it starts, text). `sequential` rows hold one thing after another."""

    cells: tuple[tuple[int, str], ...]
    number: int
    page: int | None
    gap: int
    sequential: bool = False
    hard: bool = False
    column: int | None = None

    @property
    def text(self) -> str:
        """The cells, or the only cell."""
        return "\n".join(text for _, text in self.cells)


def in_reading_order(rows: list[Row]) -> Iterator[Row]:
    """The rows with one cell each (sequential rows keep theirs), left column before right, a witness's column last."""
    at = 0
    while at < len(rows):
        end = _region_end(rows, at)
        if end is None:
            yield from _inline(rows[at])
            at += 1
            continue
        yield from _apart(rows[at:end])
        at = end


def _is_columnar(row: Row) -> bool:
    return len(row.cells) in (2, 3) and not row.sequential and not row.hard


def _kinds(row: Row) -> list[str]:
    return [classify(text)[0] for _, text in row.cells]


def _region_end(rows: list[Row], at: int) -> int | None:
    """Where the region of columns that begins at `at` ends, or None if none begins there."""
    if rows[at].hard or rows[at].sequential or "prose" in _kinds(rows[at]):
        return None
    first = next((i for i in range(at, min(at + 4, len(rows))) if _is_columnar(rows[i])), None)
    if first is None or any(row.hard or row.sequential or "prose" in _kinds(row) for row in rows[at : first + 1]):
        return None
    if first > at and any(row.gap > 1 for row in rows[at + 1 : first + 1]) and "witness" not in _kinds(rows[at]):
        return None
    if first > at and not _belongs_above(rows[at : first + 1]):
        return None
    last = first
    for i in range(first + 1, len(rows)):
        if rows[i].hard or rows[i].sequential or rows[i].number - rows[last].number > _REACH + 6 or "prose" in _kinds(rows[i]):
            break
        if _is_columnar(rows[i]) and rows[i].number - rows[last].number <= _REACH + 4:
            last = i
    region = rows[first : last + 1]
    if not any(kind in _SIGNS for row in region if _is_columnar(row) for kind in _kinds(row)):
        return None
    if all(_is_heading_row(row) for row in region if _is_columnar(row)):
        return None
    end = last + 1
    while end < len(rows) and not rows[end].hard and not _is_columnar(rows[end]) and not rows[end].sequential and rows[end].gap == 0:
        end += 1
    return end


def _belongs_above(rows: list[Row]) -> bool:
    """Whether the rows above a first columnar row are heads of its blocks."""
    return any(k in ("by", "witness", "signature") for row in rows[-1:] for k in _kinds(row)) and all(k in ("text", "rule", "heading", "witness") for row in rows[:-1] for k in _kinds(row))


def _is_heading_row(row: Row) -> bool:
    kinds = _kinds(row)
    return kinds[0] == "heading" and kinds[1] in ("text", "by")


def _inline(row: Row) -> Iterator[Row]:
    if row.sequential or len(row.cells) == 1:
        yield row
    elif _is_columnar(row) and _is_heading_row(row):
        for cell in row.cells:
            yield replace(row, cells=(cell,))
    else:
        yield replace(row, cells=((row.cells[0][0], " ".join(text for _, text in row.cells)),))


def _apart(region: list[Row]) -> Iterator[Row]:
    columns = max(len(row.cells) for row in region)
    streams: list[list[Row]] = [[] for _ in range(columns)]
    starts = _starts(region, columns)
    indented = any(row.cells[0][0] > 3 for row in region if len(row.cells) == 1)
    state = _Side(starts, indented, _witness_column(region))
    for index, row in enumerate(region):
        if len(row.cells) > 1:
            for column, cell in _assigned(row, starts):
                streams[column].append(replace(row, cells=(cell,), column=column))
        else:
            following = region[index + 1] if index + 1 < len(region) else None
            column = state.column_of(row, following)
            streams[column].append(replace(row, cells=row.cells, column=column))
    _share_heads(streams)
    witness = _witness_column(region)
    order = [c for c in range(columns) if c != witness] + ([witness] if witness is not None else [])
    for column in order:
        if streams[column]:
            yield Row(((0, ""),), streams[column][0].number, streams[column][0].page, 1, hard=True, column=column)
            yield from streams[column]


def _starts(region: list[Row], columns: int) -> list[int]:
    starts = []
    for column in range(columns):
        found = sorted(row.cells[column][0] for row in region if len(row.cells) == columns)
        starts.append(found[len(found) // 4] if found else 0)
    return starts


def _assigned(row: Row, starts: list[int]) -> Iterator[tuple[int, tuple[int, str]]]:
    if len(row.cells) == len(starts):
        yield from enumerate(row.cells)
        return
    for cell in row.cells:
        yield min(range(len(starts)), key=lambda c: abs(starts[c] - cell[0])), cell


def _witness_column(region: list[Row]) -> int | None:
    for row in region:
        for column, kind in enumerate(_kinds(row)):
            if kind == "witness" and (len(row.cells) > 1 or row.cells[0][0] < 8):
                return column
    return None


class _Side:
    """Decides for a row with a single cell which column it stands in."""

    def __init__(self, starts: list[int], indented: bool, witness: int | None) -> None:
        self.starts, self.indented, self.witness = starts, indented, witness
        self.in_address = False

    def column_of(self, row: Row, following: Row | None) -> int:
        start, text = row.cells[0]
        if self.indented:
            return min(range(len(self.starts)), key=lambda c: (abs(self.starts[c] - start) > 6, 0 if start >= self.starts[c] - 6 else 1, -c))
        kind = classify(text)[0]
        if kind in ("address", "copy"):
            self.in_address = True
            return 0
        if self.in_address and kind in ("text", "other") and not has_company_suffix(text):
            return 0
        if kind == "witness" or (kind in ("signature", "rule") and self.witness == 0):
            return 0
        if kind == "rule" and following is not None and len(following.cells) > 1 and looks_like_person(following.cells[0][1]):
            return 0
        return len(self.starts) - 1


def _share_heads(streams: list[list[Row]]) -> None:
    """Two names that stand over each other, above two signatures side by side: one for each column."""
    if len(streams) != 2:
        return
    left_by = next((i for i, row in enumerate(streams[0]) if classify(row.text)[0] == "by"), None)
    right_by = next((i for i, row in enumerate(streams[1]) if classify(row.text)[0] == "by"), None)
    if left_by is None or right_by is None or any(classify(r.text)[0] == "text" for r in streams[0][:left_by]):
        return
    heads = [i for i, row in enumerate(streams[1][:right_by]) if classify(row.text)[0] == "text"]
    names = stacked([streams[1][i].text for i in heads])
    if len(names) == 2:
        moved = heads[: names[1][0]]
        streams[0][left_by:left_by] = [streams[1][i] for i in moved]
        for i in reversed(moved):
            del streams[1][i]




def cells_of(text: str) -> list[tuple[int, str]]:
    """The cells of a line: parts that wide gaps or runs of tabs set apart, a label and its value kept together."""
    cells: list[tuple[int, str]] = []
    at = 0
    for part, start in _split_with_positions(text):
        bare = part.strip()
        if not bare or bare in {".", ")", "("}:
            continue
        if cells and VALUE_LABEL.search(cells[-1][1]) and not _starts_with_label(bare):
            cells[-1] = (cells[-1][0], cells[-1][1] + " " + bare)
        elif cells and re.fullmatch(r"[_\s]+", bare) and BY.match(cells[-1][1]):
            cells[-1] = (cells[-1][0], cells[-1][1] + " " + bare)
        elif cells and re.fullmatch(r"\([^()]*\)", bare) and re.match(r"/s/", cells[-1][1]):
            cells[-1] = (cells[-1][0], cells[-1][1] + " " + bare)
        else:
            cells.append((start + len(part) - len(part.lstrip()), re.sub(r"\s+", " ", bare)))
        at = start
    del at
    return cells


def _split_with_positions(text: str) -> Iterator[tuple[str, int]]:
    last = len(text) - len(text.lstrip())
    for gap in CELL.finditer(text, last):
        yield text[last : gap.start()], last
        last = gap.end()
    yield text[last:], last


def _starts_with_label(text: str) -> bool:
    return bool(LABEL.match(text)) or bool(re.match(r"By\s*(?::|/s/|_)", text))


def is_sequential(cells: list[tuple[int, str]]) -> bool:
    labels = [m.group(0).rstrip(": ").casefold() for _, text in cells if (m := LABEL.match(text) or re.match(r"By\s*:?(?=\s|_|$)", text))]
    mixed = len(set(labels)) > 1 and len(labels) == len(set(labels))
    return len(cells) > 3 or (mixed and len(cells) <= len(labels) + 1) or sum(len(t) for _, t in cells) > 220


