"""The text of a document, line by line as it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from unicodedata import normalize

from .parsed import UnreadableAgreement
from .source import SourceLine, keeps_indents

_LARGEST = 40_000_000  # bytes
_SOFT_HYPHEN = "\u00ad"
_NO_WIDTH = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_LIGATURE = re.compile("[\ufb00-\ufb06]")


@dataclass(frozen=True)
class Extracted:
    """Lines in reading order; `pages` is None where the format has none; `remarks` are sentences for the person."""

    lines: tuple[SourceLine, ...]
    pages: int | None = None
    remarks: tuple[str, ...] = ()


def extract(data: bytes, file_name: str) -> Extracted:
    """The lines of a TXT, PDF or DOCX file, told apart by their content, in plain letters.

    Raises UnreadableAgreement with the reason.
    """
    if not data:
        raise UnreadableAgreement(f"{file_name} is empty.")
    if len(data) > _LARGEST:
        raise UnreadableAgreement(f"{file_name} is larger than 40 MB; an agreement is expected to be smaller.")
    found = _extracted(data, file_name)
    return replace(found, lines=tuple(_in_plain_letters(found.lines)))


def _in_plain_letters(lines: Sequence[SourceLine]) -> Iterator[SourceLine]:
    """The lines without ligatures and marks of no width; a word that a soft hyphen breaks is whole in the first."""
    carried = 0  # characters of the word that was begun in the line above
    for line, following in zip_longest(lines, lines[1:]):
        if line.text.isascii() and not carried:
            yield line
            continue
        bare = line.text.lstrip()
        text, carried = line.text[: len(line.text) - len(bare)] + bare[carried:].lstrip(), 0
        if text.rstrip().endswith(_SOFT_HYPHEN) and following is not None and following.text.strip():
            rest = following.text.split()[0]
            text, carried = text.rstrip() + rest, len(rest)
        yield replace(line, text=_LIGATURE.sub(lambda m: normalize("NFKC", m[0]), _NO_WIDTH.sub("", text)))


def _extracted(data: bytes, file_name: str) -> Extracted:
    if b"%PDF-" in data[:1024]:
        from .pdf import extract_pdf  # pdfium loads only where a PDF is read

        return extract_pdf(data, file_name)
    if data[:4] == b"PK\x03\x04":
        from .word import extract_word

        return extract_word(data, file_name)
    return _extract_text(data, file_name)


def _extract_text(data: bytes, file_name: str) -> Extracted:
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableAgreement(
            f"{file_name} is protected, or in an old format of Office such as .doc; "
            "save the agreement without a password as .docx or PDF."
        )
    text = _decoded(data)
    if text is None:
        raise UnreadableAgreement(f"{file_name} is neither text nor PDF nor Word, so no agreement can be read from it.")
    lines: list[SourceLine] = []
    page: int | None = None
    pages = text.count("\f")
    for number, part in enumerate(text.split("\f")):
        page = number + 1 if pages else None
        lines += [SourceLine(line, page) for line in part.splitlines()]
    if not any(line.text.strip() for line in lines):
        raise UnreadableAgreement(f"{file_name} holds no text.")
    if keeps_indents(line.text for line in lines):
        lines = [replace(line, placed=True) for line in lines]
    return Extracted(tuple(lines), pages + 1 if pages else None)


def _decoded(data: bytes) -> str | None:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    strange = sum(1 for c in text[:20000] if (ord(c) < 32 and c not in "\t\n\r\f\x0b\x1b\x1a") or c == "\ufffd")
    return None if strange > 0.02 * min(len(text), 20000) + 3 else text
