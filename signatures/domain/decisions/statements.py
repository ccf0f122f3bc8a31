"""What a signatory states through the link, and counsel's accepting it as the cure of a defect."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction

from signatures.domain import audit
from signatures.domain.decisions import defects, review
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import portal
from signatures.domain.queries.statements import Blank, newest
from signatures.models import BlockState, Defect, Packet, PageState, Particular, ReceivedPage, Statement, User

LONGEST = 200
MOST = 20  # statements on one page: whoever has the link cannot fill the table
QUESTION = "The signatory has stated what was left blank: say whether that settles it"
URGENCY = 5


@transaction.atomic
def state(packet: Packet, page: ReceivedPage, said: Mapping[tuple[str, str], str]) -> list[Statement]:
    """Keep what a signatory types about a page of the packet: text by the line's id on paper and the particular.

    What is empty or was stated already is left out. A page that was decided about stands in the queue again where this
    bears on what was decided (`_ask_counsel`); nothing else changes, and nothing counts by a statement.
    Raises Refused where the page is not the packet's to speak about, asks nothing, or nothing was typed.
    """
    page = ReceivedPage.objects.select_for_update().get(pk=page.pk)
    asked = {(one.id, one.particular): one for one in portal.blanks_of(packet, page.pk)}
    if not asked:
        raise Refused("Nothing more is needed for this page. Nothing was kept.")
    typed = {key: " ".join(text.replace("\0", "").split()) for key, text in said.items() if key in asked}
    typed = {key: text for key, text in typed.items() if text}
    if not typed:
        raise Refused("Nothing was typed. Type what your page leaves blank, then send it.")
    if any(len(text) > LONGEST for text in typed.values()):
        raise Refused(f"That is longer than {LONGEST} characters. Say it shorter.")
    if page.statements.count() + len(typed) > MOST:
        raise Refused("This page was spoken about too often. Write to counsel instead.")
    made = [_keep(packet, page, asked[key], text) for key, text in typed.items() if _is_new(asked[key], text)]
    if made:
        _ask_counsel(page, made)
        told = [
            {"statement": one.pk, "block": one.block_id, "particular": one.particular, "text": one.text} for one in made
        ]
        audit.record(
            page.agreement,
            None,
            "particulars stated",
            page=page.pk,
            blocks=sorted({one.block_id for one in made}),
            stated_by=str(packet),
            packet=packet.pk,
            generation=packet.generation,
            stated=told,
        )
    return made


def _is_new(blank: Blank, text: str) -> bool:
    return blank.stated is None or blank.stated.text != text


def _keep(packet: Packet, page: ReceivedPage, blank: Blank, text: str) -> Statement:
    return Statement.objects.create(
        page=page,
        block=blank.block,
        line=blank.line,
        particular=blank.particular,
        text=text,
        packet=packet,
        generation=packet.generation,
        stated_by=str(packet)[:300],
    )


# What a signatory states may settle these defects, or change how counsel sees them.
ANSWERED = {
    Defect.Code.PARTICULAR: frozenset(Particular.values),
    Defect.Code.AMOUNT: frozenset({Particular.AMOUNT.value}),
    Defect.Code.WRONG_PERSON: frozenset({Particular.NAME.value, Particular.TITLE.value}),
}
DONE = (BlockState.EXECUTED, BlockState.RELEASED, BlockState.REVOKED)


def _ask_counsel(page: ReceivedPage, made: list[Statement]) -> None:
    """Put pages that were decided about before counsel again, where what was stated bears on what was decided.

    That is the page of an open defect that the statement answers, on whichever copy; and the page itself where nothing
    stands against a block that does not count. A page that waits anyway shows what was stated by itself.
    """
    found: dict[int, ReceivedPage] = {}
    for one in made:
        if one.block.state in DONE:
            continue
        defects_open = list(Defect.objects.filter(block=one.block, closed_at=None).select_related("page"))
        for defect in defects_open:
            if one.particular in ANSWERED.get(Defect.Code(defect.code), ()):
                found[defect.page_id] = defect.page
        if not defects_open:
            found[page.pk] = page
    for pk in sorted(found):
        row = ReceivedPage.objects.select_for_update().get(pk=pk)
        if row.settled_at is not None and row.state == PageState.MATCHED:
            row.settled_at = row.settled_by = None
            row.by_rule, row.needs_person, row.urgency, row.question = False, True, URGENCY, QUESTION
            row.save()
    if found:
        review.settle([one.block for one in made])


def on_defect(defect: Defect) -> list[Statement]:
    """Return the newest statements that may cure a defect: none where something else is wrong than a blank."""
    if defect.code != Defect.Code.PARTICULAR or defect.block_id is None:
        return []
    return newest([defect.block_id])


@transaction.atomic
def accept(defect: Defect, by: User, seen: Collection[int]) -> Defect:
    """Close a defect as cured by what the signatory stated: `seen` are the ids of the statements that counsel read.

    Raises Refused where nothing was stated, Overtaken when something else was stated since, or it is closed already.
    """
    ReceivedPage.objects.select_for_update().get(pk=defect.page_id)
    stated = on_defect(defect)
    if not stated:
        raise Refused("The signatory has stated nothing that would cure this defect.")
    if {one.pk for one in stated} != set(seen):
        raise Overtaken("The signatory has stated something else meanwhile. Look at it again.")
    return defects.cure(defect, by, "; ".join(_words(one) for one in stated))


def _words(statement: Statement) -> str:
    """Say a statement in the words of a cure, which everybody on the agreement may read: without an amount."""
    name = statement.get_particular_display().capitalize()
    if statement.particular == Particular.AMOUNT:
        return f"{name}, as stated by {statement.stated_by} through the link"
    return f"{name} “{statement.text}”, as stated by {statement.stated_by} through the link"
