"""Jobs as a worker takes them from the queue: those of the last version too, and those that broke off too often."""

from __future__ import annotations

import time
from typing import Any

import pytest
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.jobs import Job

from signatures import tasks
from signatures.domain.documents import document_reading
from signatures.domain.register import register_import
from signatures.models import Agreement, AuditEvent, User

from .conftest import DOCUMENT
from .test_register_import import queued

pytestmark = pytest.mark.django_db(transaction=True)  # a job first closes what connections are old


def take(task_name: str, args: dict[str, Any], attempts: int = 0) -> None:
    """Do a job with these arguments as a worker would that finds it in the queue."""
    job = Job(
        id=1, queue="reading", lock=None, queueing_lock=None, task_name=task_name, task_kwargs=args, attempts=attempts
    )
    context = JobContext(app=app, job=job, start_timestamp=time.time(), abort_reason=lambda: None)
    app.tasks[task_name](context, **args)


def test_a_register_that_was_queued_before_an_upgrade_is_imported(agreement: Agreement, counsel: User) -> None:
    one = queued(agreement, counsel)
    assert ProcrastinateJob.objects.get(task_name=register_import.TASK).args == {"work_id": one.pk}
    take(register_import.TASK, {"import_id": one.pk})
    one.refresh_from_db()
    assert (one.state, one.added, one.updated) == ("done", 1, 1)
    take(register_import.TASK, {"work_id": one.pk})
    assert AuditEvent.objects.filter(action="register imported", data__added=1).count() == 1


def test_a_document_that_was_queued_before_an_upgrade_is_read(agreement: Agreement, counsel: User) -> None:
    one = document_reading.queue(DOCUMENT.encode() + b"\n", "consent.txt", counsel)
    take(document_reading.TASK, {"reading_id": one.pk})
    one.refresh_from_db()
    assert one.state == "done" and one.agreement is not None
    assert one.agreement.title == agreement.title


@pytest.mark.parametrize("name", ["work_id", "import_id"])
def test_what_broke_off_too_often_is_refused_with_a_sentence(agreement: Agreement, counsel: User, name: str) -> None:
    one = queued(agreement, counsel)
    take(register_import.TASK, {name: one.pk}, attempts=tasks.MOST_WHILE_SOMEBODY_WAITS)
    one.refresh_from_db()
    assert (one.state, one.reason) == ("refused", register_import.GIVEN_UP)
