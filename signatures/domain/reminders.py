"""Reminders: by hand to those for whom something is outstanding, or on a plan by day until the deadline."""

from __future__ import annotations

from collections.abc import Iterable

from signatures.domain import sending
from signatures.domain.queries.setup import packets as issued_packets
from signatures.models import Agreement, LetterKind, SignatureBlock, User


def remind(agreement: Agreement, blocks: Iterable[int | SignatureBlock] | None, by: User) -> sending.Queued:
    """Queue a reminder to each signatory of these blocks, None for all, for whom something is outstanding.

    A signatory is written to once however many blocks there are. Raises Refused where no mail is set up.
    """
    packets = issued_packets(agreement) if blocks is None else sending.packets_of(agreement, blocks)
    return sending.queue(agreement, LetterKind.REMINDER, [one for one in packets if sending.to_sign(one)], by)
