"""When a signature would not have counted for want of a proxy: the rule of `positions.without_proxy`, over time."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter

from django.db.models import BigIntegerField, CharField, DateTimeField, Value

from holders.models import PartyRole, ThroughChange
from signatures.models import Agreement, IndentureConsent, Proxy, SignatureBlock

Span = tuple[datetime.datetime, datetime.datetime | None]


def without_proxy(agreement: Agreement, holders: dict[int, tuple[int, str]]) -> dict[int, list[Span]]:
    """Return, for each block, when a signature of it would not have counted for want of a proxy, in order. One query.

    `holders` are (party, participant through which it holds now) by block.
    """
    nobody = Value(None, output_field=BigIntegerField())
    nothing, never = Value("", output_field=CharField()), Value(None, output_field=DateTimeField())
    proxies = Proxy.objects.filter(block__version__agreement=agreement)
    blocks = SignatureBlock.objects.filter(version__agreement=agreement, role=PartyRole.HOLDER)
    moved = ThroughChange.objects.filter(party__in=blocks.values("party")).order_by()
    consents = IndentureConsent.objects.filter(agreement=agreement).order_by()
    rows = (
        proxies.order_by()
        .values_list(Value("proxy"), "block_id", "participant", "opened_at", "closed_at")
        .union(
            moved.values_list(Value("moved"), "party_id", "before", "at", never),
            consents.values_list(Value("consent"), nobody, nothing, "opened_at", "closed_at"),
            all=True,
        )
    )
    found: dict[tuple[str, int | None], list[tuple[str, Span]]] = defaultdict(list)
    for kind, of, participant, opened, closed in sorted(rows, key=itemgetter(3)):
        found[kind, of].append((participant.casefold(), (opened, closed)))
    spans = [span for _, span in found["consent", None]]
    return {
        block: _gaps(spans, found["moved", party], through.casefold(), found["proxy", block])
        for block, (party, through) in holders.items()
        if through or ("moved", party) in found
    }


def _gaps(
    consents: list[Span], moved: list[tuple[str, Span]], through: str, proxies: list[tuple[str, Span]]
) -> list[Span]:
    """Return when one block was wanting a proxy: between any two changes nothing changes.

    `moved` are the participants that it left, each with when, in order; `through` is the one that it holds through now.
    """
    spans = [*consents, *(span for _, span in (*moved, *proxies))]

    def wants(at: datetime.datetime) -> bool:
        holds = next((before for before, (when, _) in moved if when > at), through)
        there = any(participant == holds and _covers(span, at) for participant, span in proxies)
        return bool(holds) and not there and any(_covers(span, at) for span in consents)

    ordered = sorted({at for span in spans for at in span if at})
    ends: list[datetime.datetime | None] = [*ordered[1:], None]
    return [(start, end) for start, end in zip(ordered, ends, strict=True) if wants(start)]


def _covers(span: Span, at: datetime.datetime) -> bool:
    return span[0] <= at and (span[1] is None or at < span[1])


def left_of(signed: Span, wanting: Iterable[Span]) -> Iterator[Span]:
    """Yield what is left of the time that a block was executed for when no proxy was wanting. `wanting` is in order."""
    since, until = signed
    for gap, over in wanting:
        if over is not None and over <= since:
            continue
        if until is not None and gap >= until:
            break
        if gap > since:
            yield since, gap
        if over is None or (until is not None and over >= until):
            return
        since = over
    yield since, until
