"""What a person decides at the desk, and taking it back."""

from __future__ import annotations

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from holders.names import read_amount
from signatures.domain.counterparts import turning
from signatures.domain.decisions import last_act, review
from signatures.domain.documents import carrying
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import desk as queries
from signatures.domain.queries import queued
from signatures.models import Agreement, Defect, ReceivedPage, SignaturePage, User
from signatures.views.access import agreement_for
from signatures.views.desk import desk, undone
from signatures.views.numbers import number
from signatures.views.setup import carrying as carry
from signatures.views.words import joined


@require_POST
def decide(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Carry out what the person decided, and go on to the next page."""
    access = agreement_for(request, slug, decide=True)
    agreement, user = access.agreement, access.user
    page = desk.page_of(agreement, page_id)
    try:
        said = _decide(request, agreement, user, page)
    except Overtaken as error:
        messages.warning(request, str(error))
        return redirect("desk", slug)
    except Refused as error:
        context = desk.context_of(request, access, desk.page_of(agreement, page_id), error=str(error))
        return render(request, "desk/desk.html", context, status=422)
    messages.success(request, said)
    following = queued.next_page(agreement, user, after=page)
    page.refresh_from_db()
    if page.needs_person:
        return redirect("desk_page", slug, page.pk)
    if following is None or following.pk == page.pk:
        return redirect("desk", slug)
    return redirect("desk_page", slug, following.pk)


@require_POST
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back what the person did last, the act `seen`, and show its page again."""
    access = agreement_for(request, slug, decide=True)
    try:
        act = last_act.take_back(access.agreement, access.user, number(request.POST.get("seen")))
    except Refused as error:
        messages.error(request, str(error))
        return _back(request, slug, None)
    messages.success(request, f"Undone: {undone.words_of(act)}.")
    return _back(request, slug, last_act.page_of(act).pk)


def _back(request: HttpRequest, slug: str, page: int | None) -> HttpResponse:
    """Return to the party's screen from which it was asked, else to a page, else to the one that was open."""
    block = number(request.POST.get("block"))
    if block is not None:
        return redirect("holder", slug, block)
    if page is None:
        page = number(request.POST.get("page"))
    return redirect("desk_page", slug, page) if page is not None else redirect("desk", slug)


def _decide(request: HttpRequest, agreement: Agreement, user: User, page: ReceivedPage) -> str:
    """Carry out one decision and return it in words. Raises Refused."""
    said = request.POST
    if said.get("other"):
        sheet = _sheet(agreement, said["other"])
        review.correct_match(page, user, sheet)
        return f"It is {sheet}. Now say what is signed."
    if said.get("defect"):
        review.find_defect(page, user, said["defect"], said.get("note", "").strip())
        return f"Defect recorded: {Defect.Code(said['defect']).label}."
    if said.get("reason"):
        review.set_aside(page, user, dict(desk.REASONS).get(said["reason"], "Not for this collection"))
        return "Set aside. It is kept, and can be brought back."
    if said.get("do") == "assign":
        sheet = _sheet(agreement, said.get("candidate", ""))
        review.correct_match(page, user, sheet)
        return f"It is {sheet}. Now say what is signed."
    if said.get("do") == "turn":
        turned = number(said.get("turned")) or 0
        turning.turn(page, user, turned)
        return f"Turned by {turned}°. It is being read again, and shown here as soon as that is done."
    if said.get("do") == "copy":
        review.say_copy(page, user)
        return "Settled as a copy. What the other one executed stands."
    looked = queries.look(agreement, page)
    if looked.matched is None:
        raise Refused("Say first which issued page this is.")
    if said.get("do") == "unsigned":
        _decision(request, looked)
        review.find_defect(page, user, Defect.Code.NOT_SIGNED)
        return f"Recorded: {joined(dict.fromkeys(line.block.entity for line in looked.lines))} not signed"
    seen = _sheet(agreement, said["expected"], current=False) if said.get("expected") else None
    carrying.accept_under(page, user, _decision(request, looked), carry.given_on_desk(request), seen=seen)
    signed = dict.fromkeys(line.block.entity for line in looked.lines if desk.choice_of(request, line) == "signed")
    return f"Accepted: {joined(signed)}"


def _sheet(agreement: Agreement, text: str, current: bool = True) -> SignaturePage:
    pages = queries.pages_of(agreement) if current else SignaturePage.objects.filter(version__agreement=agreement)
    found = pages.filter(pk=number(text) or 0).first()
    if found is None:
        raise Refused("Choose the issued page that this is.")
    return found


def _decision(request: HttpRequest, looked: queries.Looked) -> review.Decision:
    """Read the form. Raises Refused for a line without a choice and for an amount that is none."""
    signed, amounts = set(), dict[int, Decimal]()
    for line in looked.lines:
        choice = desk.choice_of(request, line)
        if choice not in ("signed", "blank"):
            raise Refused(f"Say whether {line.block.entity} is signed.")
        if choice == "signed":
            signed.add(line.id)
        try:
            amount = read_amount(request.POST.get(f"amount-{line.id}", ""))
        except ValueError as error:
            raise Refused(str(error)) from error
        if amount is not None:
            amounts[line.block.pk] = amount
    return review.Decision(frozenset(signed), amounts)
