"""Where counsel put a received page: beside the order in which it was received, which never changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.received import ReceivedPage, Submission


class PagePlace(models.Model):
    """Under which file a page stands, at which position, and whether a document of its own `begins` with it.

    A file whose pages stand as they were received has no rows; once one of them is moved, all of them have one.
    """

    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="places")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="places")
    position = models.PositiveIntegerField()
    begins = models.BooleanField(default=False)
    placed_at = models.DateTimeField(default=timezone.now)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["submission", "position"]
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=Q(closed_at=None), name="a_page_stands_in_one_place"),
            models.UniqueConstraint(
                fields=["submission", "position"], condition=Q(closed_at=None), name="one_page_stands_in_a_place"
            ),
            models.CheckConstraint(
                condition=Q(begins=True) | Q(position__gt=0), name="a_document_begins_with_the_first_page"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("placed_at")), name="place_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page}, at {self.position + 1} of {self.submission}"
