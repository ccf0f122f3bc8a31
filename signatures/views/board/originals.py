"""Entering originals: for the rows that are ticked, or for one party on its own screen."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from signatures.domain.decisions import originals
from signatures.domain.errors import Refused
from signatures.models import Counterpart
from signatures.views import words
from signatures.views.access import Access, agreement_for
from signatures.views.board.rows import Asked
from signatures.views.numbers import number, numbers


@require_POST
def enter(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter `original` for every `holder`, and go back to where one was."""
    access = agreement_for(request, slug, decide=True)
    ticked = numbers(request.POST.getlist("holder"))
    original = request.POST.get("original", "")
    try:
        if original not in Counterpart.Original.values:
            raise Refused("Say whether the original has been received or is to follow.")
        entered = Counterpart.Original(original)
        number = originals.enter(access.agreement, ticked, entered, access.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        said = f"{str(entered.label).capitalize()}: entered for {words.counted(number, 'counterpart')}."
        undo = '{} <button class="button" form="originals-undo">Undo</button>'
        messages.success(request, format_html(undo, said))
    return redirect(back(request, access))


@require_POST
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back what the person entered last."""
    access = agreement_for(request, slug, decide=True)
    try:
        number = originals.undo(access.agreement, access.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"Undone for {words.counted(number, 'counterpart')}.")
    return redirect(back(request, access))


def back(request: HttpRequest, access: Access, panel: str = "") -> str:
    """Return the party's screen, at `panel`, where `party` names one, else the board with its filters and search."""
    party = number(request.GET.get("party"))
    if party is not None:
        return reverse("holder", args=[access.agreement.slug, party]) + panel
    return Asked.of(request.GET).address(access.agreement)
