"""What a signatory types through its link: kept as a statement, shown to counsel, and a cure only when accepted."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from signatures.domain.decisions import review, statements
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import distribution
from signatures.models import (
    AuditEvent,
    Counterpart,
    Defect,
    Membership,
    Packet,
    ReceivedPage,
    SignatureBlock,
    Statement,
    User,
)

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db


def packet_of(collection: Collection, entity: str) -> Packet:
    packet = collection.page(entity).packet
    assert packet is not None
    return packet


def line_of(collection: Collection, entity: str) -> str:
    return str(collection.page(entity).layout["lines"][0]["id"])


def received(collection: Collection, entity: str = LANTERN) -> ReceivedPage:
    """A signed page of which the amount is left blank."""
    collection.send(collection.scan(entity))
    return ReceivedPage.objects.latest("id")


def state(collection: Collection, page: ReceivedPage, text: str = "1,000,000") -> list[Statement]:
    return statements.state(packet_of(collection, LANTERN), page, {(line_of(collection, LANTERN), "amount"): text})


def test_a_statement_says_who_when_and_from_which_link_and_counts_for_nothing(collection: Collection) -> None:
    page = received(collection)
    packet = distribution.replace_link(packet_of(collection, LANTERN), collection.counsel)
    (made,) = state(collection, page, "  1,000,000\x00  dollars ")
    assert (made.text, made.particular, made.line, made.stated_by) == ("1,000,000 dollars", "amount", 1, "Ruth Vale")
    assert (made.packet, made.generation, made.page) == (packet, 2, page)
    assert (collection.state(LANTERN), Counterpart.objects.count()) == ("in review", 0)
    event = AuditEvent.objects.get(action="particulars stated")
    assert (event.actor, event.data["stated_by"], event.data["stated"][0]["text"]) == (None, "Ruth Vale", made.text)
    before = ReceivedPage.objects.values().get()
    assert state(collection, page, "1,000,000 dollars") == []
    assert (Statement.objects.count(), ReceivedPage.objects.values().get()) == (1, before)


def test_a_correction_is_a_row_of_its_own_and_no_row_is_ever_changed(collection: Collection) -> None:
    page = received(collection)
    state(collection, page)
    state(collection, page, "2,000,000")
    assert list(Statement.objects.values_list("text", flat=True)) == ["1,000,000", "2,000,000"]
    for change in (Statement.objects.update, Statement.objects.all().delete):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
            change(text="3") if change == Statement.objects.update else change()
    with pytest.raises(Refused, match="longer than 200"):
        state(collection, page, "x" * 201)
    with pytest.raises(Refused, match="Nothing was typed"):
        state(collection, page, "  ")
    for at in range(18):
        state(collection, page, str(at))
    with pytest.raises(Refused, match="too often"):
        state(collection, page, "once more")


def test_nobody_speaks_about_anothers_page_or_one_that_asks_nothing(collection: Collection) -> None:
    page = received(collection)
    asked = {(line_of(collection, LANTERN), "amount"): "1"}
    with pytest.raises(Refused, match="Nothing more is needed"):
        statements.state(packet_of(collection, NORTH), page, asked)
    with pytest.raises(Refused, match="Nothing was typed"):
        statements.state(packet_of(collection, LANTERN), page, {(line_of(collection, NORTH), "amount"): "1"})
    review.accept(page, collection.counsel, review.Decision(frozenset([line_of(collection, LANTERN)])))
    with pytest.raises(Refused, match="Nothing more is needed"):
        statements.state(packet_of(collection, LANTERN), page, asked)
    assert not Statement.objects.exists()


def found_wanting(collection: Collection) -> Defect:
    page = received(collection)
    review.find_defect(page, collection.counsel, Defect.Code.PARTICULAR)
    return Defect.objects.get()


def test_a_defect_is_cured_by_a_statement_only_when_counsel_accepts_it(collection: Collection) -> None:
    defect = found_wanting(collection)
    with pytest.raises(Refused, match="has stated nothing"):
        statements.accept(defect, collection.counsel, [])
    (first,) = state(collection, defect.page)
    page = ReceivedPage.objects.get()
    assert (page.needs_person, page.urgency, page.question) == (True, 5, statements.QUESTION)
    assert (collection.state(LANTERN), Defect.objects.get().closed_at) == ("in review", None)
    (second,) = state(collection, defect.page, "1,100,000")
    with pytest.raises(Overtaken, match="something else meanwhile"):
        statements.accept(defect, collection.counsel, [first.pk])
    statements.accept(defect, collection.counsel, [second.pk])
    defect.refresh_from_db()
    assert (defect.outcome, defect.outcome_note) == ("cured", "Amount, as stated by Ruth Vale through the link")
    page.refresh_from_db()
    assert (page.needs_person, page.question) == (True, "Its defect was cured: say what is signed")
    assert (Counterpart.objects.count(), collection.state(LANTERN)) == (0, "in review")
    with pytest.raises(Overtaken):
        statements.accept(defect, collection.counsel, [second.pk])


def test_a_statement_cures_no_other_defect(collection: Collection) -> None:
    page = received(collection)
    review.find_defect(page, collection.counsel, Defect.Code.CONDITIONAL)
    (made,) = state(collection, page)
    assert (ReceivedPage.objects.get().needs_person, collection.state(LANTERN)) == (False, "defective")
    with pytest.raises(Refused, match="has stated nothing"):
        statements.accept(Defect.objects.get(), collection.counsel, [made.pk])


def test_a_decided_page_comes_back_where_a_statement_bears_on_it_and_never_otherwise(collection: Collection) -> None:
    page = received(collection)
    line, packet = line_of(collection, LANTERN), packet_of(collection, LANTERN)

    def after(code: str, text: str) -> tuple[bool, str]:
        review.find_defect(page, collection.counsel, code)
        statements.state(packet, page, {(line, "amount"): text})
        came_back = ReceivedPage.objects.get(pk=page.pk).needs_person
        state = collection.state(LANTERN)
        Defect.objects.filter(closed_at=None).delete()
        ReceivedPage.objects.filter(pk=page.pk).update(settled_at=None, settled_by=None, needs_person=True)
        return came_back, state

    assert after("cut_off", "1") == (False, "defective")
    assert after("wrong_person", "2") == (False, "defective")  # a name or title would bear on that
    assert after("amount", "3") == (True, "in review")
    assert after("particular", "4") == (True, "in review")
    # Another copy has the defect: that one comes back, also where the statement is about the newest copy.
    review.find_defect(page, collection.counsel, "particular")
    newest = received(collection)
    review.find_defect(newest, collection.counsel, "cut_off")
    statements.state(packet, newest, {(line, "amount"): "5"})
    waiting = ReceivedPage.objects.filter(needs_person=True)
    assert [one.pk for one in waiting] == [page.pk]
    # Nothing stands against the block, and it does not count: counsel says what the page is worth.
    Defect.objects.filter(closed_at=None).delete()
    ReceivedPage.objects.update(settled_at=timezone.now(), settled_by=collection.counsel, needs_person=False)
    statements.state(packet, newest, {(line, "amount"): "6"})
    assert [one.pk for one in waiting.all()] == [newest.pk]
    # Once it counts, the link asks nothing more.
    review.accept(newest, collection.counsel, review.Decision(frozenset({line})))
    with pytest.raises(Refused, match="Nothing more is needed"):
        statements.state(packet, newest, {(line, "amount"): "7"})


# Through the link, and at the desk ---------------------------------------------------------------------------------


def link(collection: Collection, entity: str, name: str = "portal", *rest: object) -> str:
    return reverse(name, args=[distribution.link_token(packet_of(collection, entity)), *rest])


def test_the_link_asks_keeps_what_was_typed_and_lets_it_be_corrected(collection: Collection, client: Client) -> None:
    page = received(collection)
    field = f"amount-{line_of(collection, LANTERN)}"
    shown = client.get(link(collection, LANTERN)).content.decode()
    assert "Your page leaves the amount blank" in shown
    assert "Amount of notes held" in shown
    assert "Nothing is written on the page that you signed." in shown
    send = link(collection, LANTERN, "portal_state", page.pk)
    answer = client.post(send, {field: "9" * 201})
    assert (answer.status_code, "9" * 201 in answer.content.decode()) == (422, True)
    assert answer["Cache-Control"].startswith("private, no-store")
    assert "longer than 200" in answer.content.decode()
    said = client.post(send, {field: "one million"}, follow=True)
    assert "Counsel has what you typed." in said.content.decode()
    assert "You stated: Amount of notes held: one million" in said.content.decode()
    assert "Correct what you stated" in said.content.decode()
    assert "The amount is blank" not in said.content.decode()


def test_a_stranger_or_another_holder_neither_states_nor_sees(collection: Collection, client: Client) -> None:
    page = received(collection)
    field = f"amount-{line_of(collection, LANTERN)}"
    other = link(collection, NORTH, "portal_state", page.pk)
    assert client.post(other, {field: "7"}).status_code == 422
    assert client.post(reverse("portal_state", args=["A" * 43, page.pk]), {field: "7"}).status_code == 404
    assert client.post(link(collection, LANTERN, "portal_state", 0), {field: "7"}).status_code == 404
    assert client.get(link(collection, LANTERN, "portal_state", page.pk)).status_code == 405
    assert not Statement.objects.exists()
    state(collection, page, "twelve and a half")
    assert "twelve and a half" not in client.get(link(collection, NORTH)).content.decode()
    distribution.replace_link(packet_of(collection, LANTERN), collection.counsel)
    assert "twelve and a half" in client.get(link(collection, LANTERN)).content.decode()


def test_counsel_sees_it_on_both_screens_and_an_amount_is_for_who_may_see_it(
    collection: Collection, client: Client, viewer: User, stranger: User
) -> None:
    defect = found_wanting(collection)
    (made,) = state(collection, defect.page, "eleven hundred")
    slug, block = collection.agreement.slug, SignatureBlock.objects.get(entity=LANTERN)
    screens = [reverse("desk_page", args=[slug, defect.page_id]), reverse("holder", args=[slug, block.pk])]
    settle = reverse("defect_settle", args=[slug, defect.pk])
    client.force_login(stranger)
    assert [client.get(screen).status_code for screen in screens] == [404, 404]
    assert client.post(settle, {"do": "stated", "stated": made.pk}).status_code == 404
    client.force_login(viewer)
    for screen in screens:
        shown = client.get(screen).content.decode()
        assert "stated, not shown to you" in shown
        assert "eleven hundred" not in shown
        assert "Cured as stated" not in shown
    assert client.post(settle, {"do": "stated", "stated": made.pk}).status_code == 403
    Membership.objects.filter(user=collection.counsel).update(may_see_amounts=True)
    client.force_login(collection.counsel)
    for screen in screens:
        shown = client.get(screen).content.decode()
        assert "eleven hundred" in shown
        assert "stated by Ruth Vale through the link" in shown
        assert "Cured as stated: amount" in shown
    answer = client.post(settle, {"do": "stated", "stated": f"{made.pk}"}, follow=True)
    assert "Cured as stated: A required particular is missing." in answer.content.decode()
    history = client.get(screens[1]).content.decode()
    assert "Ruth Vale stated the amount through the link" in history
    client.force_login(viewer)
    assert "eleven hundred" not in client.get(screens[1]).content.decode()
