"""The answer to print for whoever is asked whether an earlier signature stands."""

from __future__ import annotations

from collections.abc import Sequence

from signatures.domain.documents.agreements import title_of
from signatures.models import CarryOver, Packet
from signatures.paper.documents import draw_answer


def answer_sheet(packet: Packet, rows: Sequence[CarryOver]) -> bytes:
    """Return a sheet on which the packet's signatory ticks an answer for each party, and signs it."""
    number = packet.version.number
    parties = [
        (
            row.block.entity,
            (
                f"The signature on version {row.source.version.number} stands for version {number}.",
                f"We sign version {number} again.",
            ),
        )
        for row in rows
    ]
    return draw_answer(title_of(packet.version), str(packet), parties)
