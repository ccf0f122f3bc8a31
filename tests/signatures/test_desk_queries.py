"""How many queries the desk's screens take: as many for one page in the queue as for thirty, and never over 25."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signatures.domain.counterparts import matching
from signatures.domain.decisions import defects, last_act, review, statements, undoing
from signatures.models import Defect, ReceivedPage, User
from signatures.paper import returns

from .conftest import LANTERN, NORTH, SOUTH, Collection, one_more
from .revised import revise
from .test_views_desk import without_codes

pytestmark = pytest.mark.django_db
MOST = 25


def taken(client: Client, *screen: object) -> int:
    name, *parts = screen
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse(str(name), args=parts)).status_code == 200
    if len(queries) > MOST:
        print(*(f"{at}: {one['sql'][:300]}" for at, one in enumerate(queries)), sep="\n")
    return len(queries)


def fill(collection: Collection, like: ReceivedPage, number: int) -> None:
    """Let so many more pages like one stand in the queue."""
    first = like.submission.pages.count()
    for at in range(first, first + number):
        copy = one_more(like, at)
        matching.open_match(copy, collection.page(LANTERN))


def test_the_desk_with_all_that_a_page_can_show(signed_in: Client, collection: Collection) -> None:
    collection.send(collection.scan(NORTH, LANTERN))
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
    screens: list[tuple[object, ...]] = [
        ("desk", slug),
        ("desk_page", slug, page.pk),
        ("desk_page", slug, other.pk),
        ("desk_queue", slug),
    ]
    signed_in.get(reverse("desk", args=[slug]))
    fill(collection, other, 1)
    few = [taken(signed_in, *screen) for screen in screens]
    fill(collection, other, 28)
    assert signed_in.get(reverse("desk", args=[slug])).context["queue"]["count"] == 30
    many = [taken(signed_in, *screen) for screen in screens]
    assert few == many
    assert max(many) <= MOST
    assert many[-1] <= 6


def test_a_page_of_an_earlier_version_and_one_that_is_not_identified(signed_in: Client, collection: Collection) -> None:
    collection.send(collection.scan(LANTERN))
    collection.send(without_codes(collection, NORTH), "faint.pdf")
    page, unknown = ReceivedPage.objects.order_by("id")
    slug, counsel = collection.agreement.slug, collection.counsel
    revise(collection)
    review.set_aside(unknown, counsel, "Not for this collection")
    undoing.undo(unknown, counsel)
    block = page.matches.get().signature_page.blocks.get()
    for code in ("particular", "amount"):
        Defect.objects.create(page=page, block=block, code=code, opened_by=counsel)
    review.find_defect(page, counsel, "cut_off")
    defects.waive(Defect.objects.get(code="cut_off"), counsel, "readable enough")
    signed_in.get(reverse("desk_page", args=[slug, page.pk]))
    shown = signed_in.get(reverse("desk_page", args=[slug, page.pk])).context
    assert shown["carry"]["version"] == 1
    assert (len(shown["defects_open"]), shown["undo"]["words"][:13]) == (2, "defect waived")
    assert taken(signed_in, "desk_page", slug, page.pk) <= MOST
    assert taken(signed_in, "desk_page", slug, unknown.pk) <= MOST


def test_after_each_action_the_desk_takes_no_more(signed_in: Client, collection: Collection) -> None:
    collection.send(collection.scan(NORTH, LANTERN))
    page, other = ReceivedPage.objects.order_by("id")
    fill(collection, other, 29)
    slug, line = collection.agreement.slug, str(collection.page(NORTH).layout["lines"][0]["id"])
    decide, undo = reverse("desk_decide", args=[slug, page.pk]), reverse("desk_undo", args=[slug])
    for said in (
        {"do": "accept", f"block-{line}": "signed"},
        {"defect": "cut_off"},
        {"reason": "cover"},
        {"do": "turn", "turned": "90"},
        {"other": str(collection.page(SOUTH).pk)},
    ):
        answer = signed_in.post(decide, said)
        assert answer.status_code == 302, said
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(answer["Location"]).status_code == 200
        assert len(queries) <= MOST, said
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(signed_in.post(undo)["Location"]).context["page"]["id"] == page.pk
    with CaptureQueriesContext(connection) as queries:
        assert signed_in.post(decide, {"do": "accept"}).status_code == 422
    assert len(queries) <= MOST


def test_a_refused_decision_with_all_that_its_page_can_show(signed_in: Client, collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH), collection.sheet(LANTERN)]))
    page, other = ReceivedPage.objects.order_by("id")
    slug, block = collection.agreement.slug, collection.agreement.versions.get().blocks.get(entity=NORTH)
    review.find_defect(other, collection.counsel, "cut_off")
    review.find_defect(page, collection.counsel, "particular", "the title")
    Defect.objects.create(page=page, block=block, code="amount", opened_by=collection.counsel)
    packet, line = collection.page(NORTH).packet, str(collection.page(NORTH).layout["lines"][0]["id"])
    assert packet is not None
    statements.state(packet, page, {(line, "amount"): "6,000,000", (line, "title"): "Member"})
    signed_in.get(reverse("desk", args=[slug]))
    act = last_act.last_act(collection.agreement, collection.counsel)
    refused: dict[str, dict[str, str]] = {
        "Say whether North Pier Fund, L.P. is signed.": {"do": "accept"},
        "“twelve” is not an amount.": {"do": "unsigned", f"block-{line}": "blank", f"amount-{line}": "twelve"},
        "Choose the issued page that this is.": {"do": "assign"},
        "No other copy has executed what stands on this page. Look at it again.": {"do": "copy"},
        "Say what is wrong with the page.": {"defect": "odd"},
        "No block is marked as signed. Mark what is signed, or record a defect.": {
            "do": "accept",
            f"block-{line}": "blank",
        },
    }
    for sentence, posted in refused.items():
        with CaptureQueriesContext(connection) as queries:
            response = signed_in.post(reverse("desk_decide", args=[slug, page.pk]), posted)
        # The outermost transaction is a savepoint in a test alone.
        asked = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
        assert response.status_code == 422
        assert response.context["page"]["error"] == sentence
        assert len(asked) <= MOST, (sentence, asked)
        assert last_act.last_act(collection.agreement, collection.counsel) == act
    page.refresh_from_db()
    assert (page.settled_at, page.held_by) == (None, collection.counsel)


def test_a_refusal_shows_the_page_as_it_stands_by_then(signed_in: Client, collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = ReceivedPage.objects.get()
    slug = collection.agreement.slug
    shown = signed_in.get(reverse("desk_page", args=[slug, page.pk])).context
    assert (shown["page"]["held_by"], shown["defects_open"]) == ("", [])
    colleague = User.objects.create_user("second@firm.example", "a long enough password", name="Second Counsel")
    ReceivedPage.objects.update(held_by=colleague)
    block = collection.agreement.versions.get().blocks.get(entity=NORTH)
    Defect.objects.create(page=page, block=block, code="conditional", opened_by=colleague)
    answer = signed_in.post(reverse("desk_decide", args=[slug, page.pk]), {"do": "accept"})
    assert answer.status_code == 422
    assert answer.context["page"]["held_by"] == "Second Counsel"
    assert [one["words"] for one in answer.context["defects_open"]] == ["Signed on a condition"]
    page.refresh_from_db()
    assert page.held_by == colleague
