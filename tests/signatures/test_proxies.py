"""Consents under the indenture: a beneficial owner's counts only with the proxy of its participant."""

from __future__ import annotations

import datetime
import threading
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from signatures.domain.documents import agreements, blocks
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.curve import steps
from signatures.domain.queries.tabulated import tabulated
from signatures.domain.queries.wanting import Span, left_of
from signatures.domain.register import register
from signatures.domain.register.register_file import read_table
from signatures.domain.tally import proxies, status, tabulation
from signatures.models import Agreement, AuditEvent, Execution, IndentureConsent, Proxy, SignatureBlock, User

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .once import Once
from .screens import text_of

pytestmark = pytest.mark.django_db
THREE = Decimal("3000000.00")
ZERO = Decimal("0.00")


def move(collection: Collection, holder: str, through: str) -> None:
    """Say through whom a holder holds, by a row of the register."""
    table = read_table(f'holder,held through\n"{holder}",{through}\n'.encode(), "register.csv")
    register.apply(collection.agreement, register.plan(collection.agreement, table), collection.counsel)


def block_of(holder: str) -> SignatureBlock:
    return SignatureBlock.objects.get(entity=holder)


def executed(collection: Collection, at: datetime.datetime | None = None) -> Decimal:
    return tabulation.tabulate(collection.agreement, at).executed


@pytest.fixture
def signed(collection: Collection, counsel: User, once: Once) -> Collection:
    """South has signed, and holds through a participant; Lantern has signed and is of record."""

    def make() -> Agreement:
        agreements.accept_certain_from_now(collection.agreement, counsel, on=True)
        collection.send(collection.scan(SOUTH))
        collection.send(collection.scan(LANTERN))
        move(collection, SOUTH, "Cede & Co.")
        return collection.agreement

    collection.agreement = once("South, through a participant, and Lantern signed", Agreement, make)
    return collection


def test_it_counts_without_a_proxy_unless_the_agreement_is_a_consent(signed: Collection, counsel: User) -> None:
    assert executed(signed) == Decimal(4_000_000)
    assert proxies.switch(signed.agreement, counsel, on=True)
    assert not proxies.switch(signed.agreement, counsel, on=True)
    found = tabulation.tabulate(signed.agreement)
    assert (found.executed, found.proxy_missing, found.holders_executed) == (Decimal(1_000_000), THREE, 1)
    proxies.record(block_of(SOUTH), counsel, "omnibus proxy of 1 March, file 12")
    found = tabulation.tabulate(signed.agreement)
    assert (found.executed, found.proxy_missing, found.holders_executed) == (Decimal(4_000_000), ZERO, 2)
    assert proxies.switch(signed.agreement, counsel, on=False)
    assert executed(signed) == Decimal(4_000_000)


def test_every_past_moment_is_told_as_it_was_and_the_curve_agrees(signed: Collection, counsel: User) -> None:
    block, moments = block_of(SOUTH), [timezone.now()]
    for act in (
        lambda: proxies.switch(signed.agreement, counsel, on=True),
        lambda: proxies.record(block, counsel, "omnibus proxy"),
        lambda: proxies.withdraw(block, counsel),
        lambda: proxies.restore(block, counsel),
        lambda: move(signed, SOUTH, "Harbor Custody"),
        lambda: proxies.record(block, counsel, "letter of the custodian"),
        lambda: proxies.switch(signed.agreement, counsel, on=False),
    ):
        act()  # type: ignore[no-untyped-call]
        moments.append(timezone.now())
    counted = [executed(signed, at) for at in moments]
    with_it, without = Decimal(4_000_000), Decimal(1_000_000)
    assert counted == [with_it, without, with_it, without, with_it, without, with_it, with_it]
    told = steps(signed.agreement)
    assert [next(total for since, total in reversed(told) if since <= at) for at in moments] == counted
    for at in moments:
        lines = tabulated(signed.agreement, at)
        assert sum(line.counted for line in lines.lines) == lines.tally.executed == executed(signed, at)
        assert lines.tally == tabulation.tabulate(signed.agreement, at)


def test_a_line_says_that_the_proxy_is_missing(signed: Collection, counsel: User) -> None:
    proxies.switch(signed.agreement, counsel, on=True)
    line = next(one for one in tabulated(signed.agreement).lines if one.name == SOUTH)
    assert (line.proxy_missing, line.counted, line.why) == (True, ZERO, "signed, proxy missing: that of Cede & Co.")
    told = status.collection_status(signed.agreement)
    assert [(row["holder"], row["proxy_missing"]) for row in told["holders"]] == [
        (NORTH, False),
        (SOUTH, True),
        (LANTERN, False),
    ]
    assert told["tabulation"]["proxy_missing"] == "3000000.00"


def test_what_cannot_be_recorded_says_why_and_changes_nothing(signed: Collection, counsel: User) -> None:
    with pytest.raises(Refused, match="needs no proxy"):
        proxies.record(block_of(LANTERN), counsel, "a letter")
    with pytest.raises(Refused, match="what the proxy is"):
        proxies.record(block_of(SOUTH), counsel, " ")
    with pytest.raises(Refused, match="future"):
        proxies.record(block_of(SOUTH), counsel, "a letter", timezone.localdate() + datetime.timedelta(days=1))
    with pytest.raises(Overtaken, match="Nothing was changed"):
        proxies.withdraw(block_of(SOUTH), counsel)
    with pytest.raises(Refused, match="No proxy was taken back"):
        proxies.restore(block_of(SOUTH), counsel)
    assert not Proxy.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="proxy").exists()


def test_it_is_never_overwritten(signed: Collection, counsel: User) -> None:
    block = block_of(SOUTH)
    proxies.record(block, counsel, "a letter", datetime.date(2021, 3, 1))
    proxies.record(block, counsel, "the proxy itself", datetime.date(2021, 3, 2))
    proxies.withdraw(block, counsel)
    again = proxies.restore(block, counsel)
    assert (again.evidence, again.dated) == ("the proxy itself", datetime.date(2021, 3, 2))
    assert [(one.evidence, one.closed_at is None) for one in Proxy.objects.all()] == [
        ("a letter", False),
        ("the proxy itself", False),
        ("the proxy itself", True),
    ]
    with pytest.raises(IntegrityError, match="one_open_proxy_a_block"), transaction.atomic():
        Proxy.objects.create(block=block, participant="x", evidence="y", opened_by=counsel)
    with pytest.raises(IntegrityError, match="closed_proxy_says_by_whom"), transaction.atomic():
        Proxy.objects.filter(pk=again.pk).update(closed_at=timezone.now())
    move(signed, SOUTH, "Harbor Custody")
    proxies.withdraw(block, counsel)
    with pytest.raises(Refused, match="another participant"):
        proxies.restore(block, counsel)


def test_counsel_records_it_on_the_partys_screen_and_undoes_that(
    signed: Collection, client: Client, counsel: User
) -> None:
    client.force_login(counsel)
    slug, block = signed.agreement.slug, block_of(SOUTH)
    client.post(reverse("indenture_consent", args=[slug]), {"on": "1"})
    assert "It is none: count without proxies" in text_of(client.get(reverse("settings", args=[slug])))
    board = text_of(client.get(reverse("board", args=[slug])))
    assert "Signed, proxy missing $3,000,000" in board
    assert "Proxy missing 1" in board
    assert "1 of 3 holders" in board
    report = client.get(reverse("status_pdf", args=[slug]))
    assert (report.status_code, report.content[:4]) == (200, b"%PDF")
    address = reverse("proxy", args=[slug, block.pk])
    screen = reverse("holder", args=[slug, block.pk])
    assert "Held through Cede &amp; Co., whose proxy is not recorded." in text_of(client.get(screen))
    assert "Say what the proxy is" in text_of(client.post(address, {"evidence": ""}, follow=True))
    assert "Write the proxy" in text_of(client.post(address, {"evidence": "x", "dated": "soon"}, follow=True))
    said = {"evidence": "omnibus proxy, file 12", "dated": "2021-03-01"}
    shown = text_of(client.post(address, said, follow=True))
    assert "Proxy of Cede &amp; Co. recorded. Undo" in shown
    assert "Cede &amp; Co. , dated March 1, 2021: omnibus proxy, file 12 recorded by Counsel" in shown
    assert executed(signed) == Decimal(4_000_000)
    assert "Proxy of Cede &amp; Co. taken back. Undo" in text_of(client.post(address, {"do": "withdraw"}, follow=True))
    assert "recorded again" in text_of(client.post(address, {"do": "restore"}, follow=True))
    assert "counts for nothing until" in text_of(client.get(reverse("settings", args=[slug])))


def test_who_looks_on_sees_no_evidence_and_strangers_nothing(
    signed: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    proxies.switch(signed.agreement, counsel, on=True)
    proxies.record(block_of(SOUTH), counsel, "for 3,000,000 of principal")
    slug, block = signed.agreement.slug, block_of(SOUTH)
    posts = [reverse("proxy", args=[slug, block.pk]), reverse("indenture_consent", args=[slug])]
    assert [client.post(one).status_code for one in posts] == [302, 302]
    client.force_login(viewer)
    shown = text_of(client.get(reverse("holder", args=[slug, block.pk])))
    assert "Cede &amp; Co." in shown
    assert "3,000,000" not in shown
    assert [client.post(one).status_code for one in posts] == [403, 403]
    client.force_login(stranger)
    assert [client.post(one).status_code for one in posts] == [404, 404]
    assert IndentureConsent.objects.filter(closed_at=None).count() == 1


def test_the_shortest_way_names_who_only_lacks_a_proxy(signed: Collection, client: Client, counsel: User) -> None:
    proxies.switch(signed.agreement, counsel, on=True)
    tabulation.set_threshold(signed.agreement, "third", Decimal(30), inclusive=True, actor=None)
    client.force_login(counsel)
    move(signed, NORTH, "Cede & Co.")
    shown = text_of(client.get(reverse("board", args=[signed.agreement.slug])))
    assert "Shortest way to third: North Pier Fund, L.P. (outstanding, $6,000,000)" in shown
    tabulation.set_threshold(signed.agreement, "all", Decimal(100), base="each", actor=None)
    shown = text_of(client.get(reverse("board", args=[signed.agreement.slug])))
    assert f"Missing for all: {NORTH} (outstanding) and {SOUTH} (signed, proxy missing)" in shown


def test_the_board_takes_as_many_queries_for_thirty_holders_without_a_proxy(
    signed: Collection, client: Client, counsel: User
) -> None:
    proxies.switch(signed.agreement, counsel, on=True)
    client.force_login(counsel)
    address = reverse("board", args=[signed.agreement.slug])
    with CaptureQueriesContext(connection) as few:
        client.get(address, {"q": "fund", "group": "signatory"})
    for number in range(30):
        block = blocks.add(signed.agreement, counsel, "holder", f"Fund {number}")
        move(signed, f"Fund {number}", "Cede & Co.")
        Execution.objects.create(block=block)
        SignatureBlock.objects.filter(pk=block.pk).update(state="executed")
    with CaptureQueriesContext(connection) as many:
        shown = text_of(client.get(address, {"show": "proxy"}))
    assert "Proxy missing 31" in shown
    assert len(many) <= len(few) <= 25


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_record_at_once_one_proxy_stays_open(signed: Collection, counsel: User) -> None:
    block, start = block_of(SOUTH), threading.Barrier(2)

    def record(evidence: str) -> None:
        start.wait()
        try:
            proxies.record(block, counsel, evidence)
        finally:
            connection.close()

    people = [threading.Thread(target=record, args=(evidence,)) for evidence in ("a letter", "the proxy")]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert sorted(one.closed_at is None for one in Proxy.objects.all()) == [False, True]


START = datetime.datetime(2021, 3, 1, tzinfo=datetime.UTC)
HOURS = st.lists(st.integers(0, 20), min_size=2, max_size=8, unique=True).map(sorted)


@given(HOURS, st.booleans(), st.integers(0, 20), st.none() | st.integers(0, 20))
def test_a_signed_time_less_the_gaps_is_what_counts(
    hours: list[int], open_ended: bool, since: int, until: int | None
) -> None:
    def at(hour: int) -> datetime.datetime:
        return START + datetime.timedelta(hours=hour)

    pairs = list(zip(hours[::2], hours[1::2], strict=False))
    gaps: list[Span] = [(at(start), at(end)) for start, end in pairs]
    if open_ended:
        gaps[-1] = (gaps[-1][0], None)
    end = None if until is None else since + until + 1
    counting = list(left_of((at(since), None if end is None else at(end)), gaps))
    for hour in range(45):
        signed = since <= hour and (end is None or hour < end)
        wanting = any(start <= at(hour) and (over is None or at(hour) < over) for start, over in gaps)
        counted = [one for one in counting if one[0] <= at(hour) and (one[1] is None or at(hour) < one[1])]
        assert len(counted) == (1 if signed and not wanting else 0)
