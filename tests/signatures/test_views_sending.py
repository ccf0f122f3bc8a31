"""The screens of sending: who may, what they say, and how many queries they take."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from signatures.domain.packets import distribution, letters, posting
from signatures.domain.pages import voiding
from signatures.models import Agreement, BlockState, Dispatch, Letter, SignatureBlock, User

from .conftest import LANTERN, Collection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    """The test runner's mail backend keeps what is sent; these two say that mail is set up."""
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.firm.example", "signatures@firm.example"


def address(collection: Collection, name: str, *rest: object) -> str:
    return reverse(name, args=[collection.agreement.slug, *rest])


def test_who_may_what(collection: Collection, viewer: User, stranger: User, client: Client) -> None:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    client.force_login(collection.counsel)
    client.post(address(collection, "packets_send"), {"what": "all"})
    one = Dispatch.objects.get(packet=packet)
    screens: list[tuple[str, list[int]]] = [("packets", []), ("letters", []), ("dispatch", [one.pk])]
    posts: list[tuple[str, list[int]]] = [
        ("packets_send", []),
        ("packet_address", [packet.pk]),
        ("letters", []),
        ("reminder_plan", []),
        ("dispatch", [one.pk]),
    ]
    for user, seen, done in ((viewer, 200, 403), (stranger, 404, 404)):
        client.force_login(user)
        for name, rest in screens:
            assert client.get(address(collection, name, *rest)).status_code == seen
        for name, rest in posts:
            assert client.post(address(collection, name, *rest), {"what": "again"}).status_code == done
    assert Dispatch.objects.count() == 2
    client.force_login(viewer)
    token = distribution.link_token(packet)
    for name, rest in screens:
        assert token not in client.get(address(collection, name, *rest)).content.decode()


def test_sent_is_said_on_the_packets_the_board_and_the_holder(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    shown = client.post(address(collection, "packets_send"), {"what": "all"}, follow=True).content.decode()
    assert "2 letters are on the way." in shown
    assert "Without an e-mail address, and so not sent: Ada Quill." in shown
    for one in Dispatch.objects.all():
        posting.send(one.pk)
    assert "Packet sent " in client.get(address(collection, "packets")).content.decode()
    assert "sent " in client.get(address(collection, "board")).content.decode()
    block = collection.page(LANTERN).blocks.get()
    assert (
        "Packet sent, to vale@lantern.example" in client.get(address(collection, "holder", block.pk)).content.decode()
    )


def test_a_letter_is_checked_previewed_and_kept(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    packet = collection.page(LANTERN).packet
    assert packet is not None
    said = {"kind": "packet", "packet": packet.pk, "subject": "Pages", "body": "For {who}: {link}", "does": "save"}
    refused = client.post(address(collection, "letters"), said)
    assert refused.status_code == 422 and "For {who}: {link}" in refused.content.decode()
    assert Letter.objects.count() == 0
    said["body"] = "Hello {signatory}: {link}"
    assert (
        "Hello Ruth Vale: {link}"
        in client.post(address(collection, "letters"), said | {"does": "preview"}).content.decode()
    )
    client.post(address(collection, "letters"), said)
    assert Letter.objects.get().body == "Hello {signatory}: {link}\n"


def test_an_address_is_typed_where_it_is_missing(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    packet = collection.agreement.packets.get(signatory__name="Ada Quill")
    client.post(address(collection, "packet_address", packet.pk), {"email": "ada@harbor.example"})
    client.post(address(collection, "packets_send"), {"what": "packet", "packet": packet.pk})
    assert Dispatch.objects.get().to == "ada@harbor.example"


def test_without_a_mail_server_the_screen_says_so(collection: Collection, client: Client, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    client.force_login(collection.counsel)
    shown = client.get(address(collection, "packets")).content.decode()
    assert "no mail server is set up" in shown and "Send all not sent" not in shown


def test_reminders_are_planned_and_ended(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    shown = client.post(address(collection, "reminder_plan"), {"days": "2", "hour": "10"}, follow=True)
    assert "Every 2 days at 10:00 New York" in shown.content.decode()
    assert "As things stand nobody is due." in shown.content.decode()
    Agreement.objects.update(due_at=None)
    assert "without an end, as no" in client.get(address(collection, "letters"), {"kind": "reminder"}).content.decode()
    Agreement.objects.update(due_at="2021-03-05T22:00:00Z")
    assert (
        ", until the deadline, to those"
        in client.get(address(collection, "letters"), {"kind": "reminder"}).content.decode()
    )
    refused = client.post(address(collection, "reminder_plan"), {"days": "2", "hour": "23"}, follow=True)
    assert "Reminders go out by day" in refused.content.decode()
    ended = client.post(address(collection, "reminder_plan"), {"does": "end"}, follow=True).content.decode()
    assert "Off. Reminders go out by hand alone." in ended


def test_what_is_under_way_is_looked_at_again_and_only_what_was_sent_is_reminded_of(
    collection: Collection, client: Client
) -> None:
    client.force_login(collection.counsel)
    before = client.get(address(collection, "packets")).content.decode()
    assert 'value="remind"' not in before
    assert 'id="under-way"' not in before
    client.post(address(collection, "packets_send"), {"what": "all"})
    sent = list(Dispatch.objects.order_by("packet"))
    shown = client.get(address(collection, "packets")).content.decode()
    parts = ",".join(f"#posted-{one.packet_id},#send-{one.packet_id}" for one in sent)
    assert f'hx-select-oob="{parts}"' in shown
    assert 'value="packet"' not in shown  # one letter at a time
    for one in sent:
        posting.send(one.pk)
    after = client.get(address(collection, "packets")).content.decode()
    assert 'id="under-way"' not in after
    assert after.count('value="remind"') == 3


def test_a_letter_offers_what_it_can_fill_in_alone(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    said = [client.get(address(collection, "letters"), {"kind": "packet"}).content.decode()]
    assert "<dt>{defect}</dt>" not in said[0]
    assert "<dt>{link}</dt>" in said[0]


def test_a_name_that_ends_with_a_full_stop_ends_the_sentence(collection: Collection) -> None:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    said = letters.fill_in(letters.Text("{holders}", "For {holders}. By {deadline}. {link}"), packet, ["Pier, L.P."])
    assert said.body == "For Pier, L.P. By as soon as you can. {link}"


def test_a_page_that_was_replaced_since_the_packet_went_out_is_said_to_be_newer(
    collection: Collection, client: Client
) -> None:
    client.force_login(collection.counsel)
    client.post(address(collection, "packets_send"), {"what": "all"})
    for one in Dispatch.objects.all():
        posting.send(one.pk)
    said = "A page is newer than what was sent"
    assert said not in client.get(address(collection, "packets")).content.decode()
    voiding.issue_again(collection.page(LANTERN), collection.counsel, "a slip in the caption")
    assert client.get(address(collection, "packets")).content.decode().count(said) == 1


def test_a_reminder_that_nobody_would_get_says_so(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    packet = collection.page(LANTERN).packet
    assert packet is not None
    said, shown = "Nothing waits for this signature now", {"kind": "reminder", "packet": str(packet.pk)}
    assert said not in client.get(address(collection, "letters"), shown).content.decode()
    SignatureBlock.objects.filter(entity=LANTERN).update(state=BlockState.IN_REVIEW)
    assert said in client.get(address(collection, "letters"), shown).content.decode()
    assert said not in client.get(address(collection, "letters"), shown | {"kind": "packet"}).content.decode()
