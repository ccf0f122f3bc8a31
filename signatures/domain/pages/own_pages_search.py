"""The search for signature pages in a PDF of counsel's, in the background."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from django.db import transaction
from django.utils import timezone

from signatures.domain import files, work
from signatures.domain.documents import blocks
from signatures.domain.errors import Refused
from signatures.domain.pages import own_pages
from signatures.models import Agreement, OwnPdf, OwnPdfSearch, StoredFile, User, WorkState

TASK = "signatures.tasks.search_own_pdf"


def queue(agreement: Agreement, content: bytes | Iterable[bytes], name: str, by: User) -> OwnPdfSearch:
    """Keep a PDF and have its signature pages looked for. Raises Refused as `queue_kept` does."""
    return queue_kept(agreement, files.keep(content, own_pages.PDF), name, by)


@transaction.atomic
def queue_kept(agreement: Agreement, stored: StoredFile, name: str, by: User) -> OwnPdfSearch:
    """Have the signature pages of a kept PDF looked for. Raises Refused while another is searched."""
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    version = blocks.execution_version(agreement)
    before = version.own_pdf_searches.filter(state__in=work.UNDER_WAY).first()
    if before is not None:
        raise Refused(f"{before.name} is being searched already. Wait until that is done.")
    if OwnPdf.objects.filter(version=version, source=stored, closed_at=None).exists():
        raise Refused(own_pages.UPLOADED_BEFORE)
    one = OwnPdfSearch.objects.create(version=version, file=stored, name=name[-255:], asked_by=by)
    work.defer(TASK, one)
    return one


def run(work_id: int) -> None:
    """Search a PDF that waits. One that is over is left alone, however often this is called."""
    if not work.begin(OwnPdfSearch, work_id, step=OwnPdfSearch.Step.LOOKING, page=None, pages=None):
        return
    one = OwnPdfSearch.objects.select_related("version__agreement", "file", "asked_by").get(pk=work_id)
    own = OwnPdfSearch.objects.filter(pk=work_id, state=WorkState.RUNNING)
    try:
        seen = own_pages.seen_in(files.read(one.file), _teller(work_id))
        own.update(step=OwnPdfSearch.Step.KEEPING)
        kept = own_pages.keep(seen)
        with transaction.atomic():
            if not OwnPdfSearch.objects.select_for_update().filter(pk=work_id, state=WorkState.RUNNING).exists():
                return
            pdf = own_pages.enter(one.version, one.file, one.name, kept, one.asked_by)
            own.update(state=WorkState.DONE, pdf=pdf, settled_at=timezone.now())
    except FileNotFoundError:
        work.give_up(OwnPdfSearch, work_id, work.GONE)
    except Refused as error:
        work.give_up(OwnPdfSearch, work_id, str(error))


def _teller(work_id: int) -> Callable[[int, int], None]:
    """Return what notes which page is looked at, at most a few times a second."""
    last = 0.0

    def tell(page: int, pages: int) -> None:
        nonlocal last
        if page == pages or time.monotonic() - last > 0.25:
            OwnPdfSearch.objects.filter(pk=work_id, state=WorkState.RUNNING).update(page=page, pages=pages)
            last = time.monotonic()

    return tell
