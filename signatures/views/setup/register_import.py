"""The import of a register on screen: how far it is, what came of it, and the rows that it refused."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_htmx.http import HttpResponseClientRefresh

from signatures.domain.errors import Refused
from signatures.domain.register import register_import
from signatures.models import RegisterImport, WorkState
from signatures.views.access import Access, agreement_for
from signatures.views.words import counted, local_moment

MOST_REFUSED_SHOWN = 50


def last_import(access: Access, now: datetime.datetime) -> dict[str, Any] | None:
    """Return the newest import of an agreement in words, None before there is one."""
    one = access.agreement.register_imports.select_related("asked_by").first()
    return _words(access, one, now) if one else None


def _words(access: Access, one: RegisterImport, now: datetime.datetime) -> dict[str, Any]:
    slug = access.agreement.slug
    at = local_moment(one.settled_at or one.asked_at, access.agreement.time_zone, now)
    may_read = _may_read_refused(access, one)
    return {
        "name": one.name,
        "is_under_way": one.is_under_way,
        "is_refused": one.state == WorkState.REFUSED,
        "words": _state_words(one),
        "done": one.compared + one.rows_done,
        "steps": 2 * one.rows if one.rows else None,
        "by_words": f"{one.asked_by}, {at}",
        "live_url": reverse("register_live", args=[slug, one.pk]),
        "refused": one.refused[:MOST_REFUSED_SHOWN] if may_read else [],
        "refused_words": _refused_words(one, may_read),
        "refused_url": reverse("register_refused", args=[slug, one.pk]) if one.refused and may_read else None,
    }


def _state_words(one: RegisterImport) -> str:
    if one.state == WorkState.QUEUED:
        return "Waiting for its turn"
    if one.state == WorkState.RUNNING:
        if one.rows is None:
            return "Reading the file"
        if one.compared < one.rows:
            return f"Compared with the register: {one.compared:,} of {counted(one.rows, 'row')}"
        return f"Written: {one.rows_done:,} of {counted(one.rows, 'row')}"
    if one.state == WorkState.REFUSED:
        return f"Nothing was changed. {one.reason}"
    idle = (one.rows or 0) - one.added - one.updated - len(one.refused)
    return f"{one.added:,} added, {one.updated:,} changed, {idle:,} as they were, {len(one.refused):,} refused"


def _refused_words(one: RegisterImport, may_read: bool) -> str:
    if not one.refused:
        return ""
    if not may_read:
        return "Why rows were refused may name amounts, which you do not see."
    shown = min(len(one.refused), MOST_REFUSED_SHOWN)
    return f"The first {shown} of {len(one.refused):,} are listed." if shown < len(one.refused) else ""


def _may_read_refused(access: Access, one: RegisterImport) -> bool:
    """Tell whether a person reads the refused rows: they hold amounts. Who handed the file in knows them."""
    return access.show_amounts or one.asked_by_id == access.user.pk


@never_cache
@require_GET
def live(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """How far an import is, as an open screen asks for it. Once it is over the screen is to load itself anew."""
    access = agreement_for(request, slug)
    one = get_object_or_404(access.agreement.register_imports.select_related("asked_by"), pk=import_id)
    if not one.is_under_way:
        return HttpResponseClientRefresh()
    return render(request, "setup/register_import.html", {"last": _words(access, one, timezone.now())})


@require_GET
def refused(request: HttpRequest, slug: str, import_id: int) -> HttpResponse:
    """The rows that an import refused, as CSV with the reasons."""
    access = agreement_for(request, slug)
    one = get_object_or_404(access.agreement.register_imports.select_related("file"), pk=import_id)
    if not one.refused or not _may_read_refused(access, one):
        raise Http404
    try:
        content = register_import.refused_file(one)
    except Refused as error:
        raise Http404 from error
    headers = {"Content-Disposition": f'attachment; filename="{slug}-refused.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
