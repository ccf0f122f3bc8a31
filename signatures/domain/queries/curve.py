"""How much principal was executed at every moment, told from the rows that were opened and closed."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal

from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from holders.models import Holding, PartyRole
from signatures.domain.in_force import terms
from signatures.models import Agreement

ZERO = Decimal(0)
Step = tuple[datetime.datetime, Decimal]


def steps(agreement: Agreement) -> list[Step]:
    """Return each moment at which executed principal changed, with the amount from then on. Two queries.

    A holder counts where an execution and a holding that is not disregarded were open at the same time, while the
    version that was executed was the one that is signed.
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
        )
        .filter(Q(end=None) | Q(start__lt=F("end")))
    )
    changes: dict[datetime.datetime, Decimal] = defaultdict(Decimal)
    in_force = terms(agreement)
    for version, opened, closed, principal in both.values_list("version", "start", "end", "principal"):
        for term in in_force:
            start = max(opened, term.start or opened)
            end = min(filter(None, (closed, term.end)), default=None)
            if term.version != version or (end is not None and start >= end):
                continue
            changes[start] += principal or ZERO
            if end is not None:
                changes[end] -= principal or ZERO
    total, found = ZERO, []
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            found.append((at, total))
    return found
