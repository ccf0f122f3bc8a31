"""Voiding and replacing issued pages: what a copy of an old page meets, and that no signature is lost."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.documents import blocks
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing, voiding
from signatures.models import AuditEvent, ReceivedPage, SignatureBlock, SignaturePage, User, Voiding

from .conftest import LANTERN, NORTH, Collection
from .revised import sign

pytestmark = pytest.mark.django_db


def come_back(collection: Collection, entity: str = LANTERN) -> ReceivedPage:
    collection.send(collection.scan(entity))
    return ReceivedPage.objects.latest("id")


def accepted(collection: Collection) -> ReceivedPage:
    page = come_back(collection)
    matched = matching.matched(page)
    assert matched is not None
    lines = review.blocks_on_page(matched)[0].lines
    return review.accept(page, collection.counsel, review.Decision(frozenset(lines)))


def test_a_copy_of_a_voided_page_says_so_and_is_never_accepted(collection: Collection) -> None:
    page = collection.page(LANTERN)
    with pytest.raises(Refused, match="Say why"):
        voiding.void(page, collection.counsel, "  ")
    made = voiding.void(page, collection.counsel, "The name was wrong")
    assert SignaturePage.objects.get(pk=page.pk).state == "void"
    received = come_back(collection)
    day = f"{made.voided_at.astimezone():%Y}"
    assert received.state == "matched" and received.needs_person
    assert received.question.startswith("This page was voided on ")
    assert received.question.endswith(f"{day} because: The name was wrong")
    with pytest.raises(Refused, match="was voided on"):
        review.accept(received, collection.counsel, review.Decision(frozenset({"b1"})))
    event = AuditEvent.objects.get(action="page voided")
    assert (event.data["sheet"], event.data["reason"]) == (page.number, "The name was wrong")


def test_a_copy_that_waits_is_asked_about_anew_and_again_when_it_is_undone(collection: Collection) -> None:
    received = come_back(collection)
    before = received.question
    made = voiding.void(received.matches.get().signature_page, collection.counsel, "Sent by mistake")
    received.refresh_from_db()
    assert received.question.startswith("This page was voided")
    voiding.undo(made, collection.counsel)
    received.refresh_from_db()
    assert (received.question, collection.page(LANTERN).state) == (before, "current")
    with pytest.raises(Overtaken):
        voiding.undo(made, collection.counsel)


def test_a_voided_block_is_corrected_and_issued_anew(collection: Collection) -> None:
    page = collection.page(LANTERN)
    block = SignatureBlock.objects.get(entity=LANTERN)
    said = {"entity": "Lantern Capital II LLC", "role": "holder", "address": "", "chain": []}
    lines = [blocks.LineToPrint("Ruth Vale", "Manager")]
    with pytest.raises(Refused, match="void it"):
        blocks.correct(block, collection.counsel, **said, lines=lines)  # type: ignore[arg-type]
    made = voiding.void(page, collection.counsel, "Name")
    block = SignatureBlock.objects.get(pk=block.pk)
    blocks.correct(block, collection.counsel, **said, lines=lines)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="was corrected"):
        voiding.undo(made, collection.counsel)
    (new,) = issuing.issue(collection.agreement, collection.counsel)
    assert [line["holder"] for line in new.layout["lines"]] == ["Lantern Capital II LLC"]
    assert (new.packet, page.state) == (page.packet, "void")


def test_a_page_is_replaced_in_the_same_packet(collection: Collection) -> None:
    page = collection.page(NORTH)
    new = voiding.issue_again(page, collection.counsel, "Lost in the post")
    page.refresh_from_db()
    assert (page.state, new.state, new.packet) == ("superseded", "current", page.packet)
    assert new.key != page.key
    assert list(new.blocks.all()) == list(page.blocks.all())
    assert Voiding.objects.get().replaced_by == new
    with pytest.raises(Overtaken):
        voiding.issue_again(page, collection.counsel, "again")
    with pytest.raises(Refused, match="was replaced"):
        voiding.undo(Voiding.objects.get(), collection.counsel)
    assert "was replaced on" in come_back(collection, NORTH).question


def test_what_was_accepted_is_kept_only_by_a_word_of_counsel(collection: Collection) -> None:
    accepted(collection)
    page = collection.page(LANTERN)
    with pytest.raises(Refused, match="was accepted for Lantern Capital LLC"):
        voiding.void(page, collection.counsel, "Mistake")
    assert collection.page(LANTERN).state == "current"
    voiding.issue_again(page, collection.counsel, "Mistake", still_counts=True)
    assert collection.state(LANTERN) == "executed"
    block = SignatureBlock.objects.get(entity=LANTERN)
    assert AuditEvent.objects.get(action="page issued again").data["still_counts"] == [block.pk]


def test_the_screen_voids_replaces_and_undoes(client: Client, collection: Collection) -> None:
    client.force_login(collection.counsel)
    page = collection.page(LANTERN)
    url = reverse("page_void", args=[collection.agreement.slug, page.pk])
    assert b"Lantern Capital LLC" in client.get(url).content
    assert client.post(url, {"reason": "", "do": "void"}).status_code == 422
    assert client.post(url, {"reason": "Mistake", "do": "void"}).status_code == 302
    assert b"because: Mistake" in client.get(url).content
    assert client.post(url, {"do": "undo"}).status_code == 302
    assert collection.page(LANTERN).state == "current"
    assert client.post(url, {"reason": "Lost", "do": "again"}).status_code == 302
    new = SignaturePage.objects.get(blocks__entity=LANTERN, state="current")
    listed = client.get(reverse("pages", args=[collection.agreement.slug])).content
    assert reverse("page_void", args=[collection.agreement.slug, new.pk]).encode() in listed
    assert listed.index(b"Void and replaced") < listed.index(url.encode())


def test_who_may_void(client: Client, collection: Collection, viewer: User, stranger: User) -> None:
    url = reverse("page_void", args=[collection.agreement.slug, collection.page(LANTERN).pk])
    client.force_login(viewer)
    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": "x", "do": "void"}).status_code == 403
    client.force_login(stranger)
    assert client.get(url).status_code == 404
    assert client.post(url, {"reason": "x", "do": "void"}).status_code == 404
    assert not Voiding.objects.exists()


def test_a_whole_packet_is_voided_and_that_is_undone(collection: Collection) -> None:
    packet = collection.page(NORTH).packet
    assert packet is not None
    numbers = [page.number for page in packet.pages.order_by("id")]
    assert len(numbers) == 2
    with pytest.raises(Refused, match="Say why"):
        voiding.void_packet(packet, collection.counsel, " ")
    ended = voiding.void_packet(packet, collection.counsel, "Wrong register")
    assert {one.packet for one in ended} == {packet}
    assert set(packet.pages.values_list("state", flat=True)) == {"void"}
    event = AuditEvent.objects.get(action="packet voided")
    assert (event.data["pages"], event.data["reason"]) == (numbers, "Wrong register")
    with pytest.raises(Overtaken, match="no current page"):
        voiding.void_packet(packet, collection.counsel, "Again")
    assert [page.number for page in voiding.undo_packet(packet, collection.counsel)] == numbers
    assert set(packet.pages.values_list("state", flat=True)) == {"current"}
    with pytest.raises(Overtaken):
        voiding.undo_packet(packet, collection.counsel)


def test_a_packet_is_replaced_behind_the_same_link_all_of_it_or_nothing(collection: Collection) -> None:
    packet = collection.page(NORTH).packet
    assert packet is not None
    sign(collection, NORTH)
    with pytest.raises(Refused, match="was accepted for North Pier Fund"):
        voiding.issue_packet_again(packet, collection.counsel, "Lost")
    assert set(packet.pages.values_list("state", flat=True)) == {"current"}
    new = voiding.issue_packet_again(packet, collection.counsel, "Lost", still_counts=True)
    assert [(page.packet, page.state) for page in new] == [(packet, "current")] * 2
    assert [one.replaced_by for one in Voiding.objects.order_by("id")] == new
    with pytest.raises(Overtaken):
        voiding.undo_packet(packet, collection.counsel)


def test_an_undone_packet_leaves_out_nothing(collection: Collection) -> None:
    packet = collection.page(NORTH).packet
    assert packet is not None
    voiding.void_packet(packet, collection.counsel, "Mistake")
    issuing.issue(collection.agreement, collection.counsel)
    with pytest.raises(Refused, match="was replaced"):
        voiding.undo_packet(packet, collection.counsel)
    assert Voiding.objects.filter(closed_at=None).count() == 2


def test_the_screens_void_a_packet_and_list_it_with_the_way_back(client: Client, collection: Collection) -> None:
    client.force_login(collection.counsel)
    page = collection.page(NORTH)
    assert page.packet is not None
    slug = collection.agreement.slug
    url, pages = reverse("packet_void", args=[slug, page.packet.pk]), reverse("pages", args=[slug])
    assert url in client.get(reverse("packets", args=[slug])).content.decode()
    assert client.post(url, {"do": "void", "reason": ""}).status_code == 422
    assert client.post(url, {"do": "void", "reason": "Wrong register"}).status_code == 302
    shown = client.get(pages).content.decode()
    assert "Packet of Otto Brand" in shown and "Wrong register" in shown and page.number in shown
    assert "No page of this packet" in client.get(url).content.decode()
    assert client.post(url, {"do": "undo"}).status_code == 302
    assert "Void and replaced" not in client.get(pages).content.decode()
    assert client.post(url, {"do": "again", "reason": "Lost"}).status_code == 302
    assert "by pages" in client.get(pages).content.decode()


def test_who_may_void_a_packet(client: Client, collection: Collection, viewer: User, stranger: User) -> None:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    url = reverse("packet_void", args=[collection.agreement.slug, packet.pk])
    for user, get, post in ((viewer, 200, 403), (stranger, 404, 404)):
        client.force_login(user)
        said = {"reason": "x", "do": "void"}
        assert (client.get(url).status_code, client.post(url, said).status_code) == (get, post)
    assert not Voiding.objects.exists()


def test_the_number_of_queries_does_not_depend_on_what_was_voided(client: Client, collection: Collection) -> None:
    client.force_login(collection.counsel)
    counts = set()
    for entity in (LANTERN, NORTH):
        voiding.issue_again(collection.page(entity), collection.counsel, f"Lost by {entity}")
        with CaptureQueriesContext(connection) as counted:
            client.get(reverse("pages", args=[collection.agreement.slug]))
        counts.add(len(counted))
    assert len(counts) == 1
