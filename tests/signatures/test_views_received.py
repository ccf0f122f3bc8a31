"""Uploading, the files received, one page of them, and the pictures: each for counsel, viewer, stranger and nobody."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from signatures.domain.decisions import review
from signatures.models import Agreement, ReceivedPage, SignaturePage, Submission, User

from .conftest import LANTERN, NORTH, Collection
from .screens import text_of
from .test_views_board import get

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(collection: Collection) -> ReceivedPage:
    collection.send(collection.scan(NORTH), "north.pdf")
    return ReceivedPage.objects.get()


def upload(client: Client, collection: Collection, *contents: bytes, script: bool = False, **fields: str) -> Any:
    files = [SimpleUploadedFile(f"page {at}.pdf", content) for at, content in enumerate(contents, 1)]
    headers = {"x-requested-with": "upload"} if script else {}
    return client.post(
        reverse("received", args=[collection.agreement.slug]), {"files": files, **fields}, headers=headers
    )


# Uploading --------------------------------------------------------------------------------------------------------


def test_one_file_by_script_is_answered_with_its_receipt(collection: Collection, signed_in: Client) -> None:
    content = b"any bytes at all"
    response = upload(signed_in, collection, content, script=True, channel="fax")
    shown = text_of(response)
    assert response.status_code == 200
    assert f"receipt {hashlib.sha256(content).hexdigest()[:12]}" in shown
    assert "being opened" in shown
    submission = Submission.objects.get()
    assert (submission.original_name, submission.channel, submission.state) == ("page 1.pdf", "fax", "waiting")
    assert (submission.received_by, submission.agreement) == (collection.counsel, collection.agreement)


def test_many_files_without_script_come_back_to_the_list(collection: Collection, signed_in: Client) -> None:
    response = upload(signed_in, collection, b"one", b"two", b"")
    assert response["Location"] == reverse("received", args=[collection.agreement.slug])
    assert Submission.objects.filter(channel="scan").count() == 3
    shown = text_of(signed_in.get(response["Location"]))
    assert "3 files received." in shown
    assert "uploaded by Counsel" in shown


def test_a_refusal_is_one_sentence_and_keeps_nothing(collection: Collection, signed_in: Client, settings: Any) -> None:
    nothing = upload(signed_in, collection, script=True)
    assert (nothing.status_code, nothing["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "No file was chosen" in nothing.content.decode()
    assert "is not a channel" in upload(signed_in, collection, b"x", script=True, channel="pigeon").content.decode()
    settings.COUNTERPART_MAX_FILE_BYTES = 3
    large = upload(signed_in, collection, b"four", script=True)
    assert large.content.decode().startswith("page 1.pdf is larger than")
    plain = upload(signed_in, collection, b"four", b"two")
    assert plain.status_code == 400
    assert "page 1.pdf is larger than" in text_of(plain)
    assert [one.original_name for one in Submission.objects.all()] == ["page 2.pdf"]


def test_only_those_who_act_upload(collection: Collection, client: Client, viewer: User, stranger: User) -> None:
    assert upload(client, collection, b"x").status_code == 302
    client.force_login(viewer)
    assert upload(client, collection, b"x").status_code == 403
    assert 'type="file"' not in get(client, collection, "received").content.decode()
    client.force_login(stranger)
    assert upload(client, collection, b"x").status_code == 404
    assert Submission.objects.count() == 0


# The list and one page --------------------------------------------------------------------------------------------


def test_the_list_moves_with_the_reading(collection: Collection, signed_in: Client) -> None:
    upload(signed_in, collection, collection.scan(NORTH))
    first = get(signed_in, collection, "received_live")
    assert "1 page received 1 waiting 0 matched" in text_of(first)
    address = reverse("received_live", args=[collection.agreement.slug])
    assert signed_in.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    collection.send(b"no picture", "notes.pdf")
    shown = text_of(signed_in.get(address, headers={"if-none-match": first["ETag"]}))
    assert "2 pages received 1 waiting 0 matched 0 for review 1 set aside" in shown
    assert "notes.pdf" in shown


def test_one_page_says_what_it_is_and_what_happened(
    collection: Collection, signed_in: Client, page: ReceivedPage
) -> None:
    shown = text_of(get(signed_in, collection, "received_page", page.pk))
    assert "Page 1 of north.pdf" in shown
    assert f"This is page {collection.page(NORTH).number}." in shown
    assert "Received as north.pdf by scan" in shown
    assert NORTH in shown
    assert "Review this page" in shown


def test_a_page_set_aside_is_brought_back(
    collection: Collection, client: Client, counsel: User, viewer: User, page: ReceivedPage
) -> None:
    review.set_aside(page, counsel, "A trial")
    address = reverse("bring_back", args=[collection.agreement.slug, page.pk])
    client.force_login(viewer)
    assert "Bring back" not in text_of(get(client, collection, "received_page", page.pk))
    assert client.post(address).status_code == 403
    client.force_login(counsel)
    assert "Set aside: A trial" in text_of(get(client, collection, "received_page", page.pk))
    assert client.post(address).status_code == 302
    page.refresh_from_db()
    assert (page.state, page.needs_person) == ("matched", True)
    assert "Nothing was decided" in text_of(client.post(address, follow=True))


# Pictures and files -----------------------------------------------------------------------------------------------


def pictures(collection: Collection, page: ReceivedPage) -> dict[str, str]:
    slug, issued = collection.agreement.slug, collection.page(NORTH)
    return {
        reverse("picture_thumbnail", args=[slug, page.pk]): "image/jpeg",
        reverse("picture_upright", args=[slug, page.pk]): "image/jpeg",
        reverse("picture_issued", args=[slug, issued.pk]): "image/png",
        reverse("issued_pdf", args=[slug, issued.pk]): "application/pdf",
    }


def test_pictures_are_for_those_who_have_a_part(
    collection: Collection, client: Client, viewer: User, stranger: User, page: ReceivedPage
) -> None:
    original = reverse("original", args=[collection.agreement.slug, page.submission.public_id])
    for address in [
        *pictures(collection, page),
        original,
        reverse("received_page", args=[collection.agreement.slug, page.pk]),
    ]:
        client.logout()
        assert client.get(address).status_code == 302
        client.force_login(stranger)
        assert client.get(address).status_code == 404
        client.force_login(viewer)
        tells_an_amount = address.endswith("page.jpg") or address == original
        assert client.get(address).status_code == (403 if tells_an_amount else 200)


def test_pictures_may_be_kept_by_their_person_alone(
    collection: Collection, signed_in: Client, page: ReceivedPage
) -> None:
    for address, media_type in pictures(collection, page).items():
        response = signed_in.get(address)
        assert response["Content-Type"] == media_type
        assert response["Cache-Control"] == "private, max-age=31536000, immutable"
        assert response["X-Content-Type-Options"] == "nosniff"
    address = reverse("picture_upright", args=[collection.agreement.slug, page.pk])
    tag = signed_in.get(address)["ETag"]
    assert tag == f'"{page.upright_id}"'
    assert signed_in.get(address, headers={"if-none-match": tag}).status_code == 304


def test_a_file_as_it_came_is_only_ever_saved(collection: Collection, signed_in: Client) -> None:
    content = b"<html><script>alert(1)</script></html>"
    submission = collection.send(content, 'evil"\r\n.html', read=False)
    response = signed_in.get(reverse("original", args=[collection.agreement.slug, submission.public_id]))
    assert response.getvalue() == content
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_another_agreements_pages_are_not_to_be_had_through_this_one(
    collection: Collection, signed_in: Client, page: ReceivedPage
) -> None:
    other = Agreement.objects.create(slug="other", title="Other", issuer=collection.agreement.issuer)
    other.memberships.create(user=collection.counsel, role="counsel", may_see_amounts=True)
    issued = SignaturePage.objects.filter(blocks__entity=LANTERN).earliest("id")
    for name, key in [
        ("received_page", page.pk),
        ("picture_thumbnail", page.pk),
        ("picture_upright", page.pk),
        ("picture_issued", issued.pk),
        ("issued_pdf", issued.pk),
        ("original", page.submission.public_id),
    ]:
        assert signed_in.get(reverse(name, args=["other", key])).status_code == 404


def test_a_page_whose_agreement_is_open_is_nobodys(
    collection: Collection, signed_in: Client, page: ReceivedPage
) -> None:
    Submission.objects.update(agreement=None)
    shown = get(signed_in, collection, "received_page", page.pk)
    assert "The file as it came" not in text_of(shown)
    address = reverse("original", args=[collection.agreement.slug, page.submission.public_id])
    assert signed_in.get(address).status_code == 404
    ReceivedPage.objects.update(agreement=None)
    assert get(signed_in, collection, "received_page", page.pk).status_code == 404
