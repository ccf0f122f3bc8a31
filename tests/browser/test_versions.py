"""The screens of versions: nothing that axe finds, and a decision made with keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from signatures.domain.documents import carrying
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing, voiding
from signatures.models import Answer, User
from tests.signatures.conftest import LANTERN, NORTH, Collection
from tests.signatures.revised import block_of, come_back, revise, sign
from tests.signatures.test_carrying import EMAIL, executed

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_screens_of_versions(
    collection: Collection,
    page: Page,
    look_over: Callable[[Page], None],
    sign_in: Callable[[Page, User], None],
) -> None:
    sign(collection, NORTH)
    version = revise(collection)
    received = come_back(collection, LANTERN)
    carrying.decide(version, collection.counsel, Answer.CARRIES, {block_of(version, NORTH).pk: None}, EMAIL)
    made = issuing.issue(collection.agreement, collection.counsel)[0].packet
    old = collection.page(LANTERN).packet
    assert old is not None and made is not None
    voiding.void_packet(made, collection.counsel, "Mistake")
    sign_in(page, collection.counsel)
    inside = f"/agreements/{collection.agreement.slug}/"
    for address in (
        *(f"{inside}{part}/" for part in ("versions", "versions/2", "carry-over", "pages", f"desk/{received.pk}")),
        f"/p/{distribution.link_token(old)}/",
    ):
        page.goto(address)
        look_over(page)


def test_a_signature_carries_over_by_keys_and_is_taken_back_by_one(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    sign(collection, LANTERN)
    revise(collection)
    sign_in(page, collection.counsel)
    page.goto(f"/agreements/{collection.agreement.slug}/carry-over/?show=ask")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.select_option("#id_authority", "email")
    page.fill("#id_given_by", "Ruth Vale")
    page.fill("#id_given_on", "2021-03-09")
    page.get_by_role("heading", name="Earlier signatures").click()
    page.keyboard.press("c")
    page.get_by_text("Carries over: 1 party.").wait_for()
    assert executed(collection) == 1_000_000
    page.keyboard.press("Backspace")
    page.get_by_text("Undone for 1 party.").wait_for()
    assert executed(collection) == 0
