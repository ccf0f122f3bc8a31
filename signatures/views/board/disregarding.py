"""Disregarding what a party holds, on its screen, and undoing that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from holders.models import Holding
from signatures.domain.errors import Refused
from signatures.domain.register import disregarding
from signatures.views.access import Access, agreement_for, signed_block_for


class DisregardForm(forms.Form):
    """What counsel says of a holding that is disregarded. `seen` is the holding that was shown."""

    reason = forms.CharField(max_length=300, required=False)
    known_by = forms.CharField(max_length=300, required=False)
    since = forms.DateField(required=False)
    seen = forms.IntegerField(required=False)


@require_POST
def disregard(request: HttpRequest, slug: str, block_id: int) -> HttpResponse:
    """Disregard a holding, count it again, or undo that: `do` says which."""
    access = agreement_for(request, slug, decide=True)
    if not access.show_amounts:
        raise PermissionDenied("What holdings count is for those who may see amounts.")
    block = signed_block_for(access, block_id)
    form, said = DisregardForm(request.POST), request.POST.get("do")
    try:
        if not form.is_valid():
            raise Refused("Write the day as a date, and the rest in 300 characters each at most.")
        given = form.cleaned_data
        of = (access.agreement, block.party, access.user)
        if said == "lift":
            disregarding.lift(*of, seen=given["seen"])
            word, undo = f"What {block.entity} holds counts again.", "restore"
        elif said == "restore":
            disregarding.restore(*of, seen=given["seen"])
            word, undo = f"What {block.entity} holds is disregarded again.", "lift"
        else:
            disregarding.mark(*of, **given)
            word, undo = f"What {block.entity} holds is disregarded.", "lift"
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        button = '{} <button class="button" form="disregard-undo" name="do" value="{}">Undo</button>'
        messages.success(request, format_html(button, word, undo))
    return redirect(f"{reverse('holder', args=[slug, block_id])}#disregarded")


def panel(access: Access, block: int, holding: Holding | None) -> dict[str, Any] | None:
    """Return what templates/board/disregarded.html says; None without a holding or without the amounts."""
    if holding is None or not access.show_amounts or not (holding.disregarded or access.may_act):
        return None
    since = holding.disregarded_since
    return {
        "url": reverse("disregard", args=[access.agreement.slug, block]),
        "seen": holding.pk,
        "is_disregarded": holding.disregarded,
        "reason": holding.disregarded_reason,
        "known_by": holding.disregarded_known_by,
        "since": f"since {since:%B} {since.day}, {since.year}" if since else "",
    }
