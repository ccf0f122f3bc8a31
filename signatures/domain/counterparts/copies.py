"""Further copies of a page that another copy has executed: they ask nothing, until that one counts no more."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from signatures.domain.counterparts import certainty, matching
from signatures.domain.documents.in_force import EXECUTED
from signatures.models import PageState, ReceivedPage, SignatureBlock


def ask_about(block: SignatureBlock) -> None:
    """Put copies that needed nobody, because another copy counted, into the queue when that one counts no more."""
    quiet = Q(needs_person=False) | Q(urgency=certainty.COPY_URGENCY)
    _undecided(block).filter(quiet).update(
        needs_person=True, urgency=1, question="The copy that counted was taken back: this one may count"
    )


def _undecided(block: SignatureBlock) -> QuerySet[ReceivedPage]:
    return ReceivedPage.objects.filter(
        matches__closed_at=None,
        matches__signature_page__placed__block=block,
        state=PageState.MATCHED,
        settled_at=None,
    )


def put_last_of(block: SignatureBlock) -> None:
    """Let pages that ask about nothing but what another copy has executed meanwhile say so, after all others."""
    waiting = _undecided(block).filter(needs_person=True).exclude(urgency=certainty.COPY_URGENCY)
    for page in waiting.select_for_update(of=("self",)).order_by("id"):
        if is_copy(page, matching.matched(page)):
            put_last(page)
            page.save(update_fields=["urgency", "question"])


def put_last(page: ReceivedPage) -> None:
    """Ask about a page, as a further copy, after all else in the queue. Leaves saving it to the caller."""
    page.urgency, page.question = certainty.COPY_URGENCY, f"{certainty.COPY_QUESTION}. {page.question}"


def is_copy(page: ReceivedPage, matched: matching.Matched | None) -> bool:
    """Tell whether all blocks of a page are executed, and not all of them by this very page."""
    if matched is None or not all(block.state in EXECUTED for block in matched.blocks):
        return False
    counts = page.counterparts.filter(closed_at=None, block__in=matched.blocks).count()
    return counts < len(matched.blocks)
