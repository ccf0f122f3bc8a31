"""What stands on a typeset signature page: a block's words, the template's choices, and a picture of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from holders.models import PartyRole
from signatures.domain.errors import Refused
from signatures.domain.pages import page_templates
from signatures.models import Agreement, FurtherDocument, PageTemplate, SignatureBlock
from signatures.paper import drawing
from signatures.paper.layout import FieldName

# A preview's codes: well formed, and never issued. A preview that is signed all the same is told from an issued page.
PREVIEW_KEY = "AAAAAAAAA"
_LOOKED_AT = 40


@dataclass(frozen=True)
class Line:
    """A signature line: what it is called on paper (see `line_id`), name and title, empty where nobody knows them."""

    id: str
    name: str
    title: str


@dataclass(frozen=True)
class Wording:
    """A block's words as they will be printed. `chain` is outermost first: (entity, capacity, descriptor)."""

    id: str
    role: str
    entity: str
    address: str
    chain: tuple[tuple[str, str, str], ...]
    lines: tuple[Line, ...]


def wording(block: SignatureBlock) -> Wording:
    """Return the words of a block. Uses what was fetched with `lines`."""
    lines = list(block.lines.all())
    return Wording(
        id=f"b{block.pk}",
        role=block.role,
        entity=block.entity,
        address=block.address,
        chain=tuple((link["entity"], link["capacity"], link["descriptor"] or "") for link in block.chain),
        lines=tuple(Line(line_id(block, line.position, len(lines) > 1), line.name, line.title) for line in lines),
    )


def line_id(block: SignatureBlock, position: int, several: bool) -> str:
    """Return what a signature line is called on paper: the block's id, with its position where there are several."""
    return f"b{block.pk}-{position}" if several else f"b{block.pk}"


def style(template: PageTemplate) -> drawing.Style:
    """Return how the template wants pages to look."""
    paper: Literal["Letter", "A4"] = "A4" if template.paper == PageTemplate.Paper.A4 else "Letter"
    return drawing.Style(template.font, float(template.size), paper)


def page(
    agreement: Agreement,
    template: PageTemplate,
    key: str,
    blocks: Sequence[Wording],
    version: int,
    further: FurtherDocument | None = None,
) -> drawing.PageToDraw:
    """Return a page of that version of the agreement, or of a further document, with these blocks, ready to be typeset.
    A further document asks for no amount: the agreement's own page does.
    """
    return drawing.PageToDraw(
        payload_key=key,
        version=version,
        agreement_title=str(further or agreement.title),
        witness_clause=page_templates.witness_clause(agreement, template, further),
        blocks=tuple(_block(agreement, template, block, asks_amount=further is None) for block in blocks),
    )


def remembered(template: PageTemplate, drawn: drawing.PageToDraw) -> dict[str, Any]:
    """Return all that a page is typeset with, as an issued page keeps it: the same again gives the same bytes."""
    return {"template": template.name, "style": asdict(style(template)), "page": asdict(drawn)}


def draw(pages: Sequence[drawing.PageToDraw], template: PageTemplate) -> drawing.Drawn:
    """Typeset pages. Raises Refused with the sentence for what cannot be set."""
    try:
        return drawing.draw_pages(pages, style(template))
    except (drawing.DoesNotFit, drawing.CannotSet) as error:
        raise Refused(str(error)) from error


def too_full(pages: Sequence[drawing.PageToDraw], template: PageTemplate) -> list[int]:
    """Return which pages hold more than their sheet, from 0. Raises Refused for what cannot be set."""
    try:
        return drawing.too_full(pages, style(template)) if pages else []
    except drawing.CannotSet as error:
        raise Refused(str(error)) from error


def picture(
    agreement: Agreement,
    template: PageTemplate,
    blocks: Sequence[Wording],
    dpi: int = 96,
    further: FurtherDocument | None = None,
) -> bytes:
    """Return a page as it would be issued, as a PNG. Raises Refused with the sentence for what cannot be set."""
    own = agreement.versions.filter(is_execution=True) if further is None else None
    number = (own.values_list("number", flat=True).first() if own is not None else None) or 1
    shown = page(agreement, template, PREVIEW_KEY, blocks, number, further)
    try:
        return drawing.draw_picture(shown, style(template), dpi)
    except (drawing.DoesNotFit, drawing.CannotSet) as error:
        raise Refused(str(error)) from error


def sample(agreement: Agreement, template: PageTemplate) -> list[Wording]:
    """Return the blocks of a sheet as the template would fill one: the fullest among the first holders, the first
    party's alone where there is no holder, none without blocks.
    """
    found = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
    found = found.prefetch_related("lines").order_by("position")
    holders = list(found.filter(role=PartyRole.HOLDER)[:_LOOKED_AT]) or list(found[:1])
    together: dict[object, list[SignatureBlock]] = {}
    for block in holders:
        owner: object = block.pk
        if template.sharing == PageTemplate.Sharing.SHARED:
            owner = "any"
        elif template.sharing == PageTemplate.Sharing.SIGNATORY:
            owner = next((line.signatory_id for line in block.lines.all() if line.signatory_id), block.pk)
        together.setdefault(owner, []).append(block)
    sheets = [blocks[: template.most_blocks] for blocks in together.values()]
    fullest = max(sheets, key=len, default=[])
    shown = [with_second_lines(template, wording(block)) for block in fullest]
    while len(shown) > 1 and too_full([page(agreement, template, PREVIEW_KEY, shown, 1)], template):
        shown = shown[: (len(shown) + 1) // 2]
    return shown


def with_second_lines(template: PageTemplate, block: Wording) -> Wording:
    """Return a block as issuing it will make it: a holder gets a second line where the template wants one."""
    if not template.second_signatory or block.role != "holder" or len(block.lines) != 1:
        return block
    (line,) = block.lines
    lines = (Line(f"{block.id}-1", line.name, line.title), Line(f"{block.id}-2", "", ""))
    return Wording(block.id, block.role, block.entity, block.address, block.chain, lines)


def _block(agreement: Agreement, template: PageTemplate, block: Wording, *, asks_amount: bool) -> drawing.BlockToDraw:
    is_holder = block.role == "holder"
    caption = agreement.amount_caption or (f"Amount of {agreement.notes} Beneficially Owned" if agreement.notes else "")
    asks_amount = asks_amount and is_holder and bool(caption) and PageTemplate.Blank.AMOUNT in template.blanks
    lines: list[drawing.LineToDraw] = []
    for line in block.lines:
        empty: list[FieldName] = []
        if not line.name:
            empty.append("name")
        if not line.title and PageTemplate.Blank.TITLE in template.blanks:
            empty.append("title")
        if asks_amount and not lines:
            empty.append("amount")
        if PageTemplate.Blank.DATE in template.blanks:
            empty.append("date")
        lines.append(drawing.LineToDraw(line.id, line.name or None, line.title or None, tuple(empty)))
    return drawing.BlockToDraw(
        id=block.id,
        role=_role_on_paper(block.role),
        entity=block.entity,
        address=block.address or None,
        amount_caption=caption if asks_amount else None,
        chain=tuple((entity, capacity, descriptor or None) for entity, capacity, descriptor in block.chain),
        lines=tuple(lines),
    )


def _role_on_paper(role: str) -> Literal["issuer", "holder", "guarantor", "trustee", "other"]:
    match role:
        case "issuer" | "holder" | "guarantor" | "trustee":
            return role
    return "other"
