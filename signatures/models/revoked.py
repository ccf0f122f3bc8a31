"""Revocations: that a party has taken its signature back. The signed pages stay as they were received."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import BlockState, SignatureBlock
from signatures.models.received import ReceivedPage


class Revocation(models.Model):
    """That a block is revoked, why, and the received page that says so; closed where that is undone.

    `was` is the block's state before, to which undoing brings it back. Where the party signs anew, since `anew_at`.
    """

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="revocations")
    reason = models.TextField()
    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, null=True, blank=True, related_name="revokes")
    was = models.CharField(max_length=12, choices=BlockState.choices)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    anew_at = models.DateTimeField("signs anew since", null=True, blank=True)
    anew_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["block"], condition=Q(closed_at=None, anew_at=None), name="one_open_revocation_a_block"
            ),
            models.CheckConstraint(
                condition=Q(anew_at=None, anew_by=None)
                | Q(anew_at__gte=F("opened_at"), anew_by__isnull=False, closed_at=None),
                name="who_signs_anew_had_revoked",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="revocation_says_why"),
            models.CheckConstraint(
                condition=Q(was__in=[BlockState.EXECUTED.value, BlockState.RELEASED.value]),
                name="what_is_revoked_was_executed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__gte=F("opened_at"), closed_by__isnull=False),
                name="closed_revocation_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block}, revoked"
