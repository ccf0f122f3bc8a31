"""Letters that came back, as a server reports it to the sender's mailbox (RFC 3464), and that mailbox over IMAP."""

from __future__ import annotations

import email
import re
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from signatures.domain.packets import delivery_reports, mailbox
from signatures.domain.packets.bounces import UNSAID
from signatures.models import Dispatch, Submission

from .postbox import postbox
from .test_bounces import RUTH, letter

__all__ = ["letter", "postbox"]
pytestmark = pytest.mark.django_db


def report(
    one: Dispatch, final: str = RUTH, action: str = "failed", more: str = "", back: str = "message/rfc822"
) -> bytes:
    diagnosis = more if more else "Diagnostic-Code: smtp; 550 5.1.1 no such\n mailbox\n"
    return f"""From: Mail Delivery <mailer-daemon@mx.example>
To: signatures@firm.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not arrive.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {final}
Action: {action}
Status: 5.1.1
{diagnosis}
--b
Content-Type: {back}

Message-ID: <{one.public_id}@firm.example>
Subject: Your signature pages

--b--
""".encode()


def after(one: Dispatch) -> tuple[str, str]:
    one.refresh_from_db()
    return one.state, one.reason


@pytest.mark.parametrize("back", ["message/rfc822", "text/rfc822-headers"])
def test_a_report_says_that_a_letter_came_back_in_the_servers_words(letter: Dispatch, back: str) -> None:
    assert delivery_reports.enter(report(letter, back=back))
    assert after(letter) == ("bounced", "550 5.1.1 no such mailbox")
    assert delivery_reports.enter(report(letter, more="Diagnostic-Code: smtp; 421 later\n"))
    assert after(letter) == ("bounced", "550 5.1.1 no such mailbox")
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("more", "words"), [("X-None: 1\n", "Status 5.1.1"), ("Diagnostic-Code: smtp;\n", "Status 5.1.1")]
)
def test_without_words_the_status_is_told(letter: Dispatch, more: str, words: str) -> None:
    delivery_reports.enter(report(letter, more=more))
    assert after(letter) == ("bounced", words)


def test_a_status_less_report_says_that_no_reason_is_given(letter: Dispatch) -> None:
    delivery_reports.enter(report(letter, more="X-None: 1\n").replace(b"Status: 5.1.1\n", b""))
    assert after(letter) == ("bounced", UNSAID)


def test_the_address_that_it_was_forwarded_to_is_named(letter: Dispatch) -> None:
    delivery_reports.enter(report(letter, final="ruth@elsewhere.example"))
    assert after(letter) == ("bounced", "ruth@elsewhere.example: 550 5.1.1 no such mailbox")


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed"])
def test_what_is_only_late_or_arrived_changes_nothing(letter: Dispatch, action: str) -> None:
    assert delivery_reports.enter(report(letter, action=action))
    assert after(letter) == ("sent", "")


def test_a_persons_answer_and_a_report_on_another_letter_change_nothing(letter: Dispatch) -> None:
    answer = f"From: {RUTH}\nIn-Reply-To: <{letter.public_id}@firm.example>\n\nSigned, attached.\n".encode()
    assert not delivery_reports.enter(answer)
    strange = report(letter).replace(str(letter.public_id).encode(), b"x")
    assert delivery_reports.enter(strange)
    assert not delivery_reports.enter(b"") and delivery_reports.read(email.message_from_bytes(b"\xff\0")) == []
    assert after(letter) == ("sent", "")


class Imap(socketserver.StreamRequestHandler):
    """As much of an IMAP server (RFC 3501) as is asked here, over the messages that its server holds."""

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        box: dict[int, list[Any]] = self.server.box  # type: ignore[attr-defined]
        while line := self.rfile.readline().decode().strip():
            tag, _, said = line.partition(" ")
            if said.startswith("LOGIN") and '"secret"' not in said:
                self.wfile.write(f"{tag} NO wrong password\r\n".encode())
                continue
            if said.startswith("UID SEARCH"):
                found = [str(at) for at, (raw, seen) in box.items() if not seen and b"multipart/report" in raw]
                self.wfile.write(f"* SEARCH {' '.join(found)}\r\n".encode())
            elif fetched := re.match(r"UID FETCH (\d+)", said):
                raw = box[int(fetched[1])][0]
                self.wfile.write(f"* 1 FETCH (UID {fetched[1]} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")
            elif stored := re.match(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", said):
                box[int(stored[1])][1] = True
            elif said.startswith("CAPABILITY"):
                self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
            elif said.startswith("LOGOUT"):
                self.wfile.write(b"* BYE\r\n")
            self.wfile.write(f"{tag} OK done\r\n".encode())


@pytest.fixture
def imap(settings: Any) -> Iterator[dict[int, list[Any]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Imap) as server:
        server.daemon_threads = True
        server.box = {}  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.COUNTERPART_MAILBOX = f"imap://signatures:secret@127.0.0.1:{server.server_address[1]}/INBOX"
        yield server.box  # type: ignore[attr-defined]
        server.shutdown()


def test_reports_are_taken_from_the_mailbox_and_people_are_left(
    letter: Dispatch, imap: dict[int, list[Any]], settings: Any
) -> None:
    imap[1] = [b"From: a person\r\n\r\nSigned.\r\n", False]
    imap[2] = [report(letter).replace(b"\n", b"\r\n"), False]
    assert (mailbox.collect(), mailbox.collect()) == (1, 0)
    assert after(letter) == ("bounced", "550 5.1.1 no such mailbox")
    assert [seen for _, seen in imap.values()] == [False, True]
    settings.COUNTERPART_MAILBOX = settings.COUNTERPART_MAILBOX.replace("secret", "wrong")
    with pytest.raises(mailbox.Unreachable, match="wrong password"):
        mailbox.collect()
    settings.COUNTERPART_MAILBOX = ""
    assert mailbox.collect() == 0
