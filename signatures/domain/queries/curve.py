"""How much principal was executed at every moment, told from the rows that were opened and closed."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal

from django.db.models import F, Q
from django.db.models.functions import Greatest, Least

from holders.models import Holding, PartyRole
from signatures.models import Agreement

ZERO = Decimal(0)
Step = tuple[datetime.datetime, Decimal]


def steps(agreement: Agreement) -> list[Step]:
    """Return each moment at which executed principal changed, with the amount from then on. One query.

    A holder counts where an execution and a holding that is not disregarded were open at the same time.
    """
    both = (
        Holding.objects.filter(
            notes=agreement.notes_id,
            disregarded=False,
            principal__gt=0,
            holder__blocks__version__agreement=agreement,
            holder__blocks__version__is_execution=True,
            holder__blocks__role=PartyRole.HOLDER,
            holder__blocks__executions__isnull=False,
        )
        .annotate(
            start=Greatest("opened_at", "holder__blocks__executions__opened_at"),
            # PostgreSQL leaves out what is null: no end means that both are still open.
            end=Least("closed_at", "holder__blocks__executions__closed_at"),
        )
        .filter(Q(end=None) | Q(start__lt=F("end")))
    )
    changes: dict[datetime.datetime, Decimal] = defaultdict(Decimal)
    for start, end, principal in both.values_list("start", "end", "principal"):
        changes[start] += principal or ZERO
        if end is not None:
            changes[end] -= principal or ZERO
    total, found = ZERO, []
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            found.append((at, total))
    return found
