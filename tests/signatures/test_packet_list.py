"""The screen of packets in parts: which it shows, how many there are of each kind, and that sending means all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from holders.models import Signatory
from signatures.domain.packets import sending
from signatures.domain.queries import packet_list
from signatures.models import Dispatch, DispatchState, Packet, PlacedBlock, SignaturePage

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail(settings: Any) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "mail.firm.example", "signatures@firm.example"


def more_packets(collection: Collection, count: int) -> None:
    """Issue Lantern's page to so many others as well, Signatory 001 and on, all without an address."""
    page = collection.page(LANTERN)
    packet, block = page.packet, page.blocks.get()
    assert packet is not None and packet.signatory is not None
    for number in range(1, count + 1):
        name = f"Signatory {number:03}"
        person = Signatory.objects.create(issuer=packet.signatory.issuer, name=name, folded_name=name.lower(), email="")
        other = Packet.objects.create(agreement=packet.agreement, version=packet.version, signatory=person)
        page.pk, page.packet, page.key, page.number = None, other, f"{number:09}", f"{number:09}"
        page.save()
        PlacedBlock.objects.create(page=page, block=block, position=0)


def screen(client: Client, collection: Collection, **asked: str | int) -> str:
    client.force_login(collection.counsel)
    return client.get(reverse("packets", args=[collection.agreement.slug]), asked).content.decode()


def shown(html: str) -> list[str]:
    return re.findall(r'<li class="packet".*?<h2>(.*?)</h2>', html, re.DOTALL)


def test_a_hundred_are_shown_at_a_time_and_a_packet_is_found_where_it_is(
    collection: Collection, client: Client
) -> None:
    more_packets(collection, 120)
    first = screen(client, collection)
    assert (len(shown(first)), shown(first)[-1]) == (100, "Signatory 097")
    assert "1 to 100 of 123 packets" in first and "the packets before" not in first
    here = reverse("packets", args=[collection.agreement.slug])
    assert f'href="{here}?from=100">the packets after' in first
    last = screen(client, collection, **{"from": 100})
    assert (len(shown(last)), shown(last)[0], shown(last)[-1]) == (23, "Signatory 098", "Signatory 120")
    assert "101 to 123 of 123 packets" in last and 'packets/">the packets before' in last
    packet = Packet.objects.get(signatory__name="Signatory 110")
    assert shown(screen(client, collection, packet=packet.pk)) == shown(last)
    assert shown(screen(client, collection, **{"from": 123})) == shown(first)


def test_the_kinds_follow_the_newest_letter_the_address_and_the_link(collection: Collection, client: Client) -> None:
    more_packets(collection, 1)
    counts = packet_list.part(collection.agreement, "", "", 0, 100).counts
    assert counts == {"": 4, "unsent": 4, "undelivered": 0, "unopened": 0, "unaddressed": 2}
    assert shown(screen(client, collection, show="unaddressed")) == ["Ada Quill", "Signatory 001"]
    sending.send_packets(collection.agreement, collection.counsel)
    brand, vale = Dispatch.objects.order_by("to")
    assert (brand.to, vale.to) == ("brand@pier.example", "vale@lantern.example")
    Dispatch.objects.filter(pk=brand.pk).update(state=DispatchState.BOUNCED, settled_at=timezone.now(), reason="Gone")
    Packet.objects.filter(pk=brand.packet_id).update(last_opened_at=timezone.now(), first_opened_at=timezone.now())
    counts = packet_list.part(collection.agreement, "", "", 0, 100).counts
    assert counts == {"": 4, "unsent": 2, "undelivered": 1, "unopened": 1, "unaddressed": 2}
    assert shown(screen(client, collection, show="undelivered")) == ["Otto Brand"]
    assert shown(screen(client, collection, show="unopened")) == ["Ruth Vale"]
    Packet.objects.filter(signatory__name="Signatory 001").update(to=["desk@firm.example"])
    assert shown(screen(client, collection, show="unaddressed")) == ["Ada Quill"]
    Signatory.objects.filter(name="Ruth Vale").update(send_to="Their custodian")
    assert shown(screen(client, collection, show="unaddressed")) == ["Ada Quill", "Ruth Vale"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("pier fund", ["Otto Brand"]),
        ("OTTO north", ["Otto Brand"]),
        ("vale@", ["Ruth Vale"]),
        ("custody.example", ["Ada Quill"]),
        ("nobody", []),
    ],
)
def test_a_search_finds_by_signatory_holder_and_address(
    collection: Collection, client: Client, text: str, found: list[str]
) -> None:
    Packet.objects.filter(signatory__name="Ada Quill").update(to=["desk@custody.example"])
    html = screen(client, collection, q=text)
    assert shown(html) == found
    assert ("Nobody here" in html) == (not found)


def test_after_a_letter_one_is_where_one_was_and_all_means_all(collection: Collection, client: Client) -> None:
    client.force_login(collection.counsel)
    here = reverse("packets", args=[collection.agreement.slug])
    packet = collection.page(NORTH).packet
    assert packet is not None
    data = {"what": "packet", "packet": packet.pk, "look": "show=unsent&q=pier&odd=1"}
    sent = client.post(reverse("packets_send", args=[collection.agreement.slug]), data)
    assert sent["Location"] == f"{here}?show=unsent&q=pier#packet-{packet.pk}"
    assert "No signatory, holder or address of these packets" in client.get(sent["Location"]).content.decode()
    client.post(reverse("packets_send", args=[collection.agreement.slug]), {"what": "all"})
    assert sorted(Dispatch.objects.values_list("to", flat=True)) == ["brand@pier.example", "vale@lantern.example"]


def test_the_screen_takes_as_many_queries_for_three_packets_as_for_thirty(
    collection: Collection, client: Client
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            screen(client, collection, q="i")
        return len(asked)

    queries()
    few = queries()
    more_packets(collection, 30)
    assert queries() == few <= 25
    assert SignaturePage.objects.filter(state="current").count() == 34
