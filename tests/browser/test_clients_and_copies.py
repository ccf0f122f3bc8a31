"""A client follows the figures through a link, which counts as opened; the key B binds the copy that one is on."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from signatures.domain import client_links
from signatures.domain.tally import tabulation
from signatures.models import BestCopy, ClientLink, Counterpart, Match, ReceivedPage, SignatureBlock, User
from tests.signatures.conftest import SOUTH, Collection

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_client_follows_the_figures(collection: Collection, counsel: User, page: Page) -> None:
    until = datetime.date.today() + datetime.timedelta(days=2)
    link = client_links.make(collection.agreement, "Harbor Light", until, True, counsel)
    page.goto(f"/look/{client_links.token(link)}/")
    assert ClientLink.objects.get().visits == 0
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), clause="§ 9.02", actor=None)
    page.get_by_text("short by $5,000,000.01").first.wait_for(timeout=10_000)
    assert ClientLink.objects.get().visits == 1
    assert page.locator("form, button").count() == 0


def test_b_binds_the_copy_that_one_is_on(
    collection: Collection, counsel: User, page: Page, sign_in: Callable[[Page, User], None]
) -> None:
    south = SignatureBlock.objects.get(entity=SOUTH)
    for channel in ("fax", "email"):
        submission = collection.send(channel.encode(), f"{channel}.pdf", channel=channel, read=False)
        copy = ReceivedPage.objects.create(
            submission=submission, index=0, agreement=collection.agreement, state="matched"
        )
        Match.objects.create(page=copy, signature_page=collection.page(SOUTH), method="code")
        Counterpart.objects.create(page=copy, block=south, lines=[1], accepted_by=counsel)
    sign_in(page, counsel)
    page.goto(f"/agreements/{collection.agreement.slug}/parties/{south.pk}/")
    page.keyboard.press("j")
    page.keyboard.press("b")
    page.get_by_text("Best copy, bound as chosen").wait_for()
    assert BestCopy.objects.get(closed_at=None).page.submission.channel == "fax"
    page.locator(".message").get_by_role("button", name="Undo").click()
    page.get_by_text("Best copy, bound by the rule").wait_for()
    assert not BestCopy.objects.filter(closed_at=None).exists()
