"""How much principal was executed at every moment, told from the rows that were opened and closed."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal

from holders.models import Holding, PartyRole
from signatures.models import Agreement, Execution

ZERO = Decimal(0)
Step = tuple[datetime.datetime, Decimal]


def steps(agreement: Agreement) -> list[Step]:
    """Return each moment at which executed principal changed, with the amount from then on. Two queries.

    A holder counts where an execution and a holding that is not disregarded were open at the same time.
    """
    executed: dict[int, list[tuple[datetime.datetime, datetime.datetime | None]]] = defaultdict(list)
    for party, opened, closed in Execution.objects.filter(
        block__version__agreement=agreement, block__version__is_execution=True, block__role=PartyRole.HOLDER
    ).values_list("block__party", "opened_at", "closed_at"):
        executed[party].append((opened, closed))
    changes: dict[datetime.datetime, Decimal] = defaultdict(Decimal)
    for party, principal, opened, closed in Holding.objects.filter(
        notes=agreement.notes_id, disregarded=False, principal__gt=0
    ).values_list("holder", "principal", "opened_at", "closed_at"):
        for start, end in executed.get(party, ()):
            first = max(start, opened)
            ends = [one for one in (end, closed) if one is not None]
            last = min(ends) if ends else None
            if last is None or first < last:
                changes[first] += principal or ZERO
                if last is not None:
                    changes[last] -= principal or ZERO
    total, found = ZERO, []
    for at in sorted(changes):
        if changes[at]:
            total += changes[at]
            found.append((at, total))
    return found
