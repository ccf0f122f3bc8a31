"""Every screen, light and dark, wide and on a telephone: nothing that axe finds, and nothing beside the window."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from holders.models import Party
from signatures.domain import client_links, files
from signatures.domain.decisions import review, undoing
from signatures.domain.documents import document_reading
from signatures.domain.packets import asking, distribution
from signatures.domain.pages import own_pages_search
from signatures.domain.register import register_import
from signatures.domain.tally import proxies, status_files, tabulation
from signatures.models import OwnPdfSearch, ReceivedPage, SignatureBlock, Threshold, User
from signatures.paper import returns
from tests.browser.test_documents import release
from tests.paper.own_pdf import drawn, ruled, underscored
from tests.signatures.conftest import LANTERN, NORTH, SOUTH, Collection
from tests.signatures.revised import revise, sign
from tests.signatures.workers import do_what_waits, own_pages_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_a_worker_does_while_one_waits(
    collection: Collection,
    page: Page,
    look_over: Callable[[Page], None],
    sign_in: Callable[[Page, User], None],
) -> None:
    sign_in(page, collection.counsel)

    def look(address: str, said: str) -> None:
        page.goto(address)
        page.get_by_text(said).first.wait_for()
        look_over(page)

    stored = files.keep(b"holder,principal\nBeacon LLC,5\nOdd Fund,two\n", "text/csv")
    mapping = {"holder": 0, "principal": 1}
    register_import.queue(collection.agreement, stored, "holders.csv", mapping, {}, collection.counsel)
    one = document_reading.queue(b"Dear all, thank you.", "letter.txt", collection.counsel)
    register = f"/agreements/{collection.agreement.slug}/register/"
    look(register, "Waiting for its turn")
    look(f"/agreements/new/{one.pk}/", "Reading letter.txt")
    look("/", "letter.txt is being read")
    search = own_pages_search.queue(collection.agreement, drawn(underscored), "own.pdf", collection.counsel)
    looked_at = {"state": "running", "step": OwnPdfSearch.Step.LOOKING, "page": 12, "pages": 40}
    OwnPdfSearch.objects.filter(pk=search.pk).update(**looked_at)
    look(f"/agreements/{collection.agreement.slug}/pages/own/", "page 12 of 40")
    report = status_files.ask(collection.agreement, "pdf", with_amounts=True, by=collection.counsel)
    look(f"/agreements/{collection.agreement.slug}/reports/{report.pk}/", "Waiting for its turn")
    page.goto(register)
    do_what_waits()
    # The open screen asks by itself, and loads itself anew once it is over.
    page.get_by_text("1 added, 0 changed, 0 as they were, 1 refused").wait_for()
    look(register, "is not an amount")
    look(f"/agreements/new/{one.pk}/", "No signature blocks were found")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_question_about_an_earlier_signature(
    collection: Collection,
    page: Page,
    axe: Callable[[Page], None],
    sign_in: Callable[[Page, User], None],
    width: int,
    settings: Any,
) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.firm.example", "signatures@firm.example"
    page.set_viewport_size({"width": width, "height": 900})
    sign(collection, LANTERN)
    version = revise(collection)
    asking.ask(version, collection.counsel, {version.blocks.get(entity=LANTERN).pk: None})

    def look(address: str, said: str) -> None:
        page.goto(address)
        page.get_by_text(said).first.wait_for()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address

    link = f"/p/{distribution.link_token(version.packets.get(signatory__name='Ruth Vale'))}/"
    look(link, "Does your signature stand for version 2?")
    page.get_by_role("button", name="Send the answer to counsel").click()
    page.get_by_text("Say for each whether your signature stands").wait_for()
    axe(page)
    page.get_by_label("My signature stands for version 2").check()
    page.get_by_role("button", name="Send the answer to counsel").click()
    look(link, "Counsel has it and decides.")
    sign_in(page, collection.counsel)
    inside = f"/agreements/{collection.agreement.slug}/"
    look(f"{inside}letters/?kind=carry+over", "Question about an earlier signature")
    look(f"{inside}carry-over/", "1 answered through the link.")
    page.get_by_role("button", name="Decide as they answered").click()
    look(f"{inside}carry-over/", "answer through the link of Ruth Vale")


def test_every_screen(
    collection: Collection,
    page: Page,
    look_over: Callable[[Page], None],
    sign_in: Callable[[Page, User], None],
) -> None:
    release(collection.agreement, collection.counsel)
    collection.send(returns.as_scan([collection.sheet(NORTH), collection.sheet(SOUTH, signs=())]))
    Party.objects.filter(name=LANTERN).update(through="Cede & Co.")
    proxies.switch(collection.agreement, collection.counsel, on=True)
    for base in Threshold.Base:
        tabulation.set_threshold(collection.agreement, base, Decimal(60), base=base, actor=None)
    packet = collection.page(LANTERN).packet
    assert packet is not None

    def look(*addresses: str) -> None:
        for address in addresses:
            page.goto(address)
            look_over(page)

    look(
        "/sign-in/",
        "/password/forgotten/",
        "/password/choose/MQ/1-a/",
        f"/p/{distribution.link_token(packet)}/",
        "/nowhere/",
    )
    sign_in(page, collection.counsel)
    inside = f"/agreements/{collection.agreement.slug}/"
    received = ReceivedPage.objects.earliest("id")
    block = SignatureBlock.objects.get(version__is_execution=True, entity=LANTERN)
    look("/", "/agreements/new/", inside, f"{inside}parties/{block.pk}/", f"{inside}received/")
    look(f"{inside}received/{received.pk}/", f"{inside}desk/", f"{inside}desk/{received.pk}/file/")
    look(
        *(
            f"{inside}{part}/"
            for part in (
                "documents",
                "check",
                "register",
                "pages",
                "packets",
                "letters",
                "terms",
                "effectiveness",
                "tabulation",
            )
        )
    )
    look(f"{inside}documents/")
    until = datetime.date.today() + datetime.timedelta(days=2)
    for_client = client_links.make(collection.agreement, "Harbor Light", until, True, collection.counsel)
    look(
        f"{inside}joinder/",
        f"{inside}clients/",
        f"{inside}people/",
        "/password/",
        f"/look/{client_links.token(for_client)}/",
    )
    own_pages_in(collection.agreement, drawn(underscored, ruled), "own.pdf", collection.counsel)
    look(f"{inside}pages/template/", f"{inside}pages/own/")
    look(f"{inside}issued/{collection.page(LANTERN).pk}/void/", f"{inside}packets/{packet.pk}/void/")
    review.find_defect(received, collection.counsel, "conditional", "subject to the board's approval")
    party = SignatureBlock.objects.get(version__is_execution=True, entity=NORTH)
    look(f"{inside}desk/{received.pk}/", f"{inside}parties/{party.pk}/")
    undoing.undo(received, collection.counsel)
    for one in ReceivedPage.objects.all():
        review.set_aside(one, collection.counsel, "Not for this collection")
    look(f"{inside}desk/")
