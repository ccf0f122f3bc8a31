"""Ink outside signature lines and blanks: a word struck out, a number changed, a note in the margin."""

from __future__ import annotations

import numpy as np

from signatures.paper.align import Alignment
from signatures.paper.ink import Ink, Sheet, ink_in
from signatures.paper.layout import Box, PageLayout
from signatures.paper.lines import field_zone, line_zone
from signatures.paper.picture import Pixels

# The rim of a page carries shadows, punch holes, a fax's header line.
_RIM = 22.0
_LEAST_AREA, _LEAST_EXTENT = 6.0, 6.5
_AT_HOME = 0.25


def other_ink(page: Sheet, blank: Pixels, alignment: Alignment, layout: PageLayout) -> tuple[bool, tuple[Box, ...]]:
    """Tell whether there is ink outside signature lines and blanks, and where, in points."""
    whole = Box(_RIM, _RIM, layout.size[0] - _RIM, layout.size[1] - _RIM)
    ink = ink_in(page, blank, alignment, whole, 1.0)
    expected = _expected(ink, layout)
    share = np.bincount(ink.stroke[expected], minlength=len(ink.area)) * ink.pixel**2 / np.maximum(ink.area, 1e-9)
    extent = np.maximum(ink.widths, ink.heights)
    narrow = np.minimum(ink.widths, ink.heights)
    marks = (share < _AT_HOME) & (ink.area >= _LEAST_AREA) & (extent >= _LEAST_EXTENT) & (narrow >= 3.0)
    boxes = tuple(Box(*(round(float(value), 1) for value in ink.boxes[at])) for at in np.flatnonzero(marks))
    return bool(boxes), boxes


def _expected(ink: Ink, layout: PageLayout) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which ink pixels lie where ink is expected, or on a code."""
    inside = np.zeros(len(ink.u), np.bool_)
    zones = [Box(code.x0 - 4, code.y0 - 4, code.x1 + 4, code.y1 + 4) for code in layout.codes]
    for line in layout.lines:
        zone = line_zone(line)
        zones.append(Box(zone.x0 - 20, zone.y0 - 18, zone.x1 + 25, zone.y1 + 10))
        for field in line.fields:
            zone = field_zone(field)
            zones.append(Box(zone.x0 - 6, zone.y0 - 6, zone.x1 + 20, zone.y1 + 6))
    for zone in zones:
        inside |= (ink.u > zone.x0) & (ink.u < zone.x1) & (ink.v > zone.y0) & (ink.v < zone.y1)
    return inside
