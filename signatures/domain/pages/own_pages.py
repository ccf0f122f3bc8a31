"""Signature pages that counsel made: taken from a PDF, tied to their blocks, stamped and issued."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.utils import timezone

from holders.models import PartyRole
from holders.names import fold
from signatures.domain import audit, files
from signatures.domain.documents import blocks, in_force
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing, page_templates
from signatures.domain.pages.typesetting import line_id
from signatures.models import (
    Agreement,
    OwnLine,
    OwnPage,
    OwnPdf,
    Packet,
    SignatureBlock,
    SignaturePage,
    StoredFile,
    User,
    Version,
)
from signatures.paper import code
from signatures.paper.own_pages.child import Seen, look
from signatures.paper.own_pages.find import FoundRule, Tell, page_from_json
from signatures.paper.own_pages.stamp import Stamp, Tied, layout, stamp
from signatures.paper.own_pages.upright import UnusablePdf

PDF = "application/pdf"
NO_SPACE = (
    "There is no clear space on this page for the two codes: each takes 25 by 25 mm, one in the upper part, one in the "
    "lower, 10 mm from the edges. Move what is printed there and upload the page again."
)


UPLOADED_BEFORE = "This PDF was uploaded before. Its pages are below."


@dataclass(frozen=True)
class Line:
    """A line of a block that a rule can be for: the block and the position, and how it is called."""

    block: SignatureBlock
    position: int
    words: str


@dataclass(frozen=True)
class Kept:
    """What was found in a PDF, with its upright pages and the picture of each in place on disk."""

    seen: Seen
    upright: StoredFile
    pictures: tuple[StoredFile, ...]


def seen_in(data: bytes, tell: Tell) -> Seen:
    """Find the signature pages of a PDF of counsel's, and tell how far that is. Raises Refused."""
    try:
        return look(data, tell)
    except UnusablePdf as error:
        raise Refused(str(error)) from error


def keep(seen: Seen) -> Kept:
    """Keep what was found as files."""
    pictures = tuple(files.keep(png, "image/png") for png in seen.pictures)
    return Kept(seen, files.keep(seen.found.pdf, PDF), pictures)


@transaction.atomic
def enter(version: Version, source: StoredFile, name: str, kept: Kept, by: User) -> OwnPdf:
    """Enter the signature pages that were found and suggest whose each line is. Raises Refused for a PDF of before."""
    agreement = Agreement.objects.select_for_update().get(pk=version.agreement_id)
    if OwnPdf.objects.filter(version=version, source=source, closed_at=None).exists():
        raise Refused(UPLOADED_BEFORE)
    pdf = OwnPdf.objects.create(version=version, source=source, upright=kept.upright, name=name[-255:], uploaded_by=by)
    pages = [
        OwnPage(pdf=pdf, index=at, found=page.as_json(), picture=picture)
        for at, (page, picture) in enumerate(zip(kept.seen.found.pages, kept.pictures, strict=True))
    ]
    OwnPage.objects.bulk_create(pages)
    OwnLine.objects.bulk_create(_suggested(pages, lines_to_tie(version)))
    audit.record(agreement, by, "own pages uploaded", source=source.sha256, name=pdf.name, pages=len(pages))
    return pdf


def lines_to_tie(version: Version) -> list[Line]:
    """Return the signature lines of all blocks that stand on no current page yet, in their order."""
    held_back = in_force.held_back(version)
    found = []
    for block in version.blocks.prefetch_related("lines", "placed__page").order_by("position"):
        if block.pk in held_back or issuing.is_issued(block):
            continue
        lines = list(block.lines.all())
        for line in lines:
            more = f", {line.name or f'line {line.position}'}" if len(lines) > 1 else ""
            found.append(Line(block, line.position, f"{block.entity}{more}"))
    often = Counter(line.words for line in found)
    return [
        line if often[line.words] == 1 else replace(line, words=f"{line.words} (no. {line.block.position})")
        for line in found
    ]


def open_pages(version: Version) -> list[OwnPage]:
    """Return the pages of all PDFs of counsel's that are open for a version, with their lines."""
    lines = OwnLine.objects.select_related("block").prefetch_related("block__placed__page", "block__lines")
    return list(
        OwnPage.objects.filter(pdf__version=version, pdf__closed_at=None)
        .select_related("pdf__upright", "picture")
        .prefetch_related(Prefetch("lines", lines))
    )


# Whose line it is --------------------------------------------------------------------------------------------------


def _suggested(pages: Sequence[OwnPage], lines: Sequence[Line]) -> list[OwnLine]:
    """Tie each line to sign on to the one block whose name is printed nearest above it, or whose signatory below."""
    made: list[OwnLine] = []
    for page in pages:
        taken: set[tuple[int, int]] = set()
        for at, rule in enumerate(page_from_json(page.found).rules):
            if rule.use != "signature":
                continue
            free = [line for line in lines if (line.block.pk, line.position) not in taken]
            line = _likely(rule, free)
            if line is not None:
                taken.add((line.block.pk, line.position))
                made.append(OwnLine(page=page, at=at, block=line.block, position=line.position))
    return made


def _likely(rule: FoundRule, lines: Sequence[Line]) -> Line | None:
    """Return the line whose block is named nearest above a rule; of several alike, the one whose signatory is below.

    A name may run over two printed lines, and only what stands before the next “By:” of another block is looked at.
    """
    below = fold(" ".join(rule.below[:2]))
    for depth in range(len(rule.above)):
        words = fold(" ".join(reversed(rule.above[depth : depth + 2])))
        near = [line for line in lines if fold(line.block.entity) and fold(line.block.entity) in words]
        if near:
            longest = max(len(fold(line.block.entity)) for line in near)
            near = [line for line in near if len(fold(line.block.entity)) == longest]
            named = [line for line in near if _signatory(line) and _signatory(line) in below]
            return (named or near)[0]
        if re.search(r"_{5}|\bname:|\btitle:", rule.above[depth].casefold()):
            return None
    named = [line for line in lines if not rule.above and _signatory(line) and _signatory(line) in below]
    return named[0] if len(named) == 1 else None


def _signatory(line: Line) -> str:
    own = next((one for one in line.block.lines.all() if one.position == line.position), None)
    return fold(own.name) if own and own.name else ""


@transaction.atomic
def tie(page: OwnPage, at: int, block: SignatureBlock | None, position: int, by: User) -> None:
    """Say whose signature a rule is for, None for nobody's. Raises Refused, Overtaken when the PDF was put away."""
    agreement = Agreement.objects.select_for_update().get(versions__own_pdfs=page.pdf_id)
    if not OwnPdf.objects.filter(pk=page.pdf_id, closed_at=None).exists():
        raise Overtaken("This PDF was put away a moment ago. Nothing was changed.")
    if not 0 <= at < len(page.found["rules"]):
        raise Refused("There is no such line on this page.")
    before = page.lines.filter(at=at).first()
    if before is not None and issuing.is_issued(before.block):
        raise Refused(f"{before.block.entity} stands on an issued page. Void that page first.")
    if block is None:
        page.lines.filter(at=at).delete()
    else:
        if issuing.is_issued(block):
            raise Refused(f"{block.entity} stands on an issued page. Void that page first.")
        if not block.lines.filter(position=position).exists() or block.version_id != page.pdf.version_id:
            raise Refused("There is no such signature line in this version.")
        page.lines.filter(block=block, position=position).delete()
        OwnLine.objects.update_or_create(page=page, at=at, defaults={"block": block, "position": position})
    audit.record(agreement, by, "own line tied", page=str(page), line=at, block=block.pk if block else None)


@transaction.atomic
def make_form(page: OwnPage, on: bool, by: User) -> None:
    """Say that a page names nobody: each holder without another page gets a copy of it. Its lines are tied no more.

    Raises Refused where a block of the page was issued, Overtaken when the PDF was put away.
    """
    agreement = Agreement.objects.select_for_update().get(versions__own_pdfs=page.pdf_id)
    if not OwnPdf.objects.filter(pk=page.pdf_id, closed_at=None).exists():
        raise Overtaken("This PDF was put away a moment ago. Nothing was changed.")
    issued = next((line.block for line in page.lines.all() if issuing.is_issued(line.block)), None)
    if issued is not None:
        raise Refused(f"{issued.entity} stands on an issued page. Void that page first.")
    if on:
        page.lines.all().delete()
        OwnPage.objects.filter(pdf=page.pdf_id, for_each=True).update(for_each=False)
    page.for_each = on
    page.save(update_fields=["for_each"])
    audit.record(agreement, by, "own page is a form" if on else "own page is no form", page=str(page))


@transaction.atomic
def put_away(pdf: OwnPdf, by: User) -> None:
    """Use a PDF of counsel's no more. Pages that were issued from it stay as they are."""
    agreement = Agreement.objects.select_for_update().get(versions=pdf.version_id)
    closed = OwnPdf.objects.filter(pk=pdf.pk, closed_at=None).update(closed_at=timezone.now(), closed_by=by)
    if closed:
        audit.record(agreement, by, "own pages put away", source=pdf.source_id, name=pdf.name)


@transaction.atomic
def bring_back(pdf: OwnPdf, by: User) -> None:
    """Undo `put_away`. Raises Refused where the same PDF was uploaded again since."""
    agreement = Agreement.objects.select_for_update().get(versions=pdf.version_id)
    try:
        with transaction.atomic():
            opened = OwnPdf.objects.filter(pk=pdf.pk).exclude(closed_at=None).update(closed_at=None, closed_by=None)
    except IntegrityError as error:
        raise Refused("The same PDF was uploaded again since. Its pages are below.") from error
    if opened:
        audit.record(agreement, by, "own pages brought back", source=pdf.source_id, name=pdf.name)


# Issuing -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Copy:
    """A page to stamp: counsel's, the blocks on it, and whose each rule is, by its place: block and position."""

    page: OwnPage
    blocks: tuple[SignatureBlock, ...]
    ties: dict[int, tuple[int, int]]


def why_not(page: OwnPage) -> str:
    """Say in a sentence why a page cannot be issued as it is tied now, or nothing."""
    found = page_from_json(page.found)
    if found.space is None:
        return NO_SPACE
    tied = list(page.lines.all())
    if not tied and not page.for_each:
        return "No line of this page is tied to a block yet."
    for block in {line.block for line in tied}:
        on_page = {line.position for line in tied if line.block_id == block.pk}
        if any(line.required and line.position not in on_page for line in block.lines.all()):
            return f"{block.entity} signs on several lines, and not all of them are tied on this page."
    return ""


def copies(pages: Sequence[OwnPage], lines: Sequence[Line]) -> list[Copy]:
    """Return what issuing would stamp: each page that is tied, and a form once for each holder who has no other page.

    `lines` are those that may be issued (see `lines_to_tie`). Raises Refused where a block stands on two of the pages,
    there are two forms, or a form has fewer lines than a holder needs.
    """
    waiting = {line.block.pk: line.block for line in lines}
    made, forms = [], []
    for page in pages:
        if why_not(page):
            continue
        if page.for_each:
            forms.append(page)
            continue
        shown = dict.fromkeys(line.block for line in page.lines.all())
        if all(block.pk in waiting for block in shown):
            made.append(
                Copy(page, tuple(shown), {line.at: (line.block_id, line.position) for line in page.lines.all()})
            )
    seen: dict[int, OwnPage] = {}
    for copy in made:
        for block in copy.blocks:
            if seen.setdefault(block.pk, copy.page) is not copy.page:
                raise Refused(
                    f"{block.entity} is tied on two pages, {seen[block.pk]} and {copy.page}. Leave one of them."
                )
    if len(forms) > 1:
        raise Refused(f"Two pages are forms for each holder, {forms[0]} and {forms[1]}. Leave one of them.")
    others = [block for block in waiting.values() if block.pk not in seen and block.role == PartyRole.HOLDER]
    return made + [_filled(form, block) for form in forms for block in others]


def _filled(form: OwnPage, block: SignatureBlock) -> Copy:
    """Return the copy of a form for one holder: its signature lines in their order are the holder's."""
    rules = [at for at, rule in enumerate(page_from_json(form.found).rules) if rule.use == "signature"]
    lines = list(block.lines.all())
    if any(line.required for line in lines[len(rules) :]):
        raise Refused(f"{block.entity} signs on {len(lines)} lines, and {form} has fewer. Tie a page of its own to it.")
    return Copy(form, (block,), {at: (block.pk, line.position) for at, line in zip(rules, lines, strict=False)})


@transaction.atomic
def issue(agreement: Agreement, by: User, *, shared: bool = False) -> list[SignaturePage]:
    """Stamp and issue every page that is ready, one PDF a packet.

    A sheet that blocks of several packets share goes into none of them, and wants counsel's word (`shared`) that
    holders may see each other; each of its blocks gets a typeset page of its own as well, which a link offers.
    Raises Refused as `copies` does, or where nothing is ready.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    version = blocks.execution_version(agreement)
    wanted = copies(open_pages(version), lines_to_tie(version))
    if not wanted:
        raise Refused("No page is tied to its blocks yet, or all of them were issued.")
    packets = distribution.packets_of(version, [block for copy in wanted for block in copy.blocks])
    by_packet: dict[tuple[int, int], list[tuple[Copy, Packet | None]]] = {}
    for copy in wanted:
        owners = {packets[block.pk].pk for block in copy.blocks}
        if len(owners) > 1 and not shared:
            names = " and ".join(block.entity for block in copy.blocks)
            raise Refused(f"{names} share a sheet and would see each other. Say that you know it and want it so.")
        packet = packets[copy.blocks[0].pk] if len(owners) == 1 else None
        by_packet.setdefault((packet.pk if packet else 0, copy.page.pdf_id), []).append((copy, packet))
    drawn = [one for together in by_packet.values() for one in _stamped(version, together)]
    template = page_templates.of(agreement)
    alone = [block for _, sheet in drawn if sheet.packet is None for block in sheet.blocks]
    for block in alone:  # no link may offer a sheet that others share
        drawn += issuing.typeset_sheets(agreement, template, [issuing.Sheet(packets[block.pk], (block,))])
    issued = issuing.put_on_record(agreement, drawn)
    numbers = [page.number for page in issued]
    audit.record(agreement, by, "own pages issued", pages=numbers, shared=shared, version=version.pdf_id)
    return issued


def issue_once_more(page: SignaturePage) -> SignaturePage:
    """Stamp counsel's page of an issued one again with a new code: same blocks, same packet.

    Belongs in the caller's transaction, which holds the agreement and writes the audit event. Raises Refused for a page
    of an earlier version.
    """
    if page.version != blocks.execution_version(page.version.agreement):
        raise Refused("This page belongs to an earlier version of the agreement. Issue pages of the new one.")
    own = OwnPage.objects.select_related("pdf__upright").get(pk=page.typeset_with["own_page"])
    shown = tuple(page.blocks.order_by("placed__position").prefetch_related("lines"))
    ties = {int(at): (block, position) for at, (block, position) in page.typeset_with["ties"].items()}
    stamped = _stamped(page.version, [(Copy(own, shown, ties), page.packet)])
    return issuing.put_on_record(page.version.agreement, stamped)[0]


def _stamped(
    version: Version, together: Sequence[tuple[Copy, Packet | None]]
) -> list[tuple[SignaturePage, issuing.Sheet]]:
    """Stamp pages of one PDF of counsel's and return them, not saved yet, with what stands on each."""
    keys = [code.new_key() for _ in together]
    found = [page_from_json(copy.page.found) for copy, _ in together]
    stamps = [
        Stamp(copy.page.index, key, one, version.number)
        for (copy, _), key, one in zip(together, keys, found, strict=True)
    ]
    pdf = files.keep(stamp(files.read(together[0][0].page.pdf.upright), stamps), PDF)
    made = []
    for index, ((copy, packet), key, one) in enumerate(zip(together, keys, found, strict=True)):
        own = copy.page
        issued = SignaturePage(
            version=version,
            version_sha256=version.pdf_id,
            packet=packet,
            key=key,
            number=code.page_number(key),
            pdf=pdf,
            page_index=index,
            layout=layout(one, key, _tied(copy)).as_json(),
            typeset_with={
                **{"own_page": own.pk, "pdf": own.pdf.upright_id, "index": own.index, "found": own.found},
                "ties": copy.ties,
            },
        )
        made.append((issued, issuing.Sheet(packet, copy.blocks)))
    return made


def _tied(copy: Copy) -> dict[int, Tied]:
    tied = {}
    by_id = {block.pk: block for block in copy.blocks}
    for at, (block_id, position) in copy.ties.items():
        block = by_id[block_id]
        lines = list(block.lines.all())
        name = next((line.name for line in lines if line.position == position), "")
        tied[at] = Tied(line_id(block, position, len(lines) > 1), f"b{block.pk}", block.entity, name or None)
    return tied
