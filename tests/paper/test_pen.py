"""What lies on a signature line and is no pen's: type, folds, dirt; and strokes that the channel broke."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from signatures.paper.engine import read_page
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reading import LineSeen
from tests.paper.received import PER_POINT, as_picture, faxed, find, issued, paper, photographed, rule_of, scrawl, sign

TYPE = "What stands on the signature line looks typed or printed, not written by hand."
STRAIGHT = "A straight line runs across the signature line: a fold, perhaps, or dirt on the glass."


def first_line(picture: Picture) -> LineSeen:
    return read_page(picture, find).reading.lines[0]


def type_on(page: Pixels, text: str, above: float, size: float) -> None:
    rule = rule_of("a")
    drawn = Image.fromarray(page)
    place = ((rule.x0 + 12) * PER_POINT, (rule.y - above) * PER_POINT)
    ImageDraw.Draw(drawn).text(place, text, 20, ImageFont.load_default(size * PER_POINT), anchor="ls")
    page[:] = np.asarray(drawn)


@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
@pytest.mark.parametrize(("text", "above", "size"), [("Otto M. Brand", 4, 12), ("/s/ Ruth Amsel", 2, 11)])
def test_a_typed_name_is_no_signature(through: object, text: str, above: float, size: float) -> None:
    page = paper()
    type_on(page, text, above, size)
    seen = first_line(through(page))  # type: ignore[operator]
    assert (seen.verdict, seen.reason) == ("unsure", TYPE)


def test_a_fold_across_the_page_is_no_signature() -> None:
    page = paper()
    rule = rule_of("a")
    for left in range(30, 580, 30):  # the toner is off in places
        down = rule.y - 17 + left / 50
        start, end = (left * PER_POINT, down * PER_POINT), ((left + 26) * PER_POINT, (down + 0.52) * PER_POINT)
        cv2.line(page, (round(start[0]), round(start[1])), (round(end[0]), round(end[1])), (60,), 5)
    seen = first_line(as_picture(page))
    assert (seen.verdict, seen.reason) == ("unsure", STRAIGHT)


def test_a_signature_beside_a_fold_is_never_called_blank() -> None:
    page = paper()
    sign(page, "a")
    rule = rule_of("a")
    left, right = round(30 * PER_POINT), round(580 * PER_POINT)
    cv2.line(page, (left, round((rule.y - 30) * PER_POINT)), (right, round((rule.y - 29) * PER_POINT)), (60,), 3)
    assert first_line(as_picture(page)).verdict in ("signed", "unsure")


def test_a_stroke_that_the_channel_broke_is_still_a_signature() -> None:
    page = paper()
    rule = rule_of("a")
    scrawl(page, rule.x0 + 20, rule.y - 3, 60, 16, seed=4)
    every = round(5.5 * PER_POINT)
    for column in range(0, page.shape[1], every):  # a gap of a point every few
        top, bottom = round((rule.y - 40) * PER_POINT), round((rule.y - 1) * PER_POINT)
        page[top:bottom, column : column + round(1.1 * PER_POINT)] = 255
    assert first_line(as_picture(page)).verdict == "signed"


def test_dirt_scattered_over_the_line_is_none() -> None:
    page = paper()
    rule = rule_of("a")
    random = np.random.default_rng(8)
    for _ in range(900):  # over the whole page
        x, y = random.uniform(30, 580), random.uniform(30, 760)
        if abs(y - rule.y) > 60:
            cv2.circle(page, (round(x * PER_POINT), round(y * PER_POINT)), 5, (30,), -1)
    for at in range(12):
        x, y = rule.x0 + 20 + 9 * at, rule.y - 8 - 4 * (at % 3)
        cv2.ellipse(page, (round(x * PER_POINT), round(y * PER_POINT)), (5, 9), 30 * at, 0, 360, (30,), -1)
    assert first_line(as_picture(page)).verdict == "unsure"


def test_initials_so_thick_that_they_fill_their_box_are_not_called_blank() -> None:
    page = paper()
    rule = rule_of("a")
    left, top = round((rule.x0 + 120) * PER_POINT), round((rule.y - 15) * PER_POINT)
    page[top : top + round(13 * PER_POINT), left : left + round(19 * PER_POINT)] = 30
    assert first_line(as_picture(page)).verdict == "unsure"


def wave(page: Pixels, high: float) -> None:
    rule = rule_of("a")
    along = np.linspace(0, 90, 200)
    places = np.column_stack((rule.x0 + 40 + along, rule.y - 9 + high * np.sin(along / 4.5)))
    cv2.polylines(page, [np.round(places * PER_POINT * 8).astype(np.int32)], False, (20,), 4, cv2.LINE_AA, 3)


@pytest.mark.parametrize("through", [as_picture, faxed, photographed])
def test_a_flat_signature_that_waves_is_no_fold_and_a_ruled_line_is(through: object) -> None:
    flat, straight = paper(), paper()
    wave(flat, 0.9)
    wave(straight, 0.0)
    assert first_line(through(flat)).verdict == "signed"  # type: ignore[operator]
    assert first_line(through(straight)).verdict == "unsure"  # type: ignore[operator]


def dotted(x: float, y: float, wide: float, high: float, specks: int) -> Picture:
    """Return a fine fax with specks all over, and so many more of them in a place (points)."""
    fax = faxed(paper(), seed=5)
    rng = np.random.default_rng(specks)
    gray = fax.gray.copy()
    down = (y + rng.uniform(0, high, specks)) * gray.shape[0] / 792
    across = (x + rng.uniform(0, wide, specks)) * gray.shape[1] / 612
    gray[down.astype(int), across.astype(int)] = 0
    return Picture(gray, bilevel=True, origin="fax", dpi=204)


def test_what_a_light_pen_left_on_a_dusty_fax_is_not_called_blank() -> None:
    rule = rule_of("a")
    assert first_line(dotted(rule.x0, rule.y - 18, 120, 12, 0)).verdict == "blank"
    assert first_line(dotted(rule.x0 + 20, rule.y - 16, 120, 10, 60)).verdict == "unsure"


def place_of_title() -> tuple[float, float]:
    field = next(field for field in issued().layout.lines[0].fields if field.name == "title")
    return field.rule.x0, field.rule.y


@pytest.mark.parametrize("filled", [True, False])
def test_a_speck_beside_a_particular_that_is_filled_in_leaves_its_line_unsure(filled: bool) -> None:
    page = np.where(paper() > 127, 255, 0).astype(np.uint8)
    x, y = place_of_title()
    if filled:
        scrawl(page, x + 6, y - 2, 60, 9)
    rule = rule_of("a")
    page[round((rule.y - 9) * PER_POINT) :, round((rule.x0 + 40) * PER_POINT) :][:2, :2] = 0
    received = Picture(np.where(page > 127, 255, 0).astype(np.uint8), bilevel=True, origin="fax", dpi=200)
    assert first_line(received).verdict == ("unsure" if filled else "blank")


def test_a_particular_filled_in_with_a_light_pen_leaves_its_line_unsure() -> None:
    x, y = place_of_title()
    assert first_line(dotted(x + 6, y - 9, 80, 6, 40)).verdict == "unsure"
