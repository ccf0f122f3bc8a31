"""Escrow: every counterpart is held from the moment it comes in. Releasing it is delivery."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.decisions import block_states
from signatures.domain.documents import further_documents
from signatures.domain.documents.blocks import execution_version
from signatures.models import Agreement, BlockState, Execution, SignatureBlock, User


@transaction.atomic
def release_all(agreement: Agreement, actor: User) -> int:
    """Release every executed block of the execution version and of what is signed along with it. One event for all.
    Returns how many.
    """
    released = []
    signed = [execution_version(agreement), *further_documents.versions(agreement)]
    executed = SignatureBlock.objects.select_for_update().filter(version__in=signed, state=BlockState.EXECUTED)
    for block in executed.order_by("id"):
        block_states.move(block, "release")
        Execution.objects.filter(block=block, closed_at=None).update(released_at=timezone.now())
        released.append(block.pk)
    if released:
        audit.record(agreement, actor, "released from escrow", blocks=released)
    return len(released)
