"""The answers to the question whether an earlier signature stands: through the link, or on paper at the desk.

What comes through the link is kept and counts for nothing. Counsel decides as was answered, or otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet

from signatures.domain import audit
from signatures.domain.counterparts import matching
from signatures.domain.decisions import review, undoing
from signatures.domain.documents import carrying
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import distribution
from signatures.models import (
    Agreement,
    Answer,
    AuditEvent,
    Authority,
    CarryOver,
    Packet,
    PageState,
    QuestionAnswer,
    ReceivedPage,
    User,
    Version,
)

MOST = 20  # answers to one question: whoever has the link cannot fill the table
LONGEST_NAME, LONGEST_WORDS = 200, 1000
ON_PAPER = "It answers the question about an earlier signature"


def questions(packet: Packet) -> list[CarryOver]:
    """Return what the packet's signatory was asked in the version that is signed, and nobody has decided yet."""
    if not packet.version.is_execution:
        return []
    own = Q(block__lines__signatory=packet.signatory_id) if packet.signatory_id else Q(block__party=packet.party_id)
    rows = CarryOver.objects.filter(own, block__version=packet.version_id, answer=Answer.ASKED, closed_at=None)
    found = rows.distinct().select_related("block", "source__version").prefetch_related("block__lines", "answers")
    whose = (packet.signatory_id, packet.party_id)
    return sorted(
        (one for one in found if distribution.owner_of(one.block) == whose), key=lambda one: one.block.position
    )


def asked(version: Version) -> QuerySet[CarryOver]:
    """Return the questions of a version about which nobody has decided."""
    return CarryOver.objects.filter(block__version=version, answer=Answer.ASKED, closed_at=None)


def newest(rows: list[CarryOver] | QuerySet[CarryOver]) -> dict[int, QuestionAnswer]:
    """Return the newest answer to each question that was answered, by the question's id. One query."""
    found = QuestionAnswer.objects.filter(asked__in=rows).order_by("pk")
    return {one.asked_id: one for one in found}


@transaction.atomic
def answer(packet: Packet, said: Mapping[int, bool], by: str, words: str = "") -> list[QuestionAnswer]:
    """Keep what was answered through the link: by the question's id, whether the signature stands.

    The same again is left out. Raises Refused where nothing is asked, or nobody says who answers.
    """
    who, more = " ".join(by.replace("\0", "").split()), words.replace("\0", "").strip()
    locked = _answered_now(packet, said)
    if not who:
        raise Refused("Type the name of the person who answers.")
    if len(who) > LONGEST_NAME or len(more) > LONGEST_WORDS:
        raise Refused(
            f"That is too long. A name has at most {LONGEST_NAME} characters, a word to counsel {LONGEST_WORDS}."
        )
    last = newest(locked)
    new = [
        QuestionAnswer(
            asked=row, stands=said[row.pk], said_by=who, words=more, packet=packet, generation=packet.generation
        )
        for row in locked
        if row.pk not in last
        or (last[row.pk].stands, last[row.pk].said_by, last[row.pk].words) != (said[row.pk], who, more)
    ]
    made = QuestionAnswer.objects.bulk_create(new)
    if made:
        told = {str(one.asked.block_id): "stands" if one.stands else "signs again" for one in made}
        audit.record(
            packet.agreement,
            None,
            "question answered",
            packet=packet.pk,
            generation=packet.generation,
            blocks=sorted(one.asked.block_id for one in made),
            answers=told,
            said_by=who,
            words=more,
        )
    return made


def _answered_now(packet: Packet, said: Mapping[int, bool]) -> list[CarryOver]:
    """Return the questions that are answered, locked. Raises Refused where they are not asked, or not any more."""
    open_ones = {one.pk: one for one in questions(packet)}
    locked = list(CarryOver.objects.select_for_update().filter(pk__in=said, closed_at=None).order_by("pk"))
    if not said.keys() <= open_ones.keys() or not open_ones or len(locked) != len(said):
        raise Refused("Counsel has decided about this meanwhile. Nothing was kept: write to counsel instead.")
    if not said:
        raise Refused("Say for each whether your signature stands, or whether you sign again.")
    if any(len(open_ones[pk].answers.all()) >= MOST for pk in said):
        raise Refused("This was answered too often. Write to counsel instead.")
    return locked


@transaction.atomic
def decide_as_answered(version: Version, by: User, rows: Collection[int] | None = None) -> int:
    """Decide as holders answered through their links, about questions (ids), None for all, and return about how many.

    Raises Refused where none was answered, and as `carrying.decide` does.
    """
    waiting = asked(version)
    found = newest(waiting if rows is None else waiting.filter(pk__in=rows))
    if not found:
        raise Refused("None of them has answered through the link.")
    blocks = dict(waiting.filter(pk__in=found).values_list("pk", "block"))
    zone = ZoneInfo(version.agreement.time_zone)
    together: dict[tuple[Answer, carrying.Given], dict[int, int | None]] = {}
    for row, one in found.items():
        given = carrying.Given(Authority.PORTAL, one.said_by, one.said_at.astimezone(zone).date(), one.words)
        what = Answer.CARRIES if one.stands else Answer.SIGNS_AGAIN
        together.setdefault((what, given), {})[blocks[row]] = row
    for (what, given), seen in together.items():
        carrying.decide(version, by, what, seen, given)
    return len(found)


@transaction.atomic
def decide_on_paper(
    version: Version, by: User, what: Answer, seen: Mapping[int, int | None], given: carrying.Given
) -> list[CarryOver]:
    """Decide as a received page says (`given.page_id`), and set that page aside as the answer that it is.

    Raises Overtaken where the page was decided about meanwhile, Refused for one that is an issued page.
    """
    page = ReceivedPage.objects.select_for_update().get(pk=given.page_id or 0, agreement=version.agreement)
    if page.settled_at is not None or page.state == PageState.SET_ASIDE:
        raise Overtaken("Somebody has decided about this page meanwhile. Nothing was changed.")
    if matching.matched(page) is not None:
        raise Refused("This page is one of the issued pages. Accept it at the desk instead.")
    opened = carrying.decide(version, by, what, seen, given)
    last = AuditEvent.objects.filter(agreement=version.agreement, action=carrying.EVENTS[what]).latest("sequence")
    review.set_aside(page, by, ON_PAPER, carried=last.sequence)
    return opened


@transaction.atomic
def undo(agreement: Agreement, by: User) -> int:
    """Take back what this person decided last (see `carrying.undo`); its page is at the desk again."""
    done = carrying.undo(agreement, by)
    undone = AuditEvent.objects.filter(agreement=agreement, actor=by, action=carrying.UNDONE).latest("sequence")
    of = undone.data["undone"]
    event = AuditEvent.objects.filter(agreement=agreement, action="page set aside", data__carried=of).first()
    if event is not None:
        page = ReceivedPage.objects.get(pk=event.data["page"])
        if page.state == PageState.SET_ASIDE:
            undoing.undo(page, by)
    return done
