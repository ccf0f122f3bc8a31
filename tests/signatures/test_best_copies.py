"""Which copy is bound: the rule as a pure function, a person's choice, its undo, and who may choose."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from signatures.domain.decisions import best_copies
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import board
from signatures.domain.queries.best_copies import best_of
from signatures.models import (
    AuditEvent,
    BestCopy,
    BlockState,
    Counterpart,
    Execution,
    Match,
    Reading,
    ReceivedPage,
    SignatureBlock,
    User,
)
from signatures.paper.reading import CodeSeen
from signatures.paper.reading import Reading as Seen

from .conftest import LANTERN, SOUTH, Collection

NOON = datetime.datetime(2021, 3, 3, 12, tzinfo=datetime.UTC)


@dataclass(frozen=True)
class One:
    page: int
    channel: str = "scan"
    received_at: datetime.datetime = NOON
    signed_lines: frozenset[int] = frozenset({1})
    doubts: int = 0
    dots: int = 200
    off_by: float | None = 0.2
    is_chosen: bool = False


FAX = One(1, "fax")


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (One(2, "courier", dots=100), One(1, "scan", dots=300)),
        (One(2, "email", dots=96), FAX),
        (One(2, dots=300), One(1, dots=200)),
        (One(2, dots=200), One(1, dots=300, doubts=1)),
        (One(2, "email", doubts=3), FAX),
        (One(2, off_by=0.1), One(1, off_by=1.5)),
        (One(2, off_by=3.0), One(1, off_by=None)),
        (One(2), One(1, received_at=NOON + datetime.timedelta(minutes=1))),
        (One(1), One(2)),
        (One(2, dots=300, off_by=0.5), One(1, dots=1200, off_by=0.6)),
        (One(2, dots=400), One(3, dots=1200)),
        (One(2, off_by=0.3), One(3, off_by=0.1)),
        (replace(FAX, is_chosen=True), One(2, "courier", dots=300)),
        (One(2, signed_lines=frozenset({1, 2})), One(1, signed_lines=frozenset({1}), dots=300)),
    ],
)
def test_the_better_copy_is_bound(better: One, worse: One) -> None:
    assert best_copies.bound([better, worse]) == best_copies.bound([worse, better]) == (better.page,)


def test_several_are_bound_where_it_takes_them_to_show_every_line() -> None:
    first, second = One(1, signed_lines=frozenset({1})), One(2, "fax", signed_lines=frozenset({2}))
    assert best_copies.bound([second, first]) == (1, 2)
    original = One(3, "courier", signed_lines=frozenset({2}))
    assert best_copies.bound([second, first, original]) == (3, 1)
    assert best_copies.bound([]) == ()


copies = st.lists(
    st.builds(
        One,
        page=st.integers(1, 10**6),
        channel=st.sampled_from(["fax", "scan", "email", "portal", "courier"]),
        signed_lines=st.frozensets(st.integers(1, 3)),
        doubts=st.integers(0, 4),
        dots=st.integers(0, 600),
        off_by=st.none() | st.floats(0, 9),
        is_chosen=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.page,
)


@given(copies, st.randoms(use_true_random=False))
def test_what_is_bound_shows_all_that_is_signed_whatever_the_order(found: list[One], chance: object) -> None:
    pages = best_copies.bound(found)
    by_page = {one.page: one for one in found}
    shown = [by_page[page].signed_lines for page in pages]
    assert frozenset().union(*shown) == frozenset().union(*(one.signed_lines for one in found))
    assert len(set(pages)) == len(pages)
    mixed = list(found)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert best_copies.bound(mixed) == pages


@pytest.fixture
def twice(collection: Collection, counsel: User) -> Collection:
    """South's page came by fax (page 0) and by e-mail (page 1), both accepted; page 2 is a copy nobody accepted."""
    south = SignatureBlock.objects.get(entity=SOUTH)
    for index, channel in enumerate(("fax", "email", "scan")):
        submission = collection.send(channel.encode(), f"{channel}.pdf", channel=channel, read=False)
        page = ReceivedPage.objects.create(
            submission=submission, index=index, agreement=collection.agreement, state="matched"
        )
        seen = Seen("test", "issued", size=(1700, 2200), alignment_error=0.3)
        page.current_reading = Reading.objects.create(page=page, engine="test", kind="issued", data=seen.as_json())
        page.save()
        Match.objects.create(page=page, signature_page=collection.page(SOUTH), method="code")
        if index < 2:
            Counterpart.objects.create(page=page, block=south, lines=[1], accepted_by=counsel)
    SignatureBlock.objects.filter(pk=south.pk).update(state=BlockState.EXECUTED)
    Execution.objects.create(block=south)
    return collection


def page_at(index: int) -> int:
    return ReceivedPage.objects.get(index=index).pk


def south() -> int:
    return SignatureBlock.objects.get(entity=SOUTH).pk


def bound_pages(collection: Collection) -> tuple[int, ...]:
    rows = [row for row in board.standings(collection.agreement) if row.entity == SOUTH]
    return board.details(collection.agreement, rows)[rows[0].block].bound


@pytest.mark.django_db
def test_a_person_chooses_changes_and_takes_it_back(twice: Collection, counsel: User) -> None:
    agreement, fax, email = twice.agreement, page_at(0), page_at(1)
    assert bound_pages(twice) == (email,)
    best_copies.choose(agreement, south(), fax, counsel)
    assert bound_pages(twice) == (fax,)
    with pytest.raises(Overtaken, match="chosen already"):
        best_copies.choose(agreement, south(), fax, counsel)
    best_copies.leave_to_rule(agreement, south(), counsel)
    assert bound_pages(twice) == (email,)
    best_copies.undo(agreement, south(), counsel)
    assert bound_pages(twice) == (fax,)
    with pytest.raises(Refused, match="nothing of yours"):
        best_copies.undo(agreement, south(), counsel)
    assert [(one.page_id, one.closed_at is None) for one in BestCopy.objects.all()] == [(fax, False), (fax, True)]
    events = AuditEvent.objects.filter(action__contains="copy").order_by("sequence")
    assert [(one.action, one.data["page"], one.data["before"]) for one in events] == [
        ("best copy chosen", fax, None),
        ("best copy left to the rule", None, fax),
        ("choice of copy taken back", fax, None),
    ]


@pytest.mark.django_db
def test_only_an_accepted_copy_of_the_block_is_bound(twice: Collection, counsel: User) -> None:
    lantern = SignatureBlock.objects.get(entity=LANTERN).pk
    for block, page in ((south(), page_at(2)), (lantern, page_at(0)), (south(), 0)):
        with pytest.raises(Refused, match="is not accepted for"):
            best_copies.choose(twice.agreement, block, page, counsel)
    with pytest.raises(Refused, match="not signed in this agreement"):
        best_copies.choose(twice.agreement, 0, page_at(0), counsel)
    best_copies.choose(twice.agreement, south(), page_at(0), counsel)
    Counterpart.objects.filter(page=page_at(0)).delete()
    assert bound_pages(twice) == (page_at(1),)


@pytest.mark.django_db
def test_nobody_undoes_what_another_has_chosen_since(twice: Collection, counsel: User, stranger: User) -> None:
    best_copies.choose(twice.agreement, south(), page_at(0), counsel)
    best_copies.choose(twice.agreement, south(), page_at(1), stranger)
    with pytest.raises(Overtaken, match="another copy since"):
        best_copies.undo(twice.agreement, south(), counsel)
    assert bound_pages(twice) == (page_at(1),)


@pytest.mark.django_db
def test_the_database_keeps_one_choice_a_block(twice: Collection, counsel: User) -> None:
    best_copies.choose(twice.agreement, south(), page_at(0), counsel)
    with pytest.raises(IntegrityError), transaction.atomic():
        BestCopy.objects.create(block_id=south(), page_id=page_at(1), chosen_by=counsel)
    with pytest.raises(IntegrityError), transaction.atomic():
        BestCopy.objects.update(closed_at=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_at_once_leave_one_choice(twice: Collection, counsel: User) -> None:
    gate, said = threading.Barrier(2), []

    def choose(page: int) -> None:
        gate.wait()
        try:
            best_copies.choose(twice.agreement, south(), page, counsel)
            said.append(page)
        finally:
            connection.close()

    threads = [threading.Thread(target=choose, args=(page_at(index),)) for index in (0, 1)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == [page_at(0), page_at(1)]
    assert BestCopy.objects.filter(closed_at=None).count() == 1


@pytest.mark.django_db
def test_on_the_partys_screen(twice: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    slug = twice.agreement.slug
    screen = reverse("holder", args=[slug, south()])
    address = reverse("best_copy", args=[slug, south()])

    def words() -> list[tuple[str, bool]]:
        shown = client.get(screen).context["holder"]["copies"]
        return [(one["bound_words"], one["may_be_bound"]) for one in shown]

    assert words() == [("", True), ("Best copy, bound by the rule", True), ("", False)]
    assert "best copy" in client.get(reverse("board", args=[slug])).content.decode()
    answer = client.post(address, {"page": page_at(0)}, follow=True)
    assert answer.redirect_chain == [(screen, 302)]
    assert "This copy is bound." in answer.content.decode()
    assert words() == [("Best copy, bound as chosen", True), ("", True), ("", False)]
    client.post(address, {"what": "undo"})
    assert words()[1] == ("Best copy, bound by the rule", True)
    assert "so it cannot be bound" in client.post(address, {"page": "x"}, follow=True).content.decode()


@pytest.mark.django_db
def test_what_is_bound_is_asked_for_in_one_query_and_said_on_the_desk(
    twice: Collection, client: Client, counsel: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    block = south()
    with django_assert_num_queries(1):
        found = best_of([block])
    assert list(found) == [south()]
    best = found[south()]
    assert (best.bound, best.is_chosen, [one.page for one in best.copies]) == (
        (page_at(1),),
        False,
        [page_at(0), page_at(1)],
    )
    row = next(one for one in board.standings(twice.agreement) if one.block == south())
    assert board.details(twice.agreement, [row])[row.block].bound == best.bound
    client.force_login(counsel)

    def said(index: int) -> str:
        shown = client.get(reverse("desk_page", args=[twice.agreement.slug, page_at(index)]))
        return str(shown.context["blocks"][0]["settled"])

    assert said(0).startswith("Accepted from this page. The best copy is E-mail ")
    assert said(1) == "Accepted from this page, the best copy"
    assert said(2).startswith("Already executed on another copy. The best copy is E-mail ")
    best_copies.choose(twice.agreement, south(), page_at(0), counsel)
    assert best_of([south()])[south()].is_chosen
    assert said(2).endswith(", as chosen")
    # A faint copy gives way to one that the machine could read.
    best_copies.leave_to_rule(twice.agreement, south(), counsel)
    twice.agreement.submissions.update(channel="scan")
    reading = ReceivedPage.objects.get(index=1).current_reading
    assert reading is not None
    seen = Seen("test", "issued", size=(1700, 2200), codes=(CodeSeen("x", (), "plain"),), alignment_error=0.9)
    Reading.objects.filter(pk=reading.pk).update(data=seen.as_json())
    assert best_of([south()])[south()].bound == (page_at(1),)


@pytest.mark.django_db
def test_one_accepted_copy_wants_no_word(twice: Collection, client: Client, counsel: User) -> None:
    Counterpart.objects.filter(page=page_at(0)).delete()
    client.force_login(counsel)
    shown = client.get(reverse("holder", args=[twice.agreement.slug, south()]))
    assert {one["bound_words"] for one in shown.context["holder"]["copies"]} == {""}
    assert "Bind this copy" not in shown.content.decode()


@pytest.mark.django_db
def test_who_may_choose(twice: Collection, client: Client, viewer: User, stranger: User) -> None:
    address = reverse("best_copy", args=[twice.agreement.slug, south()])
    assert client.post(address).status_code == 302
    for user, status in ((stranger, 404), (viewer, 403)):
        client.force_login(user)
        assert client.post(address, {"page": page_at(0)}).status_code == status
    shown = client.get(reverse("holder", args=[twice.agreement.slug, south()])).content.decode()
    assert "Best copy, bound by the rule" in shown and "Bind this copy" not in shown
    client.force_login(twice.counsel)
    assert client.get(address).status_code == 405
    assert client.post(reverse("best_copy", args=[twice.agreement.slug, 0])).status_code == 404
    assert BestCopy.objects.count() == 0
