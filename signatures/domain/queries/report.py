"""What goes out of a board: every party, every threshold, open defects and received pages, at one moment."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from signatures.domain.queries import board
from signatures.domain.tally import tabulation
from signatures.models import Agreement, BlockState, Defect, PageState, PlacedBlock, ReceivedPage, SignaturePage


@dataclass(frozen=True)
class PartyLine:
    """One party. `principal` is None where it is not known, not a holder's, or left out."""

    name: str
    role: str
    chain: str
    signatories: str
    principal: Decimal | None
    disregarded: str
    state: str
    copies: int
    first_received: datetime.datetime | None
    channels: str
    original_to_follow: bool


@dataclass(frozen=True)
class DefectLine:
    """An open defect. `note` is empty where amounts are left out: it may tell one."""

    party: str
    words: str
    note: str
    since: datetime.datetime


@dataclass(frozen=True)
class PageLine:
    """A received page, the holders that it names, and what became of it."""

    file: str
    page: int
    channel: str
    received_at: datetime.datetime
    state: str
    number: str
    parties: str
    words: str


@dataclass(frozen=True)
class Report:
    """The status of a collection at `at`. `tally` is None where amounts are left out."""

    title: str
    zone: str
    currency: str
    at: datetime.datetime
    with_amounts: bool
    executed: int
    holders: int
    tally: tabulation.Tally | None
    met: tuple[tuple[str, str, bool], ...]
    parties: tuple[PartyLine, ...]
    defects: tuple[DefectLine, ...]
    pages: tuple[PageLine, ...]


def report(agreement: Agreement, with_amounts: bool) -> Report:
    """Gather the report, in a number of queries that does not grow with the parties."""
    standings = board.standings(agreement)
    details = board.details(agreement, standings)
    tally = tabulation.tabulate(agreement)
    return Report(
        title=agreement.title,
        zone=agreement.time_zone,
        currency=agreement.currency,
        at=timezone.now(),
        with_amounts=with_amounts,
        executed=tally.holders_executed,
        holders=tally.holders,
        tally=tally if with_amounts else None,
        met=tuple((one.rule.name, one.rule.clause, one.met) for one in tally.thresholds),
        parties=tuple(_party(row, details[row.block], with_amounts) for row in standings),
        defects=open_defects(agreement, with_amounts),
        pages=_pages(agreement, with_amounts),
    )


def _party(row: board.Standing, detail: board.Detail, with_amounts: bool) -> PartyLine:
    received = [copy.received_at for copy in detail.copies]
    return PartyLine(
        name=row.entity,
        role=row.role,
        chain=" > ".join(
            ", its ".join(filter(None, (link["entity"], link.get("capacity") or ""))) for link in detail.chain
        ),
        signatories=", ".join(name or "name left blank" for name, _title in detail.lines),
        principal=row.principal if with_amounts else None,
        disregarded=row.disregarded_reason if row.disregarded else "",
        state="Signed, proxy missing" if row.proxy_missing else BlockState(row.state).label,
        copies=len(received),
        first_received=min(received, default=None),
        channels=", ".join(dict.fromkeys(copy.channel for copy in detail.copies)),
        original_to_follow=row.original_to_follow,
    )


def open_defects(agreement: Agreement, with_notes: bool) -> tuple[DefectLine, ...]:
    """Return the open defects of the version that is signed, oldest first. One query."""
    found = Defect.objects.filter(
        closed_at=None, block__version__agreement=agreement, block__version__is_execution=True
    )
    told = found.order_by("opened_at", "pk").values_list("block__entity", "code", "note", "opened_at")
    return tuple(
        DefectLine(entity, str(Defect.Code(code).label), note if with_notes else "", since)
        for entity, code, note, since in told
    )


def _pages(agreement: Agreement, with_words: bool) -> tuple[PageLine, ...]:
    """Return every received page in the order of its receipt. One query, of no more than is told."""
    issued = SignaturePage.objects.filter(matches__page=OuterRef("pk"), matches__closed_at=None)
    parties = PlacedBlock.objects.filter(page__matches__page=OuterRef("pk"), page__matches__closed_at=None)
    found = ReceivedPage.objects.filter(agreement=agreement).annotate(
        number=Coalesce(Subquery(issued.values("number")[:1]), Value("")),
        parties=ArraySubquery(parties.order_by("position").values("block__entity")),
    )
    told = found.order_by("submission__received_at", "pk").values_list(
        *("submission__original_name", "index", "submission__channel", "submission__received_at", "state", "number"),
        *("parties", "reason", "question", "needs_person"),
    )
    return tuple(
        PageLine(
            file=name,
            page=index + 1,
            channel=channel,
            received_at=received_at,
            state=str(PageState(state).label),
            number=number,
            parties=", ".join(names),
            words=(reason or (question if needs_person else "")) if with_words else "",
        )
        for name, index, channel, received_at, state, number, names, reason, question, needs_person in told
    )
