"""What becomes of a defect: cured, waived, or asked for again. It is closed with its reason, never removed."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from signatures.domain import audit
from signatures.domain.decisions import review, undoing
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import defects as queries
from signatures.models import AuditEvent, BlockState, Defect, PageState, ReceivedPage, SignatureBlock, User


@transaction.atomic
def cure(defect: Defect, by: User, words: str, page: ReceivedPage | None = None) -> Defect:
    """Close a defect as cured, by what `words` say or by another received page of the same block.

    Where the page counts for nothing yet it stands in the queue again: that a defect is gone accepts no page.
    Raises Refused without either, and for a page that is not of this block; Overtaken when it is closed already.
    """
    words = words.strip()
    if not words and page is None:
        raise Refused("Say what cured the defect, or choose the page that did.")
    if page is not None and not _may_cure(defect, page):
        raise Refused("Another page of the same block can cure a defect, and one that was not set aside.")
    return _close(defect, by, Defect.Outcome.CURED, words, page)


@transaction.atomic
def waive(defect: Defect, by: User, why: str) -> Defect:
    """Close a defect as waived. Raises Refused without a reason, Overtaken when it is closed already."""
    if not why.strip():
        raise Refused("Say why the defect is waived.")
    return _close(defect, by, Defect.Outcome.WAIVED, why.strip(), None)


def _may_cure(defect: Defect, page: ReceivedPage) -> bool:
    return page.pk in {one.pk for one in queries.pages_that_may_cure(defect)}


def _close(defect: Defect, by: User, outcome: str, words: str, page: ReceivedPage | None) -> Defect:
    received = ReceivedPage.objects.select_for_update().get(pk=defect.page_id)
    changed = Defect.objects.filter(pk=defect.pk, closed_at=None).update(
        closed_at=timezone.now(), outcome=outcome, outcome_note=words, closed_by=by, cured_by=page
    )
    if not changed:
        raise Overtaken("Somebody else settled this defect a moment ago. Nothing was changed.")
    defect.refresh_from_db()
    blocks = _blocks(defect)
    stood = {name: getattr(received, name) for name in _ASKED}
    asked = page is None and _ask_about(received, blocks, outcome)
    review.settle(blocks)
    audit.record(
        received.agreement,
        by,
        f"defect {outcome}",
        page=received.pk,
        blocks=[block.pk for block in blocks],
        code=defect.code,
        reason=words,
        by_page=page.pk if page else None,
        defect=defect.pk,
        stood=stood if asked else None,
    )
    return defect


# What asking about a page again changes of it.
_ASKED = ("settled_at", "settled_by_id", "by_rule", "needs_person", "urgency", "question")


@transaction.atomic
def take_back(closed: AuditEvent, by: User) -> Defect:
    """Open a defect again that was cured or waived; where that had put its page into the queue, it leaves it.

    Raises Overtaken where the page was decided about since.
    """
    defect = Defect.objects.select_related("block").get(pk=closed.data["defect"])
    page = ReceivedPage.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=defect.page_id)
    stood = closed.data["stood"]
    if page.state != PageState.MATCHED or (stood is not None and page.settled_at is not None):
        raise Overtaken("Its page was decided about since. Undo that first.")
    undoing.open_again([defect])
    if stood is not None:
        for name in _ASKED:
            setattr(page, name, stood[name])
        page.settled_at = parse_datetime(stood["settled_at"]) if stood["settled_at"] else None
        page.save()
    blocks = _blocks(defect)
    review.settle(blocks)
    audit.record(
        page.agreement,
        by,
        "defect open again",
        page=page.pk,
        blocks=[block.pk for block in blocks],
        code=defect.code,
        of=closed.sequence,
    )
    return defect


def _blocks(defect: Defect) -> list[SignatureBlock]:
    if defect.block is not None:
        return [defect.block]
    return list(
        SignatureBlock.objects.filter(pages__matches__page=defect.page_id, pages__matches__closed_at=None).distinct()
    )


def _ask_about(page: ReceivedPage, blocks: list[SignatureBlock], outcome: str) -> bool:
    """Put a page that no defect stands against any more before a person, if it may count for a block: say if so."""
    done = (BlockState.EXECUTED, BlockState.RELEASED, BlockState.REVOKED)
    if (
        page.state != PageState.MATCHED
        or page.defects.filter(closed_at=None, block__in=blocks).exists()
        or all(block.state in done for block in blocks)
    ):
        return False
    page.settled_at = page.settled_by = None
    page.by_rule, page.needs_person, page.urgency = False, True, 1
    page.question = f"Its defect was {outcome}: say what is signed"
    page.save()
    return True
