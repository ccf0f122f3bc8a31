"""All agreements that a person may see."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from signatures.domain.queries.agreements import Overview, overviews
from signatures.models import Membership, Role
from signatures.views import words
from signatures.views.access import signed_in
from signatures.views.setup.new_agreement import under_way
from signatures.views.thresholds import verdict


@require_GET
def agreements(request: HttpRequest) -> HttpResponse:
    """The agreements of the person who is signed in."""
    user, now = signed_in(request), timezone.now()
    may_create = user.is_staff or Membership.objects.filter(user=user, role__in=(Role.COUNSEL, Role.ADMIN)).exists()
    context = {
        "agreements": [_overview(one, now) for one in overviews(user)],
        "may_create": may_create,
        "readings": under_way(user),
    }
    return render(request, "agreements/list.html", context)


def _overview(one: Overview, now: datetime.datetime) -> dict[str, Any]:
    agreement, tally = one.agreement, one.tally
    by_principal = one.show_amounts and bool(tally.base)
    percent = words.percent(tally.executed, tally.base) if by_principal else None
    currency = agreement.currency if one.show_amounts else None
    return {
        "slug": agreement.slug,
        "url": reverse("board", args=[agreement.slug]),
        "title": agreement.title,
        "issuer_name": agreement.issuer.name,
        "notes_title": agreement.notes.title if agreement.notes else "",
        "state_words": _until(agreement.due_at, agreement.time_zone, now),
        "late": agreement.due_at is not None and agreement.due_at <= now,
        "percent": percent,
        "percent_x": percent,
        "holders_words": f"{tally.holders_executed} of {words.counted(tally.holders, 'holder')}"
        + ("" if by_principal else " executed"),
        "review_count": one.review_count,
        "thresholds": [
            {"words": f"{measured.rule.name} {verdict(measured, currency)}", "met": measured.met}
            for measured in tally.thresholds
        ],
    }


def _until(due: datetime.datetime | None, zone: str, now: datetime.datetime) -> str:
    if due is None:
        return "Collecting, no deadline entered"
    local = due.astimezone(ZoneInfo(zone))
    when = f"{local:%a} {local.day} {local:%b}, {local:%H:%M} {words.zone_word(zone)}"
    return f"Collecting until {when}" if due > now else f"The deadline was {when}"
