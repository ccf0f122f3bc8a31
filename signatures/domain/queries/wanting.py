"""When a signature would not have counted for want of a proxy: the rule of `positions.without_proxy`, over time."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator

from holders.models import PartyRole, ThroughChange
from signatures.models import Agreement, IndentureConsent, Proxy, SignatureBlock

Span = tuple[datetime.datetime, datetime.datetime | None]


def without_proxy(agreement: Agreement) -> dict[int, list[Span]]:
    """Return, for each block, when a signature of it would not have counted for want of a proxy, in order."""
    consents: list[Span] = list(
        IndentureConsent.objects.filter(agreement=agreement).order_by("id").values_list("opened_at", "closed_at")
    )
    if not consents:
        return {}
    blocks = SignatureBlock.objects.filter(version__agreement=agreement, role=PartyRole.HOLDER)
    moved: dict[int, list[tuple[datetime.datetime, str]]] = defaultdict(list)
    left = ThroughChange.objects.filter(party__in=blocks.values("party"))
    for party, at, before in left.values_list("party", "at", "before"):
        moved[party].append((at, before))
    proxies: dict[int, list[tuple[str, Span]]] = defaultdict(list)
    for block, participant, opened, closed in Proxy.objects.filter(block__in=blocks).values_list(
        "block", "participant", "opened_at", "closed_at"
    ):
        proxies[block].append((participant.casefold(), (opened, closed)))
    return {
        block: _gaps(consents, moved[party], through, proxies[block])
        for block, party, through in blocks.values_list("pk", "party", "party__through")
        if through or moved[party]
    }


def _gaps(
    consents: list[Span],
    moved: list[tuple[datetime.datetime, str]],
    through: str,
    proxies: list[tuple[str, Span]],
) -> list[Span]:
    """Return when one block was wanting a proxy: between any two changes nothing changes."""
    changes = {at for span in (*consents, *(span for _, span in proxies)) for at in span if at} | {
        at for at, _ in moved
    }

    def wants(at: datetime.datetime) -> bool:
        holds = next((before for when, before in moved if when > at), through).casefold()
        there = any(participant == holds and _covers(span, at) for participant, span in proxies)
        return bool(holds) and not there and any(_covers(span, at) for span in consents)

    ordered = sorted(changes)
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
