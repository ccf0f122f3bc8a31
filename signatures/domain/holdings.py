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
