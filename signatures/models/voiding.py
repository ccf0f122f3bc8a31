"""That an issued page counts no more, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Packet, SignaturePage


class Voiding(models.Model):
    """A page was voided, or replaced by another that shows the same blocks. Closed when that is undone.

    `packet` is set where the whole packet was voided at once.
    """

    page = models.ForeignKey(SignaturePage, on_delete=models.PROTECT, related_name="voidings")
    reason = models.CharField(max_length=300)
    replaced_by = models.ForeignKey(
        SignaturePage, on_delete=models.PROTECT, null=True, blank=True, related_name="replaces"
    )
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, null=True, blank=True, related_name="voidings")
    voided_at = models.DateTimeField(default=timezone.now)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["page"], condition=Q(closed_at=None), name="a_page_is_voided_once_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="voiding_has_a_reason"),
            models.CheckConstraint(condition=~Q(replaced_by=F("page")), name="no_page_replaces_itself"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__gte=F("voided_at"), closed_by__isnull=False),
                name="undone_voiding_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page} voided: {self.reason}"
