"""Letters that came back, as three providers tell it: with the secret, once, and only letters of ours."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from signatures.domain.packets import posting, sending
from signatures.models import AuditEvent, Dispatch, DispatchState

from .conftest import LANTERN, Collection
from .postbox import Postbox, postbox

__all__ = ["postbox"]
pytestmark = pytest.mark.django_db
RUTH = "vale@lantern.example"
WORDS = "550 5.1.1 <vale@lantern.example>: no such mailbox"
SIGNED_IN = {"Authorization": "Basic " + base64.b64encode(b"mail:a secret").decode()}
KEY = "signing key"


@pytest.fixture(autouse=True)
def secret(settings: Any) -> None:
    settings.ANYMAIL = {"WEBHOOK_SECRET": "mail:a secret", "MAILGUN_WEBHOOK_SIGNING_KEY": KEY}


@pytest.fixture
def letter(collection: Collection, postbox: Postbox) -> Dispatch:
    """A letter that went out."""
    packet = collection.page(LANTERN).packet
    assert packet is not None
    (one,) = sending.send_packets(collection.agreement, collection.counsel, [packet.pk]).dispatches
    posting.send(one.pk)
    one.refresh_from_db()
    assert one.state == DispatchState.SENT
    assert postbox.caught[0]["X-PM-Metadata-dispatch"] in postbox.caught[0]["Message-ID"]
    return one


def postmark(letter: uuid.UUID, to: str = RUTH, kind: str = "HardBounce") -> Any:
    said = {"RecordType": "Bounce", "Type": kind, "ID": 42, "Email": to, "BouncedAt": "2021-03-03T12:00:00Z"}
    return said | {"MessageID": str(uuid.uuid4()), "Metadata": {"dispatch": str(letter)}, "Details": WORDS}


def brevo(letter: uuid.UUID) -> Any:
    said = {"event": "hard_bounce", "email": RUTH, "reason": WORDS, "ts_epoch": 1614772800000}
    return said | {"message-id": f"<{letter}@firm.example>"}


def mailgun(letter: uuid.UUID) -> Any:
    signed = hmac.new(KEY.encode(), b"1614772800token", hashlib.sha256).hexdigest()
    event = {"event": "failed", "severity": "permanent", "recipient": RUTH, "timestamp": 1614772800.0, "id": "x"}
    event |= {"message": {"headers": {"message-id": f"{letter}@firm.example"}}}
    event |= {"delivery-status": {"code": 550, "message": WORDS}}
    return {"signature": {"token": "token", "timestamp": "1614772800", "signature": signed}, "event-data": event}


def tell(client: Client, provider: str, said: Any, headers: Any = SIGNED_IN) -> int:
    address = reverse("mail_events", args=[provider])
    return client.post(address, json.dumps(said), content_type="application/json", headers=headers).status_code


@pytest.mark.parametrize(("provider", "told"), [("postmark", postmark), ("brevo", brevo), ("mailgun", mailgun)])
def test_a_letter_that_came_back_is_marked_once_with_the_servers_words(
    client: Client, letter: Dispatch, provider: str, told: Any
) -> None:
    assert [tell(client, provider, told(letter.public_id)) for _ in range(2)] == [200, 200]
    letter.refresh_from_db()
    assert letter.state == DispatchState.BOUNCED
    assert WORDS in letter.reason
    event = AuditEvent.objects.get(action="letter bounced")
    assert (event.actor, event.data["to"], WORDS in event.data["reason"]) == (None, RUTH, True)


def test_what_is_no_bounce_of_ours_changes_nothing(client: Client, letter: Dispatch) -> None:
    others = [
        postmark(uuid.uuid4()),
        postmark(letter.public_id, to="else@lantern.example"),
        postmark(letter.public_id, kind="Transient"),
        postmark(letter.public_id) | {"RecordType": "Delivery"},
        postmark(letter.public_id) | {"Metadata": {}},
    ]
    assert [tell(client, "postmark", one) for one in others] == [200] * 5
    for state in (DispatchState.FAILED, DispatchState.BOUNCED):
        Dispatch.objects.update(state=state, reason="as it was")
        assert tell(client, "postmark", postmark(letter.public_id)) == 200
        assert Dispatch.objects.get().reason == "as it was"
    assert not AuditEvent.objects.filter(action="letter bounced").exists()


def test_a_bounce_that_is_faster_than_the_record_of_the_send_stands(client: Client, letter: Dispatch) -> None:
    Dispatch.objects.update(state=DispatchState.SENDING, settled_at=None)
    letter.state = DispatchState.SENDING
    assert tell(client, "postmark", postmark(letter.public_id)) == 200
    assert not posting._settle(letter, DispatchState.SENT, "")
    assert Dispatch.objects.get().state == DispatchState.BOUNCED


def test_without_the_secret_nothing_is_taken(client: Client, letter: Dispatch, settings: Any) -> None:
    wrong = {"Authorization": "Basic " + base64.b64encode(b"mail:another").decode()}
    told = postmark(letter.public_id)
    assert [tell(client, "postmark", told, headers) for headers in ({}, wrong)] == [400, 400]
    forged = mailgun(letter.public_id)
    forged["signature"]["signature"] = "0" * 64
    assert tell(client, "mailgun", forged) == 400
    no_events: list[Any] = [[], "x", {"RecordType": "Inbound"}]
    assert [tell(client, "postmark", said) for said in no_events] == [400, 400, 400]
    assert tell(client, "pigeon", told) == 404
    address = reverse("mail_events", args=["postmark"])
    assert [client.head(address).status_code, client.get(address).status_code] == [200, 405]
    settings.ANYMAIL = {"WEBHOOK_SECRET": ""}
    assert tell(client, "postmark", told) == 404
    settings.ANYMAIL = {"WEBHOOK_SECRET": "mail:a secret"}
    assert tell(client, "mailgun", forged) == 404
    letter.refresh_from_db()
    assert letter.state == DispatchState.SENT
