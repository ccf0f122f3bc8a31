"""Notes on parties and last contact: who writes them, that they never change, what the board says of them."""

from __future__ import annotations

import datetime

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from signatures.domain import audit, notes
from signatures.domain.documents import blocks
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing
from signatures.domain.queries.board import Detail
from signatures.domain.queries.notes import newest, of_party
from signatures.models import AuditEvent, Dispatch, DispatchState, LetterKind, Note, Packet, SignatureBlock, User
from signatures.views.board.contact import last_contact

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .screens import text_of

pytestmark = pytest.mark.django_db


def block_of(holder: str) -> SignatureBlock:
    return SignatureBlock.objects.get(entity=holder)


def test_one_note_on_several_parties(collection: Collection, counsel: User) -> None:
    made, ids = collection.agreement, [block_of(NORTH).pk, block_of(LANTERN).pk]
    assert notes.make(made, ids, "  Sign on Friday\r\nafter the board  ", counsel) == 2
    assert {one.words for one in Note.objects.all()} == {"Sign on Friday\nafter the board"}
    event = AuditEvent.objects.latest("sequence")
    assert (event.action, event.data["blocks"]) == ("note made", sorted(ids))
    assert "Friday" not in str(event.data)
    assert audit.findings(made) == []
    assert not of_party(made, block_of(SOUTH).party_id).exists()


def test_what_cannot_be_noted_says_why(collection: Collection, counsel: User) -> None:
    made, ids = collection.agreement, [block_of(NORTH).pk]
    for words, blocks_named, why in (
        (" ", ids, "Write the note first"),
        ("x" * 2001, ids, "2,000 characters at most; this one has 2,001"),
        ("x", [], "Tick the parties"),
    ):
        with pytest.raises(Refused, match=why):
            notes.make(made, blocks_named, words, counsel)
    assert not Note.objects.exists()


def test_a_note_never_changes_and_is_struck_with_undo(collection: Collection, counsel: User) -> None:
    notes.make(collection.agreement, [block_of(NORTH).pk], "Wrong number", counsel, is_contact=True)
    note = Note.objects.get()
    for change in (lambda: Note.objects.update(words="x"), lambda: Note.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()  # type: ignore[no-untyped-call]
    with pytest.raises(IntegrityError, match="struck_note_says_by_whom"), transaction.atomic():
        Note.objects.update(struck_at=timezone.now())
    assert notes.strike(note, counsel).struck_by == counsel
    with pytest.raises(Overtaken, match="Nothing was changed"):
        notes.strike(note, counsel)
    assert newest(collection.agreement, [note.party_id]) == {}
    assert notes.restore(note, counsel).struck_at is None
    with pytest.raises(Overtaken):
        notes.restore(note, counsel)
    assert [one.action for one in AuditEvent.objects.order_by("-sequence")[:3]] == [
        "note no longer struck",
        "note struck",
        "note of a call made",
    ]


def test_the_newest_note_and_the_newest_call(collection: Collection, counsel: User) -> None:
    made, north, south = collection.agreement, block_of(NORTH), block_of(SOUTH)
    notes.make(made, [north.pk], "first call", counsel, is_contact=True)
    notes.make(made, [north.pk, south.pk], "sent by courier", counsel)
    found = newest(made, [north.party_id, south.party_id, block_of(LANTERN).party_id])
    assert {party: (one.note and one.note.words, one.call and one.call.words) for party, one in found.items()} == {
        north.party_id: ("sent by courier", "first call"),
        south.party_id: ("sent by courier", None),
    }


def test_last_contact_is_the_newest_and_a_letter_that_bounced_is_none() -> None:
    now = datetime.datetime(2021, 3, 3, 20, 0, tzinfo=datetime.UTC)

    def at(hour: int) -> datetime.datetime:
        return now.replace(hour=hour)

    def letter(state: str) -> Dispatch:
        return Dispatch(kind=LetterKind.REMINDER, state=state, asked_at=at(18), settled_at=at(18))

    zone = "America/New_York"
    assert last_contact(Detail(), zone, now) == ""
    assert last_contact(Detail(letter=letter(DispatchState.SENT)), zone, now) == "reminder sent 13:00 New York"
    sent_then_opened = Detail(letter=letter(DispatchState.SENT), link_opened_at=at(19), called_at=at(15))
    assert last_contact(sent_then_opened, zone, now) == "link opened 14:00 New York"
    bounced = Detail(letter=letter(DispatchState.BOUNCED), called_at=at(15))
    assert last_contact(bounced, zone, now) == "reminder bounced 13:00 New York, call noted 10:00 New York"
    assert last_contact(Detail(letter=letter(DispatchState.FAILED)), zone, now) == "reminder failed 13:00 New York"


def test_on_the_screens(collection: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    slug, block = collection.agreement.slug, block_of(NORTH)
    address, screen = reverse("notes", args=[slug]), reverse("holder", args=[slug, block.pk])
    said = {"holder": [block.pk, block_of(LANTERN).pk, "x"], "note": "Will sign <b>Friday</b>", "call": "1"}
    back = client.post(f"{address}?show=todo&q=", said, follow=True)
    assert back.redirect_chain == [(f"{reverse('board', args=[slug])}?show=todo", 302)]
    shown = text_of(back)
    assert "Noted for 2 parties." in shown
    assert shown.count("last contact: call noted") == 2
    assert "&lt;b&gt;Friday" in shown
    alone = client.post(f"{address}?party={block.pk}", {"holder": block.pk, "note": "In the post"}, follow=True)
    assert alone.redirect_chain == [(f"{screen}#notes", 302)]
    shown = text_of(alone)
    assert shown.index("In the post") < shown.index("Will sign")
    assert "Note of a call made" in shown
    note = Note.objects.get(words="In the post")
    one = f"{reverse('note', args=[slug, note.pk])}?party={block.pk}"
    assert f'form="note-{note.pk}"' in client.post(one, {"do": "strike"}, follow=True).content.decode()
    struck = client.get(screen).content.decode()
    assert "<s>In the post</s>" in struck
    assert "struck by Counsel" in struck
    assert "no longer struck" in text_of(client.post(one, {"do": "restore"}, follow=True))
    assert "somebody else" in text_of(client.post(one, {"do": "restore"}, follow=True)).lower()
    assert "Write the note first" in text_of(client.post(address, {"holder": block.pk, "note": " "}, follow=True))


def test_who_looks_on_reads_no_words_and_writes_none(
    collection: Collection, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    slug, block = collection.agreement.slug, block_of(NORTH)
    notes.make(collection.agreement, [block.pk], "holds 6,000,000", counsel)
    posts = [reverse("notes", args=[slug]), reverse("note", args=[slug, Note.objects.get().pk])]
    assert [client.post(one).status_code for one in posts] == [302, 302]
    client.force_login(viewer)
    for screen in (reverse("holder", args=[slug, block.pk]), reverse("board", args=[slug])):
        shown = text_of(client.get(screen))
        assert "6,000,000" not in shown
        assert "Note it" not in shown
    assert [client.post(one).status_code for one in posts] == [403, 403]
    client.force_login(stranger)
    assert [client.post(one).status_code for one in posts] == [404, 404]
    assert Note.objects.filter(struck_at=None).count() == 1


def test_as_many_queries_for_thirty_rows_as_for_one(collection: Collection, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    made, address = collection.agreement, reverse("board", args=[collection.agreement.slug])

    def contacted() -> int:
        notes.make(made, [one.pk for one in SignatureBlock.objects.all()], "called", counsel, is_contact=True)
        Packet.objects.update(last_opened_at=timezone.now(), first_opened_at=timezone.now())
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert "last contact: link opened" in text_of(client.get(f"{address}?q=pier"))
        return len(asked)

    client.get(address)
    few = contacted()
    for number in range(30):
        blocks.add(made, counsel, "holder", f"Pier Fund {number}, L.P.")
    issuing.issue(made, counsel)
    assert contacted() == few
