"""Taking back what one did last at the desk: all that the act did goes back, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holders.models import Holding
from signatures.domain import audit
from signatures.domain.counterparts import reading_again, turning
from signatures.domain.decisions import amounts, defects, last_act, review
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import posting, sending
from signatures.models import Defect, Dispatch, Membership, ReceivedPage, Role, User

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(collection: Collection) -> ReceivedPage:
    collection.send(collection.scan(NORTH))
    return ReceivedPage.objects.get()


@pytest.fixture
def colleague(collection: Collection) -> User:
    user = User.objects.create_user("second@firm.example", "a long enough password", name="Second Counsel")
    Membership.objects.create(agreement=collection.agreement, user=user, role=Role.COUNSEL, may_see_amounts=True)
    return user


def line(collection: Collection) -> str:
    return str(collection.page(NORTH).layout["lines"][0]["id"])


def back(collection: Collection, by: User | None = None) -> str:
    return last_act.take_back(collection.agreement, by or collection.counsel).action


def stands(page: ReceivedPage) -> tuple[object, ...]:
    page.refresh_from_db()
    match = page.matches.filter(closed_at=None).first()
    issued = match.signature_page.number if match else None
    return page.state, page.needs_person, page.question, page.settled_by, page.turned, page.current_reading_id, issued


def principal() -> Decimal | None:
    return Holding.objects.get(holder__name=NORTH, closed_at=None).principal


def test_an_acceptance_gives_back_the_holding_and_the_defect_that_it_cured(
    collection: Collection, page: ReceivedPage
) -> None:
    Holding.objects.filter(holder__name=NORTH).update(principal=None)
    block = collection.agreement.versions.get().blocks.get(entity=NORTH)
    Defect.objects.create(page=page, block=block, code="particular", note="title", opened_by=collection.counsel)
    said = review.Decision(frozenset({line(collection)}), {block.pk: Decimal(5_000_000)})
    before = stands(page)
    review.accept(page, collection.counsel, said)
    assert (collection.state(NORTH), principal()) == ("executed", Decimal(5_000_000))
    assert not Defect.objects.filter(closed_at=None).exists()
    assert back(collection) == "page accepted"
    assert (collection.state(NORTH), principal(), stands(page)) == ("in review", None, before)
    again = Defect.objects.get(closed_at=None)
    assert (again.code, again.note, again.opened_by) == ("particular", "title", collection.counsel)
    assert Holding.objects.filter(holder__name=NORTH, principal=5_000_000).count() == 1
    # A defect that another decision opened stays when this one is taken back.
    review.find_defect(page, collection.counsel, "cut_off")
    assert back(collection) == "defect found"
    assert [one.code for one in Defect.objects.filter(closed_at=None)] == ["particular"]
    with pytest.raises(Refused, match="nothing of yours"):
        back(collection)


def test_what_was_said_of_a_page_goes_back_step_by_step(collection: Collection, page: ReceivedPage) -> None:
    before = stands(page)
    turning.turn(page, collection.counsel, 90)
    reading_again.read_again(page.pk)
    review.correct_match(page, collection.counsel, collection.page(LANTERN))
    reading_again.read_again(page.pk)
    assert (collection.state(NORTH), collection.state(LANTERN)) == ("outstanding", "in review")
    assert back(collection) == "match corrected"
    assert (collection.state(NORTH), collection.state(LANTERN)) == ("in review", "outstanding")
    assert back(collection) == "page turned"
    reading_again.read_again(page.pk)
    page.refresh_from_db()
    assert stands(page)[:5] == before[:5]
    assert stands(page)[-1] == before[-1]
    assert not audit.findings(collection.agreement)


def test_a_defect_that_was_waived_or_cured_is_open_again(collection: Collection, page: ReceivedPage) -> None:
    review.find_defect(page, collection.counsel, "conditional", "subject to the board")
    before = stands(page)
    acts: list[tuple[Callable[[Defect], object], str]] = [
        (lambda one: defects.waive(one, collection.counsel, "the board has met"), "defect waived"),
        (lambda one: defects.cure(one, collection.counsel, "a letter"), "defect cured"),
    ]
    for act, action in acts:
        act(Defect.objects.get(closed_at=None))
        assert (collection.state(NORTH), page.needs_person) == ("in review", False)
        assert back(collection) == action
        assert (collection.state(NORTH), stands(page)) == ("defective", before)
    defects.waive(Defect.objects.get(closed_at=None), collection.counsel, "the board has met")
    review.accept(page, collection.counsel, review.Decision(frozenset({line(collection)})))
    assert [back(collection), back(collection), back(collection)] == ["page accepted", "defect waived", "defect found"]
    assert collection.state(NORTH) == "in review"
    assert not Defect.objects.filter(closed_at=None).exists()


def test_that_the_page_is_right_is_taken_back(collection: Collection, page: ReceivedPage) -> None:
    block = collection.agreement.versions.get().blocks.get(entity=NORTH)
    said = review.Decision(frozenset({line(collection)}), {block.pk: Decimal(7_000_000)})
    review.accept(page, collection.counsel, said)
    amounts.page_is_right(Defect.objects.get(), collection.counsel)
    assert principal() == Decimal(7_000_000)
    assert back(collection) == amounts.FOLLOWED
    assert principal() == Decimal(6_000_000)
    assert Defect.objects.get(closed_at=None).code == "amount"
    amounts.page_is_right(Defect.objects.get(closed_at=None), collection.counsel)
    Holding.objects.filter(holder__name=NORTH, closed_at=None).update(closed_at=timezone.now())
    with pytest.raises(Overtaken, match="changed since"):
        back(collection)
    assert not Defect.objects.filter(closed_at=None).exists()


def test_a_letter_is_taken_back_until_it_goes(collection: Collection, page: ReceivedPage, settings: object) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.example", "counsel@firm.example"  # type: ignore[attr-defined]
    review.find_defect(page, collection.counsel, "cut_off")
    one = sending.ask_again(Defect.objects.get(), collection.counsel)
    assert back(collection) == "letters queued"
    one.refresh_from_db()
    assert (one.state, one.reason) == ("failed", sending.TAKEN_BACK)
    posting.send(one.pk)  # its job finds it no longer queued
    one.refresh_from_db()
    assert one.state == "failed"
    act = last_act.last_act(collection.agreement, collection.counsel)
    assert act is not None
    assert act.action == "defect found"
    gone = sending.ask_again(Defect.objects.get(), collection.counsel)
    Dispatch.objects.filter(pk=gone.pk).update(state="sent", settled_at=timezone.now())
    assert back(collection) == "defect found"


def test_what_a_colleague_changed_since_is_not_undone(
    collection: Collection, page: ReceivedPage, colleague: User
) -> None:
    review.find_defect(page, collection.counsel, "conditional")
    defects.waive(Defect.objects.get(), colleague, "agreed by telephone")
    assert last_act.last_act(collection.agreement, collection.counsel) is None
    review.set_aside(page, collection.counsel, "Not for this collection")
    act = last_act.last_act(collection.agreement, collection.counsel)
    assert act is not None
    with pytest.raises(Overtaken, match="something else by now"):
        last_act.take_back(collection.agreement, collection.counsel, act.sequence - 1)
    with pytest.raises(Refused, match="nothing of yours"):
        back(collection, colleague)
    assert last_act.take_back(collection.agreement, collection.counsel, act.sequence).action == "page set aside"
    assert stands(page)[:2] == ("matched", True)


def test_the_button_says_what_it_undoes(
    client: Client, collection: Collection, page: ReceivedPage, viewer: User
) -> None:
    client.force_login(collection.counsel)
    slug = collection.agreement.slug
    here = reverse("desk_page", args=[slug, page.pk])
    assert "Nothing to undo" in client.get(here).content.decode()
    review.correct_match(page, collection.counsel, collection.page(LANTERN))
    undo, url = client.get(here).context["undo"], reverse("desk_undo", args=[slug])
    number = collection.page(LANTERN).number
    assert undo["words"] == f"said to be page {number}, {LANTERN}"
    stale = client.post(url, {"seen": str(undo["seen"] + 1), "page": str(page.pk)}, follow=True)
    assert "something else by now" in stale.content.decode()
    assert stale.redirect_chain == [(here, 302)]
    done = client.post(url, {"seen": str(undo["seen"])}, follow=True)
    assert f"Undone: said to be page {number}" in done.content.decode()
    assert collection.state(NORTH) == "in review"
    client.force_login(viewer)
    assert client.get(here).context["undo"] is None
    assert client.post(url).status_code == 403
