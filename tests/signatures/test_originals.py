"""Originals: entered for several at once, taken back, and by those alone who may act."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from signatures.domain import audit
from signatures.domain.decisions import originals
from signatures.domain.errors import Refused
from signatures.models import AuditEvent, Counterpart, ReceivedPage, SignatureBlock, User

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db
RECEIVED, TO_FOLLOW = Counterpart.Original.RECEIVED, Counterpart.Original.TO_FOLLOW


@pytest.fixture
def ids(collection: Collection) -> dict[str, int]:
    """North and South have a counterpart, Lantern has none."""
    collection.send(collection.scan(NORTH))
    blocks = {one.entity: one for one in SignatureBlock.objects.all()}
    for name in (NORTH, SOUTH):
        Counterpart.objects.create(
            page=ReceivedPage.objects.get(), block=blocks[name], lines=[1], accepted_by=collection.counsel
        )
    return {name: block.pk for name, block in blocks.items()}


def now(ids: dict[str, int]) -> list[str]:
    return [Counterpart.objects.get(block=ids[name]).original for name in (NORTH, SOUTH)]


def test_several_at_once_and_back(collection: Collection, ids: dict[str, int]) -> None:
    made, by = collection.agreement, collection.counsel
    assert originals.enter(made, [ids[NORTH]], TO_FOLLOW, by) == 1
    assert originals.enter(made, [*ids.values()], RECEIVED, by) == 2
    assert now(ids) == ["received", "received"]
    assert AuditEvent.objects.latest("sequence").data["blocks"] == sorted([ids[NORTH], ids[SOUTH]])
    assert originals.undo(made, by) == 2
    assert now(ids) == ["to follow", "none"]
    with pytest.raises(Refused, match="nothing of yours"):
        originals.undo(made, by)
    assert audit.findings(made) == []


def test_what_somebody_said_since_is_left_alone(collection: Collection, ids: dict[str, int], viewer: User) -> None:
    made, by = collection.agreement, collection.counsel
    originals.enter(made, [ids[NORTH], ids[SOUTH]], RECEIVED, by)
    originals.enter(made, [ids[NORTH]], TO_FOLLOW, viewer)
    assert originals.undo(made, by) == 1
    assert now(ids) == ["to follow", "none"]


def test_nothing_new_is_refused(collection: Collection, ids: dict[str, int]) -> None:
    with pytest.raises(Refused, match="accepted counterpart"):
        originals.enter(collection.agreement, [ids[LANTERN]], RECEIVED, collection.counsel)
    assert not AuditEvent.objects.filter(action=originals.ENTERED).exists()


def test_on_the_screen_the_filters_stay(
    collection: Collection, ids: dict[str, int], client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    slug = collection.agreement.slug
    address, back = (reverse(name, args=[slug]) for name in ("originals", "originals_undo"))
    asked = {"holder": [ids[NORTH], "x"], "original": "received"}
    for user, status in ((stranger, 404), (viewer, 403)):
        client.force_login(user)
        assert [client.post(url, asked).status_code for url in (address, back)] == [status, status]
    client.force_login(counsel)
    board = client.post(f"{address}?show=todo&q=pier", asked, follow=True)
    assert board.redirect_chain == [(f"{reverse('board', args=[slug])}?show=todo&q=pier", 302)]
    assert "Original received: entered for 1 counterpart." in board.content.decode()
    assert '<button class="button" form="originals-undo">Undo</button>' in board.content.decode()
    assert now(ids) == ["received", "none"]
    party = client.post(f"{back}?party={ids[NORTH]}", follow=True)
    assert party.redirect_chain == [(reverse("holder", args=[slug, ids[NORTH]]), 302)]
    assert now(ids) == ["none", "none"]
    assert "Say whether" in client.post(address, {**asked, "original": "lost"}, follow=True).content.decode()
