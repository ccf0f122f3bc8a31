"""What is sent to signatories by e-mail: letters, each send of one, and when reminders go out by themselves."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.access import User
from signatures.models.carrying import CarryOver
from signatures.models.closing import Defect
from signatures.models.issued import Agreement, Packet


class LetterKind(models.TextChoices):
    PACKET = "packet", "packet"
    REMINDER = "reminder", "reminder"
    ASK_AGAIN = "ask again", "request to sign again"
    CARRY_OVER = "carry over", "question about an earlier signature"


class Letter(models.Model):
    """What counsel made of a letter's text for one agreement. Where there is no row, the text of the program holds."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="letters")
    kind = models.CharField(max_length=10, choices=LetterKind.choices)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["agreement", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "kind"], name="one_letter_a_kind_and_agreement"),
            models.CheckConstraint(condition=Q(kind__in=LetterKind.values), name="letter_kind_is_known"),
            models.CheckConstraint(
                condition=~Q(subject="") & ~Q(subject__contains="\n"), name="letter_subject_is_a_line"
            ),
            models.CheckConstraint(condition=Q(body__contains="{link}"), name="letter_holds_the_link"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}, {self.get_kind_display()}"


class DispatchState(models.TextChoices):
    QUEUED = "queued", "queued"
    SENDING = "sending", "sending"
    SENT = "sent", "sent"
    FAILED = "failed", "failed"
    BOUNCED = "bounced", "bounced"
    PERHAPS = "perhaps", "perhaps sent"


class Dispatch(models.Model):
    """One send of one letter to one address for one packet. `shown_to` and `shown_cc` are all whom it is addressed to.

    `body` is the text as sent but for the secret link, which stays the word {link}: the database alone opens nothing.
    `asks` are the rows by which parties were asked with it about an earlier signature. `asked_by` is empty for what the
    schedule of reminders asked for. A test opens nothing and counts for nothing.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, related_name="dispatches")
    kind = models.CharField(max_length=10, choices=LetterKind.choices)
    is_test = models.BooleanField(default=False)
    defect = models.ForeignKey(Defect, on_delete=models.PROTECT, null=True, blank=True, related_name="dispatches")
    asks = models.ManyToManyField(CarryOver, blank=True, related_name="letters")
    to = models.EmailField()
    is_copy = models.BooleanField(default=False)
    shown_to = ArrayField(models.EmailField(), default=list, blank=True)
    shown_cc = ArrayField(models.EmailField(), default=list, blank=True)
    subject = models.CharField(max_length=500)
    body = models.TextField()
    state = models.CharField(max_length=8, choices=DispatchState.choices, default=DispatchState.QUEUED)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    sending_since = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "dispatches"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=LetterKind.values), name="dispatch_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=DispatchState.values), name="dispatch_state_is_known"),
            models.CheckConstraint(condition=~Q(to="") & ~Q(subject=""), name="dispatch_says_to_whom_and_what"),
            models.CheckConstraint(
                condition=~Q(state__in=["failed", "bounced", "perhaps"]) | ~Q(reason=""),
                name="unsent_dispatch_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending"], settled_at=None)
                | (Q(settled_at__isnull=False) & ~Q(state__in=["queued", "sending"])),
                name="dispatch_is_settled_once_it_is_over",
            ),
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(sending_since__isnull=False), name="dispatch_is_sent_since_a_moment"
            ),
            models.UniqueConstraint(
                fields=["packet", "kind", "to"],
                condition=Q(state__in=["queued", "sending"], is_test=False),
                name="one_letter_of_a_kind_under_way_an_address",
            ),
        ]
        indexes = [
            models.Index(fields=["sending_since"], condition=Q(state="sending"), name="dispatches_being_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.to}"


class ReminderPlan(models.Model):
    """That reminders go out every so many days at a local hour until the deadline. A change closes it for another."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="reminder_plans")
    every_days = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(30)])
    at_hour = models.PositiveSmallIntegerField(validators=[MinValueValidator(7), MaxValueValidator(19)])
    opened_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(closed_at=None), name="one_open_reminder_plan_an_agreement"
            ),
            models.CheckConstraint(condition=Q(every_days__gte=1, every_days__lte=30), name="reminders_are_days_apart"),
            models.CheckConstraint(condition=Q(at_hour__gte=7, at_hour__lte=19), name="reminders_go_out_by_day"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="reminder_plan_closes_after_it_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}: every {self.every_days} days at {self.at_hour}:00"


class AccountLetter(models.Model):
    """A letter to a person with an account: that they were added to an agreement, or how to choose a new password.

    Its text is made when it is sent: the link in it opens the account, and is kept nowhere.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="letters")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="account_letters")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=DispatchState.choices, default=DispatchState.QUEUED)
    reason = models.TextField(blank=True)
    sending_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DispatchState.values), name="account_letter_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=DispatchState.QUEUED) | Q(sending_since__isnull=False),
                name="account_letter_says_since_when_it_is_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_state_display()}"
