"""PDF pages in depth: what is taken out as it is stored, what must be rendered, what lies over a page, what is lost."""

from __future__ import annotations

import io
import zlib
from typing import Any

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from signatures.paper.limits import UnreadablePage
from tests.paper.loaded import Load, gray, load, sheet, stored

__all__ = ["load"]

FULL = "612 0 0 792 0 0 cm /I Do"


def pdf(*draw: str, size: tuple[float, float] = (612, 792), rotate: int = 0, **images: dict[str, Any]) -> bytes:
    """Return a PDF of one page with these operators; an image is its dictionary with its bytes under "data"."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=size)
        page.obj.Resources = pikepdf.Dictionary(
            Font=pikepdf.Dictionary(
                F=pikepdf.Dictionary(
                    Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
                )
            ),
            XObject=pikepdf.Dictionary(),
        )
        for name, about in images.items():
            image = pikepdf.Stream(document, about["data"])
            image.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image})
            image.update({f"/{key}": value for key, value in about.items() if key != "data"})
            page.obj.Resources.XObject[f"/{name}"] = document.make_indirect(image)
        page.obj.Rotate = rotate
        page.contents_add("\n".join(draw).encode())
        document.save(file)
    return file.getvalue()


def flat(image: Image.Image, **more: Any) -> dict[str, Any]:
    """Return an image's pixels as a PDF holds them without loss."""
    colour = image.mode == "RGB"
    return {
        "data": zlib.compress(image.tobytes()), "Filter": pikepdf.Name.FlateDecode,
        "Width": image.width, "Height": image.height, "BitsPerComponent": 1 if image.mode == "1" else 8,
        "ColorSpace": pikepdf.Name.DeviceRGB if colour else pikepdf.Name.DeviceGray, **more,
    }  # fmt: skip


def fax_in_pdf(image: Image.Image, **more: Any) -> dict[str, Any]:
    """Return an image as fax data: one strip of a TIFF, in which 0 is white as in most faxes."""
    file = io.BytesIO(stored(image, "TIFF", compression="group4", tiffinfo={278: image.height}))
    with Image.open(file) as written:
        tags = written.tag_v2  # type: ignore[attr-defined]
        (start,), (length,), white_is_zero = tags[273], tags[279], tags[262] == 0
    options = pikepdf.Dictionary(K=-1, Columns=image.width, Rows=image.height, BlackIs1=not white_is_zero)
    return {
        "data": file.getvalue()[start : start + length], "Filter": pikepdf.Name.CCITTFaxDecode,
        "DecodeParms": options, "Width": image.width, "Height": image.height, "BitsPerComponent": 1,
        "ColorSpace": pikepdf.Name.DeviceGray, **more,
    }  # fmt: skip


def test_the_one_image_of_a_page_is_taken_as_it_is(load: Load) -> None:
    page = sheet()
    for image in (flat(page), fax_in_pdf(page), flat(page.convert("L")), flat(page.convert("RGB"))):
        picture = load(pdf(FULL, I=image))
        assert np.array_equal(picture.gray, gray(page))
        assert (picture.origin, picture.bilevel) == ("scan", True)
        assert picture.dpi == pytest.approx(100)
    negative = load(pdf(FULL, I=fax_in_pdf(page, Decode=[1, 0])))
    assert np.array_equal(negative.gray, gray(page))
    assert negative.notes == ("The page was white on black.",)


def test_a_jpeg_in_a_pdf_is_as_good_as_its_file(load: Load) -> None:
    data = stored(sheet().convert("L"), "JPEG", quality=90, dpi=(100, 100))
    image = {
        "data": data, "Filter": pikepdf.Name.DCTDecode, "Width": 850, "Height": 1100, "BitsPerComponent": 8,
        "ColorSpace": pikepdf.Name.DeviceGray,
    }  # fmt: skip
    assert np.array_equal(load(pdf(FULL, I=image)).gray, load(data).gray)
    negative = load(pdf(FULL, I={**image, "Decode": [1, 0]})).gray
    assert np.abs(negative.astype(int) - (255 - load(data).gray)).mean() < 3
    with pytest.raises(UnreadablePage, match="breaks off"):
        load(pdf(FULL, I={**image, "data": data[: len(data) // 2]}))


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "matrix", [(1, 0, 0, 1), (-1, 0, 0, 1), (1, 0, 0, -1), (0, 1, -1, 0), (0, -1, 1, 0), (0, 1, 1, 0)]
)
def test_an_image_lies_as_the_page_shows_it(load: Load, matrix: tuple[int, int, int, int], rotate: int) -> None:
    """Taken out of the page it is turned and mirrored exactly as a renderer shows it."""
    page = sheet()
    a, b, c, d = matrix
    wide, high = (612, 792) if a else (792, 612)
    moved = f"{a * wide} {b * high} {c * wide} {d * high} {wide * ((a < 0) + (c < 0))} {high * ((b < 0) + (d < 0))} cm"
    taken = load(pdf(f"{moved} /I Do", size=(wide, high), rotate=rotate, I=flat(page)))
    drawn = load(pdf(f"1 g 0 0 1 1 re f {moved} /I Do", size=(wide, high), rotate=rotate, I=flat(page)))
    assert (taken.origin, drawn.origin) == ("scan", "rendered")
    small = Image.fromarray(drawn.gray).resize(taken.gray.shape[::-1], Image.Resampling.BOX)
    assert np.abs(np.asarray(small).astype(int) - taken.gray).mean() < 8


def test_a_standard_fax_in_a_pdf_has_its_rows_doubled_also_when_turned(load: Load) -> None:
    flat_page = sheet(1728, 1078)
    picture = load(pdf(FULL, I=fax_in_pdf(flat_page)))
    assert np.array_equal(picture.gray, np.repeat(gray(flat_page), 2, axis=0))
    assert picture.origin == "fax"
    assert picture.dpi == pytest.approx(203.3, abs=0.1)
    turned = load(pdf(FULL, rotate=90, I=fax_in_pdf(flat_page)))
    assert np.array_equal(turned.gray, np.rot90(picture.gray, -1))


def test_a_page_with_anything_else_on_it_is_rendered(load: Load) -> None:
    image = flat(sheet())
    for more in ("0 0 1 rg 300 300 100 40 re f", "BT /F 24 Tf 300 300 Td (Ivo Kessler) Tj ET", "300 300 m 400 340 l S"):
        picture = load(pdf(f"q {FULL} Q", more, I=image))
        assert (picture.origin, picture.gray.shape, picture.dpi) == ("rendered", (2200, 1700), 200)
        placed = picture.gray[2200 - 950 : 2200 - 830, 830:1120]
        alone = load(pdf(f"q {FULL} Q", "1 g 0 0 1 1 re f", I=image)).gray[2200 - 950 : 2200 - 830, 830:1120]
        assert (placed < 128).sum() > (alone < 128).sum() + 100
    unseen = load(pdf(f"q {FULL} Q", "BT 3 Tr /F 24 Tf 300 300 Td (recognised text) Tj ET", I=image))
    assert np.array_equal(unseen.gray, gray(sheet()))


def test_an_image_in_strips_or_cut_off_by_the_page_is_rendered(load: Load) -> None:
    upper, lower = sheet().crop((0, 0, 850, 550)), sheet().crop((0, 550, 850, 1100))
    strips = load(pdf("q 612 0 0 396 0 396 cm /A Do Q", "q 612 0 0 396 0 0 cm /B Do Q", A=flat(upper), B=flat(lower)))
    assert (strips.origin, strips.gray.shape) == ("rendered", (2200, 1700))
    whole = load(pdf("1 g 0 0 1 1 re f", FULL, I=flat(sheet())))
    assert np.abs(strips.gray.astype(int) - whole.gray).mean() < 2
    cut = load(pdf("612 0 0 1584 0 -792 cm /I Do", I=flat(sheet())))
    assert (cut.origin, cut.gray.shape) == ("rendered", (2200, 1700))


def annotated(subtype: str, **more: Any) -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(FULL, I=flat(Image.new("1", (850, 1100), 1))))) as document:
        look = document.make_stream(b"0 0 0.6 rg 0 0 100 40 re f")
        look.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form})
        look["/BBox"] = pikepdf.Array([0, 0, 100, 40])
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(f"/{subtype}"), Rect=[300, 300, 400, 340], F=4,
            AP=pikepdf.Dictionary(N=look), **more,
        )  # fmt: skip
        note = document.make_indirect(note)
        document.pages[0].obj.Annots = pikepdf.Array([note])
        if subtype == "Widget":
            document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([note]), SigFlags=3)
        document.save(file)
    return file.getvalue()


SEAL = {"FT": pikepdf.Name.Sig, "T": pikepdf.String("Signature")}
SEALED = pikepdf.Dictionary(
    Type=pikepdf.Name.Sig, Filter=pikepdf.Name("/Adobe.PPKLite"), SubFilter=pikepdf.Name("/adbe.pkcs7.detached"),
    Contents=pikepdf.String(b"0\x82\x01\x00" + bytes(60)), M=pikepdf.String("D:20070924101500Z"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("subtype", "more", "said"),
    [
        ("Ink", {}, "A drawing was put over this page by a program (perhaps a signature)."),
        ("Stamp", {}, "A stamp or picture was put over this page by a program (perhaps a signature)."),
        ("FreeText", {}, "Text was typed over this page by a program (perhaps a signature)."),
        ("Widget", {**SEAL, "V": SEALED}, "There is a digital signature on this page, dated 2007-09-24."),
        ("Widget", SEAL, None),
        ("Highlight", {}, None),
    ],
)
def test_what_a_program_put_over_a_page_is_seen_and_named(
    load: Load, subtype: str, more: dict[str, Any], said: str | None
) -> None:
    picture = load(annotated(subtype, **more))
    assert (picture.origin, picture.electronic_signature) == ("rendered", said)
    covered = picture.gray[2200 - 944 : 2200 - 834, 834:1111]
    assert covered.mean() < 120


def test_a_hidden_annotation_and_a_link_are_not_on_the_page(load: Load) -> None:
    assert load(annotated("Stamp").replace(b"/F 4", b"/F 2")).origin == "scan"
    link = load(annotated("Link"))
    assert (link.origin, link.electronic_signature) == ("scan", None)


def test_a_page_that_only_looks_empty_is_not_taken_for_an_empty_one(load: Load) -> None:
    assert load(pdf("")).gray.min() == 255
    broken = {**flat(sheet()), "data": b"not compressed at all"}
    with pytest.raises(UnreadablePage, match="cannot be decoded"):
        load(pdf(FULL, I=broken))
    half = {**flat(sheet()), "data": zlib.compress(sheet().tobytes()[:50_000])}
    with pytest.raises(UnreadablePage, match="cannot be decoded"):
        load(pdf(FULL, I=half))
    with pytest.raises(UnreadablePage, match="damaged"):
        load(pdf("612 0 0 792 0 0 cm /Missing Do"))


@given(some.integers(0, 2**32 - 1), some.integers(60, 400), some.integers(60, 400))
def test_a_page_stored_without_loss_gives_its_pixels_in_every_container(
    load: Load, seed: int, width: int, height: int
) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    noise[0, 0] = 99  # not a picture of black and white alone
    page = Image.fromarray(noise)
    wanted = noise.tobytes()
    assert load(stored(page, "PNG")).gray.tobytes() == wanted
    assert load(stored(page, "TIFF", compression="tiff_lzw")).gray.tobytes() == wanted
    assert load(stored(page, "BMP")).gray.tobytes() == wanted
    assert load(pdf(f"{width} 0 0 {height} 0 0 cm /I Do", size=(width, height), I=flat(page))).gray.tobytes() == wanted
