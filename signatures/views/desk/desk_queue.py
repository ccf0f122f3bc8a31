"""The queue of the desk in words: which page, why it needs a person, who has it open."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from signatures.domain.queries import queued
from signatures.models import Agreement, Channel, ReceivedPage
from signatures.views.received import pages
from signatures.views.words import CHANNELS, counted, joined, moment


def in_words(agreement: Agreement, found: queued.Queue, current: int | None) -> dict[str, Any]:
    """Return the queue for templates/desk/queue.html. `current` is the page that is open."""
    order = [one.page.pk for _, items in found.groups for one in items]
    at = order.index(current) if current in order else -1
    keys = {order[place]: key for place, key in ((at + 1, "J"), (at - 1, "K")) if 0 <= place < len(order)}
    return {
        "count": found.count,
        "count_words": counted(found.count, "page"),
        "groups": [
            {"reason": reason, "items": [_item(agreement, one, current, keys) for one in items]}
            for reason, items in found.groups
        ],
        "foot_words": f"Decided by hand: {found.accepted} · by rule: {found.by_rule} · set aside: {found.set_aside}",
    }


def pictures_ahead(agreement: Agreement, found: queued.Queue, page: ReceivedPage) -> list[str]:
    """Return the addresses of the pictures of the page that comes next, received and issued, to be fetched ahead."""
    items = [one for _, group in found.groups for one in group if not one.held_by and one.page.pk != page.pk]
    later = [one for one in items if (one.page.urgency, one.page.pk) > (page.urgency, page.pk)]
    coming = next(iter([*later, *items]), None)
    if coming is None:
        return []
    picture = pages.picture("picture_upright", agreement.slug, coming.page.pk, coming.page.upright_id)
    issued = coming.issued and reverse("picture_issued", args=[agreement.slug, coming.issued])
    return [address for address in (picture, issued) if address]


def _item(agreement: Agreement, one: queued.Queued, current: int | None, keys: dict[int, str]) -> dict[str, Any]:
    page = one.page
    several = (page.submission.page_count or 1) > 1
    return {
        "id": page.pk,
        "url": reverse("desk_page", args=[agreement.slug, page.pk]),
        "current": page.pk == current,
        "thumbnail_url": pages.picture("picture_thumbnail", agreement.slug, page.pk, page.thumbnail_id),
        "name": joined(one.names) or "Not identified",
        "words": page.question.rstrip("."),
        "kind": "bad" if page.urgency in (4, 7) else "wary",
        "channel": CHANNELS[Channel(page.submission.channel)],
        "when": moment(page.submission.received_at, agreement.time_zone, timezone.now()),
        "more": f"page {page.index + 1} of {page.submission.page_count}" if several else "",
        "held_by": one.held_by,
        "key": keys.get(page.pk, ""),
    }
