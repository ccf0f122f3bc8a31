"""What a person did last at the desk, and taking it back: one act by one key, the newest first."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from signatures.domain.counterparts import turning
from signatures.domain.decisions import amounts, defects, undoing
from signatures.domain.documents import carrying
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import sending
from signatures.models import (
    Agreement,
    Answer,
    AuditEvent,
    Dispatch,
    DispatchState,
    LetterKind,
    PageState,
    ReceivedPage,
    User,
)

WITHIN = datetime.timedelta(hours=1)
MOST_LOOKED_AT = 400
BY_HAND = frozenset(undoing.DECISIONS) - {"page accepted by rule"}
CARRIED = carrying.EVENTS[Answer.CARRIES]
LETTER = "letters queued"
ACTS = (*BY_HAND, "match corrected", "page turned", "defect cured", "defect waived", amounts.FOLLOWED, CARRIED, LETTER)
# Each of these says which act it took back.
TAKEN_BACK = (
    undoing.UNDONE,
    carrying.UNDONE,
    "match taken back",
    "turning taken back",
    "defect open again",
    "holding set back",
    "letter taken back",
)


def last_act(agreement: Agreement, by: User) -> AuditEvent | None:
    """Return what a person did last at the desk, within the last hour, that still stands.

    In two queries; in three where the newest act is a letter.
    """
    recent = AuditEvent.objects.filter(
        agreement=agreement, at__gt=timezone.now() - WITHIN, action__in=(*ACTS, *TAKEN_BACK)
    )
    gone: set[int] = set()
    own: list[AuditEvent] = []
    for event in recent.order_by("-at", "-sequence")[:MOST_LOOKED_AT]:
        if event.action in TAKEN_BACK:
            gone.add(event.data.get("of") or event.data.get("undone") or 0)
        elif event.actor_id == by.pk and event.sequence not in gone:
            own.append(event)
    told = ReceivedPage.objects.filter(pk__in={page for event in own for page in _pages_of(event)})
    pages = told.only("settled_by", "settled_at", "state").in_bulk() if own else {}
    return next((event for event in own if _stands(event, by, pages)), None)


def _pages_of(event: AuditEvent) -> list[int]:
    said = event.data
    return [page for page in said.get("pages") or [said.get("accepted") or said.get("page")] if page]


def _stands(event: AuditEvent, by: User, known: dict[int, ReceivedPage]) -> bool:
    """Tell whether an act can be taken back at the desk: others have an undo on their own screens, or are overtaken by
    what colleagues have done since. `known` are the pages that it is about.
    """
    said = event.data
    if event.action == LETTER:
        letters = Dispatch.objects.filter(pk__in=said.get("letters", ()), state=DispatchState.QUEUED)
        return said.get("kind") == LetterKind.ASK_AGAIN and letters.exists()
    pages = [known[page] for page in _pages_of(event) if page in known]
    is_own = any(page.settled_by_id == by.pk for page in pages)
    is_open = any(page.settled_at is None for page in pages)
    if event.action in BY_HAND:
        return not {"revocation", "carried"} & said.keys() and is_own
    if event.action == CARRIED:
        return "accepted" in said and is_own
    if event.action in ("match corrected", "page turned"):
        queued = any(page.settled_at is None and page.state != PageState.SET_ASIDE for page in pages)
        return queued and (event.action == "page turned" or "stood" in said)
    if event.action in ("defect cured", "defect waived"):
        return "defect" in said and (said["stood"] is None or is_open)
    return "holdings" in said


@transaction.atomic
def take_back(agreement: Agreement, by: User, seen: int | None = None) -> AuditEvent:
    """Take back what a person did last at the desk, and return it. `seen` is the number of the act that they saw.

    Raises Refused where there is nothing of theirs, Overtaken where the act is another one by now, or others have
    changed since what it was about.
    """
    # Two presses at once: the second waits here, and then sees that the first has taken it back.
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    act = last_act(agreement, by)
    if act is None:
        raise Refused("There is nothing of yours to undo.")
    if seen is not None and act.sequence != seen:
        raise Overtaken("What you did last is something else by now. Look at what would be undone.")
    if act.action in BY_HAND:
        _decision(act, by)
    elif act.action == CARRIED:
        carrying.undo(agreement, by, only=act.sequence)
        undoing.undo(ReceivedPage.objects.get(pk=act.data["accepted"]), by)
    elif act.action == "match corrected":
        undoing.take_back_match(page_of(act), by, act)
    elif act.action == "page turned":
        turning.take_back(page_of(act), by, act)
    elif act.action == amounts.FOLLOWED:
        amounts.take_back(act, by)
    elif act.action == LETTER:
        sending.take_back(act, by)
    else:
        defects.take_back(act, by)
    return act


def page_of(act: AuditEvent) -> ReceivedPage:
    """Return the page that an act was about, the first of several."""
    said = act.data
    return ReceivedPage.objects.get(pk=said.get("accepted") or said.get("page") or said["pages"][0])


def _decision(act: AuditEvent, by: User) -> None:
    pages = act.data.get("pages") or [act.data["page"]]
    own = list(ReceivedPage.objects.filter(pk__in=pages, settled_by=by).order_by("id"))
    if not own:
        raise Overtaken("A colleague decided about this page since. Nothing was undone.")
    for page in own:
        undoing.undo(page, by)
