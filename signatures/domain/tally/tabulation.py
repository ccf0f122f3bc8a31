"""The tally: how much principal is executed, of how much, and whether that is enough. Exact decimal arithmetic."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from holders.models import PrincipalOutstanding
from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.domain.tally.positions import open_at, positions
from signatures.domain.tally.thresholds import CENT, ZERO, Measured, Position, Rule, measure
from signatures.models import Agreement, Threshold, User


@dataclass(frozen=True)
class Tally:
    """The figures. `holder_unknown` is principal outstanding that nobody on the register holds, `proxy_missing` is
    signed principal that does not count for want of a proxy.
    """

    principal_outstanding: Decimal | None
    disregarded: Decimal
    base: Decimal
    holder_unknown: Decimal
    executed: Decimal
    percent: Decimal | None
    holders_executed: int
    holders: int
    proxy_missing: Decimal
    thresholds: tuple[Measured, ...]


def tally(counted: Iterable[Position], principal_outstanding: Decimal | None, rules: Iterable[Rule]) -> Tally:
    """Count. The base is the principal outstanding, or the sum of the holdings, less what is disregarded."""
    rows = list(counted)
    disregarded = sum((one.amount for one in rows if one.disregarded), ZERO)
    held = sum((one.amount for one in rows), ZERO)
    whole = held if principal_outstanding is None else principal_outstanding
    base = max(whole - disregarded, ZERO)
    executed = sum((one.amount for one in rows if one.counts and not one.disregarded), ZERO)
    percent = (executed * 100 / base).quantize(CENT, ROUND_DOWN) if base else None
    return Tally(
        principal_outstanding=principal_outstanding,
        disregarded=disregarded,
        base=base,
        holder_unknown=max(whole - held, ZERO),
        executed=executed,
        percent=percent,
        holders_executed=sum(one.holders for one in rows if one.counts),
        holders=sum(one.holders for one in rows),
        proxy_missing=sum((one.amount for one in rows if one.proxy_missing and not one.disregarded), ZERO),
        thresholds=tuple(measure(rule, rows, principal_outstanding) for rule in rules),
    )


def tabulate(agreement: Agreement, at: datetime.datetime | None = None) -> Tally:
    """Return the agreement's tally, now or as it was at a moment, in three queries that the database sums up."""
    return tally_of(agreement, positions([agreement], at).get(agreement.pk, []), at)


def tally_of(agreement: Agreement, counted: Iterable[Position], at: datetime.datetime | None) -> Tally:
    """Return the tally of positions against what was outstanding, and the thresholds in force, at a moment."""
    outstanding = open_at(PrincipalOutstanding.objects.filter(notes=agreement.notes_id), at).first()
    rules = [rule_of(row) for row in open_at(Threshold.objects.filter(agreement=agreement), at)]
    return tally(counted, outstanding.amount if outstanding else None, rules)


def rule_of(row: Threshold) -> Rule:
    """Return a threshold as the tally sees it."""
    return Rule(row.name, row.clause, row.percent, row.inclusive, row.base)


@transaction.atomic
def set_threshold(
    agreement: Agreement,
    name: str,
    percent: Decimal,
    *,
    inclusive: bool = False,
    clause: str = "",
    base: str = Threshold.Base.PRINCIPAL,
    actor: User | None,
) -> bool:
    """Enter a threshold, or change it: the open row is closed and another opened. Says whether anything changed.

    "Each affected holder" is all of them, whatever percentage is given. Raises Refused without a name, for a base that
    is none, and for a percentage that is none.
    """
    if not name.strip():
        raise Refused("The threshold needs a name.")
    if base not in Threshold.Base.values:
        raise Refused(f"A threshold is of one of these: {', '.join(Threshold.Base.values)}.")
    if base == Threshold.Base.EACH:
        percent, inclusive = Decimal(100), True
    if not 0 < percent <= 100:
        raise Refused("A threshold is a percentage above 0 and up to 100.")
    said: dict[str, Any] = {"percent": percent, "inclusive": inclusive, "clause": clause, "base": str(base)}
    now = timezone.now()
    current = Threshold.objects.select_for_update().filter(agreement=agreement, name=name, closed_at=None).first()
    if current is not None:
        if {key: getattr(current, key) for key in said} == said:
            return False
        current.closed_at = now
        current.save(update_fields=["closed_at"])
    Threshold.objects.create(agreement=agreement, name=name, opened_at=now, **said)
    Agreement.objects.filter(pk=agreement.pk).update(no_threshold=False)
    audit.record(agreement, actor, "threshold set", name=name, **said)
    return True


@transaction.atomic
def say_none(agreement: Agreement, actor: User, none: bool) -> bool:
    """Record that the agreement has no threshold, or take that back. Says whether that is new.

    Raises Refused while one is entered.
    """
    if none and Threshold.objects.filter(agreement=agreement, closed_at=None).exists():
        raise Refused("A threshold is entered. Close it first, if there is none.")
    if not Agreement.objects.filter(pk=agreement.pk, no_threshold=not none).update(no_threshold=none):
        return False
    audit.record(agreement, actor, "no threshold" if none else "no threshold taken back")
    return True


@transaction.atomic
def remove_threshold(agreement: Agreement, name: str, actor: User) -> None:
    """Close a threshold. What was tallied before is still told as it was."""
    if Threshold.objects.filter(agreement=agreement, name=name, closed_at=None).update(closed_at=timezone.now()):
        audit.record(agreement, actor, "threshold removed", name=name)
