"""What becomes of signatures on an earlier version: nothing until counsel decides, then exactly what was decided."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.domain import audit
from signatures.domain.counterparts import matching
from signatures.domain.decisions import undoing
from signatures.domain.documents import carrying
from signatures.domain.documents.carrying import Given
from signatures.domain.documents.in_force import held_back
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing
from signatures.domain.tally import proxies, tabulation
from signatures.models import (
    Answer,
    AuditEvent,
    BlockChange,
    CarryOver,
    Execution,
    Proxy,
    ReceivedPage,
    SignatureBlock,
    User,
    Version,
)

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .revised import BEACON, REVISED, block_of, come_back, lines_of, revise, sign

pytestmark = pytest.mark.django_db
EMAIL = Given("email", "Ruth Vale", datetime.date(2021, 3, 9), "Please treat my page as given for this version.")
CARRIES, AGAIN, ASKED = Answer.CARRIES, Answer.SIGNS_AGAIN, Answer.ASKED


def executed(collection: Collection, at: datetime.datetime | None = None) -> Decimal:
    return tabulation.tabulate(collection.agreement, at).executed


def test_a_signature_carries_over_by_a_decision_and_not_before(collection: Collection) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    block = block_of(version, LANTERN)
    before = timezone.now()
    assert executed(collection) == 0
    (row,) = carrying.decide(version, collection.counsel, CARRIES, {block.pk: None}, EMAIL)
    block.refresh_from_db()
    assert (block.state, executed(collection), executed(collection, before)) == ("executed", 1_000_000, 0)
    assert (row.source.version.number, row.authority, row.given_by) == (1, "email", "Ruth Vale")
    event = AuditEvent.objects.get(action="signature carried over")
    assert (event.data["blocks"], event.data["opened"], event.data["closed"]) == ([block.pk], [row.pk], [])
    during = timezone.now()
    carrying.decide(version, collection.counsel, AGAIN, {block.pk: row.pk})
    block.refresh_from_db()
    assert (block.state, executed(collection), executed(collection, during)) == ("outstanding", 0, 1_000_000)
    assert Execution.objects.filter(block=block).count() == 1
    assert audit.findings(collection.agreement) == []


def test_it_ends_when_the_signature_is_taken_back_and_comes_again_with_it(collection: Collection) -> None:
    page = sign(collection, LANTERN)
    version = revise(collection)
    block = block_of(version, LANTERN)
    carrying.decide(version, collection.counsel, CARRIES, {block.pk: None}, EMAIL)
    undoing.undo(page, collection.counsel)
    block.refresh_from_db()
    assert (block.state, executed(collection)) == ("outstanding", 0)
    carrying.accept_under(page, collection.counsel, lines_of(page))
    assert executed(collection) == 1_000_000


def test_an_authority_names_how_who_and_when(collection: Collection) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    for said, why in (
        (Given(), "under which authority"),
        (Given("telepathy", "Ruth Vale", datetime.date(2021, 3, 9)), "how it was given"),
        (Given("email", "  ", datetime.date(2021, 3, 9)), "who gave"),
        (Given("call", "Ruth Vale"), "on which day"),
        (Given("call", "Ruth Vale", datetime.date(2999, 1, 1)), "yet to come"),
    ):
        with pytest.raises(Refused, match=why):
            carrying.decide(version, collection.counsel, CARRIES, {block_of(version, LANTERN).pk: None}, said)
    assert not CarryOver.objects.exists()


def test_the_database_wants_an_authority_and_one_open_row(collection: Collection) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    block = block_of(version, LANTERN)
    source = SignatureBlock.objects.get(version__number=1, party=block.party)
    row = {"block": block, "source": source, "opened_by": collection.counsel}
    with pytest.raises(IntegrityError, match="carry_over_names_its_authority"), transaction.atomic():
        CarryOver.objects.create(**row, answer=CARRIES, given_by="Ruth Vale", given_on="2021-03-09")
    CarryOver.objects.create(**row, answer=ASKED)
    with pytest.raises(IntegrityError, match="one_open_carry_over_a_block_and_version"), transaction.atomic():
        CarryOver.objects.create(**row, answer=AGAIN)


def test_what_cannot_be_decided_says_why(collection: Collection) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    with pytest.raises(Refused, match="Tick those"):
        carrying.decide(version, collection.counsel, AGAIN, {})
    with pytest.raises(Refused, match="signed no earlier version"):
        carrying.decide(version, collection.counsel, AGAIN, {block_of(version, BEACON).pk: None})
    issuing.issue(collection.agreement, collection.counsel)
    with pytest.raises(Refused, match="nothing of yours"):
        carrying.undo(collection.agreement, collection.counsel)


def test_undo_opens_what_was_decided_before(collection: Collection) -> None:
    sign(collection, LANTERN)
    sign(collection, NORTH)
    version = revise(collection)
    lantern, north = block_of(version, LANTERN), block_of(version, NORTH)
    (asked,) = carrying.decide(version, collection.counsel, ASKED, {lantern.pk: None}, Given("email", "Ruth Vale"))
    carrying.decide(version, collection.counsel, CARRIES, {lantern.pk: asked.pk, north.pk: None}, EMAIL)
    assert executed(collection) == 7_000_000
    assert carrying.undo(collection.agreement, collection.counsel) == 2
    assert executed(collection) == 0
    again = CarryOver.objects.get(closed_at=None)
    assert (again.block, again.answer, again.given_by, again.pk == asked.pk) == (lantern, "asked", "Ruth Vale", False)
    with pytest.raises(Refused, match="nothing of yours"):
        carrying.undo(collection.agreement, collection.counsel)


def test_pages_are_issued_to_those_who_must_sign_in_new_packets(collection: Collection) -> None:
    for entity in (LANTERN, NORTH):
        sign(collection, entity)
    old = {page.packet_id for page in collection.agreement.versions.get().pages.all()}
    version = revise(collection)
    lantern, north = block_of(version, LANTERN), block_of(version, NORTH)
    assert held_back(version) == {lantern.pk, north.pk}
    carrying.decide(version, collection.counsel, CARRIES, {north.pk: None}, EMAIL)
    carrying.decide(version, collection.counsel, AGAIN, {lantern.pk: None})
    pages = issuing.issue(collection.agreement, collection.counsel)
    assert {block.entity for page in pages for block in page.blocks.all()} == {
        "HARBOR LIGHT CORPORATION",
        LANTERN,
        BEACON,
    }
    assert {page.version_sha256 for page in pages} == {version.pdf_id}
    assert not old & {page.packet_id for page in pages}
    assert issuing.issue(collection.agreement, collection.counsel) == []


def test_a_page_of_the_old_version_is_accepted_under_a_carry_over_in_one_step(collection: Collection) -> None:
    version = revise(collection)
    page = come_back(collection, LANTERN)
    with pytest.raises(Refused, match="under which authority"):
        carrying.accept_under(page, collection.counsel, lines_of(page))
    carrying.accept_under(page, collection.counsel, lines_of(page), EMAIL)
    assert [block_of(one, LANTERN).state for one in (version, collection.agreement.versions.get(number=1))] == [
        "executed",
        "executed",
    ]
    assert executed(collection) == 1_000_000
    page.refresh_from_db()
    assert page.settled_by == collection.counsel
    undoing.undo(page, collection.counsel)
    assert executed(collection) == 0


def test_a_page_of_one_who_signs_no_more_cannot_count(collection: Collection) -> None:
    revise(collection)
    page = come_back(collection, SOUTH)
    with pytest.raises(Refused, match="does not sign version 2"):
        carrying.accept_under(page, collection.counsel, lines_of(page), EMAIL)


def test_it_carries_on_into_a_third_version_only_by_a_decision_of_its_own(collection: Collection) -> None:
    sign(collection, LANTERN)
    second = revise(collection)
    carrying.decide(second, collection.counsel, CARRIES, {block_of(second, LANTERN).pk: None}, EMAIL)
    third = revise(collection, REVISED + "\n")
    assert executed(collection) == 0
    (row,) = carrying.decide(third, collection.counsel, CARRIES, {block_of(third, LANTERN).pk: None}, EMAIL)
    assert (row.source.version, executed(collection)) == (second, 1_000_000)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_without_a_decision_no_signature_of_the_first_counts_for_the_second(
    collection: Collection, data: st.DataObject
) -> None:
    """Whatever is signed before and after, asked, decided and undone: only open carry-overs count."""
    with transaction.atomic():
        signed = data.draw(st.sets(st.sampled_from((NORTH, LANTERN))), "signed before")
        for entity in sorted(signed):
            _executed(collection, collection.agreement.versions.get(number=1), entity)
        version = revise(collection)
        amounts = {NORTH: 6_000_000, LANTERN: 1_000_000}
        for step in range(data.draw(st.integers(0, 5), "steps")):
            entity = data.draw(st.sampled_from(sorted(amounts)), f"who {step}")
            _decide(collection, version, entity, data.draw(st.sampled_from([*Answer, None]), f"what {step}"))
            carries = CarryOver.objects.filter(closed_at=None, answer=CARRIES).values_list("block__party__name")
            counting = {name for (name,) in carries} & signed
            assert executed(collection) == sum(amounts[one] for one in counting)
        transaction.set_rollback(True)


def _executed(collection: Collection, version: Version, entity: str) -> None:
    sign(collection, entity)
    assert block_of(version, entity).state == "executed"


def _decide(collection: Collection, version: Version, entity: str, answer: Answer | None) -> None:
    block = block_of(version, entity)
    row = CarryOver.objects.filter(block=block, closed_at=None).first()
    try:
        if answer is None:
            carrying.undo(collection.agreement, collection.counsel)
        else:
            carrying.decide(version, collection.counsel, answer, {block.pk: row.pk if row else None}, EMAIL)
    except Refused:
        pass


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("second", ["decides otherwise", "takes the signature back"])
def test_two_at_once(collection: Collection, second: str) -> None:
    page = sign(collection, LANTERN)
    version = revise(collection)
    block = block_of(version, LANTERN)
    other = User.objects.create_user("other@firm.example", "a long enough password", name="Other")
    start, outcomes = threading.Barrier(2), list[str]()

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
            outcomes.append("done")
        except Overtaken as error:
            outcomes.append(str(error))
        finally:
            connection.close()

    acts: list[Callable[[], object]] = [
        lambda: carrying.decide(version, collection.counsel, CARRIES, {block.pk: None}, EMAIL)
    ]
    if second == "decides otherwise":
        acts.append(lambda: carrying.decide(version, other, AGAIN, {block.pk: None}))
    else:
        acts.append(lambda: undoing.undo(ReceivedPage.objects.get(pk=page.pk), other))
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    block.refresh_from_db()
    if second == "decides otherwise":
        assert sorted(outcomes) == [
            f"A colleague decided about {LANTERN} meanwhile. Nothing was changed: look again.",
            "done",
        ]
        row = CarryOver.objects.get(closed_at=None)
        assert block.state == ("executed" if row.answer == CARRIES else "outstanding")
    else:
        assert outcomes == ["done", "done"]
        assert (block.state, executed(collection)) == ("outstanding", 0)
    assert audit.findings(collection.agreement) == []


def test_deciding_for_many_takes_no_more_queries_than_for_one(collection: Collection) -> None:
    for entity in (NORTH, LANTERN, "HARBOR LIGHT CORPORATION"):
        sign(collection, entity)
    version = revise(collection)
    counts = []
    for entities in ([LANTERN], [NORTH, "HARBOR LIGHT CORPORATION"]):
        seen = dict.fromkeys(version.blocks.filter(entity__in=entities).values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as counted:
            carrying.decide(version, collection.counsel, CARRIES, seen, EMAIL)
        counts.append(len(counted))
    assert counts[1] <= counts[0]
    assert set(version.blocks.exclude(entity=BEACON).values_list("state", flat=True)) == {"executed"}
    assert set(BlockChange.objects.filter(block__version=version).values_list("before", "after")) == {
        ("outstanding", "executed")
    }
    with CaptureQueriesContext(connection) as counted:
        assert carrying.undo(collection.agreement, collection.counsel) == 2
    assert len(counted) < 40
    assert executed(collection) == 1_000_000


def test_what_came_in_meanwhile_is_seen_when_a_decision_is_taken_back(collection: Collection) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    block = block_of(version, LANTERN)
    (row,) = carrying.decide(version, collection.counsel, AGAIN, {block.pk: None})
    issuing.issue(collection.agreement, collection.counsel)
    (row,) = carrying.decide(version, collection.counsel, CARRIES, {block.pk: row.pk}, EMAIL)
    submission = collection.send(b"a page of version 2", read=False)
    page = ReceivedPage.objects.create(submission=submission, index=0, agreement=collection.agreement, state="matched")
    with transaction.atomic():
        matching.open_match(page, version.pages.get(blocks=block), by=collection.counsel)
        page.save()
    carrying.undo(collection.agreement, collection.counsel)
    block.refresh_from_db()
    assert (block.state, executed(collection)) == ("in review", 0)


def test_a_proxy_goes_with_the_signature_that_carries_over(collection: Collection) -> None:
    counsel = collection.counsel
    proxies.switch(collection.agreement, counsel, on=True)
    block = collection.agreement.versions.get().blocks.get(entity=LANTERN)
    type(block.party).objects.filter(pk=block.party_id).update(through="Cede & Co.")
    sign(collection, LANTERN)
    proxies.record(block, counsel, "omnibus proxy of 3 March")
    assert executed(collection) == 1_000_000
    version = revise(collection)
    assert executed(collection) == 0
    carrying.decide(version, counsel, CARRIES, {block_of(version, LANTERN).pk: None}, EMAIL)
    carried = Proxy.objects.get(block__version=version)
    assert (carried.participant, carried.evidence, carried.closed_at) == (
        "Cede & Co.",
        "omnibus proxy of 3 March",
        None,
    )
    assert executed(collection) == 1_000_000
    carrying.undo(collection.agreement, counsel)
    carried.refresh_from_db()
    assert carried.closed_by == counsel
    assert executed(collection) == 0
