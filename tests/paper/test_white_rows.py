"""JPEG made of the rows that hold something: the same pixels as encoded whole."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from signatures.paper.picture import Pixels
from signatures.paper.white_rows import jpeg_without_white_rows


def page(height: int, width: int, inked: list[tuple[int, int]]) -> Pixels:
    """Return a white page with noise in these rows of pixels."""
    gray = np.full((height, width), 255, np.uint8)
    for first, last in inked:
        gray[first:last] = np.random.default_rng(first).integers(0, 255, gray[first:last].shape)
    return gray


def whole(gray: Pixels) -> Pixels:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], cv2.IMREAD_GRAYSCALE))


@settings(max_examples=30)
@given(
    st.integers(400, 500), st.integers(1, 90), st.lists(st.tuples(st.integers(0, 490), st.integers(1, 20)), min_size=1)
)
def test_it_shows_the_same_pixels(height: int, width: int, inked: list[tuple[int, int]]) -> None:
    gray = page(height, width, [(first, first + rows) for first, rows in inked])
    jpeg = jpeg_without_white_rows(gray, 80)
    if jpeg is None:
        return
    assert np.array_equal(np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)), whole(gray))
    with Image.open(io.BytesIO(jpeg)) as other:
        assert np.array_equal(np.asarray(other), whole(gray))


@pytest.mark.parametrize("height", [2156, 2153])
def test_a_page_with_a_few_lines_is_made_so(height: int) -> None:
    jpeg = jpeg_without_white_rows(page(height, 1728, [(4, 7), (900, 1000)]), 80)
    assert jpeg is not None
    assert jpeg.startswith(b"\xff\xd8") and jpeg.endswith(b"\xff\xd9")


@pytest.mark.parametrize("inked", [[], [(0, 400)]])
def test_a_white_page_and_a_full_one_are_left_to_others(inked: list[tuple[int, int]]) -> None:
    assert jpeg_without_white_rows(page(400, 80, inked), 80) is None
