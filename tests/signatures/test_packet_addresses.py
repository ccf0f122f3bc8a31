"""Where packets go: several addresses and copies, whoever is to get one instead, parties for whom nobody is named."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from holders.models import Signatory
from holders.names import fold
from signatures.domain.errors import Refused
from signatures.domain.packets import addresses, distribution, posting, sending
from signatures.domain.pages import issuing
from signatures.domain.register import register
from signatures.domain.register.register_file import read_table
from signatures.models import AuditEvent, Dispatch, DispatchState, Packet, User

from .conftest import LANTERN, NORTH, Collection
from .postbox import Postbox, postbox
from .screens import text_of

__all__ = ["postbox"]
pytestmark = pytest.mark.django_db
OTTO, ANN, BO = "brand@pier.example", "ann@stone.example", "bo@stone.example"


def packet_of(collection: Collection, entity: str) -> Packet:
    return Packet.objects.select_related("signatory", "party", "agreement").get(
        pages=collection.page(entity), agreement=collection.agreement
    )


def post_all() -> None:
    for one in Dispatch.objects.filter(state=DispatchState.QUEUED).order_by("pk"):
        posting.send(one.pk)


def test_each_address_gets_a_letter_that_names_them_all(collection: Collection, postbox: Postbox) -> None:
    packet = packet_of(collection, NORTH)
    addresses.enter(packet, f"Otto <{OTTO}>, {ANN}; {ANN}", f"{BO}\n{ANN}", collection.counsel)
    packet.refresh_from_db()
    assert addresses.of(packet) == addresses.Addresses((OTTO, ANN), (BO,))
    postbox.refused.add(ANN)
    queued = sending.send_packets(collection.agreement, collection.counsel, [packet.pk])
    assert [(one.to, one.is_copy) for one in queued.dispatches] == [(OTTO, False), (ANN, False), (BO, True)]
    assert sending.send_packets(collection.agreement, collection.counsel, [packet.pk]).dispatches == ()
    post_all()
    assert [(one["To"], one["Cc"]) for one in postbox.caught] == [(f"{OTTO}, {ANN}", BO)] * 2
    # What became of one says nothing of the others, and only the one that failed is sent again.
    failed = Dispatch.objects.get(state=DispatchState.FAILED)
    assert failed.to == ANN
    assert sending.send_again(failed, collection.counsel).to == ANN
    assert AuditEvent.objects.filter(action="letters queued").earliest("pk").data["to"] == {
        str(packet.pk): f"{OTTO}, {ANN}, {BO}"
    }


def test_who_is_to_get_it_instead_is_asked_for_and_never_passed_over(collection: Collection, postbox: Postbox) -> None:
    Signatory.objects.filter(name="Otto Brand").update(send_to="Stone LLP")
    packet = packet_of(collection, NORTH)
    with pytest.raises(
        Refused, match=r"Otto Brand's packet goes to Stone LLP, whose e-mail address is not known\. Enter one"
    ):
        sending.send_packets(collection.agreement, collection.counsel, [packet.pk])
    assert "Otto Brand" in sending.send_packets(collection.agreement, collection.counsel).without_address
    addresses.enter(packet, ANN, "", collection.counsel)
    (one,) = sending.send_packets(collection.agreement, collection.counsel, [packet.pk]).dispatches
    assert one.to == ANN
    # The signatory's own address in the register is still the signatory's own.
    assert Signatory.objects.get(name="Otto Brand").email == OTTO
    Signatory.objects.filter(name="Otto Brand").update(send_to=f"Ann Lee <{ANN}>, {BO}")
    Packet.objects.update(to=[])
    assert addresses.of(packet_of(collection, NORTH)).to == (ANN, BO)


def test_an_address_is_corrected_in_the_register_and_taken_back(collection: Collection) -> None:
    packet = packet_of(collection, LANTERN)
    addresses.enter(packet, "ruth@lantern.example", "", collection.counsel)
    assert Signatory.objects.get(name="Ruth Vale").email == "ruth@lantern.example"
    assert packet_of(collection, LANTERN).to == []
    addresses.enter(packet, f"{ANN},{BO}", "", collection.counsel)
    assert addresses.of(packet_of(collection, LANTERN)).to == (ANN, BO)
    addresses.enter(packet, "", "", collection.counsel)
    assert addresses.of(packet_of(collection, LANTERN)).to == ("ruth@lantern.example",)
    Signatory.objects.create(
        issuer=collection.agreement.issuer,
        name="Ruth Vale",
        folded_name=fold("Ruth Vale"),
        email="other@lantern.example",
    )
    for wrong, sentence in (
        ("ruth", "“ruth” is not an e-mail address"),
        (", ".join(f"a{at}@x.example" for at in range(11)), "10 addresses at most"),
        ("other@lantern.example", "another Ruth Vale with this address"),
    ):
        with pytest.raises(Refused, match=sentence):
            addresses.enter(packet, wrong, "", collection.counsel)
    assert addresses.of(packet_of(collection, LANTERN)).to == ("ruth@lantern.example",)


def test_a_party_for_whom_nobody_is_named_gets_its_packet(collection: Collection, postbox: Postbox) -> None:
    table = read_table(b"holder,principal\nBeacon LLC,5\n", "r.csv")
    register.apply(collection.agreement, register.plan(collection.agreement, table), None)
    issuing.issue(collection.agreement, collection.counsel)
    packet = packet_of(collection, "Beacon LLC")
    assert addresses.of(packet).lacking == "There is no e-mail address for Beacon LLC."
    addresses.enter(packet, ANN, "", collection.counsel)
    (one,) = sending.send_packets(collection.agreement, collection.counsel, [packet.pk]).dispatches
    posting.send(one.pk)
    (message,) = postbox.caught
    assert message["To"] == ANN
    assert "Dear Beacon LLC" in message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_letters_go_before_all_else_that_waits(collection: Collection, postbox: Postbox) -> None:
    collection.send(b"x", "a.pdf", read=False)
    sending.send_packets(collection.agreement, collection.counsel)
    jobs = dict(ProcrastinateJob.objects.values_list("task_name", "priority"))
    assert jobs["signatures.tasks.send_dispatch"] > jobs["signatures.tasks.read_submission"]


# The screen -------------------------------------------------------------------------------------------------------


def words(client: Client, collection: Collection) -> str:
    return text_of(client.get(reverse("packets", args=[collection.agreement.slug])))


def test_addresses_are_asked_for_and_changed_on_the_screen(
    collection: Collection, client: Client, settings: Any, viewer: User
) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.firm.example", "signatures@firm.example"
    Signatory.objects.filter(name="Otto Brand").update(send_to="Stone LLP")
    client.force_login(collection.counsel)
    assert "goes to Stone LLP, whose e-mail address is not known." in words(client, collection).replace("&#x27;", "'")
    there = reverse("packet_address", args=[collection.agreement.slug, packet_of(collection, NORTH).pk])
    client.post(there, {"email": f"{ANN}, {BO}", "cc": OTTO})
    assert f"{ANN}, {BO} for this packet copy to {OTTO}" in words(client, collection)
    sending.send_packets(collection.agreement, collection.counsel)
    shown = words(client, collection)
    assert f"to {BO}" in shown and f"as a copy to {OTTO}" in shown
    refused = client.post(there, {"email": "ann"}, follow=True).content.decode()
    assert "“ann” is not an e-mail address." in refused
    client.force_login(viewer)
    assert client.post(there, {"email": ANN}).status_code == 403
    assert "Change where it goes" not in words(client, collection)


def test_a_download_by_a_person_is_shown_and_one_by_a_scanner_is_not(
    collection: Collection, client: Client, viewer: User
) -> None:
    packet = packet_of(collection, LANTERN)
    pages = reverse("portal_pages", args=[distribution.link_token(packet)])
    for headers in ({}, {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, {"Sec-Fetch-Site": "same-origin"}):
        assert client.get(pages, headers=headers).status_code == 200
        packet.refresh_from_db()
        assert packet.downloaded_at is None
    client.get(pages, headers={"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"})
    packet.refresh_from_db()
    assert packet.downloaded_at is not None
    printed = reverse("packet_pdf", args=[collection.agreement.slug, packet.pk])
    client.force_login(viewer)
    client.get(printed)
    assert not Packet.objects.exclude(printed_at=None).exists()
    client.force_login(collection.counsel)
    client.get(printed)
    assert Packet.objects.exclude(printed_at=None).get() == packet
    assert "Downloaded " in words(client, collection) and "Taken by counsel " in words(client, collection)
    client.get(reverse("packets_zip", args=[collection.agreement.slug]))
    assert Packet.objects.filter(printed_at=None).count() == 0
