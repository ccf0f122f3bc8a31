"""Ink over print, on a code or in the blank for an amount; and the same page in another file."""

from __future__ import annotations

import io
from contextlib import closing
from pathlib import Path

import cv2
import img2pdf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from signatures.paper.engine import read_page
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reading import Reading
from signatures.paper.split import split
from tests.paper.received import (
    PER_POINT,
    as_picture,
    faxed,
    find,
    issued,
    paper,
    photographed,
    rule_of,
    scrawl,
)

CHANNELS = [as_picture, faxed, photographed]


def read(picture: Picture) -> Reading:
    return read_page(picture, find).reading


def line_through(page: Pixels, x: float, y: float, wide: float, high: float = 0.7) -> None:
    """Draw a straight line from a point, all in points; over letters it adds no gray to their edges."""
    across, down = slice(round(x * PER_POINT), round((x + wide) * PER_POINT)), round(y * PER_POINT)
    page[down : down + max(1, round(high * PER_POINT)), across] = 20


def middle_of_text(page: Pixels) -> tuple[float, float]:
    """Return a place in the first row of text, at half the height of its small letters, in points."""
    dark = (page[: round(200 * PER_POINT), round(90 * PER_POINT) : round(400 * PER_POINT)] < 128).mean(axis=1)
    row = int(np.flatnonzero(dark > 0.08)[0])
    return 160.0, row / PER_POINT + 2.5


@pytest.mark.parametrize("through", CHANNELS)
def test_a_thin_line_through_words_is_reported(through: object) -> None:
    page = paper()
    x, y = middle_of_text(page)
    line_through(page, x, y, 90, 1.2)
    assert read(through(page)).other_ink  # type: ignore[operator]


@pytest.mark.parametrize("through", [*CHANNELS, lambda page: faxed(page, fine=False)])
def test_print_that_is_blurred_or_pale_all_over_is_not(through: object) -> None:
    soft = cv2.GaussianBlur(paper(), (0, 0), 1.2)
    assert read(through(soft)).other_ink is False  # type: ignore[operator]


@pytest.mark.parametrize("through", [as_picture, faxed])
def test_a_code_that_is_written_over_is_reported(through: object) -> None:
    page = paper()
    code = issued().layout.codes[1]
    for at in range(4):
        line_through(page, code.x0 + 8, code.y0 + 14 + 7 * at, 34, 1.2)
    found = read(through(page))  # type: ignore[operator]
    assert found.other_ink
    assert code in found.other_ink_boxes


def place_of_amount() -> tuple[float, float]:
    line = next(line for line in issued().layout.lines if line.id == "a")
    rule = next(field.rule for field in line.fields if field.name == "amount")
    return rule.x0, rule.y


@pytest.mark.parametrize("through", CHANNELS)
def test_initials_where_an_amount_belongs_are_reported_and_an_amount_is_not(through: object) -> None:
    x, y = place_of_amount()
    for wide, said in ((14, True), (70, False)):
        page = paper()
        scrawl(page, x + 20, y - 2, wide, 9)
        reading = read(through(page))  # type: ignore[operator]
        assert [field.verdict for field in reading.fields if field.name == "amount"] == ["filled"]
        assert reading.other_ink is said


@pytest.mark.parametrize("through", CHANNELS)
def test_initials_over_the_figures_of_an_amount_are_reported(through: object) -> None:
    page = paper()
    x, y = place_of_amount()
    scrawl(page, x + 20, y - 2, 70, 9)
    scrawl(page, x + 45, y + 9, 24, 28, seed=2)
    reading = read(through(page))  # type: ignore[operator]
    assert [field.verdict for field in reading.fields if field.name == "amount"] == ["filled"]
    assert reading.other_ink


def test_ink_that_stands_apart_from_the_amount_is_reported() -> None:
    page = paper()
    x, y = place_of_amount()
    scrawl(page, x + 5, y - 2, 60, 9)
    scrawl(page, x + 120, y - 2, 18, 9, seed=2)
    assert read(as_picture(page)).other_ink


def test_specks_that_lie_together_where_nothing_is_printed_are_reported() -> None:
    page = paper()
    random = np.random.default_rng(5)
    for _ in range(14):
        x, y = random.uniform(80, 108), random.uniform(640, 652)
        cv2.circle(page, (round(x * PER_POINT), round(y * PER_POINT)), 2, (0,), -1)
    assert read(faxed(page)).other_ink
    assert not read(faxed(paper())).other_ink


def test_two_letters_that_stand_side_by_side_are_a_signature() -> None:
    page = paper()
    rule = rule_of("a")
    scrawl(page, rule.x0 + 60, rule.y - 3, 5, 7, seed=4)
    scrawl(page, rule.x0 + 70, rule.y - 3, 5, 7, seed=5)
    assert read(as_picture(page)).lines[0].verdict == "signed"


@pytest.mark.parametrize("shade", [0, 22])
def test_a_signature_too_pale_to_be_ink_leaves_its_line_unsure(shade: int) -> None:
    page = paper()
    rule = rule_of("a")
    written = np.full_like(page, 255)
    scrawl(written, rule.x0 + 60, rule.y - 2, 16, 11, pen=2.2)
    page[written < 128] -= shade
    noisy = np.clip(page + np.random.default_rng(3).normal(0, 3, page.shape), 0, 255).astype(np.uint8)
    line = read(as_picture(noisy)).lines[0]
    assert line.verdict == ("unsure" if shade else "blank")
    assert ("darker in one place" in line.reason) is bool(shade)


def as_file(page: Image.Image, kind: str) -> tuple[str, bytes]:
    """Return a page of black and white, or of gray, in a file of this kind that loses nothing."""
    file = io.BytesIO()
    if kind == "pdf":
        page.save(file, "PNG", dpi=(200, 200))
        return "page.pdf", img2pdf.convert(file.getvalue(), rotation=img2pdf.Rotation.ifvalid)
    if kind == "png":
        page.save(file, "PNG", dpi=(200, 200))
        return "page.png", file.getvalue()
    compression = {"group4": "group4" if page.mode == "1" else "tiff_lzw", "plain": "raw"}[kind]
    page.save(file, "TIFF", compression=compression, dpi=(200, 200))
    return "page.tif", file.getvalue()


def verdicts(reading: Reading) -> dict[str, str]:
    seen: dict[str, str] = {line.id: line.verdict for line in reading.lines}
    return seen | {f"{field.line}.{field.name}": field.verdict for field in reading.fields}


@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 999), turns=st.integers(0, 3), bilevel=st.booleans())
def test_another_file_that_loses_nothing_or_turning_never_decides_otherwise(
    tmp_path: Path, seed: int, turns: int, bilevel: bool
) -> None:
    page = paper()
    scrawl(page, rule_of("a").x0 + 20, rule_of("a").y - 1, 90 + seed % 40, 10 + seed % 17, seed)
    if bilevel:
        page = np.where(page > 127, 255, 0).astype(np.uint8)
    upright, turned = (Image.fromarray(one) for one in (page, np.ascontiguousarray(np.rot90(page, turns))))
    if bilevel:
        upright, turned = upright.convert("1"), turned.convert("1")
    first: dict[str, str] = {}
    for image, kind in ((upright, "png"), *((turned, kind) for kind in ("png", "group4", "plain", "pdf"))):
        name, data = as_file(image, kind)
        path = tmp_path / name
        path.write_bytes(data)
        with closing(split(path)) as file:
            reading = read(file.load(0))
        said = verdicts(reading)
        first = first or said
        assert reading.payload == issued().layout.payload
        assert {name: verdict for name, verdict in said.items() if "unsure" not in (verdict, first[name])} == {
            name: first[name] for name, verdict in said.items() if "unsure" not in (verdict, first[name])
        }
        assert reading.lines[1].verdict == "blank"
