"""Settling an amount that differs: the one written on a page, or the one on the register, is right."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from holders.models import Holding, HoldingSource
from signatures.domain import audit
from signatures.domain.decisions import defects
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.register import parties
from signatures.domain.register.holdings import give_back, open_anew
from signatures.models import AuditEvent, Counterpart, Defect, ReceivedPage, SignatureBlock, User

FOLLOWED = "holding set to the amount on the page"


def written(defect: Defect) -> Decimal | None:
    """Return the amount that a person read on the accepted page, None where none was typed."""
    counterparts = Counterpart.objects.filter(page=defect.page_id, block=defect.block_id, closed_at=None)
    return counterparts.values_list("amount_written", flat=True).first()


def on_register(defect: Defect) -> Holding | None:
    """Return the open holding with which the page is compared, None where the register has none."""
    if defect.block is None:
        return None
    notes = defect.page.agreement.notes_id if defect.page.agreement else None
    return Holding.objects.filter(holder=defect.block.party_id, notes=notes, closed_at=None).first()


def register_is_right(defect: Defect, by: User, why: str) -> Defect:
    """Leave the register as it is, and waive the defect. Raises Refused without a reason, Overtaken if it is closed."""
    _check(defect)
    if not why.strip():
        raise Refused("Say why the register is right.")
    return defects.waive(defect, by, f"The register is right: {why.strip()}")


@transaction.atomic
def page_is_right(defect: Defect, by: User, amount: Decimal | None = None, seen: int | None = None) -> Holding:
    """Let the register follow the page: the holding is closed and opened anew with the page as its source.

    `amount` is what the page says where nobody typed that when the page was accepted; `seen` the holding that the
    person saw. Raises Refused without an amount, Overtaken where the holding or the defect changed meanwhile.
    """
    block = _check(defect)
    known = written(defect)
    amount = amount if known is None else known
    agreement = defect.page.agreement
    if agreement is None or agreement.notes is None:
        raise Refused("Name the notes of this agreement first.")
    if amount is None:
        raise Refused("Type the amount that is written on the page.")
    if amount < 0:
        raise Refused("The amount on the page cannot be negative.")
    # Of two people who settle it the second waits here, and then sees that it is settled.
    ReceivedPage.objects.select_for_update().get(pk=defect.page_id)
    current = on_register(defect)
    if seen is not None and (current is None or current.pk != seen):
        raise Overtaken("The holding was changed by somebody else a moment ago. Look at it again.")
    defects.cure(defect, by, "The page is right: the register follows it")
    if current is None:
        made = parties.set_holding(block.party, agreement.notes, amount, source=HoldingSource.PAGE)
    elif current.principal == amount:
        return current
    else:
        made = open_anew(current, principal=amount, source=HoldingSource.PAGE)
    audit.record(
        agreement,
        by,
        FOLLOWED,
        block=block.pk,
        page=defect.page_id,
        defect=defect.pk,
        holdings=[current.pk if current else None, made.pk],
    )
    return made


@transaction.atomic
def take_back(followed: AuditEvent, by: User) -> Defect:
    """Take back that the page is right: the holding is again what it was, and the defect is open again.

    Raises Overtaken where the holding was changed since, or the page was decided about.
    """
    before, after = followed.data["holdings"]
    cured = AuditEvent.objects.filter(
        agreement=followed.agreement, action="defect cured", data__defect=followed.data["defect"]
    )
    defect = defects.take_back(cured.latest("sequence"), by)
    if not give_back(before, after):
        raise Overtaken("The holding was changed since. Nothing was undone.")
    audit.record(
        followed.agreement,
        by,
        "holding set back",
        block=followed.data["block"],
        page=defect.page_id,
        of=followed.sequence,
    )
    return defect


def _check(defect: Defect) -> SignatureBlock:
    if defect.code != Defect.Code.AMOUNT or defect.block is None:
        raise Refused("This defect is not about an amount.")
    return defect.block
