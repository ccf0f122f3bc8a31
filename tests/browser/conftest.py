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


@pytest.fixture
def look_over(axe: Callable[[Page], None]) -> Callable[[Page], None]:
    """Look at a screen as it stands, wide and on a telephone: nothing that axe finds, and nothing beside the window."""

    def look(page: Page) -> None:
        # A telephone has the same colours.
        for width, schemes in ((1440, ("light", "dark")), (390, ("light",))):
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                axe(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        page.set_viewport_size({"width": 1440, "height": 900})

    return look
