"""An amount that differs, on the desk and on the party's screen: which of the two is right."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from holders.names import read_amount
from signatures.domain.decisions import amounts
from signatures.domain.errors import Refused
from signatures.domain.queries.defects import OpenDefect
from signatures.models import Defect
from signatures.views.access import Access
from signatures.views.numbers import number
from signatures.views.words import money

ACTS = ("page is right", "register is right")


def settle(request: HttpRequest, access: Access, defect: Defect) -> str:
    """Settle an amount as `do` says, and return what was done in words. Raises Refused, or PermissionDenied without
    the right to see amounts.
    """
    if not access.show_amounts:
        raise PermissionDenied("What is held is for those who may see amounts.")
    if request.POST.get("do") == "register is right":
        amounts.register_is_right(defect, access.user, request.POST.get("why", ""))
        return "The register stays as it is, and the defect is waived."
    try:
        amount = read_amount(
            request.POST.get("amount", ""), access.agreement.notes.currency if access.agreement.notes else ""
        )
    except ValueError as error:
        raise Refused(str(error)) from error
    amounts.page_is_right(defect, access.user, amount, number(request.POST.get("seen")))
    return "The register follows the page now."


def panel(access: Access, one: OpenDefect) -> dict[str, Any] | None:
    """Return what templates/desk/amount.html says; None for another defect and for those who may not see amounts."""
    if one.defect.code != Defect.Code.AMOUNT or one.defect.block is None or not access.show_amounts:
        return None
    currency = access.agreement.currency
    registered = one.holding.principal if one.holding is not None else None
    return {
        "written": "" if one.written is None else money(one.written, currency),
        "registered": "nothing" if registered is None else money(registered, currency),
        "seen": one.holding.pk if one.holding is not None else "",
    }
