"""How much the board, a client's look and the status report ask of the database, on a collection that has it all."""

from __future__ import annotations

import datetime
import itertools
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from holders.models import Holding
from signatures.domain import client_links, notes
from signatures.domain.documents import blocks, carrying, effectiveness, further_documents, versions
from signatures.domain.documents.carrying import Given
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing
from signatures.domain.queries import board, listing
from signatures.domain.tally import proxies, tabulation
from signatures.models import (
    Agreement,
    Answer,
    Counterpart,
    Defect,
    Dispatch,
    Execution,
    PlacedBlock,
    ReceivedPage,
    SignatureBlock,
    User,
)
from signatures.views.reports.status import status

from .conftest import LANTERN, NORTH, Collection
from .once import Once
from .revised import BEACON, block_of, revise, sign
from .test_further_documents import RELEASE

pytestmark = pytest.mark.django_db
MOST = 25
EMAIL = Given("email", "Ruth Vale", datetime.date(2021, 3, 9), "Please treat my page as given for this version.")


@pytest.fixture
def with_it_all(collection: Collection, counsel: User, once: Once) -> Collection:
    """A second version, some signatures carried over and some not; a consent under the indenture, thresholds that are
    short, a release, notes, letters, a disregarded holding, and a day on which it became effective.
    """

    def make() -> Agreement:
        agreement = collection.agreement
        sign(collection, LANTERN)
        sign(collection, NORTH)
        version = revise(collection)
        carrying.decide(version, counsel, Answer.CARRIES, {block_of(version, LANTERN).pk: None}, EMAIL)
        release = further_documents.parse(RELEASE.encode(), "release.txt", "holders")
        kept = versions.keep(RELEASE.encode(), "release.txt", release)
        further_documents.add(agreement, kept, "Release", "holders", counsel)
        issuing.issue(agreement, counsel)
        proxies.switch(agreement, counsel, on=True)
        for name, base in (("majority", "principal"), ("each", "each"), ("heads", "heads"), ("whole", "whole")):
            tabulation.set_threshold(agreement, name, Decimal(90), base=base, actor=counsel)
        effectiveness.record(agreement, counsel, timezone.now())
        return agreement

    collection.agreement = once("a collection with it all", Agreement, make)
    return collection


def _more_holders(collection: Collection, number: int) -> None:
    """Add holders that hold through participants, all of whom signed one sheet: copies, letters, notes, defects."""
    agreement = collection.agreement
    version = agreement.versions.get(is_execution=True)
    assert agreement.notes is not None
    page = ReceivedPage.objects.earliest("id")
    sheet = block_of(version, BEACON).pages.get()
    for at in range(number):
        block = blocks.add(agreement, collection.counsel, "holder", f"Further Fund {number}-{at}, L.P.")
        block.party.through, block.party.family = f"Custodian {at}", f"Family {at % 7}"
        block.party.save()
        Holding.objects.create(
            holder=block.party,
            notes=agreement.notes,
            principal=1000 + at,
            disregarded=at % 5 == 0,
            disregarded_reason="held by an affiliate" if at % 5 == 0 else "",
        )
        PlacedBlock.objects.create(page=sheet, block=block, position=number + at)
        SignatureBlock.objects.filter(pk=block.pk).update(state=("executed", "outstanding", "defective")[at % 3])
        if at % 3 == 0:
            Counterpart.objects.create(page=page, block=block, lines=[1], accepted_by=collection.counsel)
            Execution.objects.create(block=block)
        if at % 6 == 0:
            proxies.record(block, collection.counsel, "omnibus proxy")
        Defect.objects.create(page=page, block=block, code="particular", opened_by=collection.counsel)
        Dispatch.objects.create(
            packet=distribution.packet_of(agreement, block),
            to="a@b.example",
            kind="packet",
            subject="Your page",
            body="Sign it.",
            state="sent",
            settled_at=timezone.now(),
        )
        notes.make(agreement, [block.pk], "rang them", collection.counsel, is_contact=at % 2 == 0)


def _looks(collection: Collection, *paths: str) -> list[str]:
    """Return the board's addresses in every combination of what grows, and paths."""
    asked = itertools.product(("", "proxy"), ("", "counsel"), ("", "617 555 0142"))
    board = reverse("board", args=[collection.agreement.slug])
    return [*(f"{board}?{urlencode({'show': one, 'group': two, 'q': three})}" for one, two, three in asked), *paths]


def test_every_look_takes_25_queries_at_most_and_no_more_at_thirty(
    with_it_all: Collection, client: Client, counsel: User
) -> None:
    agreement = with_it_all.agreement
    until = timezone.localdate() + datetime.timedelta(days=9)
    token = client_links.token(client_links.make(agreement, "Harbor Light", until, True, counsel))
    live = reverse("board_live", args=[agreement.slug])
    paths = [f"{live}?q=fund&group=family&show=todo", reverse("look", args=[token]), reverse("look_live", args=[token])]
    paths += [reverse("look_pdf", args=[token]), reverse("status_pdf", args=[agreement.slug])]
    client.force_login(counsel)
    counts: dict[str, list[int]] = {path: [] for path in _looks(with_it_all, *paths)}
    for added in (3, 30):
        _more_holders(with_it_all, added)
        for path, found in counts.items():
            with CaptureQueriesContext(connection) as counted:
                assert client.get(path).status_code == 200
            found.append(len(counted))
    assert all(few == many <= MOST for few, many in counts.values()), counts


def test_of_each_state_the_first_are_read_and_told(with_it_all: Collection) -> None:
    _more_holders(with_it_all, 30)
    agreement, now = with_it_all.agreement, timezone.now()
    whole, first = status(agreement, True, now), status(agreement, True, now, most=3, with_defects=False)
    assert [group["rows"][:3] for group in whole["groups"]] == [group["rows"] for group in first["groups"]]
    for one, other in zip(whole["groups"], first["groups"], strict=True):
        assert (one["state"], one["count"], one["amount"]) == (other["state"], other["count"], other["amount"])
        assert other["more"] == len(one["rows"]) - len(other["rows"])
    assert sum(len(group["rows"]) for group in whole["groups"]) == 33
    assert len(listing.first_of_each_state(agreement, 3, amounts=True)) < 33
    assert (len(whole["defects"]), first["defects"]) == (30, ())
    for row in board.standings(agreement):
        assert listing.of_block(agreement, row.block) == row
