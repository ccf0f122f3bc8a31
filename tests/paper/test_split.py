"""How many pages a file has, and the one sentence for a file that holds none."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from signatures.paper.limits import Limits, UnreadableFile, UnreadablePage
from signatures.paper.picture import Picture
from signatures.paper.returns import cover_sheet, locked_pdf
from signatures.paper.split import split

Write = Callable[[bytes], Path]

# Pillow warns of damaged metadata.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def stored(data: bytes) -> Path:
        path = tmp_path / "received"
        path.write_bytes(data)
        return path

    return stored


@lru_cache(maxsize=1)
def sheet() -> Image.Image:
    return Image.fromarray(cover_sheet("HOLLOWAY PRICE LLP", "ALDER FUND", 2, "Consent")).convert("L")


def stored(image: Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def pdf(pages: int = 1, lock: pikepdf.Encryption | None = None) -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as document:
        for number in range(pages):
            page = document.add_blank_page(page_size=(612, 792))
            page.contents_add(f"0 0 {100 + number % 50} 50 re f".encode())
        document.save(file, encryption=lock or False)
    return file.getvalue()


def sentence(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(UnreadableFile) as caught:
        split(path, limits)
    assert str(caught.value) == caught.value.sentence
    return caught.value.sentence


def load(path: Path, index: int = 0, limits: Limits | None = None) -> Picture:
    pages = split(path, limits)
    try:
        return pages.load(index)
    finally:
        pages.close()


def test_pages_of_every_kind_are_counted(write: Write) -> None:
    one = sheet()
    for form in ("JPEG", "PNG", "WEBP", "BMP", "GIF", "PDF", "TIFF"):
        assert split(write(stored(one, form))).count == 1
    assert split(write(pdf(7))).count == 7
    for form in ("TIFF", "PDF"):
        assert split(write(stored(one, form, save_all=True, append_images=[one, one]))).count == 3


def test_a_small_copy_beside_a_page_is_no_page(write: Write) -> None:
    """TIFF 6.0, NewSubfileType: bit 0 says that the picture is a reduced copy of another one in the file."""
    small = sheet().resize((255, 330))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    assert split(write(stored(sheet(), "TIFF", save_all=True, append_images=[small]))).count == 1


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"", "This file is empty (0 bytes). Ask the sender to send it again."),
        (b"Please find it enclosed.", "This is a text file, it holds no page. Ask for a PDF or a scan"),
        (b"%PDF-1.7\nnothing follows", "This PDF is damaged and cannot be opened. Ask the sender to send it again."),
        (b"II*\0\x08\0\0\0", "This TIFF file is damaged and cannot be opened. Ask the sender to send it again."),
        (locked_pdf(pdf(), "king"), "This PDF needs a password. Ask the sender for one without."),
    ],
)
def test_a_file_without_pages_has_its_reason(write: Write, data: bytes, wanted: str) -> None:
    assert sentence(write(data)).startswith(wanted)


def test_a_pdf_that_only_forbids_printing_is_read(write: Write) -> None:
    lock = pikepdf.Encryption(owner="king", user="", allow=pikepdf.Permissions(print_highres=False))
    assert load(write(pdf(lock=lock))).gray[:, :100].min() == 0


def test_more_pages_than_allowed_are_refused_with_a_way_out(write: Write) -> None:
    limits = Limits(pages=5)
    assert split(write(pdf(5)), limits).count == 5
    refused = "This file has more than 5 pages. Ask for the signature pages alone, or send it in parts."
    assert sentence(write(pdf(6)), limits) == refused
    dot = Image.new("1", (100, 140))
    assert sentence(write(stored(dot, "TIFF", save_all=True, append_images=[dot] * 5)), limits) == refused


def test_thousands_of_tiny_pages_are_refused(write: Write) -> None:
    assert sentence(write(pdf(3000))).startswith("This file has more than 1,000 pages.")


def png_bomb(side: int) -> bytes:
    """A PNG of side by side black pixels, some kilobytes small."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))

    rows = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    packed = b"".join(rows.compress(row) for _ in range(side)) + rows.flush()
    head = struct.pack("!IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_a_picture_too_large_is_not_even_decoded(write: Write) -> None:
    data = png_bomb(24_000)
    assert len(data) < 100_000
    with pytest.raises(UnreadablePage, match=r"too large to be read\. Ask the sender"):
        load(write(data))


def test_a_picture_too_large_in_a_pdf_is_refused_or_drawn_small(write: Write) -> None:
    file = io.BytesIO()
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(612, 792))
        black = zlib.compress(bytes(2_000 * 16_000), 9)
        image = pikepdf.Stream(document, black)
        image.update(
            {
                "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 16_000, "/Height": 16_000,
                "/ColorSpace": pikepdf.Name.DeviceGray, "/BitsPerComponent": 1, "/Filter": pikepdf.Name.FlateDecode,
            }
        )  # fmt: skip
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=document.make_indirect(image)))
        page.contents_add(b"612 0 0 792 0 0 cm /I Do")
        document.save(file)
    try:
        picture = load(write(file.getvalue()))
    except UnreadablePage as error:
        assert error.sentence.endswith("Ask the sender for a scan at 200 or 300 dpi.")
    else:
        assert max(picture.gray.shape) <= 2600


def test_what_a_pdf_carries_besides_its_pages_is_told_and_neither_run_nor_read(write: Write) -> None:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        document.attachments["page.pdf"] = pdf(3)
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        scripts = pikepdf.Array([pikepdf.String("a"), document.make_indirect(document.Root.OpenAction)])
        document.Root.Names.JavaScript = pikepdf.Dictionary(Names=scripts)
        document.save(file)
    path = write(file.getvalue())
    assert split(path).count == 1
    assert load(path).notes == (
        "Other files are embedded in this PDF. They were not read.",
        "This PDF carries a program (JavaScript). It was not run.",
    )


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "PDF"])
def test_a_file_that_breaks_off_is_never_half_a_page(write: Write, form: str, kept: float) -> None:
    """It is refused, or all of the page is there: a page that is white from the middle on would count as unsigned."""
    whole = stored(sheet().resize((850, 1100)), form)
    full = load(write(whole)).gray
    try:
        gray = load(write(whole[: int(len(whole) * kept)])).gray
    except (UnreadableFile, UnreadablePage) as error:
        assert re.search("(damaged|breaks off|too small|cannot be).*Ask", error.sentence)
    else:
        assert np.array_equal(gray, full)


@lru_cache
def small(form: str) -> bytes:
    return stored(sheet().resize((200, 260)), form)


@given(some.integers(0, 10**6), some.binary(min_size=1, max_size=40), some.sampled_from(["JPEG", "PNG", "TIFF", "PDF"]))
def test_damage_anywhere_gives_a_page_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes, form: str
) -> None:
    data = bytearray(small(form))
    at = place % len(data)
    data[at : at + len(damage)] = damage
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(data)
    try:
        assert load(path).gray.dtype == np.uint8
    except (UnreadableFile, UnreadablePage) as error:
        assert error.sentence.endswith(".")
