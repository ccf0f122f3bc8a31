"""Disregarded holdings: notes of the issuer and its affiliates leave numerator and denominator.

The treasury-notes rule (TIA 316(a)): notes so owned are disregarded in deciding whether enough has consented, and the
trustee is protected where it did not know. So who knew, and since when, is recorded with the reason.
"""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from holders.models import Holding, Party
from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.register.holdings import open_anew
from signatures.models import Agreement, SignatureBlock, User


@transaction.atomic
def mark(
    agreement: Agreement,
    party: Party,
    by: User,
    *,
    reason: str,
    known_by: str,
    since: datetime.date | None = None,
    seen: int | None = None,
) -> Holding:
    """Disregard what a party holds of the agreement's notes. `seen` is the holding that the person saw.

    Raises Refused without a reason or a word on who knew, for a date to come, and where the register knows no holding;
    Overtaken where the holding is another one meanwhile.
    """
    reason, known_by = " ".join(reason.split()), " ".join(known_by.split())
    if not reason:
        raise Refused("Say why the holding is disregarded.")
    if not known_by:
        raise Refused("Say who knew of it.")
    if max(len(reason), len(known_by)) > 300:
        raise Refused("The reason and who knew have 300 characters each at most.")
    if since is not None and since > timezone.localdate():
        raise Refused("It cannot be known since a day in the future.")
    current = _current(agreement, party, seen)
    made = open_anew(
        current,
        disregarded=True,
        disregarded_reason=reason,
        disregarded_known_by=known_by,
        disregarded_since=since,
    )
    said = {"words": reason, "known_by": known_by, "since": since}
    audit.record(agreement, by, "holding disregarded", blocks=_blocks(agreement, party), **said)
    return made


@transaction.atomic
def lift(agreement: Agreement, party: Party, by: User, seen: int | None = None) -> Holding:
    """Count what a party holds again, from now on. Raises Overtaken where it is not disregarded any more."""
    current = _current(agreement, party, seen)
    if not current.disregarded:
        raise Overtaken("The holding is not disregarded any more. Nothing was changed.")
    made = open_anew(current, disregarded=False, disregarded_reason="", disregarded_known_by="", disregarded_since=None)
    audit.record(agreement, by, "holding no longer disregarded", blocks=_blocks(agreement, party))
    return made


@transaction.atomic
def restore(agreement: Agreement, party: Party, by: User, seen: int | None = None) -> Holding:
    """Disregard a holding again as it was before that was lifted. Raises Refused where it never was, Overtaken where it
    is again.
    """
    before = Holding.objects.filter(holder=party, notes=agreement.notes_id, disregarded=True, closed_at__isnull=False)
    last = before.order_by("-closed_at", "-pk").first()
    if last is None:
        raise Refused("The holding was never disregarded.")
    current = _current(agreement, party, seen)
    if current.disregarded:
        raise Overtaken("The holding is disregarded already. Nothing was changed.")
    made = open_anew(
        current,
        disregarded=True,
        disregarded_reason=last.disregarded_reason,
        disregarded_known_by=last.disregarded_known_by,
        disregarded_since=last.disregarded_since,
    )
    said = {"words": last.disregarded_reason, "known_by": last.disregarded_known_by}
    audit.record(agreement, by, "holding disregarded", blocks=_blocks(agreement, party), **said)
    return made


def _current(agreement: Agreement, party: Party, seen: int | None) -> Holding:
    """Lock the party's open holding. Raises Refused for none, Overtaken where it is not the one that was seen."""
    rows = Holding.objects.select_for_update().filter(holder=party, notes=agreement.notes_id, closed_at=None)
    current = rows.first() if agreement.notes_id else None
    if current is None:
        raise Refused(f"The register does not say what {party.name} holds.")
    if seen is not None and current.pk != seen:
        raise Overtaken("The holding was changed by somebody else a moment ago. Look at it again.")
    return current


def _blocks(agreement: Agreement, party: Party) -> list[int]:
    blocks = SignatureBlock.objects.filter(version__agreement=agreement, party=party)
    return list(blocks.order_by("pk").values_list("pk", flat=True))
