"""Which issued page a received page is, and whether it was there before."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from signatures.domain import files
from signatures.domain.decisions import block_states
from signatures.domain.documents import in_force
from signatures.domain.pages import blanks
from signatures.models import Agreement, Match, ReceivedPage, SignatureBlock, SignaturePage, User
from signatures.paper.candidates import Expected
from signatures.paper.code import parse_payload, payload
from signatures.paper.layout import layout_from_json
from signatures.paper.reading import Issued


def page_of_code(text: str) -> SignaturePage | None:
    """Return the issued page that a code names: prefix, check and database must agree."""
    seen = parse_payload(text)
    if seen is None:
        return None
    return SignaturePage.objects.select_related("version__agreement").filter(key=seen.key).first()


def issued_for_code(text: str) -> Issued | None:
    """Return what the reader needs of the issued page that a code names."""
    page = page_of_code(text)
    if page is None:
        return None
    return Issued(layout=layout_from_json(page.layout), blank=files.read(blanks.blank_of(page)))


def open_match(page: ReceivedPage, signature_page: SignaturePage, by: User | None = None) -> Match:
    """Match a received page, link it to the earlier copy of the same sheet if there is one, and tell its blocks.

    Belongs in the caller's transaction, which holds the issued page from here on: of two copies that come in at once,
    one is the first.
    """
    SignaturePage.objects.select_for_update().get(pk=signature_page.pk)
    match = Match.objects.create(
        page=page,
        signature_page=signature_page,
        method=Match.Method.PERSON if by else Match.Method.CODE,
        matched_by=by,
    )
    first = (
        ReceivedPage.objects.filter(
            agreement=signature_page.version.agreement,
            matches__signature_page=signature_page,
            matches__closed_at=None,
            duplicate_of=None,
        )
        .exclude(pk=page.pk)
        .exclude(state="set_aside")
        .order_by("id")
        .first()
    )
    page.agreement = signature_page.version.agreement
    page.duplicate_of = first
    for block in signature_page.blocks.select_for_update().order_by("id"):
        block_states.move(block, "receive")
    return match


@dataclass(frozen=True)
class Matched:
    """An open match with what review needs of it."""

    signature_page: SignaturePage
    blocks: tuple[SignatureBlock, ...]


def matched(page: ReceivedPage) -> Matched | None:
    """Return what a received page is matched to now."""
    match = page.matches.filter(closed_at=None).select_related("signature_page__version__agreement").first()
    if match is None:
        return None
    found = match.signature_page.blocks.order_by("placed__position").prefetch_related("lines")
    return Matched(match.signature_page, tuple(found))


def why_not_current(page: SignaturePage) -> str:
    """Return the sentence that a copy of an issued page meets when that page counts no more."""
    voiding = page.voidings.filter(closed_at=None).first()
    zone = ZoneInfo(page.version.agreement.time_zone)
    if voiding is None:
        own = page.version
        if own.is_signed_now:
            return "This page was superseded by another one"
        current = own.agreement.versions.filter(is_execution=True).first()
        day = (own.adopted_at or own.created_at).astimezone(zone)
        now = f", version {current.number} is current" if current else ""
        return f"This page is of version {own.number} of {day:%B} {day.day}, {day.year}{now}"
    day = voiding.voided_at.astimezone(zone)
    done = "replaced" if page.state == SignaturePage.State.SUPERSEDED else "voided"
    return f"This page was {done} on {day:%B} {day.day}, {day.year} because: {voiding.reason}"


def expected_pages(agreement: Agreement | None) -> list[Expected]:
    """Return the pages of an agreement, current or of earlier versions, as candidates for a page without a code; of all
    agreements for None. The current ones come first.
    """
    pages = in_force.issued_pages(agreement)
    return [
        Expected(
            payload=payload(page.key, "A"),
            holders=tuple(block.entity for block in page.blocks.all()),
            signers=tuple(line.name for block in page.blocks.all() for line in block.lines.all() if line.name),
            entities=tuple(link["entity"] for block in page.blocks.all() for link in block.chain),
            agreement_title=str(page.version.further_document or page.version.agreement.title),
            number=page.number,
            layout=layout_from_json(page.layout),
            blank=None,
        )
        for page in pages.select_related("version__agreement", "version__further_document")
        .prefetch_related("blocks__lines")
        .order_by("-version__is_execution", "id")
    ]
