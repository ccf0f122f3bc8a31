"""The letters that ask whether a signature on an earlier version counts for the one that is signed now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from signatures.domain.documents import carrying, in_force
from signatures.domain.errors import Refused
from signatures.domain.packets import addresses, distribution, letters, sending
from signatures.models import (
    Answer,
    Authority,
    CarryOver,
    Dispatch,
    LetterKind,
    Packet,
    SignatureBlock,
    User,
    Version,
)

NO_COPY = (
    "There is no copy of this version that a holder may read: it would name other holders. Ask with a letter of your "
    "own, and enter here that they were asked."
)
ASKED_ALREADY = "They were asked by letter already. What came of it stands beside each; a letter is sent again there."


@dataclass(frozen=True)
class Question:
    """A letter to come: its packet, which may not be saved yet, and for each block it asks about a row that says which
    earlier block was signed, not saved either."""

    packet: Packet
    rows: tuple[CarryOver, ...]


@dataclass(frozen=True)
class Asked:
    """What was queued, the parties that it asks about, and those for whom there is no address."""

    dispatches: tuple[Dispatch, ...]
    parties: tuple[str, ...]
    without_address: tuple[str, ...]


def to_ask(version: Version, only: Collection[int] | None = None) -> list[Question]:
    """Return the letters that would ask those about whom nothing is decided, and who were sent none; a letter for each
    who signs. `only` are blocks, None for all."""
    signed = in_force.signed_before(version)
    wanted = version.blocks.filter(party__in=signed).exclude(state__in=in_force.EXECUTED)
    decided = CarryOver.objects.filter(closed_at=None).exclude(answer=Answer.ASKED)
    gone = Dispatch.objects.filter(kind=LetterKind.CARRY_OVER, is_test=False, state__in=sending.GONE_OUT)
    wanted = wanted.exclude(carry_overs__in=decided).exclude(carry_overs__letters__in=gone)
    if only is not None:
        wanted = wanted.filter(pk__in=only)
    rows: dict[tuple[int | None, int | None], list[CarryOver]] = {}
    for block in (
        wanted.order_by("position").select_related("party", "version__agreement").prefetch_related("lines__signatory")
    ):
        row = CarryOver(block=block, source=signed[block.party_id], answer=Answer.ASKED)
        rows.setdefault(distribution.owner_of(block), []).append(row)
    packets = _packets(version)
    before = distribution.handed_on(version.agreement)
    return [
        Question(packets.get(owner) or _to_come(own[0].block, before.get(owner, {})), tuple(own))
        for owner, own in rows.items()
    ]


def _to_come(block: SignatureBlock, addressed: Mapping[str, list[str]]) -> Packet:
    """Return the packet that a block will belong to, not saved."""
    line = next(iter(block.lines.all()), None)
    signatory = line.signatory if line is not None else None
    packet = Packet(agreement=block.version.agreement, version=block.version, **addressed)
    if signatory is not None:
        packet.signatory = signatory
    else:
        packet.party = block.party
    return packet


def _packets(version: Version) -> dict[tuple[int | None, int | None], Packet]:
    found = version.packets.select_related("signatory", "party", "version", "agreement")
    return {(one.signatory_id, one.party_id): one for one in found}


@transaction.atomic
def ask(version: Version, by: User, seen: Mapping[int, int | None]) -> Asked:
    """Ask by letter about blocks, and enter that their parties were asked: one event, and one for the letters.

    `seen` are the blocks, each with the id of the open row that the person saw. Raises Refused with the sentence where
    nothing can be sent, Overtaken as `carrying.decide` does.
    """
    if not sending.is_set_up():
        raise Refused(sending.NOT_SET_UP)
    if version.reading_copy_id is None:
        raise Refused(NO_COPY)
    if not seen:
        raise Refused("Tick those whom this is about.")
    questions = to_ask(version, seen)
    reached = [one for one in questions if addresses.of(one.packet).to]
    without = [row.block.entity for one in questions if one not in reached for row in one.rows]
    blocks = {row.block.pk: row.block for one in reached for row in one.rows}
    if not blocks:
        raise Refused(f"There is no e-mail address for {', '.join(without)}." if without else ASKED_ALREADY)
    today = timezone.now().astimezone(ZoneInfo(version.agreement.time_zone)).date()
    given = carrying.Given(authority=Authority.EMAIL, on=today)
    opened = carrying.decide(version, by, Answer.ASKED, {pk: seen[pk] for pk in blocks}, given)
    packets = distribution.packets_of(version, list(blocks.values()))
    asks: dict[int, list[CarryOver]] = {}
    for row in opened:
        asks.setdefault(packets[row.block_id].pk, []).append(row)
    by_id = {one.pk: one for one in _packets(version).values()}
    queued = sending.queue(
        version.agreement, LetterKind.CARRY_OVER, [by_id[pk] for pk in asks], by, chosen=True, asks=asks
    )
    return Asked(queued.dispatches, tuple(block.entity for block in blocks.values()), tuple(without))


@transaction.atomic
def send_test(rows: Sequence[CarryOver], wanted: letters.Text, by: User) -> Dispatch:
    """Queue the letter that would ask about rows of one question to oneself instead. Raises Refused."""
    block = rows[0].block
    if block.version.reading_copy_id is None:
        raise Refused(NO_COPY)
    packet = distribution.packets_of(block.version, [block])[block.pk]
    return sending.send_test(packet, LetterKind.CARRY_OVER, wanted, by, rows)


def letters_about(blocks: Collection[SignatureBlock]) -> dict[int, list[Dispatch]]:
    """Return the letters that asked about blocks, newest first, by block. Two queries."""
    found: dict[int, list[Dispatch]] = {}
    rows = Dispatch.objects.filter(asks__block__in=blocks, is_test=False).distinct().order_by("-pk")
    for one in rows.select_related("packet").prefetch_related("asks").defer("body"):
        for block in {row.block_id for row in one.asks.all()}:
            found.setdefault(block, []).append(one)
    return found
