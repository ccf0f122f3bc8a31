"""Open defects of a page and of a block, and the pages that may cure one."""

from __future__ import annotations

from django.db.models import QuerySet

from signatures.models import Defect, PageState, ReceivedPage


def open_on_page(page: ReceivedPage) -> QuerySet[Defect]:
    """Return the open defects of a received page, oldest first."""
    return _open().filter(page=page)


def open_of_block(block: int) -> QuerySet[Defect]:
    """Return the open defects of a signature block on whatever page, oldest first."""
    return _open().filter(block=block)


def _open() -> QuerySet[Defect]:
    found = Defect.objects.filter(closed_at=None).order_by("id")
    return found.select_related("block", "opened_by", "page__agreement", "page__submission")


def pages_that_may_cure(defect: Defect) -> list[ReceivedPage]:
    """Return the other pages of the defect's block that stand for something, newest first."""
    pages = ReceivedPage.objects.filter(agreement=defect.page.agreement, state=PageState.MATCHED)
    same = pages.filter(matches__closed_at=None, matches__signature_page__placed__block=defect.block_id)
    return list(same.exclude(pk=defect.page_id).select_related("submission").order_by("-id")[:12])
