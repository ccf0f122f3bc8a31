"""Letters that came back, as a mail server tells it in a report to the sender's mailbox (RFC 3464)."""

from __future__ import annotations

import email
import email.policy
import re
import uuid
from email.message import Message

from signatures.domain.packets import bounces

_LETTER = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_HEADERS = ("Message-ID", "X-PM-Metadata-dispatch")
# In the report's own head, where the letter is not sent back with it.
_ANSWERED = ("In-Reply-To", "References", "Original-Message-ID")


def is_report(message: Message) -> bool:
    """Tell whether a message is a report about deliveries, and so no letter of a person's."""
    parts = (part.get_content_type() for part in message.walk())
    return message.get_content_type() == "multipart/report" and "message/delivery-status" in parts


def read(message: Message) -> list[bounces.Returned]:
    """Return what a report says did not arrive of a letter of ours: an entry a recipient, with the server's words.

    What was delayed, relayed or delivered is not among it.
    """
    letter = _letter(message)
    if letter is None or not is_report(message):
        return []
    found = []
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        said = part.get_payload()
        for about in said if isinstance(said, list) else []:
            if isinstance(about, Message) and str(about.get("Action", "")).strip().casefold() == "failed":
                to = _address(about.get("Original-Recipient") or about.get("Final-Recipient"))
                found.append(bounces.Returned(letter, to, _words(about)))
    return found


def enter(raw: bytes) -> bool:
    """Enter what a message says came back, and tell whether it is a report: then it holds no counterpart."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    for returned in read(message):
        # A letter goes to one address: where that forwards to another, the report names the other.
        if not bounces.enter(returned):
            words = f"{returned.to}: {returned.words}" if returned.to else returned.words
            bounces.enter(bounces.Returned(returned.letter, None, words))
    return is_report(message)


def _letter(message: Message) -> uuid.UUID | None:
    """Return which letter a report is about: the letter, or its head, is sent back with it."""
    back = [part for part in message.walk() if part is not message]
    heads = [str(part.get(name, "")) for part in back for name in _HEADERS]
    for part in back:
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            head = email.message_from_bytes(payload if isinstance(payload, bytes) else b"")
            heads += [str(head.get(name, "")) for name in _HEADERS]
    heads += [str(message.get(name, "")) for name in _ANSWERED]
    found = next(filter(None, map(_LETTER.search, heads)), None)
    return uuid.UUID(found.group()) if found else None


def _address(field: str | None) -> str:
    """Return ann@firm.example for rfc822;ann@firm.example (RFC 3464, 2.3.1)."""
    return str(field or "").rpartition(";")[2].strip().strip("<>")


def _words(about: Message) -> str:
    said = " ".join(str(about.get("Diagnostic-Code", "")).rpartition(";")[2].split())
    status = str(about.get("Status", "")).strip()
    return said or (f"Status {status}" if status else "")
