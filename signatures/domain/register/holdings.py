"""Closing a holding and opening it anew with something changed: a past tally still finds what was held then."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from holders.models import Holding
from signatures.domain.errors import Overtaken

KEPT = (
    "holder_id",
    "notes_id",
    "principal",
    "as_of",
    "source",
    "disregarded",
    "disregarded_reason",
    "disregarded_known_by",
    "disregarded_since",
)


def open_anew(current: Holding, **changed: Any) -> Holding:
    """Close an open holding by compare-and-set and open one like it but for what changed. In the caller's transaction.

    Raises Overtaken where it was closed meanwhile.
    """
    now = timezone.now()
    if not Holding.objects.filter(pk=current.pk, closed_at=None).update(closed_at=now):
        raise Overtaken("The holding was changed by somebody else a moment ago. Look at it again.")
    said = {name: getattr(current, name) for name in KEPT} | changed
    return Holding.objects.create(**said, opened_at=now)


def give_back(before: int | None, after: int) -> bool:
    """Close a holding that was opened by mistake and open the one before anew; say False where it was changed since."""
    current = Holding.objects.select_for_update().filter(pk=after, closed_at=None).first()
    if current is None:
        return False
    if before is None:
        Holding.objects.filter(pk=after).update(closed_at=timezone.now())
        return True
    earlier = Holding.objects.get(pk=before)
    open_anew(current, **{name: getattr(earlier, name) for name in KEPT})
    return True
