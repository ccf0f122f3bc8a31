"""Voiding an issued page or a whole packet, replacing it by new ones, and undoing that.

No accepted signature is lost on the way.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.decisions import review
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing, own_pages
from signatures.models import (
    Agreement,
    AuditEvent,
    Counterpart,
    Packet,
    SignatureBlock,
    SignaturePage,
    User,
    Voiding,
)

CURRENT, SUPERSEDED, VOID = (
    SignaturePage.State.CURRENT,
    SignaturePage.State.SUPERSEDED,
    SignaturePage.State.VOID,
)


def executed_on(page: SignaturePage) -> list[SignatureBlock]:
    """Return the blocks of an issued page that a received copy of it has executed."""
    counting = Counterpart.objects.filter(
        closed_at=None, page__matches__signature_page=page, page__matches__closed_at=None
    )
    return list(page.blocks.filter(pk__in=counting.values("block")).order_by("placed__position"))


@transaction.atomic
def void(page: SignaturePage, by: User, reason: str, *, still_counts: bool = False) -> Voiding:
    """Void a page: its code answers as void from here on. Blocks on no other page wait to be issued again.

    Raises Refused without a reason, or where a copy of the page has executed a block and counsel did not say that it
    still counts (`still_counts`); Overtaken when the page is current no more.
    """
    voiding = _end(page, by, reason, VOID, still_counts)
    review.ask_anew(SignaturePage.objects.filter(pk=page.pk))
    audit.record(page.version.agreement, by, "page voided", **_data(page, voiding, still_counts))
    return voiding


@transaction.atomic
def issue_again(page: SignaturePage, by: User, reason: str, *, still_counts: bool = False) -> SignaturePage:
    """Replace a page by a new one with the same blocks, as they read now, in the same packet. Raises as `void` does."""
    voiding = _end(page, by, reason, SUPERSEDED, still_counts)
    is_own = "own_page" in page.typeset_with
    new = own_pages.issue_once_more(page) if is_own else issuing.issue_once_more(page)
    voiding.replaced_by = new
    voiding.save(update_fields=["replaced_by"])
    review.ask_anew(SignaturePage.objects.filter(pk=page.pk))
    audit.record(page.version.agreement, by, "page issued again", **_data(page, voiding, still_counts), new=new.number)
    return new


@transaction.atomic
def undo(voiding: Voiding, by: User) -> SignaturePage:
    """Let a voided page count again. Raises Refused when it was replaced or its blocks have changed since, Overtaken
    when that was undone already.
    """
    agreement = Agreement.objects.select_for_update().get(versions__pages=voiding.page_id)
    page = _undo(agreement, voiding, by)
    review.ask_anew(SignaturePage.objects.filter(pk=page.pk))
    blocks = list(page.blocks.values_list("pk", flat=True))
    audit.record(agreement, by, "voiding undone", sheet=page.number, pages=[page.number], blocks=blocks)
    return page


@transaction.atomic
def void_packet(packet: Packet, by: User, reason: str, *, still_counts: bool = False) -> list[Voiding]:
    """Void every current page of a packet, or none. Raises as `void` does, for any of them."""
    ended = _end_packet(packet, by, reason, VOID, still_counts)
    _record_packet(packet, by, "packet voided", ended, still_counts)
    return ended


@transaction.atomic
def issue_packet_again(packet: Packet, by: User, reason: str, *, still_counts: bool = False) -> list[SignaturePage]:
    """Replace every current page of a packet by a new one, in the same packet with the same link. Raises as `void`."""
    ended = _end_packet(packet, by, reason, SUPERSEDED, still_counts)
    new = [issuing.issue_once_more(one.page) for one in ended]
    for one, page in zip(ended, new, strict=True):
        one.replaced_by = page
    Voiding.objects.bulk_update(ended, ["replaced_by"])
    _record_packet(packet, by, "packet issued again", ended, still_counts, new=[page.number for page in new])
    return new


@transaction.atomic
def undo_packet(packet: Packet, by: User) -> list[SignaturePage]:
    """Let the pages of a packet that was voided as a whole count again: all of them or none. Raises as `undo` does."""
    agreement = Agreement.objects.select_for_update().get(pk=packet.agreement_id)
    voidings = list(Voiding.objects.filter(packet=packet, closed_at=None, page__state=VOID).order_by("id"))
    if not voidings:
        raise Overtaken("Somebody else undid this a moment ago.")
    pages = [_undo(agreement, one, by) for one in voidings]
    _record_packet(packet, by, "voiding of a packet undone", voidings, False)
    return pages


def _end_packet(packet: Packet, by: User, reason: str, state: str, still_counts: bool) -> list[Voiding]:
    Agreement.objects.select_for_update().get(pk=packet.agreement_id)
    pages = list(packet.pages.filter(state=CURRENT).select_related("version__agreement").order_by("id"))
    if not pages:
        raise Overtaken(f"The packet of {packet} has no current page any more. Nothing was changed.")
    return [_end(page, by, reason, state, still_counts, packet) for page in pages]


def _record_packet(
    packet: Packet, by: User, action: str, voidings: list[Voiding], still_counts: bool, **more: object
) -> None:
    pages = SignaturePage.objects.filter(voidings__in=voidings).order_by("id")
    review.ask_anew(pages)
    audit.record(
        packet.agreement,
        by,
        action,
        packet=packet.pk,
        pages=[page.number for page in pages],
        blocks=sorted(set(pages.values_list("blocks", flat=True))),
        reason=voidings[0].reason,
        still_counts=[block.pk for page in pages for block in executed_on(page)] if still_counts else [],
        **more,
    )


def _undo(agreement: Agreement, voiding: Voiding, by: User) -> SignaturePage:
    """Let a page count again, in the transaction of a caller that holds the agreement."""
    page = SignaturePage.objects.select_for_update().select_related("version").get(pk=voiding.page_id)
    if not page.version.is_signed_now:
        raise Refused(f"Page {page.number} belongs to version {page.version.number}, which is not signed any more.")
    blocks = list(page.blocks.values_list("pk", flat=True))
    newer = SignaturePage.objects.filter(blocks__in=blocks, state=CURRENT, issued_at__gt=page.issued_at)
    if page.state == SUPERSEDED or newer.exists():
        raise Refused(f"Page {page.number} was replaced by another one. Void that one and issue again.")
    changed = AuditEvent.objects.filter(agreement=agreement, action="block corrected", at__gt=voiding.voided_at)
    if changed.filter(data__block__in=blocks).exists():
        raise Refused(f"What page {page.number} shows was corrected since it was voided. Issue a new page.")
    closed = Voiding.objects.filter(pk=voiding.pk, closed_at=None).update(closed_at=timezone.now(), closed_by=by)
    if not closed or not SignaturePage.objects.filter(pk=page.pk, state=VOID).update(state=CURRENT):
        raise Overtaken("Somebody else undid this a moment ago.")
    page.refresh_from_db()
    return page


def _end(
    page: SignaturePage, by: User, reason: str, state: str, still_counts: bool, packet: Packet | None = None
) -> Voiding:
    reason = " ".join(reason.split())
    if not reason:
        raise Refused("Say why the page is voided.")
    # Issuing holds the agreement as well: no block gets a page while one is taken from it.
    Agreement.objects.select_for_update().get(pk=page.version.agreement_id)
    executed = executed_on(page)
    if executed and not still_counts:
        names = ", ".join(block.entity for block in executed)
        raise Refused(
            f"A signed copy of this page was accepted for {names}. Say that it still counts, or undo that at the desk."
        )
    if not SignaturePage.objects.filter(pk=page.pk, state=CURRENT).update(state=state):
        raise Overtaken(f"Page {page.number} was voided or replaced already. Nothing was changed.")
    page.state = SignaturePage.State(state)
    return Voiding.objects.create(page=page, voided_by=by, reason=reason[:300], packet=packet)


def _data(page: SignaturePage, voiding: Voiding, still_counts: bool) -> dict[str, object]:
    return {
        "sheet": page.number,
        "pages": [page.number],
        "blocks": list(page.blocks.values_list("pk", flat=True)),
        "reason": voiding.reason,
        "still_counts": [block.pk for block in executed_on(page)] if still_counts else [],
    }
