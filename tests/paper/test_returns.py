"""Returns made by the program: signed where they should be, readable after every channel, the same every time."""

from __future__ import annotations

import io
from datetime import datetime
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image

from signatures.paper.code import new_key, parse_payload
from signatures.paper.drawing import BlockToDraw, Drawn, LineToDraw, PageToDraw, draw_pages
from signatures.paper.layout import Box
from signatures.paper.picture import Pixels
from signatures.paper.returns import Header, as_fax, as_photo, as_scan, cover_sheet, locked_pdf, page_pixels, sign

HEADER = Header("2125550126", "HOLLOWAY PRICE LLP", datetime(2007, 9, 25, 15, 27))
SCALE = 300 / 72


@lru_cache(maxsize=1)
def issued() -> Drawn:
    blocks = tuple(
        BlockToDraw(
            f"b{number}",
            "holder",
            f"{tree} Fund, L.P.",
            (LineToDraw(f"l{number}", "Maya Fenwick", None, ("title",)),),
            amount_caption="Amount of Notes Beneficially Owned",
        )
        for number, tree in enumerate(("Alder", "Birch"))
    )
    return draw_pages(
        [PageToDraw(new_key(bytes(range(9))), "Consent", "IN WITNESS WHEREOF, all of them sign.", blocks)]
    )


@lru_cache(maxsize=4)
def signed(strike_out: bool = False) -> Pixels:
    filled: dict[Any, str] = {("l0", "amount"): "$1,200,000", ("l0", "title"): "Managing Director"}
    sheet = page_pixels(issued().pdf, 0)
    return sign(sheet, issued().layouts[0], ["l0"], filled, seed=5, strike_out=strike_out)


def ink(sheet: Pixels, box: Box) -> int:
    """How many pixels of the box differ from the issued page."""
    part = np.s_[int(box.y0 * SCALE) : int(box.y1 * SCALE), int(box.x0 * SCALE) : int(box.x1 * SCALE)]
    return int((sheet[part] != page_pixels(issued().pdf, 0)[part]).any(axis=2).sum())


def keys_read(gray: Pixels) -> set[str]:
    smooth = np.asarray(cv2.GaussianBlur(gray, (0, 0), 1.0))
    found = (parse_payload(code.text) for code in zxingcpp.read_barcodes(smooth))
    return {code.corner for code in found if code is not None}


def test_ink_is_where_it_was_asked_for_and_nowhere_else() -> None:
    first, second = issued().layouts[0].lines
    assert ink(signed(), first.box) > 500
    for blank in first.fields:
        assert ink(signed(), blank.box) > 300
    height = issued().layouts[0].size[1]
    assert ink(signed(), Box(0, second.fields[0].box.y0 - 20, 612, height)) == 0
    assert ink(signed(), Box(0, 0, 612, first.fields[0].box.y0 - 8)) == 0


def test_a_word_struck_out_is_ink_over_the_text() -> None:
    first = issued().layouts[0].lines[0]
    assert ink(signed(strike_out=True), Box(80, 80, 612, first.fields[0].box.y0 - 8)) > 500


def test_a_person_signs_alike_but_never_twice_the_same() -> None:
    sheet, layout = page_pixels(issued().pdf, 0), issued().layouts[0]
    one, same, other = (sign(sheet, layout, ["l0"], {}, seed=seed) for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()
    with pytest.raises(KeyError):
        sign(sheet, layout, ["nobody"], {}, seed=1)
    with pytest.raises(KeyError):
        sign(sheet, layout, [], {("l0", "date"): "9/25/07"}, seed=1)


@pytest.mark.parametrize(("fine", "rows"), [(False, 1078), (True, 2156)])
def test_a_fax_is_a_g3_tiff_that_is_read(fine: bool, rows: int) -> None:
    cover = cover_sheet("HOLLOWAY PRICE LLP", "ALDER FUND", 2, "Consent")
    tiff = as_fax([cover, signed()], HEADER, fine)
    assert tiff == as_fax([cover, signed()], HEADER, fine)
    with Image.open(io.BytesIO(tiff)) as pages:
        assert (pages.n_frames, pages.size, pages.mode) == (2, (1728, rows), "1")  # type: ignore[attr-defined]
        assert pages.info["compression"] == "group3"
        assert pages.info["dpi"] == (204, 196 if fine else 98)
        assert (np.asarray(pages)[: rows // 50] == 0).sum() > 300  # the header line
        pages.seek(1)
        gray = np.asarray(pages.convert("L"))
    assert keys_read(gray if fine else np.repeat(gray, 2, axis=0)) == {"A", "B"}


def test_a_fax_without_header_has_an_empty_head() -> None:
    with Image.open(io.BytesIO(as_fax([signed()], None, fine=False))) as page:
        assert (np.asarray(page)[:20] == 0).sum() < 40


def test_a_second_scan_is_another_picture_of_the_same_page() -> None:
    once, again = as_scan([signed()]), as_scan([signed()], seed=1)
    assert once == as_scan([signed()])
    assert once != again


def test_a_scan_turns_the_pages_that_it_should() -> None:
    document = pypdfium2.PdfDocument(as_scan([signed(), signed()], turned={1}))
    first, second = (document[index].render(scale=200 / 72, grayscale=True).to_numpy() for index in (0, 1))
    assert document[0].get_size() == pytest.approx((612, 792), abs=0.5)
    first, second = first.reshape(first.shape[:2]), second.reshape(second.shape[:2])
    assert keys_read(first) == keys_read(second) == {"A", "B"}
    assert np.abs(first.astype(int) - second[::-1, ::-1]).mean() < 3 < np.abs(first.astype(int) - second).mean()


@pytest.mark.parametrize("seed", [7, 11])
def test_a_photo_is_read(seed: int) -> None:
    jpeg = as_photo(signed(), seed)
    with Image.open(io.BytesIO(jpeg)) as photo:
        assert (photo.format, photo.size) == ("JPEG", (1800, 2400))
        assert keys_read(np.asarray(photo.convert("L"))) == {"A", "B"}
    assert jpeg == as_photo(signed(), seed)


def test_a_locked_pdf_opens_with_its_password_alone() -> None:
    locked = locked_pdf(as_scan([signed()]), "king")
    assert locked == locked_pdf(as_scan([signed()]), "king")
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(io.BytesIO(locked))
    with pytest.raises(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(locked)
    with pikepdf.open(io.BytesIO(locked), password="king") as document:
        assert len(document.pages) == 1
