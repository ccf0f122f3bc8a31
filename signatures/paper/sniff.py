"""Tells what a received file is by its content, never by its name."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Literal

Kind = Literal[
    "pdf", "tiff", "jpeg", "png", "heif", "avif", "webp", "bmp", "gif",
    "empty", "text", "html", "rtf", "word", "excel", "office", "locked", "zip", "archive",
    "email", "outlook", "winmail", "sealed", "picture", "film", "postscript", "unknown",
]  # fmt: skip

PAGES: frozenset[Kind] = frozenset(("pdf", "tiff", "jpeg", "png", "heif", "avif", "webp", "bmp", "gif"))

_HEAD = 8192
# A PDF's header may follow other bytes: readers look for it in the first 1024 (PDF Reference 1.7, H.3, note 13).
_PDF_WITHIN = 1024 + 8
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # compound file binary format: [MS-CFB] 2.2
_OLE_SEARCHED = 8 << 20
_BITMAP_HEADERS = tuple(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))
_TNEF = b"\x78\x9f\x3e\x22"  # [MS-OXTNEF] 2.1.3.1
_PKCS7 = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07"  # object identifier 1.2.840.113549.1.7

# The first that fits counts.
_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),  # BigTIFF
    (b"MM\0+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
    (b"\x00\x00\x01\x00", "picture"),  # ICO
    (b"\x00\x00\x00\x0cjP", "picture"),  # JPEG 2000
    (b"\xff\x4f\xff\x51", "picture"),
    (b"8BPS", "picture"),  # Photoshop
    (b"AT&TFORM", "picture"),  # DjVu
    (b"DDS ", "picture"),
    (b"BLP", "picture"),
    (b"{\\rtf", "rtf"),
    (b"%!PS", "postscript"),
    (_TNEF, "winmail"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
)
_BRANDS: dict[bytes, Kind] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "heif"),
    **dict.fromkeys((b"avif", b"avis"), "avif"),
}
_HEADER_LINE = re.compile(rb"[!-9;-~]+:")
_MAIL_HEADER = re.compile(
    rb"^(received|return-path|delivered-to|from|to|subject|date|message-id|mime-version|content-type"
    rb"|content-transfer-encoding|x-[a-z-]+|envelope-to|reply-to|sender):",
    re.IGNORECASE | re.MULTILINE,
)

_ASK = "Ask for a PDF or a scan of the signed page."
_SENTENCES: dict[Kind, str] = {
    "empty": "This file is empty (0 bytes). Ask the sender to send it again.",
    "text": f"This is a text file, it holds no page. {_ASK}",
    "html": f"This is a web page. {_ASK}",
    "rtf": f"This is a text document (RTF). {_ASK}",
    "word": f"This is a Word document. {_ASK}",
    "excel": f"This is an Excel workbook. {_ASK}",
    "office": f"This is an Office document. {_ASK}",
    "locked": "This is an Office document with a password. Ask for a PDF or a scan of the signed page, without one.",
    "zip": "This is a ZIP archive. Take the files out of it and send them one by one.",
    "archive": "This is a compressed archive. Take the files out of it and send them one by one.",
    "email": "This is an e-mail message. Save what is attached to it and send that.",
    "outlook": "This is an Outlook message. Save what is attached to it and send that.",
    "winmail": "This is an Outlook attachment (winmail.dat) that other programs cannot open. Ask the sender for a PDF.",
    "sealed": "This is an encrypted or sealed e-mail attachment (S/MIME). Ask the sender for a plain PDF.",
    "picture": "This kind of picture cannot be read. Ask for a PDF, TIFF, JPEG or PNG.",
    "film": f"This is a film. {_ASK}",
    "postscript": f"This is a PostScript file. {_ASK}",
    "unknown": f"This file is neither a PDF nor a picture. {_ASK}",
}


def sniff(path: Path) -> Kind:
    """Return what the file is. Raises OSError where it cannot be read at all."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    kind = _of_head(head)
    if kind != "unknown":
        return kind
    if head.startswith(_OLE):
        return _of_compound(path)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _of_zip(path)
    return _of_text(head)


def why_no_page(kind: Kind) -> str:
    """Return the sentence for a file of a kind that holds no page. Raises KeyError for one of `PAGES`."""
    return _SENTENCES[kind]


def _of_head(head: bytes) -> Kind:
    if not head:
        return "empty"
    for magic, kind in _MAGIC:
        if head.startswith(magic) and not (kind == "bmp" and not _is_bitmap(head)):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return _of_brands(head)
    if b"%PDF-" in head[:_PDF_WITHIN] and not _is_mail(head):
        return "pdf"
    if head[:1] == b"\x30" and _PKCS7 in head[:64]:
        return "sealed"
    return "unknown"


def _is_bitmap(head: bytes) -> bool:
    return len(head) > 26 and head[14:18] in _BITMAP_HEADERS


def _of_brands(head: bytes) -> Kind:
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), "film")


def _of_compound(path: Path) -> Kind:
    """Tell the old Office formats and Outlook messages by the names of the streams in them."""
    with path.open("rb") as file:
        data = file.read(_OLE_SEARCHED)
    names: tuple[tuple[str, Kind], ...] = (
        ("__properties_version1.0", "outlook"),
        ("EncryptedPackage", "locked"),
        ("WordDocument", "word"),
        ("Workbook", "excel"),
    )
    return next((kind for name, kind in names if name.encode("utf-16-le") in data), "office")


def _of_zip(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return "zip"
    if "[Content_Types].xml" not in names:
        return "office" if "mimetype" in names and "content.xml" in names else "zip"
    folders = {name.split("/")[0] for name in names}
    return "word" if "word" in folders else "excel" if "xl" in folders else "office"


def _of_text(head: bytes) -> Kind:
    if _is_mail(head):
        return "email"
    start = head.lstrip()[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "text"
    control = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return "text" if control == 0 else "unknown"


def _is_mail(head: bytes) -> bool:
    """A message begins with header lines (RFC 5322, 2.1), perhaps after an mbox line."""
    text = head.lstrip(b"\r\n \xef\xbb\xbf")
    if text.startswith(b"From ") and b"\n" in text:
        text = text.split(b"\n", 1)[1]
    before = re.split(rb"\r?\n\r?\n", text, maxsplit=1)[0]
    found = {match.group(1).lower() for match in _MAIL_HEADER.finditer(before)}
    return bool(_HEADER_LINE.match(text)) and (len(found) >= 2 or (bool(found) and b"boundary=" in text.lower()))
