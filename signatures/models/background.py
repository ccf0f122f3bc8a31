"""What a worker does for a person who waits for it: how far it is, and what came of it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement, FurtherDocument, StoredFile, Version
from signatures.models.own_pages import OwnPdf


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
            models.CheckConstraint(condition=Q(step__in=[0, 1, 2, 3]), name="step_of_a_document_is_known"),
            models.UniqueConstraint(
                fields=["file", "asked_by"],
                condition=Q(state__in=["queued", "running"]),
                name="a_person_has_a_document_read_once_at_a_time",
            ),
        ]


class RegisterPreview(Work):
    """What a register would do, for who handed it in. `mapping` and `decisions` are as those of an import, the mapping
    None where the headings say it; `shown` is, once it is done, what `domain.register.register_preview` says.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="register_previews")
    mapping = models.JSONField(null=True, blank=True)
    decisions = models.JSONField(default=dict)
    columns_changed = models.BooleanField(default=False, help_text="It was to be applied, but under other columns")
    rows = models.PositiveIntegerField(null=True, blank=True)
    compared = models.PositiveIntegerField(default=0)
    shown = models.JSONField(null=True, blank=True)

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.CheckConstraint(
                condition=Q(state="done", shown__isnull=False) | (~Q(state="done") & Q(shown=None)),
                name="a_preview_that_is_done_shows_something",
            ),
        ]


class VersionReading(Work):
    """The reading of a document as a new version of an agreement, and how its text differs from the one before; where
    `further_title` is given, as a further document of that title, which is signed by whom `signs` says.

    It names the version as soon as that is kept; a reading that is queued with a version only compares it.
    """

    class Step(models.IntegerChoices):
        WAITING = 0, "Waiting for its turn"
        PARSING = 1, "Finding parties and signature blocks"
        KEEPING = 2, "Keeping the document and a copy to read"
        COMPARING = 3, "Comparing it with the version before"

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="version_readings")
    step = models.PositiveSmallIntegerField(choices=Step.choices, default=Step.WAITING)
    version = models.ForeignKey(Version, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    further_title = models.CharField(max_length=200, blank=True)
    signs = models.CharField(max_length=7, choices=FurtherDocument.Signs.choices, blank=True)

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.CheckConstraint(
                condition=Q(further_title="", signs="") | (~Q(further_title="") & ~Q(signs="")),
                name="a_further_document_says_who_signs_it",
            ),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(state__in=["queued", "running"]),
                name="one_version_is_read_at_a_time_an_agreement",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(version__isnull=False), name="a_version_that_was_read_is_there"
            ),
            models.CheckConstraint(condition=Q(step__in=[0, 1, 2, 3]), name="step_of_a_version_is_known"),
            models.CheckConstraint(
                condition=Q(signs="") | Q(signs__in=FurtherDocument.Signs.values),
                name="who_signs_a_document_to_be_read_is_known",
            ),
        ]


class TextComparison(models.Model):
    """How the text of a version differs from an earlier one, as `domain.documents.text_changes` finds it: [[kind,
    number of paragraphs, [[kind, words]]]]."""

    before = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="+")
    after = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="comparisons")
    passages = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["before", "after"], name="two_versions_are_compared_once"),
            models.CheckConstraint(condition=~Q(before=F("after")), name="a_version_is_compared_with_another"),
        ]

    def __str__(self) -> str:
        return f"{self.after} beside {self.before.number}"


class OwnPdfSearch(Work):
    """The search for signature pages in a PDF of counsel's, which names what was found once it is done."""

    class Step(models.IntegerChoices):
        WAITING = 0, "Waiting for its turn"
        LOOKING = 1, "Looking for pages with lines to sign on"
        KEEPING = 2, "Keeping the pages and saying whose each line seems to be"

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="own_pdf_searches")
    step = models.PositiveSmallIntegerField(choices=Step.choices, default=Step.WAITING)
    page = models.PositiveIntegerField(null=True, blank=True, help_text="Looked at just now")
    pages = models.PositiveIntegerField(null=True, blank=True)
    pdf = models.ForeignKey(OwnPdf, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta(Work.Meta):
        constraints = [
            *Work.Meta.constraints,
            models.UniqueConstraint(
                fields=["version"],
                condition=Q(state__in=["queued", "running"]),
                name="one_own_pdf_is_searched_at_a_time_a_version",
            ),
            models.CheckConstraint(
                condition=Q(state="done", pdf__isnull=False) | (~Q(state="done") & Q(pdf=None)),
                name="an_own_pdf_that_was_searched_is_there",
            ),
            models.CheckConstraint(condition=Q(step__in=[0, 1, 2]), name="step_of_a_search_is_known"),
        ]
