"""Signing anew: a party that revoked its signature signs a new page. What it had signed is history."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.decisions import block_states, evidence
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing, voiding
from signatures.domain.tally import proxies
from signatures.models import (
    Agreement,
    Answer,
    BlockState,
    CarryOver,
    Counterpart,
    Match,
    Revocation,
    SignatureBlock,
    SignaturePage,
    User,
)

WHY = "Signed anew after a revocation"


@transaction.atomic
def sign_anew(block: SignatureBlock, by: User) -> SignatureBlock:
    """Let a party that revoked sign anew: its accepted copies are closed, and its page is replaced by a new one.

    A copy of the old page that comes in later is never certain, so it cannot count by itself. Raises Refused for a
    block of an earlier version, Overtaken for one that is not revoked any more.
    """
    block = _locked(block)
    if not block.version.is_signed_now:
        raise Refused("A later version of the agreement is signed now.")
    current = block.revocations.filter(closed_at=None, anew_at=None).first()
    if current is None or block.state != BlockState.REVOKED:
        raise Overtaken(f"{block.entity} is not revoked any more. Look at it again.")
    now = timezone.now()
    Counterpart.objects.filter(block=block, closed_at=None).update(closed_at=now)
    _carries_no_more(block, by)
    current.anew_at, current.anew_by = now, by
    current.save(update_fields=["anew_at", "anew_by"])
    block_states.move(block, "renew")
    pages = SignaturePage.objects.filter(blocks=block, state=SignaturePage.State.CURRENT)
    for page in pages.select_related("version__agreement", "packet").order_by("id"):
        voiding.issue_again(page, by, WHY, still_counts=True)
    issuing.issue(block.version.agreement, by, issuing.Arrangement(only=frozenset({block.pk})))
    evidence.settle(block)
    audit.record(block.version.agreement, by, "signs anew", block=block.pk)
    return block


@transaction.atomic
def undo(block: SignatureBlock, by: User) -> Revocation:
    """Take back that a party signs anew: it is revoked as before. Its new page stays the current one.

    Raises Overtaken where it does not sign anew any more, Refused where a page has come in since.
    """
    block = _locked(block)
    current = block.revocations.filter(closed_at=None).order_by("-id").first()
    if current is None or current.anew_at is None:
        raise Overtaken(f"{block.entity} does not sign anew any more. Look at it again.")
    since = Q(opened_at__gt=current.anew_at)
    came = Match.objects.filter(since, signature_page__placed__block=block, closed_at=None)
    if came.exists() or block.state != BlockState.OUTSTANDING:
        raise Refused(f"A page of {block.entity} has come in since. That it signs anew can no longer be undone.")
    again = list(Counterpart.objects.filter(block=block, closed_at=current.anew_at))
    for one in again:
        one.pk, one.opened_at, one.closed_at = None, timezone.now(), None
    Counterpart.objects.bulk_create(again)
    current.anew_at = current.anew_by = None
    current.save(update_fields=["anew_at", "anew_by"])
    block_states.move(block, "revoke again")
    audit.record(block.version.agreement, by, "signing anew undone", block=block.pk)
    return current


def _carries_no_more(block: SignatureBlock, by: User) -> None:
    """End that a signature on an earlier version carries over: the party signs this version itself."""
    row = CarryOver.objects.filter(block=block, closed_at=None).first()
    if row is None or row.answer == Answer.SIGNS_AGAIN:
        return
    now = timezone.now()
    CarryOver.objects.filter(pk=row.pk).update(closed_at=now, closed_by=by)
    proxies.carry_no_more([row.pk], by)
    CarryOver.objects.create(
        block=block, source_id=row.source_id, answer=Answer.SIGNS_AGAIN, words=WHY, opened_at=now, opened_by=by
    )


def _locked(block: SignatureBlock) -> SignatureBlock:
    """Lock the agreement, as issuing does, and then the block."""
    Agreement.objects.select_for_update().get(versions=block.version_id)
    rows = SignatureBlock.objects.select_for_update(of=("self",)).select_related("party", "version__agreement")
    return rows.get(pk=block.pk)
