"""A page from any kind of file becomes the same picture: upright, of square pixels, black on white."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
from PIL import Image, TiffImagePlugin

from signatures.paper.picture import Picture, Pixels
from signatures.paper.returns import cover_sheet
from signatures.paper.split import split

Load = Callable[[bytes], Picture]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(data: bytes) -> Picture:
        path = tmp_path / "received"
        path.write_bytes(data)
        pages = split(path)
        try:
            return pages.load(pages.count - 1)
        finally:
            pages.close()

    return loaded


@lru_cache(maxsize=8)
def sheet(width: int = 1700, height: int = 2200) -> Pixels:
    """A page in gray."""
    page = cv2.cvtColor(cover_sheet("HOLLOWAY PRICE LLP", "ALDER FUND", 2, "Consent"), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(page, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=8)
def bilevel(width: int = 1728, height: int = 2156) -> Pixels:
    return np.where(sheet(width, height) < 128, 0, 255).astype(np.uint8)


def blueish() -> Pixels:
    """The page in colour: what is black on it is blue."""
    return np.dstack([sheet(), sheet(), 255 - (255 - sheet()) // 2])


def image(pixels: Pixels, mode: str | None = None) -> Image.Image:
    made = Image.fromarray(np.ascontiguousarray(pixels))
    return made if mode is None else made.convert(mode, dither=Image.Dither.NONE)


def stored(picture: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "group3"},
        {"compression": "group3", "tiffinfo": {292: 1}},  # two-dimensional
        {"compression": "group3", "tiffinfo": {292: 4}},  # fill bits
        {"compression": "group4"},
        {"compression": "group4", "tiffinfo": {266: 2}},  # the lowest bit first
        {"compression": "packbits"},
        {"compression": "tiff_lzw"},
        {"compression": None},
        {"compression": "group4", "tiffinfo": {262: 1}},  # black is zero
    ],
)
def test_a_fax_in_any_encoding_is_the_same_picture(load: Load, options: dict[str, Any]) -> None:
    picture = load(stored(image(bilevel(), "1"), "TIFF", dpi=(204, 196), **options))
    assert np.array_equal(picture.gray, bilevel())
    assert (picture.bilevel, picture.origin, picture.dpi) == (True, "fax", 204)
    assert picture.colour is None


@pytest.mark.parametrize(
    "options",
    [
        {"dpi": (204, 98)},
        {"x_resolution": 80.3, "y_resolution": 38.6, "resolution_unit": "cm"},
        {},  # it says nothing, but has a fax line's width and is flat
    ],
)
def test_the_rows_of_a_standard_fax_are_doubled(load: Load, options: dict[str, Any]) -> None:
    flat = bilevel(1728, 1078)
    picture = load(stored(image(flat, "1"), "TIFF", compression="group4", **options))
    assert np.array_equal(picture.gray, np.repeat(flat, 2, axis=0))
    assert (picture.bilevel, picture.origin) == (True, "fax")


def test_a_page_sent_white_on_black_is_turned_black_on_white(load: Load) -> None:
    picture = load(stored(image(255 - bilevel(), "1"), "TIFF", compression="group4", dpi=(204, 196)))
    assert np.array_equal(picture.gray, bilevel())
    assert picture.notes == ("The page was white on black.",)


@pytest.mark.parametrize("compression", ["raw", "tiff_adobe_deflate"])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_of_a_scan_is_the_same_page(load: Load, compression: str, mode: str) -> None:
    gray = sheet(850, 1100)
    page = Image.fromarray(gray.astype(np.uint16) * 257) if mode == "I;16" else image(gray).convert(mode)
    picture = load(stored(page, "TIFF", compression=compression, dpi=(100, 100)))
    assert np.abs(picture.gray.astype(int) - gray).max() <= (8 if mode in ("P", "CMYK") else 1)
    assert (picture.colour, picture.origin, picture.dpi) == (None, "scan", 100)


def test_a_tiff_in_strips(load: Load) -> None:
    strips = stored(image(sheet(850, 1100)), "TIFF", compression="tiff_lzw", strip_size=3000)
    with Image.open(io.BytesIO(strips)) as check:
        assert isinstance(check, TiffImagePlugin.TiffImageFile)
        assert len(check.tag_v2[273]) > 10
    assert np.array_equal(load(strips).gray, sheet(850, 1100))


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw"])
def test_the_direction_of_a_tiff_is_followed(load: Load, compression: str) -> None:
    turned = image(np.rot90(sheet(850, 1100)))
    picture = load(stored(turned, "TIFF", compression=compression, tiffinfo={274: 6}))
    assert np.array_equal(picture.gray, sheet(850, 1100))


def test_a_tiff_with_its_bytes_the_other_way_round(load: Load) -> None:
    """Pillow writes little-endian alone: the header and one directory of a big-endian file by hand (TIFF 6.0, 2)."""
    page = sheet(85, 110)
    tags = [(256, 3, 85), (257, 3, 110), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 0), (277, 3, 1)]
    tags += [(278, 3, 110), (279, 4, page.size)]
    at = 8 + 2 + 12 * len(tags) + 4
    entries = b""
    for tag, kind, value in tags:
        entries += struct.pack(">HHI", tag, kind, 1)
        number = at if tag == 273 else value
        entries += struct.pack(">I", number) if kind == 4 else struct.pack(">HH", number, 0)
    data = struct.pack(">2sHIH", b"MM", 42, 8, len(tags)) + entries + bytes(4) + page.tobytes()
    assert np.array_equal(load(data).gray, page)


@pytest.mark.parametrize(
    ("orientation", "as_stored"),
    [
        (1, lambda page: page),
        (2, lambda page: page[:, ::-1]),
        (3, lambda page: page[::-1, ::-1]),
        (4, lambda page: page[::-1]),
        (5, lambda page: page.T),
        (6, lambda page: np.rot90(page)),
        (7, lambda page: page[::-1, ::-1].T),
        (8, lambda page: np.rot90(page, 3)),
    ],
)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_exif_direction_is_followed(
    load: Load, orientation: int, as_stored: Callable[[Pixels], Pixels], form: str
) -> None:
    page = sheet(600, 800)
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = load(stored(image(as_stored(page)), form, exif=exif, quality=95))
    assert picture.gray.shape == page.shape
    assert np.abs(picture.gray.astype(int) - page).mean() < 1


def test_a_phones_photo_is_halved_and_known_for_one(load: Load) -> None:
    gray = sheet(3024, 4032)
    exif = Image.Exif()
    exif[0x010F] = "Example phone"
    photo = image(np.dstack([gray, gray, 255 - (255 - gray) // 2]))
    picture = load(stored(photo, "JPEG", exif=exif, dpi=(72, 72), quality=85))
    assert picture.gray.shape == (2016, 1512)
    assert picture.colour is not None
    assert picture.colour.shape == (2016, 1512, 3)
    assert (picture.origin, picture.dpi, picture.bilevel) == ("photo", None, False)
    ink = picture.colour[picture.gray < 60].mean(axis=0)
    assert ink[2] > ink[0] + 60


def test_two_pictures_in_a_jpeg_and_cmyk(load: Load) -> None:
    page = image(sheet(850, 1100)).convert("RGB")
    twice = stored(page, "MPO", save_all=True, append_images=[page.resize((85, 110))])
    assert load(twice).gray.shape == (1100, 850)
    printed = load(stored(page.convert("CMYK"), "JPEG", quality=95))
    assert np.abs(printed.gray.astype(int) - sheet(850, 1100)).mean() < 2


def test_what_is_transparent_is_white(load: Load) -> None:
    page = sheet(850, 1100)
    clear = np.dstack([np.zeros((1100, 850, 3), np.uint8), 255 - page])
    assert np.abs(load(stored(image(clear), "PNG")).gray.astype(int) - page).max() <= 1
    paper = image(np.where(page < 128, 0, 1).astype(np.uint8), "P")
    paper.putpalette([0, 0, 0, 255, 0, 0])
    assert set(np.unique(load(stored(paper, "PNG", transparency=1)).gray)) == {0, 255}


def test_a_deep_png_keeps_its_grays(load: Load) -> None:
    deep = Image.fromarray(sheet(850, 1100).astype(np.uint16) * 257)
    assert np.abs(load(stored(deep, "PNG")).gray.astype(int) - sheet(850, 1100)).max() <= 1


@pytest.mark.parametrize(("width", "factor"), [(2550, 2), (5100, 3), (1700, 1)])
def test_large_pages_are_reduced_by_whole_numbers(load: Load, width: int, factor: int) -> None:
    page = sheet(width, width * 22 // 17)
    picture = load(stored(image(page), "PNG", dpi=(width / 8.5,) * 2))
    assert picture.gray.shape == (page.shape[0] // factor, page.shape[1] // factor)
    assert max(picture.gray.shape) <= 2600
    assert picture.dpi == pytest.approx(width / 8.5 / factor, rel=0.001)


@pytest.mark.parametrize(("dpi", "believed"), [((200, 200), 200.0), ((1, 1), None), (None, None)])
def test_a_resolution_that_no_paper_can_have_is_not_believed(
    load: Load, dpi: tuple[int, int] | None, believed: float | None
) -> None:
    found = load(stored(image(sheet()), "PNG", **({"dpi": dpi} if dpi else {}))).dpi
    assert found == (None if believed is None else pytest.approx(believed, rel=0.001))


_FILTERS = {"jpeg": "/DCTDecode", "flate": "/FlateDecode", "fax4": "/CCITTFaxDecode", "fax3": "/CCITTFaxDecode"}
_WHOLE = b"q 612 0 0 792 0 0 cm /I Do Q"


def pdf_of(
    pixels: Pixels,
    encoding: str,
    contents: bytes = _WHOLE,
    *,
    size: tuple[int, int] = (612, 792),
    rotate: int = 0,
    annotation: pikepdf.Dictionary | None = None,
) -> bytes:
    """A PDF with this picture on a page, as scanners and fax machines make them."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=size)
        stream = pikepdf.Stream(document, _encoded(pixels, encoding))
        stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Image
        stream.Height, stream.Width = pixels.shape[:2]
        stream.ColorSpace = pikepdf.Name.DeviceGray if pixels.ndim == 2 else pikepdf.Name.DeviceRGB
        stream.BitsPerComponent = 1 if encoding.startswith("fax") else 8
        stream.Filter = pikepdf.Name(_FILTERS[encoding])
        if encoding.startswith("fax"):
            stream.DecodeParms = pikepdf.Dictionary(K=-1 if encoding == "fax4" else 0, Columns=pixels.shape[1])
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=document.make_indirect(stream)))
        page.contents_add(contents)
        page.obj.Rotate = rotate
        if annotation is not None:
            page.obj.Annots = pikepdf.Array([document.make_indirect(annotation)])
        document.save(file)
    return file.getvalue()


def _encoded(pixels: Pixels, encoding: str) -> bytes:
    if encoding == "jpeg":
        return stored(image(pixels), "JPEG", quality=90)
    if encoding == "flate":
        return zlib.compress(pixels.tobytes())
    compression = "group4" if encoding == "fax4" else "group3"
    tiff = stored(image(pixels, "1"), "TIFF", compression=compression, strip_size=1 << 24)
    with Image.open(io.BytesIO(tiff)) as check:
        assert isinstance(check, TiffImagePlugin.TiffImageFile)
        (start,), (length,) = check.tag_v2[273], check.tag_v2[279]
    return tiff[start : start + length]


@pytest.mark.parametrize("encoding", ["fax4", "fax3"])
@pytest.mark.parametrize("rows", [2156, 1078])
def test_a_fax_in_a_pdf_is_taken_out_of_it(load: Load, encoding: str, rows: int) -> None:
    picture = load(pdf_of(bilevel(1728, rows), encoding))
    assert np.array_equal(picture.gray, np.repeat(bilevel(1728, rows), 2156 // rows, axis=0))
    assert (picture.bilevel, picture.origin) == (True, "fax")
    assert picture.dpi == pytest.approx(1728 / 8.5, rel=0.001)


@pytest.mark.parametrize("encoding", ["jpeg", "flate"])
@pytest.mark.parametrize("colour", [False, True])
def test_a_scan_in_a_pdf_is_taken_out_of_it(load: Load, encoding: str, colour: bool) -> None:
    page = blueish() if colour else sheet()
    picture = load(pdf_of(page, encoding))
    assert picture.gray.shape == (2200, 1700)
    seen = picture.colour if colour else picture.gray
    assert seen is not None
    assert np.abs(seen.astype(int) - page).mean() < (1.5 if encoding == "jpeg" else 0.01)
    assert (picture.origin, picture.dpi, picture.bilevel) == ("scan", 200, False)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("encoding", ["jpeg", "fax4"])
def test_a_page_is_turned_as_the_pdf_says(load: Load, rotate: int, encoding: str) -> None:
    page = np.rot90(bilevel(1700, 2200), rotate // 90)
    size = (792, 612) if rotate in (90, 270) else (612, 792)
    contents = b"q %d 0 0 %d 0 0 cm /I Do Q" % size
    picture = load(pdf_of(page, encoding, contents, size=size, rotate=rotate))
    assert picture.gray.shape == (2200, 1700)
    assert np.abs(picture.gray.astype(int) - bilevel(1700, 2200)).mean() < 2


def test_a_picture_drawn_upside_down_or_mirrored_is_shown_so(load: Load) -> None:
    over = load(pdf_of(sheet(), "flate", b"q -612 0 0 -792 612 792 cm /I Do Q"))
    assert np.array_equal(over.gray, sheet()[::-1, ::-1])
    mirrored = load(pdf_of(sheet(), "flate", b"q -612 0 0 792 612 0 cm /I Do Q"))
    assert np.array_equal(mirrored.gray, sheet()[:, ::-1])


@pytest.mark.parametrize("over", [b" 0 0 1 rg 306 396 20 20 re f", b" 2 w 306 396 m 326 416 l S"])
def test_what_is_drawn_over_a_scan_is_seen(load: Load, over: bytes) -> None:
    plain, drawn = load(pdf_of(sheet(), "flate")), load(pdf_of(sheet(), "flate", _WHOLE + over))
    assert (plain.origin, drawn.origin) == ("scan", "rendered")
    at = np.s_[1050:1100, 850:905]
    assert plain.gray[at].mean() - drawn.gray[at].mean() > 3


def annotation(kind: str, **more: Any) -> pikepdf.Dictionary:
    box, black = pikepdf.Array([100, 100, 300, 160]), pikepdf.Array([0, 0, 0])
    return pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(f"/{kind}"), Rect=box, F=4, C=black, **more)


def test_a_signature_drawn_with_a_program_is_seen_and_named(load: Load) -> None:
    strokes = pikepdf.Array([pikepdf.Array([100, 100, 150, 160, 200, 100, 250, 160, 300, 100])])
    drawn = load(pdf_of(sheet(), "flate", annotation=annotation("Ink", InkList=strokes)))
    assert drawn.electronic_signature == "A drawing was put over this page by a program (perhaps a signature)."
    assert drawn.origin == "rendered"
    plain = load(pdf_of(sheet(), "flate"))
    assert plain.electronic_signature is None
    at = np.s_[1750:1930, 270:840]
    assert (drawn.gray[at] < 100).sum() > (plain.gray[at] < 100).sum() + 300


def test_a_stamp_is_named_and_a_link_is_not(load: Load) -> None:
    stamped = load(pdf_of(sheet(), "flate", annotation=annotation("Stamp")))
    assert stamped.electronic_signature == (
        "A stamp or picture was put over this page by a program (perhaps a signature)."
    )
    linked = load(pdf_of(sheet(), "flate", annotation=annotation("Link")))
    assert (linked.electronic_signature, linked.origin) == (None, "scan")


def with_text(words: bytes) -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(612, 792))
        font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
        page.contents_add(b"BT /F 10 Tf 60 700 Td (" + words + b") Tj ET")
        document.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("words", "service"),
    [
        (b"DocuSign Envelope ID: 0F4E-11", "DocuSign"),
        (b"DocuSigned by:", "DocuSign"),
        (b"Maya Fenwick \\(Sep 25, 2007 15:27 EDT\\)", "Adobe Acrobat Sign"),
        (b"The parties may sign with DocuSign or Adobe Sign.", None),
        (b"Dated as of September 24, 2007", None),
    ],
)
def test_the_marks_of_signing_services_are_told_from_their_names(load: Load, words: bytes, service: str | None) -> None:
    mark = load(with_text(words)).electronic_signature
    assert mark == (None if service is None else f"{service} left its mark on this page.")


def test_a_typeset_page_is_rendered_at_two_hundred_dots(load: Load) -> None:
    picture = load(with_text(b"Signed."))
    assert picture.gray.shape == (2200, 1700)
    assert (picture.origin, picture.dpi) == ("rendered", 200)


def test_a_scan_in_strips_is_rendered_whole(load: Load) -> None:
    halves = b"q 612 0 0 396 0 396 cm /I Do Q q 612 0 0 396 0 0 cm /I Do Q"
    picture = load(pdf_of(sheet(1700, 1100), "flate", halves))
    assert picture.origin == "rendered"
    assert picture.gray.shape == (2200, 1700)
    assert np.abs(picture.gray[:1100].astype(int) - picture.gray[1100:]).mean() < 3
