"""Sending packets by e-mail: asked for here, done by a job, and never twice by itself.

queued -> sending is committed before a server is spoken to, so what is found in `sending` afterwards may or may not
have gone out. It becomes "perhaps sent", and a person says what is to be done about it.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from procrastinate.contrib.django import app

from signatures.domain import audit
from signatures.domain.documents.agreements import title_of
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.jobs import LETTER_PRIORITY
from signatures.domain.packets import addresses, letters
from signatures.domain.queries.setup import packets as issued_packets
from signatures.models import (
    Agreement,
    Answer,
    AuditEvent,
    BlockState,
    CarryOver,
    Defect,
    Dispatch,
    DispatchState,
    LetterKind,
    Packet,
    SignatureBlock,
    User,
)

SEND_TASK = "signatures.tasks.send_dispatch"
UNKNOWN_AFTER = datetime.timedelta(minutes=5)
TO_SIGN = (BlockState.OUTSTANDING, BlockState.DEFECTIVE)
# A packet in one of these has been sent, or may have been, or will be in a moment.
GONE_OUT = (DispatchState.QUEUED, DispatchState.SENDING, DispatchState.SENT, DispatchState.PERHAPS)
LOST = "The program was stopped while it was sending: it may have gone out, or not."
# A letter that asks for a page again, or about a signature, waits so long: until then it can be taken back.
HELD_BACK = datetime.timedelta(seconds=10)
TAKEN_BACK = "Taken back before it went out."
NO_QUESTIONS: Mapping[int, Sequence[CarryOver]] = MappingProxyType({})
NOT_SET_UP = "Nothing can be sent: no mail server is set up for this site. Tell whoever runs it."


@dataclass(frozen=True)
class Queued:
    """What was queued, and the names of those for whom there is no address."""

    dispatches: tuple[Dispatch, ...]
    without_address: tuple[str, ...] = ()


def is_set_up() -> bool:
    """Tell whether there is a mail server, or a folder instead, and an address to send from."""
    return bool((settings.EMAIL_HOST or settings.EMAIL_FILE_PATH) and settings.DEFAULT_FROM_EMAIL)


def address_of(packet: Packet) -> str:
    """Return the first address that a packet goes to. Empty if none is known."""
    return next(iter(addresses.of(packet).to), "")


def to_sign(packet: Packet) -> list[SignatureBlock]:
    """Return the blocks on a packet's current pages, of `queries.setup.packets`, that wait for the signatory."""
    pages = packet.current_pages  # type: ignore[attr-defined]
    return [block for page in pages for block in page.blocks.all() if block.state in TO_SIGN]


def send_packets(agreement: Agreement, by: User, packets: Collection[int] | None = None) -> Queued:
    """Queue the packet letter to the packets given, or to all that have something to sign and were not sent yet.

    Raises Refused where no mail is set up, and where one of the packets given has no address.
    """
    wanted = issued_packets(agreement)
    if packets is not None:
        return queue(agreement, LetterKind.PACKET, list(wanted.filter(pk__in=packets)), by, chosen=True)
    gone = Dispatch.objects.filter(packet__agreement=agreement, kind=LetterKind.PACKET, is_test=False)
    ids = set(gone.filter(Q(state__in=GONE_OUT) | Q(state=DispatchState.BOUNCED)).values_list("packet", flat=True))
    return queue(agreement, LetterKind.PACKET, [one for one in wanted if one.pk not in ids and to_sign(one)], by)


def ask_again(defect: Defect, by: User) -> Dispatch:
    """Queue the letter that tells the signatory what is wrong with a page and asks for it once more.

    Raises Refused with the sentence where it cannot be sent: no mail, no packet, no address, one on its way already.
    """
    issued = issued_packets(defect.page.agreement) if defect.page.agreement else Packet.objects.none()
    packet = issued.filter(pages__matches__page=defect.page, pages__matches__closed_at=None).first()
    if packet is None and defect.block is not None:
        # A page of an earlier version is in no packet any more: it is asked for in the packet of the current one.
        packet = issued.filter(pages__blocks__party=defect.block.party_id).first()
    if packet is None:
        raise Refused("This page belongs to no packet, so there is nobody to ask. Issue a page first.")
    queued = queue(packet.agreement, LetterKind.ASK_AGAIN, [packet], by, chosen=True, defect=defect)
    if not queued.dispatches:
        raise Refused(f"{packet} is being asked already.")
    return queued.dispatches[0]


@transaction.atomic
def queue(
    agreement: Agreement,
    kind: str,
    packets: Sequence[Packet],
    by: User | None,
    *,
    chosen: bool = False,
    defect: Defect | None = None,
    only: str = "",
    asks: Mapping[int, Sequence[CarryOver]] = NO_QUESTIONS,
) -> Queued:
    """Queue a letter to each address of the packets (of `queries.setup.packets`), or `only` one of them, to which none
    of the kind is under way. `asks` are by packet the rows of those who are asked about an earlier signature.

    Those without an address are named in the answer, or where `chosen`, refuse the whole. Raises Refused.
    """
    if not is_set_up():
        raise Refused(NOT_SET_UP)
    lacking = {str(one): where.lacking for one in packets if (where := addresses.of(one)).lacking}
    if lacking and chosen:
        raise Refused(f"{' '.join(lacking.values())} Enter one first.")
    with_address = [one for one in packets if addresses.of(one).to]
    wanted = letters.text(agreement, kind)
    made = [letter for one in with_address for letter in _dispatches(one, kind, wanted, by, defect, only, asks)]
    Dispatch.objects.bulk_create(made, ignore_conflicts=True)
    # A letter of the kind that is under way keeps a second one out, and so whoever presses twice sends once.
    kept = list(Dispatch.objects.filter(public_id__in=[one.public_id for one in made]).order_by("pk"))
    until = timezone.now() + HELD_BACK if defect is not None or asks else None
    _link(kept, asks)
    for one in kept:
        defer(one.pk, until)
    if kept:
        sent = {one.packet_id for one in kept}
        concerned = (_concerned(one, defect, asks.get(one.pk, ())) for one in with_address if one.pk in sent)
        blocks = [block.pk for about in concerned for block in about]
        to = {str(pk): ", ".join(one.to for one in kept if one.packet_id == pk) for pk in sorted(sent)}
        ids = [one.pk for one in kept]
        page = {"page": defect.page_id} if defect is not None else {}
        audit.record(agreement, by, "letters queued", kind=kind, to=to, blocks=blocks, letters=ids, **page)
    return Queued(tuple(kept), tuple(lacking))


def _link(letters_: Iterable[Dispatch], asks: Mapping[int, Sequence[CarryOver]]) -> None:
    """Say which rows letters ask about."""
    through = Dispatch.asks.through
    through.objects.bulk_create(
        through(dispatch_id=one.pk, carryover_id=row.pk) for one in letters_ for row in asks.get(one.packet_id, ())
    )


def _concerned(packet: Packet, defect: Defect | None, asks: Sequence[CarryOver]) -> list[SignatureBlock]:
    """Return the blocks that a letter is about: those to sign, or where there are none, all of the packet."""
    if asks:
        return [row.block for row in asks]
    if defect is not None and defect.block is not None:
        return [defect.block]
    pages = packet.current_pages  # type: ignore[attr-defined]
    return to_sign(packet) or [block for page in pages for block in page.blocks.all()]


def letter_for(
    packet: Packet, wanted: letters.Text, defect: Defect | None = None, asks: Sequence[CarryOver] = ()
) -> letters.Text:
    """Return a letter filled in for a packet of `queries.setup.packets`, or for what `asks` about an earlier signature;
    its link is still {link}.
    """
    said = letters.DEFECTS[defect.code] if defect else letters.DEFECTS[Defect.Code.NOT_SIGNED]
    earlier = [str(number) for number in sorted({row.source.version.number for row in asks})]
    about = _concerned(packet, defect, asks)
    holders, titles = [block.entity for block in about], () if asks else _titles(packet, about)
    return letters.fill_in(wanted, packet, holders, said, " and ".join(earlier), titles)


def _titles(packet: Packet, about: Collection[SignatureBlock]) -> list[str]:
    """Return what the documents are called on whose pages blocks are."""
    pages = packet.current_pages  # type: ignore[attr-defined]
    return [title_of(page.version) for page in pages if any(block in about for block in page.blocks.all())]


def _dispatches(
    packet: Packet,
    kind: str,
    wanted: letters.Text,
    by: User | None,
    defect: Defect | None,
    only: str,
    asks: Mapping[int, Sequence[CarryOver]],
) -> list[Dispatch]:
    """Return a letter to each address: what becomes of one says nothing of the others."""
    said, where = letter_for(packet, wanted, defect, asks.get(packet.pk, ())), addresses.of(packet)
    return [
        Dispatch(
            packet=packet,
            kind=kind,
            defect=defect,
            to=to,
            is_copy=to in where.cc,
            shown_to=list(where.to),
            shown_cc=list(where.cc),
            subject=said.subject,
            body=said.body,
            asked_by=by,
        )
        for to in (*where.to, *where.cc)
        if only in ("", to)
    ]


def defer(dispatch_id: int, until: datetime.datetime | None = None) -> None:
    """Add the job that sends a letter, now or at a moment. Letters go before all else that waits."""
    job = app.configure_task(SEND_TASK, queue="sending", priority=LETTER_PRIORITY, schedule_at=until)
    job.defer(dispatch_id=dispatch_id)


@transaction.atomic
def take_back(queued: AuditEvent, by: User) -> None:
    """Keep letters from going out that were asked for a moment ago. Raises Overtaken where one of them has gone."""
    waiting = Dispatch.objects.filter(pk__in=queued.data["letters"], state=DispatchState.QUEUED)
    now = timezone.now()
    if waiting.update(state=DispatchState.FAILED, reason=TAKEN_BACK, settled_at=now) != len(queued.data["letters"]):
        raise Overtaken("The letter has gone out already. It cannot be taken back.")
    about = {name: queued.data[name] for name in ("kind", "blocks", "page") if name in queued.data}
    audit.record(queued.agreement, by, "letter taken back", **about, to="", of=queued.sequence)


@transaction.atomic
def send_test(packet: Packet, kind: str, wanted: letters.Text, by: User, asks: Sequence[CarryOver] = ()) -> Dispatch:
    """Queue a letter as it would go to a packet's signatory to oneself instead. It opens nothing. Raises Refused."""
    if not is_set_up():
        raise Refused(NOT_SET_UP)
    said = letter_for(packet, letters.check(kind, wanted), None, asks)
    test = Dispatch.objects.create(
        packet=packet,
        kind=kind,
        is_test=True,
        to=by.email,
        subject=f"Test: {said.subject}"[:500],
        body=f"This is a test, sent to you alone. Its link opens nothing.\n\n{said.body}",
        asked_by=by,
    )
    defer(test.pk)
    return test


@transaction.atomic
def send_again(dispatch: Dispatch, by: User) -> Dispatch:
    """Send a packet's letter once more, after one that failed, bounced, or was sent and is wanted again.

    Raises Refused while it is being sent, and where there is nothing left to send or to ask.
    """
    if dispatch.state in (DispatchState.QUEUED, DispatchState.SENDING):
        raise Refused("It is being sent at this moment.")
    agreement, asks = dispatch.packet.agreement, still_asked(dispatch)
    packet: Packet | None
    if dispatch.kind == LetterKind.CARRY_OVER:
        if not asks:
            raise Refused("It was decided meanwhile what becomes of these signatures, so there is nothing to ask.")
        packet = agreement.packets.select_related("signatory", "party", "version__agreement").get(pk=dispatch.packet_id)
    else:
        packet = issued_packets(agreement).filter(pk=dispatch.packet_id).first()
    if packet is None:
        raise Refused("The packet has no current page any more, so there is nothing to send.")
    where = addresses.of(packet)
    # Where the address was corrected meanwhile, the letter goes to those that hold now.
    only = dispatch.to if dispatch.to in (*where.to, *where.cc) else ""
    more: dict[str, Any] = {"defect": dispatch.defect, "only": only, "asks": {packet.pk: asks}}
    queued = queue(packet.agreement, dispatch.kind, [packet], by, chosen=True, **more)
    if not queued.dispatches:
        raise Refused("It is being sent at this moment.")
    return queued.dispatches[0]


def still_asked(dispatch: Dispatch) -> list[CarryOver]:
    """Return the rows of a letter's questions about which nothing is decided yet, in the version that is signed."""
    rows = dispatch.asks.filter(closed_at=None, answer=Answer.ASKED, block__version__is_execution=True)
    return list(rows.select_related("block", "source__version").order_by("block__position"))


def say_sent(dispatch: Dispatch, by: User) -> None:
    """Enter that one that was perhaps sent did go out. Raises Overtaken where it is not "perhaps sent" any more."""
    _enter(dispatch, DispatchState.PERHAPS, DispatchState.SENT, "", "letter said to be sent", by)


def say_bounced(dispatch: Dispatch, reason: str, by: User) -> None:
    """Enter that one that was sent came back. Raises Refused without a reason, Overtaken where it was not sent."""
    why = " ".join(reason.split())
    if not why:
        raise Refused("Say what the returned message gives as its reason.")
    was = dispatch.state if dispatch.state == DispatchState.PERHAPS else DispatchState.SENT
    _enter(dispatch, was, DispatchState.BOUNCED, why, "letter bounced", by)


@transaction.atomic
def _enter(dispatch: Dispatch, was: str, becomes: str, reason: str, action: str, by: User) -> None:
    one = Dispatch.objects.filter(pk=dispatch.pk, state=was)
    if not one.update(state=becomes, reason=reason, settled_at=timezone.now()):
        raise Overtaken("Somebody else was faster. Look again at what became of it.")
    note_outcome(dispatch, action, by, reason)


def note_outcome(dispatch: Dispatch, action: str, by: User | None, reason: str = "") -> None:
    """Record what became of a letter, for the holders that it is about."""
    about = SignatureBlock.objects.filter(pages__packet=dispatch.packet_id, pages__state="current")
    if dispatch.kind == LetterKind.CARRY_OVER:
        about = SignatureBlock.objects.filter(carry_overs__letters=dispatch)
    if dispatch.defect_id is not None:
        about = about.filter(defects=dispatch.defect_id) or about
    blocks = sorted({block.pk for block in about})
    data = {"kind": dispatch.kind, "packet": dispatch.packet_id, "to": dispatch.to, "blocks": blocks}
    audit.record(dispatch.packet.agreement, by, action, **data, **({"reason": reason} if reason else {}))


def packets_of(agreement: Agreement, blocks: Iterable[int | SignatureBlock]) -> QuerySet[Packet]:
    """Return the packets in which these blocks are."""
    ids = [one.pk if isinstance(one, SignatureBlock) else one for one in blocks]
    return issued_packets(agreement).filter(pk__in=Packet.objects.filter(pages__blocks__in=ids))
