"""A tabulation with every holder's line, now or as it was at any past moment."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from holders.models import Holding, PartyRole
from signatures.domain import tabulation
from signatures.models import Agreement, Execution, SignatureBlock

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class HolderLine:
    """One holder at that moment. `executed_at` is when its block became executed, None if it was not.

    `counted` is what it adds to the executed principal, `why` the reason where that is not its principal.
    """

    block: int
    name: str
    principal: Decimal | None
    disregarded: str
    executed_at: datetime.datetime | None
    counted: Decimal
    why: str


@dataclass(frozen=True)
class Tabulated:
    """The tally at `at` and the lines that it is the sum of, in the order of the document."""

    at: datetime.datetime
    tally: tabulation.Tally
    lines: tuple[HolderLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data: money as strings, moments in ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def tabulated(agreement: Agreement, at: datetime.datetime | None = None) -> Tabulated:
    """Return the tabulation at a moment, by default now, in a number of queries that does not grow with the holders."""
    moment = at or timezone.now()
    holdings = {
        row[0]: row[1:]
        for row in tabulation.open_at(Holding.objects.filter(notes=agreement.notes_id), moment).values_list(
            "holder", "principal", "disregarded", "disregarded_reason"
        )
    }
    executions = dict(
        tabulation.open_at(Execution.objects.filter(block__version__agreement=agreement), moment).values_list(
            "block", "opened_at"
        )
    )
    blocks = SignatureBlock.objects.filter(
        version__agreement=agreement, version__is_execution=True, role=PartyRole.HOLDER
    ).order_by("position")
    lines = tuple(
        _line(block, entity, holdings.get(party, (None, False, "")), executions.get(block))
        for block, party, entity in blocks.values_list("pk", "party", "entity")
    )
    return Tabulated(moment, tabulation.tabulate(agreement, moment), lines)


def _line(
    block: int, name: str, holding: tuple[Decimal | None, bool, str], executed_at: datetime.datetime | None
) -> HolderLine:
    principal, disregarded, reason = holding
    why = ""
    if disregarded:
        why = f"disregarded: {reason}"
    elif executed_at is None:
        why = "not executed"
    elif principal is None:
        why = "executed, amount not known: counts as zero"
    counted = principal if executed_at and principal and not disregarded else ZERO
    return HolderLine(block, name, principal, reason if disregarded else "", executed_at, counted, why)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime.datetime) else value
