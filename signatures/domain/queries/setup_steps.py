"""How far an agreement is set up: what of it is truly there, and what is to be done next."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from holders.models import Holding, PartyRole
from signatures.models import (
    Agreement,
    BlockState,
    Dispatch,
    DispatchState,
    Packet,
    SignatureBlock,
    SignaturePage,
    Threshold,
)

CURRENT = SignaturePage.State.CURRENT


@dataclass(frozen=True)
class SetUp:
    """Whether each step is done: nothing read is in doubt, some principal is known, thresholds are entered or said to
    be none, everybody who is to sign has a page, and every packet was sent or taken.
    """

    read: bool
    register: bool
    thresholds: bool
    pages: bool
    packets: bool


def set_up(slug: str) -> SetUp:
    """Read how far an agreement is, in one query. Raises Agreement.DoesNotExist."""
    blocks = SignatureBlock.objects.filter(version__agreement=OuterRef("pk"), version__is_execution=True)
    held = Holding.objects.filter(notes=OuterRef("notes"), closed_at=None, principal__isnull=False)
    holders = blocks.filter(role=PartyRole.HOLDER, party__holdings__notes=OuterRef("notes"))
    on_a_page = SignaturePage.objects.filter(state=CURRENT, placed__block=OuterRef("pk"))
    packets = Packet.objects.filter(
        Exists(SignaturePage.objects.filter(packet=OuterRef("pk"), state=CURRENT)), agreement=OuterRef("pk")
    )
    sent = Dispatch.objects.filter(packet=OuterRef("pk"), is_test=False, state=DispatchState.SENT)
    taken = Q(printed_at__isnull=False) | Q(downloaded_at__isnull=False) | Q(last_opened_at__isnull=False)
    found = Agreement.objects.annotate(
        has_blocks=Exists(blocks),
        has_doubts=Exists(blocks.filter(certain=False)),
        has_principal=Exists(held) & Exists(holders.filter(party__holdings__closed_at=None)),
        has_thresholds=Exists(Threshold.objects.filter(agreement=OuterRef("pk"), closed_at=None)),
        has_packets=Exists(packets),
        lacks_pages=Exists(blocks.filter(~Exists(on_a_page), state=BlockState.OUTSTANDING)),
        has_unsent=Exists(packets.filter(~Exists(sent)).exclude(taken)),
    ).get(slug=slug)
    return SetUp(
        read=found.has_blocks and not found.has_doubts,
        register=found.has_principal,
        thresholds=found.has_thresholds or found.no_threshold,
        pages=found.has_packets and not found.lacks_pages,
        packets=found.has_packets and not found.has_unsent,
    )
