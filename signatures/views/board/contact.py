"""When there was last contact with a party, in words."""

from __future__ import annotations

import datetime

from signatures.domain.queries.board import Detail
from signatures.models import DispatchState, LetterKind
from signatures.views import words

REACHED = (DispatchState.SENT, DispatchState.PERHAPS)


def last_contact(detail: Detail, zone: str, now: datetime.datetime) -> str:
    """Return the newest of letter sent, call noted and link opened: "link opened 14:02 New York"; empty for none.

    A letter that has not gone out is no contact, and is told beside it: "reminder bounced 15:10 New York".
    """
    known: list[tuple[datetime.datetime, str]] = []
    letter, waiting = detail.letter, ""
    if letter is not None:
        kind = "" if letter.kind == LetterKind.PACKET else f"{letter.get_kind_display()} "
        at, said = letter.settled_at or letter.asked_at, f"{kind}{letter.get_state_display()}"
        if letter.state in REACHED:
            known.append((at, said))
        else:
            waiting = f"{said} {words.local_moment(at, zone, now)}"
    if detail.called_at is not None:
        known.append((detail.called_at, "call noted"))
    if detail.link_opened_at is not None:
        known.append((detail.link_opened_at, "link opened"))
    if not known:
        return waiting
    at, said = max(known)
    return ", ".join(filter(None, (waiting, f"{said} {words.local_moment(at, zone, now)}")))
