"""The letters of an agreement: edit, preview for a recipient, send a test to oneself."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from signatures.domain.documents.blocks import execution_version
from signatures.domain.errors import Refused
from signatures.domain.packets import asking, reminder_plan, sending
from signatures.domain.packets import letters as domain
from signatures.domain.queries import setup as queries
from signatures.models import Agreement, CarryOver, LetterKind, Packet, ReminderPlan
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.words import counted, local_moment

NOBODY: dict[str, str] = {LetterKind.CARRY_OVER: "Nobody is to be asked about an earlier signature now."}


@require_http_methods(["GET", "POST"])
def letters(request: HttpRequest, slug: str) -> HttpResponse:
    """One letter, by ?kind=, with its preview for ?packet=. POST does=preview, save or test, with subject and body."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    given = request.POST if request.method == "POST" else request.GET
    kind = given.get("kind", "") if given.get("kind") in LetterKind.values else LetterKind.PACKET.value
    found = _recipients(access.agreement, kind)
    chosen = next((one for one in found if one.key == given.get("packet")), next(iter(found), None))
    wanted, problem = domain.text(access.agreement, kind), ""
    if request.method == "POST":
        wanted = domain.Text(request.POST.get("subject", ""), request.POST.get("body", ""))
        try:
            if _done(request, access, kind, wanted, chosen):
                given_again = urlencode({"kind": kind} | ({"packet": chosen.key} if chosen else {}))
                return redirect(f"{reverse('letters', args=[slug])}?{given_again}")
        except Refused as error:
            problem = str(error)
    planned = reminder_plan.plan_of(access.agreement) if kind == LetterKind.REMINDER else None
    context = {
        "agreement": heading(access.agreement, timezone.now()),
        "may_act": access.may_act,
        "kinds": [{"kind": one.value, "word": str(one.label).capitalize()} for one in LetterKind],
        "kind": kind,
        "text": wanted,
        "problem": problem,
        "placeholders": [(f"{{{name}}}", words) for name, words in domain.placeholders(kind).items()],
        "packets": [(one.key, str(one.packet)) for one in found],
        "nobody": NOBODY.get(kind, "There is no packet yet. Issue pages first."),
        "chosen": chosen.key if chosen else None,
        "preview": sending.letter_for(chosen.packet, wanted, None, chosen.asks) if chosen and not problem else None,
        "nothing_to_sign": chosen is not None and kind == LetterKind.REMINDER and not sending.to_sign(chosen.packet),
        "plan": planned,
        "next_reminders": _next_reminders(access.agreement, planned) if planned else "",
        "to": (sending.address_of(chosen.packet) or "no e-mail address yet") if chosen else "",
    }
    return render(request, "setup/letters.html", context, status=422 if problem else 200)


def _next_reminders(agreement: Agreement, planned: ReminderPlan) -> str:
    now = timezone.now()
    found = reminder_plan.upcoming(planned, now)
    if found is None:
        return "As things stand nobody is due."
    at, packets = found
    return f"Next: {local_moment(at, agreement.time_zone, now)}, to {counted(packets, 'signatory', 'signatories')}."


@dataclass(frozen=True)
class Recipient:
    """Whom a letter can be shown for: the packet, what a form calls it, and what a letter about it asks."""

    packet: Packet
    key: str
    asks: tuple[CarryOver, ...] = ()


def _recipients(agreement: Agreement, kind: str) -> list[Recipient]:
    if kind != LetterKind.CARRY_OVER:
        return [Recipient(one, str(one.pk)) for one in queries.packets(agreement)]
    found = asking.to_ask(execution_version(agreement))
    return [
        Recipient(one.packet, f"{one.packet.signatory_id or 0}-{one.packet.party_id or 0}", one.rows) for one in found
    ]


def _done(request: HttpRequest, access: Access, kind: str, wanted: domain.Text, chosen: Recipient | None) -> bool:
    """Do what was asked and tell whether the screen is to be loaded anew; a preview stays on what was typed."""
    does = request.POST.get("does")
    if does == "test":
        if chosen is None:
            raise Refused(NOBODY.get(kind, "There is no packet yet to try it on. Issue pages first."))
        if chosen.asks:
            asking.send_test(chosen.asks, wanted, access.user)
        else:
            sending.send_test(chosen.packet, kind, wanted, access.user)
        messages.success(request, f"A test is on the way to {access.user.email}.")
        return False
    if does == "save":
        domain.change(access.agreement, kind, wanted, access.user)
        messages.success(request, "Saved.")
        return True
    domain.check(kind, wanted)
    return False


@require_POST
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """Remind every so many days at an hour from now on, or with does=end by hand alone."""
    access = agreement_for(request, slug, decide=True)
    days, hour = number(request.POST.get("days")), number(request.POST.get("hour"))
    try:
        if request.POST.get("does") == "end":
            reminder_plan.end_plan(access.agreement, access.user)
        elif days is None or hour is None:
            raise Refused("Say the days and the hour as whole numbers.")
        else:
            reminder_plan.set_plan(access.agreement, days, hour, access.user)
    except Refused as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('letters', args=[slug])}?kind={LetterKind.REMINDER}")
