"""All agreements of a person, each with where it stands."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q

from holders.models import PrincipalOutstanding
from signatures.domain.tally.positions import positions
from signatures.domain.tally.tabulation import Tally, rule_of, tally
from signatures.domain.tally.thresholds import Rule
from signatures.models import Agreement, ReceivedPage, Threshold, User


@dataclass(frozen=True)
class Overview:
    """An agreement and its tally. `show_amounts` is the person's permission."""

    agreement: Agreement
    show_amounts: bool
    review_count: int
    tally: Tally


def overviews(user: User) -> list[Overview]:
    """Return the agreements that a person has a part in, newest first, in five queries whatever their number."""
    agreements = list(
        Agreement.objects.visible_to(user)
        .annotate(own_amounts=F("memberships__may_see_amounts"))
        .select_related("issuer", "notes")
        .order_by("-created_at")
    )
    counted = positions(agreements)
    outstanding: dict[int | None, Decimal] = dict(
        PrincipalOutstanding.objects.filter(notes__in=[one.notes_id for one in agreements], closed_at=None).values_list(
            "notes", "amount"
        )
    )
    rules: dict[int, list[Rule]] = defaultdict(list)
    for row in Threshold.objects.filter(agreement__in=agreements, closed_at=None):
        rules[row.agreement_id].append(rule_of(row))
    waiting: dict[Any, int] = dict(
        ReceivedPage.objects.filter(agreement__in=agreements)
        .order_by()
        .values("agreement")
        .annotate(waiting=Count("pk", filter=Q(needs_person=True)))
        .values_list("agreement", "waiting")
    )
    return [
        Overview(
            agreement=one,
            show_amounts=one.own_amounts,
            review_count=waiting.get(one.pk, 0),
            tally=tally(counted.get(one.pk, []), outstanding.get(one.notes_id), rules[one.pk]),
        )
        for one in agreements
    ]
