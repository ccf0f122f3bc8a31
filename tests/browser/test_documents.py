"""In a browser: a second document is added, issued into the same packets, signed through the link, and seen so."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from signatures.domain import files
from signatures.domain.documents import further_documents, versions
from signatures.domain.packets import distribution
from signatures.models import Agreement, FurtherDocument, SignaturePage, User
from signatures.paper import returns
from signatures.paper.layout import layout_from_json
from tests.signatures.conftest import LANTERN, Collection
from tests.signatures.test_further_documents import RELEASE
from tests.signatures.workers import do_what_waits

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.django_db(transaction=True)


def release(agreement: Agreement, by: User) -> FurtherDocument:
    """Add the release as a further document."""
    parsed = further_documents.parse(RELEASE.encode(), "release.txt", "named")
    draft = versions.keep(RELEASE.encode(), "release.txt", parsed)
    return further_documents.add(agreement, draft, "Release", "named", by)


def test_from_a_second_document_to_its_signed_cell(
    collection: Collection, page: Page, sign_in: Callable[[Page, User], None], worker: None
) -> None:
    sign_in(page, collection.counsel)
    page.goto(f"/agreements/{collection.agreement.slug}/")
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="Documents").click()
    page.get_by_label("Title").fill("Release")
    page.get_by_label("The document").set_input_files(
        {"name": "release.txt", "mimeType": "text/plain", "buffer": RELEASE.encode()}
    )
    page.get_by_role("button", name="Add it").click()
    page.get_by_text("Waiting for its turn").wait_for()
    do_what_waits()
    page.get_by_role("row", name=LANTERN).get_by_text("no page issued yet").wait_for()
    page.get_by_role("link", name="Release").click()
    page.get_by_role("heading", name="Release: what was read").wait_for()
    page.goto(f"/agreements/{collection.agreement.slug}/pages/")
    page.get_by_role("button", name="Issue these pages").click()
    page.get_by_text("Issued: 2 pages.").wait_for()

    issued = SignaturePage.objects.get(version__further_document__title="Release", blocks__party__name=LANTERN)
    assert issued.packet is not None
    assert issued.packet == collection.page(LANTERN).packet
    layout = layout_from_json(issued.layout)
    ink = returns.page_pixels(files.read(issued.pdf), issued.page_index)
    signed = returns.as_scan([returns.sign(ink, layout, [line.id for line in layout.lines], {}, seed=5)])
    page.goto(f"/p/{distribution.link_token(issued.packet)}/")
    section = page.locator(f"#page-{issued.pk}")
    section.get_by_text("Release").wait_for()
    section.locator("input[type=file]").last.set_input_files(
        {"name": "signed.pdf", "mimeType": "application/pdf", "buffer": signed}
    )
    section.get_by_text("Signature found").wait_for()

    page.goto(f"/agreements/{collection.agreement.slug}/documents/")
    page.get_by_role("row", name=LANTERN).get_by_text("In review").wait_for()
    page.goto(f"/agreements/{collection.agreement.slug}/desk/")
    page.locator("button[value=accept]").wait_for()
    page.keyboard.press("Enter")
    page.get_by_text("Nothing left to review").wait_for()
    page.goto(f"/agreements/{collection.agreement.slug}/documents/?show=missing&document=1")
    assert page.get_by_role("row", name=LANTERN).count() == 0
    page.goto(f"/agreements/{collection.agreement.slug}/documents/")
    page.get_by_role("row", name=LANTERN).get_by_text("Executed, in escrow").wait_for()
