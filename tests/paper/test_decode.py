"""Finding codes: exact texts and places, and early certainty that there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from signatures.paper.code import parse_payload, payload
from signatures.paper.decode import find_code_near, find_codes
from signatures.paper.drawing import code_modules
from signatures.paper.picture import Pixels
from tests.paper.received import faxed, issued, paper, photographed


def ours(text: str) -> bool:
    return parse_payload(text) is not None


def test_both_codes_are_read_with_their_corners() -> None:
    found = find_codes(paper(), ours)
    layout = issued().layout
    key = parse_payload(layout.payload).key  # type: ignore[union-attr]
    assert {code.text for code in found.ours} == {payload(key, "A"), payload(key, "B")}
    assert found.foreign == ()
    assert found.steps == 1
    for code in found.ours:
        box = layout.codes["AB".index(code.text[11])]
        expected = np.array(((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))) * 200 / 72 - 0.5
        assert np.abs(code.corners - expected).max() < 3


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_codes_are_read_however_the_page_is_turned(turned: int) -> None:
    found = find_codes(np.ascontiguousarray(np.rot90(paper(), turned)), ours)
    assert len(found.ours) == 2


@pytest.mark.parametrize("fine", [True, False])
def test_codes_survive_a_fax(fine: bool) -> None:
    assert len(find_codes(faxed(paper(), fine=fine).gray, ours).ours) == 2


def test_codes_survive_a_photograph() -> None:
    assert len(find_codes(photographed(paper()).gray, ours).ours) == 2


def test_a_page_of_text_has_no_place_where_a_code_could_be() -> None:
    page = paper()
    for box in issued().layout.codes:
        page[int(box.y0 * 2.7) : int(box.y1 * 2.9), int(box.x0 * 2.7) : int(box.x1 * 2.9)] = 255
    found = find_codes(page, ours)
    assert found.ours == ()
    assert found.steps == 1


def test_a_blackened_code_is_no_code() -> None:
    page = paper()
    for box in issued().layout.codes:
        page[int(box.y0 * 2.7) : int(box.y1 * 2.9), int(box.x0 * 2.7) : int(box.x1 * 2.9)] = 0
    assert find_codes(page, ours).ours == ()


def foreign_page(text: str) -> Pixels:
    page = np.full((2200, 1700), 255, np.uint8)
    code = np.kron(code_modules(text).astype(np.uint8), np.ones((7, 7), np.uint8))
    page[300 : 300 + len(code), 400 : 400 + len(code)] = np.where(code, 0, 255)
    return page


@pytest.mark.parametrize("place", range(16))
def test_a_code_that_is_nearly_ours_is_foreign(place: int) -> None:
    text = issued().layout.payload
    other = text[:place] + ("K" if text[place] != "K" else "M") + text[place + 1 :]
    found = find_codes(foreign_page(other), ours)
    assert found.ours == ()
    assert found.foreign == (other,)


def test_one_code_is_found_where_the_other_points() -> None:
    page = paper()
    box = issued().layout.codes[1]
    expected = np.array(((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))) * 200 / 72
    assert find_code_near(page, expected + 9, ours) is not None
    assert find_code_near(page, expected - 600, ours) is None
    assert find_code_near(page, expected + 5000, ours) is None


def test_the_search_is_deterministic() -> None:
    gray = faxed(paper(), fine=False).gray
    one, other = find_codes(gray, ours), find_codes(gray, ours)
    assert [code.text for code in one.ours] == [code.text for code in other.ours]
    assert all(np.array_equal(a.corners, b.corners) for a, b in zip(one.ours, other.ours, strict=True))


def test_a_tiny_picture_is_searched_without_complaint() -> None:
    for shape in ((1, 1), (3, 400), (40, 40)):
        assert find_codes(np.full(shape, 255, np.uint8), ours).ours == ()
    assert find_codes(np.asarray(cv2.resize(paper(), (60, 80)), np.uint8), ours).ours == ()
