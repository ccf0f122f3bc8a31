"""Disregarded holdings: out of both parts of the tally, told as of any moment, with who knew, and undone."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from holders.models import Holding
from signatures.domain import audit
from signatures.domain.documents import agreements
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.listing import alike
from signatures.domain.register import disregarding, register
from signatures.domain.register.register_file import read_table
from signatures.domain.tally import tabulation
from signatures.domain.tally.thresholds import Position
from signatures.models import Agreement, AuditEvent, Membership, SignatureBlock, User
from signatures.views.board.summary import summary

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .once import Once
from .screens import text_of

pytestmark = pytest.mark.django_db
WHY: dict[str, Any] = {"reason": "owned by an affiliate", "known_by": "the trustee"}


def block_of(holder: str) -> SignatureBlock:
    return SignatureBlock.objects.select_related("party").get(entity=holder)


def held(holder: str) -> Holding:
    return Holding.objects.get(holder__name=holder, closed_at=None)


@pytest.fixture
def signed(collection: Collection, counsel: User, once: Once) -> Collection:
    """South has signed, with 3,000,000 of 10,000,000."""

    def make() -> Agreement:
        agreements.accept_certain_from_now(collection.agreement, counsel, on=True)
        collection.send(collection.scan(SOUTH))
        return collection.agreement

    collection.agreement = once("South signed", Agreement, make)
    return collection


def test_it_leaves_both_parts_and_every_moment_is_told_as_it_was(signed: Collection, counsel: User) -> None:
    made, party, moments = signed.agreement, block_of(SOUTH).party, [timezone.now()]
    since = datetime.date(2021, 3, 1)
    of = (made, party, counsel)
    marked = disregarding.mark(*of, **WHY, since=since, seen=held(SOUTH).pk)
    moments.append(timezone.now())
    disregarding.lift(*of, seen=marked.pk)
    moments.append(timezone.now())
    again = disregarding.restore(*of)
    moments.append(timezone.now())
    told = [tabulation.tabulate(made, at) for at in moments]
    assert [(one.executed, one.base, one.disregarded) for one in told] == [
        (3_000_000, 10_000_000, 0),
        (0, 7_000_000, 3_000_000),
        (3_000_000, 10_000_000, 0),
        (0, 7_000_000, 3_000_000),
    ]
    assert (again.disregarded_reason, again.disregarded_known_by, again.disregarded_since) == (*WHY.values(), since)
    assert Holding.objects.filter(holder=party).count() == 4
    assert [one.action for one in AuditEvent.objects.order_by("-sequence")[:3]] == [
        "holding disregarded",
        "holding no longer disregarded",
        "holding disregarded",
    ]
    assert audit.findings(made) == []


def test_what_is_refused_changes_nothing(signed: Collection, counsel: User) -> None:
    of = (signed.agreement, block_of(SOUTH).party, counsel)
    for said, why in (
        ({**WHY, "reason": " "}, "Say why"),
        ({**WHY, "known_by": ""}, "who knew"),
        ({**WHY, "since": timezone.localdate() + datetime.timedelta(days=1)}, "future"),
        ({**WHY, "reason": "x" * 301}, "300 characters"),
    ):
        with pytest.raises(Refused, match=why):
            disregarding.mark(*of, **said)
    with pytest.raises(Overtaken, match="somebody else"):
        disregarding.mark(*of, **WHY, seen=held(NORTH).pk)
    with pytest.raises(Overtaken, match="not disregarded any more"):
        disregarding.lift(*of)
    with pytest.raises(Refused, match="never disregarded"):
        disregarding.restore(*of)
    issuer = SignatureBlock.objects.get(role="issuer")
    with pytest.raises(Refused, match="does not say what"):
        disregarding.mark(signed.agreement, issuer.party, counsel, **WHY)
    assert Holding.objects.filter(holder=of[1]).count() == 1
    with pytest.raises(IntegrityError, match="only_a_disregarded_holding_says_who_knew"), transaction.atomic():
        Holding.objects.update(disregarded_known_by="x")


def test_a_register_that_says_nothing_of_it_keeps_who_knew(signed: Collection, counsel: User) -> None:
    disregarding.mark(signed.agreement, block_of(SOUTH).party, counsel, **WHY)
    table = read_table(f'holder,principal\n"{SOUTH}","3,500,000"\n'.encode(), "register.csv")
    register.apply(signed.agreement, register.plan(signed.agreement, table), counsel)
    now = held(SOUTH)
    assert (now.principal, now.disregarded, now.disregarded_known_by) == (3_500_000, True, "the trustee")


def test_on_the_partys_screen_and_on_the_bar(signed: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    slug, block = signed.agreement.slug, block_of(SOUTH)
    address, screen = reverse("disregard", args=[slug, block.pk]), reverse("holder", args=[slug, block.pk])
    assert "Disregard what it holds" in text_of(client.get(screen))
    assert "Say who knew" in text_of(client.post(address, {"reason": "x"}, follow=True))
    assert "Write the day as a date" in text_of(client.post(address, {**WHY, "since": "lately"}, follow=True))
    said = {**WHY, "since": "2021-03-01", "seen": held(SOUTH).pk}
    back = client.post(address, said, follow=True)
    assert back.redirect_chain == [(f"{screen}#disregarded", 302)]
    shown = text_of(back)
    assert "What South Pier Fund, L.P. holds is disregarded. Undo" in shown
    assert "known to the trustee since March 1, 2021" in shown
    board = text_of(client.get(reverse("board", args=[slug])))
    assert "Disregarded $3,000,000" in board
    assert "$0 of $7,000,000 executed" in board
    assert "somebody else" in text_of(client.post(address, said, follow=True))
    assert "counts again. Undo" in text_of(client.post(address, {"do": "lift"}, follow=True))
    assert "disregarded again. Undo" in text_of(client.post(address, {"do": "restore"}, follow=True))


def test_who_may(signed: Collection, client: Client, counsel: User, viewer: User, stranger: User) -> None:
    slug, block = signed.agreement.slug, block_of(LANTERN)
    address = reverse("disregard", args=[slug, block.pk])
    assert client.post(address).status_code == 302
    for user, status in ((viewer, 403), (stranger, 404)):
        client.force_login(user)
        assert client.post(address, WHY).status_code == status
    client.force_login(counsel)
    Membership.objects.filter(user=counsel).update(may_see_amounts=False)
    assert client.post(address, WHY).status_code == 403
    assert "Disregard what it holds" not in text_of(client.get(reverse("holder", args=[slug, block.pk])))
    assert not Holding.objects.filter(disregarded=True).exists()


HELD = st.lists(st.tuples(st.integers(0, 10**9), st.booleans(), st.booleans()), max_size=12)


@given(HELD)
def test_what_is_disregarded_might_as_well_not_be_there(rows: list[tuple[int, bool, bool]]) -> None:
    every = [Position(Decimal(cents) / 100, off, executed=signed) for cents, off, signed in rows]
    told, without = (
        tabulation.tally(every, None, []),
        tabulation.tally([one for one in every if not one.disregarded], None, []),
    )
    assert (told.executed, told.base, told.percent) == (without.executed, without.base, without.percent)


def test_the_bar_ends_with_what_is_disregarded_and_no_threshold_moves(signed: Collection, counsel: User) -> None:
    tabulation.set_threshold(signed.agreement, "half", Decimal(50), actor=None)
    disregarding.mark(signed.agreement, block_of(LANTERN).party, counsel, **WHY)
    rows = [one for one in alike(signed.agreement) if one.is_holder]
    found = summary(signed.agreement, rows, tabulation.tabulate(signed.agreement), [], timezone.now())
    assert [(one["state"], one["amount"], one["x"], one["width"]) for one in found["segments"]] == [
        ("executed", "$3,000,000", "0.000", "30.000"),
        ("outstanding", "$6,000,000", "30.000", "60.000"),
        ("disregarded", "$1,000,000", "90.000", "10.000"),
    ]
    assert [one["x"] for one in found["thresholds"]] == ["45.000"]
