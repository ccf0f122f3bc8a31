"""One issued page or a whole packet: void it, issue it again, or undo that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from signatures.domain.counterparts import matching
from signatures.domain.errors import Refused
from signatures.domain.pages import voiding
from signatures.domain.queries import setup as queries
from signatures.models import Packet, SignaturePage, User, Voiding
from signatures.views.access import Access, agreement_for, issued_page_for
from signatures.views.heading import heading
from signatures.views.words import counted, joined, local_moment


@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Void an issued page with a reason, or replace it by a new one; undo the voiding."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    page = issued_page_for(access, page_id)
    problem = ""
    if request.method == "POST":
        try:
            messages.success(request, _do(request, page, access.user))
        except Refused as error:
            problem = str(error)
        else:
            return redirect("pages", slug)
    is_current = page.state == SignaturePage.State.CURRENT
    context = {
        "agreement": heading(access.agreement, timezone.now(), page.version.number),
        "may_act": access.may_act,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "page": {
            "number": page.number,
            "names": [block.entity for block in page.blocks.order_by("placed__position")],
            "url": reverse("issued_pdf", args=[slug, page.pk]),
            "thumbnail_url": reverse("picture_issued", args=[slug, page.pk]),
            "is_current": is_current,
            "may_undo": page.state == SignaturePage.State.VOID,
            "stale": "" if is_current else matching.why_not_current(page),
            "executed": [block.entity for block in voiding.executed_on(page)],
        },
    }
    return render(request, "setup/void.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "POST"])
def void_packet(request: HttpRequest, slug: str, packet_id: int) -> HttpResponse:
    """Void all pages of a packet with a reason, or replace them by new ones; undo the voiding."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    packet = get_object_or_404(access.agreement.packets.select_related("signatory", "party", "version"), pk=packet_id)
    problem = ""
    if request.method == "POST":
        try:
            messages.success(request, _do_packet(request, packet, access.user))
        except Refused as error:
            problem = str(error)
        else:
            return redirect("pages", slug)
    current = packet.pages.filter(state=SignaturePage.State.CURRENT).order_by("id")
    context = {
        "agreement": heading(access.agreement, timezone.now(), packet.version.number),
        "may_act": access.may_act,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "packet": str(packet),
        "pages": [
            {
                "number": page.number,
                "names": [block.entity for block in page.blocks.order_by("placed__position")],
                "url": reverse("issued_pdf", args=[slug, page.pk]),
                "thumbnail_url": reverse("picture_issued", args=[slug, page.pk]),
            }
            for page in current
        ],
        "executed": list(dict.fromkeys(block.entity for page in current for block in voiding.executed_on(page))),
        "may_undo": packet.voidings.filter(closed_at=None, page__state=SignaturePage.State.VOID).exists(),
    }
    return render(request, "setup/void_packet.html", context, status=422 if problem else 200)


def _do_packet(request: HttpRequest, packet: Packet, user: User) -> str:
    """Do what was asked and say it. Raises Refused."""
    said, reason = request.POST.get("do"), request.POST.get("reason", "")
    still_counts = request.POST.get("still_counts") == "yes"
    if said == "void":
        done = voiding.void_packet(packet, user, reason, still_counts=still_counts)
        return f"Voided: {counted(len(done), 'page')} of {packet}. Correct its blocks if need be, then issue again."
    if said == "again":
        new = voiding.issue_packet_again(packet, user, reason, still_counts=still_counts)
        return f"{packet} has {counted(len(new), 'new page')} behind the same link. Send the packet again."
    if said == "undo":
        return f"Valid again: {counted(len(voiding.undo_packet(packet, user)), 'page')} of {packet}."
    raise Refused("Say what is to become of these pages.")


def ended(access: Access) -> list[dict[str, Any]]:
    """Return what was voided or replaced, newest first; pages that were voided with their packet are one."""
    slug, zone, now = access.agreement.slug, access.agreement.time_zone, timezone.now()
    acts: dict[tuple[int, object], list[Voiding]] = {}
    for one in queries.ended(access.agreement):
        key = (one.packet_id, one.reason) if one.packet_id is not None else (0, one.pk)
        acts.setdefault(key, []).append(one)
    in_order = [sorted(rows, key=lambda one: one.page_id) for rows in acts.values()]
    return [_ended(slug, rows, local_moment(rows[0].voided_at, zone, now)) for rows in in_order]


def _ended(slug: str, rows: list[Voiding], when: str) -> dict[str, Any]:
    first = rows[0]
    replaced = [one.replaced_by.number for one in rows if one.replaced_by]
    name = "packet_void" if first.packet_id else "page_void"
    return {
        "name": f"Packet of {first.packet}" if first.packet else f"Page {first.page.number}",
        "names": joined(dict.fromkeys(block.entity for one in rows for block in one.page.in_order)),  # type: ignore[attr-defined]
        "numbers": joined(one.page.number for one in rows) if first.packet else "",
        "words": f"{'Replaced' if replaced else 'Voided'} {when} by {first.voided_by}: {first.reason}",
        "replaced": f"by page{'s' if len(replaced) > 1 else ''} {joined(replaced)}" if replaced else "",
        "url": reverse(name, args=[slug, first.packet_id or first.page_id]),
        "may_undo": first.page.state == SignaturePage.State.VOID and first.page.version.is_signed_now,
    }


def _do(request: HttpRequest, page: SignaturePage, user: User) -> str:
    """Do what was asked and say it. Raises Refused."""
    said, reason = request.POST.get("do"), request.POST.get("reason", "")
    still_counts = request.POST.get("still_counts") == "yes"
    if said == "void":
        voiding.void(page, user, reason, still_counts=still_counts)
        return f"Voided: page {page.number}. Correct its blocks if they are wrong, then issue them again."
    if said == "again":
        new = voiding.issue_again(page, user, reason, still_counts=still_counts)
        return f"Page {page.number} is replaced by page {new.number}, in the same packet."
    open_voiding = page.voidings.filter(closed_at=None).first()
    if said == "undo" and open_voiding is not None:
        voiding.undo(open_voiding, user)
        return f"Page {page.number} is valid again."
    raise Refused("Say what is to become of this page.")
