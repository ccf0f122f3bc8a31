"""Adding a party by joinder: a transferee, or a late holder, with its own block, page and packet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from holders.names import read_amount, read_chain
from signatures.domain.errors import Refused
from signatures.domain.pages import joinder
from signatures.domain.queries.board import Standing, standings
from signatures.models import BlockState, Joinder, SignatureBlock
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.words import money


class JoinderForm(forms.Form):
    """Who joins, with what and from whom. What does not fit together, the domain says."""

    name = forms.CharField(label="Name of the party, as it will be printed", max_length=300)
    transferor = forms.ChoiceField(label="Transferred from", required=False)
    principal = forms.CharField(label="Principal that it brings")
    dated = forms.DateField(
        label="Date of the joinder", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    chain = forms.CharField(
        label="Signs by, a link a line, outermost first",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Pier Management LLC, its General Partner"}),
    )
    signatory = forms.CharField(label="Signatory", max_length=200, required=False)
    title = forms.CharField(label="Title", max_length=200, required=False)
    email = forms.EmailField(label="E-mail", required=False)
    address = forms.CharField(label="Address", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    through = forms.CharField(label="Held through", max_length=300, required=False)

    def clean_principal(self) -> Decimal:
        amount = _read(read_amount, self.cleaned_data["principal"])
        if amount is None:
            raise forms.ValidationError("Write the principal as an amount.")
        return Decimal(amount)

    def clean_chain(self) -> tuple[tuple[str, str, str], ...]:
        links = _read(read_chain, self.cleaned_data["chain"].replace("\n", " > "))
        if any(len(entity) > 300 or len(capacity) > 200 for entity, capacity in links):
            raise forms.ValidationError("A name in the chain is too long. Write a link a line.")
        return tuple((entity, capacity, "") for entity, capacity in links)


def _read(reader: Any, text: str) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise forms.ValidationError(str(error)) from error


@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, slug: str) -> HttpResponse:
    """The form, and what it does. For those who act and see amounts: it moves principal from one to another."""
    access = agreement_for(request, slug, decide=True)
    if not access.show_amounts:
        raise PermissionDenied("A joinder moves principal: it is for those who may see amounts.")
    rows = {row.block: row for row in standings(access.agreement) if row.is_holder}
    form = JoinderForm(request.POST or None, initial={"dated": timezone.localdate()})
    form.fields["transferor"].choices = _choices(access, rows)  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            made = _join(access, dict(form.cleaned_data))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"{made.entity} has joined. Its page is issued, and its packet ready to send.")
            return redirect("holder", slug, made.pk)
    version = next(iter(rows.values())).version if rows else 1
    context = {
        "agreement": heading(access.agreement, timezone.now(), version),
        "form": form,
        "has_notes": access.agreement.notes is not None,
    }
    return render(request, "setup/joinder.html", context, status=422 if form.errors else 200)


@require_POST
def undo(request: HttpRequest, slug: str, block_id: int) -> HttpResponse:
    """Undo a joinder, for those who may make one."""
    access = agreement_for(request, slug, decide=True)
    if not access.show_amounts:
        raise PermissionDenied("A joinder moves principal: it is for those who may see amounts.")
    block = get_object_or_404(SignatureBlock.every.filter(version__agreement=access.agreement), pk=block_id)
    try:
        made = joinder.undo(block, access.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("holder", slug, block_id)
    whose = f"{made.transferor.entity}'s" if made.transferor else "nobody's"
    messages.success(
        request, f"The joinder of {block.entity} is undone: its page is void, its principal {whose} again."
    )
    return redirect("board", slug)


def panel(access: Access, block: int, state: str) -> dict[str, str] | None:
    """Return what templates/board/joined.html says; None for a party that did not join, or has signed."""
    made = Joinder.objects.filter(block=block, undone_at=None).select_related("transferor").first()
    if made is None:
        return None
    may_undo = access.may_act and access.show_amounts and state == BlockState.OUTSTANDING
    from_whom = f"from {made.transferor.entity}" if made.transferor else "as a late holder"
    currency = access.agreement.currency
    with_what = f", with {money(made.principal, currency)}" if access.show_amounts else ""
    return {
        "words": f"Joined {made.dated:%B} {made.dated.day}, {made.dated.year}, {from_whom}{with_what}",
        "undo_url": reverse("joinder_undo", args=[access.agreement.slug, block]) if may_undo else "",
    }


def _join(access: Access, said: dict[str, Any]) -> SignatureBlock:
    chosen = said.pop("transferor")
    transferor = SignatureBlock.objects.select_related("version").get(pk=int(chosen)) if chosen else None
    return joinder.join(access.agreement, access.user, joinder.Joining(**said), transferor).block


def _choices(access: Access, rows: dict[int, Standing]) -> list[tuple[str, str]]:
    currency = access.agreement.currency
    known = [
        (str(row.block), f"{row.entity}, {money(row.principal, currency)}") for row in rows.values() if row.principal
    ]
    return [("", "nobody on the register: a late holder"), *known]
