"""The state of a collection as data: who has signed, for how much, on which paper, and whether that is enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch

from holders.models import Holding, PartyRole
from signatures.domain.queries.board import EXECUTED
from signatures.domain.tally import tabulation
from signatures.domain.tally.positions import through_then, without_proxy
from signatures.domain.tally.thresholds import Measured
from signatures.models import (
    Agreement,
    BlockState,
    Counterpart,
    PageState,
    ReceivedPage,
    SignatureBlock,
    Submission,
)


@dataclass(frozen=True)
class PageCounts:
    """Pages received, and where each of them is now. The four always add up to the first."""

    received: int
    waiting: int
    matched: int
    review: int
    set_aside: int


def page_counts(agreement: Agreement) -> PageCounts:
    """Count pages. A file not split yet counts as one waiting page, one that cannot be opened as set aside."""
    states = Counter(ReceivedPage.objects.filter(agreement=agreement).order_by().values_list("state", flat=True))
    for state, count in _without_pages(agreement):
        states[PageState.SET_ASIDE if state == Submission.State.UNREADABLE else PageState.WAITING] += count
    return PageCounts(
        received=sum(states.values()),
        waiting=states[PageState.WAITING],
        matched=states[PageState.MATCHED],
        review=states[PageState.REVIEW],
        set_aside=states[PageState.SET_ASIDE],
    )


def _without_pages(agreement: Agreement) -> Iterable[tuple[str, int]]:
    unsplit = Submission.objects.filter(agreement=agreement, page_count=None).exclude(state=Submission.State.READ)
    return Counter(unsplit.order_by().values_list("state", flat=True)).items()


def blocks_with_counterparts(agreement: Agreement) -> list[SignatureBlock]:
    """Return the blocks of the execution version in their order, with party, chain, lines and open counterparts."""
    counterparts = Counterpart.objects.filter(closed_at=None).select_related("page__submission").order_by("opened_at")
    return list(
        SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
        .annotate(through=through_then(None))
        .annotate(wants_proxy=without_proxy(None))
        .select_related("party")
        .prefetch_related("lines", Prefetch("counterparts", counterparts, to_attr="open_counterparts"))
        .order_by("position")
    )


def collection_status(agreement: Agreement) -> dict[str, Any]:
    """Return the status as plain data, money as strings with two decimals."""
    holdings = {row.holder_id: row for row in Holding.objects.filter(notes=agreement.notes_id, closed_at=None)}
    rows = [(block, _row(block, holdings.get(block.party_id))) for block in blocks_with_counterparts(agreement)]
    tally = tabulation.tabulate(agreement)
    counts = page_counts(agreement)
    return {
        "agreement": agreement.slug,
        "holders": [row for block, row in rows if block.role == PartyRole.HOLDER],
        "parties": [row for block, row in rows if block.role != PartyRole.HOLDER],
        "pages": vars(counts),
        "tabulation": {
            "principal_outstanding": _money(tally.principal_outstanding),
            "disregarded": _money(tally.disregarded),
            "base": _money(tally.base),
            "holder_unknown": _money(tally.holder_unknown),
            "executed": _money(tally.executed),
            "proxy_missing": _money(tally.proxy_missing),
            "percent": None if tally.percent is None else f"{tally.percent:.2f}",
            "holders_executed": tally.holders_executed,
            "holders": tally.holders,
            "thresholds": [_threshold(one) for one in tally.thresholds],
        },
    }


def _row(block: SignatureBlock, holding: Holding | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "holder": block.entity,
        "state": BlockState(block.state).value,
        "counterparts": [
            {
                "channel": one.page.submission.channel,
                "received": one.page.submission.received_at.isoformat(),
                "original": one.original,
            }
            for one in block.open_counterparts  # type: ignore[attr-defined]
        ],
    }
    if block.role == PartyRole.HOLDER:
        row["principal"] = _money(holding.principal if holding else None)
        row["disregarded"] = bool(holding and holding.disregarded)
        row["proxy_missing"] = block.wants_proxy and block.state in EXECUTED  # type: ignore[attr-defined]
    else:
        row["role"] = block.role
        row["principal"] = None
    return row


def _threshold(one: Measured) -> dict[str, Any]:
    percent = one.rule.percent.normalize()
    return {
        "name": one.rule.name,
        "clause": one.rule.clause,
        "percent": f"{percent:f}",
        "inclusive": one.rule.inclusive,
        "base": str(one.rule.base),
        "met": one.met,
        "short_by": None if one.rule.of_holders else _money(one.short_by),
        "short_by_holders": int(one.short_by) if one.rule.of_holders else None,
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"
