"""What an open screen asks every second or two: has anything changed since?"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Max, OuterRef, Subquery

from signatures.models import Agreement, AuditHead, Packet, ReceivedPage, Submission


@dataclass(frozen=True)
class Changes:
    """`mark` differs whenever anything that a screen shows has changed. `review_count` pages wait for a person."""

    mark: str
    review_count: int


def changes(agreement: Agreement) -> Changes:
    """Read the agreement's mark in one query.

    Every act, an upload too, moves the head of its audit chain. Three things are no acts: that a file was split into
    pages, that a header or text was recognised on a page, and that a link was opened.
    """
    pages = ReceivedPage.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    newest = ReceivedPage.objects.filter(agreement=OuterRef("pk"), current_reading__isnull=False)
    unsplit = Submission.objects.filter(
        agreement=OuterRef("pk"), state=Submission.State.WAITING, page_count__isnull=True
    ).order_by()
    links = Packet.objects.filter(agreement=OuterRef("pk")).order_by().values("agreement")
    row = (
        Agreement.objects.filter(pk=agreement.pk)
        .annotate(
            head=Subquery(AuditHead.objects.filter(chain=f"agreement {agreement.pk}").values("sequence")),
            newest_reading=Subquery(newest.order_by("-current_reading").values("current_reading")[:1]),
            waiting=Subquery(pages.filter(needs_person=True).annotate(found=Count("pk")).values("found")),
            unsplit=Subquery(unsplit.values("agreement").annotate(found=Count("pk")).values("found")),
            opened=Subquery(links.annotate(found=Max("last_opened_at")).values("found")),
        )
        .values_list("head", "newest_reading", "unsplit", "opened", "waiting")
        .get()
    )
    return Changes(mark=" ".join(str(value) for value in row), review_count=row[-1] or 0)
