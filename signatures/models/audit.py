"""What happened, in order: one chain an agreement, and one for what belongs to none. Rows are only ever added."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from signatures.models.issued import Agreement


class AuditEvent(models.Model):
    """One act. `digest` is the SHA-256 of the event's content and the digest before it."""

    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="events", db_index=False
    )
    chain = models.CharField(max_length=80)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    actor_label = models.CharField(max_length=300)
    action = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ["chain", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_events_are_numbered_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="audit_events_count_from_one"),
        ]
        indexes = [
            models.Index(fields=["agreement", "-at"], name="audit_events_by_time"),
            # For what is asked as `data__contains`: the events that name a page, say.
            GinIndex(fields=["data"], opclasses=["jsonb_path_ops"], name="audit_events_by_what_they_name"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="audit_events_are_only_added",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete | pgtrigger.Truncate,
                level=pgtrigger.Statement,
                func="RAISE EXCEPTION 'audit events are only ever added';",
            )
        ]

    def __str__(self) -> str:
        return f"{self.sequence}. {self.action} by {self.actor_label}"


class AuditHead(models.Model):
    """The last event of a chain. Locked as the last thing in a transaction that adds to it."""

    chain = models.CharField(max_length=80, primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default="0" * 64)
