"""Whether the paper original of a counterpart is there. It counts for nothing in a tally, so the row itself says it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.models import Agreement, AuditEvent, Counterpart, User

ENTERED, TAKEN_BACK = "originals entered", "originals taken back"


@transaction.atomic
def enter(agreement: Agreement, blocks: Collection[int], original: Counterpart.Original, by: User) -> int:
    """Say of the open counterparts of some blocks where their original is, and return of how many that was changed.

    Raises Refused where none of them has an accepted counterpart for which that is new.
    """
    found = list(
        Counterpart.objects.select_for_update()
        .filter(block__version__agreement=agreement, block__in=blocks, closed_at=None)
        .exclude(original=original)
        .order_by("pk")
    )
    if not found:
        raise Refused("None of them has an accepted counterpart for which that is new.")
    Counterpart.objects.filter(pk__in=[one.pk for one in found]).update(original=original)
    audit.record(
        agreement,
        by,
        ENTERED,
        blocks=sorted({one.block_id for one in found}),
        original=original.value,
        note=str(original.label),
        before={str(one.pk): one.original for one in found},
    )
    return len(found)


@transaction.atomic
def undo(agreement: Agreement, by: User) -> int:
    """Take back what this person entered last, where nobody has said otherwise since, and return for how many.

    Raises Refused where there is nothing of theirs to undo.
    """
    # Two undos at once: the second waits here, and then sees that the first has taken it back.
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    last = (
        AuditEvent.objects.filter(agreement=agreement, actor=by, action__in=(ENTERED, TAKEN_BACK))
        .order_by("-sequence")
        .first()
    )
    if last is None or last.action == TAKEN_BACK:
        raise Refused("There is nothing of yours to undo.")
    changed = 0
    for counterpart, before in last.data["before"].items():
        changed += Counterpart.objects.filter(pk=counterpart, closed_at=None, original=last.data["original"]).update(
            original=before
        )
    audit.record(agreement, by, TAKEN_BACK, blocks=last.data["blocks"])
    return changed
