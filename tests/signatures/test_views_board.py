"""The board and who may see it: counsel, one who looks on, a stranger, and somebody who is not signed in."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Holding, Party
from signatures.domain.decisions import review
from signatures.domain.documents import agreements, blocks
from signatures.domain.packets import distribution
from signatures.domain.pages import voiding
from signatures.domain.tally import tabulation
from signatures.models import (
    Agreement,
    Counterpart,
    Defect,
    Execution,
    Membership,
    PlacedBlock,
    ReceivedPage,
    SignatureBlock,
    User,
)
from signatures.paper import returns

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .screens import text_of

pytestmark = pytest.mark.django_db

SCREENS = ["board", "board_live", "received", "received_live", "packets", "settings", "desk"]


def get(client: Client, collection: Collection, name: str = "board", *rest: object, **query: str) -> Any:
    return client.get(reverse(name, args=[collection.agreement.slug, *rest]), query)


# Who may see it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCREENS)
def test_every_screen_asks_who_is_there(
    collection: Collection, client: Client, counsel: User, viewer: User, stranger: User, name: str
) -> None:
    address = reverse(name, args=[collection.agreement.slug])
    response = client.get(address)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={address}")
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    client.force_login(viewer)
    assert client.get(address).status_code == 200
    client.force_login(counsel)
    assert client.get(address).status_code == 200


def test_one_who_looks_on_may_not_act(collection: Collection, client: Client, viewer: User, stranger: User) -> None:
    address = reverse("board_act", args=[collection.agreement.slug])
    assert client.post(address).status_code == 302
    client.force_login(viewer)
    assert client.post(address).status_code == 403
    client.force_login(stranger)
    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 405


def test_a_party_is_shown_to_those_who_have_a_part(
    collection: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    block = SignatureBlock.objects.get(entity=LANTERN)
    client.force_login(stranger)
    assert get(client, collection, "holder", block.pk).status_code == 404
    client.force_login(viewer)
    shown = text_of(get(client, collection, "holder", block.pk))
    assert "Ruth Vale" in shown
    assert "1,000,000" not in shown
    client.force_login(counsel)
    assert "$1,000,000" in text_of(get(client, collection, "holder", block.pk))
    assert get(client, collection, "holder", 10**9).status_code == 404


# What it says -----------------------------------------------------------------------------------------------------


def test_the_board_says_where_everybody_stands(collection: Collection, signed_in: Client) -> None:
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), clause="§ 9.02", actor=None)
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(collection.scan(SOUTH), channel="fax")
    shown = text_of(get(signed_in, collection))
    assert "30.0 %" in shown
    assert "$3,000,000 of $10,000,000 executed" in shown
    assert "1 of 3 holders" in shown
    assert "short by $2,000,000.01 (20.1 %)" in shown
    assert "Shortest way to majority: North Pier Fund, L.P. (outstanding, $6,000,000)" in shown
    assert "by PIER MANAGEMENT LLC, its General Partner" in shown
    assert "3 of 3 holders" in shown


def test_without_the_permission_no_amount_and_no_share_is_told(
    collection: Collection, client: Client, viewer: User
) -> None:
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), actor=None)
    agreements.accept_certain_from_now(collection.agreement, collection.counsel, on=True)
    collection.send(collection.scan(NORTH))
    client.force_login(viewer)
    for name in ("board", "board_live"):
        response = get(client, collection, name, sort="principal")
        shown = text_of(response)
        assert "000" not in re.sub(r"page .{11}", "", shown)
        assert "$" not in shown
        assert "60" not in re.findall(r'width="(\d+)\.', response.content.decode())
        assert "1 of 3 holders executed" in shown
        assert "majority met" in shown
    assert "principal" not in text_of(get(client, collection)).casefold()


def test_filters_groups_and_order_live_in_the_address(collection: Collection, signed_in: Client) -> None:
    collection.send(returns.as_scan([collection.sheet(LANTERN, signs=())]))
    review.find_defect(ReceivedPage.objects.get(), collection.counsel, Defect.Code.NOT_SIGNED)

    def names(**query: str) -> list[str]:
        return re.findall(r'class="holder-name"[^>]*>([^<]+)<', get(signed_in, collection, **query).content.decode())

    issuer = "HARBOR LIGHT CORPORATION"
    assert names() == [issuer, LANTERN, NORTH, SOUTH]
    assert names(sort="principal") == [issuer, NORTH, SOUTH, LANTERN]
    assert names(show="outstanding") == [issuer, NORTH, SOUTH]
    assert names(show="defective") == [issuer, LANTERN]
    assert names(show="executed") == [issuer]
    assert names(q="pier management") == [NORTH, SOUTH]
    assert names(group="signatory") == [issuer, NORTH, SOUTH, LANTERN]
    assert names(show="nonsense", sort="1;drop", group="x", **{"from": "99999"}) == [issuer, LANTERN, NORTH, SOUTH]
    grouped = get(signed_in, collection, group="signatory", show="outstanding").content.decode()
    assert 'Otto Brand<span class="group-sums">0 of 2 holders executed, $0 of $9,000,000</span>' in grouped
    assert f'href="{reverse("board", args=[collection.agreement.slug])}?show=defective&amp;group=signatory"' in grouped
    assert "Page received, not signed" in text_of(get(signed_in, collection))


def test_a_ticked_row_is_downloaded(collection: Collection, signed_in: Client) -> None:
    address = reverse("board_act", args=[collection.agreement.slug])
    response = signed_in.post(address, {"holder": [SignatureBlock.objects.get(entity=NORTH).pk, "x"]})
    assert (response["Content-Type"], response.content[:4]) == ("application/pdf", b"%PDF")
    assert signed_in.post(address).status_code == 302


# How it moves -----------------------------------------------------------------------------------------------------


def test_an_open_board_is_told_nothing_while_nothing_has_changed(collection: Collection, signed_in: Client) -> None:
    first = get(signed_in, collection, "board_live")
    address = reverse("board_live", args=[collection.agreement.slug])
    assert signed_in.get(address, headers={"if-none-match": first["ETag"]}).status_code == 304
    collection.send(collection.scan(NORTH))
    moved = signed_in.get(address, headers={"if-none-match": first["ETag"]})
    assert moved.status_code == 200
    assert "In review" in text_of(moved)
    assert moved["ETag"] != first["ETag"]


def test_two_people_never_share_a_tag(collection: Collection, client: Client, counsel: User, viewer: User) -> None:
    tags = set()
    for user in (counsel, viewer):
        client.force_login(user)
        tags.add(get(client, collection, "board_live")["ETag"])
    Membership.objects.filter(user=viewer).update(may_see_amounts=True)
    tags.add(get(client, collection, "board_live")["ETag"])
    assert len(tags) == 3


def _more_holders(collection: Collection, number: int) -> None:
    """Add holders, all on one sheet that came back twice: every row has copies, a counterpart and a defect."""
    agreement, sheet = collection.agreement, collection.page(NORTH)
    assert agreement.notes is not None
    page = ReceivedPage.objects.earliest("id")
    for at in range(number):
        block = blocks.add(agreement, collection.counsel, "holder", f"Further Fund {at}, L.P.")
        Holding.objects.create(holder=block.party, notes=agreement.notes, principal=1000)
        PlacedBlock.objects.create(page=sheet, block=block, position=2 + at)
        Counterpart.objects.create(page=page, block=block, lines=[1], accepted_by=collection.counsel)
        Execution.objects.create(block=block)
        Defect.objects.create(page=page, block=block, code="particular", opened_by=collection.counsel)
        distribution.packet_of(agreement, block)


@pytest.mark.parametrize(
    ("name", "query", "queries"),
    [
        ("board", {}, 19),
        ("board_live", {}, 19),
        ("board", {"q": "fund", "group": "signatory"}, 20),
        ("received", {}, 9),
    ],
)
def test_the_number_of_queries_does_not_depend_on_the_size(
    collection: Collection, signed_in: Client, name: str, query: dict[str, str], queries: int
) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH)] * 2))
    for added in (0, 30):
        _more_holders(collection, added)
        with CaptureQueriesContext(
            connection,
        ) as counted:
            assert get(signed_in, collection, name, **query).status_code == 200
        assert len(counted) == queries, [one["sql"][:160] for one in counted]
    assert Party.objects.count() > 30


def test_many_rows_are_shown_in_parts(collection: Collection, signed_in: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("signatures.views.board.rows.MOST_ROWS", 2)
    shown = get(signed_in, collection)
    assert "1 to 2 of 3 holders" in text_of(shown)
    assert "the rows after" in text_of(shown)
    assert "3 to 3 of 3 holders" in text_of(get(signed_in, collection, **{"from": "2"}))


def test_whose_page_was_voided_is_next_issued_another(collection: Collection, signed_in: Client) -> None:
    assert "Issue page" not in text_of(get(signed_in, collection))
    voiding.void(collection.page(LANTERN), collection.counsel, "Name misspelt")
    rows = get(signed_in, collection).content.decode()
    assert rows.count("Issue page") == 1


def test_an_agreement_without_anything_has_a_board(agreement: Agreement, signed_in: Client) -> None:
    collection = Collection(agreement, agreement.memberships.get().user)
    Holding.objects.all().delete()
    shown = text_of(get(signed_in, collection))
    assert "0 of 3 holders executed" in shown
    assert "Nothing has come in yet" in shown
    assert "Issue page" in shown


# All agreements, and signing in -----------------------------------------------------------------------------------


def test_the_list_shows_ones_own_agreements(
    collection: Collection, client: Client, counsel: User, stranger: User
) -> None:
    assert client.get("/").status_code == 302
    client.force_login(stranger)
    assert collection.agreement.title not in text_of(client.get("/"))
    client.force_login(counsel)
    assert "0 of 3 holders" in text_of(client.get("/"))
    with CaptureQueriesContext(connection) as once:
        client.get("/")
    for number in range(2):
        other = Agreement.objects.create(
            slug=f"other-{number}",
            title="Another",
            issuer=collection.agreement.issuer,
            notes=collection.agreement.notes,
        )
        Membership.objects.create(agreement=other, user=counsel, role="counsel")
    with CaptureQueriesContext(connection) as thrice:
        assert client.get("/").status_code == 200
    assert (len(once), len(thrice)) == (9, 9)


def test_signing_in_goes_on_to_where_one_wanted_to_be(collection: Collection, client: Client, counsel: User) -> None:
    board = reverse("board", args=[collection.agreement.slug])
    given = {"username": "Counsel@Firm.example", "password": "a long enough password"}
    assert client.post(f"/sign-in/?next={board}", given)["Location"] == board
    client.post("/sign-out/")
    assert client.get(board).status_code == 302
    assert client.post("/sign-in/?next=https://elsewhere.example/", given)["Location"] == "/"


def test_ten_failures_shut_an_address_for_a_while(client: Client, counsel: User) -> None:
    cache.clear()
    wrong = {"username": counsel.email, "password": "a guess"}
    right = {"username": counsel.email, "password": "a long enough password"}
    for _ in range(10):
        assert "do not belong together" in text_of(client.post("/sign-in/", wrong))
    assert "Wait ten minutes" in text_of(client.post("/sign-in/", right))
    other = client.post("/sign-in/", right, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 302
    cache.clear()
    assert client.post("/sign-in/", right).status_code == 302


@pytest.mark.parametrize(
    ("name", "initials"), [("Anna Keller", "AK"), ("Anna M. Keller", "AK"), ("Anna", "A"), ("", "C")]
)
def test_initials(name: str, initials: str) -> None:
    assert User(email="counsel@firm.example", name=name).initials == initials
