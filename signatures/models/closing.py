"""What counts: thresholds, counterparts, executions and defects. Rows are closed, never overwritten."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement, SignatureBlock
from signatures.models.received import ReceivedPage


class Threshold(models.Model):
    """How much is enough, of what, and the clause that says so."""

    class Base(models.TextChoices):
        PRINCIPAL = "principal", "principal outstanding, without disregarded notes"
        WHOLE = "whole", "principal outstanding, disregarded notes included"
        ANSWERED = "answered", "principal of those who answered"
        HEADS = "heads", "number of holders"
        EACH = "each", "each affected holder: everyone must sign"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="thresholds")
    name = models.CharField(max_length=120)
    clause = models.CharField(max_length=120, blank=True)
    percent = models.DecimalField(max_digits=9, decimal_places=6)
    inclusive = models.BooleanField(default=False, help_text="Met at exactly this percentage, not only above it")
    base = models.CharField("of what", max_length=10, choices=Base.choices, default=Base.PRINCIPAL)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["percent", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "name"], condition=Q(closed_at=None), name="one_open_threshold_of_a_name"
            ),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="threshold_is_a_percentage"),
            models.CheckConstraint(condition=~Q(name=""), name="threshold_has_a_name"),
            models.CheckConstraint(
                condition=Q(base__in=["principal", "whole", "answered", "heads", "each"]),
                name="threshold_base_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(base="each") | Q(percent=100, inclusive=True), name="each_affected_holder_is_everyone"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="threshold_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.percent.normalize()} %"


class Counterpart(models.Model):
    """An accepted received page, for one block: which signature lines of it are signed there. Held in escrow."""

    class Original(models.TextChoices):
        NONE = "none", "none wanted"
        TO_FOLLOW = "to follow", "original to follow"
        RECEIVED = "received", "original received"

    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="counterparts")
    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="counterparts")
    lines = models.JSONField(help_text="Positions of the signature lines that are signed on this page")
    accepted_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, related_name="+")
    by_rule = models.BooleanField(default=False)
    amount_written = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    original = models.CharField(max_length=10, choices=Original.choices, default=Original.NONE)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(original__in=["none", "to follow", "received"]), name="counterpart_original_is_known"
            ),
            models.UniqueConstraint(
                fields=["page", "block"], condition=Q(closed_at=None), name="one_open_counterpart_a_page_and_block"
            ),
            models.CheckConstraint(
                condition=Q(amount_written=None) | Q(amount_written__gte=0), name="amount_written_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="counterpart_closes_after_it_opened",
            ),
        ]
        indexes = [models.Index(fields=["block"], condition=Q(closed_at=None), name="open_counterparts_by_block")]

    def __str__(self) -> str:
        return f"{self.block} on {self.page}"


class Execution(models.Model):
    """That a block is executed: all its required lines are signed on open counterparts."""

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="executions")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["block"], condition=Q(closed_at=None), name="one_open_execution_a_block"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="execution_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.block}, executed {self.opened_at:%Y-%m-%d %H:%M} UTC"


class Defect(models.Model):
    """What is wrong with a received page, for one of its blocks or as a whole.

    One that is closed says by what it was cured (words, or the page that came instead), or why it was waived and by
    whom. `closed_by` is empty where the program closed it.
    """

    class Code(models.TextChoices):
        NOT_SIGNED = "not_signed", "Page received, not signed"
        LINE_MISSING = "line_missing", "One of two signatures is missing"
        PARTICULAR = "particular", "A required particular is missing"
        AMOUNT = "amount", "The amount differs from the register"
        WRONG_PERSON = "wrong_person", "Signed by another person or in another capacity"
        CONDITIONAL = "conditional", "Signed on a condition"
        WRONG_VERSION = "wrong_version", "Signed on a superseded version"
        CUT_OFF = "cut_off", "Part of the page is cut off"
        ILLEGIBLE = "illegible", "Illegible"
        ALTERED = "altered", "Changed by hand"
        OTHER_AGREEMENT = "other_agreement", "A page of another agreement"

    class Outcome(models.TextChoices):
        CURED = "cured", "cured"
        WAIVED = "waived", "waived"
        WITHDRAWN = "withdrawn", "withdrawn"

    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="defects")
    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    code = models.CharField(max_length=15, choices=Code.choices)
    note = models.TextField(blank=True)
    opened_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    outcome_note = models.TextField(blank=True)
    closed_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    cured_by = models.ForeignKey(
        ReceivedPage, on_delete=models.PROTECT, null=True, blank=True, related_name="defects_cured"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome__in=["", "cured", "waived", "withdrawn"]), name="defect_outcome_is_known"
            ),
            models.UniqueConstraint(
                fields=["page", "block", "code"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="a_defect_is_open_once",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="waived") | (~Q(outcome_note="") & Q(closed_by__isnull=False)),
                name="waived_defect_says_why_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="cured") | ~Q(outcome_note="") | Q(cured_by__isnull=False),
                name="cured_defect_says_by_what",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                name="closed_defect_says_how",
            ),
            models.CheckConstraint(
                condition=Q(
                    code__in=[
                        "not_signed",
                        "line_missing",
                        "particular",
                        "amount",
                        "wrong_person",
                        "conditional",
                        "wrong_version",
                        "cut_off",
                        "illegible",
                        "altered",
                        "other_agreement",
                    ]
                ),
                name="defect_code_is_known",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="defect_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return self.get_code_display()
