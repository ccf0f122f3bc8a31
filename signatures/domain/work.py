"""What a worker does for a person who waits: begun, and given up with the sentence why. Each kind is a `Work` row."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from signatures.domain.jobs import PERSON_WAITS_PRIORITY
from signatures.models import StatusFile, WorkState
from signatures.models.background import Work

# A report is no `Work`, since no file is handed in for one; but it is begun and given up as that.
Kind = type[Work] | type[StatusFile]

UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)
GIVEN_UP = "This was tried several times and broke off each time. Tell whoever runs the site."
GONE = "The file is gone from the disk. Upload it again, and tell whoever runs the site."


def defer(task: str, one: Work | StatusFile) -> None:
    """Have a worker do it, in the transaction that made the row."""
    from procrastinate.contrib.django import app

    app.configure_task(task, queue="reading", priority=PERSON_WAITS_PRIORITY).defer(work_id=one.pk)


def begin(model: Kind, work_id: int, **anew: Any) -> bool:
    """Call work that is under way running, with what it counts set `anew`. False for what is over, which is left."""
    under_way = model._default_manager.filter(pk=work_id, state__in=UNDER_WAY)
    return bool(under_way.update(state=WorkState.RUNNING, **anew))


def give_up(model: Kind, work_id: int, reason: str) -> None:
    """End work that is under way and came to nothing, with the sentence why."""
    under_way = model._default_manager.filter(pk=work_id, state__in=UNDER_WAY)
    under_way.update(state=WorkState.REFUSED, reason=reason, settled_at=timezone.now())
