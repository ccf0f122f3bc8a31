"""How far a worker is with what a person waits for, in words: one panel for every kind (templates/parts/work.html)."""

from __future__ import annotations

from typing import Any, TypeGuard

from signatures.models import OwnPdfSearch, RegisterPreview, VersionReading, WorkState
from signatures.views.words import counted


def words(one: RegisterPreview | VersionReading | OwnPdfSearch, doing: str, live_url: str) -> dict[str, Any]:
    """Return what the panel expects of work; `doing` says what is done: Reading, Comparing, Searching."""
    done, steps = (one.compared, one.rows) if isinstance(one, RegisterPreview) else (one.step, len(one.Step))
    if _is_looking(one):
        done, steps = one.page or 0, one.pages
    return {
        "name": one.name,
        "doing": f"{doing} {one.name}",
        "is_under_way": one.is_under_way,
        "is_refused": one.state == WorkState.REFUSED,
        "reason": one.reason,
        "words": _state_words(one),
        "done": done,
        "steps": steps,
        "live_url": live_url,
    }


def _state_words(one: RegisterPreview | VersionReading | OwnPdfSearch) -> str:
    if one.state == WorkState.QUEUED:
        return "Waiting for its turn"
    if not isinstance(one, RegisterPreview):
        far = f": page {one.page:,} of {one.pages:,}" if _is_looking(one) else ""
        return f"{one.get_step_display()}{far}"
    if one.rows is None:
        return "Reading the file"
    return f"Compared with the register: {one.compared:,} of {counted(one.rows, 'row')}"


def _is_looking(one: RegisterPreview | VersionReading | OwnPdfSearch) -> TypeGuard[OwnPdfSearch]:
    """Tell whether pages of a PDF are looked at one by one, and it is known which."""
    return isinstance(one, OwnPdfSearch) and one.step == OwnPdfSearch.Step.LOOKING and bool(one.page and one.pages)
