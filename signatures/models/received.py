"""What came back: submissions, their pages, what the machine saw, and which issued page each one is.

`db_index=False`, here and in the other tables that grow by the thousand: an index or a constraint of the table begins
with the column anyway.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import Agreement, Channel, Packet, SignaturePage, StoredFile


class Submission(models.Model):
    """One file that came in by one channel. Its agreement may be open: each page finds its own through its match.

    That a packet is of the file's own agreement is a foreign key of both columns, file_is_for_its_packets_agreement,
    made by a migration.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be read"
        READ = "read", "read"
        UNREADABLE = "unreadable", "could not be opened"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions", db_index=False
    )
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    sender = models.CharField(max_length=300, blank=True)
    received_by = models.ForeignKey(
        "signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField(default=timezone.now)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="submissions")
    original_name = models.CharField(max_length=255)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    page_count = models.PositiveIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)

    class Meta:
        ordering = ["-received_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="submission_channel_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "read", "unreadable"]), name="submission_state_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="unreadable") | ~Q(reason=""), name="unreadable_submission_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(state="read") | Q(page_count__isnull=False), name="read_submission_knows_its_pages"
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "-received_at", "-id"], name="files_as_received"),
            models.Index(fields=["agreement"], condition=~Q(state="read"), name="files_not_read"),
        ]

    def __str__(self) -> str:
        return self.original_name


class PageState(models.TextChoices):
    WAITING = "waiting", "waiting to be read"
    MATCHED = "matched", "identified"
    REVIEW = "review", "for review"
    SET_ASIDE = "set_aside", "set aside"


class ReceivedPage(models.Model):
    """One page of a submission. It is in exactly one state at every moment, and is never deleted.

    `needs_person` says that it stands in the review queue, `question` why, in words. `settled_at` is when a person or
    the rule that a person switched on decided about it. That the current reading is of this page is a foreign key of
    both columns, current_reading_is_of_the_page, made by a migration.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="pages", db_index=False)
    index = models.PositiveIntegerField()
    agreement = models.ForeignKey(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="received_pages", db_index=False
    )
    state = models.CharField(max_length=10, choices=PageState.choices, default=PageState.WAITING)
    reason = models.TextField(blank=True)
    needs_person = models.BooleanField(default=False)
    question = models.TextField(blank=True)
    urgency = models.PositiveSmallIntegerField(default=0)
    # A file is never deleted, nor asked for the page that it is the picture of: no index.
    upright = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    thumbnail = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    turned = models.PositiveSmallIntegerField(
        default=0, help_text="Degrees clockwise by which a person turned the page as it was read"
    )
    as_read = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="The picture before a person turned it",
    )
    pixels_sha256 = models.CharField(max_length=64, blank=True)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="copies")
    current_reading = models.ForeignKey(
        "signatures.Reading", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    read_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    by_rule = models.BooleanField(default=False)
    held_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["submission", "index"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "index"], name="a_page_is_received_once"),
            models.CheckConstraint(condition=Q(state__in=PageState.values), name="received_page_state_is_known"),
            models.CheckConstraint(condition=~Q(state="set_aside") | ~Q(reason=""), name="page_set_aside_says_why"),
            models.CheckConstraint(
                condition=Q(needs_person=False) | Q(settled_at=None), name="settled_page_needs_nobody"
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of=None) | ~Q(duplicate_of=F("id")), name="page_copies_another"
            ),
            models.CheckConstraint(condition=Q(turned__in=[0, 90, 180, 270]), name="page_is_turned_by_quarters"),
            models.CheckConstraint(
                condition=Q(turned=0) | Q(as_read__isnull=False), name="turned_page_keeps_its_picture_as_read"
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(needs_person=False), name="waiting_page_needs_nobody"
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None, by_rule=False) | Q(settled_at__isnull=False),
                name="page_is_settled_by_whom_once_it_is",
            ),
            models.CheckConstraint(
                condition=Q(held_by=None, held_until=None) | Q(held_by__isnull=False, held_until__isnull=False),
                name="held_page_says_by_whom_and_until_when",
            ),
            models.CheckConstraint(
                condition=Q(pixels_sha256__regex=r"^([0-9a-f]{64})?$"), name="received_page_has_the_hash_of_its_pixels"
            ),
        ]
        indexes = [
            models.Index(fields=["agreement", "urgency", "id"], condition=Q(needs_person=True), name="review_queue"),
            models.Index(fields=["agreement", "-read_at"], name="arrivals"),
            models.Index(fields=["agreement", "-current_reading"], name="newest_reading"),
            models.Index(fields=["pixels_sha256"], name="received_page_by_pixels"),
        ]

    def __str__(self) -> str:
        return f"{self.submission}, page {self.index + 1}"


class Reading(models.Model):
    """What one engine version saw on a received page (see `signatures.paper.reading.Reading`). Never changed."""

    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="readings", db_index=False)
    engine = models.CharField(max_length=60)
    kind = models.CharField(max_length=14)
    data = models.JSONField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["page", "id"]
        constraints = [
            models.UniqueConstraint(fields=["page", "engine"], name="one_reading_a_page_and_engine"),
            models.CheckConstraint(
                condition=Q(kind__in=["issued", "unidentified", "cover", "empty", "foreign", "failed"]),
                name="reading_kind_is_known",
            ),
            # What a page's current reading refers to, together with the page (current_reading_is_of_the_page).
            models.UniqueConstraint(fields=["id", "page"], name="reading_with_its_page"),
        ]

    def __str__(self) -> str:
        return f"{self.page} by {self.engine}"


class Match(models.Model):
    """That a received page is an issued page, by its code or as a person said. A correction closes it."""

    class Method(models.TextChoices):
        CODE = "code", "its code"
        PERSON = "person", "a person"

    page = models.ForeignKey(ReceivedPage, on_delete=models.PROTECT, related_name="matches")
    signature_page = models.ForeignKey(SignaturePage, on_delete=models.PROTECT, related_name="matches")
    method = models.CharField(max_length=6, choices=Method.choices)
    matched_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "matches"
        constraints = [
            models.UniqueConstraint(fields=["page"], condition=Q(closed_at=None), name="one_open_match_a_page"),
            models.CheckConstraint(condition=Q(method__in=["code", "person"]), name="match_method_is_known"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="match_closes_after_it_opened"
            ),
            models.CheckConstraint(
                condition=~Q(method="person") | Q(matched_by__isnull=False), name="a_match_by_a_person_names_the_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.page} is {self.signature_page}"
