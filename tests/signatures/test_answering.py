"""A holder answers whether an earlier signature stands: through the link, or on paper that comes to the desk."""

from __future__ import annotations

import pypdfium2
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from holders.models import Signatory
from signatures.domain.decisions import last_act
from signatures.domain.documents import carrying
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import answering, asking, distribution
from signatures.models import (
    Answer,
    AuditEvent,
    CarryOver,
    Packet,
    PageState,
    QuestionAnswer,
    ReceivedPage,
    User,
    Version,
)

from .conftest import LANTERN, NORTH, Collection
from .once import Once
from .postbox import Postbox, postbox
from .revised import block_of, revise, sign

__all__ = ["postbox"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def version(collection: Collection, postbox: Postbox, once: Once) -> Version:
    """The second version; Ruth Vale signed the first for Lantern and was asked."""

    def make() -> Version:
        Signatory.objects.filter(name="Ruth Vale").update(email="vale@lantern.example")
        sign(collection, LANTERN)
        sign(collection, NORTH)
        version = revise(collection)
        asking.ask(version, collection.counsel, {block_of(version, LANTERN).pk: None})
        return version

    return once("a second version, and Lantern was asked", Version, make)


def asked(version: Version) -> CarryOver:
    return CarryOver.objects.get(block=block_of(version, LANTERN), closed_at=None)


def packet_of(version: Version) -> Packet:
    return version.packets.get(signatory__name="Ruth Vale")


def page_of(collection: Collection) -> ReceivedPage:
    """Return a page that came in and is none of the issued ones, as the desk shows it."""
    page = ReceivedPage.objects.filter(agreement=collection.agreement).first()
    assert page is not None
    collection.send(b"%PDF-1.4 a printed answer")
    submission = collection.agreement.submissions.latest("received_at")
    return ReceivedPage.objects.create(
        submission=submission,
        index=0,
        agreement=collection.agreement,
        state=PageState.REVIEW,
        needs_person=True,
        urgency=7,
        question="No code was found",
    )


def test_an_answer_is_kept_with_who_and_when_and_counts_for_nothing(version: Version, collection: Collection) -> None:
    packet, row = packet_of(version), asked(version)
    assert answering.questions(packet) == [row]
    (one,) = answering.answer(packet, {row.pk: True}, " Ruth  Vale ", "Go ahead.")
    assert (one.stands, one.said_by, one.words, one.generation) == (True, "Ruth Vale", "Go ahead.", packet.generation)
    assert answering.answer(packet, {row.pk: True}, "Ruth Vale", "Go ahead.") == []
    (other,) = answering.answer(packet, {row.pk: False}, "Ruth Vale")
    assert answering.newest([row]) == {row.pk: other}
    events = AuditEvent.objects.filter(action="question answered")
    assert [event.data["answers"] for event in events.order_by("sequence")] == [
        {str(row.block_id): "stands"},
        {str(row.block_id): "signs again"},
    ]
    assert asked(version) == row
    with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic():
        QuestionAnswer.objects.filter(pk=one.pk).update(stands=False)


@pytest.mark.parametrize(
    ("ticked", "by", "sentence"),
    [(True, " ", "Type the name"), (True, "x" * 201, "too long"), (False, "Ruth Vale", "Say for each")],
)
def test_what_is_no_answer_is_refused(
    version: Version, collection: Collection, ticked: bool, by: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        answering.answer(packet_of(version), {asked(version).pk: True} if ticked else {}, by)
    assert not QuestionAnswer.objects.exists()


def test_only_who_was_asked_answers_and_only_until_counsel_decides(version: Version, collection: Collection) -> None:
    row = asked(version)
    old = Packet.objects.get(version__number=1, signatory__name="Ruth Vale")
    assert answering.questions(old) == []
    with pytest.raises(Refused, match="Nothing was kept"):
        answering.answer(old, {row.pk: True}, "Ruth Vale")
    carrying.decide(version, collection.counsel, Answer.SIGNS_AGAIN, {row.block_id: row.pk})
    with pytest.raises(Refused, match="decided about this meanwhile"):
        answering.answer(packet_of(version), {row.pk: True}, "Ruth Vale")


def test_counsel_decides_as_was_answered_and_takes_it_back(version: Version, collection: Collection) -> None:
    with pytest.raises(Refused, match="None of them has answered"):
        answering.decide_as_answered(version, collection.counsel)
    row = asked(version)
    answering.answer(packet_of(version), {row.pk: True}, "Ruth Vale", "It stands.")
    assert answering.decide_as_answered(version, collection.counsel, [row.pk]) == 1
    now = asked(version)
    assert (now.answer, now.authority, now.given_by, now.words) == ("carries", "portal", "Ruth Vale", "It stands.")
    assert answering.undo(collection.agreement, collection.counsel) == 1
    assert asked(version).answer == Answer.ASKED


def test_an_answer_on_paper_is_recorded_and_its_page_set_aside_and_both_taken_back(
    version: Version, collection: Collection
) -> None:
    row, page = asked(version), page_of(collection)
    given = carrying.Given("letter", "Ruth Vale", row.given_on, "ticked: stands", page_id=page.pk)
    answering.decide_on_paper(version, collection.counsel, Answer.CARRIES, {row.block_id: row.pk}, given)
    page.refresh_from_db()
    now = asked(version)
    assert (now.answer, now.page_id, page.state, page.reason) == ("carries", page.pk, "set_aside", answering.ON_PAPER)
    act = last_act.last_act(collection.agreement, collection.counsel)
    assert act is None or act.data.get("page") != page.pk
    with pytest.raises(Overtaken, match="decided about this page"):
        answering.decide_on_paper(version, collection.counsel, Answer.CARRIES, {row.block_id: now.pk}, given)
    answering.undo(collection.agreement, collection.counsel)
    page.refresh_from_db()
    assert (asked(version).answer, page.state, page.needs_person) == ("asked", "review", True)


def test_the_link_shows_the_question_takes_the_answer_and_prints_it(
    version: Version, collection: Collection, client: Client
) -> None:
    row, token = asked(version), distribution.link_token(packet_of(version))
    shown = client.get(reverse("portal", args=[token])).content.decode()
    assert "Does your signature stand for version 2?" in shown
    assert f"{LANTERN}, signed version 1" in shown
    assert NORTH not in shown
    here = reverse("portal_answer", args=[token])
    refused = client.post(here, {"by": "Ruth Vale", "words": "Yes."})
    assert refused.status_code == 422
    assert "Say for each whether your signature stands" in refused.content.decode()
    assert "Yes.</textarea>" in refused.content.decode()
    after = client.post(here, {f"answer-{row.pk}": "carries", "by": "Ruth Vale"}, follow=True).content.decode()
    assert "Counsel has your answer." in after
    assert "the signature stands, answered " in after
    sheet = client.get(reverse("portal_answer_pdf", args=[token]))
    words = pypdfium2.PdfDocument(sheet.content)[0].get_textpage().get_text_range()
    assert "The signature on version 1 stands for version 2." in words
    assert client.post(reverse("portal_answer", args=["no-link"]), {}).status_code == 404
    carrying.decide(version, collection.counsel, Answer.SIGNS_AGAIN, {row.block_id: row.pk})
    assert client.get(reverse("portal_answer_pdf", args=[token])).status_code == 404


def test_counsels_screen_says_what_was_answered(
    version: Version, collection: Collection, viewer: User, client: Client
) -> None:
    row, here = asked(version), reverse("carry_over", args=[collection.agreement.slug])
    answering.answer(packet_of(version), {row.pk: True}, "Ruth Vale", "Go ahead.")
    client.force_login(viewer)
    seen = client.get(here).content.decode()
    assert "by Ruth Vale: The signature stands: “Go ahead.”" in seen
    assert "Decide as they answered" not in seen
    assert client.post(here, {"do": "answered"}).status_code == 403
    client.force_login(collection.counsel)
    assert "1 answered through the link." in client.get(here).content.decode()
    done = client.post(here, {"do": "answered"}, follow=True).content.decode()
    assert "Decided as they answered: 1 party." in done
    assert "Answer through the link of Ruth Vale" in done or "answer through the link of Ruth Vale" in done


def test_from_the_desk_to_the_answer_on_paper(version: Version, collection: Collection, client: Client) -> None:
    row, page = asked(version), page_of(collection)
    client.force_login(collection.counsel)
    desk = client.get(reverse("desk_page", args=[collection.agreement.slug, page.pk])).content.decode()
    assert "It answers the question about an earlier signature" in desk
    here = reverse("carry_over", args=[collection.agreement.slug])
    shown = client.get(here, {"says": page.pk, "block": row.block_id}).content.decode()
    assert "answers for whom you tick here" in shown
    assert f'name="says" value="{page.pk}"' in shown
    said = {
        "says": page.pk,
        "do": "again",
        "block": f"{row.block_id}:{row.pk}",
        "page": page.pk,
        "authority": "letter",
        "given_by": "Ruth Vale",
        "given_on": "2021-03-01",
    }
    client.post(here, said)
    now = asked(version)
    assert (now.answer, now.authority, now.given_by, now.page_id) == ("again", "letter", "Ruth Vale", page.pk)
    page.refresh_from_db()
    assert page.state == PageState.SET_ASIDE
