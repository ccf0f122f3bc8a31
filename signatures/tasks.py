"""Background jobs. Each only calls the domain; running one twice is harmless."""

from __future__ import annotations

from collections.abc import Callable

from django.db import close_old_connections
from django.utils import timezone
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from signatures.domain import jobs, work
from signatures.models import (
    DocumentReading,
    OwnPdfSearch,
    RegisterImport,
    RegisterPreview,
    StatusFile,
    VersionReading,
)

MOST_ATTEMPTS = 5
MOST_WHILE_SOMEBODY_WAITS = 3
WHILE_SOMEBODY_WAITS = RetryStrategy(max_attempts=MOST_WHILE_SOMEBODY_WAITS, wait=3)
GIVEN_UP = (
    "This file could not be read although it was tried several times. Look at it, and tell whoever runs the site."
)


@app.task(name="signatures.tasks.make_blanks", queue="reading", retry=RetryStrategy(max_attempts=MOST_ATTEMPTS))
def make_blanks(agreement_id: int) -> None:
    """Make the pictures of issued pages before a page comes back that is compared with them."""
    from signatures.domain.pages import blanks

    close_old_connections()
    blanks.make(agreement_id)


@app.task(
    name="signatures.tasks.read_page_again",
    queue="reading",
    retry=RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=4),
)
def read_page_again(page_id: int) -> None:
    """Read a page again as a person turned or identified it. Without it the page stays as it was read."""
    from signatures.domain.counterparts import reading_again

    close_old_connections()
    reading_again.read_again(page_id)


@app.task(
    name="signatures.tasks.read_submission",
    queue="reading",
    retry=RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=4),
    pass_context=True,
)
def read_submission(context: JobContext, submission_id: int) -> None:
    """Read a submission page by page. After the last attempt what is left of it waits for a person."""
    # Imported here, so that the web server does not load what only a worker needs.
    from signatures.domain.counterparts import reading

    # A worker lives for weeks: a connection that the database has dropped meanwhile is made anew.
    close_old_connections()
    finished = False
    try:
        reading.read(submission_id)
        finished = True
    finally:
        if not finished and context.job is not None and context.job.attempts >= MOST_ATTEMPTS - 1:
            reading.give_up(submission_id, GIVEN_UP)


@app.task(name="signatures.tasks.import_register", queue="reading", retry=WHILE_SOMEBODY_WAITS, pass_context=True)
def import_register(context: JobContext, work_id: int = 0, import_id: int = 0) -> None:
    """Import a register: all of its good rows, or none. Jobs of an earlier version say `import_id`."""
    from signatures.domain.register import register_import

    _for_somebody(context, RegisterImport, work_id or import_id, register_import.run, register_import.GIVEN_UP)


@app.task(name="signatures.tasks.read_document", queue="reading", retry=WHILE_SOMEBODY_WAITS, pass_context=True)
def read_document(context: JobContext, work_id: int = 0, reading_id: int = 0) -> None:
    """Read a document into a new agreement. Jobs of an earlier version say `reading_id`."""
    from signatures.domain.documents import document_reading

    _for_somebody(context, DocumentReading, work_id or reading_id, document_reading.run, document_reading.GIVEN_UP)


@app.task(name="signatures.tasks.preview_register", queue="reading", retry=WHILE_SOMEBODY_WAITS, pass_context=True)
def preview_register(context: JobContext, work_id: int) -> None:
    """Find what a register would do."""
    from signatures.domain.register import register_preview

    _for_somebody(context, RegisterPreview, work_id, register_preview.run)


@app.task(name="signatures.tasks.read_version", queue="reading", retry=WHILE_SOMEBODY_WAITS, pass_context=True)
def read_version(context: JobContext, work_id: int) -> None:
    """Read a document as a new version of an agreement, and compare it with the one before."""
    from signatures.domain.documents import version_reading

    _for_somebody(context, VersionReading, work_id, version_reading.run)


@app.task(name="signatures.tasks.search_own_pdf", queue="reading", retry=WHILE_SOMEBODY_WAITS, pass_context=True)
def search_own_pdf(context: JobContext, work_id: int) -> None:
    """Look for signature pages in a PDF of counsel's."""
    from signatures.domain.pages import own_pages_search

    _for_somebody(context, OwnPdfSearch, work_id, own_pages_search.run)


@app.task(name="signatures.tasks.make_status_file", queue="reading", retry=WHILE_SOMEBODY_WAITS, pass_context=True)
def make_status_file(context: JobContext, work_id: int) -> None:
    """Make a report of a large collection, in the words of the screens."""
    from signatures.views.reports import status_files

    _for_somebody(context, StatusFile, work_id, status_files.make)


def _for_somebody(
    context: JobContext, kind: work.Kind, work_id: int, run: Callable[[int], None], sentence: str = work.GIVEN_UP
) -> None:
    """Do what a person waits for. After the last attempt it is refused with a sentence."""
    close_old_connections()
    # How often it was begun before: in vain, or by a worker that did not live to end it.
    tried = context.job.attempts if context.job is not None else 0
    if tried >= MOST_WHILE_SOMEBODY_WAITS:
        work.give_up(kind, work_id, sentence)
    else:
        run(work_id)


@app.task(name="signatures.tasks.send_dispatch", queue="sending")
def send_dispatch(dispatch_id: int) -> None:
    """Send one letter. What became of it is on its row: a second run finds it there and does nothing."""
    from signatures.domain.packets import posting

    close_old_connections()
    posting.send(dispatch_id)


@app.task(name="signatures.tasks.send_account_letter", queue="sending")
def send_account_letter(letter_id: int) -> None:
    """Send one letter to a person with an account. A second run does nothing."""
    from signatures.domain import account_letters

    close_old_connections()
    account_letters.send(letter_id)


@app.periodic(cron="* * * * *")
@app.task(
    name="signatures.tasks.settle_lost_dispatches",
    queue="sending",
    priority=jobs.LETTER_PRIORITY,
    queueing_lock="settle lost dispatches",
)
def settle_lost_dispatches(timestamp: int) -> None:
    """Call what a worker did not live to record "perhaps sent"."""
    from signatures.domain import account_letters
    from signatures.domain.packets import posting

    close_old_connections()
    posting.settle_lost()
    account_letters.settle_lost()


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="signatures.tasks.queue_due_reminders",
    queue="sending",
    priority=jobs.LETTER_PRIORITY,
    queueing_lock="queue due reminders",
)
def queue_due_reminders(timestamp: int) -> None:
    """Queue the reminders that are due by a plan."""
    from signatures.domain.packets import reminder_plan

    close_old_connections()
    reminder_plan.queue_due(timezone.now())


@app.periodic(cron="*/2 * * * *")
@app.task(
    name="signatures.tasks.collect_delivery_reports",
    queue="sending",
    priority=jobs.LETTER_PRIORITY,
    queueing_lock="collect delivery reports",
)
def collect_delivery_reports(timestamp: int) -> None:
    """Enter which letters came back, as the mailbox tells that they were sent from. Without one, nothing."""
    from signatures.domain.packets import mailbox

    close_old_connections()
    mailbox.collect()
