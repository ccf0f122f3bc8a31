"""Receiving: hash, store, give a receipt, and leave the reading to a job. All channels come in here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from signatures.domain import audit, files
from signatures.domain.errors import Refused
from signatures.models import Agreement, Channel, Packet, Submission, User

READ_TASK = "signatures.tasks.read_submission"
# Through one link within an hour: far more than a signatory of a hundred funds sends, far less than fills a disk.
MOST_FILES_A_LINK, MOST_FILLED_BY_A_LINK = 500, 10  # the second in files of the largest size


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


def receive_uploaded(
    content: Iterable[bytes],
    size: int,
    name: str,
    channel: str,
    *,
    agreement: Agreement | None = None,
    packet: Packet | None = None,
    received_by: User | None = None,
    sender: str = "",
) -> Submission:
    """Keep a file of so many bytes that somebody sends over the web.

    Raises Refused as `receive`, and where it is too large, too much came through the same link within the hour, or the
    disk takes no more: nothing of it is kept then.
    """
    largest = settings.COUNTERPART_MAX_FILE_BYTES
    if size > largest:
        raise Refused(f"{name} is larger than {filesizeformat(largest)}. Send it in parts.")
    if packet is not None:
        lately = packet.submissions.filter(received_at__gt=timezone.now() - timedelta(hours=1))
        came = lately.aggregate(files=Count("pk"), size=Sum("file__size"))
        if came["files"] >= MOST_FILES_A_LINK or (came["size"] or 0) + size > MOST_FILLED_BY_A_LINK * largest:
            raise Refused(f"{name} was not taken: too much came through this link within an hour. Send it later.")
    try:
        return receive(
            content, name, channel, agreement=agreement, packet=packet, received_by=received_by, sender=sender
        )
    except OSError as error:
        raise Refused(
            f"{name} could not be stored: {error.strerror or 'the disk failed'}. Nothing of it was kept."
        ) from error


def _queue(submission: Submission) -> None:
    """Add the reading job in the caller's transaction: both are there, or neither."""
    from procrastinate.contrib.django import app

    app.configure_task(READ_TASK, queue="reading").defer(submission_id=submission.pk)
