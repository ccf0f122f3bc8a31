"""One party: where it stands, what came in from it, what is on record."""

from __future__ import annotations

import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from holders.models import Holding, HoldingSource
from signatures.domain.queries import board as queries
from signatures.domain.queries import defects as open_defects
from signatures.domain.queries import grid, listing, received
from signatures.domain.queries.arrivals import pages_of
from signatures.domain.queries.statements import newest
from signatures.models import Agreement, ReceivedPage, SignatureBlock, SignaturePage
from signatures.views import words
from signatures.views.access import Access, agreement_for
from signatures.views.board import disregarding, joinder, notes, proxies, revoking
from signatures.views.board.contact import last_contact
from signatures.views.board.history import history
from signatures.views.board.rows import copy_words, notes_of, state_of
from signatures.views.desk import defects
from signatures.views.desk.statements import told_by_block
from signatures.views.heading import heading
from signatures.views.received import pages


@require_GET
def holder(request: HttpRequest, slug: str, block_id: int) -> HttpResponse:
    """One holder or other party of the agreement."""
    access = agreement_for(request, slug)
    agreement, now = access.agreement, timezone.now()
    row = listing.of_block(agreement, block_id)
    if row is None:
        return redirect("holder", slug, _now(agreement, block_id))
    detail = queries.details(agreement, [row])[row.block]
    copies = [copy.page for copy in detail.copies]
    context = {
        "agreement": heading(agreement, now, row.version),
        "search_url": reverse("board", args=[slug]),
        "may_act": access.may_act,
        "show_amounts": access.show_amounts,
        "holder": _holder(access, row, detail, now),
        "history": history(received.events_of_party(agreement, row.block, copies), agreement.time_zone, now),
        "actions": [],
        "defects_open": defects.listed(access, open_defects.open_of_block(row.block), "holder"),
        "may_settle": access.may_act,
        "proxy": proxies.panel(
            access, SignatureBlock.objects.select_related("party", "version__agreement").get(pk=row.block)
        ),
        "revocation": revoking.panel(access, row.block, row.state, request.GET.get("says", "")),
        "joined": joinder.panel(access, row.block, row.state),
        "disregarded": disregarding.panel(access, row.block, _holding(agreement, row)),
        "noted": notes.panel(access, row.block, row.party),
        "stated": told_by_block(access, newest([row.block])).get(row.block, []),
    }
    return render(request, "board/holder.html", context)


def _now(agreement: Agreement, block_id: int) -> int:
    """Return the block in the version that is signed of an earlier block's party. Raises Http404 for none."""
    earlier = SignatureBlock.objects.filter(pk=block_id, version__agreement=agreement)
    now = SignatureBlock.objects.filter(
        version__agreement=agreement, version__is_execution=True, party__in=earlier.values("party")
    )
    return get_object_or_404(now.exclude(pk=block_id)).pk


def _holder(access: Access, row: queries.Standing, detail: queries.Detail, now: datetime.datetime) -> dict[str, Any]:
    agreement = access.agreement
    arrived = {
        one.page: one
        for one in pages_of(
            ReceivedPage.objects.filter(pk__in=[copy.page for copy in detail.copies], agreement=agreement)
        )
    }
    copies = []
    for copy in detail.copies:
        said = pages.said_of(arrived[copy.page])
        shown = {"thumbnail_url": pages.thumbnail_url(agreement, arrived[copy.page]), "kind": said.kind}
        copies.append({**copy_words(agreement, copy, now), **shown, "words": said.words, **binding(copy, detail)})
    issued = SignaturePage.objects.filter(blocks=row.block, version__agreement=agreement).order_by("id")
    return {
        "id": row.block,
        "name": row.entity,
        "chain": words.chain_words(detail.chain),
        "role": row.role,
        **state_of(row),
        "facts": _facts(access, row, detail, now),
        "further": [
            {"title": one.title, "state": one.state}
            for one in grid.of_parties(agreement, [row.party]).get(row.party, [])
        ],
        "blocks": [
            {"signatory": name, "title": title, "state": row.state, "state_word": "", "words": ""}
            for name, title in detail.lines
        ],
        "copies": copies,
        "issued": [
            {
                "url": reverse("page_void", args=[agreement.slug, page.pk]),
                "number": page.number if page.state == SignaturePage.State.CURRENT else f"{page.number}, {page.state}",
                "thumbnail_url": reverse("picture_issued", args=[agreement.slug, page.pk]),
            }
            for page in issued
        ],
        "notes": notes_of(row, detail, access.show_amounts),
    }


def binding(copy: queries.Copy, detail: queries.Detail) -> dict[str, Any]:
    """Say whether a copy is bound. Where one copy is accepted, there is nothing to choose, and nothing is said."""
    several = sum(one.counts for one in detail.copies) > 1
    bound_words = ""
    if several and copy.page in detail.bound:
        together = " with another" if len(detail.bound) > 1 else ""
        bound_words = f"Best copy{together}, bound {'as chosen' if copy.is_chosen else 'by the rule'}"
    return {
        "page": copy.page,
        "bound_words": bound_words,
        "is_chosen": copy.is_chosen and copy.counts,
        "may_be_bound": several and copy.counts,
    }


def _holding(agreement: Agreement, row: queries.Standing) -> Holding | None:
    held = Holding.objects.filter(holder=row.party, notes=agreement.notes_id, closed_at=None)
    return held.first() if row.is_holder else None


def _facts(
    access: Access, row: queries.Standing, detail: queries.Detail, now: datetime.datetime
) -> list[dict[str, str]]:
    agreement = access.agreement
    block = SignatureBlock.objects.select_related("party").get(pk=row.block)
    holding = _holding(agreement, row)
    said = {"Role": row.role if not row.is_holder else ""}
    if access.show_amounts and row.is_holder:
        currency = agreement.currency
        said["Principal"] = words.money(row.principal, currency) if row.principal is not None else "not known"
        if holding is not None:
            said["Source"] = str(HoldingSource(holding.source).label)
            said["Record date"] = (
                f"{holding.as_of:%B} {holding.as_of.day}, {holding.as_of.year}" if holding.as_of else ""
            )
    said |= {
        "Disregarded": row.disregarded_reason if row.disregarded else "",
        "Held through": block.party.through,
        "Fund family": row.family,
        "Address": block.address,
        "Last contact": last_contact(detail, agreement.time_zone, now),
        "Link opened": words.local_moment(detail.link_opened_at, agreement.time_zone, now)
        if detail.link_opened_at
        else "not yet",
    }
    return [{"word": word, "value": value} for word, value in said.items() if value]
