"""What holders answered about earlier signatures: through their links, and on paper that came back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse

from signatures.models import Answer, Authority, CarryOver, PageState, QuestionAnswer, ReceivedPage
from signatures.views.access import Access
from signatures.views.numbers import number, numbers
from signatures.views.words import local_moment


@dataclass(frozen=True)
class Paper:
    """A received page that says what becomes of earlier signatures, and the block (id) that it seems to be about."""

    page: ReceivedPage
    url: str
    block: int | None
    initial: dict[str, Any]

    @property
    def choice(self) -> list[tuple[int, str]]:
        return [(self.page.pk, str(self.page))]


def paper_of(request: HttpRequest, access: Access) -> Paper | None:
    """Return the page that the address or the form names and that waits for a person, None for any other."""
    said = number(request.POST.get("says") or request.GET.get("says"))
    if not access.may_act or said is None:
        return None
    pages = access.agreement.received_pages.filter(state=PageState.REVIEW, settled_at=None)
    page = pages.select_related("submission").filter(pk=said).first()
    if page is None:
        return None
    came = page.submission.received_at.astimezone(ZoneInfo(access.agreement.time_zone)).date()
    return Paper(
        page,
        reverse("desk_page", args=[access.agreement.slug, page.pk]),
        number(request.GET.get("block")),
        {"authority": Authority.LETTER, "given_on": came, "page": page.pk},
    )


def ticked(paper: Paper | None, rows: Iterable[dict[str, Any]]) -> set[str]:
    """Return the value of the row that a page is about."""
    return {row["value"] for row in rows if paper is not None and row["id"] == paper.block}


def ticked_rows(request: HttpRequest) -> list[int] | None:
    """Return the questions that were ticked, None where none was."""
    return numbers(one.partition(":")[2] for one in request.POST.getlist("block")) or None


def words_of(access: Access, one: QuestionAnswer | None, now: datetime.datetime) -> str:
    """Say what was answered through the link, by whom and when."""
    if one is None:
        return ""
    what = "The signature stands" if one.stands else "Signs again"
    said = f": “{one.words}”" if one.words else ""
    return f"Answered {local_moment(one.said_at, access.agreement.time_zone, now)} by {one.said_by}: {what}{said}"


def questions_on_desk(access: Access, page: ReceivedPage, parties: Iterable[int]) -> list[dict[str, str]]:
    """Return the questions that a page without a match may answer: of these parties by name, and any."""
    if page.settled_at is not None or page.state != PageState.REVIEW:
        return []
    asked = CarryOver.objects.filter(
        block__version__agreement=access.agreement,
        block__version__is_execution=True,
        answer=Answer.ASKED,
        closed_at=None,
    )
    found = list(asked.select_related("block").order_by("block__position"))
    if not found:
        return []
    here = f"{reverse('carry_over', args=[access.agreement.slug])}?says={page.pk}"
    likely = set(parties)
    named = [row.block for row in found if row.block.party_id in likely][:3]
    offered = [{"name": f"to {block.entity}", "url": f"{here}&block={block.pk}#decide"} for block in named]
    return [*offered, {"name": "about an earlier signature", "url": f"{here}&show=asked"}]
