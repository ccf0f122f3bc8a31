"""The defects of a page or of a party: listed with what may become of each, and settled."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from signatures.domain.decisions import defects, last_act, statements
from signatures.domain.errors import Refused
from signatures.domain.packets import sending
from signatures.domain.queries import defects as queries
from signatures.models import Channel, Defect, ReceivedPage, Statement
from signatures.views.access import Access, agreement_for
from signatures.views.desk import amounts
from signatures.views.desk.statements import curing
from signatures.views.numbers import number, numbers
from signatures.views.words import CHANNELS, moment

UNDO = '{} <button class="button" form="undo" name="seen" value="{}">Undo</button>'


@require_POST
def settle(request: HttpRequest, slug: str, defect_id: int) -> HttpResponse:
    """Cure or waive a defect, and go back to where it was shown."""
    access = agreement_for(request, slug, decide=True)
    found = Defect.objects.select_related("page", "block")
    defect = get_object_or_404(found, page__agreement=access.agreement, pk=defect_id)
    try:
        said = _settle(request, access, defect)
        act = last_act.last_act(access.agreement, access.user) if request.POST.get("at") == "holder" else None
        messages.success(request, format_html(UNDO, said, act.sequence) if act else said)
    except Refused as error:
        messages.error(request, str(error))
    if request.POST.get("at") == "holder" and defect.block_id:
        return redirect("holder", slug, defect.block_id)
    return redirect("desk_page", slug, defect.page_id)


def _settle(request: HttpRequest, access: Access, defect: Defect) -> str:
    """Do what was asked and say it. Raises Refused."""
    user = access.user
    said, words = request.POST.get("do"), request.POST.get("words", "")
    if said in amounts.ACTS:
        return amounts.settle(request, access, defect)
    if said == "waive":
        defects.waive(defect, user, words)
        return f"Waived: {defect}."
    if said == "cure":
        page = ReceivedPage.objects.filter(pk=number(request.POST.get("page")) or 0).first()
        defects.cure(defect, user, words, page)
        return f"Cured: {defect}."
    if said == "stated":
        seen = numbers(request.POST.get("stated", "").split())
        statements.accept(defect, user, seen)
        return f"Cured as stated: {defect}. Now say what is signed."
    if said == "again":
        letter = sending.ask_again(defect, user)
        seconds = sending.HELD_BACK.seconds
        return f"The letter to {letter.packet} goes out in {seconds} s, and can be taken back until then."
    raise Refused("Say what became of the defect.")


def listed(
    access: Access, found: Iterable[Defect], at: str, said: Iterable[Statement] | None = None
) -> list[dict[str, Any]]:
    """Return open defects for templates/desk/defect.html. `at` is where the person comes back to: desk or holder;
    `said` the newest statements about their blocks, where they are known.
    """
    return [_defect(access, one, at) for one in queries.with_cures(found, said)]


def _defect(access: Access, one: queries.OpenDefect, at: str) -> dict[str, Any]:
    defect, agreement, now = one.defect, access.agreement, timezone.now()
    hidden = defect.code == Defect.Code.AMOUNT and not access.show_amounts
    return {
        "id": defect.pk,
        "at": at,
        "words": str(defect),
        "note": "" if hidden else defect.note,
        "entity": defect.block.entity if defect.block else "",
        "since": f"{moment(defect.opened_at, agreement.time_zone, now)}, {defect.opened_by}",
        "page_url": reverse("desk_page", args=[agreement.slug, defect.page_id]) if at == "holder" else "",
        "stated": curing(access, one.stated),
        "amount": amounts.panel(access, one),
        "url": reverse("defect_settle", args=[agreement.slug, defect.pk]),
        "pages": [
            {
                "id": page.pk,
                "words": f"{CHANNELS[Channel(page.submission.channel)]} "
                f"{moment(page.submission.received_at, agreement.time_zone, now)}, {page}",
            }
            for page in (one.cures if access.may_act else ())
        ],
    }
