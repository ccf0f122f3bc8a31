"""Which of several accepted copies of a block is bound, where a person has said so."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import SignatureBlock
from signatures.models.received import ReceivedPage


class BestCopy(models.Model):
    """That a person chose a copy to be bound for a block. Closed when another is chosen, or it is left to the rule."""

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="best_copies")
    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="best_for")
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "best copies"
        constraints = [
            models.UniqueConstraint(fields=["block"], condition=Q(closed_at=None), name="one_best_copy_a_block"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="best_copy_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block}: {self.page}"
