"""In which order the pages of received files stand, and where a document begins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Max, Q

from signatures.models import PagePlace, ReceivedPage, Submission


@dataclass(frozen=True)
class Standing:
    """A page where it stands: a document of its own `begins` with it, or it goes on with the one before."""

    page: int
    begins: bool


def orders(submissions: Collection[int]) -> dict[int, list[Standing]]:
    """Return the pages that stand under each of some files, in their order, in two queries."""
    found: dict[int, list[Standing]] = {pk: [] for pk in submissions}
    places = PagePlace.objects.filter(submission__in=submissions, closed_at=None).order_by("submission_id", "position")
    for page, submission, begins in places.values_list("page", "submission", "begins"):
        found[submission].append(Standing(page, begins))
    as_received = ReceivedPage.objects.filter(submission__in=submissions).exclude(
        pk__in=PagePlace.objects.filter(closed_at=None).values("page")
    )
    for page, submission in as_received.order_by("submission_id", "index").values_list("pk", "submission"):
        found[submission].append(Standing(page, not found[submission]))
    return found


def documents(standing: list[Standing]) -> list[list[int]]:
    """Return the pages of each document."""
    found: list[list[int]] = []
    for one in standing:
        if one.begins or not found:
            found.append([])
        found[-1].append(one.page)
    return found


def place_of(page: ReceivedPage) -> PagePlace | None:
    """Return where a person put a page, None where it stands as it was received."""
    return PagePlace.objects.filter(page=page, closed_at=None).select_related("submission").first()


def mark(submission: Submission) -> int:
    """Return a number that grows whenever a page is put under a file, moved there, or taken from it."""
    asked = Q(submission=submission) | Q(page__submission=submission)
    return PagePlace.objects.filter(asked).aggregate(last=Max("pk"))["last"] or 0
