"""Turning a page that came in on its side: a job reads it again, the file stays as it came."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit, jobs
from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.errors import Overtaken, Refused
from signatures.models import AuditEvent, Match, PageState, ReceivedPage, User


@transaction.atomic
def turn(page: ReceivedPage, actor: User, degrees: int) -> ReceivedPage:
    """Turn a page clockwise by 90, 180 or 270 degrees and have it read again. The file as it came stays as it is.

    Raises Refused for other degrees and for a page without a picture, Overtaken once it was decided about.
    """
    page = ReceivedPage.objects.select_for_update().get(pk=page.pk)
    if page.settled_at is not None or page.state == PageState.SET_ASIDE:
        raise Overtaken("This page was decided about already. Undo that first.")
    if degrees not in (90, 180, 270):
        raise Refused("Turn the page first, so that it stands upright.")
    if page.upright is None:
        raise Refused("There is no picture of this page to turn.")
    _turn(page, degrees)
    was_known = page.matches.filter(closed_at=None).exists()
    audit.record(page.agreement, actor, "page turned", page=page.pk, degrees=degrees, was_known=was_known)
    return page


def _turn(page: ReceivedPage, degrees: int) -> None:
    page.as_read = page.as_read or page.upright
    page.turned = (page.turned + degrees) % 360
    page.save(update_fields=["as_read", "turned"])
    jobs.read_again(page.pk)


@transaction.atomic
def take_back(page: ReceivedPage, actor: User, turned: AuditEvent) -> ReceivedPage:
    """Turn a page back to where it stood and have it read again. What it was taken for because it was turned it is
    not any more. Raises Overtaken once it was decided about.
    """
    page = ReceivedPage.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=page.pk)
    if page.settled_at is not None or page.state == PageState.SET_ASIDE:
        raise Overtaken("This page was decided about since. Undo that first.")
    now = matching.matched(page)
    read_since = page.matches.filter(closed_at=None, method=Match.Method.CODE, opened_at__gte=turned.at)
    if now is not None and not turned.data.get("was_known") and read_since.exists():
        review.withdraw(page, now)
        read_since.update(closed_at=timezone.now())
        page.state, page.duplicate_of, page.needs_person = PageState.REVIEW, None, True
        page.urgency, page.question = 7, "Turned back by a person: say which page this is"
        page.save()
        review.settle(now.blocks)
    _turn(page, 360 - turned.data["degrees"])
    audit.record(page.agreement, actor, "turning taken back", page=page.pk, of=turned.sequence)
    return page
