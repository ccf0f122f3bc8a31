"""The answer to print for whoever is asked whether an earlier signature stands."""

from __future__ import annotations

from collections.abc import Sequence

from signatures.domain.documents.agreements import title_of
from signatures.models import CarryOver, Packet
from signatures.paper.documents import draw_document
from signatures.paper.typeset import CannotSet

_RULE = "_" * 36


def answer_sheet(packet: Packet, rows: Sequence[CarryOver]) -> bytes:
    """Return a sheet on which the packet's signatory ticks an answer for each party, and signs it."""
    title, number = title_of(packet.version), packet.version.number
    parts = ["ANSWER ABOUT AN EARLIER SIGNATURE", f"Agreement: {title}", f"Asked of: {packet}"]
    for row in rows:
        stands = f"[   ]  The signature on version {row.source.version.number} stands for version {number}."
        parts.append(f"{row.block.entity}\n    {stands}\n    [   ]  We sign version {number} again.")
    parts.append(f"Signed: {_RULE}\n\nName: {_RULE}\n\nDate: {_RULE}")
    try:
        return draw_document("\n\n".join(parts), "Answer")
    except CannotSet:
        plain = [part.encode("latin-1", "replace").decode("latin-1") for part in parts]
        return draw_document("\n\n".join(plain), "Answer")
