"""Counsel's own signature pages from upload to an executed block, and what is refused on the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from signatures.domain import files
from signatures.domain.documents import agreements, blocks
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing, own_pages, own_pages_search, voiding
from signatures.models import (
    Agreement,
    AuditEvent,
    OwnLine,
    OwnPage,
    OwnPdf,
    OwnPdfSearch,
    SignatureBlock,
    SignaturePage,
    User,
)
from signatures.paper import returns
from signatures.paper.code import parse_payload
from signatures.paper.layout import layout_from_json
from tests.paper.own_pdf import columns, crowded, drawn, nobodys, ruled, underscored

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .once import Once
from .screens import text_of
from .test_views_setup import address
from .workers import do_what_waits, own_pages_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def uploaded(agreement: Agreement, counsel: User, once: Once) -> OwnPdf:
    """North on a page of its own, South and Lantern on one sheet."""
    pdf = drawn(underscored, ruled)
    return once("own pages", OwnPdf, lambda: own_pages_in(agreement, pdf, "pages.pdf", counsel))


@pytest.fixture
def norths(agreement: Agreement, counsel: User, once: Once) -> OwnPdf:
    """North's page alone."""
    return once("own page", OwnPdf, lambda: own_pages_in(agreement, drawn(underscored), "north.pdf", counsel))


def tied() -> list[list[str]]:
    return [[line.block.entity for line in page.lines.all()] for page in OwnPage.objects.all()]


def test_whose_each_line_is_comes_as_a_suggestion(uploaded: OwnPdf) -> None:
    assert tied() == [[NORTH], [SOUTH, LANTERN]]
    assert [page.found["number"] for page in uploaded.pages.all()] == [1, 2]
    assert AuditEvent.objects.get(action="own pages uploaded").data["pages"] == 2


def test_own_pages_are_stamped_issued_and_executed(agreement: Agreement, norths: OwnPdf, counsel: User) -> None:
    (page,) = own_pages.issue(agreement, counsel)
    assert page.packet is not None and str(page.packet) == "Otto Brand"
    assert [block.entity for block in page.blocks.all()] == [NORTH]
    assert page.typeset_with["pdf"] == norths.upright_id
    key = parse_payload(page.layout["payload"])
    assert key is not None and key.key == page.key
    layout = layout_from_json(page.layout)
    (line,) = layout.lines
    assert (line.holder, line.signer, [field.name for field in line.fields]) == (
        NORTH,
        "Otto Brand",
        ["name", "title", "date"],
    )
    collection = Collection(agreement, counsel)
    sheet = returns.page_pixels(files.read(page.pdf), page.page_index)
    fills = {(line.id, field.name): "Otto" for field in line.fields}
    agreements.accept_certain_from_now(agreement, counsel, on=True)
    collection.send(returns.as_scan([returns.sign(sheet, layout, {line.id}, fills, seed=3)]))
    assert collection.state(NORTH) == "executed"
    others = issuing.issue(agreement, counsel)
    assert {block.entity for page in others for block in page.blocks.all()} == {
        *(SOUTH, LANTERN),
        SignatureBlock.objects.get(role="issuer").entity,
    }


def test_a_sheet_of_two_packets_wants_counsels_word_and_goes_on_paper_only(
    uploaded: OwnPdf, agreement: Agreement, counsel: User
) -> None:
    with pytest.raises(Refused, match="share a sheet and would see each other"):
        own_pages.issue(agreement, counsel)
    assert not SignaturePage.objects.exists()
    issued = own_pages.issue(agreement, counsel, shared=True)
    shown = [(str(page.packet or ""), [block.entity for block in page.blocks.all()]) for page in issued]
    assert shown == [
        ("Otto Brand", [NORTH]),
        ("", [SOUTH, LANTERN]),
        ("Otto Brand", [SOUTH]),
        ("Ruth Vale", [LANTERN]),
    ]
    assert ["own_page" in page.typeset_with for page in issued] == [True, True, False, False]
    with pytest.raises(Refused, match="No page is tied"):
        own_pages.issue(agreement, counsel, shared=True)


def test_a_page_is_replaced_by_the_same_page_with_a_new_code(
    agreement: Agreement, norths: OwnPdf, counsel: User
) -> None:
    (page,) = own_pages.issue(agreement, counsel)
    new = voiding.issue_again(page, counsel, "Lost in the post")
    assert (new.packet, new.typeset_with) == (page.packet, page.typeset_with)
    assert new.key != page.key
    assert {**new.layout, "payload": ""} == {**page.layout, "payload": ""}


def test_a_suggestion_is_corrected(uploaded: OwnPdf, agreement: Agreement, counsel: User) -> None:
    first, second = uploaded.pages.all()
    lantern = SignatureBlock.objects.get(entity=LANTERN)
    own_pages.tie(first, 0, lantern, 1, counsel)
    at = second.lines.get(block=lantern).at
    own_pages.tie(second, at, None, 1, counsel)
    assert tied() == [[LANTERN], [SOUTH]]
    with pytest.raises(Refused, match="no such line"):
        own_pages.tie(first, 99, lantern, 1, counsel)
    with pytest.raises(Refused, match="no such signature line"):
        own_pages.tie(first, 0, lantern, 2, counsel)
    own_pages.tie(second, at, lantern, 1, counsel)
    with pytest.raises(Refused, match="is tied on two pages"):
        own_pages.issue(agreement, counsel, shared=True)
    own_pages.put_away(uploaded, counsel)
    with pytest.raises(Overtaken):
        own_pages.tie(first, 0, None, 1, counsel)
    own_pages.bring_back(uploaded, counsel)
    assert len(own_pages.open_pages(blocks.execution_version(agreement))) == 2


def test_a_scanned_page_is_tied_by_its_print_and_issued_with_its_blanks(agreement: Agreement, counsel: User) -> None:
    scan = returns.as_scan([returns.page_pixels(drawn(underscored), 0)])
    pdf = own_pages_in(agreement, scan, "scan.pdf", counsel)
    page = pdf.pages.get()
    assert tied() == [[NORTH]]
    own_pages.tie(page, 0, None, 1, counsel)
    page = pdf.pages.get()
    assert own_pages.why_not(page) == "No line of this page is tied to a block yet."
    block = blocks.execution_version(agreement).blocks.get(entity=NORTH)
    own_pages.tie(page, 0, block, 1, counsel)
    (issued,) = own_pages.issue(agreement, counsel)
    (line,) = layout_from_json(issued.layout).lines
    assert (line.holder, [blank.name for blank in line.fields]) == (NORTH, ["name", "title", "date"])


def test_what_was_issued_is_tied_no_more(agreement: Agreement, norths: OwnPdf, counsel: User) -> None:
    own_pages.issue(agreement, counsel)
    with pytest.raises(Refused, match="stands on an issued page"):
        own_pages.tie(norths.pages.get(), 0, None, 1, counsel)


def test_a_form_goes_to_each_holder_without_another_page(agreement: Agreement, counsel: User) -> None:
    pdf = own_pages_in(agreement, drawn(underscored, nobodys), "form.pdf", counsel)
    assert tied() == [[NORTH], []]
    form = pdf.pages.get(index=1)
    own_pages.make_form(form, True, counsel)
    issued = own_pages.issue(agreement, counsel)
    shown = [(str(page.packet), [block.entity for block in page.blocks.all()]) for page in issued]
    assert shown == [("Otto Brand", [NORTH]), ("Otto Brand", [SOUTH]), ("Ruth Vale", [LANTERN])]
    assert [line["signer"] for page in issued for line in page.layout["lines"]] == [
        "Otto Brand",
        "Otto Brand",
        "Ruth Vale",
    ]
    new = voiding.issue_again(issued[2], counsel, "Lost")
    assert {**new.layout, "payload": ""} == {**issued[2].layout, "payload": ""}
    with pytest.raises(Refused, match="all of them were issued"):
        own_pages.issue(agreement, counsel)


def test_a_form_wants_as_many_lines_as_a_holder_and_is_the_only_one(agreement: Agreement, counsel: User) -> None:
    block = SignatureBlock.objects.get(entity=LANTERN)
    lines = [blocks.LineToPrint("Ruth Vale", ""), blocks.LineToPrint("Ida Moss", "")]
    blocks.correct(block, counsel, entity=LANTERN, role="holder", address="", chain=[], lines=lines)
    first = own_pages_in(agreement, drawn(nobodys), "form.pdf", counsel).pages.get()
    own_pages.make_form(first, True, counsel)
    with pytest.raises(Refused, match="signs on 2 lines"):
        own_pages.issue(agreement, counsel)
    other = own_pages_in(agreement, drawn(nobodys, size=(595.28, 841.89)), "a4.pdf", counsel).pages.get()
    own_pages.make_form(other, True, counsel)
    with pytest.raises(Refused, match="Two pages are forms"):
        own_pages.issue(agreement, counsel)


def test_a_block_of_two_lines_wants_both_on_the_page(agreement: Agreement, counsel: User) -> None:
    block = SignatureBlock.objects.get(entity=NORTH)
    lines = [blocks.LineToPrint("Otto Brand", ""), blocks.LineToPrint("Ida Moss", "")]
    blocks.correct(block, counsel, entity=NORTH, role="holder", address="", chain=[], lines=lines)
    own_pages_in(agreement, drawn(underscored), "north.pdf", counsel)
    assert "not all of them are tied" in own_pages.why_not(OwnPage.objects.get())
    with pytest.raises(Refused, match="No page is tied"):
        own_pages.issue(agreement, counsel)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"hello", "not a PDF"), (b"%PDF-1.4 broken", "damaged"), (drawn(lambda canvas: None), "without text")],
)
def test_what_cannot_be_used_changes_nothing(agreement: Agreement, counsel: User, data: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        own_pages_in(agreement, data, "x.pdf", counsel)
    assert not OwnPdf.objects.exists()


def test_the_same_pdf_again_is_said(uploaded: OwnPdf, agreement: Agreement, counsel: User) -> None:
    with pytest.raises(Refused, match="uploaded before"):
        own_pages_in(agreement, drawn(underscored, ruled), "again.pdf", counsel)
    assert OwnPdf.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_who_issue_at_once_issue_once(agreement: Agreement, norths: OwnPdf, counsel: User) -> None:
    outcomes: list[str] = []

    def act() -> None:
        try:
            own_pages.issue(agreement, counsel)
            outcomes.append("issued")
        except Refused:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=act) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["issued", "told"]
    assert SignaturePage.objects.count() == 1


# The screen --------------------------------------------------------------------------------------------------------


def test_the_way_over_the_screen(signed_in: Client, agreement: Agreement) -> None:
    here = address(agreement, "own_pages")
    upload = SimpleUploadedFile("pages.pdf", drawn(underscored, columns), "application/pdf")
    assert signed_in.post(here, {"does": "upload", "pdf": upload})["Location"] == here
    assert "Searching pages.pdf Waiting for its turn" in text_of(signed_in.get(here))
    live = address(agreement, "own_pages_live", OwnPdfSearch.objects.get().pk)
    assert b"<progress" in signed_in.get(live).content
    do_what_waits()
    assert signed_in.get(live)["HX-Refresh"] == "true"
    assert "Found: 2 signature pages. Look whose each line is." in text_of(signed_in.get(here))
    first, second = OwnPage.objects.all()
    assert tied() == [[NORTH], [NORTH, LANTERN]]
    assert signed_in.get(address(agreement, "own_page_picture", first.pk))["Content-Type"] == "image/png"
    said = {"line-0": LANTERN.lower(), "line-1": ""}
    response = signed_in.post(address(agreement, "own_page_tie", second.pk), said)
    assert response["Location"] == f"{here}#page-{second.pk}"
    assert tied() == [[NORTH], [LANTERN]]
    response = signed_in.post(address(agreement, "own_page_tie", second.pk), {"line-0": "Nobody LLC"}, follow=True)
    assert "No block without a page is called “Nobody LLC”" in text_of(response)
    assert "Stamp and issue 2 pages" in text_of(signed_in.get(here))
    signed_in.post(address(agreement, "own_page_tie", first.pk), {"form": "1", "for_each": "yes", "line-0": NORTH})
    assert tied() == [[], [LANTERN]]
    assert "Stamp and issue 3 pages" in text_of(signed_in.get(here))
    signed_in.post(address(agreement, "own_page_tie", first.pk), {"form": "1", "line-0": NORTH})
    assert tied() == [[NORTH], [LANTERN]]
    assert signed_in.post(here, {"does": "issue"})["Location"] == address(agreement, "packets")
    assert SignaturePage.objects.count() == 2
    assert "issued" in text_of(signed_in.get(here))


def test_what_is_refused_is_said_on_the_screen(signed_in: Client, agreement: Agreement) -> None:
    here = address(agreement, "own_pages")
    signed_in.post(here, {"does": "upload", "pdf": SimpleUploadedFile("x.pdf", b"hello")})
    do_what_waits()
    assert "This is not a PDF" in text_of(signed_in.get(here))
    assert signed_in.post(here, {"does": "upload"}).status_code == 422
    assert signed_in.post(here, {"does": "issue"}).status_code == 422
    signed_in.post(here, {"does": "upload", "pdf": SimpleUploadedFile("x.pdf", drawn(crowded))})
    do_what_waits()
    assert "There is no clear space on this page for the two codes" in text_of(signed_in.get(here))


def test_a_pdf_is_put_away_and_brought_back(signed_in: Client, uploaded: OwnPdf, agreement: Agreement) -> None:
    away = address(agreement, "own_pdf_away", uploaded.pk)
    assert "Undo" in text_of(signed_in.post(away, follow=True))
    assert "No page of your own yet" in text_of(signed_in.get(address(agreement, "own_pages")))
    signed_in.post(away, {"undo": "1"})
    assert "No page of your own yet" not in text_of(signed_in.get(address(agreement, "own_pages")))


def test_who_may(uploaded: OwnPdf, agreement: Agreement, client: Client, viewer: User, stranger: User) -> None:
    page = uploaded.pages.first()
    assert page is not None
    reads = [address(agreement, "own_pages"), address(agreement, "own_page_picture", page.pk)]
    writes = [
        *(reads[0], address(agreement, "own_page_tie", page.pk)),
        address(agreement, "own_pdf_away", uploaded.pk),
    ]
    client.force_login(stranger)
    assert {client.get(one).status_code for one in reads} == {404}
    assert {client.post(one).status_code for one in writes} == {404}
    client.force_login(viewer)
    assert {client.get(one).status_code for one in reads} == {200}
    assert {client.post(one).status_code for one in writes} == {403}
    assert "<button" not in client.get(reads[0]).content.decode().split("<main", 1)[1].split("</main", 1)[0]
    assert OwnLine.objects.count() == 3


def test_the_screen_takes_the_same_queries_for_one_page_and_for_thirty(
    signed_in: Client, uploaded: OwnPdf, agreement: Agreement
) -> None:
    def queries() -> Any:
        with CaptureQueriesContext(connection) as asked:
            signed_in.get(address(agreement, "own_pages"))
        return len(asked)

    few = queries()
    page = uploaded.pages.first()
    assert page is not None
    line = page.lines.get()
    for index in range(2, 30):
        more = OwnPage.objects.create(pdf=uploaded, index=index, found=page.found, picture=page.picture)
        OwnLine.objects.create(page=more, at=0, block=line.block)
    assert queries() == few <= 22


def test_the_agreements_own_pdf_serves_as_well(signed_in: Client, agreement: Agreement) -> None:
    version = blocks.execution_version(agreement)
    here = address(agreement, "own_pages")
    assert "of the agreement itself" not in text_of(signed_in.get(here))
    version.source = version.pdf
    version.save()
    assert "of the agreement itself" in text_of(signed_in.get(here))
    assert signed_in.post(here, {"does": "agreement"})["Location"] == here
    do_what_waits()
    assert sorted(entity.upper() for page in tied() for entity in page) == sorted(
        one.entity.upper() for one in version.blocks.all()
    )


def test_a_search_tells_which_page_it_looks_at(agreement: Agreement, counsel: User, client: Client) -> None:
    one = own_pages_search.queue(agreement, drawn(underscored), "pages.pdf", counsel)
    OwnPdfSearch.objects.filter(pk=one.pk).update(state="running", step=OwnPdfSearch.Step.LOOKING, page=12, pages=40)
    client.force_login(counsel)
    shown = client.get(address(agreement, "own_pages_live", one.pk)).content.decode()
    assert "Looking for pages with lines to sign on: page 12 of 40" in shown
    assert '<progress value="12" max="40"' in shown
    own_pages_search.run(one.pk)
    one.refresh_from_db()
    assert (one.state, one.page, one.pages) == ("done", 1, 1)
