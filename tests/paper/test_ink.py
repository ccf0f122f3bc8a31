"""Ink against print: what is found, what belongs to which line, and what is no ink at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.paper.engine import read_page
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reading import Reading
from tests.paper.received import PER_POINT, as_picture, faxed, find, paper, photographed, rule_of, scrawl, sign


def read(picture: Picture) -> Reading:
    return read_page(picture, find).reading


def verdicts(reading: Reading) -> dict[str, str]:
    return {line.id: line.verdict for line in reading.lines}


def fields(reading: Reading) -> dict[str, str]:
    return {f"{field.line}.{field.name}": field.verdict for field in reading.fields}


@pytest.mark.parametrize("through", [as_picture, faxed, lambda page: faxed(page, fine=False), photographed])
def test_one_of_two_lines_is_signed(through: object) -> None:
    page = paper()
    sign(page, "a")
    reading = read(through(page))  # type: ignore[operator]
    assert verdicts(reading) == {"a": "signed", "b": "blank"}
    assert fields(reading) == {"a.amount": "blank", "a.title": "blank"}
    assert reading.other_ink is False
    box = reading.lines[0].ink[0]
    rule = rule_of("a")
    assert rule.x0 < box.x0 < box.x1 < rule.x1
    assert rule.y - 30 < box.y0 < box.y1 < rule.y + 4
    assert reading.lines[1].ink == ()


@pytest.mark.parametrize(
    ("through", "particulars"),
    [
        (as_picture, "blank"),
        (faxed, "unsure"),  # black and white may have lost light ink, and no signature shows what its pen leaves
        (lambda page: faxed(page, fine=False), "unsure"),
        (photographed, "blank"),
    ],
)
def test_a_page_as_it_was_issued_has_no_ink(through: object, particulars: str) -> None:
    reading = read(through(paper()))  # type: ignore[operator]
    assert verdicts(reading) == {"a": "blank", "b": "blank"}
    assert set(fields(reading).values()) == {particulars}
    assert (reading.other_ink, reading.other_ink_boxes) == (False, ())


@pytest.mark.parametrize("name", ["title", "amount"])
def test_a_particular_filled_in_signs_nothing(name: str) -> None:
    page = paper()
    layout = find_layout_field(name)
    scrawl(page, layout[0] + 5, layout[1] - 1, 70, 8, seed=9, pen=0.8)
    reading = read(as_picture(page))
    assert verdicts(reading) == {"a": "blank", "b": "blank"}
    assert fields(reading) == {"a.title": "blank", "a.amount": "blank"} | {f"a.{name}": "filled"}
    assert reading.other_ink is False


def find_layout_field(name: str) -> tuple[float, float]:
    from tests.paper.received import issued

    rule = next(field.rule for field in issued().layout.lines[0].fields if field.name == name)
    return rule.x0, rule.y


def struck_out(page: Pixels) -> None:
    cv2.line(page, (330, 345), (520, 350), (30,), 4, cv2.LINE_AA)


def note(page: Pixels) -> None:
    scrawl(page, 100, 640, 60, 14, seed=3)


def stamp(page: Pixels) -> None:
    cv2.rectangle(page, (300, 1500), (640, 1640), (40,), 5)
    cv2.putText(page, "RECEIVED", (330, 1590), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (40,), 5, cv2.LINE_AA)


@pytest.mark.parametrize("mark", [struck_out, note, stamp])
@pytest.mark.parametrize("through", [as_picture, faxed])
def test_ink_elsewhere_is_reported(mark: object, through: object) -> None:
    page = paper()
    mark(page)  # type: ignore[operator]
    reading = read(through(page))  # type: ignore[operator]
    assert reading.other_ink is True
    assert reading.other_ink_boxes
    assert verdicts(reading) == {"a": "blank", "b": "blank"}


def dirt_on_the_glass(page: Pixels) -> None:
    page[:, 1100:1102] = 0


def punch_holes(page: Pixels) -> None:
    for row in (620, 1580):
        cv2.circle(page, (94, row), 24, (20,), -1)


def edge_shadow(page: Pixels) -> None:
    page[:, :30] = 40
    page[-26:] = 60


def header(page: Pixels) -> None:
    cv2.putText(page, "From-2125550100 Page 02", (200, 30), cv2.FONT_HERSHEY_SIMPLEX, 1, (0,), 2, cv2.LINE_AA)


@pytest.mark.parametrize("dirt", [dirt_on_the_glass, punch_holes, edge_shadow, header])
def test_what_no_pen_made_is_no_ink(dirt: object) -> None:
    page = paper()
    dirt(page)  # type: ignore[operator]
    reading = read(as_picture(page) if dirt is not header else Picture(page, origin="fax"))
    assert verdicts(reading) == {"a": "blank", "b": "blank"}
    assert reading.other_ink is False


def test_a_stamp_on_a_signature_line_is_no_signature() -> None:
    page = paper()
    rule = rule_of("b")
    left, bottom = round((rule.x0 + 30) * PER_POINT), round((rule.y - 2) * PER_POINT)
    cv2.rectangle(page, (left, bottom - 95), (left + 350, bottom), (40,), 4)
    cv2.putText(page, "RECEIVED", (left + 40, bottom - 25), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (40,), 5, cv2.LINE_AA)
    reading = read(as_picture(page))
    assert verdicts(reading) == {"a": "blank", "b": "unsure"}


def test_a_stamp_that_the_signature_line_runs_through_is_no_signature() -> None:
    page = paper()
    rule = rule_of("b")
    middle = ((rule.x1 - 50) * PER_POINT, (rule.y + 8) * PER_POINT)
    box = (middle, (104 * PER_POINT, 39 * PER_POINT), -7.0)
    corners = np.array(np.round(cv2.boxPoints(box)), np.int32)
    cv2.polylines(page, [corners], True, (40,), 4)
    parted = round((rule.y - 1.2) * PER_POINT), round((rule.y + 1.2) * PER_POINT)
    page[parted[0] : parted[1]] = paper()[parted[0] : parted[1]]
    reading = read(faxed(page))
    assert verdicts(reading)["b"] == "unsure"
    assert next(line.reason for line in reading.lines if line.id == "b") == "There is a stamp on the signature line."


def test_a_faint_signature_is_never_called_blank() -> None:
    page = paper()
    plain = paper()
    sign(page, "a")
    faint = np.where(np.random.default_rng(1).random(page.shape) < 0.3, page, plain)
    reading = read(faxed(faint.astype(np.uint8)))
    assert verdicts(reading)["a"] in ("unsure", "signed")


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), st.sampled_from([as_picture, faxed]), st.floats(0.4, 2.0))
def test_adding_ink_never_makes_a_line_blank(seed: int, through: object, pen: float) -> None:
    page = paper()
    sign(page, "b", seed=2)
    rng = np.random.default_rng(seed)
    scrawl(page, rng.uniform(40, 450), rng.uniform(80, 720), rng.uniform(5, 140), rng.uniform(2, 50), seed, pen)
    reading = read(through(page))  # type: ignore[operator]
    assert verdicts(reading).get("b") in ("signed", "unsure")


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(["title", "amount"]), st.integers(1, 40), st.integers(0, 10_000))
def test_a_trace_in_black_and_white_is_never_called_blank(name: str, specks: int, seed: int) -> None:
    page = paper()
    x, y = find_layout_field(name)
    rng = np.random.default_rng(seed)
    for _ in range(specks):
        column, row = int((x + rng.uniform(4, 90)) * PER_POINT), int((y - rng.uniform(3, 8)) * PER_POINT)
        page[row : row + 2, column : column + 2] = 0
    seen = fields(read(Picture(np.where(page < 128, 0, 255).astype(np.uint8), bilevel=True, dpi=200)))
    # one pen fills both: what it left of the one says nothing good of the other
    assert set(seen.values()) == {"unsure"} or seen[f"a.{name}"] == "filled"
