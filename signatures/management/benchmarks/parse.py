"""Measures the reading of a long agreement, as text, as PDF and as Word file."""

from __future__ import annotations

import io
import time
import zipfile
from statistics import median
from typing import Any
from xml.sax.saxutils import escape

import pikepdf

from signatures.paper.agreement import parse_agreement
from signatures.paper.documents import draw_document

_CLAUSE = (
    "Section {number}. The Company shall deliver to the Trustee, within ninety days after the end of each fiscal year, "
    "a certificate of its principal executive officer that a review of the activities of the Company has been made "
    "under the supervision of the signing officer, and that to the best of his or her knowledge the Company has kept, "
    "observed, performed and fulfilled each covenant, and is not in default in the performance of any of its terms."
)
_BLOCK = """Name of Holder: {name}
Address: {number} Pier Road, Boston, MA 02110

Amount of 9% Senior Notes due June 1, 2025 Beneficially Owned: __________

{capitals}

By: PIER MANAGEMENT {number} LLC, its General Partner

By: ____________________
Name: Otto Brand
Title: Managing Member
"""
_CLAUSES_A_PAGE, _BLOCKS_A_PAGE, _BLOCK_PAGES = 8, 2, 20


def measure(pages: int = 100, rounds: int = 3) -> dict[str, Any]:
    """Return the figures that `bench parse` prints, of an agreement of so many pages, a fifth of it blocks."""
    text = _agreement(pages)
    pdf = draw_document(text, "Consent and Waiver")
    with pikepdf.open(io.BytesIO(pdf)) as document:
        drawn = len(document.pages)
    seconds, parties = _median(pdf, "agreement.pdf", rounds)
    as_text, _ = _median(text.encode(), "agreement.txt", rounds)
    as_word, _ = _median(_word_file(text), "agreement.docx", rounds)
    return {"pages": drawn, "parties": parties, "seconds": seconds, "seconds_text": as_text, "seconds_word": as_word}


def _agreement(pages: int) -> str:
    with_blocks = max(1, pages * _BLOCK_PAGES // 100)
    title = (
        "CONSENT AND WAIVER\n\nThis Consent and Waiver, dated as of March 3, 2021, is made by HARBOR LIGHT CORPORATION."
    )
    clauses = [
        "\n\n".join(_CLAUSE.format(number=page * _CLAUSES_A_PAGE + at + 1) for at in range(_CLAUSES_A_PAGE))
        for page in range(pages - with_blocks)
    ]
    blocks = [
        "\n\n".join(_block(page * _BLOCKS_A_PAGE + at) for at in range(_BLOCKS_A_PAGE)) for page in range(with_blocks)
    ]
    return "\f".join([f"{title}\n\n{clauses[0]}" if clauses else title, *clauses[1:], *blocks])


def _block(number: int) -> str:
    name = f"Pier Fund {number + 1}, L.P."
    return _BLOCK.format(name=name, capitals=name.upper(), number=number + 1)


def _word_file(text: str) -> bytes:
    """The text as a Word file, each line a paragraph."""
    runs = (f"<w:t>{escape(line)}</w:t>" for line in text.replace("\f", "\n<PAGE>\n").split("\n"))
    body = "".join(f"<w:p><w:r>{run}</w:r></w:p>" for run in runs)
    names = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", f"<w:document {names}><w:body>{body}</w:body></w:document>")
    return written.getvalue()


def _median(data: bytes, name: str, rounds: int) -> tuple[float, int]:
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        found = parse_agreement(data, name)
        taken.append(time.perf_counter() - began)
    return round(median(taken), 2), len(found.parties)


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    return [
        f"Reading an agreement of {found['pages']} pages with {found['parties']} parties: "
        f"{found['seconds']} s as PDF, {found['seconds_word']} s as Word file, {found['seconds_text']} s as text"
    ]
