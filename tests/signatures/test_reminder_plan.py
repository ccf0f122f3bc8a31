"""When reminders go out by themselves: never at night, on a weekend, after the deadline or to one who owes nothing."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from signatures.domain.errors import Refused
from signatures.domain.packets import posting, reminder_plan, sending
from signatures.models import AuditEvent, Dispatch, DispatchState, LetterKind, ReminderPlan, SignatureBlock

from .conftest import LANTERN, NORTH, Collection
from .postbox import Postbox, postbox

__all__ = ["postbox"]

ZONES = ["America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "UTC"]
MOMENTS = st.datetimes(datetime.datetime(2007, 1, 1), datetime.datetime(2037, 1, 1), timezones=st.just(datetime.UTC))
EVERY, HOURS = st.integers(1, 30), st.integers(7, 19)


@given(MOMENTS, EVERY, HOURS, st.sampled_from(ZONES))
def test_it_is_due_at_the_hour_of_the_first_weekday_that_is_late_enough(
    since: datetime.datetime, every: int, hour: int, zone: str
) -> None:
    due = reminder_plan.next_due(since, every, hour, zone, None)
    assert due is not None
    local, before = due.astimezone(ZoneInfo(zone)), since.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (hour, 0)
    assert local.weekday() < 5
    days = (local.date() - before.date()).days
    assert every <= days <= every + 2
    skipped = [before.date() + datetime.timedelta(days=extra) for extra in range(every, days)]
    assert all(day.weekday() >= 5 for day in skipped)
    assert reminder_plan.may_write_now(due, hour, zone)


@given(MOMENTS, EVERY, HOURS, st.sampled_from(ZONES), MOMENTS)
def test_nothing_is_due_at_the_deadline_or_after(
    since: datetime.datetime, every: int, hour: int, zone: str, deadline: datetime.datetime
) -> None:
    free = reminder_plan.next_due(since, every, hour, zone, None)
    due = reminder_plan.next_due(since, every, hour, zone, deadline)
    assert due == (free if free is not None and free < deadline else None)


@given(MOMENTS, HOURS, st.sampled_from(ZONES))
def test_nobody_is_written_to_at_night_or_on_a_weekend(now: datetime.datetime, hour: int, zone: str) -> None:
    local = now.astimezone(ZoneInfo(zone))
    expected = local.weekday() in range(5) and local.hour in range(hour, 20)
    assert reminder_plan.may_write_now(now, hour, zone) is expected


def at(day: int, hour: int) -> datetime.datetime:
    """A moment of September 2007 in New York: the 24th was a Monday."""
    return datetime.datetime(2007, 9, day, hour, 5, tzinfo=ZoneInfo("America/New_York"))


@pytest.fixture
def mail(settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "localhost", "pages@firm.example"


def send_on_monday(collection: Collection) -> None:
    sending.send_packets(collection.agreement, collection.counsel)
    Dispatch.objects.update(state=DispatchState.SENT, asked_at=at(24, 10), settled_at=at(24, 10))


@pytest.mark.django_db
def test_a_plan_reminds_each_once_when_it_is_due(collection: Collection, mail: None) -> None:
    reminder_plan.set_plan(collection.agreement, 3, 9, collection.counsel)
    assert reminder_plan.queue_due(at(27, 9)) == 0  # nothing was sent yet, so there is nothing to remind of
    send_on_monday(collection)
    assert [reminder_plan.queue_due(at(*when)) for when in ((26, 9), (27, 8), (27, 21))] == [0, 0, 0]
    assert [reminder_plan.queue_due(at(27, 9)), reminder_plan.queue_due(at(27, 9))] == [2, 0]
    assert Dispatch.objects.filter(kind=LetterKind.REMINDER, asked_by=None).count() == 2
    assert AuditEvent.objects.filter(action="letters queued", actor=None).count() == 1
    Dispatch.objects.filter(kind=LetterKind.REMINDER).update(
        state=DispatchState.FAILED, reason="refused", asked_at=at(27, 9), settled_at=at(27, 9)
    )
    assert reminder_plan.queue_due(at(28, 9)) == 0  # a refusal is not repeated before its time
    assert reminder_plan.queue_due(at(30, 12)) == 0  # three days later is a Sunday
    assert reminder_plan.queue_due(datetime.datetime(2007, 10, 1, 13, 5, tzinfo=datetime.UTC)) == 2


@pytest.mark.django_db
def test_who_has_signed_who_cannot_be_reached_and_a_deadline_end_it(collection: Collection, mail: None) -> None:
    reminder_plan.set_plan(collection.agreement, 1, 9, collection.counsel)
    send_on_monday(collection)
    SignatureBlock.objects.filter(entity=LANTERN).update(state="in review")
    pier = Dispatch.objects.filter(packet=collection.page(NORTH).packet)
    pier.update(state=DispatchState.BOUNCED, reason="no such mailbox")
    assert reminder_plan.queue_due(at(25, 9)) == 0
    pier.update(state=DispatchState.SENT, reason="")
    collection.agreement.due_at = at(25, 9)
    collection.agreement.save()
    assert reminder_plan.queue_due(at(25, 10)) == 0
    collection.agreement.due_at = at(28, 9)
    collection.agreement.save()
    assert reminder_plan.queue_due(at(25, 10)) == 1


@pytest.mark.django_db
def test_a_change_closes_the_plan_for_another(collection: Collection, mail: None, settings: Any) -> None:
    for days, hour in ((0, 9), (31, 9), (3, 6), (3, 20)):
        with pytest.raises(Refused):
            reminder_plan.set_plan(collection.agreement, days, hour, collection.counsel)
    reminder_plan.set_plan(collection.agreement, 3, 9, collection.counsel)
    second = reminder_plan.set_plan(collection.agreement, 5, 10, collection.counsel)
    assert reminder_plan.plan_of(collection.agreement) == second
    assert ReminderPlan.objects.count() == 2
    reminder_plan.end_plan(collection.agreement, collection.counsel)
    send_on_monday(collection)
    assert reminder_plan.queue_due(at(28, 12)) == 0
    said = AuditEvent.objects.filter(action__contains="remind").order_by("sequence").values_list("action", flat=True)
    assert list(said) == ["reminders planned", "reminders planned", "planned reminders ended"]
    settings.EMAIL_HOST = ""
    assert reminder_plan.queue_due(at(28, 12)) == 0


@given(MOMENTS, HOURS, st.sampled_from(ZONES))
def test_what_may_not_be_written_now_waits_for_the_next_hours_and_no_longer(
    now: datetime.datetime, hour: int, zone: str
) -> None:
    later = reminder_plan.next_hours(now, hour, zone)
    assert reminder_plan.may_write_now(later, hour, zone)
    assert now <= later <= now + datetime.timedelta(days=4)
    assert (later == now) is reminder_plan.may_write_now(now, hour, zone)


@pytest.mark.django_db
def test_a_planned_reminder_that_comes_late_waits_for_the_day_and_one_by_hand_does_not(
    collection: Collection, postbox: Postbox
) -> None:
    reminder_plan.set_plan(collection.agreement, 3, 9, collection.counsel)
    send_on_monday(collection)
    assert reminder_plan.queue_due(at(28, 18)) == 2
    first, second = Dispatch.objects.filter(kind=LetterKind.REMINDER).order_by("pk")
    posting.send(first.pk, at(28, 22))
    posting.send(first.pk, at(29, 12))
    first.refresh_from_db()
    monday = datetime.datetime(2007, 10, 1, 9, tzinfo=ZoneInfo("America/New_York"))
    assert (first.state, postbox.caught) == ("queued", [])
    jobs = ProcrastinateJob.objects.filter(task_name=sending.SEND_TASK).exclude(scheduled_at=None)
    assert [(job.args, job.scheduled_at) for job in jobs] == [({"dispatch_id": first.pk}, monday)] * 2
    posting.send(first.pk, monday)
    posting.send(first.pk, monday)
    assert len(postbox.caught) == 1
    Dispatch.objects.filter(pk=second.pk).update(asked_by=collection.counsel)
    posting.send(second.pk, at(28, 22))
    assert len(postbox.caught) == 2


@pytest.mark.django_db
def test_a_planned_reminder_is_not_sent_after_the_plan_or_the_deadline(
    collection: Collection, postbox: Postbox
) -> None:
    reminder_plan.set_plan(collection.agreement, 3, 9, collection.counsel)
    send_on_monday(collection)
    reminder_plan.queue_due(at(27, 9))
    first, second = Dispatch.objects.filter(kind=LetterKind.REMINDER).order_by("pk")
    collection.agreement.due_at = at(28, 8)
    collection.agreement.save()
    posting.send(first.pk, at(27, 21))
    reminder_plan.end_plan(collection.agreement, collection.counsel)
    posting.send(second.pk, at(27, 10))
    said = Dispatch.objects.filter(kind=LetterKind.REMINDER).order_by("pk").values_list("state", "reason")
    assert list(said) == [("failed", reminder_plan.DEADLINE_PASSED), ("failed", reminder_plan.PLAN_ENDED)]
    assert postbox.caught == []


@pytest.mark.django_db
def test_when_the_plan_reminds_next_is_told(collection: Collection, mail: None) -> None:
    plan = reminder_plan.set_plan(collection.agreement, 3, 9, collection.counsel)
    assert reminder_plan.upcoming(plan, at(24, 12)) is None
    send_on_monday(collection)
    on_the_hour = datetime.timedelta(minutes=5)
    assert reminder_plan.upcoming(plan, at(25, 9)) == (at(27, 9) - on_the_hour, 2)
    assert reminder_plan.upcoming(plan, at(27, 21)) == (at(28, 9) - on_the_hour, 2)
    SignatureBlock.objects.filter(entity=LANTERN).update(state="in review")
    assert reminder_plan.upcoming(plan, at(25, 9)) == (at(27, 9) - on_the_hour, 1)
    plan.agreement.due_at = at(27, 8)
    assert reminder_plan.upcoming(plan, at(25, 9)) is None
