"""The words of a PDF's pages as lines of text: columns keep their place, heads and feet of pages are marked."""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from .labels import BY, INNER, LABEL, RULE, SLASH
from .names import is_continuation
from .source import SourceLine, keeps_indents
from .words import looks_like_title

_MOST_BLANK_LINES = 5
_WIDE_GAP = 1.7  # of the letters' size
_LEAST_GAP = 0.75  # more than the blank of a monospaced font, less than the margins of two cells
_LEAST_ALIGNED = 3  # lines
_MOST_IN_MARGIN = 3  # printed lines at the head or foot of a page
_NUMBER = re.compile(r"(?:page)?\W*\w{0,2}\W?\d{1,4}(?:\s+of\s+\d+)?\W*", re.IGNORECASE)
_LEAST_PAGES = 3  # that carry the same head or foot
_LONGEST_HEAD = 90  # characters
_WIDEST_INDENT = 54  # points of a paragraph's first line
_LEAST_FULL = 50  # characters of a line that goes on in the next


@dataclass(frozen=True)
class Word:
    """A word or a drawn line with its box in points; `y` is the height of the baseline, upwards."""

    text: str
    x0: float
    x1: float
    y: float
    size: float


@dataclass(frozen=True)
class _Line:
    """A printed line; `blank` lines stand above it; `wide` where a gap of columns is in it, `first` its first word."""

    text: str
    first: Word
    right: float
    blank: int
    wide: bool


def laid_out(words: list[Word]) -> list[str]:
    """The words of a page as lines of text in which columns keep their place."""
    if not words:
        return []
    lines: list[str] = []
    for line in _whole(list(_lines(words))):
        lines += [""] * line.blank
        lines.append(line.text)
    return lines


def _lines(words: list[Word]) -> Iterator[_Line]:
    size = statistics.median(w.size for w in words)
    cell = max(size * 0.5, 2.0)
    edge = min(w.x0 for w in words)
    last: float | None = None
    rows = list(_grouped(words, size))
    stops = _stops(rows, size)
    for row in rows:
        base = max(w.y for w in row)
        blank = 0 if last is None else min(_MOST_BLANK_LINES, max(0, round((last - base) / (size * 1.2)) - 1))
        last = min(w.y for w in row)
        text = ""
        right = edge
        wide = False
        for word in row:
            column = int((word.x0 - edge) / cell)
            if not text:
                text = " " * column + word.text
            elif _is_wide(word, right, size, stops):
                text += " " * max(4, column - len(text)) + word.text
                wide = True
            else:
                text += " " + word.text
            right = word.x1
        yield _Line(text, row[0], right, blank, wide)


def _stops(rows: Sequence[list[Word]], size: float) -> set[int]:
    """Where, in points, the right column of a page begins: where lines begin behind a wide gap, again and again."""
    behind = (b.x0 for row in rows for a, b in pairwise(row) if b.x0 - a.x1 > _WIDE_GAP * size)
    counted = Counter(round(x) for x in behind)
    return {x for x, count in counted.items() if count >= _LEAST_ALIGNED}


def _is_wide(word: Word, right: float, size: float, stops: set[int]) -> bool:
    """Whether a gap parts columns: a wide one, or one more than a blank's in front of where a column begins."""
    gap = word.x0 - right
    return gap > _WIDE_GAP * size or (gap > _LEAST_GAP * size and round(word.x0) in stops)


def _grouped(words: list[Word], size: float) -> Iterator[list[Word]]:
    """The words by printed lines from the top, from left to right in each.

    Lines of two columns that stand less than a line apart are one, though they are not level.
    """
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda w: (-w.y, w.x0)):
        if not rows or rows[-1][0].y - word.y > 0.45 * size:
            rows.append([])
        rows[-1].append(word)
    at = 0
    while at < len(rows):
        row = rows[at]
        if at + 1 < len(rows) and row[0].y - rows[at + 1][0].y < 0.75 * size and _are_apart(row, rows[at + 1], size):
            row = row + rows[at + 1]
            at += 1
        yield sorted(row, key=lambda w: w.x0)
        at += 1


def _are_apart(row: list[Word], other: list[Word], size: float) -> bool:
    """Whether one row ends well before the other begins."""
    return any(min(w.x0 for w in b) - max(w.x1 for w in a) > _WIDE_GAP * size for a, b in ((row, other), (other, row)))


def _whole(lines: list[_Line]) -> Iterator[_Line]:
    """The lines; those of a paragraph in which blocks were run together, `A, INC. By: B Name: C`, as one again."""
    margin = max(line.right for line in lines)
    long = {line.text for line in lines if len(line.text.strip()) >= _LEAST_FULL and line.right > 0.92 * margin}
    if len(long) < 2:
        margin = math.inf  # of no width that the lines were broken to
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and _fills(lines[end - 1], lines[end], margin):
            end += 1
        text = " ".join(line.text.strip() for line in lines[at:end])
        if end - at > 1 and sum(1 for _ in INNER.finditer(text)) > 1:
            yield _Line(text, lines[at].first, margin, lines[at].blank, False)
        else:
            yield from lines[at:end]
        at = end


def _fills(line: _Line, below: _Line, margin: float) -> bool:
    """Whether a line ends where it does because the first word below had no room in it."""
    room = margin - line.right - 0.2 * below.first.size
    return (
        not (line.wide or below.wide or below.blank)
        and abs(line.first.x0 - below.first.x0) <= _WIDEST_INDENT
        and len(line.text.strip()) >= _LEAST_FULL
        and not RULE.match(below.first.text)
        and below.first.x1 - below.first.x0 > room
    )


def marked_aside(pages: Sequence[Sequence[str]]) -> Iterator[SourceLine]:
    """The lines of all pages, each with its page; the same head or foot of most pages is no part of what it parts."""
    counted = Counter(form for lines in pages for form in {_form(lines[at]) for at in _margins(lines)})
    enough = max(_LEAST_PAGES, 0.5 * sum(1 for lines in pages if lines))
    named = Counter(form for lines in pages for form in {_form(lines[at]) for at in _heads_of_blocks(lines)})
    running = {form for form, count in counted.items() if count >= enough and named[form] < 0.5 * count}
    running = {form for form in running if 0 < len(form) <= _LONGEST_HEAD}
    placed = keeps_indents(line for lines in pages for line in lines)
    for number, lines in enumerate(pages):
        aside = {at for at in _margins(lines) if _form(lines[at]) in running}
        for at, line in enumerate(lines):
            yield SourceLine(line, number + 1, at in aside, placed)


def _form(line: str) -> str:
    """A line with every number as one mark, so that `Page 7 of 30` is the same on each page."""
    return re.sub(r"\d+", "#", " ".join(line.split()))


def _margins(lines: Sequence[str]) -> Iterator[int]:
    """Which lines of a page may be its head or its foot: the first and the last, with a blank line to the others."""
    runs = [list(run) for printed, run in groupby(range(len(lines)), lambda at: bool(lines[at].strip())) if printed]
    if len(runs) < 3:
        return
    foot = 2 if len(runs[-1]) == 1 and _NUMBER.fullmatch(lines[runs[-1][0]].strip()) else 1
    for run in [runs[0], *runs[-foot:]]:
        texts = [lines[at].strip() for at in run]
        if len(run) <= _MOST_IN_MARGIN and not any(_is_labelled(t) or looks_like_title(t) for t in texts):
            yield from run


def _heads_of_blocks(lines: Sequence[str]) -> Iterator[int]:
    """The lines right above a label or a rule, or above words that go on with a name: a party's name, on any page."""
    above: list[int] = []
    for at, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if _is_labelled(text) or is_continuation(text):
            yield from above
        above = [*above, at] if at and lines[at - 1].strip() else [at]


def _is_labelled(text: str) -> bool:
    return bool(BY.match(text) or LABEL.match(text) or SLASH.match(text) or RULE.match(text))
