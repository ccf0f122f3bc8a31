"""Packets by e-mail over a real SMTP server: what goes out, what is refused, what is killed, and who may ask."""

from __future__ import annotations

import threading
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import addresses, distribution, letters, posting, reminders, sending
from signatures.models import (
    AuditEvent,
    BlockState,
    Defect,
    Dispatch,
    DispatchState,
    LetterKind,
    Packet,
    SignatureBlock,
)
from signatures.paper import returns

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .postbox import Postbox, postbox
from .workers import start_worker, wait_until

__all__ = ["postbox"]

OTTO, RUTH = "brand@pier.example", "vale@lantern.example"


def post_all() -> None:
    for one in Dispatch.objects.filter(state=DispatchState.QUEUED).order_by("pk"):
        posting.send(one.pk)


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def packet_of(collection: Collection, entity: str) -> Packet:
    packet = collection.page(entity).packet
    assert packet is not None
    return packet


@pytest.mark.django_db
def test_all_packets_go_out_once_each_with_link_and_pages(collection: Collection, postbox: Postbox) -> None:
    queued = sending.send_packets(collection.agreement, collection.counsel)
    assert sorted(one.to for one in queued.dispatches) == [OTTO, RUTH]
    assert queued.without_address == ("Ada Quill",)
    assert sending.send_packets(collection.agreement, collection.counsel).dispatches == ()
    post_all()
    assert sorted(one["To"] for one in postbox.caught) == [OTTO, RUTH]
    otto = next(one for one in postbox.caught if one["To"] == OTTO)
    link = distribution.link(packet_of(collection, NORTH))
    said = text_of(otto)
    assert link in said and NORTH.upper() in said.upper() and SOUTH.upper() in said.upper()
    assert "Lantern" not in said and "$" not in said and "000" not in said.replace(link, "")
    (attached,) = otto.iter_attachments()
    assert attached.get_content().startswith(b"%PDF")
    assert sending.send_packets(collection.agreement, collection.counsel).dispatches == ()
    assert set(Dispatch.objects.values_list("state", flat=True)) == {"sent"}
    # Whoever has the database alone opens nothing.
    assert not Dispatch.objects.filter(body__contains=distribution.link_token(packet_of(collection, NORTH))).exists()
    assert AuditEvent.objects.filter(action="letter sent").count() == 2


@pytest.mark.django_db
def test_a_refusal_says_why_and_can_be_tried_again(collection: Collection, postbox: Postbox) -> None:
    postbox.refused.add(RUTH)
    packet = packet_of(collection, LANTERN)
    (one,) = sending.send_packets(collection.agreement, collection.counsel, [packet.pk]).dispatches
    posting.send(one.pk)
    one.refresh_from_db()
    assert (one.state, one.reason) == ("failed", "The mail server refused it: 550 5.1.1 no such mailbox")
    addresses.enter(packet, "ruth@lantern.example", "", collection.counsel)
    again = sending.send_again(one, collection.counsel)
    posting.send(again.pk)
    assert [message["To"] for message in postbox.caught] == ["ruth@lantern.example"]
    with pytest.raises(Refused, match="is not an e-mail address"):
        addresses.enter(packet, "ruth", "", collection.counsel)


@pytest.mark.django_db
def test_without_a_mail_server_it_is_refused(collection: Collection, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    with pytest.raises(Refused, match="no mail server is set up"):
        sending.send_packets(collection.agreement, collection.counsel)
    assert Dispatch.objects.count() == 0


@pytest.mark.django_db
def test_killed_between_sending_and_recording_is_never_repeated_by_itself(
    collection: Collection, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = sending.send_packets(
        collection.agreement, collection.counsel, [packet_of(collection, LANTERN).pk]
    ).dispatches

    def killed(*_: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as now, pytest.raises(SystemExit):
        now.setattr(posting, "_settle", killed)
        posting.send(one.pk)
    assert len(postbox.caught) == 1
    posting.send(one.pk)
    assert posting.settle_lost() == 0
    Dispatch.objects.update(sending_since=one.asked_at - 2 * sending.UNKNOWN_AFTER)
    assert posting.settle_lost() == 1
    posting.send(one.pk)
    assert len(postbox.caught) == 1
    one.refresh_from_db()
    assert one.state == "perhaps"
    sending.say_sent(one, collection.counsel)
    with pytest.raises(Overtaken):
        sending.say_sent(one, collection.counsel)
    one.refresh_from_db()
    sending.say_bounced(one, "mailbox full", collection.counsel)
    assert Dispatch.objects.get().state == "bounced"


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_after_the_server_has_the_letter_leaves_it_perhaps_sent(
    collection: Collection, postbox: Postbox, settings: Any
) -> None:
    (one,) = sending.send_packets(
        collection.agreement, collection.counsel, [packet_of(collection, LANTERN).pk]
    ).dispatches
    mail = {"COUNTERPART_MAIL_HOST": "127.0.0.1", "COUNTERPART_MAIL_PORT": str(settings.EMAIL_PORT)}
    mail |= {"COUNTERPART_MAIL_SECURITY": "none", "COUNTERPART_MAIL_FROM": "signatures@firm.example"}
    worker = postbox.killing = start_worker(**mail)
    try:
        wait_until(lambda: worker.poll() is not None)
        one.refresh_from_db()
        assert (one.state, len(postbox.caught)) == ("sending", 1)
        postbox.killing = None
        # The job is given to the next worker, which finds the letter no longer queued.
        worker = start_worker(**mail)
        wait_until(lambda: not ProcrastinateJob.objects.filter(task_name=sending.SEND_TASK).exists())
    finally:
        worker.kill()
        worker.wait()
    Dispatch.objects.update(sending_since=one.asked_at - 2 * sending.UNKNOWN_AFTER)
    assert posting.settle_lost() == 1
    one.refresh_from_db()
    assert (one.state, one.reason, len(postbox.caught)) == ("perhaps", sending.LOST, 1)
    assert sending.send_packets(collection.agreement, collection.counsel).dispatches[0].packet_id != one.packet_id


@pytest.mark.django_db(transaction=True)
def test_two_workers_race_and_one_letter_goes_out(collection: Collection, postbox: Postbox) -> None:
    (one,) = sending.send_packets(
        collection.agreement, collection.counsel, [packet_of(collection, LANTERN).pk]
    ).dispatches
    start = threading.Barrier(2)

    def work() -> None:
        start.wait()
        posting.send(one.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(postbox.caught) == 1


@pytest.mark.django_db
def test_reminders_go_to_those_for_whom_something_is_outstanding(collection: Collection, postbox: Postbox) -> None:
    blocks = SignatureBlock.objects.filter(entity__in=[NORTH, SOUTH, LANTERN])
    SignatureBlock.objects.filter(entity=NORTH).update(state=BlockState.EXECUTED)
    SignatureBlock.objects.filter(entity=LANTERN).update(state=BlockState.IN_REVIEW)
    queued = reminders.remind(collection.agreement, blocks, collection.counsel)
    assert [one.to for one in queued.dispatches] == [OTTO]
    assert SOUTH.upper() in queued.dispatches[0].body.upper() and NORTH.upper() not in queued.dispatches[0].body.upper()
    SignatureBlock.objects.filter(entity=SOUTH).update(state=BlockState.EXECUTED)
    post_all()
    assert postbox.caught == []
    assert Dispatch.objects.get().reason == posting.NOTHING_LEFT


@pytest.mark.django_db
def test_what_counsel_writes_is_checked_and_a_test_opens_nothing(collection: Collection, postbox: Postbox) -> None:
    agreement, counsel = collection.agreement, collection.counsel
    for body, sentence in (
        ("Dear {name}, {link}", "“{name}” is not known here"),
        ("Dear {signatory}", "does not hold {link}"),
        ("{defect} {link}", "“{defect}” is not known here"),
    ):
        with pytest.raises(Refused, match=sentence):
            letters.change(agreement, LetterKind.PACKET, letters.Text("Pages", body), counsel)
    assert letters.text(agreement, LetterKind.PACKET).subject == "Your signature pages: {agreement}"
    letters.change(agreement, LetterKind.PACKET, letters.Text("Pages of {signatory}", "Here: {link}"), counsel)
    packet = next(one for one in sending.packets_of(agreement, SignatureBlock.objects.filter(entity=LANTERN)))
    sending.send_test(packet, LetterKind.PACKET, letters.text(agreement, LetterKind.PACKET), counsel)
    post_all()
    (message,) = postbox.caught
    assert (message["To"], message["Subject"]) == (counsel.email, "Test: Pages of Ruth Vale")
    assert distribution.link_token(packet) not in text_of(message)
    assert len(sending.send_packets(agreement, counsel).dispatches) == 2


@pytest.mark.django_db
def test_a_defect_is_told_in_plain_words_and_without_its_note(collection: Collection, postbox: Postbox) -> None:
    received = collection.send(returns.as_scan([collection.sheet(SOUTH, signs=())])).pages.get()
    block = SignatureBlock.objects.get(entity=SOUTH)
    defect = Defect.objects.create(
        page=received, block=block, code=Defect.Code.NOT_SIGNED, note="$3,000,000", opened_by=collection.counsel
    )
    one = sending.ask_again(defect, collection.counsel)
    with pytest.raises(Refused, match="Otto Brand is being asked already"):
        sending.ask_again(defect, collection.counsel)
    posting.send(one.pk)
    (message,) = postbox.caught
    said = text_of(message)
    assert "The page came back without a signature." in said
    assert SOUTH.upper() in said.upper() and NORTH.upper() not in said.upper() and "$" not in said
