"""From a page that comes in to an executed block: by a person, by the rule, undone, set aside, corrected."""

from __future__ import annotations

import threading
from decimal import Decimal

import pytest
from django.db import connection

from holders.models import Holding
from signatures.domain.decisions import review, undoing
from signatures.domain.documents import agreements, escrow
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import queued
from signatures.domain.tally.status import collection_status
from signatures.models import AuditEvent, Counterpart, Defect, Execution, ReceivedPage, SignaturePage, User
from signatures.paper import returns

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db


def only_page(collection: Collection) -> ReceivedPage:
    return ReceivedPage.objects.get(agreement=collection.agreement)


def lines_of(collection: Collection, *entities: str) -> frozenset[str]:
    return frozenset(
        line["id"]
        for entity in entities
        for line in collection.page(entity).layout["lines"]
        if line["holder"] == entity
    )


def test_a_signed_page_waits_for_a_person_and_counts_when_accepted(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = only_page(collection)
    assert (page.state, page.needs_person, collection.state(NORTH)) == ("matched", True, "in review")
    assert collection_status(collection.agreement)["tabulation"]["executed"] == "0.00"

    review.accept(page, collection.counsel, review.Decision(lines_of(collection, NORTH)))

    assert collection.state(NORTH) == "executed"
    status = collection_status(collection.agreement)
    assert (status["tabulation"]["executed"], status["tabulation"]["percent"]) == ("6000000.00", "60.00")
    assert AuditEvent.objects.filter(action="page accepted", actor=collection.counsel).count() == 1


def test_the_rule_accepts_what_is_certain_in_the_name_of_who_switched_it_on(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(collection.scan(NORTH))
    counterpart = Counterpart.objects.get()
    assert (counterpart.by_rule, counterpart.accepted_by) == (True, collection.counsel)
    assert not only_page(collection).needs_person


def test_the_rule_leaves_a_change_by_hand_to_a_person(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(returns.as_scan([collection.sheet(NORTH, strike_out=True)]))
    assert not Counterpart.objects.exists()
    assert only_page(collection).question == "Something is written or struck out by hand"


def test_an_unsigned_page_is_never_accepted_by_the_rule(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(returns.as_scan([collection.sheet(NORTH, signs=())]))
    assert not Counterpart.objects.exists()
    review.find_defect(only_page(collection), collection.counsel, Defect.Code.NOT_SIGNED)
    assert collection.state(NORTH) == "defective"


def test_a_new_copy_cures_the_defect(collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH, signs=())]))
    review.find_defect(only_page(collection), collection.counsel, Defect.Code.NOT_SIGNED)
    collection.send(collection.scan(NORTH), "again.pdf")
    assert collection.state(NORTH) == "in review"
    again = ReceivedPage.objects.get(submission__original_name="again.pdf")
    review.accept(again, collection.counsel, review.Decision(lines_of(collection, NORTH)))
    assert collection.state(NORTH) == "executed"
    assert Defect.objects.get().outcome == "cured"


def test_a_second_copy_is_linked_and_counts_once(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    for name in ("first.pdf", "second.pdf"):
        collection.send(returns.as_scan([collection.sheet(NORTH)], seed=len(name)), name)
    first, second = ReceivedPage.objects.order_by("id")
    assert second.duplicate_of == first
    assert Execution.objects.count() == 1
    assert collection_status(collection.agreement)["tabulation"]["executed"] == "6000000.00"


def test_a_page_that_another_copy_has_overtaken_goes_to_the_end_and_one_word_settles_it(collection: Collection) -> None:
    for at in (1, 2):
        collection.send(returns.as_scan([collection.sheet(NORTH, strike_out=at == 1)], seed=at), f"{at}.pdf")
    first, second = ReceivedPage.objects.order_by("id")
    with pytest.raises(Refused, match="No other copy"):
        review.say_copy(first, collection.counsel)
    review.accept(second, collection.counsel, review.Decision(lines_of(collection, NORTH)))
    first.refresh_from_db()
    asked = "Another copy has executed this block: say “copy”. Something is written or struck out by hand"
    assert (first.urgency, first.needs_person, first.question) == (8, True, asked)
    review.say_copy(first, collection.counsel)
    first.refresh_from_db()
    assert (first.needs_person, first.settled_by, first.state) == (False, collection.counsel, "matched")
    assert (Counterpart.objects.count(), collection.state(NORTH)) == (1, "executed")
    undoing.undo(first, collection.counsel)
    undoing.undo(second, collection.counsel)
    first.refresh_from_db()
    assert (first.urgency, first.question) == (1, "The copy that counted was taken back: this one may count")
    assert collection.state(NORTH) == "in review"


def test_a_copy_that_comes_after_the_execution_asks_last(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(collection.scan(NORTH), "first.pdf")
    collection.send(returns.as_scan([collection.sheet(NORTH, strike_out=True)], seed=4), "second.pdf")
    assert ReceivedPage.objects.latest("id").urgency == 8


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_open_a_page_one_holds_it_and_the_other_is_told(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    others = [User.objects.create_user(f"{name}@firm.example", name=name.title()) for name in ("first", "second")]
    together, seen = threading.Barrier(2), dict[str, str]()

    def open_it(user: User) -> None:
        try:
            together.wait()
            review.hold(only_page(collection), user)
            (group,) = queued.queue(collection.agreement, user).groups
            seen[user.name] = group[1][0].held_by
        finally:
            connection.close()

    threads = [threading.Thread(target=open_it, args=[user]) for user in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    holder = only_page(collection).held_by
    assert holder in others
    assert seen == {user.name: "" if user == holder else str(holder) for user in others}


def test_one_of_two_blocks_signed(shared_sheet: Collection) -> None:
    shared_sheet.send(shared_sheet.scan(NORTH))
    page = only_page(shared_sheet)
    assert page.question == "One of several blocks is signed"
    review.accept(page, shared_sheet.counsel, review.Decision(lines_of(shared_sheet, NORTH)))
    assert (shared_sheet.state(NORTH), shared_sheet.state(SOUTH)) == ("executed", "defective")


def test_undo_takes_back_everything_and_the_page_waits_again(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = review.accept(only_page(collection), collection.counsel, review.Decision(lines_of(collection, NORTH)))
    undoing.undo(page, collection.counsel)
    page.refresh_from_db()
    assert (page.needs_person, collection.state(NORTH)) == (True, "in review")
    assert Execution.objects.get().closed_at is not None
    assert collection_status(collection.agreement)["tabulation"]["executed"] == "0.00"


def test_setting_aside_and_bringing_back(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = review.set_aside(only_page(collection), collection.counsel, "A draft")
    assert (page.state, page.reason, collection.state(NORTH)) == ("set_aside", "A draft", "outstanding")
    undoing.undo(page, collection.counsel)
    assert (only_page(collection).state, collection.state(NORTH)) == ("matched", "in review")


def test_setting_aside_wants_a_reason(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    with pytest.raises(Refused, match="Say why"):
        review.set_aside(only_page(collection), collection.counsel, "  ")


def test_a_corrected_match_moves_both_blocks(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = review.correct_match(only_page(collection), collection.counsel, collection.page(SOUTH))
    assert (collection.state(NORTH), collection.state(SOUTH)) == ("outstanding", "in review")
    assert page.matches.count() == 2
    assert page.matches.get(closed_at=None).matched_by == collection.counsel


def test_two_people_decide_and_the_second_is_told(collection: Collection, stranger: User) -> None:
    collection.send(collection.scan(NORTH))
    seen_by_both = only_page(collection)
    decision = review.Decision(lines_of(collection, NORTH))
    review.accept(seen_by_both, collection.counsel, decision)
    with pytest.raises(Overtaken):
        review.accept(seen_by_both, stranger, decision)
    assert Counterpart.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_connections_at_once_one_wins(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page, decision = only_page(collection), review.Decision(lines_of(collection, NORTH))
    ready, outcomes = threading.Barrier(2), list[str]()

    def decide() -> None:
        ready.wait()
        try:
            review.accept(page, collection.counsel, decision)
            outcomes.append("accepted")
        except Overtaken:
            outcomes.append("told")
        finally:
            connection.close()

    both = [threading.Thread(target=decide) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == ["accepted", "told"]
    assert Counterpart.objects.count() == 1


def test_an_amount_on_the_page_fills_the_register_where_it_has_none(collection: Collection) -> None:
    Holding.objects.filter(holder__name=NORTH).update(principal=None)
    collection.send(collection.scan(NORTH))
    block = collection.page(NORTH).blocks.get()
    decision = review.Decision(lines_of(collection, NORTH), {block.pk: Decimal("6500000.00")})
    review.accept(only_page(collection), collection.counsel, decision)
    holding = Holding.objects.get(holder__name=NORTH, closed_at=None)
    assert (holding.principal, holding.source) == (Decimal("6500000.00"), "page")


def test_another_amount_than_the_registers_is_a_defect_to_settle(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    block = collection.page(NORTH).blocks.get()
    decision = review.Decision(lines_of(collection, NORTH), {block.pk: Decimal("7000000.00")})
    review.accept(only_page(collection), collection.counsel, decision)
    assert Defect.objects.get().note == "7,000,000.00 on the page, 6,000,000.00 on the register"
    assert Holding.objects.get(holder__name=NORTH, closed_at=None).principal == Decimal("6000000.00")


def test_a_page_of_a_superseded_version_is_not_accepted(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    SignaturePage.objects.update(state=SignaturePage.State.SUPERSEDED)
    with pytest.raises(Refused, match="superseded"):
        review.accept(only_page(collection), collection.counsel, review.Decision(lines_of(collection, NORTH)))
    assert only_page(collection).settled_at is None


def test_accept_certain_is_one_event_for_all(collection: Collection) -> None:
    sheets = [collection.sheet(NORTH), collection.sheet(SOUTH), collection.sheet(LANTERN, signs=())]
    collection.send(returns.as_scan(sheets))
    assert review.accept_certain(collection.agreement, collection.counsel) == 2
    assert review.accept_certain(collection.agreement, collection.counsel) == 0
    assert AuditEvent.objects.filter(action="certain pages accepted").count() == 1
    assert [collection.state(one) for one in (NORTH, SOUTH, LANTERN)] == ["executed", "executed", "in review"]


def test_release_delivers_and_cannot_be_undone_here(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = review.accept(only_page(collection), collection.counsel, review.Decision(lines_of(collection, NORTH)))
    assert escrow.release_all(collection.agreement, collection.counsel) == 1
    assert collection.state(NORTH) == "released"
    with pytest.raises(Refused, match="released"):
        undoing.undo(page, collection.counsel)


def test_the_event_says_that_the_rule_accepted_and_in_whose_name(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(collection.scan(NORTH))
    event = AuditEvent.objects.get(action="page accepted by rule")
    assert event.actor == collection.counsel
    assert event.data["rule"] == "accept what is certain"
    assert event.data["blocks"] == [collection.page(NORTH).blocks.get().pk]


def accepted_half_by_the_rule(shared_sheet: Collection) -> ReceivedPage:
    agreements.accept_certain_from_now(shared_sheet.agreement, shared_sheet.counsel, on=True)
    shared_sheet.send(shared_sheet.scan(NORTH))
    page = only_page(shared_sheet)
    assert (shared_sheet.state(NORTH), page.needs_person) == ("executed", True)
    return page


def test_what_the_rule_accepted_gives_way_to_another_match(shared_sheet: Collection) -> None:
    page = accepted_half_by_the_rule(shared_sheet)
    review.correct_match(page, shared_sheet.counsel, shared_sheet.page(LANTERN))
    assert (shared_sheet.state(NORTH), shared_sheet.state(LANTERN)) == ("outstanding", "in review")
    assert not Counterpart.objects.filter(closed_at=None).exists()


def test_what_the_rule_accepted_gives_way_to_setting_aside(shared_sheet: Collection) -> None:
    page = accepted_half_by_the_rule(shared_sheet)
    review.set_aside(page, shared_sheet.counsel, "A draft")
    assert (shared_sheet.state(NORTH), Execution.objects.filter(closed_at=None).count()) == ("outstanding", 0)


def test_what_the_rule_accepted_gives_way_to_a_defect(shared_sheet: Collection) -> None:
    page = accepted_half_by_the_rule(shared_sheet)
    review.find_defect(page, shared_sheet.counsel, Defect.Code.CONDITIONAL)
    assert (shared_sheet.state(NORTH), shared_sheet.state(SOUTH)) == ("defective", "defective")


def test_what_the_rule_accepted_gives_way_to_a_person_who_sees_no_signature(shared_sheet: Collection) -> None:
    page = accepted_half_by_the_rule(shared_sheet)
    review.accept(page, shared_sheet.counsel, review.Decision(lines_of(shared_sheet, SOUTH)))
    assert (shared_sheet.state(NORTH), shared_sheet.state(SOUTH)) == ("defective", "executed")


def test_a_copy_that_needed_nobody_is_asked_about_when_the_one_that_counted_is_taken_back(
    collection: Collection,
) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    for name in ("first.pdf", "second.pdf"):
        collection.send(returns.as_scan([collection.sheet(NORTH)], seed=len(name)), name)
    first, second = ReceivedPage.objects.order_by("id")
    assert not second.needs_person
    undoing.undo(first, collection.counsel)
    review.set_aside(first, collection.counsel, "A draft")
    second.refresh_from_db()
    assert (second.needs_person, collection.state(NORTH)) == (True, "in review")
    review.accept(second, collection.counsel, review.Decision(lines_of(collection, NORTH)))
    assert collection.state(NORTH) == "executed"
