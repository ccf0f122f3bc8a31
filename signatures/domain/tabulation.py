"""The tally: how much principal is executed, of how much, and whether that is enough. Exact decimal arithmetic."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from holders.models import Holding, PartyRole, PrincipalOutstanding
from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.models import Agreement, Execution, SignatureBlock, Threshold, User

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Position:
    """One holder's part in the tally. `principal` is None where it is not known: it counts as zero."""

    holder: int
    principal: Decimal | None
    disregarded: bool
    executed: bool


@dataclass(frozen=True)
class Rule:
    """A threshold: its name, the clause it comes from, and whether exactly this percentage is enough."""

    name: str
    clause: str
    percent: Decimal
    inclusive: bool


@dataclass(frozen=True)
class Measured:
    """A threshold against the tally. `short_by` is the least amount that would meet it."""

    rule: Rule
    met: bool
    short_by: Decimal


@dataclass(frozen=True)
class Tally:
    """The figures. `holder_unknown` is principal outstanding that nobody on the register holds."""

    principal_outstanding: Decimal | None
    disregarded: Decimal
    base: Decimal
    holder_unknown: Decimal
    executed: Decimal
    percent: Decimal | None
    holders_executed: int
    holders: int
    thresholds: tuple[Measured, ...]


def tally(positions: Iterable[Position], principal_outstanding: Decimal | None, rules: Iterable[Rule]) -> Tally:
    """Count. The base is the principal outstanding, or the sum of the holdings, less what is disregarded."""
    positions = list(positions)
    disregarded = sum((one.principal or ZERO for one in positions if one.disregarded), ZERO)
    held = sum((one.principal or ZERO for one in positions), ZERO)
    whole = held if principal_outstanding is None else principal_outstanding
    base = max(whole - disregarded, ZERO)
    executed = sum((one.principal or ZERO for one in positions if one.executed and not one.disregarded), ZERO)
    percent = (executed * 100 / base).quantize(CENT, ROUND_DOWN) if base else None
    return Tally(
        principal_outstanding=principal_outstanding,
        disregarded=disregarded,
        base=base,
        holder_unknown=max(whole - held, ZERO),
        executed=executed,
        percent=percent,
        holders_executed=sum(one.executed for one in positions),
        holders=len(positions),
        thresholds=tuple(measure(rule, executed, base) for rule in rules),
    )


def measure(rule: Rule, executed: Decimal, base: Decimal) -> Measured:
    """Hold a threshold against executed principal. It is decided exactly; on a base of zero nothing is met."""
    left, right = executed * 100, rule.percent * base
    met = bool(base) and (left >= right if rule.inclusive else left > right)
    if met:
        return Measured(rule, True, ZERO)
    needed = right / 100
    least = needed.quantize(CENT, ROUND_UP) if rule.inclusive else needed.quantize(CENT, ROUND_DOWN) + CENT
    return Measured(rule, False, max(least - executed, ZERO))


def positions_of(agreement: Agreement, at: datetime.datetime | None = None) -> list[Position]:
    """Return every holder's position in the agreement's execution version, now or as it was at a moment."""
    holders = SignatureBlock.objects.filter(
        version__agreement=agreement, version__is_execution=True, role=PartyRole.HOLDER
    )
    holdings = {
        holder: (principal, disregarded)
        for holder, principal, disregarded in open_at(Holding.objects.filter(notes=agreement.notes_id), at).values_list(
            "holder", "principal", "disregarded"
        )
    }
    executed = set(
        open_at(Execution.objects.filter(block__version__agreement=agreement), at).values_list("block", flat=True)
    )
    return [
        Position(party, *holdings.get(party, (None, False)), executed=block in executed)
        for block, party in holders.values_list("pk", "party")
    ]


def tabulate(agreement: Agreement, at: datetime.datetime | None = None) -> Tally:
    """Return the agreement's tally, now or as it was at a moment."""
    outstanding = open_at(PrincipalOutstanding.objects.filter(notes=agreement.notes_id), at).first()
    rules = [
        Rule(row.name, row.clause, row.percent, row.inclusive)
        for row in open_at(Threshold.objects.filter(agreement=agreement), at)
    ]
    return tally(positions_of(agreement, at), outstanding.amount if outstanding else None, rules)


def open_at(rows: QuerySet[Any], at: datetime.datetime | None) -> QuerySet[Any]:
    """Return the rows that were open at a moment, by default now."""
    if at is None:
        return rows.filter(closed_at=None)
    return rows.filter(Q(closed_at=None) | Q(closed_at__gt=at), opened_at__lte=at)


@transaction.atomic
def set_threshold(
    agreement: Agreement, name: str, percent: Decimal, *, inclusive: bool = False, clause: str = "", actor: User | None
) -> bool:
    """Enter a threshold, or change it: the open row is closed and another opened. Says whether anything changed."""
    if not name.strip():
        raise Refused("The threshold needs a name.")
    if not 0 < percent <= 100:
        raise Refused("A threshold is a percentage above 0 and up to 100.")
    now = timezone.now()
    current = Threshold.objects.select_for_update().filter(agreement=agreement, name=name, closed_at=None).first()
    if current is not None:
        if (current.percent, current.inclusive, current.clause) == (percent, inclusive, clause):
            return False
        current.closed_at = now
        current.save(update_fields=["closed_at"])
    Threshold.objects.create(
        agreement=agreement, name=name, percent=percent, inclusive=inclusive, clause=clause, opened_at=now
    )
    audit.record(agreement, actor, "threshold set", name=name, percent=percent, inclusive=inclusive, clause=clause)
    return True


@transaction.atomic
def remove_threshold(agreement: Agreement, name: str, actor: User) -> None:
    """Close a threshold. What was tallied before is still told as it was."""
    if Threshold.objects.filter(agreement=agreement, name=name, closed_at=None).update(closed_at=timezone.now()):
        audit.record(agreement, actor, "threshold removed", name=name)


def shortest_way(tally_now: Tally, waiting: list[tuple[str, Decimal]]) -> tuple[Measured, list[str]] | None:
    """Return the lowest threshold that is not met and the fewest holders that would meet it, largest first.

    `waiting` are (name, principal) of holders that have not executed. None when all is met or nothing would do.
    """
    missing = [one for one in tally_now.thresholds if not one.met]
    if not missing:
        return None
    target = min(missing, key=lambda one: (one.short_by, one.rule.percent))
    chosen, total = [], ZERO
    for name, principal in sorted(waiting, key=lambda one: (-one[1], one[0])):
        if total >= target.short_by:
            break
        chosen.append(name)
        total += principal
    return (target, chosen) if total >= target.short_by else None
