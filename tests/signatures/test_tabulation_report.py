"""The tabulation's screen: as of a past moment, signed off, and for whom."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from signatures.domain.documents import agreements, blocks
from signatures.domain.errors import Refused
from signatures.domain.queries.tabulated import tabulated
from signatures.domain.tally import signing_off, tabulation
from signatures.models import AuditEvent, Execution, SignatureBlock, TabulationReport, User

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .screens import text_of

pytestmark = pytest.mark.django_db


def get(client: Client, collection: Collection, **query: str) -> Any:
    return client.get(reverse("tabulation", args=[collection.agreement.slug]), query)


@pytest.fixture
def south_executed(collection: Collection, counsel: User) -> Collection:
    agreements.accept_certain_from_now(collection.agreement, counsel, on=True)
    collection.send(collection.scan(SOUTH))
    return collection


def test_every_line_says_what_it_counts_and_why(south_executed: Collection) -> None:
    found = tabulated(south_executed.agreement)
    assert [(line.name, line.counted, line.why) for line in found.lines] == [
        (NORTH, Decimal("0.00"), "not executed"),
        (SOUTH, Decimal("3000000.00"), ""),
        (LANTERN, Decimal("0.00"), "not executed"),
    ]
    assert sum(line.counted for line in found.lines) == found.tally.executed == Decimal("3000000.00")
    assert found.tally == tabulation.tabulate(south_executed.agreement)


def test_as_of_a_moment_before_it_was_executed_it_does_not_count(
    south_executed: Collection, client: Client, counsel: User
) -> None:
    Execution.objects.update(opened_at=timezone.now() - datetime.timedelta(hours=1))
    SignatureBlock.objects.update(added_at=None)
    before = timezone.now() - datetime.timedelta(hours=2)
    assert [line.counted for line in tabulated(south_executed.agreement, before).lines] == [0, 0, 0]
    client.force_login(counsel)
    local = before.astimezone(ZoneInfo(south_executed.agreement.time_zone))
    shown = text_of(get(client, south_executed, as_of=f"{local:%Y-%m-%dT%H:%M}"))
    assert "as the records stood then" in shown
    assert "Holders executed 0 of 3" in shown
    assert "Holders executed 1 of 3" in text_of(get(client, south_executed))


def test_what_is_signed_off_is_kept_and_held_against_the_records(south_executed: Collection, counsel: User) -> None:
    report = signing_off.sign_off(south_executed.agreement, counsel, None, "for the closing")
    assert (report.content["tally"]["executed"], report.note) == ("3000000.00", "for the closing")
    assert signing_off.still_holds(TabulationReport.objects.get())
    assert AuditEvent.objects.get(action="tabulation signed off").data["sha256"] == report.sha256
    Execution.objects.update(opened_at=timezone.now())
    assert not signing_off.still_holds(TabulationReport.objects.get())


def test_a_moment_to_come_is_not_signed_off(collection: Collection, counsel: User) -> None:
    with pytest.raises(Refused, match="not of one to come"):
        signing_off.sign_off(collection.agreement, counsel, timezone.now() + datetime.timedelta(minutes=1))


@pytest.mark.parametrize("text", ["yesterday", "2999-01-01T00:00"])
def test_a_moment_that_makes_no_sense_gets_a_sentence(
    collection: Collection, client: Client, counsel: User, text: str
) -> None:
    client.force_login(counsel)
    response = get(client, collection, as_of=text)
    assert response.status_code == 422
    assert "moment" in text_of(response)


def test_who_may_see_and_sign_it(
    collection: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    address = reverse("tabulation", args=[collection.agreement.slug])
    assert client.get(address).status_code == 302
    for person, seen, signed in ((stranger, 404, 404), (viewer, 403, 403), (counsel, 200, 302)):
        client.force_login(person)
        assert client.get(address).status_code == seen
        assert client.post(address, {"note": ""}).status_code == signed
    assert TabulationReport.objects.get().signed_by == counsel


def test_it_takes_as_many_queries_for_thirty_holders(collection: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    get(client, collection)
    with CaptureQueriesContext(connection) as few:
        get(client, collection)
    for number in range(30):
        blocks.add(collection.agreement, counsel, "holder", f"Fund {number}")
    with CaptureQueriesContext(connection) as many:
        get(client, collection)
    assert len(many) == len(few) <= 25
