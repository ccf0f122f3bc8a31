"""How much principal was executed at every moment, told from the rows that were opened and closed."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import DateTimeField, DurationField, Exists, F, Func, Q, QuerySet, Sum, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Least

from holders.models import Holding, PartyRole
from signatures.domain.documents.in_force import Term, terms
from signatures.domain.queries.wanting import Span, left_of, without_proxy
from signatures.models import Agreement, IndentureConsent

ZERO = Decimal(0)
PARTS = 240  # the curve is about as many pixels wide


class Part(NamedTuple):
    """That time is told in parts of a length, counted from a moment."""

    length: datetime.timedelta
    since: datetime.datetime

    @classmethod
    def of(cls, since: datetime.datetime, until: datetime.datetime) -> Part:
        """Return the parts that a curve from one moment to another shows."""
        return cls(max((until - since) / PARTS, datetime.timedelta(microseconds=1)), since)


Step = tuple[datetime.datetime, Decimal]


def steps(agreement: Agreement, part: Part | None = None) -> list[Step]:
    """Return each moment at which executed principal changed, with the amount from then on. Two queries, where the
    agreement was ever a consent under the indenture four.

    A holder counts where an execution and a holding that is not disregarded were open at the same time, while the
    version that was executed was the one that is signed, and the proxy that it took, if any, was there. What changed
    within a `part` of time is told as one change at its beginning, by the sums of the database.
    """
    in_force = terms(agreement)
    first, *rest = [_summed(agreement, term, part) for term in in_force] or [_executed(agreement).none()]
    changes: dict[datetime.datetime, Decimal] = defaultdict(Decimal)
    for begun, over, amount, is_or_was_a_consent in first.union(*rest, all=True):
        if is_or_was_a_consent:
            return list(_running(_changes_with_proxies(agreement, in_force)))
        changes[begun] += amount
        if over is not None:
            changes[over] -= amount
    return list(_running(changes))


def _running(changes: dict[datetime.datetime, Decimal]) -> Iterator[Step]:
    total = ZERO
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            yield at, total


def _summed(agreement: Agreement, term: Term, part: Part | None) -> QuerySet[Any, tuple[Any, ...]]:
    """Return what counted while a version was in force: (since, until, amount, whether the agreement was ever a
    consent), summed up where since and until are in the same parts of time.
    """
    begun = F("start") if term.start is None else Greatest("start", Value(term.start))
    over = F("end") if term.end is None else Least("end", Value(term.end))
    rows = _executed(agreement).filter(version=term.version).annotate(begun=begun, over=over)
    spans = rows.filter(Q(over=None) | Q(begun__lt=F("over"))).order_by()
    parts = spans.values(since=_in_part("begun", part), until=_in_part("over", part), was=F("is_or_was_a_consent"))
    told: QuerySet[Any, tuple[Any, ...]] = parts.annotate(amount=Sum("principal")).values_list(
        "since", "until", "amount", "was"
    )
    return told


def _in_part(moment: str, part: Part | None) -> Combinable:
    if part is None:
        return F(moment)
    length = Value(part.length, output_field=DurationField())
    since = Value(part.since, output_field=DateTimeField())
    return Func(length, F(moment), since, function="DATE_BIN", output_field=DateTimeField())


def _changes_with_proxies(agreement: Agreement, in_force: Sequence[Term]) -> dict[datetime.datetime, Decimal]:
    """Return what changed at each moment, holder by holder: a signature may have been wanting a proxy for a while."""
    told = ("start", "end", "principal", "holder", "holder__through")
    rows = list(_executed(agreement).values_list("holder__blocks", "version", *told))
    wanting = without_proxy(agreement, {row[0]: row[5:7] for row in rows})
    changes: dict[datetime.datetime, Decimal] = defaultdict(Decimal)
    for block, version, opened, closed, principal, *_ in rows:
        for one in _in_force((opened, closed), version, in_force):
            for start, end in left_of(one, wanting[block]) if block in wanting else (one,):
                changes[start] += principal or ZERO
                if end is not None:
                    changes[end] -= principal or ZERO
    return changes


def _executed(agreement: Agreement) -> QuerySet[Any]:
    """Return the holdings that overlap with an execution of their holder's block, annotated with what overlaps."""
    both = (
        Holding.objects.filter(
            notes=agreement.notes_id,
            disregarded=False,
            principal__gt=0,
            holder__blocks__version__agreement=agreement,
            holder__blocks__role=PartyRole.HOLDER,
            holder__blocks__executions__isnull=False,
        )
        .annotate(
            start=Greatest("opened_at", "holder__blocks__executions__opened_at"),
            # PostgreSQL leaves out what is null: no end means that both are still open.
            end=Least("closed_at", "holder__blocks__executions__closed_at"),
            version=F("holder__blocks__version"),
            is_or_was_a_consent=Exists(IndentureConsent.objects.filter(agreement=agreement)),
        )
        .filter(Q(end=None) | Q(start__lt=F("end")))
    )
    return both


def _in_force(signed: Span, version: int, in_force: Iterable[Term]) -> Iterator[Span]:
    """Yield when a block was executed and its version the one that is signed."""
    for term in in_force:
        start = max(signed[0], term.start or signed[0])
        end = min(filter(None, (signed[1], term.end)), default=None)
        if term.version == version and (end is None or start < end):
            yield start, end
