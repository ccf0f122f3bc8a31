"""What an open screen asks every second or two: has anything changed since?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, OuterRef, Q, Subquery

from signatures.models import Agreement, AuditHead, Packet, ReceivedPage, Submission


@dataclass(frozen=True)
class Changes:
    """`mark` differs whenever anything that a screen shows has changed. `review_count` pages wait for a person."""

    mark: str
    review_count: int


def changes(agreement: Agreement) -> Changes:
    """Read the agreement's mark in one query.

    Every act moves the head of its audit chain. Three things are no acts: that a file was split into pages, that a
    header or text was recognised on a page, and that a link was opened.
    """
    pages = ReceivedPage.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    files = Submission.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    links = Packet.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    row = (
        Agreement.objects.filter(pk=agreement.pk)
        .annotate(
            head=Subquery(AuditHead.objects.filter(chain=f"agreement {agreement.pk}").values("sequence")),
            newest_reading=Subquery(pages.annotate(found=Max("current_reading_id")).values("found")),
            waiting=Subquery(pages.annotate(found=Count("pk", filter=Q(needs_person=True))).values("found")),
            split=Subquery(files.annotate(found=Count("page_count")).values("found")),
            opened=Subquery(links.annotate(found=Max("last_opened_at")).values("found")),
        )
        .values_list("head", "newest_reading", "split", "opened", "waiting")
        .get()
    )
    return Changes(mark=" ".join(str(value) for value in row), review_count=row[-1] or 0)
