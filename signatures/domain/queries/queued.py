"""The queue of the desk: the pages that need a person, the most urgent first, and who has which one open."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from signatures.domain.counterparts.certainty import GROUPS
from signatures.models import (
    Agreement,
    AuditEvent,
    Defect,
    Match,
    PageState,
    ReceivedPage,
    SignatureBlock,
    Statement,
    User,
)

MOST_QUEUED = 200
SHOWN_WITH = ("submission", "current_reading", "upright", "thumbnail", "held_by", "settled_by", "agreement")
# What a page is seen otherwise by: read again, asked about anew, said to be another one, spoken about, decided about,
# held by another.
MARKED = ("current_reading_id", "question", "match", "stated", "defect", "settled_at", "state", "held_by_id")


@dataclass(frozen=True)
class Queued:
    """A page in the queue. `names` are the entities on it, empty when it is not identified, `issued` is then None."""

    page: ReceivedPage
    names: tuple[str, ...]
    held_by: str
    issued: int | None


@dataclass(frozen=True)
class Queue:
    """The queue by its groups, most urgent first, and how many pages stand in it in all."""

    count: int
    groups: tuple[tuple[str, tuple[Queued, ...]], ...]
    accepted: int
    by_rule: int
    set_aside: int


def queue(agreement: Agreement, user: User) -> Queue:
    """Return the pages that need a person, at most MOST_QUEUED of them, in three queries whatever their number."""
    waiting = _waiting(agreement).select_related("submission", "held_by").order_by("urgency", "id")
    match = Match.objects.filter(page=OuterRef("pk"), closed_at=None).values("signature_page")
    waiting = waiting.annotate(issued=Subquery(match[:1]))[:MOST_QUEUED]
    names = names_on([page.pk for page in waiting])
    groups: dict[int, list[Queued]] = {}
    for page in waiting:
        one = Queued(page, names.get(page.pk, ()), _held_by_another(page, user), page.issued)
        groups.setdefault(page.urgency, []).append(one)
    decided = Q(settled_at__isnull=False, state=PageState.MATCHED)
    counts = ReceivedPage.objects.filter(agreement=agreement).aggregate(
        waiting=Count("pk", filter=Q(needs_person=True)),
        accepted=Count("pk", filter=decided & Q(by_rule=False)),
        by_rule=Count("pk", filter=decided & Q(by_rule=True)),
        set_aside=Count("pk", filter=Q(state=PageState.SET_ASIDE)),
    )
    return Queue(
        count=counts["waiting"],
        groups=tuple((GROUPS.get(urgency, "Unsure"), tuple(items)) for urgency, items in sorted(groups.items())),
        accepted=counts["accepted"],
        by_rule=counts["by_rule"],
        set_aside=counts["set_aside"],
    )


def _waiting(agreement: Agreement) -> QuerySet[ReceivedPage]:
    return ReceivedPage.objects.filter(agreement=agreement, needs_person=True)


def names_on(pages: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Return the entities on the issued pages that received ones are matched to, in one query."""
    matches = Match.objects.filter(page__in=pages, closed_at=None, signature_page__placed__isnull=False)
    found: dict[int, tuple[str, ...]] = {}
    for page, entity in matches.order_by("page", "signature_page__placed__position").values_list(
        "page", "signature_page__placed__block__entity"
    ):
        if entity not in found.get(page, ()):
            found[page] = (*found.get(page, ()), entity)
    return found


def names_of(act: AuditEvent) -> tuple[str, ...]:
    """Return the entities that an act at the desk was about, in one query: those accepted or found defective, or all on
    the page.
    """
    said = act.data
    blocks = said.get("blocks") or [said.get("block")]
    if any(blocks):
        about = SignatureBlock.objects.filter(pk__in=blocks).order_by("position", "pk")
        return tuple(about.values_list("entity", flat=True))
    page = said.get("accepted") or said["page"]
    return names_on([page]).get(page, ())


def _held_by_another(page: ReceivedPage, user: User) -> str:
    held = page.held_by_id not in (None, user.pk) and page.held_until is not None and page.held_until > timezone.now()
    return str(page.held_by) if held else ""


def shown(agreement: Agreement) -> QuerySet[ReceivedPage]:
    """Return received pages with all that the desk's screens say of one, and what `mark` needs."""
    match = Match.objects.filter(page=OuterRef("pk"), closed_at=None).order_by()
    stated = Statement.objects.filter(
        block__placed__page__matches__page=OuterRef("pk"), block__placed__page__matches__closed_at=None
    )
    defects = Defect.objects.filter(page=OuterRef("pk")).annotate(last=Coalesce("closed_at", "opened_at"))
    return (
        ReceivedPage.objects.filter(agreement=agreement)
        .select_related(*SHOWN_WITH)
        .annotate(
            match=Subquery(match.values("pk")[:1]),
            stated=Subquery(stated.order_by("-pk").values("pk")[:1]),
            defect=Subquery(defects.order_by("-last").values("last")[:1]),
        )
    )


def mark(page: ReceivedPage) -> str:
    """Return what differs once a page of `shown` is seen otherwise than before."""
    values = "-".join(str(getattr(page, name) or "") for name in MARKED)
    return hashlib.sha256(values.encode()).hexdigest()[:16]


def next_page(agreement: Agreement, user: User, after: ReceivedPage | None = None) -> ReceivedPage | None:
    """Return the page to look at next, in the queue's order after the given one and from its top again, in one query.

    One that a colleague has open comes last.
    """
    held = ~Q(held_by=None) & ~Q(held_by=user) & Q(held_until__gte=timezone.now())
    waiting = shown(agreement).filter(needs_person=True).alias(is_held=held)
    if after is None:
        return waiting.order_by("is_held", "urgency", "id").first()
    earlier = Q(urgency__lt=after.urgency) | Q(urgency=after.urgency, id__lt=after.pk)
    others = waiting.exclude(pk=after.pk).alias(is_earlier=earlier)
    return others.order_by("is_held", "is_earlier", "urgency", "id").first()
