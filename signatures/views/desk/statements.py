"""What signatories state through their links, in words: for the one who types it, and for counsel."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone

from signatures.domain.decisions import statements
from signatures.domain.queries.portal import PortalPage
from signatures.domain.queries.statements import Blank
from signatures.models import Agreement, Particular, Statement
from signatures.views.access import Access
from signatures.views.words import joined, local_moment, moment

LABELS = {
    Particular.NAME: "Name of the person who signed",
    Particular.TITLE: "Title of {signer}",
    Particular.AMOUNT: "Amount of notes held",
    Particular.DATE: "Date of signing",
}
HINTS = {Particular.TITLE: "organization-title", Particular.NAME: "name"}


@dataclass(frozen=True)
class Refusal:
    """Why nothing was kept of what was typed about a page, and what was typed, by line and particular."""

    page: int
    sentence: str
    typed: Mapping[tuple[str, str], str]


def asked(one: PortalPage, token: str, zone: str, refusal: Refusal | None) -> dict[str, Any] | None:
    """Return what a link asks to be typed about a page (see templates/portal/blanks.html), None where nothing is."""
    if one.received is None or not one.blanks:
        return None
    page = one.received.pk
    own = refusal if refusal is not None and refusal.page == page else None
    several = len({blank.block.pk for blank in one.blanks}) > 1
    fields = [_field(blank, several, own) for blank in one.blanks]
    return {
        "id": page,
        "url": reverse("portal_state", args=[token, page]),
        "error": own.sentence if own else "",
        "fields": fields,
        "words": joined(dict.fromkeys(blank.particular for blank in one.blanks)),
        "stated": [
            f"{field['label']}: {blank.stated.text} ({local_moment(blank.stated.stated_at, zone, timezone.now())})"
            for blank, field in zip(one.blanks, fields, strict=True)
            if blank.stated is not None
        ],
        "all_stated": own is None and all(blank.stated is not None for blank in one.blanks),
    }


def _field(blank: Blank, several: bool, refusal: Refusal | None) -> dict[str, Any]:
    label = LABELS[Particular(blank.particular)].format(signer=blank.signer or "the person who signed")
    typed = refusal.typed.get((blank.id, blank.particular)) if refusal else None
    return {
        "name": f"{blank.particular}-{blank.id}",
        "label": f"{label}, for {blank.block.entity}" if several else label,
        "value": typed if typed is not None else blank.stated.text if blank.stated else "",
        "autocomplete": HINTS.get(Particular(blank.particular), "off"),
        "longest": statements.LONGEST,
    }


def told_by_block(
    access: Access, stated: Iterable[Statement], page: int | None = None
) -> dict[int, list[dict[str, str]]]:
    """Return the newest statements about some blocks in words for counsel, by block.

    One about another copy than `page` says so; an amount is for who may see it.
    """
    found: dict[int, list[dict[str, str]]] = {}
    for one in stated:
        found.setdefault(one.block_id, []).append(_told(access.agreement, one, page, access.show_amounts))
    return found


def _told(agreement: Agreement, one: Statement, page: int | None, amounts: bool) -> dict[str, str]:
    shown = amounts or one.particular != Particular.AMOUNT
    other = page is not None and one.page_id != page
    at = moment(one.stated_at, agreement.time_zone, timezone.now())
    return {
        "what": str(one.get_particular_display()).capitalize(),
        "text": one.text if shown else "stated, not shown to you",
        "who": f"stated by {one.stated_by} through the link, {at}{', about another copy' if other else ''}",
    }


def curing(access: Access, stated: Sequence[Statement]) -> dict[str, Any] | None:
    """Return what may cure a defect as stated (see templates/desk/defect.html), None where nothing is."""
    if not stated or not access.may_act:
        return None
    return {"ids": " ".join(str(one.pk) for one in stated), "words": joined(_shortly(one) for one in stated)}


def _shortly(one: Statement) -> str:
    name = str(one.get_particular_display())
    return name if one.particular == Particular.AMOUNT else f"{name} “{one.text}”"
