"""Columns of documents that have kept their indents: what stands alone in a row belongs where it stands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from .rows import Row

_NEAR = 6  # characters from where a column begins
_MOST_BELOW = 60  # rows of one column below the end of the other
_WIDEST_GAP = 3  # blank lines within a column
_BLOCKS_APART = 2


def with_gaps(rows: Sequence[Row], stream: list[Row]) -> list[Row]:
    """A column of these rows, each with the blank lines above it in its own column."""
    if not stream or not all(row.placed for row in stream):
        return stream
    own = {row.number for row in stream}
    gaps: list[int] = []
    clear = 0
    for row in rows:
        if row.number in own:
            gaps.append(row.gap + clear)
            clear = 0
        else:
            clear += row.gap + 1
    usual = _usual(gaps[1:])
    return [replace(row, gap=max(0, gap - usual)) for row, gap in zip(stream, gaps, strict=True)]


def _usual(gaps: Sequence[int]) -> int:
    """What lies between the lines of a column that is set between the lines of the other one; else 0."""
    counted = Counter(gaps)
    return min(counted, default=0) if len(gaps) >= 3 else 0


def end_of_columns(rows: Sequence[Row], first: int, end: int) -> int:
    """The end of a region of columns with what goes on in one of them alone.

    What has no blank lines before the next row that stands in both, or runs over both, belongs to that row.
    """
    if not rows[first].placed or len(rows[first].cells) != 2:
        return end
    right = rows[first].cells[1][0]
    at = end
    while at < min(len(rows), end + _MOST_BELOW) and _stands_in_one(rows[at], right):
        at += 1
    if at < len(rows) and not rows[at].hard:
        while at > end and rows[at].gap < _BLOCKS_APART:
            at -= 1
    return at


def _stands_in_one(row: Row, right: int) -> bool:
    """Whether a row stands in the left column alone, or in the right one alone."""
    if row.hard or row.sequential or len(row.cells) != 1 or row.gap > _WIDEST_GAP:
        return False
    if row.kinds[0] in ("prose", "heading", "footer", "exhibit", "notary", "holder"):
        return False
    start, text = row.cells[0]
    return start >= right - _NEAR or (start < _NEAR and start + len(text) < right)
