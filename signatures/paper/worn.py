"""Tells which signature lines the channel has worn: where it lost the rule, it lost as much of what was written."""

from __future__ import annotations

import numpy as np

from signatures.paper.align import Alignment
from signatures.paper.ink import Sheet
from signatures.paper.layout import PageLayout, Rule
from signatures.paper.raster import mapped

_END, _STEP = 3.0, 0.4  # how far from the rule's ends it is looked at, and in what steps, in points
_AROUND = np.arange(-2.4, 2.5, 0.4)  # how far above and below the rule, in points
# A rule is worn where less than this share of its length is dark. Of 175 blank lines on standard faxes 88 kept more
# than 0.96; of twelve signed lines that were called blank nine kept less than 0.9.
_KEPT = 0.9


def worn_lines(page: Sheet, alignment: Alignment, layout: PageLayout) -> frozenset[str]:
    """Return the signature lines whose rule is worn, on a page whose print has not yet been taken out of its dark."""
    return frozenset(line.id for line in layout.lines if _kept(page, alignment, line.rule) < _KEPT)


def _kept(page: Sheet, alignment: Alignment, rule: Rule) -> float:
    across = np.arange(rule.x0 + _END, rule.x1 - _END, _STEP)
    if not len(across):
        return 1.0
    places = np.column_stack((np.tile(across, len(_AROUND)), np.repeat(rule.y + _AROUND, len(across))))
    x, y = np.round(mapped(alignment.matrix, places)).astype(np.intp).T
    height, width = page.dark.shape
    dark = page.dark[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)] > 0
    return float(dark.reshape(len(_AROUND), -1).any(axis=0).mean())
