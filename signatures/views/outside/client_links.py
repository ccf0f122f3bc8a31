"""The links for clients who look: counsel makes them, withdraws them, and sees when they were opened."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from signatures.domain import client_links
from signatures.domain.errors import Refused
from signatures.models import ClientLink
from signatures.setup_forms import ClientLinkForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.words import counted, local_moment

USUALLY = datetime.timedelta(days=30)


@require_http_methods(["GET", "POST"])
def links(request: HttpRequest, slug: str) -> HttpResponse:
    """The links of an agreement; a post makes one."""
    access = agreement_for(request, slug, decide=True)
    if request.method != "POST":
        return _links(request, access, _form(access))
    form = ClientLinkForm(request.POST, show_amounts=access.show_amounts)
    if form.is_valid():
        said = form.cleaned_data
        with_amounts = said.get("with_amounts", False)
        try:
            client_links.make(access.agreement, said["client"], said["until"], with_amounts, access.user)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"The link for {said['client']} is made. Copy it, and send it yourself.")
            return redirect("client_links", slug)
    return _links(request, access, form, 422)


@require_POST
def change(request: HttpRequest, slug: str, link_id: int) -> HttpResponse:
    """Withdraw a link (what=withdraw), or let it work again (what=again)."""
    access = agreement_for(request, slug, decide=True)
    link = get_object_or_404(ClientLink.objects.select_related("agreement"), agreement=access.agreement, pk=link_id)
    try:
        if request.POST.get("what") == "again":
            client_links.let_work_again(link, access.user)
            messages.success(request, f"The link for {link.client} works again.")
        else:
            client_links.withdraw(link, access.user)
            undo = '{} <button class="button" form="again-{}" name="what" value="again">Undo</button>'
            said = f"The link for {link.client} is withdrawn. It answers as if it had never been."
            messages.success(request, format_html(undo, said, link.pk))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("client_links", slug)


def last_day(link: ClientLink) -> str:
    """Return the last day on which a link works: 23 December 2026."""
    day = (link.ends_at - datetime.timedelta(seconds=1)).astimezone(ZoneInfo(link.agreement.time_zone))
    return f"{day.day} {day:%B %Y}"


def _form(access: Access) -> ClientLinkForm:
    today = timezone.now().astimezone(ZoneInfo(access.agreement.time_zone)).date()
    return ClientLinkForm(initial={"until": (today + USUALLY).isoformat()}, show_amounts=access.show_amounts)


def _links(request: HttpRequest, access: Access, form: ClientLinkForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    rows = ClientLink.objects.filter(agreement=access.agreement).select_related("agreement", "made_by", "withdrawn_by")
    found = [_link(access, link, now) for link in rows]
    context = {
        "agreement": heading(access.agreement, now),
        "form": form,
        "working": [one for one in found if one["works"]],
        "ended": [one for one in found if not one["works"]],
    }
    return render(request, "look/links.html", context, status=status)


def _link(access: Access, link: ClientLink, now: datetime.datetime) -> dict[str, Any]:
    """Describe a link. Its address is told to whoever could see what it shows."""
    zone = access.agreement.time_zone
    works = link.withdrawn_at is None and now < link.ends_at
    opened = "Not opened yet"
    if link.last_opened_at:
        times = "once" if link.visits == 1 else counted(link.visits, "time")
        opened = f"Opened {times}, last {local_moment(link.last_opened_at, zone, now)}"
    ended = f"worked to the end of {last_day(link)}"
    if link.withdrawn_at:
        ended = f"withdrawn by {link.withdrawn_by}, {local_moment(link.withdrawn_at, zone, now)}"
    may_show = access.show_amounts or not link.with_amounts
    return {
        "id": link.pk,
        "client": link.client,
        "works": works,
        "amounts_words": "with amounts" if link.with_amounts else "without amounts",
        "made_words": f"made by {link.made_by}, {local_moment(link.made_at, zone, now)}",
        "until_words": f"works to the end of {last_day(link)}" if works else ended,
        "opened_words": opened,
        "is_opened": bool(link.last_opened_at),
        "address": client_links.address(link) if works and may_show else None,
        "can_work_again": link.withdrawn_at is not None and now < link.ends_at and may_show,
        "url": reverse("client_link", args=[access.agreement.slug, link.pk]),
    }
