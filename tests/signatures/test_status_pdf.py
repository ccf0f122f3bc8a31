"""The status report: who may fetch it, what it says, what it leaves out."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pypdfium2
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Holding
from signatures.domain.documents import blocks
from signatures.domain.tally import tabulation
from signatures.models import Agreement, BlockState, Defect, Execution, Match, ReceivedPage, SignatureBlock, User
from signatures.paper.status_report import StatusReport
from signatures.views.reports.status_pdf import pdf_of, report_of

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 3, 3, 20, 24, tzinfo=datetime.UTC)


def fetch(client: Client, collection: Collection, **query: str) -> Any:
    return client.get(reverse("status_pdf", args=[collection.agreement.slug]), query)


def text(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))


def of(collection: Collection, show_amounts: bool = True) -> StatusReport:
    agreement = Agreement.objects.select_related("issuer", "notes").get(pk=collection.agreement.pk)
    return report_of(agreement, show_amounts, NOW)


@pytest.fixture
def under_way(collection: Collection, counsel: User) -> Collection:
    """South executed, North defective with an amount in the note, Lantern outstanding; one threshold."""
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), clause="§ 9.02", actor=None)
    submission = collection.send(b"two pages", channel="fax", read=False)
    for index, entity in enumerate((NORTH, SOUTH)):
        page = ReceivedPage.objects.create(submission=submission, index=index, agreement=collection.agreement)
        Match.objects.create(page=page, signature_page=collection.page(entity), method="code")
    north, south = (SignatureBlock.objects.get(entity=entity) for entity in (NORTH, SOUTH))
    SignatureBlock.objects.filter(pk=north.pk).update(state=BlockState.DEFECTIVE)
    SignatureBlock.objects.filter(pk=south.pk).update(state=BlockState.EXECUTED)
    Execution.objects.create(block=south)
    Defect.objects.create(
        page=ReceivedPage.objects.get(index=0),
        block=north,
        code="conditional",
        note="only for $5,999,999",
        opened_by=counsel,
    )
    return collection


def test_who_may_fetch_it(under_way: Collection, client: Client, viewer: User, stranger: User) -> None:
    assert fetch(client, under_way).status_code == 302
    client.force_login(stranger)
    assert fetch(client, under_way).status_code == 404
    client.force_login(viewer)
    response = fetch(client, under_way)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    assert response["Cache-Control"] == "private, no-store"
    assert "$" not in text(response.content)


def test_it_says_what_the_board_says(under_way: Collection) -> None:
    said = of(under_way)
    assert (said.figure, said.figure_words) == ("30.0 %", "$3,000,000 of $10,000,000 executed, by 1 of 3 holders")
    assert said.as_of == "3 March 2026, 15:24 New York"
    assert [(one.word, one.amount, one.x, one.width) for one in said.segments] == [
        ("Executed", "$3,000,000", 0.0, 30.0),
        ("Defective", "$6,000,000", 30.0, 60.0),
        ("Outstanding", "$1,000,000", 90.0, 10.0),
    ]
    assert [(one.name, one.clause, one.verdict, one.is_met) for one in said.thresholds] == [
        ("majority", "§ 9.02", "short by $2,000,000.01 (20.1 %)", False)
    ]
    assert [(one.words, one.x, one.row) for one in said.marks] == [("majority 50 %", 50.0, 0)]
    assert [(one.word, one.total, [row.name for row in one.rows]) for one in said.groups] == [
        ("Executed, in escrow", "1 holder, $3,000,000", [SOUTH]),
        ("Defective", "1 holder, $6,000,000", [NORTH]),
        ("Outstanding", "1 holder, $1,000,000", [LANTERN]),
    ]
    assert said.groups[0].rows[0].received.endswith(", fax")
    assert said.groups[2].rows[0].received == ""
    assert [(one.name, one.below) for one in said.parties] == [("HARBOR LIGHT CORPORATION", ("issuer: outstanding",))]
    assert [(one.name, one.words) for one in said.defects] == [(NORTH, "Signed on a condition: only for $5,999,999")]


def test_without_amounts_it_holds_none(under_way: Collection, client: Client, counsel: User) -> None:
    said = of(under_way, show_amounts=False)
    assert (said.figure, said.figure_words) == ("1 of 3", "holders executed")
    assert said.thresholds[0].verdict == "not met yet"
    assert "$" not in repr(said) and "%" not in repr((said.segments, said.thresholds, said.figure, said.groups))
    assert said.defects[0].words == "Signed on a condition"
    client.force_login(counsel)
    assert "$" in text(fetch(client, under_way).content)
    assert "$" not in text(fetch(client, under_way, amounts="no").content)


def test_the_same_moment_gives_the_same_bytes(under_way: Collection) -> None:
    agreement = Agreement.objects.select_related("issuer", "notes").get(pk=under_way.agreement.pk)
    assert pdf_of(agreement, True, NOW) == pdf_of(agreement, True, NOW)


def test_those_who_are_disregarded_stand_by_themselves(under_way: Collection, counsel: User) -> None:
    Holding.objects.filter(holder__blocks__entity=LANTERN).update(
        disregarded=True, disregarded_reason="held by an affiliate"
    )
    said = of(under_way)
    assert said.disregarded == "Disregarded $1,000,000 held by an affiliate"
    last = said.groups[-1]
    assert (last.word, last.total, last.rows[0].note) == (
        "Disregarded",
        "1 holder, $1,000,000",
        "held by an affiliate",
    )
    assert last.rows[0].below == ("outstanding",)


def test_it_takes_as_many_queries_for_thirty_holders(under_way: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    fetch(client, under_way)
    with CaptureQueriesContext(connection) as few:
        fetch(client, under_way)
    for number in range(30):
        blocks.add(under_way.agreement, counsel, "holder", f"Fund {number}")
    with CaptureQueriesContext(connection) as many:
        fetch(client, under_way)
    assert len(many) == len(few) <= 25
