"""Reading a document into a new agreement in the background, so that whoever uploads it does not wait for an answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from signatures.domain import files
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.domain.jobs import PERSON_WAITS_PRIORITY
from signatures.models import DocumentReading, User, WorkState
from signatures.paper.agreement import ParsedAgreement

READ_TASK = "signatures.tasks.read_document"
UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)
GIVEN_UP = (
    "This document could not be read although it was tried several times. Save it again, as PDF or as plain text, "
    "and tell whoever runs the site."
)
GONE = "The file is gone from the disk. Upload it again, and tell whoever runs the site."


def queue(content: bytes | Iterable[bytes], name: str, by: User) -> DocumentReading:
    """Keep a document as it came and queue it to be read. The same file that is being read already is not queued."""
    from procrastinate.contrib.django import app

    stored = files.keep(content, agreements.media_type(name))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        before = DocumentReading.objects.filter(file=stored, asked_by=by, state__in=UNDER_WAY).first()
        if before is not None:
            return before
        one = DocumentReading.objects.create(file=stored, name=name[-255:], asked_by=by)
        app.configure_task(READ_TASK, queue="reading", priority=PERSON_WAITS_PRIORITY).defer(reading_id=one.pk)
    return one


def run(reading_id: int) -> None:
    """Read a document that is under way. One that is over is left alone, however often this is called."""
    under_way = DocumentReading.objects.filter(pk=reading_id, state__in=UNDER_WAY)
    if not under_way.update(state=WorkState.RUNNING, step=DocumentReading.Step.PARSING):
        return
    one = DocumentReading.objects.select_related("file", "asked_by").get(pk=reading_id)
    try:
        parsed = agreements.parse(_content(one), one.name)
        under_way.update(step=DocumentReading.Step.KEEPING)
        kept = agreements.keep(_content(one), one.name, parsed)
        under_way.update(step=DocumentReading.Step.ENTERING)
        _enter(one, parsed, kept)
    except Refused as error:
        give_up(one.pk, str(error))


def give_up(reading_id: int, reason: str) -> None:
    """End a reading that is under way and came to nothing, with the sentence why."""
    DocumentReading.objects.filter(pk=reading_id, state__in=UNDER_WAY).update(
        state=WorkState.REFUSED, reason=reason, settled_at=timezone.now()
    )


@transaction.atomic
def _enter(one: DocumentReading, parsed: ParsedAgreement, kept: agreements.Kept) -> None:
    """Make the agreement and say so in one transaction: a job that is run twice makes one agreement."""
    locked = DocumentReading.objects.select_for_update().get(pk=one.pk)
    if locked.state != WorkState.RUNNING:
        return
    agreement = agreements.enter(parsed, kept, one.name, one.asked_by)
    DocumentReading.objects.filter(pk=one.pk).update(
        state=WorkState.DONE, agreement=agreement, settled_at=timezone.now()
    )


def _content(one: DocumentReading) -> bytes:
    try:
        return files.read(one.file)
    except FileNotFoundError as error:
        raise Refused(GONE) from error
