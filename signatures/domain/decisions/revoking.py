"""Revocation: a party takes its signature back, until it was delivered or, where the agreement lets it, later; never
once the agreement is effective.

From then on the signature counts for nothing; a tally as of an earlier moment counts it still.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.decisions import block_states, evidence, review, undoing
from signatures.domain.documents import effectiveness
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.revocations import what_follows
from signatures.models import (
    Agreement,
    BlockState,
    Execution,
    PageState,
    ReceivedPage,
    Revocation,
    SignatureBlock,
    User,
)


@transaction.atomic
def revoke(
    block: SignatureBlock, by: User, reason: str, page: ReceivedPage | None = None, seen: str = ""
) -> Revocation:
    """Record that a party has revoked its signature. `seen` is the block's state that the person saw.

    Raises Refused without a reason, for what was not executed, and after release unless the agreement allows that, and
    for what came in once the agreement was effective;
    Overtaken where the block is in another state meanwhile.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("Say how the revocation reached you and what it says.")
    block = _locked(block)
    agreement = block.version.agreement
    if seen and block.state != seen:
        raise Overtaken(f"{block.entity} was changed by somebody else a moment ago. Look at it again.")
    if block.state == BlockState.RELEASED and not agreement.revocable_after_release:
        raise Refused(
            f"The signature of {block.entity} was released, and this agreement does not say that what was delivered "
            "may be revoked. If it does, say so under its terms first."
        )
    if page is not None and page.agreement_id != agreement.pk:
        raise Refused("That page came in for another agreement.")
    _refuse_once_effective(agreement, page)
    was = block.state
    block_states.move(block, "revoke")
    now = timezone.now()
    Execution.objects.filter(block=block, closed_at=None).update(closed_at=now)
    made = Revocation.objects.create(block=block, reason=reason, page=page, was=was, opened_at=now, opened_by=by)
    evidence.settle(block)
    if page is not None:
        _put_away(page, by, made)
    audit.record(agreement, by, "signature revoked", block=block.pk, page=page.pk if page else None, words=reason)
    return made


@transaction.atomic
def revoke_several(agreement: Agreement, blocks: Collection[int], by: User, reason: str) -> list[Revocation]:
    """Record that several parties have revoked their signatures, of all or of none: one letter may say it for many.

    Raises Refused and Overtaken as `revoke` does, with the name of the party that it is about.
    """
    signed = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True, pk__in=blocks)
    found = list(signed.order_by("pk"))
    if not found:
        raise Refused("Tick those who have revoked their signatures.")
    return [revoke(block, by, reason) for block in found]


@transaction.atomic
def undo_several(agreement: Agreement, revocations: Collection[int], by: User) -> list[Revocation]:
    """Take revocations back that were recorded together, all or none. Raises Refused and Overtaken as `undo` does."""
    found = Revocation.objects.filter(block__version__agreement=agreement, pk__in=revocations, closed_at=None)
    blocks = [one.block for one in found.select_related("block").order_by("block")]
    if not blocks:
        raise Overtaken("No revocation of these is recorded any more. Nothing was changed.")
    return [undo(block, by) for block in blocks]


@transaction.atomic
def undo(block: SignatureBlock, by: User) -> Revocation:
    """Take a revocation back: the signature counts again from now on, if its pages still bear it.

    Raises Overtaken where there is none any more, Refused where something was built on it since (`what_follows`).
    """
    block = _locked(block)
    current = block.revocations.filter(closed_at=None, anew_at=None).first()
    if current is None:
        raise Overtaken("No revocation is recorded any more. Nothing was changed.")
    follows = what_follows(block, current)
    if follows:
        raise Refused(f"{follows} The revocation can no longer be undone.")
    now = timezone.now()
    current.closed_at, current.closed_by = now, by
    current.save(update_fields=["closed_at", "closed_by"])
    block_states.move(block, "reinstate")
    evidence.settle(block)
    if current.was == BlockState.RELEASED and block.state == BlockState.EXECUTED:
        block_states.move(block, "release")
        before = block.executions.filter(released_at__isnull=False).latest("opened_at")
        block.executions.filter(closed_at=None).update(released_at=before.released_at)
    if current.page is not None:
        _bring_back(current.page, by)
    audit.record(block.version.agreement, by, "revocation undone", block=block.pk)
    return current


def _reason(revocation: Revocation) -> str:
    return f"The revocation of {revocation.block.entity} was recorded from it"


def _put_away(page: ReceivedPage, by: User, revocation: Revocation) -> None:
    """Let the page that says so ask nothing more at the desk. One that counts for a block is left as it is."""
    page = ReceivedPage.objects.select_for_update().get(pk=page.pk)
    if page.needs_person and not page.counterparts.filter(closed_at=None).exists():
        review.set_aside(page, by, _reason(revocation), revocation=revocation.pk)


def _bring_back(page: ReceivedPage, by: User) -> None:
    """Put the page back into the queue, unless it was put away for another reason or says more revocations."""
    reasons = {_reason(one) for one in Revocation.objects.filter(page=page).select_related("block")}
    is_own = page.state == PageState.SET_ASIDE and page.reason in reasons
    if is_own and not Revocation.objects.filter(page=page, closed_at=None).exists():
        undoing.undo(page, by)


def _refuse_once_effective(agreement: Agreement, page: ReceivedPage | None) -> None:
    """Refuse what reached counsel after the agreement became effective. A page tells when it did; else it is now."""
    effective = effectiveness.current(agreement)
    if effective is None or (page is not None and page.submission.received_at < effective.at):
        return
    raise Refused(
        f"The agreement is effective since {effectiveness.said(effective, agreement.time_zone)}, and a signature may "
        "be revoked until then only. A revocation that came in before is recorded with the received page that says so."
    )


def _locked(block: SignatureBlock) -> SignatureBlock:
    """Lock the block: of two people one acts after the other."""
    rows = SignatureBlock.objects.select_for_update(of=("self",)).select_related("party", "version__agreement")
    return rows.get(pk=block.pk)
