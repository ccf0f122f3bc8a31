"""The audit chain: every act is an event, and each event's digest covers the one before."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import connection
from django.utils import timezone

from signatures.models import Agreement, AuditEvent, AuditHead, User

PROGRAM = "Counterpart"


def record(agreement: Agreement | None, actor: User | None, action: str, **data: Any) -> AuditEvent:
    """Add an event as the last step of the caller's transaction. `actor` None is the program itself.

    The chain's head is locked from here to the commit, so call it last. Raises RuntimeError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("An audit event belongs to the transaction of the act that it records.")
    chain = f"agreement {agreement.pk}" if agreement else "no agreement"
    AuditHead.objects.get_or_create(chain=chain)
    head = AuditHead.objects.select_for_update().get(chain=chain)
    event = AuditEvent(
        agreement=agreement,
        chain=chain,
        sequence=head.sequence + 1,
        at=timezone.now(),
        actor=actor,
        actor_label=str(actor) if actor else PROGRAM,
        action=action,
        data=json.loads(json.dumps(data, default=str)),
        previous=head.digest,
    )
    event.digest = digest(event)
    event.save(force_insert=True)
    AuditHead.objects.filter(chain=chain).update(sequence=event.sequence, digest=event.digest)
    return event


def digest(event: AuditEvent) -> str:
    """Return the SHA-256, in hex, over an event's content and the digest before it."""
    content = [
        event.previous,
        event.chain,
        event.sequence,
        event.at.isoformat(),
        event.actor_id,
        event.actor_label,
        event.action,
        event.data,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def findings(agreement: Agreement) -> list[str]:
    """Check an agreement's chain from its first event to its head. Returns a sentence for each thing that is wrong."""
    found = []
    chain = f"agreement {agreement.pk}"
    before, number = "0" * 64, 0
    for event in AuditEvent.objects.filter(chain=chain).order_by("sequence").iterator():
        number += 1
        if event.sequence != number:
            found.append(f"Event {number} is missing from the audit chain.")
            number = event.sequence
        if event.previous != before or digest(event) != event.digest:
            found.append(f"Event {event.sequence} of the audit chain was changed after it was written.")
        before = event.digest
    head = AuditHead.objects.filter(chain=chain).first()
    if head is not None and (head.sequence != number or head.digest != before):
        found.append("The audit chain does not end where it says that it ends.")
    return found
