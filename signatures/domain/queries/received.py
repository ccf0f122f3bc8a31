"""Files received with their pages, and what happened to one page or one party."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from signatures.domain.queries.arranged import documents, orders
from signatures.domain.queries.arrivals import ArrivedPage, pages_of
from signatures.models import Agreement, AuditEvent, ReceivedPage, SignaturePage, Submission

# Acts that name the pages that they were about.
LISTING = ("certain pages accepted", "pages arranged", "arrangement undone")


@dataclass(frozen=True)
class ReceivedFile:
    """A file that came in for the agreement, and the pages that stand under it, by document, in the order in which
    counsel put them (none before it is split).
    """

    submission: Submission
    documents: tuple[tuple[ArrivedPage, ...], ...]

    @property
    def pages(self) -> tuple[ArrivedPage, ...]:
        return tuple(page for document in self.documents for page in document)

    @property
    def pages_read(self) -> int:
        return sum(page.read_at is not None for page in self.pages)


def files(agreement: Agreement, start: int = 0, limit: int = 30) -> list[ReceivedFile]:
    """Return files received, newest first, in four queries. Those sent for no agreement in particular are not there."""
    rows = Submission.objects.filter(agreement=agreement).select_related("file", "received_by", "packet__signatory")
    return _with_pages(list(rows.order_by("-received_at", "-pk")[start : start + limit]))


def file(submission: Submission) -> ReceivedFile:
    """Return one file with its pages."""
    return _with_pages([submission])[0]


def _with_pages(submissions: list[Submission]) -> list[ReceivedFile]:
    found = orders([one.pk for one in submissions])
    listed = [one.page for order in found.values() for one in order]
    pages = {page.page: page for page in pages_of(ReceivedPage.objects.filter(pk__in=listed))}
    return [
        ReceivedFile(one, tuple(tuple(pages[page] for page in document) for document in documents(found[one.pk])))
        for one in submissions
    ]


def other_copies(page: ReceivedPage) -> list[ArrivedPage]:
    """Return the other received pages that are the same issued page now, oldest first."""
    issued = page.matches.filter(closed_at=None).values("signature_page")
    same = ReceivedPage.objects.filter(
        agreement=page.agreement, matches__closed_at=None, matches__signature_page__in=issued
    )
    return pages_of(same.exclude(pk=page.pk).order_by("submission__received_at", "pk"))


def events_of_page(page: ReceivedPage) -> QuerySet[AuditEvent]:
    """Return what happened to a page, in order."""
    return AuditEvent.objects.filter(
        Q(data__contains={"page": page.pk})
        | Q(action__in=LISTING, data__contains={"pages": [page.pk]})
        | Q(data__contains={"submission": page.submission_id}),
        agreement=page.agreement,
    ).order_by("sequence")


def events_of_party(agreement: Agreement, block: int, copies: Collection[int]) -> QuerySet[AuditEvent]:
    """Return what happened to a block, to its issued pages and to the copies of them that came in, in order."""
    asked = Q(data__contains={"block": block}) | Q(data__contains={"blocks": [block]})
    for number in SignaturePage.objects.filter(blocks=block).values_list("number", flat=True):
        asked |= Q(action="pages issued", data__contains={"pages": [number]})
    for copy in copies:
        asked |= Q(data__contains={"page": copy})
        asked |= Q(action="certain pages accepted", data__contains={"pages": [copy]})
    return AuditEvent.objects.filter(asked, agreement=agreement).order_by("sequence")
