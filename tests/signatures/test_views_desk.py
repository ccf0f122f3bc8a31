"""The desk over the web: what it shows to whom, what a decision posts, and losing a race."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Holding
from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.documents import agreements
from signatures.domain.pages import voiding
from signatures.models import Agreement, Counterpart, Defect, Membership, ReceivedPage, Role, User
from signatures.paper import returns
from signatures.paper.layout import layout_from_json

from .conftest import DOCUMENT, LANTERN, NORTH, SOUTH, Collection, one_more
from .screens import text_of
from .workers import do_what_waits

pytestmark = pytest.mark.django_db


def desk(collection: Collection, page: ReceivedPage | None = None) -> str:
    slug = collection.agreement.slug
    return reverse("desk_page", args=[slug, page.pk]) if page else reverse("desk", args=[slug])


def decide(client: Client, collection: Collection, page: ReceivedPage, **said: str) -> Any:
    return client.post(reverse("desk_decide", args=[collection.agreement.slug, page.pk]), said)


def line(collection: Collection, entity: str) -> str:
    """What the line of an entity is called in the form."""
    layout = layout_from_json(collection.page(entity).layout)
    return next(line.id for line in layout.lines if line.holder.casefold() == entity.casefold())


def without_codes(collection: Collection, entity: str) -> bytes:
    """A scan of an entity's signed page of which both codes are painted over, and its number."""
    sheet = collection.sheet(entity)
    layout = layout_from_json(collection.page(entity).layout)
    for code in layout.codes:
        x0, y0, x1, y1 = (round(value * 300 / 72) for value in (code.x0, code.y0, code.x1, code.y1))
        sheet[max(0, y0 - 20) : y1 + 20, max(0, x0 - 20) : x1 + 20] = 255
    return returns.as_scan([sheet])


@pytest.fixture
def colleague(collection: Collection) -> User:
    user = User.objects.create_user("second@firm.example", "a long enough password", name="Second Counsel")
    Membership.objects.create(agreement=collection.agreement, user=user, role=Role.COUNSEL, may_see_amounts=True)
    return user


def received(collection: Collection, *entities: str) -> list[ReceivedPage]:
    collection.send(returns.as_scan([collection.sheet(entity) for entity in entities]))
    return list(ReceivedPage.objects.order_by("id"))


# Who may ----------------------------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing_and_one_who_looks_on_may_not_decide(
    collection: Collection, client: Client, viewer: User, stranger: User
) -> None:
    (page,) = received(collection, NORTH)
    slug = collection.agreement.slug
    reads = [
        desk(collection),
        desk(collection, page),
        reverse("desk_queue", args=[slug]),
        reverse("desk_find", args=[slug]),
    ]
    writes = [reverse("desk_decide", args=[slug, page.pk]), reverse("desk_undo", args=[slug])]
    for address in [*reads, *writes]:
        assert client.post(address).status_code == 302, address
    client.force_login(stranger)
    assert {client.get(address).status_code for address in reads} == {404}
    assert {client.post(address).status_code for address in writes} == {404}
    client.force_login(viewer)
    assert {client.get(address).status_code for address in reads} == {200}
    assert {client.post(address).status_code for address in writes} == {403}


def test_one_who_looks_on_sees_what_the_machine_saw_and_holds_nothing(
    collection: Collection, client: Client, viewer: User
) -> None:
    (page,) = received(collection, NORTH)
    client.force_login(viewer)
    shown = client.get(desk(collection))
    assert "It looks signed" in text_of(shown)
    assert 'name="do"' not in shown.content.decode()
    assert 'type="radio"' not in shown.content.decode()
    assert "6,000,000" not in shown.content.decode()
    page.refresh_from_db()
    assert page.held_by is None


def test_another_agreements_page_is_not_found(signed_in: Client, collection: Collection) -> None:
    (page,) = received(collection, NORTH)
    signed_in.post(reverse("agreement_new"), {"document": SimpleUploadedFile("other.txt", DOCUMENT.encode())})
    do_what_waits()
    other = Agreement.objects.exclude(pk=collection.agreement.pk).get()
    assert signed_in.get(reverse("desk_page", args=[other.slug, page.pk])).status_code == 404
    assert signed_in.post(reverse("desk_decide", args=[other.slug, page.pk]), {"do": "accept"}).status_code == 404
    assert signed_in.get(desk(collection, page)).status_code == 200


# What it shows ----------------------------------------------------------------------------------------------------


def test_a_page_stands_beside_the_issued_one_with_what_was_seen(signed_in: Client, collection: Collection) -> None:
    received(collection, NORTH)
    context = signed_in.get(desk(collection)).context
    assert [outline["kind"] for outline in context["received"]["outlines"] if outline["word"]] == ["signed"]
    assert context["received"]["caption_words"].startswith("as a scan, ")
    assert context["issued"]["caption_words"].startswith(f"as page {collection.page(NORTH).number}, ")
    assert context["ghost"]["matrix"].count(",") == 8
    (block,) = context["blocks"]
    assert (block["name"].casefold(), block["signed"]) == (NORTH.casefold(), True)
    assert block["register_words"] == "The register says $6,000,000"
    assert "Both codes read" in " ".join(said["words"] for said in context["why"])


def test_a_mark_at_the_right_edge_has_its_word_inside_the_page(signed_in: Client, collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH, strike_out=True)]))
    outlines = signed_in.get(desk(collection)).context["received"]["outlines"]
    ends = {outline["tag_end"]: float(outline["tag_x"]) for outline in outlines if outline["kind"] == "other"}
    assert ends[True] > 80
    assert all(0 <= float(outline["tag_x"]) <= 100 for outline in outlines)


def test_the_queue_takes_the_same_queries_for_one_page_and_for_thirty(
    signed_in: Client, collection: Collection
) -> None:
    first = received(collection, NORTH)[0]
    addresses = [reverse(name, args=[collection.agreement.slug]) for name in ("desk", "desk_queue")]
    signed_in.get(addresses[0])
    few = [_queries(signed_in, address) for address in addresses]
    for at in range(1, 30):
        copy = one_more(first, at)
        matching.open_match(copy, collection.page(NORTH))
    assert signed_in.get(addresses[1]).context["queue"]["count"] == 30
    many = [_queries(signed_in, address) for address in addresses]
    assert few[1] == many[1] <= 12
    # The picture of the next page is known as well.
    assert many[0] <= few[0] + 1 <= 25


def _queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as taken:
        client.get(address)
    return len(taken)


# Deciding ---------------------------------------------------------------------------------------------------------


def test_accepting_goes_on_to_the_next_page(signed_in: Client, collection: Collection) -> None:
    one, two = received(collection, NORTH, LANTERN)
    response = decide(signed_in, collection, one, do="accept", **{f"block-{line(collection, NORTH)}": "signed"})
    assert response["Location"] == desk(collection, two)
    assert collection.state(NORTH) == "executed"
    assert Counterpart.objects.get().accepted_by == collection.counsel
    response = decide(signed_in, collection, two, do="accept", **{f"block-{line(collection, LANTERN)}": "signed"})
    assert response["Location"] == desk(collection)
    assert "Nothing left to review" in text_of(signed_in.get(desk(collection)))


def test_a_line_without_a_choice_and_an_amount_that_is_none_are_refused(
    signed_in: Client, collection: Collection
) -> None:
    Holding.objects.filter(holder__name=NORTH).delete()
    (page,) = received(collection, NORTH)
    response = decide(signed_in, collection, page, do="accept")
    assert (response.status_code, "Say whether North Pier Fund" in text_of(response)) == (422, True)
    key = line(collection, NORTH)
    said = {f"block-{key}": "signed", f"amount-{key}": "six"}
    response = decide(signed_in, collection, page, do="accept", **said)
    assert (response.status_code, "“six” is not an amount." in text_of(response)) == (422, True)
    assert 'value="six"' in response.content.decode()
    assert collection.state(NORTH) == "in review"


def test_the_amount_on_the_page_is_entered_where_the_register_has_none(
    signed_in: Client, collection: Collection
) -> None:
    Holding.objects.filter(holder__name=NORTH).delete()
    (page,) = received(collection, NORTH)
    assert "The register has no amount" in text_of(signed_in.get(desk(collection, page)))
    key = line(collection, NORTH)
    decide(signed_in, collection, page, do="accept", **{f"block-{key}": "signed", f"amount-{key}": "$6.5 million"})
    assert Holding.objects.get(holder__name=NORTH, closed_at=None).principal == Decimal("6500000.00")


def test_a_page_that_nobody_signed_is_recorded_so_by_one_key(signed_in: Client, collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH, signs=())]))
    page = ReceivedPage.objects.get()
    response = decide(signed_in, collection, page, do="unsigned", **{f"block-{line(collection, NORTH)}": "blank"})
    assert response.status_code == 302
    assert Defect.objects.get().code == Defect.Code.NOT_SIGNED
    assert collection.state(NORTH) == "defective"


def test_a_defect_and_setting_aside(signed_in: Client, collection: Collection) -> None:
    one, two = received(collection, NORTH, LANTERN)
    decide(signed_in, collection, one, defect=Defect.Code.CONDITIONAL, note="subject to board approval")
    assert Defect.objects.get().note == "subject to board approval"
    decide(signed_in, collection, two, reason="foreign")
    two.refresh_from_db()
    assert (two.state, two.reason) == ("set_aside", "A page of something else")
    assert decide(signed_in, collection, one, defect="nonsense").status_code == 422


def test_undo_brings_ones_own_last_page_back(signed_in: Client, collection: Collection, colleague: User) -> None:
    (page,) = received(collection, NORTH)
    undo = reverse("desk_undo", args=[collection.agreement.slug])
    decide(signed_in, collection, page, do="accept", **{f"block-{line(collection, NORTH)}": "signed"})
    assert "Undo" in text_of(signed_in.get(desk(collection)))
    other = Client()
    other.force_login(colleague)
    assert other.post(undo)["Location"] == desk(collection)
    assert collection.state(NORTH) == "executed"
    assert signed_in.post(undo)["Location"] == desk(collection, page)
    assert collection.state(NORTH) == "in review"


def test_what_this_page_counts_for_is_told_apart_from_another_copy(signed_in: Client, shared_sheet: Collection) -> None:
    agreement = shared_sheet.agreement
    agreements.accept_certain_from_now(agreement, shared_sheet.counsel, on=True)
    shared_sheet.send(shared_sheet.scan(NORTH))
    agreements.accept_certain_from_now(agreement, shared_sheet.counsel, on=False)
    shared_sheet.send(returns.as_scan([shared_sheet.sheet(NORTH)], seed=2), "again.pdf")
    first, second = (signed_in.get(desk(shared_sheet, page)).context for page in ReceivedPage.objects.order_by("id"))
    assert [block["settled"] for block in first["blocks"]] == ["Accepted from this page", ""]
    said = [block["settled"] for block in second["blocks"]]
    assert (said[0].partition(". ")[0], said[1]) == ("Already executed on another copy", "")
    assert said[0].partition(". ")[2].startswith("The best copy is Scan ")


# A race -----------------------------------------------------------------------------------------------------------


def test_losing_a_race_is_a_clear_message_and_changes_nothing(
    signed_in: Client, collection: Collection, colleague: User
) -> None:
    (page,) = received(collection, NORTH)
    signed_in.get(desk(collection, page))
    review.set_aside(page, colleague, "Not for this collection")
    response = signed_in.post(
        reverse("desk_decide", args=[collection.agreement.slug, page.pk]),
        {"do": "accept", f"block-{line(collection, NORTH)}": "signed"},
        follow=True,
    )
    assert "Somebody else decided about this page a moment ago. Nothing was changed." in text_of(response)
    page.refresh_from_db()
    assert (page.state, page.settled_by) == ("set_aside", colleague)
    assert collection.state(NORTH) == "outstanding"


def test_a_page_that_became_another_meanwhile_is_not_accepted_as_the_first(
    signed_in: Client, collection: Collection, colleague: User
) -> None:
    (page,) = received(collection, NORTH)
    seen = signed_in.get(desk(collection, page)).context["expected"]
    review.correct_match(page, colleague, collection.page(SOUTH))
    said = {"do": "accept", "expected": str(seen), f"block-{line(collection, SOUTH)}": "signed"}
    decide(signed_in, collection, page, **said)
    assert {collection.state(NORTH), collection.state(SOUTH)} <= {"outstanding", "in review"}


def test_a_page_is_held_for_who_opened_it_and_the_others_are_told(
    signed_in: Client, collection: Collection, colleague: User
) -> None:
    one, two = received(collection, NORTH, LANTERN)
    signed_in.get(desk(collection))
    other = Client()
    other.force_login(colleague)
    shown = other.get(desk(collection))
    assert shown.context["page"]["id"] == two.pk
    assert "Counsel has it open" in text_of(shown)
    assert "Counsel has this page open" in text_of(other.get(desk(collection, one)))


def test_a_decided_page_says_by_whom_and_offers_nothing(
    signed_in: Client, collection: Collection, colleague: User
) -> None:
    (page,) = received(collection, NORTH)
    review.set_aside(page, colleague, "Not for this collection")
    shown = signed_in.get(desk(collection, page))
    assert "This page was decided about already, by Second Counsel." in text_of(shown)
    assert 'value="accept"' not in shown.content.decode()


# Which page it is -------------------------------------------------------------------------------------------------


def test_a_page_without_a_code_is_assigned_to_a_candidate_and_then_judged(
    signed_in: Client, collection: Collection
) -> None:
    collection.send(without_codes(collection, LANTERN))
    page = ReceivedPage.objects.get()
    context = signed_in.get(desk(collection)).context
    assert not context["page"]["identified"]
    assert [one["name"].casefold() for one in context["candidates"]][:1] == [LANTERN.casefold()]
    assert context["chosen"]["id"] == collection.page(LANTERN).pk
    assert [said["words"] for said in context["why"]] == ["No code of ours could be read."]
    assert decide(signed_in, collection, page, do="accept").status_code == 422
    response = decide(signed_in, collection, page, do="assign", candidate=str(context["chosen"]["id"]))
    assert response["Location"] == desk(collection, page)
    shown = signed_in.get(desk(collection, page))
    assert "Now say what is signed." in text_of(shown)
    assert [block["signed"] for block in shown.context["blocks"]] == [None]
    decide(signed_in, collection, page, do="accept", **{f"block-{line(collection, LANTERN)}": "signed"})
    assert collection.state(LANTERN) == "executed"


def test_another_page_is_found_by_name_chain_signatory_and_number(signed_in: Client, collection: Collection) -> None:
    (page,) = received(collection, NORTH)
    find = reverse("desk_find", args=[collection.agreement.slug])
    for text in ("lantern", "Ruth Vale", collection.page(LANTERN).number, collection.page(LANTERN).plain_number):
        found = signed_in.get(find, {"find": text}).context["found"]
        assert [one["id"] for one in found] == [collection.page(LANTERN).pk], text
    assert len(signed_in.get(find, {"find": "pier management"}).context["found"]) == 2
    assert "No issued page has that name or number." in text_of(signed_in.get(find, {"find": "nobody"}))
    decide(signed_in, collection, page, other=str(collection.page(LANTERN).pk))
    match = page.matches.get(closed_at=None)
    assert match.signature_page == collection.page(LANTERN)
    assert decide(signed_in, collection, page, other="999999").status_code == 422


def test_a_page_changed_by_hand_is_not_accepted_by_enter_alone(signed_in: Client, collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH, strike_out=True), collection.sheet(SOUTH)]))
    changed, plain = ReceivedPage.objects.order_by("id")
    assert [block["signed"] for block in signed_in.get(desk(collection, plain)).context["blocks"]] == [True]
    context = signed_in.get(desk(collection, changed)).context
    assert [block["signed"] for block in context["blocks"]] == [None]
    # The queue's neighbours have keys: the certain page stands before the changed one.
    assert [item["key"] for group in context["queue"]["groups"] for item in group["items"]] == ["K", ""]
    decide = reverse("desk_decide", args=[collection.agreement.slug, changed.pk])
    refused = signed_in.post(decide, {"do": "accept"})
    assert (refused.status_code, f"Say whether {NORTH} is signed." in text_of(refused)) == (422, True)
    assert collection.state(NORTH) == "in review"


def test_an_empty_desk_tells_whether_anything_ever_came(signed_in: Client, collection: Collection) -> None:
    assert "Nothing has come in yet" in text_of(signed_in.get(desk(collection)))
    (page,) = received(collection, NORTH)
    review.set_aside(page, collection.counsel, "A draft")
    assert "Nothing left to review" in text_of(signed_in.get(desk(collection)))
    # A page that was decided about is held for nobody, and leads to where it can be brought back.
    shown = signed_in.get(desk(collection, page))
    assert "Held for you" not in text_of(shown)
    assert reverse("received_page", args=[collection.agreement.slug, page.pk]) in shown.content.decode()


def test_the_queue_is_told_once_and_the_page_only_where_it_is_seen_otherwise(
    signed_in: Client, collection: Collection
) -> None:
    (page,) = received(collection, NORTH)
    live = signed_in.get(desk(collection, page)).context["live_url"]
    told = signed_in.get(live)
    assert f'id="facts-{page.pk}"' not in told.content.decode()
    assert signed_in.get(live, headers={"if-none-match": told["ETag"]}).status_code == 304
    review.correct_match(page, collection.counsel, collection.page(SOUTH))
    anew = signed_in.get(live).content.decode()
    assert f'id="facts-{page.pk}"' in anew
    assert f'id="sheets-{page.pk}"' in anew
    assert SOUTH in anew


def test_a_copy_of_a_replaced_page_is_not_offered_to_be_accepted(signed_in: Client, collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page, slug = ReceivedPage.objects.get(), collection.agreement.slug
    desk = reverse("desk_page", args=[slug, page.pk])
    live = signed_in.get(desk).context["live_url"]
    assert signed_in.get(desk).context["page"]["superseded"] is False
    voiding.issue_again(collection.page(NORTH), collection.counsel, "The title was wrong")
    # A desk that is open is told, and Enter records what is wrong instead of an acceptance that would be refused.
    for answer in (signed_in.get(live), signed_in.get(desk)):
        assert answer.context["page"]["superseded"] is True
        text = answer.content.decode()
        assert "Superseded, next" in text
        assert "Accept and next" not in text
    answer = signed_in.post(reverse("desk_decide", args=[slug, page.pk]), {"defect": "wrong_version"})
    assert answer.status_code == 302
    assert collection.state(NORTH) == "defective"
