"""The tally as of a past moment: told from rows that were opened and closed, whatever came later."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from holders.models import PartyRole
from signatures.domain.tabulation import remove_threshold, set_threshold, tabulate
from signatures.models import Agreement, Execution, SignatureBlock, User

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
