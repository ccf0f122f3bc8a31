"""Background jobs. Each only calls the domain; running one twice is harmless."""

from __future__ import annotations

from django.db import close_old_connections
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app


@app.task(
    name="signatures.tasks.read_submission",
    queue="reading",
    retry=RetryStrategy(max_attempts=5, exponential_wait=4),
)
def read_submission(submission_id: int) -> None:
    """Read a submission page by page."""
    # Imported here, so that the web server does not load what only a worker needs.
    from signatures.domain import reading

    # A worker lives for weeks: a connection that the database has dropped meanwhile is made anew.
    close_old_connections()
    reading.read(submission_id)
