"""Which issued pages a page that is not identified may be, in order, and what speaks for each."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db.models import Q

from signatures.domain.documents.in_force import issued_pages
from signatures.models import Agreement, BlockState, Packet, ReceivedPage, SignaturePage
from signatures.paper.code import parse_payload
from signatures.paper.reading import Reading

MOST_PACKETS = 5
WAITING = (BlockState.OUTSTANDING, BlockState.DEFECTIVE)
# What weighs how much beside the text, of which the reading says from 0 to 1 how well it fits.
THROUGH_LINK, SAME_SENDER, STILL_WANTED, NOT_WANTED = 0.5, 0.3, 0.1, -0.1


@dataclass(frozen=True)
class Sender:
    """Who sent a file: an address, or the digits of a number; each empty where it is not known."""

    address: str
    number: str


def sender_of(page: ReceivedPage, reading: Reading | None) -> Sender:
    """Return who sent the page, as its file and the header of its fax say."""
    said = page.submission.sender
    fax = (reading.fax.sender if reading and reading.fax else None) or ("" if "@" in said else said)
    digits = re.sub(r"\D", "", fax)
    return Sender(said if "@" in said else "", digits if len(digits) >= 7 else "")


def candidates(
    agreement: Agreement, page: ReceivedPage, reading: Reading | None
) -> tuple[tuple[SignaturePage, tuple[str, ...]], ...]:
    """Return the pages that it may be, the likeliest first, in three queries: by the text that was read, the link that
    it came through, who sent it, and who is still outstanding.
    """
    read = {seen.key: one for one in reading.candidates if (seen := parse_payload(one.payload))} if reading else {}
    sender = sender_of(page, reading)
    senders = _packets_of(agreement, page, sender)
    link = page.submission.packet_id
    if not read and not senders and link is None:
        return ()
    known = Q(key__in=read) | Q(packet__in=[*senders, *([link] if link else [])])
    found = (
        issued_pages(agreement)
        .filter(known)
        .select_related("version__further_document", "packet__signatory", "packet__party")
    )
    weighed = []
    for one in found.prefetch_related("blocks").order_by("id"):
        by_text = read.get(one.key)
        score, why = (by_text.score, list(by_text.reasons)) if by_text else (0.0, [])
        if link is not None and one.packet_id == link:
            score, why = score + THROUGH_LINK, [*why, f"It came through the link of {one.packet}."]
        elif one.packet_id in senders:
            from_where = f"{sender.address or 'this fax number'}"
            score, why = score + SAME_SENDER, [*why, f"{one.packet} sent pages from {from_where}."]
        wanted = any(block.state in WAITING for block in one.blocks.all())
        why.append("Still outstanding." if wanted else f"Nothing is outstanding: {_states(one)}.")
        weighed.append((-(score + (STILL_WANTED if wanted else NOT_WANTED)), one.pk, one, tuple(why)))
    return tuple((one, why) for _, _, one, why in sorted(weighed, key=lambda item: item[:2]))


def _states(page: SignaturePage) -> str:
    return " and ".join(dict.fromkeys(block.get_state_display().lower() for block in page.blocks.all()))


def _packets_of(agreement: Agreement, page: ReceivedPage, sender: Sender) -> tuple[int, ...]:
    """Return the packets whose signatory has that address, or of which pages came from there before."""
    came = Q(pages__matches__closed_at=None) & ~Q(pages__matches__page=page)
    said = Q()
    if sender.address:
        said |= Q(signatory__email__iexact=sender.address)
        said |= came & Q(pages__matches__page__submission__sender__iexact=sender.address)
    if sender.number:
        said |= came & Q(pages__matches__page__current_reading__data__fax__sender=sender.number)
        said |= came & Q(pages__matches__page__submission__sender=page.submission.sender or sender.number)
    if not said:
        return ()
    packets = Packet.objects.filter(said, agreement=agreement).order_by("pk").distinct()
    return tuple(packets.values_list("pk", flat=True)[:MOST_PACKETS])
