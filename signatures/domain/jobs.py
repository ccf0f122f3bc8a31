"""Jobs that an act leaves to a worker, added in the transaction of the act: both are there, or neither."""

from __future__ import annotations

READ_AGAIN_TASK = "signatures.tasks.read_page_again"
# Of the jobs that wait, the highest goes first; 0 is the rest, such as reading pages.
LETTER_PRIORITY, PERSON_WAITS_PRIORITY = 20, 10


def read_again(page_id: int) -> None:
    """Have a page read again as it is turned and identified by then."""
    from procrastinate.contrib.django import app

    app.configure_task(READ_AGAIN_TASK, queue="reading").defer(page_id=page_id)
