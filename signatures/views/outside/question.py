"""The question whether an earlier signature stands, as a holder's link shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from signatures.domain.packets import answering
from signatures.models import Packet, QuestionAnswer
from signatures.views.words import local_moment


def question_words(
    packet: Packet, token: str, typed: Mapping[str, str] | None = None, error: str = ""
) -> dict[str, Any] | None:
    """Return what templates/portal/question.html says, None where nothing is asked. `typed` is what was refused."""
    rows = answering.questions(packet)
    if not rows:
        return None
    answered = answering.newest(rows)
    last = next(iter(answered.values()), None)
    said = typed or {}
    return {
        "url": reverse("portal_answer", args=[token]),
        "print_url": reverse("portal_answer_pdf", args=[token]),
        "version": packet.version.number,
        "error": error,
        "is_answered": bool(answered),
        "by": said.get("by", last.said_by if last else str(packet.signatory or "")),
        "words": said.get("words", last.words if last else ""),
        "rows": [
            {
                "id": row.pk,
                "name": row.block.entity,
                "earlier": row.source.version.number,
                "chosen": said.get(f"answer-{row.pk}", _chosen(answered.get(row.pk))),
                "answered": _words(packet, row.block.entity, answered[row.pk]) if row.pk in answered else "",
            }
            for row in rows
        ],
    }


def _chosen(one: QuestionAnswer | None) -> str:
    return "" if one is None else "carries" if one.stands else "again"


def _words(packet: Packet, entity: str, one: QuestionAnswer) -> str:
    at = local_moment(one.said_at, packet.agreement.time_zone, timezone.now())
    what = "the signature stands" if one.stands else "signs again"
    return f"{entity}: {what}, answered {at} by {one.said_by}. Counsel has it and decides."
