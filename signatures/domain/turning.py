"""Turning a page that came in on its side: a job reads it again, the file stays as it came."""

from __future__ import annotations

from django.db import transaction

from signatures.domain import audit, jobs
from signatures.domain.errors import Overtaken, Refused
from signatures.models import PageState, ReceivedPage, User


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
    page.as_read = page.as_read or page.upright
    page.turned = (page.turned + degrees) % 360
    page.save(update_fields=["as_read", "turned"])
    jobs.read_again(page.pk)
    audit.record(page.agreement, actor, "page turned", page=page.pk, degrees=degrees)
    return page
