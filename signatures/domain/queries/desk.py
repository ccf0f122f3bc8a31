"""The desk: the pages that need a person, and all that is known of the one that is looked at."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.utils import timezone

from holders.models import Holding
from holders.names import fold
from signatures.domain.certainty import GROUPS
from signatures.domain.in_force import issued_pages
from signatures.domain.typesetting import line_id
from signatures.models import (
    Agreement,
    BlockState,
    Match,
    PageState,
    ReceivedPage,
    SignatureBlock,
    SignaturePage,
    Statement,
    User,
)
from signatures.paper.code import parse_page_number, parse_payload
from signatures.paper.layout import PageLayout, layout_from_json
from signatures.paper.reading import Reading, reading_from_json

MOST_QUEUED = 200
MOST_FOUND = 8


@dataclass(frozen=True)
class Queued:
    """A page in the queue. `names` are the entities on it, empty when it is not identified."""

    page: ReceivedPage
    names: tuple[str, ...]
    held_by: str


@dataclass(frozen=True)
class Queue:
    """The queue by its groups, most urgent first, and how many pages stand in it in all."""

    count: int
    groups: tuple[tuple[str, tuple[Queued, ...]], ...]
    accepted: int
    by_rule: int
    set_aside: int


def queue(agreement: Agreement, user: User) -> Queue:
    """Return the pages that need a person, at most MOST_QUEUED of them, in as many queries whatever their number."""
    waiting = _waiting(agreement)
    groups: dict[int, list[Queued]] = {}
    for page in with_names(waiting.order_by("urgency", "id"))[:MOST_QUEUED]:
        names = names_on(page)
        groups.setdefault(page.urgency, []).append(Queued(page, names, _held_by_another(page, user)))
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


def with_names(pages: QuerySet[ReceivedPage]) -> QuerySet[ReceivedPage]:
    """Add what `names_on` needs, in two queries."""
    matches = Prefetch(
        "matches__signature_page__blocks", SignatureBlock.objects.order_by("placed__position"), to_attr="in_order"
    )
    return pages.select_related("submission", "held_by", "thumbnail").prefetch_related("matches", matches)


def names_on(page: ReceivedPage) -> tuple[str, ...]:
    """Return the entities on the issued page that a received page is matched to."""
    for match in page.matches.all():
        if match.closed_at is None:
            return tuple(dict.fromkeys(block.entity for block in match.signature_page.in_order))  # type: ignore[attr-defined]
    return ()


def _held_by_another(page: ReceivedPage, user: User) -> str:
    held = page.held_by_id not in (None, user.pk) and page.held_until is not None and page.held_until > timezone.now()
    return str(page.held_by) if held else ""


def next_page(agreement: Agreement, user: User, after: ReceivedPage | None = None) -> ReceivedPage | None:
    """Return the page to look at next, in the queue's order after the given one; none that a colleague has open."""
    free = Q(held_by=None) | Q(held_by=user) | Q(held_until__lt=timezone.now())
    waiting = _waiting(agreement).order_by("urgency", "id")
    if after is not None:
        later = Q(urgency=after.urgency, id__gt=after.pk) | Q(urgency__gt=after.urgency)
        found = waiting.filter(free & later).first()
        if found is not None:
            return found
        waiting = waiting.exclude(pk=after.pk)
    return waiting.filter(free).first() or waiting.first()


@dataclass(frozen=True)
class LineToJudge:
    """A signature line of the issued page, with what the machine saw and what the register says.

    `settled`: its block is executed; `settled_here`: this very page counts for it.
    """

    id: str
    block: SignatureBlock
    signer: str
    verdict: str | None
    reason: str
    fields: tuple[tuple[str, str], ...]
    principal: Decimal | None
    settled: bool
    settled_here: bool
    first_of_block: bool


@dataclass(frozen=True)
class Looked:
    """Everything about the page that is looked at.

    `is_aligned_with_match`: the reading is of the issued page that it is said to be, not of another one or of none.
    """

    page: ReceivedPage
    reading: Reading | None
    matched: SignaturePage | None
    layout: PageLayout | None
    lines: tuple[LineToJudge, ...]
    candidates: tuple[tuple[SignaturePage, tuple[str, ...]], ...]
    chosen: SignaturePage | None
    is_aligned_with_match: bool


def look(agreement: Agreement, page: ReceivedPage, candidate: int | None = None) -> Looked:
    """Gather what is known of a page. `candidate` is the issued page shown beside one that is not identified."""
    reading = reading_from_json(page.current_reading.data) if page.current_reading else None
    match = page.matches.filter(closed_at=None).select_related("signature_page__version").first()
    matched = match.signature_page if match else None
    candidates = () if matched else _candidates(agreement, reading)
    chosen = matched
    if matched is None:
        chosen = pages_of(agreement).filter(pk=candidate).first() if candidate else None
        chosen = chosen or (candidates[0][0] if candidates else None)
    layout = layout_from_json(chosen.layout) if chosen else None
    named = parse_payload(reading.payload) if reading and reading.payload else None
    of_match = reading if matched is not None and named is not None and named.key == matched.key else None
    lines = _lines(agreement, page, matched, of_match) if matched else ()
    return Looked(page, reading, matched, layout, lines, candidates, chosen, of_match is not None)


def mark(page: ReceivedPage) -> str:
    """Return what differs once a page is seen otherwise: read again, said to be another one, or spoken about."""
    match = Match.objects.filter(page=OuterRef("pk"), closed_at=None)
    stated = Statement.objects.filter(
        block__placed__page__matches__page=OuterRef("pk"), block__placed__page__matches__closed_at=None
    )
    seen = ReceivedPage.objects.filter(pk=page.pk).annotate(
        match=Subquery(match.values("pk")), stated=Subquery(stated.order_by("-pk").values("pk")[:1])
    )
    return "-".join(str(one or 0) for one in seen.values_list("current_reading", "match", "stated").get())


def pages_of(agreement: Agreement) -> QuerySet[SignaturePage]:
    """Return the issued pages that a received one may be: the current ones, and those of earlier versions."""
    return issued_pages(agreement).select_related("version")


def _candidates(agreement: Agreement, reading: Reading | None) -> tuple[tuple[SignaturePage, tuple[str, ...]], ...]:
    if reading is None:
        return ()
    reasons = {seen.key: one.reasons for one in reading.candidates if (seen := parse_payload(one.payload))}
    found = {page.key: page for page in pages_of(agreement).filter(key__in=reasons).prefetch_related("blocks")}
    return tuple((found[key], why) for key, why in reasons.items() if key in found)


def _lines(
    agreement: Agreement, page: ReceivedPage, matched: SignaturePage, reading: Reading | None
) -> tuple[LineToJudge, ...]:
    seen = {line.id: line for line in reading.lines} if reading else {}
    holdings = dict(
        Holding.objects.filter(notes=agreement.notes_id, closed_at=None, holder__blocks__pages=matched).values_list(
            "holder_id", "principal"
        )
    )
    here = set(page.counterparts.filter(closed_at=None).values_list("block_id", flat=True))
    found = []
    for block in matched.blocks.order_by("placed__position").prefetch_related("lines"):
        lines = list(block.lines.all())
        for line in lines:
            name = line_id(block, line.position, len(lines) > 1)
            verdict = seen.get(name)
            found.append(
                LineToJudge(
                    id=name,
                    block=block,
                    signer=line.name,
                    verdict=verdict.verdict if verdict else None,
                    reason=verdict.reason if verdict else "",
                    fields=tuple((one.name, one.verdict) for one in reading.fields if one.line == name)
                    if reading
                    else (),
                    principal=holdings.get(block.party_id),
                    settled=block.state in (BlockState.EXECUTED, BlockState.RELEASED),
                    settled_here=block.pk in here,
                    first_of_block=line is lines[0],
                )
            )
    return tuple(found)


def find_pages(agreement: Agreement, text: str) -> list[SignaturePage]:
    """Return the issued pages that a holder's name, a link of its chain, a signatory or a page number finds."""
    text = " ".join(text.split())
    if not text:
        return []
    asked = (
        Q(blocks__entity__icontains=text)
        | Q(blocks__lines__name__icontains=text)
        | Q(blocks__party__folded_name__contains=fold(text) or "\0")
        | Q(blocks__chain__icontains=text)
    )
    key = parse_page_number(text)
    if key:
        asked |= Q(key=key)
    return list(pages_of(agreement).filter(asked).distinct().prefetch_related("blocks").order_by("id")[:MOST_FOUND])


@dataclass(frozen=True)
class Done:
    """The last decision of a person that can be undone."""

    page: ReceivedPage
    at: datetime.datetime


def last_decision(agreement: Agreement, user: User) -> Done | None:
    """Return the page that a person decided about last, by hand and within the last hour."""
    since = timezone.now() - datetime.timedelta(hours=1)
    page = (
        with_names(
            ReceivedPage.objects.filter(agreement=agreement, settled_by=user, by_rule=False, settled_at__gt=since)
        )
        .order_by("-settled_at")
        .first()
    )
    return Done(page, page.settled_at) if page and page.settled_at else None
