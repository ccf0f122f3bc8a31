"""The screen on which counsel records that an agreement became effective."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from signatures.domain.documents import effectiveness
from signatures.domain.errors import Refused
from signatures.models import Effectiveness
from signatures.views import moments, words
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading


@require_http_methods(["GET", "POST"])
def effective(request: HttpRequest, slug: str) -> HttpResponse:
    """Show since when an agreement is effective; a post records it, or withdraws it with the reason."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    if request.method == "GET":
        return render(request, "board/effectiveness.html", _context(access, {}, ""))
    given = {name: request.POST.get(name, "") for name in ("at", "words", "why")}
    try:
        if request.POST.get("do") == "withdraw":
            effectiveness.withdraw(access.agreement, access.user, given["why"])
            messages.success(request, "Withdrawn: the agreement is not recorded as effective.")
        else:
            at = moments.read(given["at"], access.agreement.time_zone)
            if at is None:
                raise Refused("Say since when the agreement is effective.")
            made = effectiveness.record(access.agreement, access.user, at, given["words"])
            since = effectiveness.said(made, access.agreement.time_zone)
            messages.success(request, f"Recorded: effective since {since}. Signatures can no longer be revoked.")
    except Refused as error:
        return render(request, "board/effectiveness.html", _context(access, given, str(error)), status=422)
    return redirect("effectiveness", slug)


def _context(access: Access, given: dict[str, str], error: str) -> dict[str, Any]:
    agreement, now = access.agreement, timezone.now()
    rows = list(agreement.effectiveness.select_related("opened_by", "closed_by").order_by("-id"))
    return {
        "agreement": heading(agreement, now),
        "may_act": access.may_act,
        "error": error,
        "given": {"at": moments.typed(now, agreement.time_zone), **given},
        "url": reverse("effectiveness", args=[agreement.slug]),
        "is_effective": bool(rows) and rows[0].closed_at is None,
        "found": [_words(one, access) for one in rows],
    }


def _words(one: Effectiveness, access: Access) -> dict[str, str]:
    zone, now = access.agreement.time_zone, timezone.now()
    closed = ""
    if one.closed_at:
        closed = f"withdrawn by {one.closed_by}, {words.local_moment(one.closed_at, zone, now)}: {one.closed_why}"
    return {
        "since": effectiveness.said(one, zone),
        "words": one.words,
        "who": f"recorded by {one.opened_by}, {words.local_moment(one.opened_at, zone, now)}",
        "closed": closed,
    }
