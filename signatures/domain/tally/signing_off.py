"""Signing off a tabulation: a person puts a name to what was counted as of a moment."""

from __future__ import annotations

import datetime
import hashlib
import json
from typing import Any

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.domain.queries.tabulated import tabulated
from signatures.models import Agreement, TabulationReport, User


@transaction.atomic
def sign_off(agreement: Agreement, actor: User, at: datetime.datetime | None, note: str = "") -> TabulationReport:
    """Freeze the tabulation as of a moment, by default now. Raises Refused for a moment that is yet to come."""
    now = timezone.now()
    if at is not None and at > now:
        raise Refused("A tabulation can be signed off as of now or a past moment, not of one to come.")
    content = tabulated(agreement, at or now).as_json()
    report = TabulationReport.objects.create(
        agreement=agreement,
        as_of=at or now,
        content=content,
        sha256=hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest(),
        note=note.strip(),
        signed_by=actor,
        signed_at=max(timezone.now(), now),
    )
    audit.record(agreement, actor, "tabulation signed off", report=report.pk, as_of=report.as_of, sha256=report.sha256)
    return report


def still_holds(report: TabulationReport) -> bool:
    """Tell whether what was signed off is what the records still say of that moment.

    Only what the report says is compared: figures that later versions tell besides were not signed.
    """
    return _says(tabulated(report.agreement, report.as_of).as_json(), report.content)


def _says(told: Any, kept: Any) -> bool:
    if isinstance(kept, dict):
        return isinstance(told, dict) and all(key in told and _says(told[key], kept[key]) for key in kept)
    if isinstance(kept, list):
        return isinstance(told, list) and len(told) == len(kept) and all(map(_says, told, kept))
    return bool(told == kept)
