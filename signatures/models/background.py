"""What a worker does for a person who waits for it: how far it is, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement, StoredFile


class WorkState(models.TextChoices):
    QUEUED = "queued", "queued"
    RUNNING = "running", "running"
    DONE = "done", "done"
    REFUSED = "refused", "refused"


class Work(models.Model):
    """A file that somebody handed in to be worked on. Refused says why, and that nothing was changed by it."""

    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    asked_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=7, choices=WorkState.choices, default=WorkState.QUEUED)
    reason = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WorkState.values), name="%(class)s_state_is_known"),
            models.CheckConstraint(
                condition=(Q(state="refused") & ~Q(reason="")) | (~Q(state="refused") & Q(reason="")),
                name="%(class)s_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], settled_at=None)
                | Q(state__in=["done", "refused"], settled_at__isnull=False),
                name="%(class)s_is_settled_once_it_is_over",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_under_way(self) -> bool:
        return self.state in (WorkState.QUEUED, WorkState.RUNNING)


class RegisterImport(Work):
    """The import of a register. `mapping` is our column name to its place in the file, from 0; `decisions` are by row
    number "same" or "new". `refused` are the rows that were not taken, as [row number, holder, reason]."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="register_imports")
    mapping = models.JSONField()
    decisions = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(null=True, blank=True)
    compared = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=list)

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=["queued", "running"]),
                name="one_register_under_way_an_agreement",
            ),
            models.CheckConstraint(
                condition=Q(rows=None, rows_done=0) | Q(rows_done__lte=F("rows")), name="rows_done_are_of_the_rows"
            ),
        ]


class DocumentReading(Work):
    """The reading of a document into a new agreement, which it names once it is done."""

    class Step(models.IntegerChoices):
        WAITING = 0, "Waiting for its turn"
        PARSING = 1, "Finding parties and signature blocks"
        KEEPING = 2, "Keeping the document and a copy to read"
        ENTERING = 3, "Entering parties, signatories and blocks"

    step = models.PositiveSmallIntegerField(choices=Step.choices, default=Step.WAITING)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="done", agreement__isnull=False) | (~Q(state="done") & Q(agreement=None)),
                name="a_document_that_was_read_is_an_agreement",
            ),
        ]
