"""Codes that a decoder does not find: cut by the sheet's edge, moved while photographed, and what is none of ours."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signatures.paper.code import new_key, parse_payload, payload
from signatures.paper.decode import find_codes
from signatures.paper.drawing import code_modules
from signatures.paper.picture import Pixels

MODULE = 7


def ours(text: str) -> bool:
    return parse_payload(text) is not None


def page_with(text: str, left: int = 1300, top: int = 120) -> Pixels:
    page = np.full((2156, 1728), 255, np.uint8)
    code = np.kron(code_modules(text).astype(np.uint8), np.ones((MODULE, MODULE), np.uint8))
    page[top : top + len(code), left : left + len(code)] = np.where(code, 0, 255)
    return page


def turned(page: Pixels, degrees: float) -> Pixels:
    turn = cv2.getRotationMatrix2D((1373, 193), degrees, 1.0)
    return np.asarray(cv2.warpAffine(page, turn, (1728, 2156), borderValue=(255,)), np.uint8)


@settings(max_examples=12, deadline=None)
@given(st.binary(min_size=9, max_size=9), st.integers(1, 4), st.sampled_from([-3, -1.3, 0, 0.8, 2.6]))
def test_a_code_without_its_uppermost_rows_is_read(random: bytes, rows: int, degrees: float) -> None:
    text = payload(new_key(random))
    page = page_with(text)
    page[: 120 + rows * MODULE] = 255
    (code,) = find_codes(turned(page, degrees), ours).ours
    assert code.text == text
    turn = cv2.getRotationMatrix2D((1373, 193), degrees, 1.0)
    expected = np.array(((1300, 120), (1447, 120), (1447, 267), (1300, 267))) @ turn[:, :2].T + turn[:, 2] - 0.5
    assert np.abs(code.corners - expected).max() < 5


def test_a_code_that_reaches_over_the_sheets_edge_is_read() -> None:
    text = payload(new_key(bytes(range(9))), "B")
    page = page_with(text, top=120)
    assert [code.text for code in find_codes(np.ascontiguousarray(page[120 + 3 * MODULE :]), ours).ours] == [text]
    end = 120 + 18 * MODULE
    page = np.concatenate((np.full((2156 - end, 1728), 255, np.uint8), page[:end]))
    assert [code.text for code in find_codes(page, ours).ours] == [text]


def test_a_code_moved_by_more_than_a_module_is_read() -> None:
    text = payload(new_key(bytes(range(20, 29))))
    page = cv2.resize(page_with(text)[:1000, 700:], None, fx=0.6, fy=0.6, interpolation=cv2.INTER_AREA)
    moved = cv2.filter2D(page, -1, np.full((1, 5), 0.2, np.float32))
    seen = np.clip(
        cv2.GaussianBlur(moved, (0, 0), 0.8) * 0.7 + np.random.default_rng(1).normal(0, 3, page.shape), 0, 255
    )
    assert {code.text for code in find_codes(seen.astype(np.uint8), ours).ours} == {text}


@pytest.mark.parametrize("place", [2, 7, 12, 15])
def test_half_of_a_code_that_is_nearly_ours_is_not_ours(place: int) -> None:
    text = payload(new_key(bytes(range(9))))
    other = text[:place] + ("K" if text[place] != "K" else "M") + text[place + 1 :]
    for cut in range(8):
        page = page_with(other)
        page[: 120 + cut * MODULE] = 255
        assert find_codes(page, ours).ours == ()


def test_too_little_of_a_code_is_none() -> None:
    page = page_with(payload(new_key(bytes(range(9)))))
    page[: 120 + 12 * MODULE] = 255
    assert find_codes(page, ours).ours == ()
