"""Tabulations that a person signed off. Rows are only ever added."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from signatures.models.issued import Agreement


class TabulationReport(models.Model):
    """A tabulation as of a moment, frozen: `content` as it was signed off, `sha256` over its canonical JSON."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="tabulation_reports")
    as_of = models.DateTimeField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    note = models.TextField(blank=True)
    signed_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-signed_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(as_of__lte=models.F("signed_at")), name="report_tells_of_the_past"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="report_has_its_hash"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="tabulation_reports_are_only_added",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'tabulation reports are only ever added';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, {self.as_of:%Y-%m-%d %H:%M} UTC"
