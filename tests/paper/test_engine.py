"""Reading a page from pixels to the verdict: which page it is, which way up, and the same every time."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from signatures.paper.engine import ENGINE, read_page
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reading import Issued, PageResult, Reading
from tests.paper.received import as_picture, faxed, find, issued, paper, photographed, sign


def signed_page() -> Pixels:
    page = paper()
    sign(page, "a")
    return page


def decided(reading: Reading) -> dict[str, str]:
    seen: dict[str, str] = {line.id: line.verdict for line in reading.lines}
    seen |= {f"{field.line}.{field.name}": field.verdict for field in reading.fields}
    return {name: verdict for name, verdict in seen.items() if verdict != "unsure"}


def agree(one: Reading, other: Reading) -> None:
    """What both decided is the same."""
    first, second = decided(one), decided(other)
    assert {name: first[name] for name in first.keys() & second.keys()} == {
        name: second[name] for name in first.keys() & second.keys()
    }
    assert one.payload == other.payload


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_page_is_turned_upright(turned: int, mirrored: bool) -> None:
    page = signed_page()
    received = np.rot90(page[:, ::-1] if mirrored else page, turned // 90)
    reading = read_page(as_picture(np.ascontiguousarray(received)), find).reading
    assert reading.kind == "issued"
    assert reading.payload == issued().layout.payload
    assert reading.size == (1700, 2200)
    assert decided(reading) == {"a": "signed", "b": "blank", "a.title": "blank", "a.amount": "blank"}
    if not mirrored:
        assert reading.turned == turned
    assert reading.notes == (("The page was mirrored.",) if mirrored else ())
    matrix = np.array(reading.matrix).reshape(3, 3)
    assert np.abs(matrix @ (306, 396, 1) - (849.5, 1099.5, 1)).max() < 1.2
    assert reading.alignment_error is not None and reading.alignment_error < 0.2


@pytest.mark.parametrize("scale", [0.8, 0.9, 1.07, 1.5])
def test_rescaling_changes_nothing_that_is_decided(scale: float) -> None:
    page = signed_page()
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    other = np.asarray(cv2.resize(page, None, fx=scale, fy=scale, interpolation=way), np.uint8)
    agree(read_page(as_picture(page), find).reading, read_page(as_picture(other), find).reading)


@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
def test_the_same_pixels_give_the_same_result(through: object) -> None:
    picture = through(signed_page())  # type: ignore[operator]
    one, other = read_page(picture, find, 3), read_page(picture, find, 3)
    assert replace(one.reading, seconds=0) == replace(other.reading, seconds=0)
    assert (one.upright, one.thumbnail, one.pixels_sha256) == (other.upright, other.thumbnail, other.pixels_sha256)
    assert (one.index, one.reading.engine) == (3, ENGINE)


def test_the_pictures_are_upright_jpegs() -> None:
    result = read_page(photographed(signed_page()), find)
    upright, small = Image.open(io.BytesIO(result.upright)), Image.open(io.BytesIO(result.thumbnail))
    assert (upright.format, upright.mode, upright.size) == ("JPEG", "RGB", result.reading.size)
    assert upright.width <= 1728
    assert (small.format, small.width) == ("JPEG", 160)
    assert Image.open(io.BytesIO(read_page(faxed(paper()), find).upright)).mode == "L"


def covered(page: Pixels, which: tuple[int, ...]) -> Pixels:
    for at in which:
        box = issued().layout.codes[at]
        page[int(box.y0 * 2.7) : int(box.y1 * 2.85), int(box.x0 * 2.7) : int(box.x1 * 2.85)] = 255
    return page


@pytest.mark.parametrize("gone", [0, 1])
@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
def test_one_code_is_enough(gone: int, through: object) -> None:
    reading = read_page(through(covered(signed_page(), (gone,))), find).reading  # type: ignore[operator]
    assert reading.payload == issued().layout.payload
    assert len(reading.codes) == 1
    assert decided(reading) == {"a": "signed", "b": "blank", "a.title": "blank", "a.amount": "blank"}


def test_without_a_code_a_page_is_unidentified() -> None:
    reading = read_page(as_picture(covered(signed_page(), (0, 1))), find).reading
    assert (reading.kind, reading.payload, reading.reason) == (
        "unidentified",
        None,
        "No code of ours could be read.",
    )


def test_a_code_that_nobody_issued_is_told() -> None:
    reading = read_page(as_picture(paper()), lambda text: None).reading
    assert (reading.kind, reading.payload) == ("unidentified", None)
    assert reading.reason == "The code on this page is well formed, but no page was issued with it."


def test_codes_of_two_pages_match_neither() -> None:
    page = paper(0)
    box = issued(1).layout.codes[1]
    part = slice(int(box.y0 * 2.7), int(box.y1 * 2.85)), slice(int(box.x0 * 2.7), int(box.x1 * 2.85))
    page[part] = paper(1)[part]
    reading = read_page(as_picture(page), find).reading
    assert (reading.kind, reading.reason) == ("unidentified", "Codes of two different pages are on this page.")
    assert len(reading.codes) == 2


def test_an_empty_page_is_empty_whatever_its_noise() -> None:
    rng = np.random.default_rng(2)
    white = np.full((2200, 1700), 255, np.uint8)
    grainy = np.clip(rng.normal(225, 6, (2200, 1700)), 0, 255).astype(np.uint8)
    for page in (white, grainy):
        assert read_page(as_picture(page), find).reading.kind == "empty"
    assert read_page(as_picture(covered(paper(), (0, 1))), find).reading.kind == "unidentified"


def test_print_that_is_not_where_it_should_be_leaves_all_unsure() -> None:
    page = np.full((2200, 1700), 255, np.uint8)
    for box in issued().layout.codes:
        part = slice(int(box.y0 * 2.7), int(box.y1 * 2.85)), slice(int(box.x0 * 2.7), int(box.x1 * 2.85))
        page[part] = paper()[part]
    reading = read_page(as_picture(page), find).reading
    assert reading.kind == "issued"
    assert {line.verdict for line in reading.lines} | {field.verdict for field in reading.fields} == {"unsure"}
    assert reading.reason is not None and reading.reason.startswith("The page could not be laid over the issued one")
    assert (reading.other_ink, reading.matrix) == (None, None)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (50, 7), (43, 43), (300, 20)])
def test_any_picture_has_a_result(shape: tuple[int, int]) -> None:
    for shade in (0, 255):
        result = read_page(as_picture(np.full(shape, shade, np.uint8)), find)
        assert result.reading.kind in ("empty", "unidentified")
        assert result.upright[:2] == result.thumbnail[:2] == b"\xff\xd8"


def test_what_the_file_says_is_passed_on() -> None:
    picture = Picture(paper(), electronic_signature="Signed by an e-signing service.", notes=("A note.",))
    result: PageResult = read_page(picture, find)
    assert result.reading.electronic_signature == "Signed by an e-signing service."
    assert result.reading.notes == ("A note.",)


def test_find_is_asked_by_the_first_codes_text() -> None:
    asked = []

    def remember(text: str) -> Issued | None:
        asked.append(text)
        return find(text)

    read_page(as_picture(covered(paper(), (0,))), remember)
    assert asked == [issued().layout.payload]
