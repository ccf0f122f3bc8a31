"""What every screen of an agreement says about it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from signatures.models import Agreement
from signatures.views import words


@dataclass(frozen=True)
class Heading:
    """An agreement in words. `dated` and `due` are for the template to write out in `time_zone`."""

    slug: str
    title: str
    short_title: str
    issuer_name: str
    notes_title: str
    version_word: str
    dated: datetime.date | None
    due: datetime.datetime | None
    left_words: str
    late: bool
    time_zone: str
    zone_word: str
    amounts_invented: bool


def heading(agreement: Agreement, now: datetime.datetime, version: int = 1) -> Heading:
    """Describe an agreement as of a moment. Wants issuer and notes fetched with it."""
    due = agreement.due_at
    return Heading(
        slug=agreement.slug,
        title=agreement.title,
        short_title=agreement.title.split(" to ")[0],
        issuer_name=agreement.issuer.name,
        notes_title=agreement.notes.title if agreement.notes else "",
        version_word="execution version" if version == 1 else f"execution version, no. {version}",
        dated=agreement.as_of,
        due=due,
        left_words=words.left(due, now) if due else "",
        late=due is not None and due <= now,
        time_zone=agreement.time_zone,
        zone_word=words.zone_word(agreement.time_zone),
        amounts_invented=agreement.amounts_invented,
    )
