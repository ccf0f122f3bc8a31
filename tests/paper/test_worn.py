"""Signature lines that a fax has worn: the few specks that are left of a signature lie there, too."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from signatures.paper.engine import read_page
from signatures.paper.picture import Picture
from tests.paper.received import faxed, find, paper, rule_of


def altered(fax: Picture, specks: int, worn: float) -> Picture:
    """Return the fax with so many specks in one place above line b, and without this share of its rule."""
    rule, gray = rule_of("b"), fax.gray.copy()
    matrix = np.array(read_page(fax, find).reading.matrix).reshape(3, 3)

    def pixel(x: float, y: float) -> tuple[int, int]:
        across, down, depth = matrix @ (x, y, 1.0)
        return round(across / depth), round(down / depth)

    def whiten(left: float, top: float, right: float, bottom: float) -> None:
        (x0, y0), (x1, y1) = pixel(left, top), pixel(right, bottom)
        gray[y0:y1, x0:x1] = 255

    whiten(rule.x0 + 30, rule.y - 26, rule.x0 + 70, rule.y - 5)
    for at in range(specks):
        x, y = pixel(rule.x0 + 44 + 1.5 * at, rule.y - 17 + 2.5 * (at % 2))
        gray[y, x] = 0
    for left in np.arange(rule.x0, rule.x1 - 9, 10):
        whiten(left, rule.y - 4, left + 10 * worn, rule.y + 4)
    return replace(fax, gray=gray)


@pytest.mark.parametrize(
    ("specks", "worn", "said"), [(5, 0.0, "blank"), (5, 0.5, "unsure"), (2, 0.5, "blank"), (0, 1.0, "blank")]
)
def test_specks_that_lie_together_tell_more_where_the_rule_is_worn(specks: int, worn: float, said: str) -> None:
    page = altered(faxed(paper()), specks, worn)
    verdicts = {line.id: line.verdict for line in read_page(page, find).reading.lines}
    assert verdicts == {"a": "blank", "b": said}
