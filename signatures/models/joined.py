"""Joinders: that a party came to an agreement that was being signed already."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from holders.models import Holding
from signatures.models.issued import SignatureBlock


def _holding() -> models.ForeignKey[Holding | None, Holding | None]:
    return models.ForeignKey(Holding, on_delete=models.PROTECT, null=True, blank=True, related_name="+")


class Joinder(models.Model):
    """That a party joined, with what, and from whom it holds that: `transferor` is empty for a late holder.

    Its block is its own; what it holds, and what the transferor holds since, are holdings of the register: of the
    transferor `taken_before` and `taken_after`, its own `given_before` and `given_after`.
    """

    block = models.OneToOneField(SignatureBlock, on_delete=models.PROTECT, related_name="joinder")
    transferor = models.ForeignKey(
        SignatureBlock, on_delete=models.PROTECT, null=True, blank=True, related_name="transferred"
    )
    principal = models.DecimalField(max_digits=20, decimal_places=2)
    dated = models.DateField()
    joined_at = models.DateTimeField(default=timezone.now)
    joined_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    taken_before = _holding()
    taken_after = _holding()
    given_before = _holding()
    given_after = _holding()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(principal__gt=0), name="who_joins_holds_something"),
            models.CheckConstraint(condition=Q(transferor=None) | ~Q(transferor=F("block")), name="joins_from_another"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None) | Q(undone_at__gte=F("joined_at"), undone_by__isnull=False),
                name="undone_joinder_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block} joined"
