"""Typesets what the product issues: signature pages with their codes and their exact layout.

typst sets the pages. Names reach it as JSON, never as part of its source. Positions are not computed beside the
typesetting but asked of it, so that the layout is what was printed. The same input gives the same bytes.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pikepdf
import typst
import zxingcpp

from signatures.paper.code import CORNERS, page_number, payload
from signatures.paper.layout import BlankField, Box, FieldName, LineLayout, PageLayout, Rule
from signatures.paper.typeset import BOOK_FONT, SHIPPED, CannotSet, breakable, families, pdf_bytes, typeset

__all__ = [
    "SHIPPED",
    "SIZES",
    "BlockToDraw",
    "CannotSet",
    "DoesNotFit",
    "Drawn",
    "LineToDraw",
    "PageToDraw",
    "Style",
    "draw_pages",
    "draw_picture",
    "page_from_json",
    "too_full",
]

SIZES: dict[str, tuple[float, float]] = {"Letter": (612.0, 792.0), "A4": (595.28, 841.89)}


def paper_of(width: float) -> Literal["Letter", "A4"]:
    """Return which paper a page of this width in points is nearest to."""
    return "A4" if abs(width - SIZES["A4"][0]) < abs(width - SIZES["Letter"][0]) else "Letter"


CODE_SIDE = 18 * 72 / 25.4  # points: 18 mm, which a harsh standard fax still carries
CODE_MARGIN = 28.0  # from the page's edges: nearer, a fax or a printer cuts it off
_QUIET = 4 * CODE_SIDE / 21  # the quiet zone that ISO/IEC 18004 wants on all sides of a code

# Ink is looked for from so far above a rule to so far below it.
SIGNATURE_BOX = (26.0, 5.0)
FIELD_BOX = (12.0, 3.5)

_MEASURES = {
    "top": CODE_MARGIN + CODE_SIDE + _QUIET + 8,
    "bottom": CODE_MARGIN + CODE_SIDE + _QUIET + 8,
    "foot": CODE_MARGIN + CODE_SIDE + _QUIET + 6,
    "signature": 54.0,  # from the text above to the rule: a signature rises 34 points, and must not touch that text
    "below": 7.0,
    "blank": 27.0,  # from one rule to the next
    "indented": 4,  # so many nested steps are indented
}
_BATCH = 40  # pages; typst keeps what it set for a while, 2 MB a page
_NARROWEST = 120.0  # points: a longer word than this may be broken anywhere


class DoesNotFit(ValueError):
    """A page holds more than its sheet. `page` counts from 0; the message is a sentence for a person."""

    def __init__(self, page: int, sentence: str) -> None:
        super().__init__(sentence)
        self.page = page


@dataclass(frozen=True)
class Style:
    """How a firm's pages look: a family from the folder of fonts, its size in points, and the paper."""

    font: str = BOOK_FONT
    size: float = 11.0
    paper: Literal["Letter", "A4"] = "Letter"


PLAIN = Style()


@dataclass(frozen=True)
class LineToDraw:
    """A signature line: its id (unique on the page), the signatory as printed, and what is left blank to fill in.

    A particular that has no value gets a rule if `blanks` names it, and is left out otherwise. An amount is the
    block's: it is not named here.
    """

    id: str
    name: str | None = None
    title: str | None = None
    blanks: tuple[FieldName, ...] = ()


@dataclass(frozen=True)
class BlockToDraw:
    """A signature block. `chain` is outermost first: (entity, capacity, descriptor), a capacity without "its".

    `entity` stands as given after "Name of Holder:", and in capitals over the signature. An `amount_caption` without an
    `amount` leaves a rule to write the amount on, which belongs to the first line. `individual` leaves out "By:".
    """

    id: str
    role: Literal["issuer", "holder", "guarantor", "trustee", "other"]
    entity: str
    lines: tuple[LineToDraw, ...]
    address: str | None = None
    amount_caption: str | None = None
    amount: str | None = None
    chain: tuple[tuple[str, str | None, str | None], ...] = ()
    descriptor: str | None = None
    heading: str | None = None
    individual: bool = False


@dataclass(frozen=True)
class PageToDraw:
    """One page to issue. `payload_key` is the page's key (see `code`); its number is printed at the foot, under the
    number of the agreement's `version` where there is one.
    """

    payload_key: str
    agreement_title: str
    witness_clause: str | None
    blocks: tuple[BlockToDraw, ...]
    heading: str | None = None
    version: int | None = None


def page_from_json(data: dict[str, Any]) -> PageToDraw:
    """Return the page that `dataclasses.asdict` made plain. Raises KeyError or TypeError on anything else."""
    blocks = [
        BlockToDraw(
            **block
            | {
                "lines": tuple(LineToDraw(**line | {"blanks": tuple(line["blanks"])}) for line in block["lines"]),
                "chain": tuple(tuple(step) for step in block["chain"]),
            }
        )
        for block in data["blocks"]
    ]
    return PageToDraw(**data | {"blocks": tuple(blocks)})


@dataclass(frozen=True)
class Drawn:
    """A PDF with one page for each that was asked for, and their layouts in the same order."""

    pdf: bytes
    layouts: tuple[PageLayout, ...]


def draw_pages(pages: Sequence[PageToDraw], style: Style = PLAIN) -> Drawn:
    """Typeset the pages into one PDF.

    Raises DoesNotFit for a page that holds more than its sheet, CannotSet for a character that no font has, ValueError
    if a line's id is not unique on its page, if a page has no block or a block no line.
    """
    for page in pages:
        _check(page)
    if not pages:
        raise ValueError("There is no page to draw.")
    drawn = [_batch(pages, start, style) for start in range(0, len(pages), _BATCH)]
    pdf = drawn[0].pdf if len(drawn) == 1 else _joined([one.pdf for one in drawn])
    return Drawn(pdf, tuple(layout for one in drawn for layout in one.layouts))


def too_full(pages: Sequence[PageToDraw], style: Style = PLAIN) -> list[int]:
    """Return which of the pages hold more than their sheet, counted from 0. Raises CannotSet, ValueError as
    `draw_pages` does."""
    for page in pages:
        _check(page)
    found = []
    for start in range(0, len(pages), _BATCH):
        batch = pages[start : start + _BATCH]
        compiler = typeset("signature_pages.typ", _data(batch, style, code_boxes(style)))
        said = _said(compiler)
        ends = dict(said["end"])
        found += [start + index for index, began in said["start"] if ends[index] != began]
    return found


def draw_picture(page: PageToDraw, style: Style, dpi: float) -> bytes:
    """Return one page as a PNG to look at, at this resolution. Raises as `draw_pages` does."""
    _check(page)
    compiler = typeset("signature_pages.typ", _data([page], style, code_boxes(style)))
    _check_fit(_said(compiler), [page], 0)
    png = compiler.compile(format="png", ppi=dpi)
    if not isinstance(png, bytes):
        raise TypeError("typst gave pages where one picture was asked for")
    return png


def _batch(pages: Sequence[PageToDraw], start: int, style: Style) -> Drawn:
    boxes = code_boxes(style)
    batch = pages[start : start + _BATCH]
    compiler = typeset("signature_pages.typ", _data(batch, style, boxes))
    said = _said(compiler)
    _check_fit(said, batch, start)
    places: dict[tuple[int, str], list[_Place]] = defaultdict(list)
    for sheet, line, name, x, y, width, height in said["place"]:
        places[sheet, line].append(_Place(name, Rule(_round(x), _round(x + width), _round(y + height))))
    layouts = tuple(_layout(page, index, style, boxes, places) for index, page in enumerate(batch))
    return Drawn(pdf_bytes(compiler), layouts)


def _joined(pdfs: list[bytes]) -> bytes:
    """Return one PDF of all their pages, with the title of the first."""
    with pikepdf.open(io.BytesIO(pdfs[0])) as whole:
        for pdf in pdfs[1:]:
            with pikepdf.open(io.BytesIO(pdf)) as part:
                whole.pages.extend(part.pages)
        written = io.BytesIO()
        whole.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def code_boxes(style: Style) -> tuple[Box, Box]:
    """Return where the two codes stand: top right and bottom left."""
    width, height = SIZES[style.paper]
    near, side = CODE_MARGIN, CODE_SIDE
    first = Box(_round(width - near - side), near, width - near, _round(near + side))
    return first, Box(near, _round(height - near - side), _round(near + side), height - near)


def code_modules(text: str) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return the modules of a QR code of version 1-Q (ISO/IEC 18004) over the text, 21 by 21, True is dark."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="Q", version=1)
    return np.asarray(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False)) < 128


def modules_drawing(modules: np.ndarray[Any, np.dtype[np.bool_]]) -> str:
    """Return a code's modules as SVG: one path, so that neighbouring modules are drawn without seams."""
    padded = np.pad(modules, ((0, 0), (1, 1)))
    rows, starts = np.nonzero(padded[:, 1:] & ~padded[:, :-1])
    _, ends = np.nonzero(padded[:, :-1] & ~padded[:, 1:])
    runs = "".join(
        f"M{start} {row}h{end - start}v1h{start - end}z"
        for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True)
    )
    side = len(modules)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{runs}"/></svg>'


@dataclass(frozen=True)
class _Place:
    name: FieldName | Literal["signature"]
    rule: Rule


def _round(points: float) -> float:
    return round(points, 3)


def _check(page: PageToDraw) -> None:
    ids = [line.id for block in page.blocks for line in block.lines]
    if not page.blocks or any(not block.lines for block in page.blocks):
        raise ValueError("A signature page needs a block, and a block a line to sign on.")
    if len(set(ids)) != len(ids):
        raise ValueError(f"Two lines of page {page_number(page.payload_key)} have the same id.")


def _data(pages: Sequence[PageToDraw], style: Style, boxes: tuple[Box, Box]) -> dict[str, Any]:
    width, height = SIZES[style.paper]
    return {
        "title": f"Signature pages to {pages[0].agreement_title}",
        "style": {"fonts": families(style.font), "size": style.size, "width": width, "height": height},
        "measures": _MEASURES,
        "code_boxes": [[box.x0, box.y0, box.x1, box.y1] for box in boxes],
        "sheets": [_Sheet(style).of(page) for page in pages],
    }


class _Sheet:
    """The words of a page, as its source wants them."""

    def __init__(self, style: Style) -> None:
        self._style = style

    def _words(self, text: str | None) -> str | None:
        return self._set(text) if text and text.strip() else None

    def _set(self, text: str) -> str:
        return breakable(text, self._style.font, self._style.size, _NARROWEST)

    def of(self, page: PageToDraw) -> dict[str, Any]:
        """Return a page as the typesetting program reads it."""
        return {
            "codes": [modules_drawing(code_modules(payload(page.payload_key, corner))) for corner in CORNERS],
            "witness": self._words(page.witness_clause),
            "heading": self._words(page.heading),
            "foot": self._set(f"[Signature Page to {page.agreement_title}]"),
            "version": version_words(page.version),
            "number": f"Page {page_number(page.payload_key)}",
            "blocks": [self._block(block) for block in page.blocks],
        }

    def _block(self, block: BlockToDraw) -> dict[str, Any]:
        descriptor = f", {block.descriptor}" if block.descriptor else ""
        return {
            "details": self._details(block),
            "heading": self._words(block.heading),
            "party": self._set(block.entity.upper()),
            "descriptor": self._words(descriptor),
            "chain": [self._step(*step) for step in block.chain],
            "by": not block.individual,
            "lines": [self._line(line) for line in block.lines],
        }

    def _details(self, block: BlockToDraw) -> list[dict[str, Any]]:
        details: list[dict[str, Any]] = []
        if block.role == "holder":
            details.append({"label": "Name of Holder:", "value": [self._set(block.entity)]})
        if block.address:
            parts = [self._set(part) for part in block.address.splitlines() if part.strip()]
            details.append({"label": "Address:", "value": parts})
        if block.amount_caption:
            label = self._set(block.amount_caption.strip().removesuffix(":") + ":")
            value = [self._set(block.amount)] if block.amount else None
            details.append({"label": label, "value": value, "line": block.lines[0].id})
        return details

    def _step(self, entity: str, capacity: str | None, descriptor: str | None) -> str:
        parts = [entity, descriptor, _with_article(capacity)]
        return self._set(", ".join(part for part in parts if part))

    def _line(self, line: LineToDraw) -> dict[str, Any]:
        particulars = []
        for name, value in (("name", line.name), ("title", line.title), ("date", None)):
            if value or name in line.blanks:
                particulars.append([name, f"{name.capitalize()}:", self._words(value)])
        return {"id": line.id, "particulars": particulars}


def version_words(version: int | None) -> str | None:
    """Return how a page says which version of the agreement it belongs to, None where it does not."""
    return None if version is None else f"Version {version}"


def _with_article(capacity: str | None) -> str | None:
    if not capacity or capacity.split(" ", 1)[0].lower() in ("a", "an", "the", "its", "their", "as", "by"):
        return capacity
    return f"its {capacity}"


def _said(compiler: typst.Compiler) -> dict[str, list[list[Any]]]:
    """Return what the pages leave behind for their layout, by its kind. One question: each sets the pages anew."""
    said: dict[str, list[list[Any]]] = {"start": [], "end": [], "foot": [], "place": []}
    for kind, *values in json.loads(compiler.query("metadata", field="value")):
        said[kind].append(values)
    return said


def _check_fit(said: dict[str, list[list[Any]]], pages: Sequence[PageToDraw], first: int) -> None:
    ends = dict(said["end"])
    for index, start in said["start"]:
        if ends[index] != start:
            names = " and ".join(block.entity for block in pages[index].blocks)
            cure = "fewer blocks on a page" if len(pages[index].blocks) > 1 else "a shorter witness clause or address"
            sentence = f"The signature page of {names} does not fit on one sheet. It needs {cure}."
            raise DoesNotFit(first + index, sentence)
    for index, height in said["foot"]:
        if height > _MEASURES["bottom"] - CODE_MARGIN:
            title = pages[index].agreement_title
            raise DoesNotFit(first + index, f"The title “{title}” is too long for the foot of a signature page.")


def _layout(
    page: PageToDraw,
    index: int,
    style: Style,
    boxes: tuple[Box, Box],
    places: dict[tuple[int, str], list[_Place]],
) -> PageLayout:
    lines = []
    for block in page.blocks:
        for line in block.lines:
            found = places[index, line.id]
            rule = next(place.rule for place in found if place.name == "signature")
            fields = tuple(
                BlankField(place.name, place.rule, _box(place.rule, FIELD_BOX))
                for place in found
                if place.name != "signature"
            )
            lines.append(
                LineLayout(line.id, block.id, block.entity, line.name, rule, _box(rule, SIGNATURE_BOX), fields)
            )
    return PageLayout(SIZES[style.paper], payload(page.payload_key, "A"), boxes, tuple(lines))


def _box(rule: Rule, reach: tuple[float, float]) -> Box:
    above, below = reach
    return Box(rule.x0, _round(rule.y - above), rule.x1, _round(rule.y + below))
