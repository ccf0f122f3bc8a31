"""The pictures of issued pages that received ones are compared with: made once, when somebody needs them or before."""

from __future__ import annotations

from procrastinate.contrib.django import app

from signatures.domain import files
from signatures.models import Agreement, SignaturePage, StoredFile
from signatures.paper.blank import prepare_blank, prepare_blanks
from signatures.paper.layout import layout_from_json

MAKE_TASK = "signatures.tasks.make_blanks"


def ask_for(agreement: Agreement) -> None:
    """Have the pictures of an agreement's new pages made in the background, if the caller's transaction commits."""
    app.configure_task(MAKE_TASK, queue="reading", priority=-1).defer(agreement_id=agreement.pk)


def blank_of(page: SignaturePage) -> StoredFile:
    """Return a page's picture; a page that has none yet gets it now."""
    if page.blank is None:
        _keep(page, prepare_blank(files.read(page.pdf), page.page_index, layout_from_json(page.layout)))
    assert page.blank is not None
    return page.blank


def make(agreement_id: int) -> int:
    """Make the pictures that an agreement's pages lack, one PDF at a time, and return how many were made.

    Each is kept as soon as it is there: what was made before a kill is not made again.
    """
    lacking = SignaturePage.objects.filter(version__agreement=agreement_id, blank=None)
    made = 0
    for pdf_id in list(lacking.order_by("pdf_id").values_list("pdf_id", flat=True).distinct()):
        pages = list(SignaturePage.objects.filter(pdf=pdf_id).select_related("pdf").order_by("page_index"))
        layouts = [layout_from_json(page.layout) for page in pages]
        for page, png in zip(pages, prepare_blanks(files.read(pages[0].pdf), layouts), strict=True):
            if page.blank_id is None:
                _keep(page, png)
                made += 1
    return made


def _keep(page: SignaturePage, png: bytes) -> None:
    page.blank = files.keep(png, "image/png")
    SignaturePage.objects.filter(pk=page.pk, blank=None).update(blank=page.blank)
