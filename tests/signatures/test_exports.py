"""What goes out of the board: types, formulas, amounts, and who may fetch it."""

from __future__ import annotations

import csv
import datetime
import io
import zipfile
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signatures.domain.documents import agreements, blocks
from signatures.domain.tally import tabulation
from signatures.models import User

from .conftest import LANTERN, SOUTH, Collection

pytestmark = pytest.mark.django_db


def fetch(client: Client, collection: Collection, name: str = "status_xlsx", **query: str) -> Any:
    return client.get(reverse(name, args=[collection.agreement.slug]), query)


def sheet(content: bytes, name: str) -> list[tuple[Any, ...]]:
    return list(openpyxl.load_workbook(io.BytesIO(content))[name].iter_rows(values_only=True))


@pytest.mark.parametrize("name", ["status_xlsx", "status_csv"])
def test_who_may_fetch_the_status(
    collection: Collection, client: Client, viewer: User, stranger: User, name: str
) -> None:
    assert fetch(client, collection, name).status_code == 302
    client.force_login(stranger)
    assert fetch(client, collection, name).status_code == 404
    client.force_login(viewer)
    response = fetch(client, collection, name)
    assert response.status_code == 200
    assert b"1000000" not in response.content


def test_the_workbook_holds_numbers_and_times(collection: Collection, client: Client, counsel: User) -> None:
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), clause="§ 9.02", actor=None)
    agreements.accept_certain_from_now(collection.agreement, counsel, on=True)
    collection.send(collection.scan(SOUTH), channel="fax")
    client.force_login(counsel)
    content = fetch(client, collection).content
    rows = sheet(content, "Status")
    assert rows[0][:5] == ("Party", "Role", "Signs by", "Signatories", "Principal (USD)")
    lantern = next(row for row in rows if row[0] == LANTERN)
    assert (lantern[4], lantern[6], lantern[7], lantern[8]) == (1_000_000, "Outstanding", 0, None)
    south = next(row for row in rows if row[0] == SOUTH)
    assert (south[4], south[6], south[7], south[9]) == (3_000_000, "Executed, in escrow", 1, "fax")
    assert isinstance(south[8], datetime.datetime)
    majority = sheet(content, "Thresholds")[1]
    assert majority[:6] == ("majority", "§ 9.02", "not met yet", 50, 2_000_000.01, None)
    assert majority[6] == "more than 50 % of principal outstanding, disregarded notes left out"
    assert sheet(content, "Received pages")[1][4:7] == ("identified", collection.page(SOUTH).number, SOUTH)


def test_amounts_are_left_out_when_asked_or_not_allowed(
    collection: Collection, client: Client, counsel: User, viewer: User
) -> None:
    client.force_login(counsel)
    without = fetch(client, collection, amounts="no").content
    client.force_login(viewer)
    for content in (without, fetch(client, collection).content):
        rows = sheet(content, "Status")
        assert "Principal (USD)" not in rows[0]
        assert not any(isinstance(cell, int) and cell > 100 for row in rows for cell in row)
        assert sheet(content, "Thresholds")[0] == ("Threshold", "Clause", "Met")


def test_a_name_is_never_a_formula(collection: Collection, client: Client, counsel: User) -> None:
    blocks.add(collection.agreement, counsel, "holder", "=HYPERLINK(1) Fund")
    client.force_login(counsel)
    assert sheet(fetch(client, collection).content, "Status")[-1][0] == "'=HYPERLINK(1) Fund"
    rows = list(csv.reader(io.StringIO(fetch(client, collection, "status_csv").content.decode("utf-8-sig"))))
    assert rows[-1][0] == "'=HYPERLINK(1) Fund"


def test_the_status_takes_as_many_queries_for_thirty_parties(
    collection: Collection, client: Client, counsel: User
) -> None:
    client.force_login(counsel)
    fetch(client, collection)
    with CaptureQueriesContext(connection) as few:
        fetch(client, collection)
    for number in range(30):
        blocks.add(collection.agreement, counsel, "holder", f"Fund {number}")
    with CaptureQueriesContext(connection) as many:
        fetch(client, collection)
    assert len(many) == len(few) <= 25


@pytest.mark.parametrize("name", ["status_xlsx", "status_csv"])
def test_what_leaves_amounts_out_holds_none_in_any_of_its_bytes(
    collection: Collection, client: Client, counsel: User, name: str
) -> None:
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), actor=counsel)
    client.force_login(counsel)

    def holds(content: bytes) -> list[bytes]:
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                content = b"".join(book.read(part) for part in book.namelist())
        return [amount for amount in (b"6000000", b"3000000", b"1000000", b"5000000") if amount in content]

    assert len(holds(fetch(client, collection, name).content)) >= 3
    assert holds(fetch(client, collection, name, amounts="no").content) == []
    board = client.get(reverse("board", args=[collection.agreement.slug])).content.decode()
    assert f'{reverse(name, args=[collection.agreement.slug])}?amounts=no"' in board
