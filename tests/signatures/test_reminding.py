"""Reminding from the board: who is written to, who is left out and why, and how that is said."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Signatory
from signatures.domain.documents import blocks
from signatures.domain.errors import Refused
from signatures.domain.packets import distribution, reminders
from signatures.domain.pages import issuing
from signatures.models import AuditEvent, BlockState, Dispatch, SignatureBlock, User
from signatures.views.board.reminding import said

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db
ISSUER = "HARBOR LIGHT CORPORATION"


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """The test runner's mail backend keeps what is sent; these two say that mail is set up."""
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.firm.example", "signatures@firm.example"


def ids(*entities: str) -> list[int]:
    return list(SignatureBlock.objects.filter(entity__in=entities).values_list("pk", flat=True))


def be(entity: str, state: BlockState) -> None:
    SignatureBlock.objects.filter(entity=entity).update(state=state)


def to() -> list[str]:
    return sorted(Dispatch.objects.values_list("to", flat=True))


def test_a_signatory_of_two_is_written_to_once(collection: Collection) -> None:
    done = reminders.remind_parties(collection.agreement, ids(NORTH, SOUTH), collection.counsel)
    assert (done.parties, done.left_out) == ((NORTH, SOUTH), {})
    assert to() == ["brand@pier.example"]
    assert said(done) == f"1 reminder is on the way, for {NORTH} and {SOUTH}."
    assert AuditEvent.objects.filter(action="letters queued").count() == 1


def test_nobody_is_reminded_for_one_that_has_signed(collection: Collection) -> None:
    """Otto signs for both; North alone is ticked, and has signed: nothing goes out about South."""
    be(NORTH, BlockState.EXECUTED)
    done = reminders.remind_parties(collection.agreement, ids(NORTH), collection.counsel)
    assert to() == []
    assert said(done) == f"No reminder was sent. Left out: {NORTH} (executed, in escrow)."


def test_all_that_are_outstanding_and_who_is_left_out(collection: Collection) -> None:
    be(SOUTH, BlockState.IN_REVIEW)
    be(LANTERN, BlockState.DEFECTIVE)
    blocks.add(collection.agreement, collection.counsel, "holder", "Late Fund")
    before = reminders.remind_parties(collection.agreement, None, collection.counsel)
    assert before.left_out == {
        reminders.NO_ADDRESS: (ISSUER,),
        reminders.NOT_SENT: (NORTH, LANTERN),
        reminders.NO_PACKET: ("Late Fund",),
    }
    distribution.note_printed(collection.agreement.packets.all())
    done = reminders.remind_parties(collection.agreement, None, collection.counsel)
    assert done.parties == (NORTH, LANTERN)
    assert done.left_out == {reminders.NO_ADDRESS: (ISSUER,), reminders.NO_PACKET: ("Late Fund",)}
    assert to() == ["brand@pier.example", "vale@lantern.example"]
    again = reminders.remind_parties(collection.agreement, ids(NORTH, SOUTH), collection.counsel)
    assert said(again) == (
        f"No reminder was sent. Left out: {NORTH} (a reminder is on its way already); {SOUTH} (in review)."
    )
    assert Dispatch.objects.count() == 2


def test_many_are_not_all_named() -> None:
    names = tuple(f"Fund {number}" for number in range(1, 10))
    done = reminders.Reminded((), (), {"executed": names, "revoked": names[:5]})
    assert said(done) == (
        "No reminder was sent. Left out: Fund 1, Fund 2, Fund 3, Fund 4 and 5 more (executed); "
        "Fund 1, Fund 2, Fund 3, Fund 4 and Fund 5 (revoked)."
    )


def test_where_there_is_nobody_to_remind(collection: Collection, settings: Any) -> None:
    with pytest.raises(Refused, match="Tick those to remind first"):
        reminders.remind_parties(collection.agreement, [], collection.counsel)
    with pytest.raises(Refused, match="Tick those"):
        reminders.remind_parties(collection.agreement, [10**12], collection.counsel)
    SignatureBlock.objects.update(state=BlockState.EXECUTED)
    with pytest.raises(Refused, match="Nobody is outstanding"):
        reminders.remind_parties(collection.agreement, None, collection.counsel)
    be(NORTH, BlockState.OUTSTANDING)
    settings.EMAIL_HOST = ""
    with pytest.raises(Refused, match="no mail server"):
        reminders.remind_parties(collection.agreement, None, collection.counsel)


def test_from_the_board_and_back_to_it(collection: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    address = reverse("remind", args=[collection.agreement.slug])
    shown = client.get(reverse("board", args=[collection.agreement.slug])).content.decode()
    assert "Remind all outstanding" in shown
    answer = client.post(f"{address}?show=todo", {"holder": ids(LANTERN)}, follow=True)
    assert answer.redirect_chain == [(f"/agreements/{collection.agreement.slug}/?show=todo", 302)]
    assert f"1 reminder is on the way, for {LANTERN}." in answer.content.decode()
    Signatory.objects.filter(name="Otto Brand").update(email="")
    text = client.post(address, {"all": "1"}, follow=True).content.decode()
    assert f"Left out: {ISSUER}, {NORTH} and {SOUTH} (no e-mail address); {LANTERN} (a reminder is on its" in text


def test_who_may_remind(collection: Collection, client: Client, viewer: User, stranger: User, settings: Any) -> None:
    address = reverse("remind", args=[collection.agreement.slug])
    assert client.get(address).status_code == 302
    for user, status in ((stranger, 404), (viewer, 403)):
        client.force_login(user)
        assert client.post(address, {"all": "1"}).status_code == status
    assert "Remind" not in client.get(reverse("board", args=[collection.agreement.slug])).content.decode()
    assert Dispatch.objects.count() == 0
    client.force_login(collection.counsel)
    assert client.get(address).status_code == 405
    settings.EMAIL_HOST = ""
    assert "Remind all" not in client.get(reverse("board", args=[collection.agreement.slug])).content.decode()


def test_it_asks_as_often_for_ten_more_but_for_the_letters(collection: Collection) -> None:
    """Each letter is a job of its own; what is read does not grow."""

    def reads() -> int:
        Dispatch.objects.all().delete()
        with CaptureQueriesContext(connection) as asked:
            reminders.remind_parties(collection.agreement, None, collection.counsel)
        return sum(one["sql"].startswith("SELECT") and "procrastinate" not in one["sql"] for one in asked)

    few = reads()
    for number in range(10):
        blocks.add(collection.agreement, collection.counsel, "holder", f"Fund {number}")
    issuing.issue(collection.agreement, collection.counsel)
    assert reads() == few
