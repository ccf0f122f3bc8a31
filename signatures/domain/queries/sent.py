"""What was sent to whom, for the screens."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from signatures.models import Agreement, Dispatch


def dispatches(agreement: Agreement) -> QuerySet[Dispatch]:
    """Return what was sent, or is to be, for an agreement, newest first. Tests are among it."""
    rows = Dispatch.objects.filter(packet__agreement=agreement).select_related("packet__signatory", "packet__party")
    return rows.select_related("packet__agreement", "asked_by").order_by("-pk")


def by_packet(agreement: Agreement, packets: Iterable[int]) -> dict[int, list[Dispatch]]:
    """Return what was sent for each of these packets but for tests, newest first."""
    found: dict[int, list[Dispatch]] = defaultdict(list)
    for one in dispatches(agreement).filter(is_test=False, packet__in=packets).defer("body"):
        found[one.packet_id].append(one)
    return found


def last_sent(packets: Iterable[int]) -> dict[int, Dispatch]:
    """Return the newest letter for each packet but for tests and copies."""
    rows = (
        Dispatch.objects.filter(packet__in=packets, is_test=False, is_copy=False)
        .order_by("packet_id", "-pk")
        .distinct("packet_id")
    )
    return {one.packet_id: one for one in rows.defer("body", "subject")}
