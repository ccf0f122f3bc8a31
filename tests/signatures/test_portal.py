"""A link shows its packet and nothing of another: not on the screen, not in a file, not by changing an address."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from signatures.domain.counterparts import reading
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing
from signatures.models import Agreement, Packet, ReceivedPage, SignatureBlock, SignaturePage, Submission, User
from signatures.paper import returns

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db


def packet_of(collection: Collection, entity: str) -> Packet:
    packet = collection.page(entity).packet
    assert packet is not None
    return packet


def link(collection: Collection, entity: str, name: str = "portal", *rest: object) -> str:
    return reverse(name, args=[distribution.link_token(packet_of(collection, entity)), *rest])


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(document[index].get_textpage().get_text_range() for index in range(len(document)))


def test_a_signatory_of_two_funds_has_one_packet(collection: Collection) -> None:
    assert packet_of(collection, NORTH) == packet_of(collection, SOUTH)
    assert packet_of(collection, NORTH) != packet_of(collection, LANTERN)


def test_the_screen_names_the_packets_own_holders_and_no_other(collection: Collection, client: Client) -> None:
    shown = client.get(link(collection, NORTH)).content.decode()
    assert NORTH in shown
    assert SOUTH in shown
    assert "Lantern" not in shown
    assert "Vale" not in shown
    assert "escrow" in shown


def test_nothing_that_can_be_downloaded_names_another_holder(collection: Collection, client: Client) -> None:
    for name in ("portal_pages", "portal_agreement"):
        words = text_of(client.get(link(collection, LANTERN, name)).content)
        assert "PIER FUND" not in words.upper().replace("\n", " ")
    assert "LANTERN" in text_of(client.get(link(collection, LANTERN, "portal_pages")).content).upper()
    assert "waive" in text_of(client.get(link(collection, LANTERN, "portal_agreement")).content)


def test_another_packets_page_is_not_to_be_had_by_its_number(collection: Collection, client: Client) -> None:
    own, other = collection.page(LANTERN).plain_number, collection.page(NORTH).plain_number
    assert client.get(link(collection, LANTERN, "portal_page", own)).status_code == 200
    assert client.get(link(collection, LANTERN, "portal_page", other)).status_code == 404


def test_a_stranger_gets_404(collection: Collection, client: Client) -> None:
    token = distribution.link_token(packet_of(collection, NORTH))
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), "x", "", token + "A", "A" * len(token)):
        assert distribution.packet_of_token(wrong) is None
        assert client.get(f"/p/{wrong or '-'}/").status_code == 404


def test_a_replaced_link_stops_and_the_new_one_works(collection: Collection, client: Client) -> None:
    old = link(collection, NORTH)
    distribution.replace_link(packet_of(collection, NORTH), collection.counsel)
    assert client.get(old).status_code == 404
    assert client.get(link(collection, NORTH)).status_code == 200


def test_the_database_alone_opens_nothing(collection: Collection, settings: object) -> None:
    token = distribution.link_token(packet_of(collection, NORTH))
    settings.COUNTERPART_LINK_KEY = "another key"  # type: ignore[attr-defined]
    assert distribution.packet_of_token(token) is None


def test_a_sheet_that_packets_share_is_never_offered_and_the_one_block_page_is(
    agreement: Agreement, counsel: User, client: Client
) -> None:
    two = frozenset(SignatureBlock.objects.filter(entity__in=[SOUTH, LANTERN]).values_list("pk", flat=True))
    issuing.issue(agreement, counsel, issuing.Arrangement(blocks_per_page=2, only=two))
    shared = SignaturePage.objects.get(packet=None)
    assert {block.entity for block in shared.blocks.all()} == {SOUTH, LANTERN}
    lantern = SignaturePage.objects.exclude(packet=None).get(blocks__entity=LANTERN)
    assert lantern.packet is not None
    token = distribution.link_token(lantern.packet)
    assert client.get(reverse("portal_page", args=[token, shared.plain_number])).status_code == 404
    assert client.get(reverse("portal_page", args=[token, lantern.plain_number])).status_code == 200
    assert "PIER FUND" not in text_of(client.get(reverse("portal_pages", args=[token])).content).upper()


def test_a_photo_is_kept_read_and_shown_to_its_packet_alone(collection: Collection, client: Client) -> None:
    photo = SimpleUploadedFile("page.jpg", returns.as_photo(collection.sheet(LANTERN), seed=3), "image/jpeg")
    answer = client.post(link(collection, LANTERN, "portal_upload"), {"files": [photo]})
    assert answer.status_code == 302
    submission = Submission.objects.get()
    assert (submission.channel, submission.packet) == ("portal", packet_of(collection, LANTERN))
    reading.read(submission.pk)
    page = ReceivedPage.objects.get()
    shown = client.get(link(collection, LANTERN)).content.decode()
    assert "Signature found" in shown
    assert client.get(link(collection, LANTERN, "portal_thumbnail", page.pk)).status_code == 200
    assert client.get(link(collection, NORTH, "portal_thumbnail", page.pk)).status_code == 404
    assert collection.state(LANTERN) == "in review"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("page.pdf", b"", "This file is empty (0 bytes). Send it again."),
        (
            "page.txt",
            b"Signed, King.",
            "This is a text file, it holds no page. Send a PDF or a scan of the signed page.",
        ),
    ],
)
def test_who_sent_what_cannot_be_read_is_told_what_to_send(
    collection: Collection, client: Client, name: str, content: bytes, said: str
) -> None:
    client.post(link(collection, LANTERN, "portal_upload"), {"files": [SimpleUploadedFile(name, content)]})
    reading.read(Submission.objects.get().pk)
    shown = client.get(link(collection, LANTERN)).content.decode()
    assert said in shown
    assert "Ask the sender" not in shown


def test_somebody_elses_page_sent_through_a_link_is_kept_and_discloses_nothing(
    collection: Collection, client: Client
) -> None:
    other = SimpleUploadedFile("scan.pdf", collection.scan(NORTH), "application/pdf")
    client.post(link(collection, LANTERN, "portal_upload"), {"files": [other]})
    reading.read(Submission.objects.get().pk)
    shown = client.get(link(collection, LANTERN)).content.decode()
    assert "Pier" not in shown
    assert "scan.pdf" in shown
    assert client.get(link(collection, LANTERN, "portal_thumbnail", ReceivedPage.objects.get().pk)).status_code == 404


def test_a_link_that_a_machine_fetched_is_not_called_opened(collection: Collection, client: Client) -> None:
    client.get(link(collection, NORTH))
    assert packet_of(collection, NORTH).last_opened_at is None
    client.get(link(collection, NORTH, "portal_live"))
    assert packet_of(collection, NORTH).last_opened_at is not None


def test_the_packets_own_pdf_has_its_pages_once(collection: Collection, client: Client) -> None:
    content = client.get(link(collection, NORTH, "portal_pages")).content
    assert len(pypdfium2.PdfDocument(io.BytesIO(content))) == 2
