"""Links through which a client without an account looks at the board's figures."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement


class ClientLink(models.Model):
    """A link that shows where a collection stands, and changes nothing.

    Its secret is derived from a key and `public_id`: it is not stored. It works until `ends_at`, unless it was
    withdrawn. `visits` are times that a person came, half an hour or more after the last one.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="client_links")
    client = models.CharField("for whom", max_length=200)
    with_amounts = models.BooleanField(default=False)
    ends_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    first_opened_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    visits = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(client=""), name="client_link_says_for_whom"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("made_at")), name="client_link_ends_after_it_was_made"),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="withdrawn_client_link_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(visits=0, first_opened_at=None, last_opened_at=None)
                | Q(
                    visits__gt=0,
                    first_opened_at__isnull=False,
                    last_opened_at__isnull=False,
                    last_opened_at__gte=F("first_opened_at"),
                ),
                name="client_link_was_opened_as_often_as_it_says",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, for {self.client}"
