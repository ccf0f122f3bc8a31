"""A client's link: what it shows and what not, when it stops, who may make one, and what counts as opened."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from signatures.domain import client_links, secret_links
from signatures.domain.documents import blocks
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import distribution
from signatures.domain.tally import tabulation
from signatures.models import (
    AuditEvent,
    BlockState,
    ClientLink,
    Defect,
    Execution,
    Match,
    Membership,
    ReceivedPage,
    Role,
    SignatureBlock,
    User,
)

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db


def today() -> datetime.date:
    """The day in the agreement's zone: midnight may pass while the tests run."""
    return timezone.now().astimezone(ZoneInfo("America/New_York")).date()


@pytest.fixture
def under_way(collection: Collection, counsel: User) -> Collection:
    """South executed by fax; North defective, with a note that is counsel's alone; Lantern outstanding."""
    tabulation.set_threshold(collection.agreement, "majority", Decimal(50), clause="§ 9.02", actor=None)
    submission = collection.send(b"two pages", name="from-otto.pdf", channel="fax", read=False)
    for index, entity in enumerate((NORTH, SOUTH)):
        page = ReceivedPage.objects.create(submission=submission, index=index, agreement=collection.agreement)
        Match.objects.create(page=page, signature_page=collection.page(entity), method="code")
    north, south = (SignatureBlock.objects.get(entity=entity) for entity in (NORTH, SOUTH))
    SignatureBlock.objects.filter(pk=north.pk).update(state=BlockState.DEFECTIVE)
    SignatureBlock.objects.filter(pk=south.pk).update(state=BlockState.EXECUTED)
    Execution.objects.create(block=south)
    page = ReceivedPage.objects.get(index=0)
    Defect.objects.create(page=page, block=north, code="conditional", note="ask Otto again", opened_by=counsel)
    return collection


@pytest.fixture
def admin_without_amounts(collection: Collection) -> User:
    user = User.objects.create_user("admin@firm.example", "a long enough password", name="Adam")
    Membership.objects.create(agreement=collection.agreement, user=user, role=Role.ADMIN)
    return user


def make(collection: Collection, with_amounts: bool = True, days: int = 3) -> ClientLink:
    until = today() + datetime.timedelta(days=days)
    return client_links.make(collection.agreement, "Harbor Light", until, with_amounts, collection.counsel)


def opened(client: Client, link: ClientLink, name: str = "look", **headers: str) -> Any:
    return client.get(reverse(name, args=[client_links.token(link)]), headers=headers)


def test_it_shows_the_figures_and_nothing_of_counsels(under_way: Collection, client: Client) -> None:
    answer = opened(client, make(under_way))
    shown = answer.content.decode()
    assert answer.status_code == 200
    for said in ("30.0 %", "$3,000,000 of $10,000,000 executed", "short by $2,000,000.01", "§ 9.02"):
        assert said in shown
    for name in (NORTH, SOUTH, LANTERN, "Otto Brand", "HARBOR LIGHT CORPORATION"):
        assert name in shown
    assert [group["word"] for group in answer.context["groups"]] == ["Executed, in escrow", "Defective", "Outstanding"]
    for kept in ("ask Otto", "condition", "from-otto.pdf", "/agreements/", "csrfmiddlewaretoken", "Shortest way"):
        assert kept not in shown
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_without_amounts_it_holds_none(under_way: Collection, client: Client) -> None:
    link = make(under_way, with_amounts=False)
    for name in ("look", "look_live"):
        shown = opened(client, link, name).content.decode()
        assert "$" not in shown
        assert "1 of 3" in shown
        assert "not met yet" in shown
    assert "$" not in text(opened(client, link, "look_pdf").content)


def text(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf))


def test_the_pdf_says_the_same_without_the_defects(under_way: Collection, client: Client) -> None:
    said = text(opened(client, make(under_way), "look_pdf").content)
    assert "$3,000,000 of $10,000,000 executed" in said
    assert "condition" not in said and "Otto again" not in said


def test_strangers_ended_and_withdrawn_links_are_not_found(under_way: Collection, client: Client) -> None:
    link, counsel = make(under_way), under_way.counsel
    token = client_links.token(link)
    packet = under_way.page(NORTH).packet
    assert packet is not None
    wrong = [token[:-1], token + "A", "A" * len(token), "é", distribution.link_token(packet)]
    wrong.append(secret_links.token("client", packet.public_id))
    for one in wrong:
        for name in ("look", "look_live", "look_pdf"):
            assert client.get(reverse(name, args=[one])).status_code == 404
    assert client.get(reverse("portal", args=[token])).status_code == 404
    client_links.withdraw(link, counsel)
    assert [opened(client, link, name).status_code for name in ("look", "look_live", "look_pdf")] == [404, 404, 404]
    client_links.let_work_again(link, counsel)
    assert opened(client, link).status_code == 200
    ClientLink.objects.update(
        made_at=timezone.now() - datetime.timedelta(days=9), ends_at=timezone.now() - datetime.timedelta(seconds=1)
    )
    assert [opened(client, link, name).status_code for name in ("look", "look_live", "look_pdf")] == [404, 404, 404]


def test_the_database_alone_opens_nothing(under_way: Collection, client: Client, settings: Any) -> None:
    link = make(under_way)
    address = reverse("look", args=[client_links.token(link)])
    settings.COUNTERPART_LINK_KEY = "another key"
    assert client.get(address).status_code == 404


def test_it_can_only_be_read(under_way: Collection, client: Client) -> None:
    link = make(under_way)
    for name in ("look", "look_live", "look_pdf"):
        address = reverse(name, args=[client_links.token(link)])
        assert client.post(address).status_code == 405
        assert client.head(address).status_code == 405


def test_only_an_open_page_counts_as_opened(under_way: Collection, client: Client) -> None:
    link = make(under_way)
    opened(client, link)
    opened(client, link, "look_live")
    opened(client, link, "look_live", **{"X-Requested-With": "live", "Sec-Purpose": "prefetch;prerender"})
    link.refresh_from_db()
    assert (link.visits, link.first_opened_at) == (0, None)
    for _ in range(2):
        opened(client, link, "look_live", **{"X-Requested-With": "live"})
    link.refresh_from_db()
    first = link.first_opened_at
    assert (link.visits, link.last_opened_at) == (1, first)


@pytest.mark.parametrize(("minutes", "visits"), [(2, 1), (29, 1), (31, 2)])
def test_who_comes_back_later_comes_again(under_way: Collection, minutes: int, visits: int) -> None:
    link = make(under_way)
    client_links.note_opened(link)
    before = timezone.now() - datetime.timedelta(minutes=minutes)
    ClientLink.objects.update(first_opened_at=before, last_opened_at=before)
    client_links.note_opened(link)
    link.refresh_from_db()
    assert (link.visits, link.first_opened_at) == (visits, before)
    assert link.last_opened_at is not None and link.last_opened_at > before


def test_an_open_page_is_told_when_nothing_changed(under_way: Collection, client: Client, monkeypatch: Any) -> None:
    link = make(under_way)
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    tag = opened(client, link, "look_live")["ETag"]
    assert opened(client, link, "look_live", **{"If-None-Match": tag}).status_code == 304
    tabulation.set_threshold(under_way.agreement, "more", Decimal(66), actor=None)
    assert opened(client, link, "look_live", **{"If-None-Match": tag}).status_code == 200


def test_counsel_makes_withdraws_and_brings_back(under_way: Collection, client: Client, counsel: User) -> None:
    address = reverse("client_links", args=[under_way.agreement.slug])
    client.force_login(counsel)
    until = today() + datetime.timedelta(days=2)
    said = {"client": " Harbor  Light ", "until": until.isoformat(), "with_amounts": "on"}
    assert client.post(address, said).status_code == 302
    link = ClientLink.objects.get()
    midnight = datetime.datetime.combine(
        until + datetime.timedelta(days=1), datetime.time(), ZoneInfo("America/New_York")
    )
    assert (link.client, link.with_amounts, link.ends_at) == ("Harbor Light", True, midnight)
    assert client_links.address(link) in client.get(address).content.decode()
    change = reverse("client_link", args=[under_way.agreement.slug, link.pk])
    for what, working in (("withdraw", 0), ("withdraw", 0), ("again", 1), ("again", 1)):
        assert client.post(change, {"what": what}).status_code == 302
        assert len(client.get(address).context["working"]) == working
    actions = AuditEvent.objects.filter(action__startswith="client link").order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == [
        "client link made",
        "client link withdrawn",
        "client link works again",
    ]
    refused = client.post(address, {**said, "until": (today() - datetime.timedelta(days=1)).isoformat()})
    assert refused.status_code == 422
    assert "That day is past" in refused.content.decode()
    assert 'value=" Harbor  Light "' in refused.content.decode()


def test_who_may_make_links(under_way: Collection, client: Client, viewer: User, stranger: User) -> None:
    link = make(under_way)
    address = reverse("client_links", args=[under_way.agreement.slug])
    change = reverse("client_link", args=[under_way.agreement.slug, link.pk])
    assert client.get(address).status_code == 302
    for user, status in ((stranger, 404), (viewer, 403)):
        client.force_login(user)
        assert [client.get(address).status_code, client.post(address).status_code] == [status, status]
        assert client.post(change).status_code == status


def test_nobody_shows_amounts_who_may_not_see_them(
    under_way: Collection, client: Client, admin_without_amounts: User
) -> None:
    link = make(under_way)
    client.force_login(admin_without_amounts)
    address = reverse("client_links", args=[under_way.agreement.slug])
    shown = client.get(address)
    assert client_links.address(link) not in shown.content.decode()
    assert "with_amounts" not in shown.content.decode()
    said = {"client": "Another", "until": today().isoformat(), "with_amounts": "on"}
    assert client.post(address, said).status_code == 302
    assert ClientLink.objects.get(client="Another").with_amounts is False
    with pytest.raises(Refused, match="may not see amounts"):
        client_links.make(under_way.agreement, "Third", today(), True, admin_without_amounts)
    client_links.withdraw(link, admin_without_amounts)
    with pytest.raises(Refused, match="may not see amounts"):
        client_links.let_work_again(link, admin_without_amounts)


def test_two_who_withdraw_at_once(under_way: Collection, counsel: User) -> None:
    link = make(under_way)
    client_links.withdraw(link, counsel)
    with pytest.raises(Overtaken):
        client_links.withdraw(link, counsel)


@pytest.mark.parametrize(
    "wrong",
    [
        {"client": ""},
        {"ends_at": datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)},
        {"withdrawn_at": timezone.now()},
        {"visits": 1},
        {"visits": 1, "first_opened_at": timezone.now()},
        {"last_opened_at": timezone.now()},
    ],
)
def test_the_database_refuses(under_way: Collection, wrong: dict[str, Any]) -> None:
    make(under_way)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClientLink.objects.update(**wrong)


def test_it_takes_as_many_queries_for_thirty_holders(under_way: Collection, client: Client, counsel: User) -> None:
    link = make(under_way)
    opened(client, link)
    with CaptureQueriesContext(connection) as few:
        opened(client, link)
    for number in range(30):
        blocks.add(under_way.agreement, counsel, "holder", f"Fund {number}")
    with CaptureQueriesContext(connection) as many:
        answer = opened(client, link)
    assert len(many) == len(few) <= 25
    assert len(answer.context["groups"][-1]["rows"]) == 31
