"""Received pages, whatever comes in which order: the blocks end the same, and each page stands in exactly one place."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import transaction
from django.db.models import Count, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.domain import audit, files
from signatures.domain.counterparts import intake, matching, reading
from signatures.domain.decisions import evidence, review, undoing
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.domain.tally.status import page_counts
from signatures.models import Counterpart, Defect, Execution, PageState, ReceivedPage, SignatureBlock, Submission
from signatures.paper import returns
from signatures.paper.reader import read_file
from signatures.paper.reading import PageResult

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db

# What may come: a holder's sheet signed (and another scan of it), signed and changed by hand, or not signed.
SHEETS = ("north", "north again", "south unsigned", "south", "lantern changed", "lantern")
FEW = settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Results(dict[str, PageResult]):
    """What the reader sees on each of SHEETS."""

    def __repr__(self) -> str:
        return "the six results"  # a failing example is not to print their pictures


@pytest.fixture
def results(collection: Collection) -> Results:
    """Read SHEETS once, from one file that is not received."""
    sheets = [
        collection.sheet(NORTH),
        collection.sheet(NORTH),
        collection.sheet(SOUTH, signs=()),
        collection.sheet(SOUTH),
        collection.sheet(LANTERN, strike_out=True),
        collection.sheet(LANTERN),
    ]
    stored = files.keep(returns.as_scan(sheets, seed=5), "application/pdf")
    seen = read_file(files.path_of(stored.sha256), matching.issued_for_code)
    return Results(zip(SHEETS, (one for one in seen if isinstance(one, PageResult)), strict=True))


def arrive(collection: Collection, results: Results, names: list[str], watch: Callable[[], None]) -> None:
    """Let one file come in and be read, page by page, the last page first, and some of it twice."""
    submission = intake.receive(b"a file", "file.pdf", "scan", agreement=collection.agreement)
    watch()
    reading._expect(submission, len(names))
    watch()
    for at in [*reversed(range(len(names))), 0]:
        reading.record(submission, replace(results[names[at]], index=at))
        watch()
    Submission.objects.filter(pk=submission.pk).update(state=Submission.State.READ)


def each_page_stands_in_one_place(collection: Collection) -> None:
    """Check the conservation of pages."""
    matches = Count("matches", filter=Q(matches__closed_at=None))
    pages = list(ReceivedPage.objects.filter(agreement=collection.agreement).annotate(open_matches=matches))
    unsplit = Submission.objects.filter(agreement=collection.agreement, page_count=None).count()
    counts = page_counts(collection.agreement)
    assert counts.received == len(pages) + unsplit
    assert counts.received == counts.waiting + counts.matched + counts.review + counts.set_aside
    for page in pages:
        quiet = page.duplicate_of_id is not None and page.state == PageState.MATCHED
        assert [
            page.state == PageState.WAITING,
            page.state == PageState.SET_ASIDE,
            page.needs_person,
            page.settled_at is not None and page.state != PageState.SET_ASIDE,
            quiet and not page.needs_person and page.settled_at is None,
        ].count(True) == 1, (page, page.state)
        # A page that was set aside keeps its match, for the day when it is brought back.
        assert page.open_matches == 1 if page.state == PageState.MATCHED else page.open_matches <= 1


def no_block_differs_from_its_evidence(collection: Collection) -> None:
    """Check that settling a block anew would change nothing."""
    for block in SignatureBlock.objects.filter(version__agreement=collection.agreement):
        state = block.state
        evidence.settle(block)
        assert block.state == state
        executed = Execution.objects.filter(block=block, closed_at=None).count()
        assert executed == (state == "executed") == evidence.is_complete(block)


def decide(page: ReceivedPage, collection: Collection) -> None:
    """Decide as a careful person would: by what stands on the page alone."""
    page.refresh_from_db()
    if not page.needs_person:
        return
    matched = matching.matched(page)
    assert matched is not None
    seen = review.current_reading(page)
    signed = frozenset(line.id for line in seen.lines if line.verdict == "signed")
    try:
        review.say_copy(page, collection.counsel)
    except Refused:
        if not signed:
            review.find_defect(page, collection.counsel, Defect.Code.NOT_SIGNED)
        elif seen.other_ink:
            review.find_defect(page, collection.counsel, Defect.Code.ALTERED)
        else:
            review.accept(page, collection.counsel, review.Decision(signed))


def expected(came: list[str]) -> dict[str, str]:
    """What the three blocks end as, from what came, in whatever order."""
    return {
        NORTH: "executed" if {"north", "north again"} & set(came) else "outstanding",
        SOUTH: "executed" if "south" in came else "defective" if "south unsigned" in came else "outstanding",
        LANTERN: "executed" if "lantern" in came else "defective" if "lantern changed" in came else "outstanding",
    }


@FEW
@given(
    came=st.lists(st.lists(st.sampled_from(SHEETS), min_size=1, max_size=3), min_size=1, max_size=3),
    rule=st.booleans(),
    at_once=st.booleans(),
    seed=st.integers(0, 9),
)
def test_any_order_of_arrival_and_any_copies_end_the_same(
    collection: Collection,
    results: Results,
    came: list[list[str]],
    rule: bool,
    at_once: bool,
    seed: int,
) -> None:
    with transaction.atomic():
        if rule:
            agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)

        def watch() -> None:
            each_page_stands_in_one_place(collection)

        def settle_queue() -> None:
            queue = list(ReceivedPage.objects.filter(needs_person=True).order_by("id"))
            random.Random(seed).shuffle(queue)
            for page in queue:
                decide(page, collection)
                watch()

        for names in came:
            arrive(collection, results, names, watch)
            if at_once:
                settle_queue()
            no_block_differs_from_its_evidence(collection)
        settle_queue()
        assert not ReceivedPage.objects.filter(needs_person=True).exists()
        ends = {name: collection.state(name) for name in (NORTH, SOUTH, LANTERN)}
        assert ends == expected([name for names in came for name in names])
        executed = [name for name, state in ends.items() if state == "executed"]
        assert Execution.objects.filter(closed_at=None).count() == len(executed)
        transaction.set_rollback(True)


ACTS = ("accept", "defect", "aside", "copy", "undo", "other")


@FEW
@given(acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 4)), max_size=8), rule=st.booleans())
def test_whatever_is_done_in_whatever_order_each_page_stands_in_one_place_and_counts_once(
    collection: Collection, results: Results, acts: list[tuple[str, int]], rule: bool
) -> None:
    with transaction.atomic():
        agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=rule)
        names = ["north", "north again", "south unsigned", "lantern changed", "lantern"]
        arrive(collection, results, names, lambda: None)
        by, pages = collection.counsel, list(ReceivedPage.objects.order_by("index"))
        for act, at in acts:
            page = ReceivedPage.objects.get(pk=pages[at].pk)
            matched = matching.matched(page)
            lines = frozenset(line["id"] for line in matched.signature_page.layout["lines"]) if matched else frozenset()
            try:
                match act:
                    case "accept":
                        review.accept(page, by, review.Decision(lines))
                    case "defect":
                        review.find_defect(page, by, Defect.Code.CONDITIONAL)
                    case "aside":
                        review.set_aside(page, by, "A draft")
                    case "copy":
                        review.say_copy(page, by)
                    case "undo":
                        undoing.undo(page, by)
                    case "other":
                        review.correct_match(page, by, collection.page(SOUTH))
            except Refused:
                pass
            each_page_stands_in_one_place(collection)
            no_block_differs_from_its_evidence(collection)
            counting = Counterpart.objects.filter(closed_at=None)
            assert not counting.exclude(page__state=PageState.MATCHED).exists()
        assert audit.findings(collection.agreement) == []
        transaction.set_rollback(True)
