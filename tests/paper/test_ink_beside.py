"""Ink beside and around signature lines: flags, folds, what hangs below, thick and broken initials, pale pages."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signatures.paper.engine import read_page
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reading import Reading
from tests.paper.received import PER_POINT, as_picture, faxed, find, issued, paper, photographed, rule_of, scrawl, sign


def read(picture: Picture) -> Reading:
    return read_page(picture, find).reading


def verdicts(reading: Reading) -> dict[str, str]:
    return {line.id: line.verdict for line in reading.lines}


def draw(page: Pixels, points: list[tuple[float, float]], gray: int, wide: float) -> None:
    places = np.round(np.array(points) * PER_POINT * 8).astype(np.int32)
    cv2.polylines(page, [places], False, (gray,), max(1, round(wide * PER_POINT)), cv2.LINE_AA, 3)


def flag(page: Pixels) -> None:
    rule = rule_of("a")
    left, top = rule.x1 + 3, rule.y - 12
    corners = ((left, top + 5), (left + 10, top), (left + 44, top), (left + 44, top + 10), (left + 10, top + 10))
    cv2.fillPoly(page, [np.round(np.array(corners) * PER_POINT).astype(np.int32)], (205,))


def fold(page: Pixels) -> None:
    rule = rule_of("a")
    draw(page, [(0, rule.y - 12), (612, rule.y - 8)], 150, 1.0)


@pytest.mark.parametrize("through", [as_picture, photographed])
def test_a_flag_beside_a_line_neither_signs_nor_hides(through: object) -> None:
    blank, signed = paper(), paper()
    sign(signed, "a")
    for page in (blank, signed):
        flag(page)
    assert verdicts(read(through(blank)))["a"] == "blank"  # type: ignore[operator]
    assert verdicts(read(through(signed)))["a"] == "signed"  # type: ignore[operator]


@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
def test_a_fold_across_a_line_never_signs_it(through: object) -> None:
    page = paper()
    fold(page)
    assert verdicts(read(through(page)))["a"] != "signed"  # type: ignore[operator]


@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
@pytest.mark.parametrize(("radius", "beside"), [(71, 60), (60, 20), (90, 110)])
def test_the_ring_of_a_cup_never_signs_a_line(through: object, radius: int, beside: float) -> None:
    page, signed, rule = paper(), paper(), rule_of("a")
    sign(signed, "a")
    middle = round((rule.x0 + beside + radius) * PER_POINT), round((rule.y - 30) * PER_POINT)
    size = (round(radius * PER_POINT),) * 2
    for one in (page, signed):
        cv2.ellipse(one, middle, size, 0, 150, 200, (90,), round(3 * PER_POINT), cv2.LINE_AA)
    assert verdicts(read(through(page)))["a"] != "signed"  # type: ignore[operator]
    assert verdicts(read(through(signed)))["a"] != "blank"  # type: ignore[operator]


@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
@pytest.mark.parametrize(("above", "tilt"), [(18, 0), (24, -15), (30, 20)])
def test_a_round_stamp_never_signs_a_line(through: object, above: float, tilt: int) -> None:
    page, rule = paper(), rule_of("a")
    middle = round((rule.x0 + 100) * PER_POINT), round((rule.y - above) * PER_POINT)
    for half in ((36, 22), (27, 15)):
        size = round(half[0] * PER_POINT), round(half[1] * PER_POINT)
        cv2.ellipse(page, middle, size, tilt, 0, 360, (40,), round(1.3 * PER_POINT), cv2.LINE_AA)
    cv2.putText(page, "NOTED", (middle[0] - 50, middle[1] + 8), cv2.FONT_HERSHEY_DUPLEX, 1.0, (40,), 3, cv2.LINE_AA)
    assert verdicts(read(through(page)))["a"] == "unsure"  # type: ignore[operator]


def test_ink_beside_a_line_that_is_no_flag_leaves_it_unsure() -> None:
    page, rule = paper(), rule_of("a")
    scrawl(page, rule.x1 - 2, rule.y - 2, 44, 18)
    assert verdicts(read(as_picture(page)))["a"] != "blank"


def test_what_hangs_below_the_rule_belongs_to_the_signature_above_it() -> None:
    page, rule = paper(), rule_of("b")
    scrawl(page, rule.x0 + 40, rule.y + 1, 70, 24)
    draw(page, [(rule.x0 + 50, rule.y - 4), (rule.x0 + 46, rule.y + 7), (rule.x0 + 100, rule.y + 4)], 20, 1.4)
    assert verdicts(read(as_picture(page)))["b"] == "signed"


def test_writing_below_a_blank_line_that_reaches_over_it_does_not_sign_it() -> None:
    page, rule = paper(), rule_of("b")
    scrawl(page, rule.x0 + 20, rule.y + 16, 120, 20)
    assert verdicts(read(as_picture(page)))["b"] != "signed"


@pytest.mark.parametrize("through", [as_picture, photographed])
def test_thick_initials_in_the_middle_of_the_page_are_reported(through: object) -> None:
    page = paper()
    for left in (300, 308):
        draw(page, [(left, 632), (left + 2, 620), (left + 5, 631), (left + 7, 620)], 30, 4.2)
    assert read(through(page)).other_ink is True  # type: ignore[operator]


def test_faint_initials_of_which_a_fax_left_pieces_are_reported() -> None:
    page = paper()
    for left, top in ((300, 620), (304, 624), (308, 619), (311, 625)):
        draw(page, [(left, top), (left + 1, top + 2.5)], 0, 0.9)
    assert read(faxed(page)).other_ink is True


@pytest.mark.parametrize("kept", [0.12, 0.3])
def test_a_pale_page_without_its_codes_is_not_called_empty(kept: float) -> None:
    page = paper()
    for box in code_places():
        page[box] = 255
    black = (page < 128) & (np.random.default_rng(2).random(page.shape) < kept)
    reading = read(Picture(np.where(black, 0, 255).astype(np.uint8), bilevel=True, origin="fax"))
    assert reading.kind == "unidentified"


def code_places() -> list[tuple[slice, slice]]:
    return [
        (
            slice(int(box.y0 * PER_POINT) - 3, int(box.y1 * PER_POINT) + 4),
            slice(int(box.x0 * PER_POINT) - 3, int(box.x1 * PER_POINT) + 4),
        )
        for box in issued().layout.codes
    ]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 3), st.booleans(), st.sampled_from([0.93, 1.0, 1.06]), st.booleans())
def test_turning_mirroring_and_rescaling_never_decide_otherwise(
    turns: int, mirrored: bool, scale: float, signed: bool
) -> None:
    page = paper()
    if signed:
        sign(page, "a")
    changed = cv2.resize(
        page, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    changed = np.rot90(changed, turns)
    if mirrored:
        changed = changed[:, ::-1]
    found = verdicts(read(as_picture(np.ascontiguousarray(changed, np.uint8))))
    assert found["a"] in ("signed" if signed else "blank", "unsure")
    assert found["b"] in ("blank", "unsure")
