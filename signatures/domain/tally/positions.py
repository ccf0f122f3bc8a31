"""Where every holder stands towards the tally, now or at a past moment: summed up, or a row each, in one query."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from holders.models import PartyRole, ThroughChange
from signatures.domain.documents.in_force import versions_at
from signatures.domain.tally.thresholds import Position
from signatures.models import Agreement, BlockChange, BlockState, IndentureConsent, Proxy, SignatureBlock

Moment = datetime.datetime | None


def is_open(at: Moment, path: str = "") -> Q:
    """Return the condition that a row was open at a moment, by default now. `path` leads to the row: "executions__"."""
    if at is None:
        return Q(**{f"{path}closed_at": None})
    still = Q(**{f"{path}closed_at": None}) | Q(**{f"{path}closed_at__gt": at})
    return still & Q(**{f"{path}opened_at__lte": at})


def open_at(rows: QuerySet[Any], at: Moment) -> QuerySet[Any]:
    """Return the rows that were open at a moment, by default now."""
    return rows.filter(is_open(at))


def state_then(at: Moment) -> Combinable:
    """Return the state of a block at a moment; empty where it was not on record yet."""
    if at is None:
        return F("state")
    later = BlockChange.objects.filter(block=OuterRef("pk"), at__gt=at).order_by("at", "pk")
    return Coalesce(
        Subquery(later.values("before")[:1]),
        Case(When(state_since__lte=at, then=F("state")), default=Value(""), output_field=CharField()),
    )


def through_then(at: Moment) -> Combinable:
    """Return the participant through which a block's party held at a moment; empty for a holder of record."""
    if at is None:
        return F("party__through")
    later = ThroughChange.objects.filter(party=OuterRef("party"), at__gt=at).order_by("at", "pk")
    return Coalesce(Subquery(later.values("before")[:1]), F("party__through"))


def without_proxy(at: Moment) -> Combinable:
    """Return whether a signature of a block would not count at a moment for want of its participant's proxy.

    That is so in a consent under the indenture, for a beneficial owner. It wants the annotation `through`.
    """
    consents = open_at(IndentureConsent.objects.all(), at).values("agreement")
    proxies = open_at(Proxy.objects.filter(block=OuterRef("pk"), participant__iexact=OuterRef("through")), at)
    wanting = Q(role=PartyRole.HOLDER) & ~Q(through="") & Q(version__agreement__in=consents)
    return _flag(wanting & ~Q(Exists(proxies)))


def holders_at(agreements: Iterable[int], notes: int | None, at: Moment) -> QuerySet[Any]:
    """Return the holders' blocks of the versions of agreements on a series of notes that were signed then.

    Who was added later, by a joinder or to the register, or had left, is not among them: it was not missing.
    A signature on an
    earlier version executes such a block only by a carry-over that is open (see `evidence`). Joined with the `holding`
    and `execution` open then. Annotated: `then` (state), `through`, `wants_proxy`.
    """
    blocks = SignatureBlock.every.filter(version__in=versions_at(agreements, at), role=PartyRole.HOLDER)
    if at is None:
        blocks = blocks.filter(left_at=None)
    else:
        blocks = blocks.filter(Q(left_at=None) | Q(left_at__gt=at), Q(added_at=None) | Q(added_at__lte=at))
    held = Q(party__holdings__notes=notes) & is_open(at, "party__holdings__")
    return blocks.annotate(
        holding=FilteredRelation("party__holdings", condition=held),
        execution=FilteredRelation("executions", condition=is_open(at, "executions__")),
        then=state_then(at),
        through=through_then(at),
    ).annotate(wants_proxy=without_proxy(at))


def positions(agreements: Iterable[Agreement], at: Moment = None) -> dict[int, list[Position]]:
    """Return the positions of each agreement's holders in one query; those alike in all but their amount are one.

    The sums are the database's, and exact. An agreement without holders is not in it.
    """
    of_notes: dict[int | None, list[int]] = defaultdict(list)
    for one in agreements:
        of_notes[one.notes_id].append(one.pk)
    found: dict[int, list[Position]] = defaultdict(list)
    if not of_notes:
        return found
    first, *others = (_summed(holders_at(several, notes, at)) for notes, several in of_notes.items())
    for row in first.union(*others, all=True) if others else first:
        found[row["agreement_id"]].append(
            Position(
                row["principal"],
                row["disregarded"],
                executed=row["executed"],
                answered=row["answered"],
                proxy_missing=row["executed"] and row["wants_proxy"],
                holders=row["holders"],
            )
        )
    return found


def _summed(blocks: QuerySet[Any]) -> QuerySet[Any, dict[str, Any]]:
    summed: QuerySet[Any, dict[str, Any]] = (
        blocks.order_by()
        .values(
            "wants_proxy",
            agreement_id=F("version__agreement"),
            amount_known=_flag(Q(holding__principal__isnull=False)),
            is_nothing=Coalesce(_flag(Q(holding__principal=0)), Value(False)),
            disregarded=Coalesce(F("holding__disregarded"), Value(False)),
            executed=_flag(Q(execution__isnull=False)),
            answered=_flag(~Q(then__in=("", BlockState.OUTSTANDING.value))),
        )
        .annotate(principal=Sum("holding__principal"), holders=Count("pk"))
    )
    return summed


def _flag(condition: Q) -> Combinable:
    return ExpressionWrapper(condition, output_field=BooleanField())
