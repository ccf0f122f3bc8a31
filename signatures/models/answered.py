"""What a holder answered through the link when asked whether an earlier signature stands."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone

from signatures.models.carrying import CarryOver
from signatures.models.issued import Packet


class QuestionAnswer(models.Model):
    """An answer to the question that `asked` (a CarryOver of ASKED) stands for. Nothing counts by it: counsel decides.

    `said_by` is the name that was typed, `generation` which link of the packet was used. Rows are only ever added; the
    newest of a question counts.
    """

    asked = models.ForeignKey(CarryOver, on_delete=models.PROTECT, related_name="answers")
    stands = models.BooleanField()
    said_by = models.CharField(max_length=200)
    words = models.CharField(max_length=1000, blank=True)
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="answers")
    generation = models.PositiveIntegerField()
    said_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(said_by=""), name="an_answer_says_who_gave_it")]
        triggers = [
            pgtrigger.Trigger(
                name="answers_are_only_added",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'answers are only ever added';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.asked.block}: {'stands' if self.stands else 'signs again'}, said {self.said_by}"
