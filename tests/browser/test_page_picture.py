"""The page beside the form follows what is typed, on the screen of the blocks and on that of the template."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from signatures.models import Agreement, SignatureBlock, User
from tests.signatures.conftest import LANTERN

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_page_follows_what_is_typed(
    agreement: Agreement, counsel: User, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    sign_in(page, counsel)
    page.goto(f"/agreements/{agreement.slug}/check/")
    page.fill("[name=form-3-entity]", "Lantern Capital II LLC")
    page.wait_for_selector("#page-picture :text('The signature page of Lantern Capital II LLC')")
    page.focus("[name=form-1-address]")
    page.wait_for_selector("#page-picture :text('The signature page of North Pier Fund, L.P.')")
    page.fill("[name=form-1-entity]", "東京")
    page.wait_for_selector("#page-picture :text('There is no font for')")
    assert SignatureBlock.objects.filter(entity=LANTERN).exists()
    page.goto(f"/agreements/{agreement.slug}/pages/template/")
    before = page.get_attribute("#page-picture img", "src")
    page.select_option("[name=paper]", "A4")
    page.wait_for_function("was => document.querySelector('#page-picture img').src !== was", arg=before)
    page.click(".page-picture-open")
    assert page.is_visible("#page-picture-large")
