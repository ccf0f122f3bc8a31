"""Reminders: by hand to those for whom something is outstanding, or on a plan by day until the deadline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from signatures.domain.documents import further_documents
from signatures.domain.errors import Refused
from signatures.domain.packets import sending
from signatures.domain.queries.setup import packets as issued_packets
from signatures.models import (
    Agreement,
    BlockState,
    Dispatch,
    FurtherDocument,
    LetterKind,
    Packet,
    SignatureBlock,
    User,
    Version,
)

NO_PACKET = "no page in a packet"
NO_ADDRESS = "no e-mail address"
UNDER_WAY = "a reminder is on its way already"
NOT_SENT = "the packet was not sent yet"
# Something went out, the link was opened, or counsel took the pages to hand them on: there is something to remind of.
REACHED = (
    Exists(Dispatch.objects.filter(packet=OuterRef("pk"), is_test=False))
    | Q(last_opened_at__isnull=False)
    | Q(printed_at__isnull=False)
)


def remind(agreement: Agreement, blocks: Iterable[int | SignatureBlock] | None, by: User) -> sending.Queued:
    """Queue a reminder to each signatory of these blocks, None for all, for whom something is outstanding.

    A signatory is written to once however many blocks there are; of all, those are left out to whom nothing was sent
    or given yet. Raises Refused where no mail is set up.
    """
    packets = issued_packets(agreement).filter(REACHED) if blocks is None else sending.packets_of(agreement, blocks)
    return sending.queue(agreement, LetterKind.REMINDER, [one for one in packets if sending.to_sign(one)], by)


@dataclass(frozen=True)
class Reminded:
    """The letters that were queued, the parties that they are about, and by reason the parties that were left out."""

    queued: tuple[Dispatch, ...]
    parties: tuple[str, ...]
    left_out: dict[str, tuple[str, ...]]


@transaction.atomic
def remind_parties(agreement: Agreement, blocks: Collection[int] | None, by: User) -> Reminded:
    """Remind whoever signs for some parties, None for all that are outstanding, and tell who was left out and why.

    Nobody is written to about parties that were not asked for alone. Raises Refused where no mail is set up, and where
    there is nobody to remind.
    """
    wanted = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
    further = SignatureBlock.objects.filter(version__in=further_documents.versions(agreement))
    lacking = {one.party_id: one for one in further.filter(state__in=sending.TO_SIGN)}
    to_sign = Q(state__in=sending.TO_SIGN) | Q(party__in=lacking)
    rows = list((wanted.filter(to_sign) if blocks is None else wanted.filter(pk__in=blocks)).order_by("position"))
    if not rows:
        raise Refused("Nobody is outstanding." if blocks is None else "Tick those to remind first.")
    # Whoever signed the agreement, but not all that is signed along with it, is reminded of that.
    owing = {row.pk: row if row.state in sending.TO_SIGN else lacking.get(row.party_id) for row in rows}
    return _remind(agreement, rows, owing, by, only_reached=blocks is None)


@transaction.atomic
def remind_of_document(further: FurtherDocument, by: User) -> Reminded:
    """Remind whoever has still to sign a document that is signed along with the agreement, and tell who was left out
    and why. The letter names all that the person has still to sign.

    Raises Refused where no mail is set up, where the document was withdrawn, and where nobody is outstanding on it.
    """
    version = Version.every.filter(further_document=further, withdrawn_at=None).first()
    rows = list(version.blocks.filter(state__in=sending.TO_SIGN).order_by("position")) if version else []
    if not rows:
        raise Refused(f"Nobody is outstanding on {further.title}.")
    return _remind(further.agreement, rows, {row.pk: row for row in rows}, by, only_reached=True)


def _remind(
    agreement: Agreement,
    rows: list[SignatureBlock],
    owing: Mapping[int, SignatureBlock | None],
    by: User,
    *,
    only_reached: bool,
) -> Reminded:
    """Queue the reminders about some blocks; `owing` has for each the block that waits for a signature, if any."""
    in_packet = _packets(agreement, {row: block for row, block in owing.items() if block})
    reached = set(agreement.packets.filter(REACHED).values_list("pk", flat=True)) if only_reached else None
    wanted_packets = dict.fromkeys(in_packet[row.pk] for row in rows if row.pk in in_packet)
    asked = [packet for packet in wanted_packets if reached is None or packet.pk in reached]
    done = sending.queue(agreement, LetterKind.REMINDER, asked, by)
    sent = {one.packet_id for one in done.dispatches}
    left_out: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        told = str(BlockState(row.state).label).lower()
        reason = _left_out(in_packet.get(row.pk), sent, reached) if owing[row.pk] else told
        if reason:
            left_out[reason].append(row.entity)
    reminded = [row.entity for row in rows if row.pk in in_packet and in_packet[row.pk].pk in sent]
    return Reminded(done.dispatches, tuple(reminded), {reason: tuple(names) for reason, names in left_out.items()})


def _packets(agreement: Agreement, owing: Mapping[int, SignatureBlock]) -> dict[int, Packet]:
    """Return in which packet each wanted block stands, by the key that it has here."""
    packets = sending.packets_of(agreement, owing.values())
    packet_of = {block.pk: packet for packet in packets for block in sending.to_sign(packet)}
    return {key: packet_of[block.pk] for key, block in owing.items() if block.pk in packet_of}


def _left_out(packet: Packet | None, sent: Collection[int], reached: Collection[int] | None) -> str:
    """Return why nobody is reminded of a block, nothing where somebody is."""
    if packet is None:
        return NO_PACKET
    if not sending.address_of(packet):
        return NO_ADDRESS
    if reached is not None and packet.pk not in reached:
        return NOT_SENT
    return "" if packet.pk in sent else UNDER_WAY
