"""A document is read in the background: into one agreement however often the job runs, or with a sentence why not."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from signatures.domain import files, work
from signatures.domain.documents import document_reading
from signatures.models import Agreement, AuditEvent, DocumentReading, User

from .conftest import DOCUMENT
from .screens import text_of
from .workers import do_what_waits

pytestmark = pytest.mark.django_db
OTHER = DOCUMENT.replace("March 3", "March 4").encode()


@pytest.fixture
def signed_in(client: Client, agreement: Agreement, counsel: User) -> Client:
    client.force_login(counsel)
    return client


def upload(client: Client, name: str, content: bytes) -> Any:
    return client.post(reverse("agreement_new"), {"document": SimpleUploadedFile(name, content)})


def test_a_document_becomes_an_agreement_to_check(signed_in: Client, agreement: Agreement, counsel: User) -> None:
    there = upload(signed_in, "consent.txt", OTHER)["Location"]
    assert Agreement.objects.count() == 1
    waiting = signed_in.get(there)
    assert "Reading consent.txt" in text_of(waiting) and "Waiting for its turn" in text_of(waiting)
    assert f'hx-get="{there}"' in waiting.content.decode()
    assert "consent.txt is being read" in text_of(signed_in.get(reverse("agreements")))
    DocumentReading.objects.update(state="running", step=2)
    part = signed_in.get(there, headers={"HX-Request": "true"}).content.decode()
    assert '<progress value="2" max="4"' in part and "<html" not in part
    document_reading.run(DocumentReading.objects.get().pk)
    made = Agreement.objects.exclude(pk=agreement.pk).get()
    check = reverse("check", args=[made.slug])
    assert signed_in.get(there)["Location"] == check
    assert signed_in.get(there, headers={"HX-Request": "true"})["HX-Redirect"] == check
    assert AuditEvent.objects.get(agreement=made, action="agreement created").actor == counsel
    shown = signed_in.get(check)
    text = DOCUMENT.splitlines()
    first = text.index("Name of Holder: Lantern Capital LLC") + 1
    assert f"read on lines {first} to {len(text)}" in text_of(shown)
    assert f'data-source="{first},{len(text)}"' in shown.content.decode()


def test_read_twice_it_is_one_agreement_and_pressed_twice_one_reading(signed_in: Client, counsel: User) -> None:
    one = document_reading.queue(OTHER, "consent.txt", counsel)
    assert document_reading.queue(OTHER, "consent.txt", counsel) == one
    document_reading.run(one.pk)
    document_reading.run(one.pk)
    work.give_up(DocumentReading, one.pk, "too late")
    one.refresh_from_db()
    assert (one.state, one.reason, Agreement.objects.count()) == ("done", "", 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        DocumentReading.objects.update(agreement=None)


def test_killed_while_it_enters_the_parties_it_has_made_nothing_and_is_done_anew(
    agreement: Agreement, counsel: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = document_reading.queue(OTHER, "consent.txt", counsel)

    def killed(*_: object, **__: object) -> None:
        raise SystemExit

    with monkeypatch.context() as now, pytest.raises(SystemExit):
        now.setattr("signatures.domain.documents.agreements.add_party", killed)
        document_reading.run(one.pk)
    one.refresh_from_db()
    assert (one.state, one.step, Agreement.objects.count()) == ("running", 3, 1)
    document_reading.run(one.pk)
    assert Agreement.objects.count() == 2


def test_only_who_handed_it_in_sees_it(
    signed_in: Client, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    there = reverse("agreement_reading", args=[document_reading.queue(OTHER, "consent.txt", counsel).pk])
    for user in (viewer, stranger):
        client.force_login(user)
        assert client.get(there).status_code == 404
        assert "consent.txt" not in text_of(client.get(reverse("agreements")))
        assert upload(client, "consent.txt", OTHER).status_code == 403


# What is no agreement ---------------------------------------------------------------------------------------------


def locked_pdf() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        made.save(out, encryption=pikepdf.Encryption(owner="one", user="two"))
    return out.getvalue()


def word(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, b"<x/>")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("locked.pdf", locked_pdf(), "locked.pdf is protected with a password; save a copy without one."),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "in an old format of Office such as .doc; save"),
        ("macros.docm", word("word/document.xml", "word/vbaProject.bin"), "macros.docm holds macros; save it as .docx"),
        ("archive.docx", word("readme.txt"), "archive.docx is a ZIP file but not a Word document."),
        ("blank.txt", b"Dear all, thank you.", "No signature blocks were found in this document."),
        ("agreement.pdf", b"no pdf", "No signature blocks were found in this document."),
        ("damaged.pdf", b"%PDF-1.7 and nothing more", "damaged.pdf is damaged and cannot be opened as a PDF."),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, "is neither text nor PDF nor Word"),
    ],
)
def test_a_document_that_is_none_gets_a_sentence_and_changes_nothing(
    signed_in: Client, name: str, content: bytes, sentence: str
) -> None:
    there = upload(signed_in, name, content)["Location"]
    do_what_waits()
    shown = signed_in.get(there)
    assert sentence in text_of(shown) and "No agreement was made of it." in text_of(shown)
    assert "hx-trigger" not in shown.content.decode()
    assert signed_in.get(there, headers={"HX-Request": "true"}).status_code == 200
    assert Agreement.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [("empty.txt", b"", "The submitted file is empty."), ("all.pdf", b"%PDF" + bytes(50_000_000), "larger than 40 MB")],
)
def test_what_is_empty_or_far_too_large_is_refused_at_once(
    signed_in: Client, name: str, content: bytes, sentence: str
) -> None:
    response = upload(signed_in, name, content)
    assert (response.status_code, sentence in text_of(response)) == (422, True)
    assert not DocumentReading.objects.exists()


def test_a_file_that_is_gone_from_the_disk_says_so(signed_in: Client, counsel: User) -> None:
    one = document_reading.queue(b"Something else", "gone.txt", counsel)
    path = files.path_of(one.file_id)
    path.chmod(0o600)
    path.unlink()
    document_reading.run(one.pk)
    one.refresh_from_db()
    assert (one.state, one.reason) == ("refused", work.GONE)
