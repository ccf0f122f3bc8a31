"""Reminders that go out by themselves: every so many days, by day and on weekdays where the agreement is at home."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.domain.packets import sending
from signatures.domain.queries.setup import packets as issued_packets
from signatures.models import Agreement, Dispatch, DispatchState, LetterKind, Packet, ReminderPlan, User

FIRST_HOUR, LAST_HOUR, MOST_DAYS = 7, 19, 30
EVENING = 20  # whoever comes late, because no worker ran, does not write after this hour
PLAN_ENDED = "The plan of reminders was ended before it could be sent."
DEADLINE_PASSED = "The deadline came before it could be sent."
WENT_OUT = (DispatchState.SENT, DispatchState.PERHAPS)
UNDER_WAY = (DispatchState.QUEUED, DispatchState.SENDING)


def next_due(
    since: datetime.datetime, every_days: int, hour: int, zone: str, deadline: datetime.datetime | None
) -> datetime.datetime | None:
    """Return when the reminder after a letter of `since` is due: so many days later in that zone at that hour, or on
    the first weekday after. None where the deadline comes first. The answer is in UTC."""
    day = since.astimezone(ZoneInfo(zone)).date() + datetime.timedelta(days=every_days)
    while day.weekday() >= 5:
        day += datetime.timedelta(days=1)
    due = datetime.datetime.combine(day, datetime.time(hour), ZoneInfo(zone)).astimezone(datetime.UTC)
    return due if deadline is None or due < deadline else None


def may_write_now(now: datetime.datetime, hour: int, zone: str) -> bool:
    """Tell whether it is a weekday there, past the hour of the plan and not yet evening."""
    local = now.astimezone(ZoneInfo(zone))
    return local.weekday() < 5 and hour <= local.hour < EVENING


def next_hours(now: datetime.datetime, hour: int, zone: str) -> datetime.datetime:
    """Return when one may write there: now, or else at the plan's hour of the first weekday to come. In UTC."""
    if may_write_now(now, hour, zone):
        return now
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() + datetime.timedelta(days=0 if local.hour < hour else 1)
    while day.weekday() >= 5:
        day += datetime.timedelta(days=1)
    return datetime.datetime.combine(day, datetime.time(hour), ZoneInfo(zone)).astimezone(datetime.UTC)


def hold(one: Dispatch, now: datetime.datetime) -> datetime.datetime | str | None:
    """Tell what keeps a letter that is about to be sent back: None for nothing, the moment until which it is to wait,
    or the sentence why it is not sent at all.

    Only what a plan asked for is held: while no worker ran it may have become night, or the plan may have ended.
    """
    if one.kind != LetterKind.REMINDER or one.asked_by_id is not None or one.is_test:
        return None
    agreement = one.packet.agreement
    plan = plan_of(agreement)
    if plan is None:
        return PLAN_ENDED
    later = next_hours(now, plan.at_hour, agreement.time_zone)
    if agreement.due_at is not None and agreement.due_at <= later:
        return DEADLINE_PASSED
    return later if later > now else None


def plan_of(agreement: Agreement) -> ReminderPlan | None:
    """Return the plan in force."""
    return agreement.reminder_plans.filter(closed_at=None).select_related("opened_by").first()


@transaction.atomic
def set_plan(agreement: Agreement, every_days: int, hour: int, by: User) -> ReminderPlan:
    """Remind by itself from now on, in place of the plan in force. Raises Refused for days or an hour out of bounds."""
    if not 1 <= every_days <= MOST_DAYS:
        raise Refused(f"Reminders are 1 to {MOST_DAYS} days apart.")
    if not FIRST_HOUR <= hour <= LAST_HOUR:
        raise Refused(f"Reminders go out by day: at an hour from {FIRST_HOUR} to {LAST_HOUR}.")
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    agreement.reminder_plans.filter(closed_at=None).update(closed_at=timezone.now())
    plan = ReminderPlan.objects.create(agreement=agreement, every_days=every_days, at_hour=hour, opened_by=by)
    audit.record(agreement, by, "reminders planned", every_days=every_days, hour=hour, zone=agreement.time_zone)
    return plan


@transaction.atomic
def end_plan(agreement: Agreement, by: User) -> None:
    """Remind by hand alone from now on."""
    if agreement.reminder_plans.filter(closed_at=None).update(closed_at=timezone.now()):
        audit.record(agreement, by, "planned reminders ended")


def queue_due(now: datetime.datetime) -> int:
    """Queue every reminder that is due by a plan; run twice, it queues once. Returns how many."""
    if not sending.is_set_up():
        return 0
    return sum(
        _queue_due(plan, now) for plan in ReminderPlan.objects.filter(closed_at=None).values_list("pk", flat=True)
    )


@transaction.atomic
def _queue_due(plan_id: int, now: datetime.datetime) -> int:
    plan = ReminderPlan.objects.select_for_update().filter(pk=plan_id, closed_at=None).first()
    if plan is None:
        return 0
    agreement = Agreement.objects.select_related("issuer").get(pk=plan.agreement_id)
    passed = agreement.due_at is not None and now >= agreement.due_at
    if passed or not may_write_now(now, plan.at_hour, agreement.time_zone):
        return 0
    letters = _letters(agreement)
    wanted = [
        packet
        for packet in issued_packets(agreement)
        if (due := next_of(plan, agreement, packet, letters.get(packet.pk, []))) is not None and due <= now
    ]
    if not wanted:
        return 0
    plan.last_at = now
    plan.save(update_fields=["last_at"])
    return len(sending.queue(agreement, LetterKind.REMINDER, wanted, None).dispatches)


def _letters(agreement: Agreement) -> dict[int, list[Dispatch]]:
    """Return the letters of each packet, newest first, without tests and copies."""
    found: dict[int, list[Dispatch]] = {}
    for one in Dispatch.objects.filter(packet__agreement=agreement, is_test=False, is_copy=False).order_by("-pk"):
        found.setdefault(one.packet_id, []).append(one)
    return found


def next_of(
    plan: ReminderPlan, agreement: Agreement, packet: Packet, letters: list[Dispatch]
) -> datetime.datetime | None:
    """Return when a packet (of `queries.setup.packets`) is due by a plan, given its letters, newest first.

    It counts from the last letter of any kind, whatever became of it: a refusal is not repeated all day long. None for
    whom nothing is outstanding, and whose packet has not gone out, or whose last letter came back or is under way.
    """
    own = next((one for one in letters if one.kind == LetterKind.PACKET), None)
    if own is None or own.state not in WENT_OUT or not sending.to_sign(packet):
        return None
    if letters[0].state in (*UNDER_WAY, DispatchState.BOUNCED):
        return None
    return next_due(letters[0].asked_at, plan.every_days, plan.at_hour, agreement.time_zone, agreement.due_at)


def upcoming(plan: ReminderPlan, now: datetime.datetime) -> tuple[datetime.datetime, int] | None:
    """Return when the plan reminds next, and how many packets: None where nobody is due before the deadline.

    In UTC, and as things stand now: whoever signs before is left out, and a letter by hand puts its packet off.
    """
    agreement, letters = plan.agreement, _letters(plan.agreement)
    dues = [next_of(plan, agreement, one, letters.get(one.pk, [])) for one in issued_packets(agreement)]
    moments = [next_hours(max(due, now), plan.at_hour, agreement.time_zone) for due in dues if due]
    first = min(moments, default=None)
    if first is None or (agreement.due_at is not None and first >= agreement.due_at):
        return None
    return first, moments.count(first)
