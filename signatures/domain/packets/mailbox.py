"""The mailbox that letters are sent from, asked over IMAP for reports of those that came back.

Only reports are fetched and marked as seen; what people wrote is left as it is, for whoever reads the mailbox.
"""

from __future__ import annotations

import imaplib
from urllib.parse import unquote, urlsplit

from django.conf import settings

from signatures.domain.packets import delivery_reports

SECONDS = 30
MOST_AT_ONCE = 200
# Long enough for a report with the letter and its pages in it.
MOST_BYTES = 30_000_000


class Unreachable(Exception):
    """The mailbox cannot be read. The message says why, for whoever runs the site."""


def collect() -> int:
    """Enter the reports that nobody has seen and mark them as seen. Returns how many; 0 without a mailbox.

    Raises Unreachable.
    """
    address = settings.COUNTERPART_MAILBOX
    if not address:
        return 0
    try:
        box, folder = _opened(address)
        try:
            return _collected(box, folder)
        finally:
            box.logout()
    except (imaplib.IMAP4.error, OSError) as error:
        raise Unreachable(f"The mailbox cannot be read: {error}") from error


def _opened(address: str) -> tuple[imaplib.IMAP4, str]:
    """Return a connection that is signed in, and the folder; of imaps://name:password@host:port/folder."""
    said = urlsplit(address)
    kind = imaplib.IMAP4 if said.scheme == "imap" else imaplib.IMAP4_SSL
    box = kind(said.hostname or "", said.port or (143 if said.scheme == "imap" else 993), timeout=SECONDS)
    box.login(unquote(said.username or ""), unquote(said.password or ""))
    return box, unquote(said.path.strip("/")) or "INBOX"


def _collected(box: imaplib.IMAP4, folder: str) -> int:
    answer, _said = box.select(f'"{folder}"')
    if answer != "OK":
        raise Unreachable(f"The mailbox has no folder {folder}.")
    _, found = box.uid("SEARCH", "UNSEEN", "HEADER", "Content-Type", "multipart/report", "SMALLER", str(MOST_BYTES))
    entered = 0
    for number in (found[0] or b"").split()[:MOST_AT_ONCE]:
        _, parts = box.uid("FETCH", number.decode(), "(BODY.PEEK[])")
        raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if isinstance(raw, bytes) and delivery_reports.enter(raw):
            box.uid("STORE", number.decode(), "+FLAGS", "(\\Seen)")
            entered += 1
    return entered
