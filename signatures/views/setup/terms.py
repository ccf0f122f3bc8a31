"""The terms of an agreement, its thresholds, its people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from holders.models import PrincipalOutstanding
from holders.names import read_amount
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.domain.queries import setup as queries
from signatures.domain.register import parties
from signatures.domain.tally import tabulation
from signatures.models import AuditEvent, Threshold
from signatures.setup_forms import CURRENCIES, TermsForm, ThresholdForm
from signatures.views.access import Access, agreement_for
from signatures.views.board.proxies import consent_panel
from signatures.views.heading import heading
from signatures.views.thresholds import rule_words
from signatures.views.words import local_moment

TERMS = TermsForm.Meta.fields


@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """The terms, the thresholds, the rule, the people."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    timezone.activate(ZoneInfo(access.agreement.time_zone))
    form = _terms_form(request, access)
    if request.method == "POST" and form.is_valid():
        try:
            _save_terms(access, form)
        except (Refused, ValueError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Saved.")
            return redirect("settings", slug)
    return _settings(request, access, form, ThresholdForm(), 422 if form.errors else 200)


def _terms_form(request: HttpRequest, access: Access) -> TermsForm:
    row = PrincipalOutstanding.objects.filter(notes=access.agreement.notes_id, closed_at=None).first()
    shown = row is not None and access.show_amounts
    initial = {
        "currency": access.agreement.notes.currency if access.agreement.notes else "",
        "principal_outstanding": f"{row.amount:,.2f}" if row and shown else "",
        "principal_source": row.source if row and shown else "",
    }
    form = TermsForm(request.POST or None, instance=access.agreement, initial=initial)
    if not access.show_amounts:
        del form.fields["principal_outstanding"], form.fields["principal_source"]
    notes = access.agreement.notes
    if notes is None:
        del form.fields["currency"]
    elif notes.currency not in CURRENCIES:
        form.fields["currency"].choices = [(one, one) for one in (notes.currency, *CURRENCIES)]  # type: ignore[attr-defined]
    if not access.may_act:
        for field in form.fields.values():
            field.disabled = True
    return form


def _save_terms(access: Access, form: TermsForm) -> None:
    said = form.cleaned_data
    access.agreement.refresh_from_db()
    currency = said.get("currency", "")
    amount = read_amount(said.get("principal_outstanding") or "", currency)
    agreements.set_terms(access.agreement, access.user, **{name: said[name] for name in TERMS})
    if currency:
        parties.set_currency(access.agreement, currency, access.user)
    if amount is not None:
        parties.set_principal_outstanding(access.agreement, amount, said["principal_source"], access.user)


def _settings(
    request: HttpRequest, access: Access, form: TermsForm, threshold_form: ThresholdForm, status: int
) -> HttpResponse:
    agreement, slug = access.agreement, access.agreement.slug
    members = agreement.memberships.select_related("user").order_by("role", "user__email")
    context = {
        "agreement": heading(agreement, timezone.now()),
        "may_act": access.may_act,
        "form": form,
        "thresholds": [_threshold(slug, agreement.time_zone, row) for row in queries.thresholds(agreement)],
        "threshold_form": threshold_form,
        "no_threshold": agreement.no_threshold,
        "threshold_url": reverse("threshold_set", args=[slug]),
        "certain": _certain(access),
        "consent": consent_panel(access),
        "people": [
            {
                "name": str(one.user),
                "email": one.user.email,
                "role": one.get_role_display(),
                "amounts": one.may_see_amounts,
            }
            for one in members
        ],
    }
    return render(request, "setup/settings.html", context, status=status)


def _threshold(slug: str, zone: str, row: Threshold) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "clause": row.clause,
        "rule": rule_words(tabulation.rule_of(row)),
        "since_words": f"since {local_moment(row.opened_at, zone, timezone.now())}",
        "end_url": reverse("threshold_end", args=[slug, row.pk]),
    }


def _certain(access: Access) -> dict[str, Any]:
    person, agreement = access.agreement.accept_certain_by, access.agreement
    words = ""
    if person is not None:
        event = AuditEvent.objects.filter(agreement=agreement, action="rule switched on").order_by("-sequence").first()
        when = f", {local_moment(event.at, agreement.time_zone, timezone.now())}" if event else ""
        words = f"{person} switched it on{when}"
    return {"on": person is not None, "words": words, "url": reverse("certain", args=[agreement.slug])}


@require_POST
def certain(request: HttpRequest, slug: str) -> HttpResponse:
    """Switch the rule on in one's own name, or off."""
    access = agreement_for(request, slug, decide=True)
    on = request.POST.get("on") == "1"
    agreements.accept_certain_from_now(access.agreement, access.user, on=on)
    messages.success(
        request,
        "From now on, what is certain is accepted in your name."
        if on
        else "From now on, every page waits for a person.",
    )
    return redirect("settings", slug)


@require_POST
def threshold_set(request: HttpRequest, slug: str) -> HttpResponse:
    """Enter a threshold."""
    access = agreement_for(request, slug, decide=True)
    form = ThresholdForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            tabulation.set_threshold(
                access.agreement,
                said["name"],
                said["percent"] or Decimal(100),
                inclusive=said["inclusive"],
                clause=said["clause"],
                base=said["base"] or Threshold.Base.PRINCIPAL,
                actor=access.user,
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect(f"{reverse('settings', args=[slug])}#thresholds")
    return _settings(request, access, TermsForm(instance=access.agreement), form, 422)


@require_POST
def threshold_none(request: HttpRequest, slug: str) -> HttpResponse:
    """Say that the agreement has no threshold, or take that back."""
    access = agreement_for(request, slug, decide=True)
    try:
        tabulation.say_none(access.agreement, access.user, none=request.POST.get("none") == "yes")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('settings', args=[slug])}#thresholds")


@require_POST
def threshold_end(request: HttpRequest, slug: str, threshold_id: int) -> HttpResponse:
    """Close a threshold."""
    access = agreement_for(request, slug, decide=True)
    row = get_object_or_404(queries.thresholds(access.agreement), pk=threshold_id)
    tabulation.remove_threshold(access.agreement, row.name, access.user)
    return redirect(f"{reverse('settings', args=[slug])}#thresholds")
