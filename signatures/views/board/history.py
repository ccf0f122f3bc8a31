"""What happened, in words, from the audit chain."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from signatures.domain.audit import PROGRAM
from signatures.models import AuditEvent, Channel, Defect
from signatures.views import words

STATES = {"matched": "identified", "review": "for review", "set_aside": "set aside", "waiting": "text still to be read"}
SAYS = {
    "pages issued": "Signature page issued",
    "page voided": "Signature page voided",
    "packet voided": "Signature page voided with its packet",
    "packet issued again": "Signature page replaced by a new one with its packet",
    "voiding of a packet undone": "Signature page valid again: the voiding of its packet was undone",
    "page issued again": "Signature page replaced by a new one",
    "question answered": "Answered through the link what becomes of the signature on an earlier version",
    "asked about an earlier signature": "Asked whether the signature on an earlier version carries over",
    "signature carried over": "The signature on an earlier version carries over",
    "signature wanted again": "Signs again: the signature on an earlier version does not carry over",
    "decision on earlier signatures undone": "What was decided about the signature on an earlier version is undone",
    "voiding undone": "Signature page valid again: its voiding was undone",
    "certain pages accepted": "Accepted with all pages that were certain",
    "page accepted by rule": "Accepted by the rule “accept what is certain”",
    "page is a copy": "Settled as a copy: another one has executed what stands on it",
    "best copy chosen": "Chosen as the copy that is bound",
    "best copy left to the rule": "Which copy is bound is left to the rule",
    "choice of copy taken back": "Choice of the copy that is bound taken back",
    "decision undone": "Taken back into the queue",
    "match taken back": "What a person said of which page it is was taken back",
    "turning taken back": "Turned back, to be read again",
    "defect open again": "Defect open again: what settled it was taken back",
    "holding set back": "Holding set back to what it was before the page",
    "signs anew": "Signs anew: the revoked signature counts no more, a new page is issued",
    "letter taken back": "Letter that asks again taken back before it went out",
}


def history(events: Iterable[AuditEvent], zone: str, now: datetime.datetime) -> list[dict[str, str]]:
    """Return events for a template: when, who, and a sentence."""
    return [
        {
            "when": words.moment(event.at, zone, now),
            "who": "" if event.actor_label == PROGRAM else event.actor_label,
            "words": _sentence(event.action, event.data),
        }
        for event in _as_it_was(events)
    ]


def _as_it_was(events: Iterable[AuditEvent]) -> list[AuditEvent]:
    """Return events with the reading of a page before what the rule did about it: the chain has them the other way
    round, because an event is the last thing that a transaction writes.
    """
    told: list[AuditEvent] = []
    for event in events:
        before = told[-1] if told else None
        by_rule = before is not None and before.action == "page accepted by rule" and event.action == "page read"
        told.insert(len(told) - (by_rule and before is not None and before.data["page"] == event.data["page"]), event)
    return told


def _sentence(action: str, data: dict[str, Any]) -> str:
    """Say an event. One whose action has no words of its own here is told by the action itself."""
    if action == "file received":
        return f"Received as {data.get('name', 'a file')} by {Channel(data['channel']).label}"
    if action in ("page read", "page recognised"):
        read = "A copy read" if action == "page read" else "Its text read"
        return f"{read}: {STATES.get(data.get('state', ''), 'done')}"
    if action in SAYS:
        return SAYS[action]
    if action == "letters queued" or action.startswith("letter "):
        return _letter(action, data)
    said = action[:1].upper() + action[1:]
    if action == "page accepted" and data.get("sheet"):
        return f"Accepted as page {data['sheet']}"
    if action == "match corrected":
        after = data.get("after")
        return f"Said to be page {after}" if after else "Said not to be the page that it was taken for"
    if action == "particulars stated":
        named = words.joined(dict.fromkeys(one["particular"] for one in data.get("stated", [])))
        return f"{data.get('stated_by', 'The signatory')} stated the {named} through the link"
    if action == "page turned":
        return f"Turned by {data.get('degrees')}°, to be read again"
    if action == "defect cured" and not data.get("reason"):
        return "Defect cured by another page"
    if data.get("code") == Defect.Code.AMOUNT:
        return said  # its words may tell an amount, which not everybody who reads this may see
    more = data.get("reason") or data.get("note")
    return f"{said}: {more}" if more else said


def _letter(action: str, data: dict[str, Any]) -> str:
    kind = str(data.get("kind", "letter")).capitalize()
    if action == "letters queued":
        return f"{kind} asked for by e-mail"
    said = f"{kind} {action.removeprefix('letter ')}, to {data.get('to', '')}"
    return f"{said}: {data['reason']}" if data.get("reason") else said
