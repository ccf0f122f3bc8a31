"""What is overwritten in place, and what it was until then."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import BlockState, SignatureBlock


class BlockChange(models.Model):
    """That a block's state changed. The state at a past moment is what it was before the first change after that."""

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="changes", db_index=False)
    before = models.CharField(max_length=12)
    after = models.CharField(max_length=12)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="a_change_of_state_changes_it"),
            models.CheckConstraint(
                condition=Q(before__in=BlockState.values, after__in=BlockState.values),
                name="states_of_a_change_are_known",
            ),
        ]
        indexes = [models.Index(fields=["block", "at"], name="changes_of_a_block_in_time")]

    def __str__(self) -> str:
        return f"{self.block}: {self.before} to {self.after}"
