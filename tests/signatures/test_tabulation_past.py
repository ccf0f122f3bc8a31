"""The tally as of a past moment: told from rows that were opened and closed, whatever came later."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from holders.models import PartyRole
from signatures.domain.decisions import review, undoing
from signatures.domain.documents import blocks, escrow
from signatures.domain.queries.tabulated import tabulated
from signatures.domain.tally.tabulation import remove_threshold, set_threshold, tabulate
from signatures.models import Agreement, Execution, ReceivedPage, SignatureBlock, User

from .conftest import SOUTH, Collection

pytestmark = pytest.mark.django_db


def _first_holder(agreement: Agreement) -> SignatureBlock:
    blocks = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
    return blocks.filter(role=PartyRole.HOLDER).order_by("pk")[0]


def test_as_of_now_is_now(agreement: Agreement) -> None:
    set_threshold(agreement, "majority", Decimal(50), actor=None)
    Execution.objects.create(block=_first_holder(agreement))
    assert tabulate(agreement, timezone.now()) == tabulate(agreement)


def test_a_threshold_is_told_as_it_was(agreement: Agreement) -> None:
    person = User.objects.create_user("tallies@firm.example")
    moments = [timezone.now()]
    set_threshold(agreement, "majority", Decimal(50), actor=person)
    moments.append(timezone.now())
    set_threshold(agreement, "majority", Decimal(75), actor=person)
    moments.append(timezone.now())
    remove_threshold(agreement, "majority", person)
    moments.append(timezone.now())
    found = [[one.rule.percent for one in tabulate(agreement, at).thresholds] for at in moments]
    assert found == [[], [Decimal(50)], [Decimal(75)], []]


def test_an_execution_counts_from_its_opening_until_its_closing(agreement: Agreement) -> None:
    before = timezone.now()
    execution = Execution.objects.create(block=_first_holder(agreement), opened_at=timezone.now())
    while_open = timezone.now()
    closed = timezone.now()
    Execution.objects.filter(pk=execution.pk).update(closed_at=closed)
    counts = [tabulate(agreement, at).holders_executed for at in (before, while_open, closed)]
    assert counts == [0, 1, 0]
    assert tabulate(agreement).holders_executed == 0


def test_a_block_cannot_be_executed_twice_at_once(agreement: Agreement) -> None:
    block = _first_holder(agreement)
    Execution.objects.create(block=block)
    with pytest.raises(IntegrityError, match="one_open_execution_a_block"), transaction.atomic():
        Execution.objects.create(block=block)
    assert tabulate(agreement).holders_executed == 1


def test_a_line_says_the_state_that_its_block_had_then(collection: Collection, counsel: User) -> None:
    def states(at: datetime.datetime | None = None) -> list[str]:
        return [line.state for line in tabulated(collection.agreement, at).lines]

    moments = [timezone.now()]
    collection.send(collection.scan(SOUTH))
    moments.append(timezone.now())
    page = ReceivedPage.objects.get()
    review.find_defect(page, counsel, "illegible")
    moments.append(timezone.now())
    undoing.undo(page, counsel)
    review.accept_certain(collection.agreement, counsel)
    moments.append(timezone.now())
    escrow.release_all(collection.agreement, counsel)
    expected = ["outstanding", "in review", "defective", "executed"]
    assert [states(at)[1] for at in moments] == expected
    assert states() == ["outstanding", "released", "outstanding"]


def test_of_those_who_answered_is_told_as_it_was(collection: Collection, counsel: User) -> None:
    set_threshold(collection.agreement, "answers", Decimal(50), base="answered", actor=None)
    before = timezone.now()
    collection.send(collection.scan(SOUTH))
    came = timezone.now()
    review.accept_certain(collection.agreement, counsel)
    found = [tabulate(collection.agreement, at).thresholds[0] for at in (before, came, None)]
    assert [(one.part, one.base, one.met) for one in found] == [
        (0, 0, False),
        (0, Decimal(3_000_000), False),
        (Decimal(3_000_000), Decimal(3_000_000), True),
    ]


def test_a_holder_that_joined_later_was_not_missing_before(agreement: Agreement, counsel: User) -> None:
    set_threshold(agreement, "each", Decimal(100), base="each", actor=None)
    for block in SignatureBlock.objects.filter(role=PartyRole.HOLDER):
        Execution.objects.create(block=block)
    before = timezone.now()
    blocks.add(agreement, counsel, "holder", "Late Fund, L.P.")
    then, now = (tabulate(agreement, at) for at in (before, None))
    assert [(one.holders, one.thresholds[0].met) for one in (then, now)] == [(3, True), (4, False)]
    assert [len(tabulated(agreement, at).lines) for at in (before, None)] == [3, 4]
