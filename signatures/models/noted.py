"""What somebody wrote down about a party: a call, an arrangement, a thing to remember. Its words never change."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement


class Note(models.Model):
    """A note on a party of an agreement. It may be struck, and then stands there struck; that can be undone.

    `is_contact`: it tells of a call or a talk with the party, and so counts as contact.
    """

    LONGEST = 2000

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="notes_made")
    party = models.ForeignKey("holders.Party", on_delete=models.PROTECT, related_name="notes_made")
    words = models.TextField()
    is_contact = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(words=""), name="note_says_something"),
            models.CheckConstraint(
                condition=Q(struck_at=None, struck_by=None) | Q(struck_at__gte=F("made_at"), struck_by__isnull=False),
                name="struck_note_says_by_whom",
            ),
        ]
        indexes = [models.Index(fields=["agreement", "party"], name="notes_of_a_party")]
        triggers = [
            pgtrigger.ReadOnly(
                name="a_note_never_changes",
                fields=["agreement", "party", "words", "is_contact", "made_at", "made_by"],
            ),
            pgtrigger.Protect(name="a_note_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.party}: {self.words[:60]}"
