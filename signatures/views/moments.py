"""Moments as a person types them, in the agreement's zone."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from signatures.domain.errors import Refused


def read(text: str, zone: str) -> datetime.datetime | None:
    """Read a moment in a zone, None for an empty text. Raises Refused for anything else."""
    if not text:
        return None
    try:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError as error:
        raise Refused("Write the moment as a date and a time, like 2007-09-25 15:30.") from error


def typed(at: datetime.datetime, zone: str) -> str:
    """Return a moment as a field for one holds it: 2007-09-25T15:30."""
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
