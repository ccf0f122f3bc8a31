"""Consents under an indenture: which agreements are, and the proxies without which a beneficial owner's does not count.

Rows are closed and opened anew, so that a past tally can be told.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils import timezone

from holders.models import PartyRole
from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, Answer, CarryOver, IndentureConsent, Proxy, SignatureBlock, User


@transaction.atomic
def switch(agreement: Agreement, actor: User, on: bool) -> bool:
    """Say that an agreement is a consent under the indenture, or that it is none. Says whether that is new."""
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    now = timezone.now()
    current = IndentureConsent.objects.filter(agreement=agreement, closed_at=None)
    if on == current.exists():
        return False
    if on:
        IndentureConsent.objects.create(agreement=agreement, opened_at=now, opened_by=actor)
    else:
        current.update(closed_at=now, closed_by=actor)
    audit.record(agreement, actor, "made a consent under the indenture" if on else "no consent under the indenture")
    return True


@transaction.atomic
def record(block: SignatureBlock, actor: User, evidence: str, dated: datetime.date | None = None) -> Proxy:
    """Record that the proxy of the participant through which a block's party holds is there.

    What was recorded before is closed. Raises Refused for a holder of record, without words on the evidence, and for a
    date to come.
    """
    evidence = " ".join(evidence.split())[:300]
    block = _locked(block)
    if block.role != PartyRole.HOLDER or not block.party.through:
        raise Refused(f"The register names no participant through which {block.entity} holds: it needs no proxy.")
    if not evidence:
        raise Refused("Say what the proxy is and where it is kept.")
    if dated is not None and dated > timezone.localdate():
        raise Refused("The proxy cannot be dated in the future.")
    return _open(block, actor, evidence, dated)


@transaction.atomic
def withdraw(block: SignatureBlock, actor: User) -> Proxy:
    """Take back that a block's proxy is there. Raises Overtaken where none is recorded."""
    block = _locked(block)
    current = block.proxies.filter(closed_at=None).first()
    if current is None:
        raise Overtaken("No proxy is recorded any more. Nothing was changed.")
    current.closed_at, current.closed_by = timezone.now(), actor
    current.save(update_fields=["closed_at", "closed_by"])
    audit.record(_agreement_of(block), actor, "proxy taken back", block=block.pk, participant=current.participant)
    return current


@transaction.atomic
def restore(block: SignatureBlock, actor: User) -> Proxy:
    """Record the proxy again that was taken back last. Raises Refused where there is none, or it is another's now."""
    block = _locked(block)
    last = block.proxies.order_by("-id").first()
    if last is None or last.closed_at is None:
        raise Refused("No proxy was taken back.")
    if last.participant.casefold() != block.party.through.casefold():
        raise Refused(f"{block.entity} holds through another participant now: record the proxy of that one.")
    return _open(block, actor, last.evidence, last.dated)


def carry(rows: Sequence[CarryOver], by: User) -> None:
    """Let the proxies for blocks of an earlier version hold for the later one, where the signatures carry over to it.

    Belongs in the transaction that opened `rows`. Where a proxy is recorded for the later block itself, that one holds.
    """
    to = {row.source_id: row for row in rows if row.answer == Answer.CARRIES}
    there = set(Proxy.objects.filter(block__in=[row.block_id for row in rows], closed_at=None).values_list("block"))
    earlier = Proxy.objects.filter(block__in=to, closed_at=None)
    now = timezone.now()
    Proxy.objects.bulk_create(
        Proxy(
            block_id=to[one.block_id].block_id,
            participant=one.participant,
            evidence=one.evidence,
            dated=one.dated,
            opened_at=now,
            opened_by=by,
            carried_by=to[one.block_id],
        )
        for one in earlier
        if (to[one.block_id].block_id,) not in there
    )


def carry_no_more(rows: Iterable[int], by: User) -> None:
    """Close the proxies that came with signatures that carry over no more: `rows` are keys of carry-overs."""
    Proxy.objects.filter(carried_by__in=rows, closed_at=None).update(closed_at=timezone.now(), closed_by=by)


def _open(block: SignatureBlock, actor: User, evidence: str, dated: datetime.date | None) -> Proxy:
    now = timezone.now()
    block.proxies.filter(closed_at=None).update(closed_at=now, closed_by=actor)
    made = Proxy.objects.create(
        block=block,
        participant=block.party.through,
        evidence=evidence,
        dated=dated,
        opened_at=now,
        opened_by=actor,
    )
    audit.record(
        _agreement_of(block),
        actor,
        "proxy recorded",
        block=block.pk,
        participant=made.participant,
        evidence=evidence,
        dated=dated,
    )
    return made


def _locked(block: SignatureBlock) -> SignatureBlock:
    """Lock the block: of two people one records after the other."""
    rows = SignatureBlock.objects.select_for_update(of=("self",)).select_related("party", "version__agreement")
    return rows.get(pk=block.pk)


def _agreement_of(block: SignatureBlock) -> Agreement:
    return block.version.agreement
