"""What stands on record of a revoked signature, and the pages that may say so."""

from __future__ import annotations

from django.db.models import Case, QuerySet, When

from signatures.models import Agreement, Counterpart, Execution, Match, ReceivedPage, Revocation, SignatureBlock


def of_block(block: int) -> QuerySet[Revocation]:
    """Return the revocations of a block, newest first, those that were undone among them."""
    rows = Revocation.objects.filter(block=block).select_related("opened_by", "closed_by", "page")
    return rows.order_by("-id")


def pages_that_may_say_so(agreement: Agreement, first: int | None = None) -> QuerySet[ReceivedPage]:
    """Return the newest received pages that count for no block, and `first` before all others: a letter of revocation
    is one of them.
    """
    counting = Counterpart.objects.filter(page__agreement=agreement, closed_at=None).values("page")
    rows = ReceivedPage.objects.filter(agreement=agreement).exclude(pk__in=counting)
    is_first = Case(When(pk=first, then=0), default=1)
    return rows.select_related("submission").order_by(is_first, "-id")[:20]


def what_follows(block: SignatureBlock, revocation: Revocation) -> str:
    """Return in a sentence what was built on a revocation since, empty for nothing."""
    since = revocation.opened_at
    if not block.version.is_execution:
        return "A later version of the agreement is signed now."
    if Match.objects.filter(signature_page__placed__block=block, closed_at=None, opened_at__gt=since).exists():
        return f"Another page of {block.entity} has come in since."
    if Execution.objects.filter(block__version=block.version, released_at__gt=since).exists():
        return "What was executed has been released since."
    return ""
