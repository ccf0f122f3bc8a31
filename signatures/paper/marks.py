"""Ink outside signature lines and blanks: a word struck out, a number changed, a note in the margin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from signatures.paper.ink import Ink
from signatures.paper.layout import Box, PageLayout
from signatures.paper.lines import field_zone, line_zone

_LEAST_AREA, _LEAST_EXTENT = 6.0, 6.5
_AT_HOME = 0.25


def other_ink(ink: Ink, layout: PageLayout) -> tuple[bool, tuple[Box, ...]]:
    """Tell whether there is ink outside signature lines and blanks, and where, in points."""
    expected = _expected(ink, layout)
    share = np.bincount(ink.stroke[expected], minlength=len(ink.area)) * ink.pixel / np.maximum(ink.area, 1e-9)
    extent = np.maximum(ink.widths, ink.heights)
    narrow = np.minimum(ink.widths, ink.heights)
    marks = (
        (share < _AT_HOME) & ink.large & (ink.free_area >= _LEAST_AREA) & (extent >= _LEAST_EXTENT) & (narrow >= 3.0)
    )
    boxes = tuple(Box(*(round(float(value), 1) for value in ink.boxes[at])) for at in np.flatnonzero(marks))
    return bool(boxes), boxes


def _expected(ink: Ink, layout: PageLayout) -> NDArray[np.bool_]:
    """Tell which ink pixels lie where ink is expected, or on a code."""
    inside = np.zeros(len(ink.u), np.bool_)
    for zone in _expected_zones(layout):
        inside |= ink.inside(zone)
    return inside


def _expected_zones(layout: PageLayout) -> list[Box]:
    zones = [Box(code.x0 - 4, code.y0 - 4, code.x1 + 4, code.y1 + 4) for code in layout.codes]
    for line in layout.lines:
        zone = line_zone(line)
        zones.append(Box(zone.x0 - 20, zone.y0 - 18, zone.x1 + 25, zone.y1 + 10))
        for field in line.fields:
            zone = field_zone(field)
            zones.append(Box(zone.x0 - 6, zone.y0 - 6, zone.x1 + 20, zone.y1 + 6))
    return zones
