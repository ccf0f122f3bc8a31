"""Typesets what goes with the signature pages: an agreement's plain text, and the sheet on top of a packet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import zxingcpp

from signatures.paper.drawing import PLAIN, SIZES, Style, modules_drawing
from signatures.paper.typeset import CannotSet, breakable, families, pdf_bytes, typeset

NOT_SET = "(a name in letters that this sheet cannot show)"
_WRAPPED = 55  # characters: lines at least so long were broken by a margin, not by their writer


@dataclass(frozen=True)
class Cover:
    """What the sheet on top of a packet says. `pages` are (number, entity); what is None is left out.

    `counsel` is a name or empty, `counsel_for` whom counsel acts for, `courier` an address with line breaks. `due` is a
    date in words.
    """

    agreement_title: str
    signatory: str
    pages: tuple[tuple[str, str], ...]
    counsel: str
    counsel_for: str
    telephone: str | None = None
    link: str | None = None
    email: str | None = None
    fax: str | None = None
    courier: str | None = None
    due: str | None = None


def draw_document(text: str, title: str, style: Style = PLAIN) -> bytes:
    """Return a PDF of an agreement's text: paragraphs end at an empty line, a form feed begins a page.

    Lines that a margin broke are joined and set anew, all others stay as they are. Raises CannotSet for a character
    that no font has.
    """
    paragraphs: list[dict[str, Any]] = []
    for place, page in enumerate(text.expandtabs(8).replace("\r\n", "\n").split("\f")):
        if place:
            paragraphs.append({"kind": "break"})
        paragraphs += [_paragraph(part, style) for part in re.split(r"\n[ \xa0]*\n", page) if part.strip()]
    for paragraph in paragraphs:
        if not _is_heading(paragraph):
            break
        paragraph["kind"] = "heading"
        paragraph["lines"] = [line["words"] for line in paragraph["lines"]]
    return pdf_bytes(typeset("document.typ", {**_frame(style), "title": title, "paragraphs": paragraphs}))


def draw_cover(cover: Cover, style: Style = PLAIN) -> bytes:
    """Return a PDF of a packet's first sheet, its link also as a QR code. What no font can set is said to be so: the
    pages behind it may be counsel's own, in any letters."""

    def words(text: str) -> str:
        try:
            return breakable(text, style.font, style.size, 300)
        except CannotSet:
            return NOT_SET

    many, sender = len(cover.pages), f"{cover.counsel}, counsel" if cover.counsel else "Counsel"
    facts = [("To", cover.signatory), ("From", f"{sender} for {cover.counsel_for}")]
    facts += [(label, value) for label, value in (("Telephone", cover.telephone), ("Due", cover.due)) if value]
    ways = [("On the web", cover.link), ("By e-mail", cover.email)]
    ways += [("By fax", cover.fax), ("By courier", cover.courier)]
    data = {
        **_frame(style),
        "title": f"Signature packet for {cover.signatory}",
        "sender": words(cover.counsel or cover.counsel_for),
        "heading": f"{many} page{'s' if many != 1 else ''} to sign",
        "agreement": words(cover.agreement_title),
        "facts": [(label, [words(value)]) for label, value in facts],
        "instructions": _instructions(many),
        "ways": [(label, [words(line) for line in value.splitlines()]) for label, value in ways if value],
        "drawing": modules_drawing(_link_modules(cover.link)) if cover.link else None,
        "pages": [{"number": words(number), "entity": words(entity)} for number, entity in cover.pages],
        "closing": ["Signed pages are held in escrow until counsel releases them."],
    }
    return pdf_bytes(typeset("cover.typ", data))


def draw_answer(
    agreement_title: str, asked: str, parties: Sequence[tuple[str, tuple[str, ...]]], style: Style = PLAIN
) -> bytes:
    """Return a sheet on which somebody ticks an answer for each party (its name and the answers), and signs."""

    def words(text: str) -> str:
        try:
            return breakable(text, style.font, style.size, 300)
        except CannotSet:
            return NOT_SET

    data = {
        **_frame(style),
        "title": "Answer about an earlier signature",
        "agreement": words(agreement_title),
        "asked": words(f"Asked of {asked}"),
        "parties": [{"entity": words(name), "choices": list(map(words, choices))} for name, choices in parties],
        "lines": ["Signed:", "Name:", "Date:"],
    }
    return pdf_bytes(typeset("answer.typ", data))


def _instructions(many: int) -> list[str]:
    which = "the page that follows" if many == 1 else f"each of the {many} pages that follow"
    return [
        f"Please sign {which} once, on the line over your name, and fill in what is left blank.",
        "Please write on nothing else, leave the square codes uncovered, and send every signed page back whole. "
        "A page that is changed by hand has to be agreed with counsel first.",
    ]


def _frame(style: Style) -> dict[str, Any]:
    width, height = SIZES[style.paper]
    return {"fonts": families(style.font), "size": style.size, "width": width, "height": height}


def _paragraph(part: str, style: Style) -> dict[str, Any]:
    lines = [line.rstrip() for line in part.split("\n") if line.strip()]
    wrapped = len(lines) > 1 and all(len(line.strip()) >= _WRAPPED for line in lines[:-1])
    if wrapped or (len(lines) == 1 and len(lines[0]) > 2 * _WRAPPED):
        return {"kind": "prose", "lines": [breakable(line, style.font, style.size, 400) for line in lines]}
    kept = [
        {"indent": min(40, len(line) - len(line.lstrip())), "words": breakable(line, style.font, style.size, 300)}
        for line in lines
    ]
    return {"kind": "lines", "lines": kept}


def _is_heading(paragraph: dict[str, Any]) -> bool:
    """Whether the paragraph, among the first of the text, is part of its title: short lines in capitals or nearly."""
    if paragraph["kind"] != "lines" or len(paragraph["lines"]) > 4:
        return False
    return all(len(line["words"]) < 90 and line["words"][-1:] not in ".,;:" for line in paragraph["lines"])


def _link_modules(link: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    barcode = zxingcpp.create_barcode(link, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)) < 128
