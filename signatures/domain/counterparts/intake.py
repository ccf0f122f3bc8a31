"""Receiving: hash, store, give a receipt, and leave the reading to a job. All channels come in here."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from signatures.domain import audit, files
from signatures.domain.errors import Refused
from signatures.models import Agreement, Channel, Packet, Submission, User

READ_TASK = "signatures.tasks.read_submission"


def receive(
    content: bytes | Iterable[bytes],
    name: str,
    channel: str,
    *,
    agreement: Agreement | None = None,
    packet: Packet | None = None,
    received_by: User | None = None,
    sender: str = "",
) -> Submission:
    """Keep one file as it came and queue it to be read. Returns its receipt, before anything is read.

    Nothing is refused for what it contains: whatever comes is kept. Raises Refused only for an unknown channel.
    """
    if channel not in Channel.values:
        raise Refused(f"“{channel}” is not a channel. Pages come by {', '.join(Channel.values)}.")
    stored = files.keep(content, "application/octet-stream")
    with transaction.atomic():
        submission = Submission.objects.create(
            agreement=packet.agreement if packet else agreement,
            packet=packet,
            channel=channel,
            sender=sender[:300],
            received_by=received_by,
            file=stored,
            original_name=(name.replace("\0", "").rsplit("/", 1)[-1] or "unnamed")[-255:],
        )
        _queue(submission)
        audit.record(
            submission.agreement,
            received_by,
            "file received",
            submission=submission.pk,
            name=submission.original_name,
            sha256=stored.sha256,
            bytes=stored.size,
            channel=channel,
            packet=packet.pk if packet else None,
        )
    return submission


def _queue(submission: Submission) -> None:
    """Add the reading job in the caller's transaction: both are there, or neither."""
    from procrastinate.contrib.django import app

    app.configure_task(READ_TASK, queue="reading").defer(submission_id=submission.pk)
