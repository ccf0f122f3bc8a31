"""What the board reads: where everybody stands, what a search finds, what came in, and the curve."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from holders.models import Holding
from signatures.domain import files
from signatures.domain.decisions import review
from signatures.domain.documents import agreements
from signatures.domain.packets import distribution
from signatures.domain.queries import arrivals, board, curve
from signatures.domain.queries.changes import changes
from signatures.domain.register import parties
from signatures.models import Agreement, Execution, Reading, ReceivedPage, StoredFile, Submission, User

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db


def standing(collection: Collection, entity: str) -> board.Standing:
    return next(one for one in board.standings(collection.agreement) if one.entity == entity)


def blocks(collection: Collection, *entities: str) -> set[int]:
    return {standing(collection, entity).block for entity in entities}


def test_everybody_stands_in_the_order_of_the_document(collection: Collection) -> None:
    rows = [(one.entity, one.is_holder, one.principal, one.state) for one in board.standings(collection.agreement)]
    assert rows == [
        ("HARBOR LIGHT CORPORATION", False, None, "outstanding"),
        (NORTH, True, Decimal("6000000.00"), "outstanding"),
        (SOUTH, True, Decimal("3000000.00"), "outstanding"),
        (LANTERN, True, Decimal("1000000.00"), "outstanding"),
    ]


def test_what_needs_something_stands_first(collection: Collection) -> None:
    rows = [one for one in board.standings(collection.agreement) if one.is_holder]
    states = {NORTH: "executed", SOUTH: "outstanding", LANTERN: "defective"}
    rows = [one._replace(state=states[one.entity]) for one in rows]
    assert [one.entity for one in board.in_order(rows, "step", amounts=True)] == [LANTERN, SOUTH, NORTH]
    assert [one.entity for one in board.in_order(rows, "name", amounts=True)] == [LANTERN, NORTH, SOUTH]
    assert [one.entity for one in board.in_order(rows, "principal", amounts=True)] == [NORTH, SOUTH, LANTERN]


def test_without_amounts_the_order_tells_none(collection: Collection) -> None:
    rows = [one for one in board.standings(collection.agreement) if one.is_holder]
    reverse_of_size = [one._replace(principal=Decimal(at)) for at, one in enumerate(rows)]
    assert [one.entity for one in board.in_order(reverse_of_size, "step", amounts=False)] == [NORTH, SOUTH, LANTERN]
    assert [one.entity for one in board.in_order(reverse_of_size, "principal", amounts=False)] == [
        LANTERN,
        NORTH,
        SOUTH,
    ]


@pytest.mark.parametrize(
    ("query", "entities"),
    [
        ("pier fund", (NORTH, SOUTH)),
        ("pier management", (NORTH, SOUTH)),
        ("  Ruth   vale ", (LANTERN,)),
        ("capacity", ()),
        ("entity", ()),
        ("100%", ()),
        ("nobody", ()),
    ],
)
def test_a_search_finds_by_name_chain_and_person(collection: Collection, query: str, entities: tuple[str, ...]) -> None:
    assert board.found(collection.agreement, query) == blocks(collection, *entities)


def test_a_search_finds_by_page_number(collection: Collection) -> None:
    page = collection.page(LANTERN)
    assert board.found(collection.agreement, page.number) == blocks(collection, LANTERN)
    assert board.found(collection.agreement, page.plain_number.lower()) == blocks(collection, LANTERN)


def test_a_search_finds_by_fax_number(collection: Collection) -> None:
    collection.send(collection.scan(SOUTH))
    reading = Reading.objects.order_by("-id")[0]
    fax = {"sender": "2035550142", "recipient": None, "page": 1, "received": None, "text": "From-2035550142"}
    newer = Reading.objects.create(
        page=reading.page, engine="with header", kind=reading.kind, data={**reading.data, "fax": fax}
    )
    ReceivedPage.objects.update(current_reading=newer)
    assert board.found(collection.agreement, "203 555 0142") == blocks(collection, SOUTH)
    assert board.found(collection.agreement, "0142") == blocks(collection, SOUTH)
    assert board.found(collection.agreement, "0143") == set()
    copy = board.details(collection.agreement, [standing(collection, SOUTH)])[standing(collection, SOUTH).block].copies[
        0
    ]
    assert (copy.fax_sender, copy.fax_page, copy.channel) == ("2035550142", 1, "scan")


def test_a_row_knows_its_copies_question_and_link(collection: Collection) -> None:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    distribution.note_opened(packet)
    collection.send(collection.scan(LANTERN))
    row = standing(collection, LANTERN)
    detail = board.details(collection.agreement, [row])[row.block]
    assert detail.lines == [("Ruth Vale", "Director")]
    assert detail.packet == packet.pk
    assert detail.link_opened_at is not None
    assert [(one.channel, one.needs_person, one.counts) for one in detail.copies] == [("scan", True, False)]

    page = ReceivedPage.objects.get()
    line = collection.page(LANTERN).layout["lines"][0]["id"]
    review.accept(page, collection.counsel, review.Decision(frozenset({line})))
    detail = board.details(collection.agreement, [row])[row.block]
    assert [(one.needs_person, one.counts) for one in detail.copies] == [(False, True)]


def test_the_last_arrival_stands_first_with_its_reason(collection: Collection) -> None:
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(collection.scan(NORTH))
    collection.send(b"this is no picture", "notes.pdf")
    collection.send(collection.scan(LANTERN), "later.pdf", read=False)
    waiting, unreadable, page = arrivals.arrivals(collection.agreement)
    assert isinstance(waiting, arrivals.ArrivedFile)
    assert (waiting.file_name, waiting.unreadable, waiting.page_count) == ("later.pdf", False, None)
    assert isinstance(unreadable, arrivals.ArrivedFile)
    assert unreadable.unreadable
    assert unreadable.reason.endswith(".")
    assert isinstance(page, arrivals.ArrivedPage)
    assert (page.names, page.by_rule, page.is_copy, page.page_count) == ((NORTH,), True, False, 1)


def test_a_page_whose_agreement_is_open_is_no_arrival(collection: Collection, other_submission: Submission) -> None:
    ReceivedPage.objects.create(submission=other_submission, index=0, read_at=timezone.now())
    assert arrivals.arrivals(collection.agreement) == []


@pytest.fixture
def other_submission(collection: Collection) -> Submission:
    stored = files.keep(b"a fax for nobody in particular", "application/octet-stream")
    return Submission.objects.create(channel="fax", file=stored, original_name="fax.tif")


def test_the_mark_changes_with_everything_that_a_screen_shows(collection: Collection) -> None:
    def mark() -> str:
        return changes(collection.agreement).mark

    marks = [mark()]
    assert mark() == marks[0]
    submission = collection.send(collection.scan(NORTH), read=False)
    marks.append(mark())
    Submission.objects.filter(pk=submission.pk).update(page_count=1)
    marks.append(mark())
    packet = collection.page(LANTERN).packet
    assert packet is not None
    distribution.note_opened(packet)
    marks.append(mark())
    assert len(set(marks)) == 4
    assert changes(collection.agreement).review_count == 0


def test_the_curve_is_told_from_what_was_opened_and_closed(collection: Collection, agreement: Agreement) -> None:
    start = Holding.objects.earliest("opened_at").opened_at
    hour = datetime.timedelta(hours=1)
    north, south = standing(collection, NORTH), standing(collection, SOUTH)
    Execution.objects.create(block_id=north.block, opened_at=start + hour)
    Execution.objects.create(block_id=south.block, opened_at=start + 2 * hour, closed_at=start + 3 * hour)
    assert curve.steps(agreement) == [
        (start + hour, Decimal("6000000.00")),
        (start + 2 * hour, Decimal("9000000.00")),
        (start + 3 * hour, Decimal("6000000.00")),
    ]


def test_the_curve_in_parts_ends_where_the_exact_one_does(collection: Collection, agreement: Agreement) -> None:
    start = timezone.now() - datetime.timedelta(hours=10)
    hour = datetime.timedelta(hours=1)
    Holding.objects.update(opened_at=start - hour)
    for entity, after in ((NORTH, 0), (SOUTH, 30), (LANTERN, 5 * 60)):
        at = start + datetime.timedelta(minutes=after)
        Execution.objects.create(block_id=standing(collection, entity).block, opened_at=at)
    exact = curve.steps(agreement)
    assert curve.steps(agreement, curve.Part(hour, start)) == [
        (start, Decimal("9000000.00")),
        (start + 5 * hour, Decimal("10000000.00")),
    ]
    assert curve.steps(agreement, curve.Part.of(start, start + 10 * hour)) == exact
    assert curve.steps(agreement, curve.Part.of(start, start)) == exact


def test_a_change_of_the_register_moves_the_curve_from_then_on(collection: Collection, agreement: Agreement) -> None:
    assert agreement.notes is not None
    north = standing(collection, NORTH)
    holding = Holding.objects.get(holder=north.party, closed_at=None)
    Execution.objects.create(block_id=north.block, opened_at=holding.opened_at)
    parties.set_holding(holding.holder, agreement.notes, Decimal("2500000.00"))
    changed = Holding.objects.get(holder=north.party, closed_at=None).opened_at
    assert curve.steps(agreement) == [
        (holding.opened_at, Decimal("6000000.00")),
        (changed, Decimal("2500000.00")),
    ]


def test_pages_to_print_are_those_of_the_blocks(collection: Collection, counsel: User) -> None:
    assert board.pages_to_print(collection.agreement, []) is None
    data = board.pages_to_print(collection.agreement, blocks(collection, NORTH, LANTERN))
    assert data is not None
    assert data[:4] == b"%PDF"
    assert StoredFile.objects.count() > 0
