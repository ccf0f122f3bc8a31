"""How much principal was executed at every moment, told from the rows that were opened and closed."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, Q, QuerySet
from django.db.models.functions import Greatest, Least

from holders.models import Holding, PartyRole
from signatures.domain.in_force import Term, terms
from signatures.domain.queries.wanting import Span, left_of, without_proxy
from signatures.models import Agreement, IndentureConsent

ZERO = Decimal(0)
Step = tuple[datetime.datetime, Decimal]


def steps(agreement: Agreement) -> list[Step]:
    """Return each moment at which executed principal changed, with the amount from then on. Two queries, where the
    agreement was ever a consent under the indenture three.

    A holder counts where an execution and a holding that is not disregarded were open at the same time, while the
    version that was executed was the one that is signed, and the proxy that it took, if any, was there.
    """
    rows = list(_executed(agreement))
    in_force = terms(agreement)
    only = in_force[0].version if len(in_force) == 1 else None
    is_or_was_a_consent = any(row[-1] for row in rows[:1])
    wanting = without_proxy(agreement, {row[0]: row[5:7] for row in rows}) if is_or_was_a_consent else {}
    changes: dict[datetime.datetime, Decimal] = defaultdict(Decimal)
    for block, version, opened, closed, principal, *_ in rows:
        signed = [(opened, closed)] if version == only else _in_force((opened, closed), version, in_force)
        for one in signed:
            for start, end in left_of(one, wanting[block]) if block in wanting else (one,):
                changes[start] += principal or ZERO
                if end is not None:
                    changes[end] -= principal or ZERO
    total, found = ZERO, []
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            found.append((at, total))
    return found


def _executed(agreement: Agreement) -> QuerySet[Any, tuple[Any, ...]]:
    """Return (block, version, start, end, principal, party, through, whether the agreement was ever a consent) of what
    overlaps.
    """
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
    told = ("holder", "holder__through", "is_or_was_a_consent")
    return both.values_list("holder__blocks", "version", "start", "end", "principal", *told)


def _in_force(signed: Span, version: int, in_force: Iterable[Term]) -> Iterator[Span]:
    """Yield when a block was executed and its version the one that is signed."""
    for term in in_force:
        start = max(signed[0], term.start or signed[0])
        end = min(filter(None, (signed[1], term.end)), default=None)
        if term.version == version and (end is None or start < end):
            yield start, end
