"""What came in last: pages in every state, files that are being read, and files that could not be opened."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from signatures.models import Agreement, Defect, PageState, PlacedBlock, ReceivedPage, Submission


@dataclass(frozen=True)
class ArrivedPage:
    """One received page. `names` are the entities on the issued page that it is, in their order; empty if unknown.
    `defect` is its first open one in words, `defect_of` the entity that it is about; empty if there is none.
    """

    page: int
    submission: int
    index: int
    page_count: int
    state: str
    names: tuple[str, ...]
    is_copy: bool
    needs_person: bool
    question: str
    urgency: int
    reason: str
    settled: bool
    by_rule: bool
    defect: str
    defect_of: str
    thumbnail: str | None
    upright: str | None
    channel: str
    file_name: str
    received_at: datetime.datetime
    read_at: datetime.datetime | None


@dataclass(frozen=True)
class ArrivedFile:
    """A file without a page to show: it is being read (`page_count` is None before it is split), or cannot be."""

    submission: int
    file_name: str
    channel: str
    received_at: datetime.datetime
    unreadable: bool
    reason: str
    page_count: int | None
    pages_read: int


Arrival = ArrivedPage | ArrivedFile


def arrivals(agreement: Agreement, limit: int = 20) -> list[Arrival]:
    """Return what came in last, newest first, in two queries."""
    pages = pages_of(
        ReceivedPage.objects.filter(agreement=agreement, read_at__isnull=False).order_by("-read_at", "-pk")[:limit]
    )
    files = (
        Submission.objects.filter(agreement=agreement)
        .exclude(state=Submission.State.READ)
        .annotate(pages_read=Count("pages", filter=Q(pages__read_at__isnull=False)))
        .order_by("-received_at", "-pk")[:limit]
    )
    found: list[tuple[datetime.datetime, Arrival]] = [(page.read_at or page.received_at, page) for page in pages]
    for row in files:
        one = ArrivedFile(
            submission=row.pk,
            file_name=row.original_name,
            channel=row.channel,
            received_at=row.received_at,
            unreadable=row.state == Submission.State.UNREADABLE,
            reason=row.reason,
            page_count=row.page_count,
            pages_read=row.pages_read,
        )
        found.append((row.received_at, one))
    found.sort(key=lambda pair: pair[0], reverse=True)
    return [one for _, one in found[:limit]]


def pages_of(pages: QuerySet[ReceivedPage]) -> list[ArrivedPage]:
    """Return what is shown of received pages, in their order, in one query."""
    entities = PlacedBlock.objects.filter(page__matches__page=OuterRef("pk"), page__matches__closed_at=None)
    defects = Defect.objects.filter(page=OuterRef("pk"), closed_at=None).order_by("pk")
    rows = pages.select_related("submission").annotate(
        names=ArraySubquery(entities.order_by("position").values("block__entity")),
        defect=Subquery(defects.values("code")[:1]),
        defect_of=Subquery(defects.values("block__entity")[:1]),
    )
    return [
        ArrivedPage(
            page=row.pk,
            submission=row.submission_id,
            index=row.index,
            page_count=row.submission.page_count or 1,
            state=PageState(row.state).value,
            names=tuple(row.names),
            is_copy=row.duplicate_of_id is not None,
            needs_person=row.needs_person,
            question=row.question,
            urgency=row.urgency,
            reason=row.reason,
            settled=row.settled_at is not None,
            by_rule=row.by_rule,
            defect=str(Defect.Code(row.defect).label) if row.defect else "",
            defect_of=row.defect_of or "",
            thumbnail=row.thumbnail_id,
            upright=row.upright_id,
            channel=row.submission.channel,
            file_name=row.submission.original_name,
            received_at=row.submission.received_at,
            read_at=row.read_at,
        )
        for row in rows
    ]
