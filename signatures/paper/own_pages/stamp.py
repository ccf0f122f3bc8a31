"""Stamping the codes on pages that counsel made, and the layout by which they are read."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pikepdf

from signatures.paper.code import CORNERS, page_number, payload
from signatures.paper.drawing import FIELD_BOX, SIGNATURE_BOX, code_modules, modules_drawing, version_words
from signatures.paper.layout import BlankField, Box, FieldName, LineLayout, PageLayout, Rule
from signatures.paper.own_pages.find import FoundPage, FoundRule
from signatures.paper.own_pages.space import WITH_VERSION
from signatures.paper.own_pages.upright import empty_page, place
from signatures.paper.typeset import pdf_bytes, typeset

_FARTHEST = 150.0  # points; a blank farther below its signature line belongs to none
_ABOVE = 260.0  # an amount may also stand so far above
_LEAST = 8.0  # points of room above a rule, however close the next one is


@dataclass(frozen=True)
class Tied:
    """Whose signature a rule is for: the line's id (unique on the page), its block, the holder, and the signatory."""

    id: str
    block: str
    holder: str
    signer: str | None


@dataclass(frozen=True)
class Stamp:
    """A page to stamp: where it stands in the upright PDF, its key, what was found on it, and the agreement's version,
    which is printed under the number where there is room.
    """

    index: int
    key: str
    page: FoundPage
    version: int | None = None


def stamp(upright: bytes, stamps: Sequence[Stamp]) -> bytes:
    """Return a PDF of these pages in this order, each with its codes and number over what counsel made.

    The same input gives the same bytes. Raises ValueError for a page on which the codes have no place.
    """
    over = pdf_bytes(typeset("stamps.typ", {"title": "Signature pages", "sheets": [_sheet(one) for one in stamps]}))
    with (
        pikepdf.open(io.BytesIO(upright)) as source,
        pikepdf.open(io.BytesIO(over)) as codes,
        pikepdf.new() as made,
    ):
        for at, one in enumerate(stamps):
            target = empty_page(made, one.page.size)
            below = place(target, source.pages[one.index], "/Page", made)
            target.obj.Contents = made.make_stream(below + b"\n" + place(target, codes.pages[at], "/Codes", made))
        written = io.BytesIO()
        made.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return written.getvalue()


def _sheet(one: Stamp) -> dict[str, object]:
    if one.page.space is None:
        raise ValueError(f"The codes have no place on page {one.page.number}.")
    width, height = one.page.size
    number = one.page.space.number
    return {
        "width": width,
        "height": height,
        "boxes": [_corners(box) for box in one.page.space.codes],
        "codes": [modules_drawing(code_modules(payload(one.key, corner))) for corner in CORNERS],
        "place": _corners(number) if number else None,
        "number": f"Page {page_number(one.key)}",
        "version": version_words(one.version) if number and number.y1 - number.y0 >= WITH_VERSION[1] - 1 else None,
    }


def _corners(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]


def layout(page: FoundPage, key: str, tied: Mapping[int, Tied]) -> PageLayout:
    """Return where a stamped page is signed and filled in. `tied` says of a rule, by its place on the page, whose
    signature it is for; rules for particulars belong to the signature line that they stand under.

    Raises ValueError if the codes have no place, or nothing is tied.
    """
    if page.space is None or not tied:
        raise ValueError(f"Page {page.number} has no place for codes, or no line to sign on.")
    blanks: dict[int, list[FoundRule]] = {at: [] for at in tied}
    for at, found in enumerate(page.rules):
        owner = None if at in tied else _owner(page, tied, found)
        if owner is not None and all(one.use != found.use for one in blanks[owner]):
            blanks[owner].append(found)
    lines = tuple(
        LineLayout(
            id=line.id,
            block=line.block,
            holder=line.holder,
            signer=line.signer,
            rule=page.rules[at].rule,
            box=_room(page, page.rules[at].rule, SIGNATURE_BOX),
            fields=tuple(_blank(page, found) for found in blanks[at]),
        )
        for at, line in tied.items()
    )
    return PageLayout(page.size, payload(key, "A"), page.space.codes, lines)


def _owner(page: FoundPage, tied: Mapping[int, Tied], found: FoundRule) -> int | None:
    """Return the signature line that a blank belongs to: the next above it in its column; for an amount also below."""
    if found.use not in ("name", "title", "date", "amount"):
        return None
    best: tuple[float, int] | None = None
    for at in tied:
        rule = page.rules[at].rule
        beside = found.rule.x0 < rule.x1 + 40 and found.rule.x1 > rule.x0 - 90
        down = found.rule.y - rule.y
        if found.use == "date" and abs(down) < 6:
            beside, down = True, 1.0
        fits = 0 < down <= _FARTHEST or (found.use == "amount" and -_ABOVE <= down < 0)
        if (beside or found.use == "amount") and fits and (best is None or abs(down) < best[0]):
            best = (abs(down), at)
    return best[1] if best else None


def _blank(page: FoundPage, found: FoundRule) -> BlankField:
    name: FieldName = "name"
    if found.use == "title" or found.use == "amount" or found.use == "date":
        name = found.use
    return BlankField(name, found.rule, _room(page, found.rule, FIELD_BOX))


def _room(page: FoundPage, rule: Rule, reach: tuple[float, float]) -> Box:
    """Return where the ink of a rule is looked for: as on pages of ours, but not over the next rule above or below."""
    above, below = reach
    for other in (one.rule for one in page.rules):
        if other.x0 < rule.x1 and other.x1 > rule.x0:
            if 0 < rule.y - other.y < above + 2:
                above = max(_LEAST, rule.y - other.y - 2)
            if 0 < other.y - rule.y < below + _LEAST:
                below = max(1.0, other.y - rule.y - _LEAST)
    return Box(rule.x0, round(rule.y - above, 3), rule.x1, round(rule.y + below, 3))
