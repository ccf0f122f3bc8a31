"""Consents under an indenture: whether an agreement is one, and the proxies of participants that it takes.

A participant (of a depositary) holds of record what beneficial owners hold through it: the indenture asks the holder of
record, so a beneficial owner's consent counts only with the proxy of its participant.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement, SignatureBlock


class IndentureConsent(models.Model):
    """That an agreement is a consent under the indenture, while the row is open."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="indenture_consents")
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(closed_at=None), name="an_agreement_is_a_consent_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__gte=F("opened_at"), closed_by__isnull=False),
                name="closed_indenture_consent_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: a consent under the indenture"


class Proxy(models.Model):
    """The proxy of a participant, for the block of a beneficial owner that holds through it. Closed and opened anew.

    `participant` is as the register named it: where the holder moves to another participant, this proxy counts no more.
    One that came to the block of a later version with the signature, by `carried_by`, goes with it.
    """

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="proxies")
    participant = models.CharField(max_length=300)
    evidence = models.CharField(max_length=300, help_text="What it is and where it is kept")
    dated = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    carried_by = models.ForeignKey(
        "signatures.CarryOver", on_delete=models.PROTECT, null=True, blank=True, related_name="proxies"
    )

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "proxies"
        constraints = [
            models.UniqueConstraint(fields=["block"], condition=Q(closed_at=None), name="one_open_proxy_a_block"),
            models.CheckConstraint(
                condition=~Q(participant="") & ~Q(evidence=""), name="proxy_names_its_participant_and_evidence"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__gte=F("opened_at"), closed_by__isnull=False),
                name="closed_proxy_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"Proxy of {self.participant} for {self.block}"
