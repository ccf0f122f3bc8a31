"""The board of an agreement: are we there, what is missing, what do I do next."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET, require_POST

from signatures.domain.documents import effectiveness
from signatures.domain.packets.sending import TO_SIGN, is_set_up
from signatures.domain.queries import board as queries
from signatures.domain.queries import listing
from signatures.domain.queries.arrivals import arrivals
from signatures.domain.queries.changes import Changes, changes
from signatures.domain.queries.curve import Part, steps
from signatures.domain.queries.listing import Alike
from signatures.domain.tally import tabulation
from signatures.views.access import Access, agreement_for
from signatures.views.board.rows import Asked, rows_context
from signatures.views.board.summary import summary, summary_by_number
from signatures.views.heading import heading
from signatures.views.numbers import numbers
from signatures.views.received import pages


@require_GET
def board(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole board; filters, order and search are in its address."""
    access = agreement_for(request, slug)
    return render(request, "board/board.html", _context(access, Asked.of(request.GET), changes(access.agreement)))


@require_GET
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The parts of the board that move, or 304 while nothing has changed."""
    access = agreement_for(request, slug)
    now_known = changes(access.agreement)
    tag = etag(request, access, now_known)
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    response = render(request, "board/live.html", _context(access, Asked.of(request.GET), now_known))
    response["ETag"] = tag
    return response


def etag(request: HttpRequest, access: Access, known: Changes) -> str:
    """Return the tag of a live part: the agreement's mark, who looks with which rights, the minute that is told."""
    minute = int(timezone.now().timestamp() // 60) if access.agreement.due_at else 0
    return quote_etag(
        f"{known.mark} {access.user.pk} {access.may_act:d}{access.show_amounts:d} {minute}".replace(" ", "-")
    )


def _context(access: Access, asked: Asked, known: Changes) -> dict[str, Any]:
    agreement, now = access.agreement, timezone.now()
    found = queries.found(agreement, asked.query) if asked.query else None
    effective = effectiveness.current(agreement)
    everybody = listing.alike(agreement, found)
    return {
        "agreement": heading(agreement, now, everybody[0].version if everybody else 1),
        "effective": effectiveness.said(effective, agreement.time_zone) if effective else "",
        "may_act": access.may_act,
        "review_count": known.review_count,
        "live_url": asked.address(agreement, name="board_live"),
        "act_url": reverse("board_act", args=[agreement.slug]),
        "originals_url": asked.address(agreement, name="originals"),
        "remind_url": asked.address(agreement, name="remind"),
        "remind_count": sum(one.parties for one in everybody if one.state in TO_SIGN)
        if access.may_act and is_set_up()
        else 0,
        "originals_undo_url": asked.address(agreement, name="originals_undo"),
        "revoked_url": asked.address(agreement, name="revoke_several"),
        "notes_url": asked.address(agreement, name="notes"),
        "search_url": reverse("board", args=[agreement.slug]),
        "query": asked.query,
        "summary": _summary(access, [one for one in everybody if one.is_holder], now),
        "arrivals": [pages.arrival(agreement, one, now) for one in arrivals(agreement)],
        **rows_context(access, asked, everybody, found, now),
    }


def _summary(access: Access, holders: Sequence[Alike], now: datetime.datetime) -> dict[str, Any]:
    agreement = access.agreement
    tally = tabulation.tally_of(agreement, [one.position for one in holders], None)
    if not access.show_amounts:
        return summary_by_number(agreement, holders, tally)
    since = min((one.signed_since for one in holders if one.signed_since), default=None)
    curve = steps(agreement, Part.of(since, now) if since else None)
    return summary(agreement, holders, tally, curve, now)


@require_POST
def act(request: HttpRequest, slug: str) -> HttpResponse:
    """Do something for the rows that are ticked: their signature pages as one PDF to print or send."""
    access = agreement_for(request, slug, decide=True)
    ticked = numbers(request.POST.getlist("holder"))
    data = queries.pages_to_print(access.agreement, ticked)
    if data is None:
        messages.error(request, "Tick holders whose pages have been issued.")
        return redirect("board", slug)
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{slug}-signature-pages.pdf"'
    return response
