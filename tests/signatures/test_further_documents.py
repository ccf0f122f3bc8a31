"""Documents that are signed along with the agreement: never tallied, in the same packets, and seen in one grid."""

from __future__ import annotations

import csv
import io
from functools import cache
from typing import Any

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from signatures.domain import files
from signatures.domain.decisions import review
from signatures.domain.documents import escrow, further_documents, version_reading, versions
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import reminders, sending
from signatures.domain.packets.distribution import link_token
from signatures.domain.pages import issuing, voiding
from signatures.domain.queries import grid
from signatures.domain.queries import setup as setup_queries
from signatures.domain.queries.curve import steps
from signatures.domain.tally.status import collection_status
from signatures.models import (
    Agreement,
    AuditEvent,
    BlockState,
    Defect,
    Dispatch,
    FurtherDocument,
    Packet,
    ReceivedPage,
    SignatureBlock,
    SignaturePage,
    User,
    Version,
    VersionReading,
)
from signatures.paper import returns
from signatures.paper.layout import layout_from_json

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .once import Once

pytestmark = pytest.mark.django_db

RELEASE = """RELEASE

This Release is given by each of the undersigned to HARBOR LIGHT CORPORATION for all claims out of the default that was
waived. It is governed by the law of the State of New York, and each of the undersigned gives it for itself alone and
for nobody else, with the same effect as if all had signed one paper.

IN WITNESS WHEREOF, each of the undersigned has given this Release as of the date first above written.

NORTH PIER FUND, L.P.

By: PIER MANAGEMENT LLC, its General Partner

By: ____________________
Name: Otto Brand
Title: Managing Member

LANTERN CAPITAL LLC

By: ____________________
Name: Ruth Vale
Title: Director
"""
HOLDERS, NAMED, PARTIES = FurtherDocument.Signs.HOLDERS, FurtherDocument.Signs.NAMED, FurtherDocument.Signs.PARTIES


_parsed = cache(further_documents.parse)  # in a process of its own each time


def _add(
    agreement: Agreement, by: User, title: str = "Release", signs: str = NAMED, text: str = RELEASE
) -> FurtherDocument:
    parsed = _parsed(text.encode(), "release.txt", signs)
    return further_documents.add(agreement, versions.keep(text.encode(), "release.txt", parsed), title, signs, by)


def _states(further: FurtherDocument) -> dict[str, str]:
    return {block.party.name: block.state for block in further.version.blocks.select_related("party")}


@pytest.fixture
def release(agreement: Agreement, counsel: User, once: Once) -> FurtherDocument:
    return once("release", FurtherDocument, lambda: _add(agreement, counsel))


@pytest.fixture
def both(agreement: Agreement, release: FurtherDocument, counsel: User, once: Once) -> Collection:
    """The agreement and the release, with all pages issued."""

    def make() -> Agreement:
        issuing.issue(agreement, counsel)
        return agreement

    return Collection(once("issued with the release", Agreement, make), counsel)


def _page(further: FurtherDocument, entity: str) -> SignaturePage:
    return SignaturePage.objects.get(version=further.version, blocks__party__name=entity, state="current")


def _sign(page: SignaturePage) -> bytes:
    layout = layout_from_json(page.layout)
    blank = returns.page_pixels(files.read(page.pdf), page.page_index)
    ink = returns.sign(blank, layout, [line.id for line in layout.lines], {}, seed=7)
    return returns.as_scan([ink])


def _accept(collection: Collection, page: SignaturePage) -> ReceivedPage:
    collection.send(_sign(page), f"{page.plain_number}.pdf")
    received = ReceivedPage.objects.get(matches__signature_page=page, matches__closed_at=None)
    lines = frozenset(line["id"] for line in page.layout["lines"])
    return review.accept(received, collection.counsel, review.Decision(lines))


def test_whom_its_blocks_name_sign_it_as_the_register_knows_them(release: FurtherDocument) -> None:
    assert _states(release) == {NORTH: "outstanding", LANTERN: "outstanding"}
    own = release.version.blocks.get(party__name=NORTH)
    assert own.party == SignatureBlock.objects.get(version__is_execution=True, entity=NORTH).party
    assert [line.name for line in own.lines.all()] == ["Otto Brand"]
    assert AuditEvent.objects.get(action="document added").data["parties"] == 2


@pytest.mark.parametrize(("signs", "parties"), [(HOLDERS, 3), (PARTIES, 4)])
def test_every_holder_or_party_of_the_agreement_signs_it(
    agreement: Agreement, counsel: User, signs: str, parties: int
) -> None:
    made = _add(agreement, counsel, signs=signs, text="A letter without any block. " * 20)
    assert made.version.blocks.count() == parties


def test_who_joins_later_signs_what_every_holder_signs_once_pages_are_issued(
    agreement: Agreement, counsel: User
) -> None:
    from signatures.domain.documents import blocks

    made = _add(agreement, counsel, signs=HOLDERS)
    blocks.add(agreement, counsel, "holder", "Late Harbor Fund LP")
    issuing.issue(agreement, counsel)
    assert _states(made)["Late Harbor Fund LP"] == "outstanding"
    assert _page(made, "Late Harbor Fund LP").packet == Packet.objects.get(party__name="Late Harbor Fund LP")


@pytest.mark.parametrize("title", ["", "   ", "x" * 201, "release", "CONSENT AND WAIVER"])
def test_a_title_is_needed_and_taken_once(agreement: Agreement, counsel: User, title: str) -> None:
    _add(agreement, counsel)
    with pytest.raises(Refused):
        _add(agreement, counsel, title, text=RELEASE + "\nAnother.")
    assert agreement.further_documents.count() == 1


def test_the_very_file_of_another_document_is_refused(agreement: Agreement, counsel: User) -> None:
    _add(agreement, counsel)
    with pytest.raises(Refused, match="very file of Release"):
        _add(agreement, counsel, "Second release")


def test_a_document_without_blocks_asks_who_signs_it() -> None:
    with pytest.raises(Refused, match="Say who signs it"):
        further_documents.parse(b"A letter without any block. " * 20, "letter.txt", NAMED)


def test_the_database_holds_what_a_further_document_is(release: FurtherDocument) -> None:
    for wrong in ({"is_execution": True}, {"number": 2}, {"adopted_at": None}):
        with (
            pytest.raises(IntegrityError, match="the_agreement_alone_has_an_execution_version"),
            transaction.atomic(),
        ):
            Version.every.filter(further_document=release).update(**wrong)
    other = Agreement.objects.create(slug="other", title="Other", issuer=release.agreement.issuer)
    with pytest.raises(IntegrityError, match="version_is_of_its_agreements_document"), transaction.atomic():
        Version.every.filter(further_document=release).update(agreement=other)
        Version.every.get(further_document=release)
        from django.db import connection

        connection.check_constraints()


def test_everybody_gets_one_packet_with_the_pages_of_all_documents(both: Collection, release: FurtherDocument) -> None:
    packet = both.page(NORTH).packet
    assert packet is not None
    assert _page(release, NORTH).packet == packet
    assert [page.version.is_execution for page in packet.pages.order_by("id")] == [True, True, False]
    assert Packet.objects.count() == 3
    page = pypdfium2.PdfDocument(files.read(_page(release, NORTH).pdf))[_page(release, NORTH).page_index]
    words = page.get_textpage().get_text_range()
    assert "RELEASE" in words.upper()
    assert "CONSENT" not in words.upper()
    assert "Beneficially Owned" not in words


def test_signing_a_further_document_alone_changes_no_figure(both: Collection, release: FurtherDocument) -> None:
    before = collection_status(both.agreement)
    _accept(both, _page(release, NORTH))
    assert _states(release) == {NORTH: "executed", LANTERN: "outstanding"}
    after = collection_status(both.agreement)
    assert after["holders"] == before["holders"]
    assert after["tabulation"] == before["tabulation"]
    assert both.state(NORTH) == "outstanding"
    assert steps(both.agreement) == []


def test_a_page_of_a_further_document_is_current_and_of_no_earlier_version(
    both: Collection, release: FurtherDocument
) -> None:
    both.send(_sign(_page(release, LANTERN)))
    received = ReceivedPage.objects.get()
    assert received.state == "matched"
    assert "version" not in received.question
    assert "superseded" not in received.question


def test_what_was_accepted_is_undone_and_released_as_any_other(both: Collection, release: FurtherDocument) -> None:
    _accept(both, _page(release, LANTERN))
    assert escrow.release_all(both.agreement, both.counsel) == 1
    assert _states(release)[LANTERN] == "released"


def test_a_page_is_replaced_in_the_same_packet(both: Collection, release: FurtherDocument) -> None:
    old = _page(release, LANTERN)
    new = voiding.issue_again(old, both.counsel, "Wrong title")
    assert (new.version, new.packet, new.state) == (release.version, old.packet, "current")
    both.send(_sign(old))
    assert "replaced" in ReceivedPage.objects.get().question


def test_it_is_withdrawn_while_none_of_its_pages_is_current(both: Collection, release: FurtherDocument) -> None:
    with pytest.raises(Refused, match="Void them first"):
        further_documents.withdraw(release, both.counsel)
    for page in SignaturePage.objects.filter(version=release.version):
        voiding.void(page, both.counsel, "No release is wanted")
    further_documents.withdraw(release, both.counsel)
    assert list(further_documents.standing(both.agreement)) == []
    with pytest.raises(Overtaken):
        further_documents.withdraw(release, both.counsel)
    assert issuing.issue(both.agreement, both.counsel) == []
    further_documents.bring_back(release, both.counsel)
    assert len(issuing.issue(both.agreement, both.counsel)) == 2


def test_an_earlier_signature_is_never_looked_for_in_another_document(
    both: Collection, release: FurtherDocument, counsel: User
) -> None:
    from signatures.domain.documents import in_force

    _accept(both, _page(release, NORTH))
    text = setup_queries.blocks(both.agreement)[0].version.text + "\nOne more sentence.\n"
    parsed = versions.parse(both.agreement, text.encode(), "second.txt")
    draft = versions.enter(both.agreement, versions.keep(text.encode(), "second.txt", parsed), counsel)
    adopted = versions.adopt(draft, counsel)
    assert adopted.number == 2
    assert in_force.signed_before(adopted) == {}
    assert _page(release, NORTH).state == "current"
    assert _states(release)[NORTH] == "executed"


# Letters, portal ---------------------------------------------------------------------------------------------------


def test_letters_name_what_is_still_to_be_signed(both: Collection, release: FurtherDocument, settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "localhost", "counsel@firm.example"
    first = sending.send_packets(both.agreement, both.counsel).dispatches
    subjects = {one.to: one.subject for one in first}
    assert subjects["vale@lantern.example"].endswith(": Consent and Waiver and Release")
    _accept(both, both.page(LANTERN))
    done = reminders.remind_parties(both.agreement, None, both.counsel)
    assert LANTERN in done.parties
    letter = next(one for one in done.queued if one.to == "vale@lantern.example")
    assert letter.subject == "Reminder: your signature pages for the Release"


def test_who_has_not_signed_one_document_is_reminded_of_it_alone(
    both: Collection, release: FurtherDocument, settings: Any, client: Client
) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "localhost", "counsel@firm.example"
    address = reverse("document_remind", args=[both.agreement.slug, release.pk])
    client.force_login(both.counsel)
    shown = client.post(address, follow=True).content.decode()
    assert "No reminder was sent. Left out: " in shown
    assert "the packet was not sent yet" in shown
    sending.send_packets(both.agreement, both.counsel)
    release.version.blocks.filter(entity__iexact=LANTERN).update(state=BlockState.EXECUTED)
    assert "Remind who has not signed" in client.get(reverse("documents", args=[both.agreement.slug])).content.decode()
    client.post(address)
    assert [one.to for one in Dispatch.objects.filter(kind="reminder")] == ["brand@pier.example"]
    release.version.blocks.update(state=BlockState.EXECUTED)
    assert "Nobody is outstanding on Release." in client.post(address, follow=True).content.decode()


def test_the_portal_says_of_each_page_which_document_it_is(
    both: Collection, release: FurtherDocument, client: Client
) -> None:
    packet = both.page(LANTERN).packet
    assert packet is not None
    token = link_token(packet)
    shown = client.get(reverse("portal", args=[token])).content.decode()
    assert "<strong>Consent and Waiver</strong>" in shown
    assert "<strong>Release</strong>" in shown
    address = reverse("portal_document", args=[token, release.pk])
    assert address in shown
    words = pypdfium2.PdfDocument(client.get(address).content)[0].get_textpage().get_text_range()
    assert "all claims" in words
    assert "Pier" not in words
    south = Packet.objects.exclude(pk=packet.pk).exclude(pages__version=release.version).get()
    assert client.get(reverse("portal_document", args=[link_token(south), release.pk])).status_code == 404
    alone = client.get(reverse("portal", args=[link_token(south)])).content.decode()
    assert "Release" not in alone


def test_the_cover_sheet_names_the_document_of_each_page(both: Collection) -> None:
    packet = both.page(LANTERN).packet
    assert packet is not None
    printed = setup_queries.packet_document(packet, "https://pages.example/p/x", "")
    assert printed is not None
    assert f"{LANTERN}: Release".upper() in pypdfium2.PdfDocument(printed)[0].get_textpage().get_text_range().upper()


# The grid ----------------------------------------------------------------------------------------------------------


def test_the_grid_has_a_line_a_party_and_a_cell_a_document(both: Collection, release: FurtherDocument) -> None:
    _accept(both, _page(release, NORTH))
    found = grid.grid(both.agreement)
    assert [(one.title, one.executed, one.blocks) for one in found.columns] == [
        ("Consent and Waiver", 0, 4),
        ("Release", 1, 2),
    ]
    told = [
        (one.entity, one.signatory, [cell and cell.state for cell in one.cells], one.missing) for one in found.lines
    ]
    assert told == [
        ("HARBOR LIGHT CORPORATION", "Ada Quill", ["outstanding", None], 1),
        (NORTH, "Otto Brand", ["outstanding", "executed"], 1),
        (SOUTH, "Otto Brand", ["outstanding", None], 1),
        (LANTERN, "Ruth Vale", ["outstanding", "outstanding"], 2),
    ]
    lacking = grid.found(found.lines, missing=True, column=1, query="")
    assert [one.entity for one in lacking] == [LANTERN]
    assert [one.entity for one in grid.found(found.lines, missing=False, column=1, query="brand")] == [NORTH]


@pytest.mark.parametrize("more", [0, 30])
def test_the_screen_takes_as_many_queries_for_one_line_as_for_thirty(
    release: FurtherDocument,
    agreement: Agreement,
    counsel: User,
    client: Client,
    more: int,
    django_assert_max_num_queries: Any,
) -> None:
    from signatures.domain.documents import blocks

    for at in range(more):
        blocks.add(agreement, counsel, "holder", f"Reef Fund {at} LP")
    issuing.issue(agreement, counsel)
    client.force_login(counsel)
    with django_assert_max_num_queries(16):
        shown = client.get(reverse("documents", args=[agreement.slug]))
    assert shown.content.count(b"<tr>") == 1 + 4 + more


def test_filters_and_search_live_in_the_address(both: Collection, release: FurtherDocument, client: Client) -> None:
    client.force_login(both.counsel)
    here = reverse("documents", args=[both.agreement.slug])
    _accept(both, _page(release, NORTH))
    shown = client.get(here, {"show": "missing", "document": "1"}).content.decode()
    assert LANTERN in shown
    assert NORTH not in shown
    assert "No party or signatory is called that." in client.get(here, {"q": "nobody"}).content.decode()
    assert client.get(here, {"document": "99", "from": "x", "show": "?"}).status_code == 200


def test_the_grid_goes_out_as_workbook_and_csv(both: Collection, release: FurtherDocument, client: Client) -> None:
    client.force_login(both.counsel)
    content = client.get(reverse("documents_xlsx", args=[both.agreement.slug])).content
    rows = list(load_workbook(io.BytesIO(content))["Documents"].values)
    assert rows[0] == ("Signatory", "Party", "Role", "Consent and Waiver", "Release", "Documents missing")
    assert rows[3] == ("Otto Brand", SOUTH, "holder", "Outstanding", "does not sign", 1)
    text = client.get(reverse("documents_csv", args=[both.agreement.slug]), {"document": "1"}).content
    told = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row[1] for row in told[1:]] == [NORTH, LANTERN]


def test_the_board_says_what_a_party_has_still_to_sign(
    both: Collection, release: FurtherDocument, client: Client
) -> None:
    client.force_login(both.counsel)
    board = reverse("board", args=[both.agreement.slug])
    assert client.get(board).content.decode().count("Not signed yet: Release") == 2
    _accept(both, _page(release, NORTH))
    assert client.get(board).content.decode().count("Not signed yet: Release") == 1


def test_one_document_shows_no_grid(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    shown = client.get(reverse("documents", args=[collection.agreement.slug])).content.decode()
    assert "<table" not in shown
    assert "Another document" in shown


# The screens -------------------------------------------------------------------------------------------------------


def test_a_document_is_added_on_the_screen_and_read_by_a_job(
    agreement: Agreement, counsel: User, client: Client
) -> None:
    client.force_login(counsel)
    here = reverse("documents", args=[agreement.slug])
    file = SimpleUploadedFile("release.txt", RELEASE.encode())
    assert client.post(here, {"title": "Release", "document": file, "signs": NAMED}).status_code == 302
    work = VersionReading.objects.get()
    assert "Reading release.txt" in client.get(here).content.decode()
    version_reading.run(work.pk)
    version_reading.run(work.pk)
    work.refresh_from_db()
    assert work.state == "done"
    assert work.version is not None
    assert str(work.version.further_document) == "Release"
    assert agreement.further_documents.count() == 1
    check = client.get(reverse("document_check", args=[agreement.slug, work.version.further_document_id]))
    assert "Release: what was read" in check.content.decode()
    assert client.get(reverse("pages", args=[agreement.slug])).content.decode().count("Release") == 2
    assert agreement.versions.count() == 1


def test_a_block_of_it_is_corrected_where_it_was_read(
    agreement: Agreement, release: FurtherDocument, client: Client, counsel: User
) -> None:
    client.force_login(counsel)
    address = reverse("document_check", args=[agreement.slug, release.pk])
    forms = client.get(address).context["formset"].forms
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(forms), "form-INITIAL_FORMS": len(forms)}
    for at, form in enumerate(forms):
        data |= {f"form-{at}-{name}": value for name, value in form.initial.items()}
    data["form-1-remove"] = "on"
    assert client.post(address, data).status_code == 302
    assert _states(release) == {NORTH: "outstanding"}
    assert SignatureBlock.objects.filter(version__is_execution=True).count() == 4


def test_a_file_that_cannot_be_read_changes_nothing_and_says_so(
    agreement: Agreement, counsel: User, client: Client
) -> None:
    client.force_login(counsel)
    here = reverse("documents", args=[agreement.slug])
    file = SimpleUploadedFile("letter.txt", b"No block at all in here. " * 20)
    client.post(here, {"title": "Letter", "document": file, "signs": NAMED})
    version_reading.run(VersionReading.objects.get().pk)
    assert "Say who signs it" in client.get(here).content.decode()
    assert not FurtherDocument.objects.exists()


def test_it_is_withdrawn_and_brought_back_on_the_screen(
    agreement: Agreement, release: FurtherDocument, counsel: User, client: Client
) -> None:
    client.force_login(counsel)
    address = reverse("document_withdraw", args=[agreement.slug, release.pk])
    shown = client.post(address, follow=True).content.decode()
    assert "is withdrawn" in shown
    assert "<table" not in shown
    client.post(address, {"do": "back"})
    assert list(further_documents.standing(agreement)) == [release]


def test_who_looks_on_adds_nothing_and_a_stranger_sees_nothing(
    both: Collection, release: FurtherDocument, viewer: User, stranger: User, client: Client
) -> None:
    slug = both.agreement.slug
    addresses = [
        reverse("documents", args=[slug]),
        reverse("documents_xlsx", args=[slug]),
        reverse("documents_csv", args=[slug]),
        reverse("document_check", args=[slug, release.pk]),
    ]
    client.force_login(viewer)
    assert [client.get(address).status_code for address in addresses] == [200, 200, 200, 200]
    assert "Another document" not in client.get(addresses[0]).content.decode()
    acts = [addresses[0], addresses[3]]
    acts += [reverse(name, args=[slug, release.pk]) for name in ("document_withdraw", "document_remind")]
    assert [client.post(address).status_code for address in acts] == [403, 403, 403, 403]
    client.force_login(stranger)
    assert [client.get(address).status_code for address in addresses] == [404, 404, 404, 404]
    assert [client.post(address).status_code for address in acts] == [404, 404, 404, 404]
    assert list(further_documents.standing(both.agreement)) == [release]


def test_the_board_finds_a_party_by_the_number_of_any_of_its_pages(both: Collection, release: FurtherDocument) -> None:
    from signatures.domain.queries.board import found

    own = SignatureBlock.objects.get(version__is_execution=True, entity=NORTH)
    assert found(both.agreement, _page(release, NORTH).number) == {own.pk}


def test_what_is_wrong_with_a_page_of_it_is_said_of_its_block_alone(both: Collection, release: FurtherDocument) -> None:
    layout = layout_from_json(_page(release, LANTERN).layout)
    page = _page(release, LANTERN)
    blank = returns.page_pixels(files.read(page.pdf), page.page_index)
    both.send(returns.as_scan([returns.sign(blank, layout, [], {}, seed=3)]))
    received = ReceivedPage.objects.get()
    review.find_defect(received, both.counsel, Defect.Code.NOT_SIGNED)
    assert _states(release)[LANTERN] == BlockState.DEFECTIVE
    assert both.state(LANTERN) == BlockState.OUTSTANDING
