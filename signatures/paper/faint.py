"""Doubts blank lines over which the paper is a shade darker in one place.

On a blurred or noisy photograph a signature may lie below what counts as dark, pixel by pixel. Over a place of the size
of a letter the noise is gone and the signature is not.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from signatures.paper.align import Alignment
from signatures.paper.ink import Sheet
from signatures.paper.layout import PageLayout, Rule
from signatures.paper.raster import mapped, reduced, scale_at
from signatures.paper.reading import FieldSeen, LineSeen

_PLACE = (9.0, 6.0)  # width and height of a place, in points
_ABOVE = (5.0, 9.0)  # how far above the rule the middles of places lie, in points
_END, _STEP = 5.0, 2.0  # how far from the rule's ends they begin, and from each other, in points
# So much darker than half of the places along the line, as a share of what counts as plainly dark: surely; or less,
# where it is so many deviations beyond those of the others too. Of 1,085 blank lines the darkest reached 0.13.
_SURELY, _LIKELY, _DEVIATIONS = 0.17, 0.07, 6.0


def doubt_faint(
    page: Sheet, alignment: Alignment, layout: PageLayout, lines: tuple[LineSeen, ...], fields: tuple[FieldSeen, ...]
) -> tuple[tuple[LineSeen, ...], tuple[FieldSeen, ...]]:
    """Return the same with blank lines unsure over which something faint lies, and what is blank beside them."""
    if page.bilevel:
        return lines, fields
    rules = {line.id: line.rule for line in layout.lines}
    faint = {line.id for line in lines if line.verdict == "blank" and _is_shaded(page, alignment, rules[line.id])}
    reason = "The paper over the signature line is darker in one place: perhaps a faint signature."
    lines = tuple(replace(line, verdict="unsure", reason=reason) if line.id in faint else line for line in lines)
    hidden = [field.line in faint and field.verdict == "blank" for field in fields]
    return lines, tuple(
        replace(one, verdict="unsure") if hides else one for one, hides in zip(fields, hidden, strict=True)
    )


def _is_shaded(page: Sheet, alignment: Alignment, rule: Rule) -> bool:
    matrix = alignment.matrix
    across = np.arange(rule.x0 + _END, rule.x1 - _END, _STEP)
    if len(across) < 2:
        return False
    scale = scale_at(matrix, (rule.x0 + rule.x1) / 2, rule.y) / 2
    size = (max(3, int(_PLACE[0] * scale)), max(3, int(_PLACE[1] * scale)))
    places = [mapped(matrix, np.column_stack((across, np.full(len(across), rule.y - above)))) for above in _ABOVE]
    (left, top), (right, bottom) = np.min(places, axis=(0, 1)), np.max(places, axis=(0, 1))
    rows = slice(max(0, int(top) // 2 * 2 - 2 * size[1]), max(0, int(bottom) + 2 * size[1]))
    columns = slice(max(0, int(left) // 2 * 2 - 2 * size[0]), max(0, int(right) + 2 * size[0]))
    means = cv2.blur(reduced(page.depth[rows, columns], 2).astype(np.float32), size)
    if not means.size:
        return False
    for found in places:
        x, y = (np.round((found - (columns.start, rows.start)) / 2)).astype(int).T
        shade = means[np.clip(y, 0, means.shape[0] - 1), np.clip(x, 0, means.shape[1] - 1)] / page.plain
        more = float(shade.max() - np.median(shade))
        deviation = 1.48 * float(np.median(np.abs(shade - np.median(shade))))
        if more > _SURELY or (more > _LIKELY and more > _DEVIATIONS * deviation):
            return True
    return False
