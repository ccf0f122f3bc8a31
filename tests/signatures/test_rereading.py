"""A newer engine reads again: what it sees otherwise is shown, and nothing that a person decided changes."""

from __future__ import annotations

from typing import Any

import pytest

from signatures.domain.counterparts.rereading import reread
from signatures.domain.decisions import review
from signatures.models import Reading, ReceivedPage

from .conftest import NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db


def as_an_older_engine_saw_it(page: ReceivedPage, verdict: str) -> None:
    """Let the page's readings be those of an older engine that called its line otherwise."""
    for number, row in enumerate(page.readings.all()):
        data: dict[str, Any] = row.data
        for line in data["lines"]:
            line["verdict"] = verdict
        Reading.objects.filter(pk=row.pk).update(engine=f"an older engine {number}", data=data)


def test_an_undecided_page_is_asked_anew(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = ReceivedPage.objects.get()
    as_an_older_engine_saw_it(page, "blank")
    line = collection.page(NORTH).layout["lines"][0]["id"]
    changes = list(reread(collection.agreement))
    assert [(change.differences, change.applied) for change in changes] == [
        ((f"line {line}: blank before, signed now",), True)
    ]
    assert list(reread(collection.agreement)) == []
    page.refresh_from_db()
    assert page.question.startswith("Signed")


def test_what_a_person_decided_stays(collection: Collection) -> None:
    collection.send(collection.scan(SOUTH))
    page = ReceivedPage.objects.get()
    line = collection.page(SOUTH).layout["lines"][0]["id"]
    review.accept(page, collection.counsel, review.Decision(frozenset([line])))
    as_an_older_engine_saw_it(page, "blank")
    before = ReceivedPage.objects.values().get()
    assert [change.applied for change in reread(collection.agreement)] == [False]
    assert ReceivedPage.objects.values().get() == before
    assert collection.state(SOUTH) == "executed"
