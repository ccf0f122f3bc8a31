"""A new version of the agreement: how it differs, what adopting it does, and that it can be withdrawn."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holders.models import Holding, Party
from holders.names import fold
from signatures.domain import files
from signatures.domain.decisions import review
from signatures.domain.documents import agreements, blocks, document, version_undo, versions
from signatures.domain.documents.in_force import terms, versions_at
from signatures.domain.documents.text_changes import Passage, Run, difference
from signatures.domain.documents.version_changes import Changed, compare, key
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import distribution, letters, sending
from signatures.domain.pages import issuing, voiding
from signatures.domain.queries.curve import steps
from signatures.domain.register import parties
from signatures.domain.tally import tabulation
from signatures.models import AuditEvent, SignaturePage, Version
from signatures.paper.agreement import parse_agreement

from .conftest import DOCUMENT, LANTERN, NORTH, SOUTH, Collection
from .revised import BEACON, REVISED, block_of, come_back, lines_of, revise, sign
from .workers import new_version

pytestmark = pytest.mark.django_db
RENAMED = REVISED.replace("Lantern Capital LLC", "Lantern Capital Partners LLC").replace(
    "LANTERN CAPITAL LLC", "LANTERN CAPITAL PARTNERS LLC"
)


def test_what_is_read_is_kept_with_its_version(collection: Collection) -> None:
    version = collection.agreement.versions.get()
    parsed = parse_agreement(DOCUMENT.encode(), "consent.txt")
    assert document.of(version) == parsed
    Version.objects.filter(pk=version.pk).update(as_read=None)
    assert document.of(Version.objects.get(pk=version.pk)) == parsed
    assert Version.objects.get(pk=version.pk).as_read is not None


def test_a_version_waits_until_it_is_adopted(collection: Collection) -> None:
    first = collection.agreement.versions.get()
    version = new_version(collection.agreement, REVISED.encode(), "consent-2.txt", collection.counsel)
    assert (version.number, version.is_execution, version.adopted_at) == (2, False, None)
    assert blocks.execution_version(collection.agreement) == first
    assert not version.blocks.exists()
    with pytest.raises(Refused, match="very file of version 2"):
        new_version(collection.agreement, REVISED.encode(), "again.txt", collection.counsel)
    with pytest.raises(Refused, match="very file of version 1"):
        new_version(collection.agreement, DOCUMENT.encode(), "again.txt", collection.counsel)
    third = new_version(collection.agreement, (REVISED + "\n").encode(), "consent-3.txt", collection.counsel)
    version.refresh_from_db()
    assert (third.number, version.withdrawn_by) == (3, collection.counsel)
    assert versions.waiting(collection.agreement) == third


def test_a_document_without_blocks_is_refused(collection: Collection) -> None:
    with pytest.raises(Refused, match="No signature blocks"):
        new_version(collection.agreement, DOCUMENT[:600].encode(), "body.txt", collection.counsel)
    assert collection.agreement.versions.count() == 1


def test_parties_are_compared_by_name_and_what_stands_at_them() -> None:
    found = compare(parse_agreement(DOCUMENT.encode(), "a.txt"), parse_agreement(REVISED.encode(), "b.txt"))
    assert [one.entity for one in found.gone] == [SOUTH]
    assert [one.entity for one in found.added] == [BEACON]
    assert [(one.after.entity, one.changes) for one in found.changed] == [
        (LANTERN, (Changed("Signatory", "Ruth Vale, Director", "Ruth Vale, Managing Director"),))
    ]
    assert (found.head, found.alike) == ((), ())


def test_a_renamed_party_is_offered_and_not_assumed() -> None:
    text = RENAMED.replace("Managing Director", "Director")
    found = compare(parse_agreement(DOCUMENT.encode(), "a.txt"), parse_agreement(text.encode(), "b.txt"))
    assert [(one.before.entity, one.after.entity) for one in found.alike] == [(LANTERN, "Lantern Capital Partners LLC")]
    assert {one.entity for one in found.gone} == {LANTERN, SOUTH}


def test_the_text_is_compared_by_paragraphs() -> None:
    before = "First clause\nin two lines.\n\n- 3 -\n\nThe holders waive the default of March.\n\nLast clause."
    after = "First clause in two\nlines.\n\n4\n\nThe holders waive the default of May.\n\nA new clause.\n\nLast clause."
    assert difference(before, after) == [
        Passage("same", 1),
        Passage(
            "changed",
            1,
            (Run("same", "The holders waive the default of"), Run("gone", "March."), Run("added", "May.")),
        ),
        Passage("added", 1, (Run("added", "A new clause."),)),
        Passage("same", 1),
    ]
    assert difference(before, before) == [Passage("same", 3)]


def test_adopting_makes_the_blocks_anew_and_takes_over_nothing(collection: Collection) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    assert [(block.entity, block.state) for block in version.blocks.order_by("position")] == [
        ("HARBOR LIGHT CORPORATION", "outstanding"),
        (NORTH, "outstanding"),
        (LANTERN, "outstanding"),
        (BEACON, "outstanding"),
    ]
    assert [line.title for line in block_of(version, LANTERN).lines.all()] == ["Managing Director"]
    first = collection.agreement.versions.get(number=1)
    assert block_of(first, LANTERN).state == "executed"
    assert [line.title for line in block_of(first, LANTERN).lines.all()] == ["Director"]
    assert set(first.pages.values_list("state", flat=True)) == {"superseded"}
    assert tabulation.tabulate(collection.agreement).holders_executed == 0
    assert AuditEvent.objects.get(action="version adopted").data == {"version": 2, "before": 1, "superseded": 4}
    with pytest.raises(Overtaken):
        versions.adopt(version, collection.counsel)


def test_corrections_and_holders_of_the_register_stay(collection: Collection) -> None:
    first = collection.agreement.versions.get()
    voiding.void(collection.page(NORTH), collection.counsel, "Name")
    lines = [blocks.LineToPrint("Otto Brand", "Partner")]
    blocks.correct(
        block_of(first, NORTH),
        collection.counsel,
        entity="North Pier Fund II, L.P.",
        role="holder",
        address="",
        chain=[],
        lines=lines,
    )
    blocks.add(collection.agreement, collection.counsel, "holder", "Quiet Holder LLC")
    version = revise(collection)
    assert list(version.blocks.order_by("position").values_list("entity", flat=True)) == [
        "HARBOR LIGHT CORPORATION",
        "North Pier Fund II, L.P.",
        LANTERN,
        BEACON,
        "Quiet Holder LLC",
    ]


def test_a_person_says_that_a_renamed_party_is_the_same(collection: Collection) -> None:
    text = RENAMED.replace("Managing Director", "Director")
    version = new_version(collection.agreement, text.encode(), "consent-2.txt", collection.counsel)
    found = versions.changes(collection.agreement.versions.get(number=1), version)
    versions.adopt(version, collection.counsel, [key(found.alike[0].after)])
    block = version.blocks.get(entity="Lantern Capital Partners LLC")
    assert block.party == collection.agreement.versions.get(number=1).blocks.get(entity=LANTERN).party


def test_a_page_of_the_old_version_says_so_and_is_not_accepted(collection: Collection) -> None:
    before = come_back(collection, LANTERN)
    version = revise(collection)
    first = collection.agreement.versions.get(number=1)
    day = timezone.localtime(first.adopted_at, ZoneInfo(collection.agreement.time_zone))
    said = f"This page is of version 1 of {day:%B} {day.day}, {day.year}, version 2 is current"
    after = come_back(collection, NORTH)
    for page in (before, after):
        page.refresh_from_db()
        assert (page.state, page.needs_person, page.question) == ("matched", True, said)
        with pytest.raises(Refused, match="version 2 is current"):
            review.accept(page, collection.counsel, lines_of(page))
    review.accept_certain(collection.agreement, collection.counsel)
    assert set(version.blocks.values_list("state", flat=True)) == {"outstanding"}


def test_a_version_not_in_use_is_withdrawn_and_the_one_before_is_signed_again(collection: Collection) -> None:
    page = come_back(collection, LANTERN)
    question = page.question
    kept = voiding.issue_again(collection.page(NORTH), collection.counsel, "Lost")
    states = list(SignaturePage.objects.order_by("id").values_list("state", flat=True))
    version = revise(collection)
    versions.withdraw(version, collection.counsel)
    assert blocks.execution_version(collection.agreement).number == 1
    assert list(SignaturePage.objects.order_by("id").values_list("state", flat=True)) == states
    kept.refresh_from_db()
    page.refresh_from_db()
    assert (kept.state, page.question) == ("current", question)
    with pytest.raises(Overtaken):
        versions.withdraw(version, collection.counsel)
    third = revise(collection, REVISED + "\n")
    issuing.issue(collection.agreement, collection.counsel)
    with pytest.raises(Refused, match="Pages of version 3 were issued"):
        versions.withdraw(third, collection.counsel)


def test_withdrawing_brings_terms_and_register_back(collection: Collection) -> None:
    agreement = collection.agreement
    text = REVISED.replace("CONSENT AND WAIVER", "SECOND CONSENT AND WAIVER", 1)
    before = version_undo.taken(agreement)
    version = revise(collection, text)
    assert version_undo.taken(agreement) != before
    assert agreement.title != before["terms"]["title"]
    beacon = f"{BEACON} stays among the issuer's parties, but signs nothing in the version before."
    assert versions.withdraw(version, collection.counsel) == (beacon,)
    after = version_undo.taken(agreement)
    assert after["terms"] == before["terms"]
    assert {key: after["parties"][key] for key in before["parties"]} == before["parties"]
    assert AuditEvent.objects.get(action="version withdrawn").data["stays"] == [beacon]


def test_what_was_changed_since_stays_and_is_said(collection: Collection) -> None:
    agreement = collection.agreement
    version = revise(collection, REVISED.replace("CONSENT AND WAIVER", "SECOND CONSENT AND WAIVER", 1))
    agreement.refresh_from_db()
    agreements.set_terms(agreement, collection.counsel, title="By hand")
    lantern = Party.objects.get(name=LANTERN)
    parties.set_signatory(lantern, 1, "Ruth Vale", "President")
    assert set(versions.withdraw(version, collection.counsel)) == {
        "Title: it was changed since by hand, and stays as it is now.",
        f"{LANTERN}: its signatories were changed since, and stay as now.",
        f"{BEACON} stays among the issuer's parties, but signs nothing in the version before.",
    }
    agreement.refresh_from_db()
    assert (agreement.title, lantern.signing.get().title) == ("By hand", "President")


def test_a_name_chain_and_holding_come_back(collection: Collection) -> None:
    agreement = collection.agreement
    lantern = Party.objects.get(name=LANTERN)
    parties.set_chain(lantern, [("Lantern GP LLC", "Manager", "")])
    lantern.chain.update(evidence="power")
    held = Holding.objects.get(holder=lantern, closed_at=None)
    before = version_undo.taken(agreement)
    parties.set_chain(lantern, [("Other LLC", "Manager", "")])
    parties.set_holding(lantern, held.notes, Decimal(5))
    Party.objects.filter(pk=lantern.pk).update(name="Renamed LLC", folded_name="renamedllc", address="1 Pier")
    version = blocks.execution_version(agreement)
    version.changed_by_adoption = version_undo.difference(before, version_undo.taken(agreement))
    assert version_undo.restore(version, collection.counsel) == ()
    lantern.refresh_from_db()
    assert (lantern.name, lantern.address) == (LANTERN, before["parties"][str(lantern.pk)]["address"])
    assert [(one.entity, one.evidence) for one in lantern.chain.all()] == [("Lantern GP LLC", "power")]
    assert Holding.objects.get(holder=lantern, closed_at=None).principal == held.principal
    Party.objects.filter(pk=lantern.pk).update(name="Renamed LLC", folded_name="renamedllc")
    Party.objects.create(issuer=lantern.issuer, role="holder", name=LANTERN, folded_name=fold(LANTERN))
    parties.set_holding(lantern, held.notes, Decimal(5))
    stays = version_undo.restore(version, collection.counsel)
    assert f"Renamed LLC: another party is called {LANTERN} now, so the name stays." in stays


def test_a_version_adopted_before_that_was_kept_says_so(collection: Collection) -> None:
    version = revise(collection)
    Version.objects.filter(pk=version.pk).update(changed_by_adoption=None)
    assert versions.withdraw(version, collection.counsel) == (version_undo.UNKNOWN,)


def test_which_version_was_signed_when(collection: Collection) -> None:
    sign(collection, LANTERN)
    first = collection.agreement.versions.get()
    before = timezone.now()
    version = revise(collection)
    between = timezone.now()
    versions.withdraw(version, collection.counsel)
    after = timezone.now()
    assert [one.version for one in terms(collection.agreement)] == [first.pk, version.pk, first.pk]
    moments = (before - datetime.timedelta(days=9), before, between, after)
    assert [versions_at([collection.agreement.pk], at).get().pk for at in moments] == [
        first.pk,
        first.pk,
        version.pk,
        first.pk,
    ]
    executed = [tabulation.tabulate(collection.agreement, at).executed for at in moments]
    assert executed == [0, 1_000_000, 0, 1_000_000]
    assert [amount for _, amount in steps(collection.agreement)] == [1_000_000, 0, 1_000_000]


def test_a_page_is_bound_to_the_hash_of_its_version(collection: Collection) -> None:
    page = collection.page(LANTERN)
    other = files.keep(b"another text", "text/plain")
    with pytest.raises(IntegrityError, match="page_is_bound_to_its_version"), transaction.atomic():
        SignaturePage.objects.filter(pk=page.pk).update(version_sha256=other.pk)
    with pytest.raises(IntegrityError, match="page_is_bound_to_its_version"), transaction.atomic():
        Version.objects.filter(pk=page.version_id).update(pdf=other)


def test_letters_packets_and_links_name_the_version(collection: Collection, client: Client) -> None:
    old = collection.page(LANTERN).packet
    assert old is not None and agreements.title_of(old.version) == "Consent and Waiver"
    version = revise(collection)
    (new,) = (
        page.packet
        for page in issuing.issue(collection.agreement, collection.counsel)
        if page.blocks.filter(entity=LANTERN).exists()
    )
    assert new is not None and new.version == version
    assert version.adopted_at is not None
    day = agreements.date_in_words(timezone.localtime(version.adopted_at, ZoneInfo("America/New_York")).date())
    said = letters.fill_in(letters.text(collection.agreement, "packet"), new, [LANTERN])
    assert said.subject == f"Your signature pages: Consent and Waiver (version 2 of {day})"
    before = client.get(reverse("portal", args=[distribution.link_token(old)])).content.decode()
    assert "superseded" in before and "You sign for" not in before
    after = client.get(reverse("portal", args=[distribution.link_token(new)])).content.decode()
    assert f"Consent and Waiver (version 2 of {day})" in after and LANTERN in after


def test_who_signed_on_the_old_version_is_asked_again_in_the_packet_of_the_new_one(
    collection: Collection, settings: Any
) -> None:
    settings.EMAIL_HOST, settings.DEFAULT_FROM_EMAIL = "localhost", "counsel@firm.example"
    revise(collection)
    page = come_back(collection, LANTERN)
    review.find_defect(page, collection.counsel, "wrong_version")
    defect = page.defects.get()
    with pytest.raises(Refused, match="Issue a page first"):
        sending.ask_again(defect, collection.counsel)
    issuing.issue(collection.agreement, collection.counsel)
    asked = sending.ask_again(defect, collection.counsel)
    assert (asked.packet.version.number, asked.to) == (2, "vale@lantern.example")
    assert "It is a page of an earlier version of the agreement." in asked.body
