"""The tabulation: who counts for how much, now or as of a past moment, and signing it off."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from signatures.domain.errors import Refused
from signatures.domain.queries.tabulated import HolderLine, Tabulated, tabulated
from signatures.domain.tally import signing_off
from signatures.models import BlockState, TabulationReport
from signatures.views import moments, thresholds, words
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.words import PROXY_MISSING

MOST_REPORTS = 5  # each is held against the records anew
WITHOUT_AMOUNTS = "The tabulation is made of amounts, and you may not see those. Ask counsel for it."


@require_http_methods(["GET", "POST"])
def tabulation(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the tabulation as of a moment; a post signs it off."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    if not access.show_amounts:
        raise PermissionDenied(WITHOUT_AMOUNTS)
    asked = request.POST.get("as_of", "") if request.method == "POST" else request.GET.get("as_of", "")
    try:
        at = _moment(asked, access.agreement.time_zone)
        if request.method == "POST":
            report = signing_off.sign_off(access.agreement, access.user, at, request.POST.get("note", ""))
            messages.success(request, f"Signed off. The report's fingerprint begins {report.sha256[:12]}.")
            return redirect("tabulation", slug)
    except Refused as error:
        return render(request, "board/tabulation.html", _context(access, None, asked, str(error)), status=422)
    return render(request, "board/tabulation.html", _context(access, at, asked, ""))


def _moment(text: str, zone: str) -> datetime.datetime | None:
    at = moments.read(text, zone)
    if at is not None and at > timezone.now():
        raise Refused("That moment is yet to come. The tabulation tells of now or of the past.")
    return at


def _context(access: Access, at: datetime.datetime | None, asked: str, error: str) -> dict[str, Any]:
    agreement = access.agreement
    found = tabulated(agreement, at)
    reports = TabulationReport.objects.filter(agreement=agreement).select_related("signed_by", "agreement")
    currency = agreement.currency
    return {
        "agreement": heading(agreement, timezone.now()),
        "may_act": access.may_act,
        "error": error,
        "asked": asked,
        "is_past": at is not None,
        "is_consent": found.is_consent,
        "at": found.at,
        "address": reverse("tabulation", args=[agreement.slug]),
        "figures": _figures(found, currency),
        "thresholds": [thresholds.line(one, currency) for one in found.tally.thresholds],
        "lines": [_line(access, line, currency) for line in found.lines],
        "total_principal": _sum((line.principal for line in found.lines), currency),
        "total_counted": _sum((line.counted for line in found.lines), currency),
        "reports": [_report(report) for report in reports[:MOST_REPORTS]],
    }


def _sum(amounts: Iterable[Decimal | None], currency: str) -> str:
    return words.money(sum((amount or Decimal(0) for amount in amounts), Decimal(0)), currency)


def _figures(found: Tabulated, currency: str) -> list[dict[str, str]]:
    tally = found.tally
    outstanding = tally.principal_outstanding
    whole = (
        ("Principal outstanding of the series", words.money(outstanding, currency))
        if outstanding is not None
        else (
            "Sum of the holdings: no principal outstanding is entered",
            _sum((line.principal for line in found.lines), currency),
        )
    )
    unproxied = [("Signed, proxy missing: does not count", words.money(tally.proxy_missing, currency))]
    pairs = [
        whole,
        ("less disregarded", words.money(tally.disregarded, currency)),
        ("Base", words.money(tally.base, currency)),
        ("of which nobody on the register holds", words.money(tally.holder_unknown, currency)),
        ("Executed", words.money(tally.executed, currency)),
        *(unproxied if tally.proxy_missing else []),
        ("Share of the base, rounded down", "none" if tally.percent is None else f"{tally.percent} %"),
        ("Holders executed", f"{tally.holders_executed} of {tally.holders}"),
    ]
    return [{"word": word, "figure": figure} for word, figure in pairs]


def _line(access: Access, line: HolderLine, currency: str) -> dict[str, Any]:
    return {
        "name": line.name,
        "url": reverse("holder", args=[access.agreement.slug, line.block]),
        "principal": "not known" if line.principal is None else words.money(line.principal, currency),
        "state": BlockState.IN_REVIEW if line.proxy_missing else line.state,
        "state_word": PROXY_MISSING if line.proxy_missing else "",
        "executed_at": line.executed_at,
        "counted": words.money(line.counted, currency),
        "why": line.why,
    }


def _report(report: TabulationReport) -> dict[str, Any]:
    return {
        "as_of": report.as_of,
        "signed_at": report.signed_at,
        "by": str(report.signed_by),
        "note": report.note,
        "sha256": report.sha256[:16],
        "executed": report.content["tally"]["executed"],
        "holds": signing_off.still_holds(report),
    }
