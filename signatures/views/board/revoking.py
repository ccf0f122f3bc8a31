"""Recording on a party's screen that it has revoked its signature, and undoing that."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from signatures.domain.decisions import revoking
from signatures.domain.errors import Refused
from signatures.domain.pages import renewing
from signatures.domain.queries.revocations import of_block, pages_that_may_say_so
from signatures.models import BlockState, Channel, ReceivedPage, Revocation
from signatures.views import words
from signatures.views.access import Access, agreement_for, signed_block_for
from signatures.views.board.originals import back
from signatures.views.numbers import number, numbers

MAY_REVOKE = (BlockState.EXECUTED, BlockState.RELEASED)


@require_POST
def revoke(request: HttpRequest, slug: str, block_id: int) -> HttpResponse:
    """Record a revocation, or undo it: `do` says which."""
    access = agreement_for(request, slug, decide=True)
    block = signed_block_for(access, block_id)
    try:
        if request.POST.get("do") == "undo":
            revoking.undo(block, access.user)
            messages.success(request, f"The signature of {block.entity} stands again.")
        elif request.POST.get("do") == "anew":
            renewing.sign_anew(block, access.user)
            undo = '{} <button class="button" form="revocation-undo" name="do" value="anew-undo">Undo</button>'
            messages.success(request, format_html(undo, f"{block.entity} signs anew: a new page is in its packet."))
        elif request.POST.get("do") == "anew-undo":
            renewing.undo(block, access.user)
            messages.success(request, f"{block.entity} has revoked its signature, as before.")
        else:
            page, seen = _page(request, access), request.POST.get("seen", "")
            revoking.revoke(block, access.user, request.POST.get("reason", ""), page, seen)
            undo = '{} <button class="button" form="revocation-undo" name="do" value="undo">Undo</button>'
            messages.success(request, format_html(undo, f"The signature of {block.entity} is revoked."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('holder', args=[slug, block_id])}#revocation")


@require_POST
def several(request: HttpRequest, slug: str) -> HttpResponse:
    """Record that the ticked parties (`holder`) have revoked, or undo that for `revocation`; back to the board."""
    access = agreement_for(request, slug, decide=True)
    try:
        if request.POST.get("revocation"):
            undone = revoking.undo_several(access.agreement, numbers(request.POST["revocation"].split()), access.user)
            messages.success(request, f"{words.counted(len(undone), 'signature')} as before the revocation.")
        else:
            ticked, reason = numbers(request.POST.getlist("holder")), request.POST.get("reason", "")
            made = revoking.revoke_several(access.agreement, ticked, access.user, reason)
            said = f"Revoked: {words.joined(one.block.entity for one in made)}."
            ids = " ".join(str(one.pk) for one in made)
            undo = '{} <button class="button" form="revocations-undo" name="revocation" value="{}">Undo</button>'
            messages.success(request, format_html(undo, said, ids))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(back(request, access))


def _page(request: HttpRequest, access: Access) -> ReceivedPage | None:
    """Return the received page that was chosen, None for none. Raises Refused for one that is not there."""
    chosen = request.POST.get("page", "")
    if not chosen:
        return None
    page = ReceivedPage.objects.filter(agreement=access.agreement, pk=number(chosen) or 0).first()
    if page is None:
        raise Refused("That page is not there.")
    return page


def panel(access: Access, block: int, state: str, says: str = "") -> dict[str, Any] | None:
    """Return what templates/board/revocation.html says; None where nothing can be revoked and nothing was. `says` is
    the id of the received page from which one comes, as it stands in the address.
    """
    agreement, now = access.agreement, timezone.now()
    found = list(of_block(block))
    may_revoke = access.may_act and state in MAY_REVOKE
    if not found and not may_revoke:
        return None
    is_barred = state == BlockState.RELEASED and not agreement.revocable_after_release
    chosen = number(says)
    choices = pages_that_may_say_so(agreement, chosen) if may_revoke and not is_barred else ()
    return {
        "url": reverse("revoke", args=[agreement.slug, block]),
        "seen": state,
        "may_revoke": may_revoke and not is_barred,
        "is_barred": may_revoke and is_barred,
        "is_open": state == BlockState.REVOKED,
        "signs_anew": bool(found) and found[0].anew_at is not None and state == BlockState.OUTSTANDING,
        "unfolded": chosen is not None,
        "found": [_words(access, one) for one in found],
        "pages": [
            {
                "id": page.pk,
                "chosen": page.pk == chosen,
                "words": f"{words.CHANNELS[Channel(page.submission.channel)]} "
                f"{words.moment(page.submission.received_at, agreement.time_zone, now)}, {page}",
            }
            for page in choices
        ],
    }


def _words(access: Access, one: Revocation) -> dict[str, Any]:
    agreement, now = access.agreement, timezone.now()
    closed = ""
    if one.closed_at:
        closed = f"undone by {one.closed_by}, {words.local_moment(one.closed_at, agreement.time_zone, now)}"
    if one.anew_at:
        since = words.local_moment(one.anew_at, agreement.time_zone, now)
        closed = f"signs anew since {since}, by word of {one.anew_by}"
    return {
        "is_undone": bool(one.closed_at),
        "reason": one.reason if access.show_amounts else "",
        "who": f"recorded by {one.opened_by}, {words.local_moment(one.opened_at, agreement.time_zone, now)}",
        "closed": closed,
        "page_url": reverse("received_page", args=[agreement.slug, one.page_id]) if one.page_id else "",
    }
