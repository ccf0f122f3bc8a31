"""Issuing signature pages: typeset, coded, bound to the version's hash, and put into packets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from django.db import transaction

from holders.models import PartyRole
from signatures.domain import audit, files
from signatures.domain.documents import blocks, further_documents, in_force
from signatures.domain.errors import Refused
from signatures.domain.packets import distribution
from signatures.domain.pages import blanks, page_templates, typesetting
from signatures.models import (
    Agreement,
    Packet,
    PageTemplate,
    PlacedBlock,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
    User,
    Version,
)
from signatures.paper import blank, code
from signatures.paper.drawing import PageToDraw
from signatures.paper.layout import layout_from_json


@dataclass(frozen=True)
class Sheet:
    """What goes on one page, and the packet that carries it: None where blocks of several packets share it."""

    packet: Packet | None
    blocks: tuple[SignatureBlock, ...]

    @property
    def version(self) -> Version:
        """The text that is signed: all blocks of a sheet are of one."""
        return self.blocks[0].version


@dataclass(frozen=True)
class Arrangement:
    """How blocks are put on pages: how many of any holders share a sheet, or how many of one signatory do.

    `blocks_per_page` above 1 is counsel's word that holders may see each other. `only` are ids of blocks, None for all.
    """

    blocks_per_page: int = 1
    per_signatory: int = 1
    only: frozenset[int] | None = None


ONE_A_PAGE = Arrangement()
BATCH = 500


def plan(agreement: Agreement, arrangement: Arrangement) -> list[Sheet]:
    """Say which pages issuing would make of the blocks that stand on no current page yet.

    Whoever signed an earlier version gets one only once it is decided that it signs again (`in_force.held_back`).

    A sheet that several packets would share goes into none of them, and each of its blocks gets a page of its own as
    well: that one is what a link offers. Raises Refused for an arrangement that makes no sense.
    """
    if arrangement.blocks_per_page < 1 or arrangement.per_signatory < 1:
        raise Refused("A page carries at least one block.")
    waiting = _waiting(agreement, arrangement.only)
    # What one person signs goes into one packet, whatever document it belongs to.
    packets = distribution.packets_of(blocks.execution_version(agreement), waiting)
    return [
        sheet
        for _, own in groupby(waiting, key=lambda block: block.version_id)
        for sheet in _sheets(list(own), packets, arrangement)
    ]


def _sheets(waiting: list[SignatureBlock], packets: dict[int, Packet], arrangement: Arrangement) -> Iterator[Sheet]:
    """Yield the sheets of one document."""
    holders = [block for block in waiting if block.role == PartyRole.HOLDER]
    yield from (Sheet(packets[block.pk], (block,)) for block in waiting if block.role != PartyRole.HOLDER)
    for group in _groups(holders, packets, arrangement):
        owners = {packets[block.pk].pk for block in group}
        if len(owners) == 1:
            yield Sheet(packets[group[0].pk], group)
        else:
            yield Sheet(None, group)
            yield from (Sheet(packets[block.pk], (block,)) for block in group)


def _waiting(agreement: Agreement, only: frozenset[int] | None) -> list[SignatureBlock]:
    """Return the blocks that stand on no current page yet: of the agreement, then of each further document."""
    version = blocks.execution_version(agreement)
    held_back = in_force.held_back(version)
    return [
        block
        for signed in (version, *further_documents.versions(agreement))
        for block in signed.blocks.prefetch_related("lines__signatory", "placed__page").order_by("position")
        if (only is None or block.pk in only) and block.pk not in held_back and not is_issued(block)
    ]


def is_issued(block: SignatureBlock) -> bool:
    """Tell whether a block stands on a current page. Uses what was fetched with `placed__page`."""
    return any(placed.page.state == SignaturePage.State.CURRENT for placed in block.placed.all())


def _groups(
    holders: list[SignatureBlock], packets: dict[int, Packet], arrangement: Arrangement
) -> Iterator[tuple[SignatureBlock, ...]]:
    by_owner: dict[int, list[SignatureBlock]] = {}
    for block in holders:
        by_owner.setdefault(0 if arrangement.blocks_per_page > 1 else packets[block.pk].pk, []).append(block)
    size = max(arrangement.blocks_per_page, arrangement.per_signatory)
    for owned in by_owner.values():
        for start in range(0, len(owned), size):
            yield tuple(owned[start : start + size])


@transaction.atomic
def issue(agreement: Agreement, actor: User | None, arrangement: Arrangement = ONE_A_PAGE) -> list[SignaturePage]:
    """Issue a page for every block that has none, one PDF a packet. Raises Refused when a page cannot be set."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    version = blocks.execution_version(agreement)
    further_documents.follow(agreement)
    template = page_templates.of(agreement)
    if template.second_signatory:
        _add_second_lines(_waiting(agreement, arrangement.only))
    by_packet: dict[int | None, list[Sheet]] = {}
    for sheet in plan(agreement, arrangement):
        by_packet.setdefault(sheet.packet.pk if sheet.packet else None, []).append(sheet)
    drawn = [
        page
        for sheets in by_packet.values()
        for page in typeset_sheets(agreement, template, _fitting(agreement, template, sheets))
    ]
    issued = put_on_record(agreement, drawn)
    if issued:
        audit.record(
            agreement,
            actor,
            "pages issued",
            pages=[page.number for page in issued],
            blocks_per_page=arrangement.blocks_per_page,
            per_signatory=arrangement.per_signatory,
            version=version.pdf_id,
        )
    return issued


def _fitting(agreement: Agreement, template: PageTemplate, sheets: list[Sheet]) -> list[Sheet]:
    """Part each sheet whose blocks do not fit, by halves until they do. A block alone is left as it is."""
    unsure = set(range(len(sheets)))
    while tried := [at for at in sorted(unsure) if len(sheets[at].blocks) > 1]:
        pages = [_to_draw(agreement, template, typesetting.PREVIEW_KEY, sheets[at]) for at in tried]
        full = {tried[at] for at in typesetting.too_full(pages, template)}
        if not full:
            break
        parted: list[Sheet] = []
        unsure = set()
        for at, sheet in enumerate(sheets):
            if at not in full:
                parted.append(sheet)
                continue
            halves = _halves(sheet)
            unsure.update(range(len(parted), len(parted) + len(halves)))
            parted += halves
        sheets = parted
    return sheets


def _halves(sheet: Sheet) -> list[Sheet]:
    """Return a sheet as two. A block that is left alone of a sheet that packets share has a page of its own already."""
    middle = (len(sheet.blocks) + 1) // 2
    parts = (sheet.blocks[:middle], sheet.blocks[middle:])
    return [Sheet(sheet.packet, blocks) for blocks in parts if sheet.packet is not None or len(blocks) > 1]


def issue_once_more(page: SignaturePage) -> SignaturePage:
    """Issue a page like another one that counts no more: same blocks as they read now, same packet, a new code.

    Belongs in the caller's transaction, which holds the agreement and writes the audit event. Raises Refused for a page
    of an earlier version.
    """
    agreement = page.version.agreement
    if not page.version.is_signed_now:
        raise Refused("This page belongs to an earlier version of the agreement. Issue pages of the new one.")
    shown = page.blocks.order_by("placed__position").prefetch_related("lines__signatory")
    sheet = Sheet(page.packet, tuple(shown))
    return put_on_record(agreement, typeset_sheets(agreement, page_templates.of(agreement), [sheet]))[0]


def put_on_record(agreement: Agreement, drawn: list[tuple[SignaturePage, Sheet]]) -> list[SignaturePage]:
    """Save pages with what stands on each, and have their pictures made. Belongs in the caller's transaction."""
    files.record(page.pdf for page, _ in drawn)
    issued = SignaturePage.objects.bulk_create((page for page, _ in drawn), batch_size=BATCH)
    PlacedBlock.objects.bulk_create(
        (
            PlacedBlock(page=page, block=block, position=at)
            for page, sheet in drawn
            for at, block in enumerate(sheet.blocks, 1)
        ),
        batch_size=BATCH,
    )
    if issued:
        blanks.ask_for(agreement)
    return issued


def typeset_sheets(
    agreement: Agreement, template: PageTemplate, sheets: list[Sheet]
) -> list[tuple[SignaturePage, Sheet]]:
    """Draw one PDF and return its pages, neither they nor the PDF's row saved yet, with what stands on each."""
    keys = [code.new_key() for _ in sheets]
    to_draw = [_to_draw(agreement, template, key, sheet) for key, sheet in zip(keys, sheets, strict=True)]
    drawn = typesetting.draw(to_draw, template)
    pdf = files.put_down(drawn.pdf, "application/pdf")
    pages = []
    for index, (page, sheet, layout) in enumerate(zip(to_draw, sheets, drawn.layouts, strict=True)):
        issued = SignaturePage(
            version=sheet.version,
            version_sha256=sheet.version.pdf_id,
            packet=sheet.packet,
            key=page.payload_key,
            number=code.page_number(page.payload_key),
            pdf=pdf,
            page_index=index,
            layout=layout.as_json(),
            typeset_with=typesetting.remembered(template, page),
        )
        pages.append((issued, sheet))
    return pages


def _to_draw(agreement: Agreement, template: PageTemplate, key: str, sheet: Sheet) -> PageToDraw:
    words = [typesetting.wording(block) for block in sheet.blocks]
    version = sheet.version
    return typesetting.page(agreement, template, key, words, version.number, version.further_document)


def _add_second_lines(waiting: Iterable[SignatureBlock]) -> None:
    """Give holders who are about to be issued a second line, which may stay empty."""
    single = [block for block in waiting if block.role == PartyRole.HOLDER and len(block.lines.all()) == 1]
    second = [SignatureLine(block=block, position=2, required=False) for block in single]
    SignatureLine.objects.bulk_create(second, batch_size=BATCH)


def current_pages(agreement: Agreement) -> Iterator[SignaturePage]:
    """Yield every current page of the agreement in the order in which it was issued."""
    yield from (
        SignaturePage.objects.filter(version__agreement=agreement, state=SignaturePage.State.CURRENT)
        .select_related("pdf", "packet")
        .order_by("id")
    )


def export(agreement: Agreement, folder: Path) -> int:
    """Write the PDFs of all current pages, and pages.jsonl, into a folder and return the number of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, str] = {}
    rows = []
    for page in current_pages(agreement):
        if page.pdf_id not in names:
            kind = "packet" if page.packet_id else "shared"
            names[page.pdf_id] = f"{kind}-{len(names) + 1:02d}.pdf"
            (folder / names[page.pdf_id]).write_bytes(files.read(page.pdf))
        rows.append(
            blank.manifest_row(page.plain_number, names[page.pdf_id], page.page_index, layout_from_json(page.layout))
        )
    (folder / "pages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return len(rows)
