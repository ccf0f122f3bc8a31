"""Reading a document into a new agreement in the background, so that whoever uploads it does not wait for an answer."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from signatures.domain import files, work
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.models import DocumentReading, User, WorkState
from signatures.paper.agreement import ParsedAgreement
from signatures.paper.agreement.apart import parse_apart

TASK = "signatures.tasks.read_document"
GIVEN_UP = (
    "This document could not be read although it was tried several times. Save it again, as PDF or as plain text, "
    "and tell whoever runs the site."
)


def queue(content: bytes | Iterable[bytes], name: str, by: User) -> DocumentReading:
    """Keep a document as it came and queue it to be read. The same file that is being read already is not queued."""
    stored = files.keep(content, agreements.media_type(name))
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        before = DocumentReading.objects.filter(file=stored, asked_by=by, state__in=work.UNDER_WAY).first()
        if before is not None:
            return before
        one = DocumentReading.objects.create(file=stored, name=name[-255:], asked_by=by)
        work.defer(TASK, one)
    return one


def run(work_id: int) -> None:
    """Read a document that is under way. One that is over is left alone, however often this is called."""
    if not work.begin(DocumentReading, work_id, step=DocumentReading.Step.PARSING):
        return
    one = DocumentReading.objects.select_related("file", "asked_by").get(pk=work_id)
    own = DocumentReading.objects.filter(pk=work_id, state=WorkState.RUNNING)
    try:
        parsed = agreements.parse(files.read(one.file), one.name, parse_apart)
        own.update(step=DocumentReading.Step.KEEPING)
        kept = agreements.keep(files.read(one.file), one.name, parsed)
        own.update(step=DocumentReading.Step.ENTERING)
        _enter(one, parsed, kept)
    except FileNotFoundError:
        work.give_up(DocumentReading, work_id, work.GONE)
    except Refused as error:
        work.give_up(DocumentReading, work_id, str(error))


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
