"""The small collection, also for the browser; a worker beside it, and signing in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from signatures.domain.counterparts import reading
from signatures.models import Submission, User
from tests.signatures.conftest import agreement, collection, counsel, once, shared_sheet, stranger, viewer

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["agreement", "collection", "counsel", "once", "shared_sheet", "stranger", "viewer"]


@pytest.fixture
def worker(transactional_db: None) -> Iterator[None]:
    """Something that reads what waits, as long as the test runs."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            for submission in Submission.objects.filter(state=Submission.State.WAITING):
                reading.read(submission.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.fixture
def sign_in() -> Callable[[Page, User], None]:
    """Sign a person of the small collection in through the screen for it."""

    def through_the_screen(page: Page, user: User) -> None:
        page.goto("/sign-in/")
        page.fill("input[name=username]", user.email)
        page.fill("input[name=password]", "a long enough password")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/")

    return through_the_screen
