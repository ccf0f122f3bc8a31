"""Recording that an agreement became effective, and withdrawing that. Until then a signature may be revoked."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, Effectiveness, User


def current(agreement: Agreement) -> Effectiveness | None:
    """Return since when an agreement is effective, None where it is not. One query."""
    return Effectiveness.objects.filter(agreement=agreement, closed_at=None).select_related("opened_by").first()


def said(one: Effectiveness, zone: str) -> str:
    """Return the moment as sentences name it: 24 September 2007, 18:00 New York."""
    local = one.at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y, %H:%M} {zone.rsplit('/', 1)[-1].replace('_', ' ')}"


@transaction.atomic
def record(agreement: Agreement, by: User, at: datetime.datetime, words: str = "") -> Effectiveness:
    """Record since when the agreement is effective. Raises Refused for a moment to come, Overtaken where it is."""
    agreement = Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    now = timezone.now()
    if at > now:
        raise Refused("That moment is yet to come. Record that the agreement is effective once it is.")
    before = current(agreement)
    if before is not None:
        since = said(before, agreement.time_zone)
        raise Overtaken(f"{before.opened_by} has recorded that the agreement is effective since {since}.")
    made = Effectiveness.objects.create(
        agreement=agreement, at=at, words=" ".join(words.split())[:500], opened_at=now, opened_by=by
    )
    audit.record(agreement, by, "agreement effective", since=at, words=made.words)
    return made


@transaction.atomic
def withdraw(agreement: Agreement, by: User, why: str) -> Effectiveness:
    """Withdraw what was recorded. Raises Refused without a reason, Overtaken where nothing is recorded."""
    why = " ".join(why.split())[:500]
    if not why:
        raise Refused("Say why it is withdrawn.")
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    one = current(agreement)
    if one is None:
        raise Overtaken("It is not recorded any more that the agreement is effective. Nothing was changed.")
    one.closed_at, one.closed_by, one.closed_why = timezone.now(), by, why
    one.save(update_fields=["closed_at", "closed_by", "closed_why"])
    audit.record(agreement, by, "effectiveness withdrawn", since=one.at, reason=why)
    return one
