"""What a person did last at the desk, in words, for the key that takes it back."""

from __future__ import annotations

from typing import Any

from signatures.domain.decisions import last_act
from signatures.domain.queries import queued
from signatures.models import AuditEvent, Defect
from signatures.views.access import Access
from signatures.views.words import counted, joined

SAYS = {
    "page accepted": "accepted",
    "page set aside": "set aside",
    "page is a copy": "settled as a copy",
    "defect cured": "defect cured",
    "defect waived": "defect waived",
    last_act.CARRIED: "accepted under a carry-over",
    "holding set to the amount on the page": "register follows the page",
}


def offered(access: Access) -> dict[str, Any] | None:
    """Return what the person can take back: {seen, words}; None for nothing."""
    act = last_act.last_act(access.agreement, access.user) if access.may_act else None
    if act is None:
        return None
    return {"seen": act.sequence, "words": words_of(act)}


def words_of(act: AuditEvent) -> str:
    """Say an act and whom it was about: accepted, Cape Fund, LP."""
    said = act.data
    if act.action == last_act.LETTER:
        return f"asking again, {joined(dict.fromkeys(said['to'].values()))}"
    if act.action == "certain pages accepted":
        return f"accepted {counted(len(said['pages']), 'certain page')}"
    what = SAYS.get(act.action, act.action)
    if act.action == "defect found":
        what = f"defect “{Defect.Code(said['code']).label}”"
    elif act.action == "match corrected":
        what = f"said to be page {said['after']}" if said["after"] else "said to be another page"
    elif act.action == "page turned":
        what = f"turned by {said['degrees']}°"
    return f"{what}, {joined(queued.names_of(act)) or last_act.page_of(act)}"
