"""A packet on paper: a cover sheet that says how to send it back, then the pages, and nobody else's name."""

from __future__ import annotations

import io
import re
import zipfile

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from holders.models import Signatory
from signatures.domain.packets import distribution
from signatures.models import User

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db


def words_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [document[index].get_textpage().get_text_range() for index in range(len(document))]


def plain(text: str) -> str:
    """Text without what line breaks in a PDF leave behind."""
    return re.sub(r"[^0-9A-Za-z]", "", text)


def test_counsel_prints_a_cover_sheet_and_the_pages(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    packet = collection.page(NORTH).packet
    assert packet is not None
    pages = words_of(client.get(reverse("packet_pdf", args=[collection.agreement.slug, packet.pk])).content)
    assert len(pages) == 3
    assert "Otto Brand" in pages[0]
    assert plain(distribution.link_token(packet)) in plain(pages[0])
    assert "Lantern" not in " ".join(pages)


def test_who_only_looks_gets_no_link(collection: Collection, viewer: User, client: Client) -> None:
    client.force_login(viewer)
    packet = collection.page(LANTERN).packet
    assert packet is not None
    pages = words_of(client.get(reverse("packet_pdf", args=[collection.agreement.slug, packet.pk])).content)
    assert len(pages) == 1
    shown = client.get(reverse("packets", args=[collection.agreement.slug])).content.decode()
    assert distribution.link_token(packet) not in shown


def test_all_packets_are_one_file_to_print_each_under_its_cover_sheet(
    collection: Collection, viewer: User, stranger: User, client: Client
) -> None:
    client.force_login(collection.counsel)
    answer = client.get(reverse("packets_print", args=[collection.agreement.slug]))
    words = words_of(answer.content)
    covers = [at for at, page in enumerate(words) if "Pages in this packet" in page]
    assert (len(words), covers) == (7, [0, 2, 5])
    assert collection.agreement.packets.exclude(printed_at=None).count() == 3
    client.force_login(viewer)
    assert "Pages in this packet" not in "".join(
        words_of(client.get(reverse("packets_print", args=[collection.agreement.slug])).content)
    )
    client.force_login(stranger)
    assert client.get(reverse("packets_print", args=[collection.agreement.slug])).status_code == 404


def test_a_file_in_the_archive_is_called_as_its_signatory_is(collection: Collection, client: Client) -> None:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    assert packet.signatory_id is not None
    Signatory.objects.filter(pk=packet.signatory_id).update(name="Γεώργιος Παπαδόπουλος")
    client.force_login(collection.counsel)
    answer = client.get(reverse("packets_zip", args=[collection.agreement.slug]))
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert f"γεώργιος-παπαδόπουλος-{packet.pk}.pdf" in names
