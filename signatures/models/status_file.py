"""Reports on the status of a collection that are too long to be made while somebody's browser waits for an answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from signatures.models.background import WorkState
from signatures.models.issued import Agreement, StoredFile


class StatusFile(models.Model):
    """A report that a worker makes, and its file once it is made. Asked for by nobody: through a client's link."""

    class Kind(models.TextChoices):
        PDF = "pdf", "PDF"
        XLSX = "xlsx", "workbook"
        CSV = "csv", "CSV file"

    class Step(models.IntegerChoices):
        WAITING = 0, "Waiting for its turn"
        GATHERING = 1, "Gathering where every party stands"
        SETTING = 2, "Setting the pages"
        KEEPING = 3, "Keeping the file"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="status_files")
    kind = models.CharField(max_length=4, choices=Kind.choices)
    with_amounts = models.BooleanField()
    with_defects = models.BooleanField()
    asked_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=7, choices=WorkState.choices, default=WorkState.QUEUED)
    step = models.PositiveSmallIntegerField(choices=Step.choices, default=Step.WAITING)
    reason = models.TextField(blank=True)
    as_of = models.DateTimeField(null=True, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=WorkState.values), name="status_file_state_is_known"),
            models.CheckConstraint(condition=Q(kind__in=["pdf", "xlsx", "csv"]), name="status_file_kind_is_known"),
            models.CheckConstraint(condition=Q(step__in=[0, 1, 2, 3]), name="step_of_a_status_file_is_known"),
            models.CheckConstraint(
                condition=(Q(state="refused") & ~Q(reason="")) | (~Q(state="refused") & Q(reason="")),
                name="status_file_refused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="done", file__isnull=False, as_of__isnull=False, settled_at__isnull=False)
                | Q(state="refused", file=None, settled_at__isnull=False)
                | Q(state__in=["queued", "running"], file=None, settled_at=None),
                name="status_file_is_there_once_it_is_done",
            ),
            models.UniqueConstraint(
                fields=["agreement", "kind", "with_amounts", "with_defects"],
                condition=Q(state__in=["queued", "running"]),
                name="one_status_file_of_a_kind_under_way",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, {self.get_kind_display()}"

    @property
    def is_under_way(self) -> bool:
        return self.state in (WorkState.QUEUED, WorkState.RUNNING)
