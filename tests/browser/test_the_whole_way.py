"""The whole way in a browser: from a document to a link, a photo, the desk by keyboard, and a board that moves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from signatures.domain.packets import distribution
from signatures.models import Agreement, Packet, ReceivedPage, SignatureBlock, User
from signatures.paper import returns
from tests.signatures.conftest import DOCUMENT, LANTERN, NORTH, REGISTER, SOUTH, Collection
from tests.signatures.workers import do_what_waits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, FilePayload, Page

pytestmark = pytest.mark.django_db(transaction=True)


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_from_a_document_to_an_executed_page(
    counsel: User,
    page: Page,
    chromium: Browser,
    live_server: object,
    worker: None,
    sign_in: Callable[[Page, User], None],
) -> None:
    counsel.is_staff = True
    counsel.save()
    sign_in(page, counsel)
    link = _set_up(page)
    agreement = Agreement.objects.get()
    board = page.context.new_page()
    board.goto(f"/agreements/{agreement.slug}/")
    board.get_by_text("0 of 3 holders").wait_for()

    telephone = chromium.new_context(viewport={"width": 390, "height": 844}).new_page()
    telephone.goto(link)
    telephone.get_by_role("heading", name="Lantern Capital").wait_for()
    assert "Pier" not in telephone.content()
    photo = returns.as_photo(Collection(agreement, counsel).sheet(LANTERN), seed=5)
    telephone.locator("input[type=file]").first.set_input_files(file("photo.jpg", photo))
    telephone.get_by_text("Signature found").wait_for()
    telephone.get_by_text("Counsel has it and will look at it").wait_for()
    board.locator(".state", has_text="In review").wait_for(timeout=15_000)

    page.goto(f"/agreements/{agreement.slug}/")
    page.keyboard.press("r")
    page.get_by_text("What this page executes").wait_for()
    page.wait_for_load_state("networkidle")  # the keys work when the page's scripts have run
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    # The board was open all the while and was never loaded anew.
    board.get_by_text("1 of 3 holders").wait_for(timeout=15_000)
    board.get_by_text("$1,000,000 of").wait_for()
    telephone.get_by_text("Accepted, held in escrow until counsel releases it").wait_for()
    telephone.context.close()


def _set_up(page: Page) -> str:
    """Go from the list of agreements to the packets, and return the link that stands beside Ruth Vale."""
    page.get_by_role("link", name="New agreement").first.click()
    page.get_by_label("The agreement").set_input_files(file("consent.txt", DOCUMENT.encode()))
    page.get_by_role("button", name="Read the agreement").click()
    page.get_by_text("Waiting for its turn").wait_for()
    do_what_waits()
    lantern = page.locator("section[data-source]").filter(has=page.get_by_role("heading", name="Lantern"))
    lantern.get_by_label("Title").fill("Managing Director")
    shown = page.locator(".source .is-shown")
    assert "Name of Holder: Lantern Capital LLC" in shown.first.inner_text()
    assert "Title: Director" in shown.last.inner_text()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("A register as CSV or Excel").set_input_files(file("holders.csv", REGISTER))
    page.get_by_role("button", name="Show what it will do").click()
    page.get_by_text("Waiting for its turn").wait_for()
    do_what_waits()
    page.get_by_text("0 to add, 3 to change, 0 as they are, 0 refused").wait_for()
    page.get_by_role("button", name="Apply the good rows").click()
    page.get_by_text("Importing holders").wait_for()
    do_what_waits()
    page.get_by_text("Last import: holders").wait_for()
    page.get_by_role("cell", name="$6,000,000").wait_for()
    page.get_by_role("link", name="On to the pages").click()
    page.get_by_role("button", name="Issue these pages").click()
    page.get_by_text("Issued: 4 pages.").wait_for()
    assert SignatureBlock.objects.get(entity=LANTERN).lines.get().title == "Managing Director"
    return page.get_by_label("Link for Ruth Vale").input_value()


def test_counsel_drops_a_scan_and_the_open_board_moves(
    collection: Collection, page: Page, worker: None, sign_in: Callable[[Page, User], None]
) -> None:
    sign_in(page, collection.counsel)
    page.goto(f"/agreements/{collection.agreement.slug}/")
    scan = collection.scan(NORTH, SOUTH)
    page.locator("input[type=file]").first.set_input_files(file("scan.pdf", scan))
    page.locator(".state", has_text="In review").nth(1).wait_for()
    assert ReceivedPage.objects.filter(state="matched").count() == 2


def test_the_queue_by_keys_with_undo(collection: Collection, page: Page, sign_in: Callable[[Page, User], None]) -> None:
    sheets = [collection.sheet(NORTH), collection.sheet(LANTERN, strike_out=True), collection.sheet(SOUTH, signs=())]
    collection.send(returns.as_scan(sheets))
    sign_in(page, collection.counsel)
    page.goto(f"/agreements/{collection.agreement.slug}/desk/")

    def comes_up(name: str, pages: int) -> None:
        page.locator(".desk-block h3", has_text=name).wait_for()
        page.locator(".queue-head", has_text=f"{pages} page").wait_for()

    comes_up(NORTH, 3)  # certain, and wants a word only: first
    page.keyboard.press("2")
    assert page.locator("[data-sheets]").get_attribute("data-view") == "overlay"
    page.keyboard.press("s")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    comes_up(LANTERN, 2)
    page.keyboard.press("d")
    page.keyboard.press("0")
    page.get_by_text("Defect recorded: Changed by hand.").wait_for()
    comes_up(SOUTH, 1)
    page.get_by_role("button", name="Not signed, next").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    entities = (NORTH, LANTERN, SOUTH)
    assert [collection.state(one) for one in entities] == ["executed", "defective", "defective"]
    page.keyboard.press("Backspace")
    comes_up(SOUTH, 1)
    page.keyboard.press("y")  # counsel sees better than the machine
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    assert [collection.state(one) for one in entities] == ["executed", "defective", "executed"]


def test_another_page_is_found_by_typing_and_a_refusal_keeps_what_was_typed(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    collection.send(collection.scan(NORTH))
    sign_in(page, collection.counsel)
    page.goto(f"/agreements/{collection.agreement.slug}/desk/")
    page.keyboard.press("m")
    page.keyboard.type("vale")
    page.locator("#found button").filter(has_text="LANTERN").or_(
        page.locator("#found button", has_text=LANTERN)
    ).click()
    page.get_by_text("Now say what is signed.").wait_for()
    page.keyboard.press("y")
    page.get_by_label("Amount on the page").fill("a million")
    page.keyboard.press("Enter")
    page.get_by_text("“a million” is not an amount.").wait_for()
    assert page.get_by_label("Amount on the page").input_value() == "a million"
    page.get_by_label("Amount on the page").fill("1,000,000")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    assert (collection.state(LANTERN), collection.state(NORTH)) == ("executed", "outstanding")


def test_two_people_decide_about_one_page_and_the_second_is_told(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    collection.send(collection.scan(NORTH, LANTERN))
    sign_in(page, collection.counsel)
    slow = page.context.new_page()
    # Whoever hears of it in time is told before, and is led to the next page.
    slow.route(re.compile("/desk/queue/"), lambda route: route.abort())
    slow.goto(f"/agreements/{collection.agreement.slug}/desk/")
    page.goto(slow.url)
    page.keyboard.press("Enter")
    page.get_by_text("Accepted: ").wait_for()
    slow.bring_to_front()
    slow.wait_for_load_state("networkidle")
    slow.keyboard.press("Enter")
    slow.get_by_text("Somebody else decided about this page a moment ago. Nothing was changed.").wait_for()
    assert collection.state(NORTH) == "executed"
    assert collection.state(LANTERN) == "in review"


def test_a_link_shows_its_own_pages_and_takes_files_without_scripts(
    collection: Collection, chromium: Browser, live_server: object, worker: None
) -> None:
    own, other = collection.page(LANTERN), collection.page(NORTH)
    assert own.packet is not None
    base = f"{live_server.url}/p/"  # type: ignore[attr-defined]
    link = f"{base}{distribution.link_token(own.packet)}/"
    plain = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = plain.new_page()
    page.goto(link)
    assert "Pier" not in page.content()
    assert page.goto(f"{link}page/{other.plain_number}.pdf").status == 404  # type: ignore[union-attr]
    assert page.request.get(f"{link}page/{own.plain_number}.pdf").status == 200
    token = distribution.link_token(own.packet)
    assert page.goto(f"{base}{token[:-2]}AA/").status == 404  # type: ignore[union-attr]
    page.goto(link)
    scan = file("signed.pdf", collection.scan(LANTERN))
    page.locator("input[type=file]").nth(1).set_input_files(scan)
    page.get_by_role("button", name="Send the file").click()
    page.get_by_text("Received: signed.pdf.").wait_for()
    for _ in range(100):
        page.reload()
        if page.get_by_text("Signature found").count():
            break
    page.get_by_text("Signature found").wait_for()
    assert Packet.objects.get(pk=own.packet.pk).last_opened_at is None  # no script ran: it may have been a machine
    plain.close()
