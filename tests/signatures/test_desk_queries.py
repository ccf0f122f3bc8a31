"""How many queries the desk's screens take: as many for one page in the queue as for thirty, and never over 25."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signatures.domain import matching, review, statements
from signatures.models import Defect, ReceivedPage, User
from signatures.paper import returns

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db
MOST = 25


@pytest.fixture
def signed_in(client: Client, counsel: User) -> Client:
    client.force_login(counsel)
    return client


def taken(client: Client, name: str, *parts: object) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(name, args=parts)).status_code == 200
    if len(queries) > MOST:
        print(*(f"{at}: {one['sql'][:300]}" for at, one in enumerate(queries)), sep="\n")
    return len(queries)


def fill(collection: Collection, like: ReceivedPage, number: int) -> None:
    """Let so many more pages like one stand in the queue."""
    first = like.submission.pages.count()
    for at in range(first, first + number):
        copy = ReceivedPage.objects.get(pk=like.pk)
        copy.pk, copy.index, copy.held_by, copy.held_until = None, at, None, None
        copy.settled_at, copy.settled_by, copy.needs_person, copy.urgency = None, None, True, 6
        copy.save()
        matching.open_match(copy, collection.page(LANTERN))


def test_the_desk_with_all_that_a_page_can_show(signed_in: Client, collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH), collection.sheet(LANTERN)]))
    page, other = ReceivedPage.objects.order_by("id")
    slug, block = collection.agreement.slug, collection.agreement.versions.get().blocks.get(entity=NORTH)
    # Something of one's own to undo, three open defects, two statements, and the page is in the queue again.
    review.find_defect(other, collection.counsel, "cut_off")
    review.find_defect(page, collection.counsel, "particular", "the title")
    for code in ("amount", "conditional"):
        Defect.objects.create(page=page, block=block, code=code, opened_by=collection.counsel)
    packet = collection.page(NORTH).packet
    assert packet is not None
    line = str(collection.page(NORTH).layout["lines"][0]["id"])
    statements.state(packet, page, {(line, "amount"): "6,000,000", (line, "title"): "Member"})
    page.refresh_from_db()
    assert page.needs_person
    signed_in.get(reverse("desk", args=[slug]))
    fill(collection, other, 1)
    few = [taken(signed_in, "desk", slug), taken(signed_in, "desk_page", slug, page.pk)]
    fill(collection, other, 28)
    assert signed_in.get(reverse("desk", args=[slug])).context["queue"]["count"] == 30
    many = [taken(signed_in, "desk", slug), taken(signed_in, "desk_page", slug, page.pk)]
    assert few == many
    assert max(many) <= MOST
