"""A tabulation with every holder's line, now or as it was at any past moment."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from signatures.domain.tally import tabulation
from signatures.domain.tally.positions import holders_at, open_at
from signatures.domain.tally.thresholds import Position
from signatures.models import Agreement, BlockState, IndentureConsent

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class HolderLine:
    """One holder at that moment. `state` is that of its block then, empty where it was not on record yet;
    `executed_at` is when it became executed, None if it was not.

    `counted` is what it adds to the executed principal, `why` the reason where that is not its principal.
    """

    block: int
    name: str
    state: str
    principal: Decimal | None
    disregarded: str
    executed_at: datetime.datetime | None
    counted: Decimal
    through: str
    proxy_missing: bool
    why: str


class _Row(NamedTuple):
    """What the database says of one holder at that moment."""

    block: int
    name: str
    state: str
    principal: Decimal | None
    disregarded: bool | None
    reason: str | None
    executed_at: datetime.datetime | None
    through: str
    wants_proxy: bool

    @property
    def position_in_tally(self) -> Position:
        executed = self.executed_at is not None
        return Position(
            self.principal,
            bool(self.disregarded),
            executed=executed,
            answered=self.state not in ("", BlockState.OUTSTANDING),
            proxy_missing=executed and self.wants_proxy,
        )


@dataclass(frozen=True)
class Tabulated:
    """The tally at `at` and the lines that it is the sum of, in the order of the document.

    `is_consent`: the agreement was a consent under the indenture then, which asks for the proxies of participants.
    """

    at: datetime.datetime
    is_consent: bool
    tally: tabulation.Tally
    lines: tuple[HolderLine, ...]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data: money as strings, moments in ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def tabulated(agreement: Agreement, at: datetime.datetime | None = None) -> Tabulated:
    """Return the tabulation at a moment, by default now, in a number of queries that does not grow with the holders."""
    moment = at or timezone.now()
    rows = [
        _Row(*row)
        for row in holders_at([agreement.pk], agreement.notes_id, moment)
        .order_by("position")
        .values_list(
            "pk",
            "entity",
            "then",
            "holding__principal",
            "holding__disregarded",
            "holding__disregarded_reason",
            "execution__opened_at",
            "through",
            "wants_proxy",
        )
    ]
    tally = tabulation.tally_of(agreement, [row.position_in_tally for row in rows], moment)
    is_consent = open_at(IndentureConsent.objects.filter(agreement=agreement), moment).exists()
    return Tabulated(moment, is_consent, tally, tuple(_line(row) for row in rows))


def _line(row: _Row) -> HolderLine:
    principal, counts = row.principal, row.position_in_tally.counts
    why = ""
    if row.disregarded:
        why = f"disregarded: {row.reason}"
    elif row.executed_at is None:
        why = "revoked" if row.state == BlockState.REVOKED else "not executed"
    elif row.wants_proxy:
        why = f"signed, proxy missing: that of {row.through}"
    elif principal is None:
        why = "executed, amount not known: counts as zero"
    return HolderLine(
        block=row.block,
        name=row.name,
        state=row.state,
        principal=principal,
        disregarded=(row.reason or "") if row.disregarded else "",
        executed_at=row.executed_at,
        counted=principal if counts and principal and not row.disregarded else ZERO,
        through=row.through,
        proxy_missing=row.position_in_tally.proxy_missing,
        why=why,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, datetime.datetime) else value
