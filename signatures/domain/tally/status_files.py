"""Reports of a large collection, made by a worker. What is in them is the screens' affair; here is how far they are."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from signatures.domain import files, work
from signatures.models import Agreement, ReceivedPage, SignatureBlock, StatusFile, User, WorkState

TASK = "signatures.tasks.make_status_file"
# More than this takes about a second to make, and is left to a worker.
MOST_PARTIES, MOST_PAGES = 400, 2_000
MEDIA_TYPES = {
    StatusFile.Kind.PDF: "application/pdf",
    StatusFile.Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    StatusFile.Kind.CSV: "text/csv; charset=utf-8",
}


def is_for_a_worker(agreement: Agreement) -> bool:
    """Tell whether a report of the agreement takes too long for a request. Two queries."""
    blocks = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
    if blocks[MOST_PARTIES : MOST_PARTIES + 1].exists():
        return True
    return ReceivedPage.objects.filter(agreement=agreement)[MOST_PAGES : MOST_PAGES + 1].exists()


@transaction.atomic
def ask(
    agreement: Agreement, kind: str, *, with_amounts: bool, with_defects: bool = True, by: User | None = None
) -> StatusFile:
    """Queue a report. One of the same kind that is under way already is returned instead: it tells no less."""
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    told = {"kind": kind, "with_amounts": with_amounts, "with_defects": with_defects}
    before = StatusFile.objects.filter(agreement=agreement, state__in=work.UNDER_WAY, **told).first()
    if before is not None:
        return before
    one = StatusFile.objects.create(agreement=agreement, asked_by=by, **told)
    work.defer(TASK, one)
    return one


def begin(file_id: int) -> StatusFile | None:
    """Return a report that is to be made, None where it is over."""
    if not work.begin(StatusFile, file_id, step=StatusFile.Step.GATHERING):
        return None
    return StatusFile.objects.select_related("agreement__issuer", "agreement__notes").get(pk=file_id)


def reach(one: StatusFile, step: StatusFile.Step) -> None:
    """Tell how far a report is."""
    StatusFile.objects.filter(pk=one.pk, state=WorkState.RUNNING).update(step=step)


def finish(one: StatusFile, content: bytes, as_of: datetime.datetime) -> None:
    """Keep the file of a report. A second worker that made it too changes nothing."""
    stored = files.keep(content, MEDIA_TYPES[StatusFile.Kind(one.kind)])
    StatusFile.objects.filter(pk=one.pk, state=WorkState.RUNNING).update(
        state=WorkState.DONE, file=stored, as_of=as_of, step=StatusFile.Step.KEEPING, settled_at=timezone.now()
    )
