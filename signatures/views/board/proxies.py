"""Saying that an agreement is a consent under the indenture, and recording participants' proxies."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from signatures.domain.errors import Refused
from signatures.domain.queries.proxies import of_block, open_consent
from signatures.domain.tally import proxies
from signatures.models import Proxy, SignatureBlock
from signatures.views import words
from signatures.views.access import Access, agreement_for, signed_block_for


class ProxyForm(forms.Form):
    """What counsel says of a proxy."""

    evidence = forms.CharField(max_length=300, required=False)
    dated = forms.DateField(required=False)


@require_POST
def consent(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that the agreement is a consent under the indenture, or that it is none."""
    access = agreement_for(request, slug, decide=True)
    on = request.POST.get("on") == "1"
    proxies.switch(access.agreement, access.user, on=on)
    messages.success(
        request,
        "A beneficial owner's consent counts only with its participant's proxy now."
        if on
        else "Every holder's signature counts without a proxy now.",
    )
    return redirect(f"{reverse('settings', args=[slug])}#consent")


@require_POST
def proxy(request: HttpRequest, slug: str, block_id: int) -> HttpResponse:
    """Record, take back or put back the proxy of one holder's participant: `do` says which."""
    access = agreement_for(request, slug, decide=True)
    block = signed_block_for(access, block_id)
    said = request.POST.get("do", "record")
    try:
        if said == "withdraw":
            made, word, undo = proxies.withdraw(block, access.user), "taken back", "restore"
        elif said == "restore":
            made, word, undo = proxies.restore(block, access.user), "recorded again", "withdraw"
        else:
            form = ProxyForm(request.POST)
            if not form.is_valid():
                raise Refused("Write the proxy's date as a date, and its evidence in 300 characters at most.")
            made = proxies.record(block, access.user, form.cleaned_data["evidence"], form.cleaned_data["dated"])
            word, undo = "recorded", "withdraw"
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        button = '{} <button class="button" form="proxy-undo" name="do" value="{}">Undo</button>'
        messages.success(request, format_html(button, f"Proxy of {made.participant} {word}.", undo))
    return redirect(f"{reverse('holder', args=[slug, block_id])}#proxy")


def consent_panel(access: Access) -> dict[str, Any]:
    """Return what templates/setup/settings.html says of the consent under the indenture."""
    row, zone = open_consent(access.agreement), access.agreement.time_zone
    said = f"{row.opened_by} said so, {words.local_moment(row.opened_at, zone, timezone.now())}" if row else ""
    return {
        "on": row is not None,
        "words": said,
        "url": reverse("indenture_consent", args=[access.agreement.slug]),
    }


def panel(access: Access, block: SignatureBlock) -> dict[str, Any] | None:
    """Return what templates/board/proxy.html says; None where no proxy is asked for and none was recorded.

    Words on the evidence may tell an amount: they are for who may see amounts.
    """
    found = of_block(block)
    if not (found.is_wanted and found.through) and found.current is None and found.last is None:
        return None
    return {
        "is_wanted": found.is_wanted,
        "through": found.through,
        "current": _words(access, found.current) if found.current else None,
        "last": _words(access, found.last) if found.last else None,
        "last_is_anothers": found.last is not None and found.last.closed_at is None,
        "may_restore": found.last is not None and found.last.participant.casefold() == found.through.casefold(),
        "url": reverse("proxy", args=[access.agreement.slug, block.pk]),
    }


def _words(access: Access, one: Proxy) -> dict[str, str]:
    zone, now = access.agreement.time_zone, timezone.now()
    dated = f"dated {one.dated:%B} {one.dated.day}, {one.dated.year}" if one.dated else "without a date"
    closed = f"taken back by {one.closed_by}, {words.local_moment(one.closed_at, zone, now)}" if one.closed_at else ""
    return {
        "participant": one.participant,
        "dated": dated,
        "evidence": one.evidence if access.show_amounts else "",
        "recorded": f"recorded by {one.opened_by}, {words.local_moment(one.opened_at, zone, now)}",
        "closed": closed,
    }
