"""An open board: what comes in shows itself, and nothing that a person is doing there is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from signatures.models import SignatureBlock, User
from tests.signatures.conftest import LANTERN, NORTH, SOUTH, Collection

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN = 15_000  # milliseconds: a screen asks every 1.5 s, and a busy machine takes its time to answer


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
