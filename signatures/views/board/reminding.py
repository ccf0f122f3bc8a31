"""Reminding from the board: those who are ticked, or all who are outstanding."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from signatures.domain.errors import Refused
from signatures.domain.packets import reminders
from signatures.views.access import agreement_for
from signatures.views.board.rows import Asked
from signatures.views.numbers import numbers
from signatures.views.words import counted, joined

MOST_NAMED = 4


@require_POST
def remind(request: HttpRequest, slug: str) -> HttpResponse:
    """Remind every `holder` given, or with `all` everybody who is outstanding, and go back to the board as it was."""
    access = agreement_for(request, slug, decide=True)
    ticked = numbers(request.POST.getlist("holder"))
    try:
        done = reminders.remind_parties(access.agreement, None if request.POST.get("all") else ticked, access.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        (messages.success if done.queued else messages.warning)(request, said(done))
    return redirect(Asked.of(request.GET).address(access.agreement))


def said(done: reminders.Reminded) -> str:
    """Return what was done as a sentence, and one on those who were left out."""
    first = "No reminder was sent."
    if done.queued:
        are = counted(len(done.queued), "reminder is", "reminders are")
        first = f"{are} on the way, for {_named(done.parties)}."
    left_out = [f"{_named(names)} ({reason})" for reason, names in done.left_out.items()]
    return f"{first} Left out: {'; '.join(left_out)}." if left_out else first


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return joined([*names[:MOST_NAMED], f"{more:,} more"] if more > 1 else names)
