"""Reports of a large collection: a worker makes them, and the screen says how far it is."""

from __future__ import annotations

import datetime

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from signatures.domain import client_links, work
from signatures.domain.tally import status_files
from signatures.models import StatusFile, User
from signatures.views.reports.status_files import make

from .conftest import Collection
from .screens import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def large(collection: Collection, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """A collection that counts as large."""
    monkeypatch.setattr(status_files, "MOST_PARTIES", 1)
    return collection


@pytest.mark.parametrize(
    ("name", "kind", "begins"),
    [("status_pdf", "pdf", b"%PDF"), ("status_xlsx", "xlsx", b"PK"), ("status_csv", "csv", b"\xef")],
)
def test_a_large_report_is_made_by_a_worker(
    large: Collection, client: Client, counsel: User, name: str, kind: str, begins: bytes
) -> None:
    client.force_login(counsel)
    address = reverse(name, args=[large.agreement.slug])
    asked = client.get(address)
    one = StatusFile.objects.get()
    making = reverse("status_file", args=[large.agreement.slug, one.pk])
    assert (asked.status_code, asked["Location"]) == (302, making)
    assert (one.kind, one.with_amounts, one.asked_by) == (kind, True, counsel)
    assert client.get(address)["Location"] == making
    assert "Waiting for its turn" in text_of(client.get(making))
    assert 'hx-trigger="every 1s"' in client.get(making, headers={"hx-request": "true"}).content.decode()
    file = reverse("status_file_download", args=[large.agreement.slug, one.pk])
    assert client.get(file).status_code == 404
    make(one.pk)
    make(one.pk)
    live = client.get(making, headers={"hx-request": "true"})
    assert "Ready, as of" in text_of(live)
    assert "hx-trigger" not in live.content.decode()
    assert f'href="{file}"' in live.content.decode()
    given = client.get(file)
    assert given.content.startswith(begins)
    assert given["Content-Disposition"] == f'attachment; filename="{large.agreement.slug}-status.{kind}"'
    assert client.get(address)["Location"] != making


def test_amounts_are_for_those_who_may_see_them(
    large: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    slug = large.agreement.slug
    with_amounts = status_files.ask(large.agreement, "csv", with_amounts=True, by=counsel)
    for_clients = status_files.ask(large.agreement, "pdf", with_amounts=False, with_defects=False)
    client.force_login(viewer)
    client.get(reverse("status_csv", args=[slug]))
    without = StatusFile.objects.get(with_amounts=False, kind="csv")
    for one in (with_amounts, without):
        make(one.pk)
    assert client.get(reverse("status_file_download", args=[slug, with_amounts.pk])).status_code == 404
    assert client.get(reverse("status_file", args=[slug, with_amounts.pk])).status_code == 404
    assert b"1000000" not in client.get(reverse("status_file_download", args=[slug, without.pk])).content
    client.force_login(counsel)
    assert b"1000000" in client.get(reverse("status_file_download", args=[slug, with_amounts.pk])).content
    assert client.get(reverse("status_file", args=[slug, for_clients.pk])).status_code == 404
    client.force_login(stranger)
    for name in ("status_file", "status_file_download"):
        assert client.get(reverse(name, args=[slug, without.pk])).status_code == 404
    client.logout()
    assert client.get(reverse("status_file", args=[slug, without.pk])).status_code == 302


def test_a_client_gets_its_own_by_its_link(large: Collection, client: Client, counsel: User) -> None:
    until = timezone.localdate() + datetime.timedelta(days=9)
    link = client_links.make(large.agreement, "the company", until, with_amounts=False, by=counsel)
    token = client_links.token(link)
    counsels = status_files.ask(large.agreement, "pdf", with_amounts=True, by=counsel)
    asked = client.get(reverse("look_pdf", args=[token]))
    one = StatusFile.objects.get(with_defects=False)
    assert (asked.status_code, asked["Location"]) == (302, reverse("look_file", args=[token, one.pk]))
    assert (one.with_amounts, one.asked_by) == (False, None)
    make(one.pk)
    assert "Ready, as of" in text_of(client.get(asked["Location"]))
    assert client.get(reverse("look_file_download", args=[token, one.pk])).content.startswith(b"%PDF")
    assert client.get(reverse("look_file", args=[token, counsels.pk])).status_code == 404
    client_links.withdraw(link, counsel)
    assert client.get(asked["Location"]).status_code == 404


def test_a_small_report_is_answered_at_once(collection: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    assert client.get(reverse("status_csv", args=[collection.agreement.slug])).status_code == 200
    assert not StatusFile.objects.exists()


def test_one_that_cannot_be_made_says_so(large: Collection, client: Client, counsel: User) -> None:
    one = status_files.ask(large.agreement, "pdf", with_amounts=True, by=counsel)
    work.give_up(StatusFile, one.pk, work.GIVEN_UP)
    make(one.pk)
    client.force_login(counsel)
    assert work.GIVEN_UP in text_of(client.get(reverse("status_file", args=[large.agreement.slug, one.pk])))
    with pytest.raises(IntegrityError, match="status_file_is_there_once_it_is_done"), transaction.atomic():
        StatusFile.objects.filter(pk=one.pk).update(state="done", reason="")
