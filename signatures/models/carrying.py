"""What is decided about signatures on an earlier version of the agreement."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import SignatureBlock, StoredFile
from signatures.models.received import ReceivedPage


class Answer(models.TextChoices):
    """What is to become of a signature on an earlier version. Where no row is open, nobody has decided."""

    ASKED = "asked", "asked"
    CARRIES = "carries", "carries over"
    SIGNS_AGAIN = "again", "signs again"


class Authority(models.TextChoices):
    """How it was given that a signature counts for the new version."""

    EMAIL = "email", "e-mail"
    CALL = "call", "call"
    LETTER = "letter", "letter"
    CLAUSE = "clause", "clause of the agreement"
    PORTAL = "portal", "answer through the link"


class CarryOver(models.Model):
    """That a party was asked, that its signature on an earlier version (`source`) counts for its block in a later one
    (`block`), or that it signs again. Closed and opened anew, never overwritten: past tallies depend on it.

    `given_by` is a person, or the clause; `given_on` a day in the agreement's zone. For ASKED they say who was
    asked and when, where that is known.
    """

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="carry_overs")
    source = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="carried_by")
    answer = models.CharField(max_length=8, choices=Answer.choices)
    authority = models.CharField(max_length=8, choices=Authority.choices, blank=True)
    given_by = models.CharField(max_length=300, blank=True)
    given_on = models.DateField(null=True, blank=True)
    words = models.TextField(blank=True)
    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    file_name = models.CharField(max_length=255, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    opened_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["block"], condition=Q(closed_at=None), name="one_open_carry_over_a_block_and_version"
            ),
            models.CheckConstraint(
                condition=~Q(answer="carries") | (~Q(authority="") & ~Q(given_by="") & Q(given_on__isnull=False)),
                name="carry_over_names_its_authority",
            ),
            models.CheckConstraint(condition=Q(answer__in=Answer.values), name="carry_over_answer_is_known"),
            models.CheckConstraint(
                condition=Q(authority="") | Q(authority__in=Authority.values), name="carry_over_authority_is_known"
            ),
            models.CheckConstraint(condition=~Q(block=F("source")), name="carry_over_is_from_another_block"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="closed_carry_over_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="carry_over_closes_after_it_opened"
            ),
        ]
        indexes = [models.Index(fields=["source"], condition=Q(closed_at=None), name="open_carry_overs_by_source")]

    def __str__(self) -> str:
        return f"{self.block}: {self.get_answer_display()}"
