"""What speaks for a candidate: the text, the link, the sender, and who is still outstanding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.queries.candidates import candidates
from signatures.models import Packet, ReceivedPage, Submission, User
from signatures.paper.code import payload
from signatures.paper.reading import Candidate, FaxHeader, Reading

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db
HEADER = FaxHeader("2125550171", None, 1, None, "Page 01 From-2125550171")


def came(collection: Collection, name: str, packet: Packet | None = None, sender: str = "") -> ReceivedPage:
    file = collection.send(name.encode(), name, "portal" if packet else "fax", read=False)
    Submission.objects.filter(pk=file.pk).update(state="read", page_count=1, packet=packet, sender=sender)
    made = ReceivedPage.objects.create(submission=file, index=0, agreement=collection.agreement, state="review")
    return ReceivedPage.objects.select_related("submission").get(pk=made.pk)


def reading(collection: Collection, *entities: str, fax: FaxHeader | None = None) -> Reading:
    """A reading whose text fits these pages, the first one best."""
    read = (
        Candidate(payload(collection.page(one).key, "A"), 0.6 - 0.05 * at, (f"{one} was read.",))
        for at, one in enumerate(entities)
    )
    return Reading("test", "unidentified", candidates=tuple(read), fax=fax)


def told(collection: Collection, page: ReceivedPage, seen: Reading | None) -> list[tuple[str, tuple[str, ...]]]:
    found = candidates(collection.agreement, page, seen)
    return [(one.blocks.all()[0].entity, why) for one, why in found]


def test_text_alone_keeps_its_order_and_says_who_is_outstanding(collection: Collection) -> None:
    page = came(collection, "a.tif")
    assert told(collection, page, None) == []
    assert told(collection, page, reading(collection, NORTH, SOUTH)) == [
        (NORTH, ("North Pier Fund, L.P. was read.", "Still outstanding.")),
        (SOUTH, ("South Pier Fund, L.P. was read.", "Still outstanding.")),
    ]
    # Of two that fit about as well the one that is executed already comes after the one that is wanted.
    collection.agreement.versions.get().blocks.filter(entity=NORTH).update(state="executed")
    first, second = told(collection, page, reading(collection, NORTH, SOUTH))
    assert (first[0], second[1][-1]) == (SOUTH, "Nothing is outstanding: executed, in escrow.")


def test_the_link_and_the_sender_speak_for_a_page_without_any_text(
    collection: Collection, counsel: User, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    packet = collection.page(LANTERN).packet
    (only,) = told(collection, came(collection, "photo.jpg", packet), None)
    assert only == (LANTERN, ("It came through the link of Ruth Vale.", "Still outstanding."))
    by_mail = told(collection, came(collection, "mail.pdf", sender="Brand@pier.example"), None)
    assert [name for name, _ in by_mail] == [NORTH, SOUTH]
    assert by_mail[0][1][0] == "Otto Brand sent pages from Brand@pier.example."
    # A page of Lantern's came from that fax number before.
    known = came(collection, "first.tif", sender="2125550171")
    matching.open_match(known, collection.page(LANTERN))
    unknown = came(collection, "second.tif")
    seen = reading(collection, NORTH, LANTERN, fax=HEADER)
    with django_assert_max_num_queries(3):
        found = candidates(collection.agreement, unknown, seen)
    assert [one.pk for one, _ in found] == [collection.page(LANTERN).pk, collection.page(NORTH).pk]
    assert "Ruth Vale sent pages from this fax number." in found[0][1]
    assert told(collection, came(collection, "third.tif", sender="5550000"), None) == []


def test_who_opens_a_page_lets_go_of_the_one_before(collection: Collection, counsel: User) -> None:
    one, two = came(collection, "a.tif"), came(collection, "b.tif")
    for page in (one, two):
        page.needs_person = True
        page.save()
        review.hold(page, counsel)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.held_by, two.held_by) == (None, counsel)
