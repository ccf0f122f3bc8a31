"""Effectiveness: since when an agreement is in effect, as counsel recorded it. It belongs to the agreement."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement


class Effectiveness(models.Model):
    """That an agreement became effective at a moment. Closed, with the reason, where that is withdrawn."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="effectiveness")
    at = models.DateTimeField("effective since")
    words = models.CharField(max_length=500, blank=True, help_text="By what: the clause, the condition met last")
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    closed_why = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "effectiveness"
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(closed_at=None), name="an_agreement_becomes_effective_once"
            ),
            models.CheckConstraint(condition=Q(at__lte=F("opened_at")), name="effectiveness_is_recorded_afterwards"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None, closed_why="")
                | (Q(closed_at__gte=F("opened_at"), closed_by__isnull=False) & ~Q(closed_why="")),
                name="withdrawn_effectiveness_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, effective {self.at:%Y-%m-%d %H:%M} UTC"
