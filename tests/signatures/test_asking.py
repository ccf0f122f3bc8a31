"""Holders are asked by letter whether an earlier signature counts: once, with the new text, and what came of it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Signatory
from signatures.domain.documents import carrying
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import asking, bounces, distribution, letters, posting, sending
from signatures.models import Answer, AuditEvent, CarryOver, Dispatch, DispatchState, LetterKind, User, Version

from .conftest import LANTERN, NORTH, Collection
from .once import Once
from .postbox import Postbox, postbox
from .revised import block_of, revise, sign
from .screens import text_of

__all__ = ["postbox"]
pytestmark = pytest.mark.django_db
RUTH = "vale@lantern.example"


@pytest.fixture
def version(collection: Collection, postbox: Postbox, once: Once) -> Version:
    """The second version, after two parties signed the first; Ruth Vale of Lantern has an address, Otto Brand none."""

    def make() -> Version:
        Signatory.objects.filter(name="Ruth Vale").update(email=RUTH)
        Signatory.objects.filter(name="Otto Brand").update(email="", send_to="")
        sign(collection, LANTERN)
        sign(collection, NORTH)
        return revise(collection)

    return once("a second version", Version, make)


def post_all() -> None:
    for one in Dispatch.objects.filter(state=DispatchState.QUEUED).order_by("pk"):
        posting.send(one.pk)


def ask(version: Version, by: User, *names: str) -> asking.Asked:
    rows = CarryOver.objects.filter(block__version=version, closed_at=None)
    known = {row.block_id: row.pk for row in rows}
    blocks = [block_of(version, name).pk for name in names]
    return asking.ask(version, by, {pk: known.get(pk) for pk in blocks})


def test_a_letter_asks_with_the_new_text_and_is_sent_once(
    version: Version, collection: Collection, postbox: Postbox
) -> None:
    asked = ask(version, collection.counsel, LANTERN, NORTH)
    assert (asked.parties, asked.without_address, len(asked.dispatches)) == ((LANTERN,), (NORTH,), 1)
    post_all()
    (message,) = postbox.caught
    text, file = message.get_body(("plain",)), next(iter(message.iter_attachments()))
    assert text is not None
    said = str(text.get_content())
    assert message["To"] == RUTH and message["Subject"].startswith("Does your signature stand? ")
    assert "You signed version 1 of this agreement for Lantern Capital LLC." in " ".join(said.split())
    assert "(version 2 of" in said and "/p/" in said
    assert file.get_filename() == "agreement, version 2.pdf"
    row = CarryOver.objects.get(block=block_of(version, LANTERN), closed_at=None)
    assert (row.answer, row.authority, list(row.letters.all())) == (Answer.ASKED, "email", [asked.dispatches[0]])
    assert not CarryOver.objects.filter(block=block_of(version, NORTH)).exists()
    event = AuditEvent.objects.get(action="letters queued", data__kind="carry over")
    assert event.data["blocks"] == [row.block_id]
    assert AuditEvent.objects.get(action="letter sent").data["blocks"] == [row.block_id]
    with pytest.raises(Refused, match="asked by letter already"):
        ask(version, collection.counsel, LANTERN)
    with pytest.raises(Refused, match=f"no e-mail address for {NORTH}"):
        ask(version, collection.counsel, NORTH)


def test_what_was_entered_by_hand_is_asked_by_letter_as_well(version: Version, collection: Collection) -> None:
    block = block_of(version, LANTERN)
    (row,) = carrying.decide(version, collection.counsel, Answer.ASKED, {block.pk: None})
    with pytest.raises(Overtaken):
        asking.ask(version, collection.counsel, {block.pk: None})
    assert len(ask(version, collection.counsel, LANTERN).dispatches) == 1
    row.refresh_from_db()
    assert row.closed_at is not None


def test_what_is_decided_meanwhile_is_not_asked_any_more(
    version: Version, collection: Collection, postbox: Postbox
) -> None:
    (letter,) = ask(version, collection.counsel, LANTERN).dispatches
    carrying.undo(collection.agreement, collection.counsel)
    post_all()
    letter.refresh_from_db()
    assert (letter.state, letter.reason, postbox.caught) == ("failed", posting.NOTHING_TO_ASK, [])
    with pytest.raises(Refused, match="nothing to ask"):
        sending.send_again(letter, collection.counsel)
    (second,) = ask(version, collection.counsel, LANTERN).dispatches
    post_all()
    assert len(postbox.caught) == 1
    again = sending.send_again(Dispatch.objects.get(pk=second.pk), collection.counsel)
    post_all()
    assert (len(postbox.caught), [row.block_id for row in again.asks.all()]) == (2, [block_of(version, LANTERN).pk])


def test_without_a_copy_for_holders_nothing_is_asked(version: Version, collection: Collection) -> None:
    Version.objects.filter(pk=version.pk).update(reading_copy=None)
    version.refresh_from_db()
    with pytest.raises(Refused, match="no copy of this version"):
        ask(version, collection.counsel, LANTERN)
    assert not CarryOver.objects.exists()


def test_the_letter_is_edited_and_its_placeholder_belongs_to_it_alone(version: Version, collection: Collection) -> None:
    (question,) = [one for one in asking.to_ask(version) if str(one.packet) == "Ruth Vale"]
    shown = sending.letter_for(question.packet, letters.Text("{earlier}", "{holders} {link}"), None, question.rows)
    assert (shown.subject, shown.body) == ("1", "Lantern Capital LLC {link}")
    letters.change(
        collection.agreement, LetterKind.CARRY_OVER, letters.Text("Of {earlier}", "{link}"), collection.counsel
    )
    with pytest.raises(Refused, match=r"“\{earlier\}” is not known here"):
        letters.check(LetterKind.PACKET, letters.Text("Of {earlier}", "{link}"))


def test_the_screen_asks_and_shows_what_came_back(
    version: Version, collection: Collection, client: Client, postbox: Postbox, viewer: User
) -> None:
    client.force_login(collection.counsel)
    slug = collection.agreement.slug
    here, letter_page = reverse("carry_over", args=[slug]), reverse("letters", args=[slug])
    shown = text_of(client.get(letter_page, {"kind": "carry over"}))
    assert "Does your signature stand?" in shown and "Ruth Vale" in shown
    block = block_of(version, LANTERN)
    client.post(letter_page, {"kind": "carry over", "does": "test", "subject": "S {earlier}", "body": "B {link}"})
    post_all()
    assert (len(postbox.caught), CarryOver.objects.count()) == (1, 0)
    answer = client.post(here, {"do": "ask", "everyone": "yes"}, follow=True)
    said = text_of(answer)
    assert "1 letter is on the way, about 1 party." in said
    assert f"Without an e-mail address, and so not asked: {NORTH}." in said
    post_all()
    assert f"Letter to {RUTH} sent" in text_of(client.get(here))
    letter = Dispatch.objects.get(is_test=False)
    bounces.enter(bounces.Returned(letter.public_id, RUTH, "550 no such mailbox"))
    assert f"Letter to {RUTH} bounced" in text_of(client.get(here)) and "550 no such mailbox" in text_of(
        client.get(here)
    )
    row = CarryOver.objects.get(closed_at=None)
    assert client.post(here, {"do": "ask", "block": f"{block.pk}:{row.pk}"}).status_code == 302
    assert Dispatch.objects.filter(is_test=False).count() == 2  # the first one came back
    client.force_login(viewer)
    assert client.post(here, {"do": "ask", "everyone": "yes"}).status_code == 403


def test_the_link_says_what_is_asked_until_there_is_a_page(
    version: Version, collection: Collection, client: Client
) -> None:
    (letter,) = ask(version, collection.counsel, LANTERN).dispatches
    content = client.get(distribution.link(letter.packet))
    assert "Does your signature stand for version 2?" in text_of(content)
    assert "Read the agreement" in text_of(content)
    block = block_of(version, LANTERN)
    row = CarryOver.objects.get(block=block, closed_at=None)
    carrying.decide(version, collection.counsel, Answer.SIGNS_AGAIN, {block.pk: row.pk})
    later = text_of(client.get(distribution.link(letter.packet)))
    assert "Counsel has decided what becomes of your signature on the earlier version" in later


def test_what_became_of_letters_takes_the_same_queries_for_one_and_for_two(
    version: Version, collection: Collection
) -> None:
    Signatory.objects.filter(name="Otto Brand").update(email="brand@pier.example")
    blocks = [block_of(version, LANTERN), block_of(version, NORTH)]
    for number in (1, 2):
        ask(version, collection.counsel, (LANTERN, NORTH)[number - 1])
        with CaptureQueriesContext(connection) as counted:
            found = asking.letters_about(blocks)
        assert (len(found), len(counted)) == (number, 2)
