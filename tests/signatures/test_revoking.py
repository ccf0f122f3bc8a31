"""Revocation: what it takes out of the tally and when, what refuses it, what undoes it, and who may record it."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from signatures.domain import audit, files
from signatures.domain.decisions import revoking
from signatures.domain.decisions.last_act import last_act
from signatures.domain.documents import agreements, effectiveness, escrow
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import renewing
from signatures.domain.queries.curve import steps
from signatures.domain.queries.tabulated import tabulated
from signatures.domain.tally import tabulation
from signatures.models import (
    Agreement,
    AuditEvent,
    Counterpart,
    Effectiveness,
    Execution,
    ReceivedPage,
    Revocation,
    SignatureBlock,
    SignaturePage,
    User,
)
from signatures.paper import returns
from signatures.paper.layout import layout_from_json

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .once import Once
from .screens import text_of

pytestmark = pytest.mark.django_db


def block_of(holder: str) -> SignatureBlock:
    return SignatureBlock.objects.get(entity=holder)


@pytest.fixture
def signed(collection: Collection, counsel: User, once: Once) -> Collection:
    """South and Lantern have signed: 3,000,000 and 1,000,000 of 10,000,000."""

    def make() -> Agreement:
        agreements.accept_certain_from_now(collection.agreement, counsel, on=True)
        collection.send(collection.scan(SOUTH))
        collection.send(collection.scan(LANTERN))
        return collection.agreement

    collection.agreement = once("South and Lantern signed", Agreement, make)
    return collection


def test_the_tally_counts_it_until_then_and_again_once_undone(signed: Collection, counsel: User) -> None:
    made, block, moments = signed.agreement, block_of(SOUTH), [timezone.now()]
    letter = signed.send(returns.as_scan([signed.sheet(NORTH, signs=())])).pages.get()
    revoking.revoke(block, counsel, "Letter of 4 March", letter, "executed")
    moments.append(timezone.now())
    line = next(one for one in tabulated(made).lines if one.name == SOUTH)
    assert (line.state, line.counted, line.why) == ("revoked", Decimal("0.00"), "revoked")
    revoking.undo(block, counsel)
    moments.append(timezone.now())
    assert [tabulation.tabulate(made, at).executed for at in moments] == [4_000_000, 1_000_000, 4_000_000]
    told = steps(made)
    assert [next(total for since, total in reversed(told) if since <= at) for at in moments] == [
        4_000_000,
        1_000_000,
        4_000_000,
    ]
    assert signed.state(SOUTH) == "executed"
    actions = [one.action for one in AuditEvent.objects.order_by("-sequence")[:4]]
    assert actions == ["revocation undone", "decision undone", "signature revoked", "page set aside"]
    assert audit.findings(made) == []
    assert Revocation.objects.get().page == letter


def test_the_page_that_says_so_leaves_the_queue_and_comes_back_with_the_last_undo(
    signed: Collection, counsel: User
) -> None:
    letter = signed.send(returns.as_scan([signed.sheet(NORTH, signs=())])).pages.get()
    counting = ReceivedPage.objects.exclude(pk=letter.pk).earliest("id")

    def stands() -> tuple[str, bool, str]:
        letter.refresh_from_db()
        return letter.state, letter.needs_person, letter.reason

    before = stands()
    assert before == ("matched", True, "")
    for holder in (SOUTH, LANTERN):
        revoking.revoke(block_of(holder), counsel, "One letter for both", letter)
        assert stands() == ("set_aside", False, f"The revocation of {SOUTH} was recorded from it")
    assert last_act(signed.agreement, counsel) is None  # it is undone where it was recorded
    revoking.undo(block_of(SOUTH), counsel)
    assert stands()[0] == "set_aside"
    revoking.undo(block_of(LANTERN), counsel)
    assert stands() == before
    revoking.revoke(block_of(SOUTH), counsel, "A letter", letter)
    revoking.undo(block_of(SOUTH), counsel)
    assert stands() == before
    # What counts for another party is left as it is.
    revoking.revoke(block_of(LANTERN), counsel, "Written on another's page", counting)
    counting.refresh_from_db()
    assert (counting.state, signed.state(SOUTH)) == ("matched", "executed")


def test_what_cannot_be_revoked_says_why_and_changes_nothing(signed: Collection, counsel: User) -> None:
    south = block_of(SOUTH)
    with pytest.raises(Refused, match="how the revocation reached you"):
        revoking.revoke(south, counsel, " ")
    with pytest.raises(Refused, match="is outstanding: it cannot be revoked"):
        revoking.revoke(block_of(NORTH), counsel, "a letter")
    with pytest.raises(Overtaken, match="somebody else"):
        revoking.revoke(south, counsel, "a letter", seen="released")
    with pytest.raises(Overtaken, match="Nothing was changed"):
        revoking.undo(south, counsel)
    assert not Revocation.objects.exists()
    revoking.revoke(south, counsel, "a letter")
    with pytest.raises(Overtaken):
        revoking.revoke(south, counsel, "a second one", seen="executed")
    with pytest.raises(Refused, match="is revoked: it cannot be revoked"):
        revoking.revoke(south, counsel, "a third")
    with pytest.raises(IntegrityError, match="one_open_revocation_a_block"), transaction.atomic():
        Revocation.objects.create(block=south, reason="x", was="executed", opened_by=counsel)
    with pytest.raises(IntegrityError, match="what_is_revoked_was_executed"), transaction.atomic():
        Revocation.objects.create(block=block_of(LANTERN), reason="x", was="outstanding", opened_by=counsel)


def test_after_release_only_where_the_agreement_says_so(signed: Collection, counsel: User) -> None:
    made, south = signed.agreement, block_of(SOUTH)
    escrow.release_all(made, counsel)
    with pytest.raises(Refused, match="was released, and this agreement does not say"):
        revoking.revoke(south, counsel, "a letter")
    assert agreements.set_terms(made, counsel, revocable_after_release=True) == ["revocable_after_release"]
    released_at = Execution.objects.get(block=south).released_at
    revoking.revoke(south, counsel, "a letter")
    assert tabulation.tabulate(made).executed == 1_000_000
    revoking.undo(south, counsel)
    assert signed.state(SOUTH) == "released"
    assert Execution.objects.get(block=south, closed_at=None).released_at == released_at
    assert tabulation.tabulate(made).executed == 4_000_000


def test_no_undo_once_something_follows(signed: Collection, counsel: User) -> None:
    south = block_of(SOUTH)
    revoking.revoke(south, counsel, "a letter")
    escrow.release_all(signed.agreement, counsel)
    with pytest.raises(Refused, match="released since"):
        revoking.undo(south, counsel)
    signed.send(signed.scan(SOUTH), "again.pdf")
    with pytest.raises(Refused, match=r"Another page of South Pier Fund, .* has come in since"):
        revoking.undo(south, counsel)
    assert signed.state(SOUTH) == "revoked"
    assert Revocation.objects.get().closed_at is None


def test_counsel_records_it_on_the_partys_screen(signed: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    slug, block = signed.agreement.slug, block_of(SOUTH)
    letter = signed.send(returns.as_scan([signed.sheet(NORTH, signs=())])).pages.get()
    address, screen = reverse("revoke", args=[slug, block.pk]), reverse("holder", args=[slug, block.pk])
    assert f'<option value="{letter.pk}">Scan ' in client.get(screen).content.decode()
    assert "Revoked by the party" not in text_of(client.get(reverse("holder", args=[slug, block_of(NORTH).pk])))
    assert "Say how" in text_of(client.post(address, {"reason": "", "seen": "executed"}, follow=True))
    assert "not there" in text_of(client.post(address, {"reason": "x", "page": "99999"}, follow=True))
    said = {"reason": "Letter of 4 March", "page": letter.pk, "seen": "executed"}
    back = client.post(address, said, follow=True)
    assert back.redirect_chain == [(f"{screen}#revocation", 302)]
    shown = text_of(back)
    assert "The signature of South Pier Fund, L.P. is revoked. Undo" in shown
    assert "Revoked: Letter of 4 March" in shown
    assert reverse("received_page", args=[slug, letter.pk]) in back.content.decode()
    assert "Revoked $3,000,000" in text_of(client.get(reverse("board", args=[slug])))
    shown = text_of(client.post(address, {"do": "undo"}, follow=True))
    assert "stands again" in shown
    assert "undone by Counsel" in shown


def test_who_looks_on_reads_no_reason_and_strangers_nothing(
    signed: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    revoking.revoke(block_of(SOUTH), counsel, "for all 3,000,000")
    slug, block = signed.agreement.slug, block_of(SOUTH)
    address = reverse("revoke", args=[slug, block.pk])
    assert client.post(address).status_code == 302
    client.force_login(viewer)
    shown = text_of(client.get(reverse("holder", args=[slug, block.pk])))
    assert "recorded by Counsel" in shown
    assert "3,000,000" not in shown
    assert "Undo the revocation" not in shown
    assert client.post(address, {"do": "undo"}).status_code == 403
    client.force_login(stranger)
    assert client.post(address, {"do": "undo"}).status_code == 404
    assert signed.state(SOUTH) == "revoked"
    assert ReceivedPage.objects.count() == 2


def test_who_revoked_signs_anew_on_a_new_page_and_only_that_counts(signed: Collection, counsel: User) -> None:
    made, block, old = signed.agreement, block_of(SOUTH), signed.page(SOUTH)
    copy = signed.scan(SOUTH)
    revoking.revoke(block, counsel, "Letter of 4 March")
    before = timezone.now()
    renewing.sign_anew(block, counsel)
    old.refresh_from_db()
    new = SignaturePage.objects.get(blocks=block, state="current")
    assert (old.state, new.packet_id) == ("superseded", old.packet_id)
    assert (signed.state(SOUTH), tabulation.tabulate(made).executed) == ("outstanding", 1_000_000)
    signed.send(copy)
    assert (signed.state(SOUTH), tabulation.tabulate(made).executed) == ("in review", 1_000_000)
    blank = returns.page_pixels(files.read(new.pdf), new.page_index)
    layout = layout_from_json(new.layout)
    signed.send(returns.as_scan([returns.sign(blank, layout, [line.id for line in layout.lines], {}, seed=5)]))
    assert (signed.state(SOUTH), tabulation.tabulate(made).executed) == ("executed", 4_000_000)
    assert tabulation.tabulate(made, before).executed == 1_000_000
    assert Counterpart.objects.filter(block=block, closed_at=None).count() == 1
    assert [one.closed_at is None for one in Execution.objects.filter(block=block).order_by("id")] == [False, True]
    with pytest.raises(Overtaken):
        revoking.undo(block, counsel)
    revoking.revoke(block_of(SOUTH), counsel, "Revoked once more")
    assert block.revocations.count() == 2
    assert audit.findings(made) == []


def test_signing_anew_is_undone_while_nothing_came_in(signed: Collection, counsel: User) -> None:
    block = block_of(SOUTH)
    revoking.revoke(block, counsel, "Letter of 4 March")
    renewing.sign_anew(block, counsel)
    renewing.undo(block, counsel)
    assert signed.state(SOUTH) == "revoked"
    with pytest.raises(Overtaken):
        renewing.undo(block, counsel)
    revoking.undo(block_of(SOUTH), counsel)
    assert (signed.state(SOUTH), tabulation.tabulate(signed.agreement).executed) == ("executed", 4_000_000)
    with pytest.raises(Overtaken):
        renewing.sign_anew(block_of(SOUTH), counsel)
    revoking.revoke(block_of(SOUTH), counsel, "Letter of 5 March")
    renewing.sign_anew(block_of(SOUTH), counsel)
    signed.send(signed.scan(SOUTH))
    with pytest.raises(Refused, match="has come in since"):
        renewing.undo(block_of(SOUTH), counsel)


def test_signing_anew_on_the_screen(signed: Collection, client: Client, counsel: User, viewer: User) -> None:
    block = block_of(SOUTH)
    revoking.revoke(block, counsel, "Letter of 4 March")
    address = reverse("revoke", args=[signed.agreement.slug, block.pk])
    party = reverse("holder", args=[signed.agreement.slug, block.pk])
    client.force_login(viewer)
    assert client.post(address, {"do": "anew"}).status_code == 403
    client.force_login(counsel)
    assert "It signs anew" in text_of(client.get(party))
    assert "a new page is in its packet" in text_of(client.post(address, {"do": "anew"}, follow=True))
    shown = text_of(client.get(party))
    assert "Revoked: Letter of 4 March" in shown
    assert "signs anew since" in shown
    assert "as before" in text_of(client.post(address, {"do": "anew-undo"}, follow=True))


# Effectiveness ----------------------------------------------------------------------------------------------------


def test_nothing_is_revoked_once_the_agreement_is_effective(signed: Collection, counsel: User) -> None:
    made, block = signed.agreement, block_of(SOUTH)
    letter = signed.send(returns.as_scan([signed.sheet(NORTH, signs=())])).pages.get()
    effectiveness.record(made, counsel, timezone.now(), "Section 4")
    with pytest.raises(Refused, match=r"effective since \d+ \w+ \d{4}, \d\d:\d\d New York, and a sign"):
        revoking.revoke(block, counsel, "A call")
    later = signed.send(returns.as_scan([signed.sheet(NORTH, signs=())]), "later.pdf").pages.get()
    with pytest.raises(Refused, match="until then only"):
        revoking.revoke(block, counsel, "A letter", later)
    revoking.revoke(block, counsel, "A letter that came before", letter)
    effectiveness.withdraw(made, counsel, "The fee was not paid")
    revoking.revoke(block_of(LANTERN), counsel, "A call")
    assert [one.action for one in AuditEvent.objects.filter(agreement=made).order_by("-sequence")][:3] == [
        "signature revoked",
        "effectiveness withdrawn",
        "signature revoked",
    ]


def test_effectiveness_is_recorded_once_and_withdrawn_with_a_reason(signed: Collection, counsel: User) -> None:
    made, now = signed.agreement, timezone.now()
    with pytest.raises(Refused, match="yet to come"):
        effectiveness.record(made, counsel, now + datetime.timedelta(hours=1))
    effectiveness.record(made, counsel, now)
    with pytest.raises(Overtaken, match="has recorded"):
        effectiveness.record(made, counsel, now)
    with pytest.raises(Refused, match="Say why"):
        effectiveness.withdraw(made, counsel, "  ")
    effectiveness.withdraw(made, counsel, "Too early")
    with pytest.raises(Overtaken):
        effectiveness.withdraw(made, counsel, "Too early")
    row = Effectiveness.objects.get()
    with pytest.raises(IntegrityError, match="withdrawn_effectiveness_says_why"), transaction.atomic():
        Effectiveness.objects.filter(pk=row.pk).update(closed_why="")
    with pytest.raises(IntegrityError, match="effectiveness_is_recorded_afterwards"), transaction.atomic():
        Effectiveness.objects.filter(pk=row.pk).update(at=now + datetime.timedelta(days=9))


def test_effectiveness_on_the_screen(
    signed: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    slug = signed.agreement.slug
    address = reverse("effectiveness", args=[slug])
    given = {"do": "record", "at": "2021-03-04T18:00", "words": "Section 4"}
    client.force_login(stranger)
    assert (client.get(address).status_code, client.post(address, given).status_code) == (404, 404)
    client.force_login(viewer)
    assert (client.get(address).status_code, client.post(address, given).status_code) == (200, 403)
    client.force_login(counsel)
    refused = client.post(address, {**given, "at": "soon"})
    assert refused.status_code == 422
    assert "like 2007-09-25 15:30" in text_of(refused)
    assert 'value="Section 4"' in refused.content.decode()
    assert client.post(address, given).status_code == 302
    assert "effective since 4 March 2021, 18:00 New York" in text_of(client.get(reverse("board", args=[slug])))
    assert "recorded by Counsel" in text_of(client.get(address))
    assert client.post(address, {"do": "withdraw", "why": ""}).status_code == 422
    assert client.post(address, {"do": "withdraw", "why": "The fee was not paid"}).status_code == 302
    assert "withdrawn by Counsel" in text_of(client.get(address))
    assert "effective since" not in text_of(client.get(reverse("board", args=[slug])))


def test_the_desk_leads_to_recording_it_with_the_page_chosen(signed: Collection, counsel: User, client: Client) -> None:
    letter = signed.send(returns.as_scan([signed.sheet(SOUTH, signs=())])).pages.get()
    client.force_login(counsel)
    (one,) = client.get(reverse("desk_page", args=[signed.agreement.slug, letter.pk])).context["revocations"]
    assert one["name"] == SOUTH
    assert one["url"].endswith(f"?says={letter.pk}#revocation")
    shown = client.get(one["url"])
    assert shown.context["revocation"]["unfolded"]
    assert [page["id"] for page in shown.context["revocation"]["pages"] if page["chosen"]] == [letter.pk]
    said = {"reason": "Struck out by hand", "page": str(letter.pk), "seen": "executed", "do": "revoke"}
    client.post(reverse("revoke", args=[signed.agreement.slug, block_of(SOUTH).pk]), said)
    letter.refresh_from_db()
    assert (letter.needs_person, signed.state(SOUTH)) == (False, "revoked")
    assert client.get(one["url"].replace(str(letter.pk), "x")).status_code == 200


def test_one_letter_revokes_for_several_on_the_board_and_is_undone_for_all(
    signed: Collection, counsel: User, viewer: User, stranger: User, client: Client
) -> None:
    slug = signed.agreement.slug
    address, board = reverse("revoke_several", args=[slug]), reverse("board", args=[slug])
    both = [block_of(SOUTH).pk, block_of(LANTERN).pk]
    said = {"holder": [*both, "x"], "reason": "A letter of 4 May"}
    for user, status in ((stranger, 404), (viewer, 403)):
        client.force_login(user)
        assert client.post(address, said).status_code == status
    client.force_login(counsel)
    shown = client.post(f"{address}?q=pier", said, follow=True)
    assert shown.redirect_chain == [(f"{board}?q=pier", 302)]
    assert f"Revoked: {SOUTH} and {LANTERN}." in text_of(shown)
    assert [signed.state(name) for name in (SOUTH, LANTERN)] == ["revoked", "revoked"]
    made = Revocation.objects.order_by("pk")
    assert list(made.values_list("reason", flat=True)) == ["A letter of 4 May"] * 2
    ids = " ".join(str(one.pk) for one in made)
    assert f'form="revocations-undo" name="revocation" value="{ids}"' in shown.content.decode()
    back = client.post(address, {"revocation": ids}, follow=True)
    assert "2 signatures as before the revocation." in text_of(back)
    assert [signed.state(name) for name in (SOUTH, LANTERN)] == ["executed", "executed"]
    assert "No revocation of these is recorded any more." in text_of(
        client.post(address, {"revocation": ids}, follow=True)
    )


def test_of_several_none_is_revoked_where_one_cannot_be(signed: Collection, counsel: User) -> None:
    blocks = [block_of(SOUTH).pk, block_of(NORTH).pk]
    with pytest.raises(Refused, match=NORTH):
        revoking.revoke_several(signed.agreement, blocks, counsel, "A letter of 4 May")
    with pytest.raises(Refused, match="Say how the revocation reached you"):
        revoking.revoke_several(signed.agreement, blocks[:1], counsel, " ")
    with pytest.raises(Refused, match="Tick those who have revoked"):
        revoking.revoke_several(signed.agreement, [], counsel, "A letter of 4 May")
    assert signed.state(SOUTH) == "executed"
    assert not Revocation.objects.exists()
