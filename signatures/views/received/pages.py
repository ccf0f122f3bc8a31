"""A received page or file in words, and where its picture is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from signatures.domain.queries.arrivals import Arrival, ArrivedFile, ArrivedPage
from signatures.models import Agreement, Channel, PageState
from signatures.views import words

# How a question in the queue looks, by its urgency (see signatures.domain.certainty.GROUPS).
KINDS = {1: "", 2: "bad", 4: "bad"}


@dataclass(frozen=True)
class Said:
    """A sentence and how it looks: "good", "wary", "bad" or ""."""

    words: str
    kind: str


def question(sentence: str, urgency: int) -> Said:
    """Say what a page asks of a person."""
    return Said(sentence, KINDS.get(urgency, "wary"))


def said_of(page: ArrivedPage) -> Said:
    """Say in one sentence what became of a page."""
    if page.state == PageState.WAITING:
        return Said("Waiting to be read", "")
    if page.state == PageState.SET_ASIDE:
        return Said(page.reason, "")
    if page.state == PageState.REVIEW:
        return Said(page.question or page.reason, "wary")
    if page.needs_person:
        return question(page.question, page.urgency)
    if page.defect:
        return Said(
            f"{page.defect}: {page.defect_of}" if page.defect_of and len(page.names) > 1 else page.defect, "bad"
        )
    if page.settled:
        return Said("Accepted by the rule" if page.by_rule else "Accepted", "good")
    return Said("Says the same as the first copy" if page.is_copy else "Identified", "")


def place(page: ArrivedPage) -> str:
    """Return page 2 of 12; nothing for the only page of a file."""
    return f"page {page.index + 1} of {page.page_count}" if page.page_count > 1 else ""


def thumbnail_url(agreement: Agreement, page: ArrivedPage) -> str | None:
    """Return where the small picture is, None where none could be made."""
    return picture("picture_thumbnail", agreement.slug, page.page, page.thumbnail)


def picture(name: str, key: str, page: int, stored: str | None) -> str | None:
    """Return the address of a picture that is stored under a hash, None without one.

    A browser keeps a picture for ever: the hash in its address is what shows that a page was turned and read again.
    """
    return f"{reverse(name, args=[key, page])}?v={stored[:12]}" if stored else None


def arrival(agreement: Agreement, one: Arrival, now: datetime.datetime) -> dict[str, Any]:
    """Return one line of what came in last (see templates/board/arrivals.html)."""
    shown: dict[str, Any] = {
        "channel": words.CHANNELS[Channel(one.channel)],
        "when": words.moment(one.received_at, agreement.time_zone, now),
        "more": "",
        "place": "",
        "thumbnail_url": None,
    }
    if isinstance(one, ArrivedFile):
        if one.unreadable:
            said = Said(one.reason, "bad")
        elif one.page_count is None:
            said = Said("Being opened", "")
        else:
            said = Said(f"{one.pages_read} of {words.counted(one.page_count, 'page')} read", "")
        shown |= {"id": f"file-{one.submission}", "names": [one.file_name]}
        shown["url"] = f"{reverse('received', args=[agreement.slug])}#file-{one.submission}"
    else:
        said = said_of(one)
        if one.state == PageState.SET_ASIDE:
            said = Said(f"Set aside: {said.words}", said.kind)
        sheet = ", one sheet" if len(one.names) > 1 else ""
        shown |= {
            "id": one.page,
            "url": reverse("received_page", args=[agreement.slug, one.page]),
            "names": one.names,
            "more": ", another copy" if one.is_copy else sheet,
            "place": place(one),
            "thumbnail_url": thumbnail_url(agreement, one),
        }
    return {**shown, "words": said.words, "kind": said.kind}
