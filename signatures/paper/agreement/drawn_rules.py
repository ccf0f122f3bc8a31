"""Lines that are drawn on a PDF's page to sign on: told from underlines and from the edges of tables."""

from __future__ import annotations

import ctypes
import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from .page_lines import Word

_SHORTEST, _LONGEST = 80, 360  # points
_THICKEST = 3.0
_MOST_STROKES = 4000
_MOST_RULES = 60
_MOST_SEGMENTS = 400


@dataclass(frozen=True)
class Stroke:
    """A straight line or a thin box in points, y upwards."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_level(self) -> bool:
        """Whether it lies, as a rule does."""
        return self.y1 - self.y0 <= _THICKEST and self.x1 - self.x0 > self.y1 - self.y0

    @property
    def is_upright(self) -> bool:
        """Whether it stands, as the side of a cell does."""
        return self.x1 - self.x0 <= _THICKEST and self.y1 - self.y0 >= 8


def rules(page: pdfium.PdfPage, words: list[Word], quarters: int) -> list[Word]:
    """Thin level lines that nothing stands on, as underscores; `quarters` is how far the page's text is turned."""
    strokes = [turned(stroke, quarters) for stroke in _strokes(page)]
    if len(strokes) > _MOST_STROKES:
        return []
    upright = [stroke for stroke in strokes if stroke.is_upright]
    size = statistics.median(w.size for w in words)
    found: list[Word] = []
    for line in _whole([stroke for stroke in strokes if stroke.is_level]):
        if not _SHORTEST <= line.x1 - line.x0 <= _LONGEST or any(_ends_at(line, side) for side in upright):
            continue
        if any(_stands_on(word, line, size) for word in [*words, *found]):
            continue
        if _is_to_sign_on(line, words):  # else it belongs to another column
            count = max(8, int((line.x1 - line.x0) / (0.5 * size)))
            found.append(Word("_" * count, line.x0, line.x1, line.y0, size))
    return found if len(found) <= _MOST_RULES else []


def turned(stroke: Stroke, quarters: int) -> Stroke:
    """A stroke on a page that is turned by so many quarters, so that its text is upright."""
    x0, y0, x1, y1 = stroke.x0, stroke.y0, stroke.x1, stroke.y1
    for _ in range(quarters % 4):
        x0, y0, x1, y1 = y0, -x1, y1, -x0
    return Stroke(x0, y0, x1, y1)


def _strokes(page: pdfium.PdfPage) -> Iterator[Stroke]:
    for count, item in enumerate(page.get_objects(filter=(raw.FPDF_PAGEOBJ_PATH,), max_depth=3)):
        if count > _MOST_STROKES:
            return
        left, bottom, right, top = item.get_bounds()
        if right - left <= _THICKEST or top - bottom <= _THICKEST:
            corners = [(left, bottom), (right, top)]
            yield _between(*(_placed(item.container, x, y) for x, y in corners))
        else:
            yield from _segments(item)


def _between(one: tuple[float, float], other: tuple[float, float]) -> Stroke:
    (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    return Stroke(x0, y0, x1, y1)


def _placed(item: pdfium.PdfObject | None, x: float, y: float) -> tuple[float, float]:
    """Where a point of a form stands on the page."""
    while item is not None:
        x, y = item.get_matrix().on_point(x, y)
        item = item.container
    return x, y


def _segments(item: pdfium.PdfObject) -> Iterator[Stroke]:
    """The straight lines of a path that draws several."""
    count = raw.FPDFPath_CountSegments(item)
    if count > _MOST_SEGMENTS:
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    last: tuple[float, float] | None = None
    for number in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, number)
        kind = raw.FPDFPathSegment_GetType(segment)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        point = _placed(item, x.value, y.value)
        if kind == raw.FPDF_SEGMENT_LINETO and last is not None:
            yield _between(last, point)
        last = point if kind != raw.FPDF_SEGMENT_BEZIERTO else None


def _whole(strokes: list[Stroke]) -> list[Stroke]:
    """The level strokes, those that follow each other at one height as one."""
    found: list[Stroke] = []
    for stroke in sorted(strokes, key=lambda s: (round(s.y0), s.x0)):
        last = found[-1] if found else None
        if last is not None and abs(last.y0 - stroke.y0) < 1 and -1 <= stroke.x0 - last.x1 < 4:
            found[-1] = Stroke(last.x0, last.y0, max(last.x1, stroke.x1), last.y1)
        else:
            found.append(stroke)
    return found


def _ends_at(line: Stroke, side: Stroke) -> bool:
    """Whether a line meets the side of a cell: it is the edge of a table."""
    meets = min(abs(side.x0 - line.x0), abs(side.x0 - line.x1)) <= 3
    return meets and side.y0 - 3 <= line.y0 <= side.y1 + 3


def _stands_on(word: Word, line: Stroke, size: float) -> bool:
    return -4 < word.y - line.y1 < 0.8 * size and word.x0 < line.x1 - 4 and word.x1 > line.x0 + 4


def _is_to_sign_on(line: Stroke, words: list[Word]) -> bool:
    """Whether a line stands alone, behind a label, or over a name or a caption in its own column."""
    beside = [w for w in words if abs(w.y - line.y0) < 8]
    if not beside:
        return True
    if any(w.x0 < line.x1 - 2 and w.x1 > line.x0 + 2 for w in beside):
        return False
    left = max((w for w in beside if w.x1 <= line.x0 + 2), key=lambda w: w.x1, default=None)
    labelled = left is not None and left.text.endswith(":") and line.x0 - left.x1 < 40
    return labelled or any(abs(w.x0 - line.x0) < 12 and 0 < line.y0 - w.y < 22 for w in words)
