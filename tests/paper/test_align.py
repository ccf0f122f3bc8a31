"""Laying the issued page over the received one: how far off it is at the corners, and when it says that it cannot."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.paper.align import Alignment, Pairs, corners_of, from_codes, in_perspective, refine
from signatures.paper.picture import Pixels
from signatures.paper.raster import Matrix, Reduced, frame, mapped
from signatures.paper.template import template
from tests.paper.received import issued, paper

PLACES = np.array([(x, y) for x in (60.0, 306.0, 550.0) for y in (60.0, 400.0, 740.0)])


def warped(matrix: Matrix) -> Pixels:
    """Return the issued page where `matrix` (points to pixels) puts it."""
    to_pixels = matrix @ frame(200)
    return np.asarray(
        cv2.warpPerspective(paper(), to_pixels, (1800, 2340), flags=cv2.INTER_AREA, borderValue=(255,)), np.uint8
    )


def pairs_of(matrix: Matrix, count: int) -> Pairs:
    rng = np.random.default_rng(5)
    boxes = issued().layout.codes[:count]
    return [(mapped(matrix, corners_of(box)) + rng.uniform(-1, 1, (4, 2)), box) for box in boxes]


def off(alignment: Alignment, matrix: Matrix) -> float:
    """Return the largest distance, in points, between where two matrices put places all over the page."""
    back = np.linalg.inv(matrix).astype(np.float64)
    return float(np.abs(mapped(back, mapped(alignment.matrix, PLACES)) - PLACES).max())


@given(st.floats(-3, 3), st.floats(0.93, 1.04), st.floats(0.93, 1.04), st.integers(1, 2))
def test_a_skewed_and_stretched_page_is_found_to_half_a_point(
    degrees: float, wide: float, high: float, codes: int
) -> None:
    turn = np.vstack((cv2.getRotationMatrix2D((850, 1100), degrees, 1), (0, 0, 1)))
    matrix = turn @ np.diag((200 / 72 * wide, 200 / 72 * high, 1))
    alignment = refine(Reduced(warped(matrix)), template(issued().blank), pairs_of(matrix, codes), False)
    assert alignment.sound
    assert alignment.error < 0.3
    assert off(alignment, matrix) < 0.5


@pytest.mark.parametrize("codes", [1, 2])
def test_a_page_seen_from_the_side_is_found(codes: int) -> None:
    flat = np.array(((0, 0), (612, 0), (612, 792), (0, 792)), np.float32)
    seen = np.array(((60, 80), (1700, 120), (1640, 2240), (130, 2200)), np.float32)
    matrix = np.asarray(cv2.getPerspectiveTransform(flat, seen), np.float64)
    pairs = pairs_of(matrix, codes)
    assert in_perspective(pairs) is (codes == 2)
    alignment = refine(Reduced(warped(matrix)), template(issued().blank), pairs, True)
    assert alignment.sound
    assert off(alignment, matrix) < 0.7


def test_another_page_under_our_codes_is_not_laid_over() -> None:
    matrix = np.diag((200 / 72, 200 / 72, 1))
    noise = np.random.default_rng(1).integers(0, 255, (2340, 1800)).astype(np.uint8)
    for gray in (np.full((2340, 1800), 255, np.uint8), noise):
        alignment = refine(Reduced(gray), template(issued().blank), pairs_of(matrix, 2), False)
        assert not alignment.sound
        assert alignment.reason == "too little of the page's print was found where it should be"


def test_codes_alone_give_the_similarity_exactly() -> None:
    matrix = np.array(((2.7, -0.1, 40), (0.1, 2.7, 15), (0, 0, 1)))
    pairs = [(mapped(matrix, corners_of(box)), box) for box in issued().layout.codes]
    assert np.allclose(from_codes(pairs, False), matrix)
    assert np.allclose(from_codes(pairs[:1], False), matrix)
