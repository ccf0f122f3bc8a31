"""Numbers in addresses and forms: whatever is typed, no answer is an error of the server."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from signatures.views.numbers import number, numbers

from .conftest import NORTH, Collection

NONE = ("", "-1", "1.5", "²", "٣²", "x", " 1", "9" * 18, "9" * 5_000)


@pytest.mark.parametrize("text", [*NONE, None])
def test_what_is_no_number_of_a_row_is_none(text: str | None) -> None:
    assert number(text) is None


def test_numbers_are_read_and_the_rest_left_out() -> None:
    assert numbers(["12", "x", "0", "9" * 17, "²"]) == [12, 0, int("9" * 17)]


@pytest.mark.django_db
def test_an_edited_address_of_the_desk_is_answered(collection: Collection, client: Client) -> None:
    (page,) = collection.send(collection.scan(NORTH)).pages.all()
    slug = collection.agreement.slug
    client.force_login(collection.counsel)
    decide = reverse("desk_decide", args=[slug, page.pk])
    for text in NONE:
        assert client.get(reverse("desk_queue", args=[slug]), {"page": text}).status_code == 200
        assert client.get(reverse("desk_page", args=[slug, page.pk]), {"candidate": text}).status_code == 200
        assert client.post(decide, {"do": "turn", "turned": text}).status_code == 422
        assert client.post(decide, {"do": "assign", "candidate": text}).status_code == 422
        assert client.post(reverse("desk_undo", args=[slug]), {"seen": text, "page": text}).status_code == 302
