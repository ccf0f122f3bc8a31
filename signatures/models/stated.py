"""What a signatory typed through the link about a page that leaves a particular blank."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from signatures.models.issued import Packet, Particular, SignatureBlock
from signatures.models.received import ReceivedPage


class Statement(models.Model):
    """A particular as the signatory stated it: nothing that stands on the page, and nothing that counts by itself.

    `line` is the position of the signature line in its block, `generation` which link of the packet was used,
    `stated_by` whose link that was, as it read then. Rows are only ever added; the newest of a particular counts.
    """

    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="statements")
    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="statements")
    line = models.PositiveSmallIntegerField()
    particular = models.CharField(max_length=10, choices=Particular.choices)
    text = models.CharField(max_length=200)
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="statements")
    generation = models.PositiveIntegerField()
    stated_by = models.CharField(max_length=300)
    stated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(particular__in=Particular.values), name="stated_particular_is_known"),
            models.CheckConstraint(condition=~Q(text=""), name="a_statement_says_something"),
            models.CheckConstraint(condition=Q(line__gte=1, generation__gte=1), name="a_statement_is_about_a_line"),
        ]
        indexes = [models.Index(fields=["block", "line", "particular", "-id"], name="newest_statements")]
        triggers = [
            pgtrigger.Trigger(
                name="statements_are_only_added",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'statements are only ever added';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_particular_display()} of {self.block}, stated by {self.stated_by}"
