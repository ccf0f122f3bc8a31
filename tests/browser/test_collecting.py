"""The whole way in a browser: a holder's photo, the desk by keyboard, the board that moves; and axe on every screen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from signatures.domain import distribution, reading
from signatures.models import ReceivedPage, Submission
from signatures.paper import returns
from tests.signatures.conftest import LANTERN, NORTH, SOUTH, Collection

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def read_all() -> None:
    """Read what waits, as a worker does, beside the browser."""

    def work() -> None:
        for submission in Submission.objects.filter(state="waiting"):
            reading.read(submission.pk)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def until_received() -> None:
    """Wait until the server has a file and its receipt."""
    deadline = time.monotonic() + 10
    while not Submission.objects.exists():
        assert time.monotonic() < deadline, "no file arrived within ten seconds"
        time.sleep(0.05)


def sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.fill("input[name=username]", email)
    page.fill("input[name=password]", "a long enough password")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def test_a_photo_from_a_link_is_accepted_by_keyboard_and_the_board_moves(
    collection: Collection, page: Page, chromium: Any, live_server: Any
) -> None:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    telephone = chromium.new_context(base_url=live_server.url, viewport={"width": 390, "height": 844}).new_page()
    telephone.goto(f"/p/{distribution.link_token(packet)}/")
    assert "Pier" not in telephone.content()
    photo = {
        "name": "photo.jpg",
        "mimeType": "image/jpeg",
        "buffer": returns.as_photo(collection.sheet(LANTERN), seed=5),
    }
    telephone.locator("input[type=file]").first.set_input_files(photo)
    until_received()
    sign_in(page, collection.counsel.email)
    page.goto(f"/agreements/{collection.agreement.slug}/")
    page.get_by_text("0 of 3 holders").wait_for()
    read_all()
    telephone.get_by_text("Signature found").wait_for()
    page.get_by_text("In review").first.wait_for()
    page.keyboard.press("r")
    page.get_by_text("What this page executes").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    page.goto(f"/agreements/{collection.agreement.slug}/")
    page.get_by_text("1 of 3 holders").wait_for()
    assert collection.state(LANTERN) == "executed"
    telephone.close()


def test_counsel_uploads_and_the_open_board_moves_by_itself(collection: Collection, page: Page) -> None:
    sign_in(page, collection.counsel.email)
    page.goto(f"/agreements/{collection.agreement.slug}/")
    scan = returns.as_scan([collection.sheet(NORTH), collection.sheet(SOUTH)])
    field = page.locator("input[type=file]").first
    field.set_input_files({"name": "scan.pdf", "mimeType": "application/pdf", "buffer": scan})
    until_received()
    read_all()
    page.get_by_text("Signed, amount left blank").first.wait_for(timeout=4000)
    assert ReceivedPage.objects.filter(state="matched").count() == 2


@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_on_any_screen(
    collection: Collection, page: Page, axe: Callable[[Page], None], width: int
) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH), collection.sheet(SOUTH, signs=())]))
    packet = collection.page(LANTERN).packet
    assert packet is not None
    page.set_viewport_size({"width": width, "height": 900})
    for public in ("/sign-in/", f"/p/{distribution.link_token(packet)}/", "/nowhere/"):
        page.goto(public)
        axe(page)
    sign_in(page, collection.counsel.email)
    inside = f"/agreements/{collection.agreement.slug}/"
    received = ReceivedPage.objects.earliest("id").pk
    for screen in (
        "/",
        "/agreements/new/",
        *(inside + part for part in ("", "desk/", "received/", f"received/{received}/", "check/", "register/")),
        *(inside + part for part in ("pages/", "packets/", "terms/")),
    ):
        page.goto(screen)
        axe(page)
