"""What a received file is: told by its content, whatever it is called."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import get_args

import pi_heif
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from signatures.paper.sniff import PAGES, Kind, sniff, why_no_page

MESSAGE = (
    b"Received: from mail.example (mail.example [192.0.2.1])\r\nFrom: Maya Fenwick <maya@alder.example>\r\n"
    b"To: pages@holloway.example\r\nSubject: signature page\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
)


def picture(form: str, mode: str = "L") -> bytes:
    stored = io.BytesIO()
    Image.new(mode, (60, 80), 1).save(stored, form)
    return stored.getvalue()


def pdf() -> bytes:
    stored = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(stored)
    return stored.getvalue()


def archive(*names: str) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as packed:
        for name in names:
            packed.writestr(name, "x")
    return stored.getvalue()


def compound(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + stream.encode("utf-16-le") + bytes(100)


def boxed(brand: bytes, *more: bytes) -> bytes:
    body = b"ftyp" + brand + bytes(4) + b"".join(more)
    return (len(body) + 4).to_bytes(4, "big") + body


KNOWN: list[tuple[bytes, Kind]] = [
    (pdf(), "pdf"),
    (b"\r\n\xef\xbb\xbf" + pdf(), "pdf"),
    (b"MIME junk of a scanner\n" * 40 + pdf(), "pdf"),
    (picture("TIFF", "1"), "tiff"),
    (b"MM\0*\0\0\0\x08", "tiff"),
    (b"II+\0\x08\0\0\0", "tiff"),
    (picture("JPEG"), "jpeg"),
    (picture("PNG"), "png"),
    (picture("GIF"), "gif"),
    (picture("BMP"), "bmp"),
    (picture("WEBP", "RGB"), "webp"),
    (boxed(b"heic", b"mif1", b"heic"), "heif"),
    (boxed(b"isom", b"mif1"), "heif"),
    (boxed(b"avif"), "avif"),
    (boxed(b"isom", b"mp42"), "film"),
    (b"", "empty"),
    (b"The page is signed.\n", "text"),
    ("Seite unterschrieben".encode("utf-16"), "text"),
    (b"BMW leases are not bitmaps, this is a letter about them.", "text"),
    (b"<!DOCTYPE html><title>x</title>", "html"),
    (b"{\\rtf1 signed}", "rtf"),
    (archive("[Content_Types].xml", "word/document.xml"), "word"),
    (archive("[Content_Types].xml", "xl/workbook.xml"), "excel"),
    (archive("[Content_Types].xml", "ppt/presentation.xml"), "office"),
    (archive("mimetype", "content.xml"), "office"),
    (archive("page 1.pdf", "page 2.pdf"), "zip"),
    (b"PK\x03\x04 and then nothing", "zip"),
    (compound("WordDocument"), "word"),
    (compound("Workbook"), "excel"),
    (compound("EncryptedPackage"), "locked"),
    (compound("__properties_version1.0"), "outlook"),
    (compound("PowerPoint Document"), "office"),
    (MESSAGE, "email"),
    (b"From maya@alder.example Tue Sep 25 15:27:00 2007\n" + MESSAGE, "email"),
    (MESSAGE + b"%PDF-1.4 is quoted in it", "email"),
    (b"\x78\x9f\x3e\x22\0\0", "winmail"),
    (b"\x30\x82\x05\x06\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03\xa0", "sealed"),
    (b"%!PS-Adobe-3.0\n", "postscript"),
    (b"\x1f\x8b\x08\0", "archive"),
    (b"\0\0\0\x0cjP  \r\n", "picture"),
    (bytes(range(1, 200)), "unknown"),
]


@pytest.mark.parametrize(("data", "kind"), KNOWN, ids=lambda value: value if isinstance(value, str) else "")
@pytest.mark.parametrize("name", ["page.pdf", "scan.tif", "no name"])
def test_the_content_tells_and_never_the_name(tmp_path: Path, data: bytes, kind: Kind, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert sniff(tmp_path / name) == kind


def test_every_kind_is_either_pages_or_a_sentence() -> None:
    for kind in get_args(Kind):
        if kind in PAGES:
            with pytest.raises(KeyError):
                why_no_page(kind)
        else:
            assert why_no_page(kind)[0].isupper()
            assert why_no_page(kind).endswith(".")


def test_the_sentences_of_the_usual_mistakes() -> None:
    assert why_no_page("empty") == "This file is empty (0 bytes). Ask the sender to send it again."
    assert why_no_page("word") == "This is a Word document. Ask for a PDF or a scan of the signed page."
    assert why_no_page("text") == "This is a text file, it holds no page. Ask for a PDF or a scan of the signed page."


@given(some.binary(max_size=300))
def test_any_bytes_are_of_some_kind(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(data)
    assert sniff(path) in get_args(Kind)


def test_the_library_agrees_what_a_phone_sends() -> None:
    assert pi_heif.is_supported(boxed(b"heic", b"mif1", b"heic"))
