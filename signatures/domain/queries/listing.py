"""The rows of the board that are shown, and how many there are of each kind: chosen, ordered and counted by the
database, so that what is read does not grow with the holders.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.expressions import Combinable, OrderBy, RawSQL
from django.db.models.functions import Coalesce, Lower, RowNumber

from signatures.domain.queries.board import BY_NEXT_STEP, EXECUTED, HOLDER, TO_DO, Standing
from signatures.domain.tally.positions import is_open, through_then, without_proxy
from signatures.domain.tally.thresholds import Position
from signatures.models import Agreement, BlockState, Counterpart, SignatureBlock

SIGNED_WITHOUT = Q(state__in=EXECUTED, wants_proxy=True)
# What each filter of the board shows; any other name is that of a state. `is_in` says the same of what was counted.
FILTERS: dict[str, Q] = {
    "": Q(),
    "todo": Q(state__in=TO_DO) | SIGNED_WITHOUT,
    "review": Q(state=BlockState.IN_REVIEW),
    "executed": Q(state__in=EXECUTED, wants_proxy=False),
    "original": Q(to_follow=True),
    "proxy": SIGNED_WITHOUT,
}
# By what of the first who signs rows are put together. The counsel of a holder is who gets its packet instead.
BY_FIRST_LINE = {
    "counsel": "signatory__send_to",
    "signatory": "name",
}


class Alike(NamedTuple):
    """Parties that are alike in all that is counted. `principal` is theirs together, None where it is not known;
    `signed_since` the first moment at which one of them was executed, of those that still are.
    """

    version: int
    is_holder: bool
    state: str
    wants_proxy: bool
    to_follow: bool
    disregarded: bool
    disregarded_reason: str
    executed: bool
    principal: Decimal | None
    parties: int
    signed_since: datetime.datetime | None
    is_found: bool = True

    @property
    def proxy_missing(self) -> bool:
        return self.wants_proxy and self.state in EXECUTED

    @property
    def position(self) -> Position:
        return Position(
            self.principal,
            self.disregarded,
            executed=self.executed,
            answered=self.state != BlockState.OUTSTANDING,
            proxy_missing=self.executed and self.wants_proxy,
            holders=self.parties,
        )

    def is_in(self, show: str) -> bool:
        """Tell whether a filter of the board shows them."""
        told = {
            "": True,
            "todo": self.state in TO_DO or self.proxy_missing,
            "review": self.state == BlockState.IN_REVIEW,
            "executed": self.state in EXECUTED and not self.wants_proxy,
            "original": self.to_follow,
            "proxy": self.proxy_missing,
        }
        return told.get(show, self.state == show)


class Group(NamedTuple):
    """A group of holders, and those of them that a filter shows summed up: how many, how many count as executed, and
    the principal of both without what is disregarded; None where none is known.
    """

    name: str
    holders: int
    executed: int
    principal: Decimal | None
    principal_executed: Decimal | None


NO_GROUP = Group("", 0, 0, None, None)


def alike(agreement: Agreement, found: Collection[int] | None = None) -> list[Alike]:
    """Return every party of the execution version, summed up; what a search found apart. One query."""
    follow = Counterpart.objects.filter(
        closed_at=None,
        original=Counterpart.Original.TO_FOLLOW,
        block__version__agreement=agreement,
        block__version__is_execution=True,
    )
    rows = _rows(agreement, None).annotate(
        execution=FilteredRelation("executions", condition=is_open(None, "executions__"))
    )
    summed = (
        rows.order_by()
        .values(
            amount_known=_flag(Q(holding__principal__isnull=False)),
            is_nothing=Coalesce(_flag(Q(holding__principal=0)), Value(False)),
            number=F("version__number"),
            is_holder=_flag(Q(role=HOLDER)),
            block_state=F("state"),
            wants=F("wants_proxy"),
            follows=_flag(Q(pk__in=follow.values("block"))),
            off=Coalesce(F("holding__disregarded"), Value(False)),
            why=Coalesce(F("holding__disregarded_reason"), Value("")),
            executed=_flag(Q(execution__isnull=False)),
            is_found=Value(True) if found is None else _flag(_among(found)),
        )
        .annotate(together=Sum("holding__principal"), parties=Count("pk"), signed_since=Min("execution__opened_at"))
        .order_by("why")
    )
    told = (
        *("number", "is_holder", "block_state", "wants", "follows", "off", "why", "executed", "together", "parties"),
        *("signed_since", "is_found"),
    )
    return [Alike(*row) for row in summed.values_list(*told)]


def others(agreement: Agreement, blocks: Collection[int] | None = None) -> list[Standing]:
    """Return who signs and holds nothing, the issuer first, as they stand in the document. One query."""
    rows = _rows(agreement, blocks).exclude(role=HOLDER).order_by("position")
    return [row._replace(principal=None, disregarded=False, disregarded_reason="") for row, _ in _standing(rows, "")]


def holders(
    agreement: Agreement,
    part: slice,
    *,
    show: str = "",
    order: str = "step",
    group: str = "",
    amounts: bool = False,
    blocks: Collection[int] | None = None,
) -> list[tuple[Standing, Group]]:
    """Return a part of the holders that a filter shows, each with its group. One query.

    `order` is "step" (what needs something first), "principal", "name" or "document"; groups go by their names, and
    what belongs to none comes last. Without amounts, nothing is told by the order of amounts.
    """
    rows = _shown(agreement, show, blocks)
    if group:
        rows = _grouped(rows, group).annotate(**_sums())
    grouped: list[Any] = [Case(When(of="", then=1), default=0), Lower("of"), "of"] if group else []
    return _standing(rows.order_by(*grouped, *_order(order, amounts))[part], group)


def first_of_each_state(agreement: Agreement, most: int | None, *, amounts: bool) -> list[Standing]:
    """Return the holders by principal, of each state `most` at least where there are so many, None for all. One query.

    Of a state those who count, those who do not for want of a proxy, and those who are disregarded have `most` each.
    """
    order: list[Any] = list(_order("principal", amounts))
    rows = _rows(agreement, None).filter(role=HOLDER)
    if most is not None:
        alike_in = [F("state"), F("wants_proxy"), F("holding__disregarded")]
        rows = rows.annotate(place=Window(RowNumber(), partition_by=alike_in, order_by=order)).filter(place__lte=most)
    return [row for row, _ in _standing(rows.order_by(*order), "")]


def of_block(agreement: Agreement, block: int) -> Standing | None:
    """Return where one party stands, None where the block is not of the version that is signed. Two queries."""
    rows = [row for row, _ in _standing(_rows(agreement, [block]).filter(role=HOLDER), "")]
    return next(iter([*rows, *others(agreement, [block])]), None)


def missing(agreement: Agreement) -> list[Standing]:
    """Return the holders that do not count in the tally, those of most principal first, without who they are in full:
    family and role are left out. One narrow query.
    """
    not_counted = ~Q(state__in=EXECUTED) | Q(wants_proxy=True)
    rows = _rows(agreement, None).filter(not_counted, role=HOLDER).order_by(_principal().desc(), "entity", "pk")
    told = ("pk", "entity", "state", "wants_proxy", "holding__principal", "holding__disregarded")
    return [
        Standing(pk, 0, HOLDER, 0, entity, "", state, 0, wants, principal, bool(disregarded))
        for pk, entity, state, wants, principal, disregarded in rows.values_list(*told)
    ]


def _shown(agreement: Agreement, show: str, blocks: Collection[int] | None) -> QuerySet[Any]:
    rows = _rows(agreement, blocks).filter(role=HOLDER)
    if show == "original":
        rows = rows.annotate(to_follow=_to_follow())
    return rows.filter(FILTERS.get(show, Q(state=show)))


def _rows(agreement: Agreement, blocks: Collection[int] | None) -> QuerySet[Any]:
    held = Q(party__holdings__notes=agreement.notes_id, party__holdings__closed_at=None)
    rows = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
    if blocks is not None:
        rows = rows.filter(_among(blocks))
    return rows.annotate(
        holding=FilteredRelation("party__holdings", condition=held), through=through_then(None)
    ).annotate(wants_proxy=without_proxy(None))


def _to_follow() -> Combinable:
    open_rows = Counterpart.objects.filter(block=OuterRef("pk"), closed_at=None)
    return Exists(open_rows.filter(original=Counterpart.Original.TO_FOLLOW))


def _standing(rows: QuerySet[Any], group: str) -> list[tuple[Standing, Group]]:
    rows = rows.annotate(
        off=Coalesce(F("holding__disregarded"), Value(False)),
        why=Coalesce(F("holding__disregarded_reason"), Value("")),
        follows=_to_follow(),
    )
    told = (
        *("pk", "party", "role", "position", "entity", "party__family", "state", "version__number", "wants_proxy"),
        *("holding__principal", "off", "why", "follows"),
    )
    if group:
        found = rows.values_list(*told, "of", *_sums())
        return [(Standing(*row[: len(told)]), Group(*row[len(told) :])) for row in found]
    return [(Standing(*row), NO_GROUP) for row in rows.values_list(*told)]


def _order(order: str, amounts: bool) -> Sequence[OrderBy | Combinable | str]:
    by_principal = [_principal().desc()] if amounts else []
    if order == "document":
        return ["position"]
    if order == "name":
        return [Lower("entity"), "pk"]
    if order == "principal":
        return [*by_principal, Lower("entity"), "pk"]
    steps = (When(state=state, then=place) for state, place in BY_NEXT_STEP.items())
    return [Case(*steps, output_field=IntegerField()), *by_principal, "position"]


def _principal() -> Coalesce:
    return Coalesce(F("holding__principal"), Value(Decimal(0)), output_field=DecimalField())


def _grouped(rows: QuerySet[Any], group: str) -> QuerySet[Any]:
    """Return rows with the name of their group, `of`: empty for those that are in none."""
    of: Combinable = F("party__family")
    if group != "family":
        rows = rows.annotate(first=FilteredRelation("lines", condition=Q(lines__position=1)))
        of = Coalesce(F(f"first__{BY_FIRST_LINE[group]}"), Value(""))
    found: QuerySet[Any] = rows.annotate(of=of)
    return found


def _sums() -> dict[str, Window]:
    """Return the sums of the group that a row stands in, over all rows of it, shown on this screen or not."""
    counts, regarded = Q(state__in=EXECUTED, wants_proxy=False), ~Q(holding__disregarded=True)
    sums = {
        "of_holders": Count("pk"),
        "of_executed": Count("pk", filter=counts),
        "of_principal": Sum("holding__principal", filter=regarded),
        "of_principal_executed": Sum("holding__principal", filter=counts & regarded),
    }
    return {name: Window(one, partition_by=F("of")) for name, one in sums.items()}


def _among(blocks: Collection[int]) -> Q:
    """Tell whether a row is one of these, of which a search may find thousands: they go as one array, since so many
    single parameters take longer than the query."""
    return Q(pk__in=RawSQL("SELECT unnest(%s::bigint[])", [list(blocks)]))


def _flag(condition: Q) -> Combinable:
    return ExpressionWrapper(condition, output_field=BooleanField())
