"""Letters that came back, as the provider of the mail or a report tells it: told twice, it is entered once."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from signatures.domain.packets import sending
from signatures.models import Dispatch, DispatchState

LONGEST = 1_000
UNSAID = "No reason is given."
# A provider may be faster than the worker that records what became of its letter.
MAY_COME_BACK = (DispatchState.SENDING, DispatchState.SENT, DispatchState.PERHAPS)


@dataclass(frozen=True)
class Returned:
    """That a letter did not arrive at an address, and the receiving server's words. None for the address is the one
    that the letter went to, whatever that is."""

    letter: uuid.UUID
    to: str | None
    words: str


@transaction.atomic
def enter(returned: Returned) -> bool:
    """Enter that a letter came back. Returns whether that was new: not for a letter that is none of ours, went to
    another address, never went out, or came back before."""
    found = Dispatch.objects.filter(public_id=returned.letter, state__in=MAY_COME_BACK)
    if returned.to is not None:
        found = found.filter(to__iexact=returned.to)
    one = found.select_related("packet__agreement").first()
    words = " ".join(returned.words.replace("\0", "").split())[:LONGEST] or UNSAID
    if one is None or not found.update(state=DispatchState.BOUNCED, reason=words, settled_at=timezone.now()):
        return False
    if not one.is_test:
        sending.note_outcome(one, "letter bounced", None, words)
    return True
