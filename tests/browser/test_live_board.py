"""An open board: what comes in shows itself, and nothing that a person is doing there is lost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from signatures.domain.decisions import undoing
from signatures.domain.tally import tabulation
from signatures.models import ReceivedPage, SignatureBlock, User
from tests.signatures.conftest import LANTERN, NORTH, SOUTH, Collection

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN = 15_000  # milliseconds: a board asks every second, and a busy machine takes its time to answer


def test_a_page_arrives_while_rows_are_ticked_and_a_note_is_half_typed(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    rows = dict(SignatureBlock.objects.values_list("entity", "pk"))
    # The copy is drawn before: what is measured is how long the board takes to show it.
    copy = collection.scan(SOUTH)
    sign_in(page, collection.counsel)
    page.set_viewport_size({"width": 1280, "height": 420})
    page.goto(f"/agreements/{collection.agreement.slug}/")
    for entity in (NORTH, LANTERN):
        page.locator(f"#row-{rows[entity]} input[name=holder]").check()
    page.keyboard.press("n")
    note = page.get_by_label("Note on those ticked")
    note.wait_for()
    page.keyboard.type("Spoke to Otto: he sig")
    page.evaluate("window.scrollTo(0, 120)")
    at = page.evaluate("window.scrollY")
    collection.send(copy)
    page.locator(f"#row-{rows[SOUTH]} .state", has_text="In review").wait_for(timeout=WITHIN)
    page.locator("#arrivals-list .arrival", has_text="South Pier Fund").wait_for(timeout=WITHIN)
    assert page.evaluate("document.activeElement.name") == "note"
    page.keyboard.type("ns today")
    assert note.input_value() == "Spoke to Otto: he signs today"
    ticked = page.locator("input[name=holder]:checked").evaluate_all("boxes => boxes.map(box => Number(box.value))")
    assert set(ticked) == {rows[NORTH], rows[LANTERN]}
    assert page.evaluate("window.scrollY") == at


def test_what_another_decides_shows_while_the_search_has_focus_and_a_menu_is_open(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None], chromium: Browser
) -> None:
    tabulation.set_threshold(collection.agreement, "most", Decimal(95), actor=collection.counsel)
    south = SignatureBlock.objects.get(entity=SOUTH)
    collection.send(collection.scan(SOUTH))
    board = f"/agreements/{collection.agreement.slug}/"
    sign_in(page, collection.counsel)
    page.goto(board)
    menu = page.locator(".arrange details").first
    menu.locator("summary").click()
    search = page.get_by_role("searchbox")
    search.focus()
    page.keyboard.type("Ott")
    context = chromium.new_context(
        base_url=page.url.partition("/agreements/")[0], viewport={"width": 1280, "height": 800}
    )
    other = context.new_page()
    sign_in(other, collection.counsel)
    other.goto(f"{board}desk/")
    state = page.locator(f"#row-{south.pk} .state")
    other.get_by_role("button", name="Accept").first.wait_for()
    other.keyboard.press("Enter")
    state.get_by_text("Executed").wait_for(timeout=WITHIN)
    page.locator(".tally-percent", has_text="30").wait_for(timeout=WITHIN)
    page.keyboard.type("o Bra")
    other.goto(board)
    undoing.undo(ReceivedPage.objects.get(), collection.counsel)
    for one in (page, other):
        one.locator(f"#row-{south.pk} .state", has_text="In review").wait_for(timeout=WITHIN)
    page.keyboard.type("nd")
    assert search.input_value() == "Otto Brand"
    assert page.evaluate("document.activeElement.type") == "search"
    assert menu.get_attribute("open") is not None
    context.close()
