"""The packets of an agreement a part at a time: those of a kind, or that a search finds, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from signatures.domain.packets.reminders import REACHED
from signatures.domain.packets.sending import TO_SIGN
from signatures.domain.queries.setup import packets
from signatures.models import Agreement, Dispatch, DispatchState, Packet, SignaturePage

_CURRENT = SignaturePage.objects.filter(packet=OuterRef("pk"), state=SignaturePage.State.CURRENT)
_NEWEST = Dispatch.objects.filter(packet=OuterRef("pk"), is_test=False).order_by("-pk").values("state")[:1]
_KNOWN = Q(signatory__send_to__contains="@") | Q(signatory__send_to="") & ~Q(signatory__email="")
# Packets by what became of their letters; `newest` is the state of the newest letter, none where nothing was sent.
KINDS: dict[str, Q] = {
    "unsent": Q(newest=None),
    "undelivered": Q(newest__in=(DispatchState.FAILED, DispatchState.BOUNCED, DispatchState.PERHAPS)),
    "unopened": Q(newest__isnull=False, last_opened_at=None),
    "unaddressed": Q(to=[]) & (Q(signatory=None) | ~_KNOWN),
}


@dataclass(frozen=True)
class Part:
    """Some packets, in their order, with whom they are for and their pages; how many there are of them in all, from
    which one on these are, and how many packets there are of each kind, under "" of all that the search finds.
    """

    packets: list[Packet]
    total: int
    start: int
    counts: dict[str, int]


def part(agreement: Agreement, kind: str, text: str, start: int, most: int) -> Part:
    """Return up to `most` packets from the `start`th on (from 0) of a kind ("" for all) that every word of `text` is
    true of. From the first on where there are not so many.
    """
    found = _issued(agreement).annotate(newest=Subquery(_NEWEST))
    for word in text.split():
        found = found.filter(_said_of(word))
    each = {name: Count("pk", filter=condition) for name, condition in KINDS.items()}
    counted = found.aggregate(every=Count("pk"), **each)
    counts = {"": counted.pop("every"), **counted}
    ids = found.filter(KINDS[kind]) if kind else found
    total = counts[kind]
    start = start if 0 <= start < total else 0
    chosen = list(ids.order_by("pk").values_list("pk", flat=True)[start : start + most])
    return Part(list(packets(agreement).filter(pk__in=chosen)), total, start, counts)


def start_of(agreement: Agreement, packet_id: int, most: int) -> int:
    """Return from which packet on a part of `most` begins in which this one is, of all packets."""
    before = _issued(agreement).filter(pk__lt=packet_id).count()
    return before // most * most


def could_be_reminded(agreement: Agreement) -> bool:
    """Tell whether there is a packet that was sent or handed out and waits for a signature."""
    waiting = _CURRENT.filter(blocks__state__in=TO_SIGN)
    return agreement.packets.filter(REACHED, Exists(waiting)).exists()


def _issued(agreement: Agreement) -> QuerySet[Packet]:
    return agreement.packets.filter(Exists(_CURRENT))


def _said_of(word: str) -> Q:
    holder = Exists(_CURRENT.filter(blocks__entity__icontains=word))
    return (
        holder
        | Q(signatory__name__icontains=word)
        | Q(signatory__email__icontains=word)
        | Q(signatory__send_to__icontains=word)
        | Q(party__name__icontains=word)
        | Q(to__icontains=word)
    )
