"""Every address of an agreement: a stranger learns nothing from it, who is not signed in signs in first, and who looks
on changes nothing.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from signatures.models import AuditEvent, User
from signatures.urls import AGREEMENT, urlpatterns

from .conftest import NORTH, Collection

INSIDE = [one for one in urlpatterns if str(one.pattern).startswith(AGREEMENT)]


def address(one: URLPattern, collection: Collection) -> str:
    """Return the address with rows of the collection where it has some: what is missing there has the number 1."""
    page = collection.page(NORTH)
    packet = page.packet
    assert packet is not None
    known: dict[str, Any] = {
        "slug": collection.agreement.slug,
        "block_id": page.blocks.get().pk,
        "packet_id": packet.pk,
        "number": 1,
        "file_id": "00000000-0000-0000-0000-000000000001" if "<uuid:" in str(one.pattern) else 1,
    }
    if one.name in {"picture_issued", "issued_pdf", "page_void"}:
        known["page_id"] = page.pk
    return reverse(str(one.name), kwargs={name: known.get(name, 1) for name in one.pattern.converters})


@pytest.mark.django_db
def test_a_stranger_finds_nothing_at_any_address(collection: Collection, client: Client, stranger: User) -> None:
    client.force_login(stranger)
    answers = {
        (one.name, method): getattr(client, method)(address(one, collection)).status_code
        for one in INSIDE
        for method in ("get", "post")
    }
    assert {one: status for one, status in answers.items() if status not in (404, 405)} == {}
    assert all(404 in (answers[one.name, "get"], answers[one.name, "post"]) for one in INSIDE)


@pytest.mark.django_db
def test_who_is_not_signed_in_is_asked_to(collection: Collection, client: Client) -> None:
    for one in INSIDE:
        here = address(one, collection)
        for answer in (client.get(here), client.post(here)):
            assert (answer.status_code, answer["Location"]) == (302, f"/sign-in/?next={here}"), one.name


@pytest.mark.django_db
def test_who_looks_on_changes_nothing_at_any_address(collection: Collection, client: Client, viewer: User) -> None:
    client.force_login(viewer)
    before = AuditEvent.objects.count()
    answers = {one.name: client.post(address(one, collection)).status_code for one in INSIDE}
    assert {name: status for name, status in answers.items() if status not in (403, 405)} == {}
    assert 403 in answers.values()
    assert AuditEvent.objects.count() == before
