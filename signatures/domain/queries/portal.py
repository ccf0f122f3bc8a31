"""What a link shows: its packet's own pages and what came back of them, and nothing of anybody else."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from signatures.domain.files import read
from signatures.domain.queries.statements import Blank, blanks
from signatures.models import (
    BlockState,
    Defect,
    FurtherDocument,
    Match,
    Packet,
    PageState,
    ReceivedPage,
    SignatureBlock,
    SignaturePage,
    StoredFile,
    Submission,
)
from signatures.paper.binding import bind
from signatures.paper.reading import Reading, reading_from_json


@dataclass(frozen=True)
class PortalPage:
    """One page of the packet. `received` is the newest that came back of it, `reading` what the machine saw on that."""

    page: SignaturePage
    blocks: tuple[SignatureBlock, ...]
    received: ReceivedPage | None
    reading: Reading | None
    defects: tuple[str, ...]
    is_executed: bool
    may_show_picture: bool
    blanks: tuple[Blank, ...]


@dataclass(frozen=True)
class PortalFile:
    """A file sent through the link that is not, or not yet, one of its pages."""

    submission: Submission
    is_read: bool


def pages(packet: Packet) -> list[PortalPage]:
    """Return the packet's own current pages. A sheet that other packets share is never among them."""
    matches = Match.objects.filter(closed_at=None).exclude(page__state=PageState.SET_ASIDE)
    in_order = SignatureBlock.objects.order_by("placed__position")
    own = current(packet).prefetch_related(
        Prefetch("blocks", in_order.prefetch_related("lines"), to_attr="in_order"),
        Prefetch(
            "matches",
            matches.select_related("page__submission", "page__current_reading", "page__thumbnail").order_by("page_id"),
            to_attr="open_matches",
        ),
    )
    return [_page(packet, page) for page in own]


def current(packet: Packet) -> QuerySet[SignaturePage]:
    """Return the pages that the packet's link offers."""
    pages = packet.pages.filter(state=SignaturePage.State.CURRENT).select_related("version__further_document")
    return pages.order_by("id")


def _page(packet: Packet, page: SignaturePage) -> PortalPage:
    blocks = tuple(page.in_order)  # type: ignore[attr-defined]
    matches: list[Match] = page.open_matches  # type: ignore[attr-defined]
    newest = matches[-1].page if matches else None
    row = newest.current_reading if newest else None
    reading = reading_from_json(row.data) if row else None
    open_blocks = [block for block in blocks if block.state not in (BlockState.EXECUTED, BlockState.RELEASED)]
    defects = Defect.objects.filter(page=newest, block__in=blocks, closed_at=None) if newest else []
    return PortalPage(
        page=page,
        blocks=blocks,
        received=newest,
        reading=reading,
        defects=tuple(str(Defect.Code(one.code).label) for one in defects),
        is_executed=not open_blocks,
        may_show_picture=newest is not None and newest.submission.packet_id == packet.pk,
        blanks=tuple(blanks(reading, open_blocks, packet)),
    )


def blanks_of(packet: Packet, received: int) -> tuple[Blank, ...]:
    """Return what a received page leaves blank, where it is the newest copy of a page of this packet."""
    return next((one.blanks for one in pages(packet) if one.received and one.received.pk == received), ())


def other_files(packet: Packet) -> list[PortalFile]:
    """Return what was sent through the link and is being read, or turned out to be none of its pages."""
    found = []
    for submission in packet.submissions.order_by("-received_at").prefetch_related("pages__matches__signature_page")[
        :20
    ]:
        received = list(submission.pages.all())
        own = [
            page
            for page in received
            if any(
                match.closed_at is None and match.signature_page.packet_id == packet.pk for match in page.matches.all()
            )
        ]
        is_read = submission.state != Submission.State.WAITING and all(page.read_at for page in received)
        if not is_read or len(own) < max(len(received), 1):
            found.append(PortalFile(submission, is_read))
    return found


def picture(packet: Packet, received: int) -> StoredFile | None:
    """Return the thumbnail of a page that was sent through this link and is one of its pages."""
    page = (
        ReceivedPage.objects.filter(
            pk=received,
            submission__packet=packet,
            matches__closed_at=None,
            matches__signature_page__packet=packet,
        )
        .select_related("thumbnail")
        .first()
    )
    return page.thumbnail if page else None


def pages_pdf(packet: Packet, number: str | None = None) -> bytes | None:
    """Return the packet's pages, or the one of a number, as a PDF to sign. None where there is no such page."""
    wanted = current(packet).select_related("pdf")
    chosen = [page for page in wanted if number is None or page.plain_number == number]
    return bind((read(page.pdf), page.page_index) for page in chosen) if chosen else None


def has_agreement(packet: Packet) -> bool:
    """Tell whether there is a copy of the packet's version of the agreement that holders may read."""
    return packet.version.reading_copy_id is not None


def agreement_pdf(packet: Packet) -> bytes | None:
    """Return the agreement to read, without anybody's signature block. None where it cannot be shown so."""
    copy = packet.version.reading_copy
    return read(copy) if copy else None


def further_documents(packet: Packet) -> list[FurtherDocument]:
    """Return the further documents of which the packet has pages, each with its version."""
    own = FurtherDocument.objects.filter(version__pages__in=current(packet))
    return list(own.distinct().select_related("version").order_by("position"))


def further_pdf(packet: Packet, document: int) -> bytes | None:
    """Return a further document to read, as `agreement_pdf`. None also for one that the packet has no page of."""
    one = next((one for one in further_documents(packet) if one.pk == document), None)
    copy = one.version.reading_copy if one else None
    return read(copy) if copy else None
