"""Joinder: its own block, page and packet; the transferor's holding reduced at once, and no note counted twice."""

from __future__ import annotations

import datetime
import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holders.models import Holding, Party
from signatures.domain import audit
from signatures.domain.documents import agreements
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import joinder
from signatures.domain.queries.board import standings
from signatures.domain.register import parties
from signatures.domain.tally import tabulation
from signatures.models import Agreement, Joinder, Membership, PlacedBlock, SignatureBlock, SignaturePage, User

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .screens import text_of

pytestmark = pytest.mark.django_db
DAY = datetime.date(2021, 3, 4)
MILLION = Decimal(1_000_000)
NEW = "Quay Partners, L.P."


def joining(principal: Decimal = MILLION, name: str = NEW, **more: Any) -> joinder.Joining:
    said = {"signatory": "Ines Roy", "title": "Partner", "email": "roy@quay.example"} | more
    return joinder.Joining(name, principal, DAY, chain=(("Quay GP LLC", "General Partner", ""),), **said)


def block_of(holder: str) -> SignatureBlock:
    return SignatureBlock.objects.select_related("version").get(entity=holder)


def held(holder: str) -> Decimal | None:
    return Holding.objects.get(holder__name=holder, closed_at=None).principal


def test_a_transferee_joins_and_the_sum_stays(collection: Collection, counsel: User) -> None:
    made, before = collection.agreement, timezone.now()
    agreements.accept_certain_from_now(made, counsel, on=True)
    collection.send(collection.scan(SOUTH))
    signed = timezone.now()
    found = joinder.join(made, counsel, joining(), block_of(SOUTH))
    assert (held(SOUTH), held(NEW)) == (2 * MILLION, MILLION)
    told = [tabulation.tabulate(made, at) for at in (before, signed, None)]
    assert [(one.executed, one.base, one.holders) for one in told] == [
        (0, 10_000_000, 3),
        (3_000_000, 10_000_000, 3),
        (2_000_000, 10_000_000, 4),
    ]
    assert (found.block.entity, found.block.state, found.transferor) == (NEW, "outstanding", block_of(SOUTH))
    page = SignaturePage.objects.get(blocks=found.block)
    assert page.packet is not None
    assert (str(page.packet.signatory), PlacedBlock.objects.filter(page=page).count()) == ("Ines Roy", 1)
    assert found.block.chain == [{"entity": "Quay GP LLC", "capacity": "General Partner", "descriptor": ""}]
    collection.send(collection.scan(NEW))
    assert tabulation.tabulate(made).executed == 3_000_000
    assert audit.findings(made) == []


def test_a_late_holder_comes_out_of_what_nobody_held(collection: Collection, counsel: User) -> None:
    made = collection.agreement
    parties.set_principal_outstanding(made, 12 * MILLION, "trustee", counsel)
    with pytest.raises(Refused, match=r"2,000,000\.00 has no holder"):
        joinder.join(made, counsel, joining(3 * MILLION))
    assert not Party.objects.filter(name=NEW).exists()
    joinder.join(made, counsel, joining(2 * MILLION))
    found = tabulation.tabulate(made)
    assert (found.base, found.holder_unknown, found.holders) == (12_000_000, 0, 4)
    with pytest.raises(Refused, match="is a party to this agreement already"):
        joinder.join(made, counsel, joining(name="QUAY PARTNERS, LP"))


def test_who_held_some_already_holds_more(collection: Collection, counsel: User) -> None:
    made = collection.agreement
    assert made.notes is not None
    party = parties.party_of(made.issuer, "holder", NEW)
    parties.set_holding(party, made.notes, MILLION)
    with pytest.raises(Refused, match=r"holds 1,000,000\.00 of the notes already"):
        joinder.join(made, counsel, joining())
    joinder.join(made, counsel, joining(), block_of(NORTH))
    assert (held(NORTH), held(NEW)) == (5 * MILLION, 2 * MILLION)


def test_what_is_refused_changes_nothing(collection: Collection, counsel: User) -> None:
    made, south = collection.agreement, block_of(SOUTH)
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    for said, why in (
        (joining(name=" "), "Name the party"),
        (joining(Decimal(0)), "more than nothing"),
        (joinder.Joining(NEW, MILLION, tomorrow), "in the future"),
        (joining(4 * MILLION), r"holds 3,000,000\.00: less than"),
    ):
        with pytest.raises(Refused, match=why):
            joinder.join(made, counsel, said, south)
    with pytest.raises(Overtaken, match="changed a moment ago"):
        joinder.join(made, counsel, joining(), south, seen=0)
    issuer = SignatureBlock.objects.select_related("version").get(role="issuer")
    with pytest.raises(Refused, match="does not say what"):
        joinder.join(made, counsel, joining(), issuer)
    assert (Joinder.objects.count(), held(SOUTH), SignatureBlock.objects.count()) == (0, 3 * MILLION, 4)


def test_on_the_screens(collection: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    slug, south = collection.agreement.slug, block_of(SOUTH)
    address, board = reverse("joinder", args=[slug]), reverse("board", args=[slug])
    assert address in client.get(board).content.decode()
    said = {"name": NEW, "principal": "$1,000,000", "dated": "2021-03-04", "transferor": str(south.pk)}
    said |= {
        "signatory": "Ines Roy",
        "email": "roy@quay.example",
        "chain": "Quay GP LLC, its General Partner\r\nQuay Holdings Inc., a member",
    }
    wrong = client.post(address, {**said, "principal": "much"})
    assert (wrong.status_code, "is not an amount" in text_of(wrong)) == (422, True)
    wrong = client.post(address, {**said, "principal": "5m"})
    assert (wrong.status_code, "less than what it is to have transferred" in text_of(wrong)) == (422, True)
    assert NEW in wrong.content.decode()
    back = client.post(address, said, follow=True)
    assert back.redirect_chain == [(reverse("holder", args=[slug, block_of(NEW).pk]), 302)]
    shown = text_of(back)
    assert f"{NEW} has joined." in shown
    assert f"Joined March 4, 2021, from {SOUTH}" in shown
    assert "by Quay GP LLC, its General Partner by Quay Holdings Inc.," in shown
    assert f"Joined March 4, 2021, from {SOUTH}" in text_of(client.get(board))
    assert "Joined by joinder" in text_of(client.get(reverse("holder", args=[slug, south.pk])))


def test_who_may(collection: Collection, client: Client, counsel: User, viewer: User, stranger: User) -> None:
    address = reverse("joinder", args=[collection.agreement.slug])
    assert client.get(address).status_code == 302
    for user, status in ((viewer, 403), (stranger, 404)):
        client.force_login(user)
        assert (client.get(address).status_code, client.post(address).status_code) == (status, status)
    client.force_login(counsel)
    Membership.objects.filter(user=counsel).update(may_see_amounts=False)
    assert client.get(address).status_code == 403
    assert not Joinder.objects.exists()


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.tuples(st.sampled_from([NORTH, SOUTH]), st.integers(1, 400_000_000)), max_size=3))
def test_whatever_joins_the_sum_is_the_same(
    collection: Collection, counsel: User, parts: list[tuple[str, int]]
) -> None:
    for holder, cents in parts:
        name = f"Joined {Party.objects.count()} LLC"
        try:
            joinder.join(collection.agreement, counsel, joining(Decimal(cents) / 100, name), block_of(holder))
        except Refused:
            continue
    assert sum(one.principal or 0 for one in Holding.objects.filter(closed_at=None)) == 10 * MILLION
    assert tabulation.tabulate(collection.agreement).base == 10 * MILLION


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_the_second_finds_what_is_left(collection: Collection, counsel: User) -> None:
    said: list[str] = []

    def act(name: str) -> None:
        try:
            made = Agreement.objects.get(pk=collection.agreement.pk)
            joinder.join(made, counsel, joining(2 * MILLION, name), block_of(SOUTH))
            said.append("joined")
        except Refused as refused:
            said.append(str(refused))
        finally:
            connection.close()

    threads = [threading.Thread(target=act, args=[name]) for name in ("One LLC", "Two LLC")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == [f"{SOUTH} holds 1,000,000.00: less than what it is to have transferred.", "joined"]
    assert held(SOUTH) == MILLION


def test_a_joinder_is_undone_and_past_tallies_still_know_it(collection: Collection, counsel: User) -> None:
    made = collection.agreement
    found = joinder.join(made, counsel, joining(), block_of(SOUTH))
    joined = timezone.now()
    joinder.undo(found.block, counsel)
    assert held(SOUTH) == 3 * MILLION
    assert not Holding.objects.filter(holder__name=NEW, closed_at=None).exists()
    told = [tabulation.tabulate(made, at) for at in (joined, None)]
    assert [(one.base, one.holders) for one in told] == [(10_000_000, 4), (10_000_000, 3)]
    assert SignaturePage.objects.get(placed__block=found.block).state == "void"
    assert [row.entity for row in standings(made) if row.is_holder] == [NORTH, SOUTH, LANTERN]
    with pytest.raises(Overtaken):
        joinder.undo(found.block, counsel)
    again = joinder.join(made, counsel, joining(2 * MILLION), block_of(SOUTH))
    assert (again.block.pk != found.block.pk, held(NEW), held(SOUTH)) == (True, 2 * MILLION, MILLION)
    assert audit.findings(made) == []
    with pytest.raises(IntegrityError, match="who_left_has_signed_nothing"), transaction.atomic():
        SignatureBlock.every.filter(pk=found.block_id).update(state="executed")


def test_what_was_built_on_a_joinder_keeps_it(collection: Collection, counsel: User) -> None:
    made = collection.agreement
    first = joinder.join(made, counsel, joining(), block_of(SOUTH)).block
    second = joinder.join(made, counsel, joining(MILLION / 2, "Further LLC"), block_of(NEW)).block
    with pytest.raises(Refused, match="transferred to another party"):
        joinder.undo(first, counsel)
    joinder.undo(second, counsel)
    holding = Holding.objects.get(holder__name=SOUTH, closed_at=None)
    assert made.notes is not None
    parties.set_holding(holding.holder, made.notes, MILLION)
    with pytest.raises(Refused, match="was changed since"):
        joinder.undo(first, counsel)
    collection.send(collection.scan(NEW))
    with pytest.raises(Refused, match="has come in"):
        joinder.undo(first, counsel)
    assert SignatureBlock.objects.filter(pk=first.pk).exists()


def test_undoing_it_on_the_screen(
    collection: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    block = joinder.join(collection.agreement, counsel, joining(), block_of(SOUTH)).block
    slug = collection.agreement.slug
    address, party = (reverse(name, args=[slug, block.pk]) for name in ("joinder_undo", "holder"))
    for user, status in ((stranger, 404), (viewer, 403)):
        client.force_login(user)
        assert client.post(address).status_code == status
    client.force_login(counsel)
    assert "Joined March 4, 2021, from South Pier Fund, L.P., with $1,000,000" in text_of(client.get(party))
    assert "Undo the joinder" in text_of(client.get(party))
    assert "is undone: its page is void" in text_of(client.post(address, follow=True))
    assert client.get(party).status_code == 404
