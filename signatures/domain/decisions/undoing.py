"""Taking back what was decided about a received page: everything that the decision did beside it goes back, too."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.register import holdings
from signatures.models import AuditEvent, Defect, Match, PageState, ReceivedPage, User


@transaction.atomic
def take_back_match(page: ReceivedPage, actor: User, said: AuditEvent) -> ReceivedPage:
    """Take back what a person said of which page this is: it is again what it was taken for, as it was read then.

    Raises Overtaken where the page was decided about since, or said to be another one.
    """
    page = ReceivedPage.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=page.pk)
    if page.settled_at is not None or page.state == PageState.SET_ASIDE:
        raise Overtaken("This page was decided about since. Undo that first.")
    now = matching.matched(page)
    if (now.signature_page.number if now else None) != said.data["after"]:
        raise Overtaken("A colleague said meanwhile that this is another page. Nothing was changed.")
    review.withdraw(page, now)
    page.matches.filter(closed_at=None).update(closed_at=timezone.now())
    stood = said.data["stood"]
    before = Match.objects.filter(pk=stood["match"]).select_related("signature_page", "matched_by").first()
    if before is not None:
        matching.open_match(page, before.signature_page, by=before.matched_by)
    for name in review.CORRECTED:
        setattr(page, name, stood[name])
    page.needs_person = True
    page.save()
    if before is not None and page.current_reading is not None:
        review.offer(page, review.current_reading(page))
    review.settle([*(now.blocks if now else ()), *(before.signature_page.blocks.all() if before else ())])
    audit.record(page.agreement, actor, "match taken back", page=page.pk, of=said.sequence, sheet=said.data["before"])
    return page


# What a page was decided by.
DECISIONS = (
    "page accepted",
    "page accepted by rule",
    "certain pages accepted",
    "defect found",
    "page set aside",
    "page is a copy",
)
UNDONE = "decision undone"


@transaction.atomic
def undo(page: ReceivedPage, actor: User) -> ReceivedPage:
    """Take back what was decided about a page: it stands in the queue again, and counts for nothing until then.

    Defects that the decision cured are open again, and a holding that it opened gives way to the one before. Raises
    Refused where nothing was decided, or what was decided can no longer be taken back.
    """
    page = ReceivedPage.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=page.pk)
    if page.settled_at is None and page.state != PageState.SET_ASIDE:
        raise Refused("Nothing was decided about this page.")
    matched = matching.matched(page)
    review.withdraw(page, matched)
    decided = _decision_about(page)
    opened = page.defects.filter(closed_at=None)
    if decided is not None and "opened" in decided.data:
        # One of them may have been settled and opened again since: it is told by its block and code.
        same = [
            Q(block=block, code=code)
            for block, code in Defect.objects.filter(pk__in=decided.data["opened"]).values_list("block", "code")
        ]
        opened = opened.filter(reduce(or_, same)) if same else opened.none()
    opened.update(closed_at=timezone.now(), outcome=Defect.Outcome.WITHDRAWN, closed_by=actor)
    if decided is not None:
        open_again(Defect.objects.filter(pk__in=decided.data.get("cured", ()), cured_by=page))
        for before, after in decided.data.get("holdings", ()):
            holdings.give_back(before, after)
    page.state = PageState.MATCHED if matched else PageState.REVIEW
    page.settled_at = page.settled_by = None
    page.by_rule, page.needs_person, page.reason = False, True, ""
    if not page.question:
        page.urgency, page.question = 7, "Brought back by a person"
    page.save()
    if matched is not None:
        review.settle(matched.blocks)
    of = decided.sequence if decided is not None else None
    audit.record(page.agreement, actor, UNDONE, page=page.pk, of=of)
    return page


def _decision_about(page: ReceivedPage) -> AuditEvent | None:
    certain = Q(action="certain pages accepted", data__contains={"pages": [page.pk]})
    asked = Q(data__contains={"page": page.pk}) | certain
    events = AuditEvent.objects.filter(asked, agreement=page.agreement, action__in=(*DECISIONS, UNDONE))
    last = events.order_by("-sequence").first()
    return None if last is None or last.action == UNDONE else last


def open_again(closed: Iterable[Defect]) -> None:
    """Open defects anew that were closed, as they were noted. The rows that are closed stay."""
    for one in closed:
        Defect.objects.get_or_create(
            page_id=one.page_id,
            block_id=one.block_id,
            code=one.code,
            closed_at=None,
            defaults={"note": one.note, "opened_by_id": one.opened_by_id},
        )
