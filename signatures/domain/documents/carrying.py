"""What becomes of signatures on an earlier version: counsel asks, and says that they carry over or are given again.

Rows are closed and opened anew (see `CarryOver`). Whoever decides locks the blocks of both versions in the order of
their ids, after the received page where there is one, and writes the audit event last: so nobody waits in a circle.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.counterparts import matching
from signatures.domain.decisions import evidence, review
from signatures.domain.documents import blocks, in_force
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.tally import proxies
from signatures.models import (
    Agreement,
    Answer,
    AuditEvent,
    Authority,
    BlockState,
    CarryOver,
    ReceivedPage,
    SignatureBlock,
    SignaturePage,
    StoredFile,
    User,
    Version,
)

EVENTS = {
    Answer.ASKED: "asked about an earlier signature",
    Answer.CARRIES: "signature carried over",
    Answer.SIGNS_AGAIN: "signature wanted again",
}
UNDONE = "decision on earlier signatures undone"


@dataclass(frozen=True)
class Given:
    """Under which authority a signature carries over: how it was given, by whom (or which clause), on which day, in
    which words; and the received page or file that shows it.
    """

    authority: str = ""
    by: str = ""
    on: datetime.date | None = None
    words: str = ""
    page_id: int | None = None
    file: StoredFile | None = None
    file_name: str = ""


NOTHING = Given()


@transaction.atomic
def decide(
    version: Version, by: User, answer: Answer, seen: Mapping[int, int | None], given: Given = NOTHING
) -> list[CarryOver]:
    """Decide about blocks of the version that is signed, whose parties signed an earlier one. One event for all.

    `seen` are the blocks, each with the id of the open row that the person saw, None for none. Raises Overtaken when
    one was decided about meanwhile, Refused with the sentence for what cannot be.
    """
    if not seen:
        raise Refused("Tick those whom this is about.")
    check(version.agreement, answer, given)
    opened = _open(version, by, answer, seen, given, _sources(version, seen))
    review.settle(evidence.settle_carried([row.block for row in opened]))
    _record(version, by, answer, opened)
    return opened


def check(agreement: Agreement, answer: Answer, given: Given) -> None:
    """Raise Refused with the sentence for an authority that is none."""
    if given.authority and given.authority not in Authority.values:
        raise Refused("Say how it was given: by e-mail, call, letter, or in a clause.")
    if given.page_id is not None and not agreement.received_pages.filter(pk=given.page_id).exists():
        raise Refused("The page that shows it is none of this agreement's.")
    if given.on is not None and given.on > timezone.now().astimezone(ZoneInfo(agreement.time_zone)).date():
        raise Refused("The day on which it was given is yet to come.")
    if answer != Answer.CARRIES:
        return
    if not given.authority:
        raise Refused("Say under which authority the signature carries over: e-mail, call, letter, or a clause.")
    if not given.by.strip():
        raise Refused("Say who gave that authority, or which clause does.")
    if given.on is None:
        raise Refused("Say on which day that authority was given.")


def _sources(version: Version, seen: Iterable[int]) -> dict[int, SignatureBlock]:
    """Return the earlier block of each block's party: the newest that is executed, else the newest."""
    wanted = dict(version.blocks.filter(pk__in=seen).values_list("pk", "party"))
    earlier = SignatureBlock.objects.filter(
        version__agreement=version.agreement_id,
        version__further_document=None,
        version__number__lt=version.number,
        party__in=wanted.values(),
    )
    newest = {block.party_id: block for block in earlier.order_by("version__number")}
    newest |= in_force.signed_before(version, wanted.values())
    return {block: newest[party] for block, party in wanted.items() if party in newest}


def _lock(about: Iterable[int], sources: Iterable[SignatureBlock]) -> dict[int, SignatureBlock]:
    ids = {*about, *(source.pk for source in sources)}
    return {block.pk: block for block in SignatureBlock.objects.select_for_update().filter(pk__in=ids).order_by("id")}


def _open(
    version: Version,
    by: User,
    answer: Answer,
    seen: Mapping[int, int | None],
    given: Given,
    sources: Mapping[int, SignatureBlock],
) -> list[CarryOver]:
    """Close what is open and open the new rows, by compare-and-set. Locks the blocks until the transaction ends."""
    locked = _lock(seen, sources.values())
    if not Version.objects.filter(pk=version.pk, is_execution=True).exists():
        raise Overtaken("Another version is signed now. Look at it again.")
    standing = {row.block_id: row for row in CarryOver.objects.filter(block__in=seen, closed_at=None)}
    for pk, row in seen.items():
        block = locked.get(pk)
        if block is None or block.version_id != version.pk or pk not in sources:
            raise Refused("Somebody among these signed no earlier version, so there is nothing to decide.")
        if (standing[pk].pk if pk in standing else None) != row:
            raise Overtaken(f"A colleague decided about {block.entity} meanwhile. Nothing was changed: look again.")
        _refuse_if_settled(block, standing.get(pk), answer, version)
    now = _close(standing.values(), by)
    opened = CarryOver.objects.bulk_create(
        CarryOver(
            block=locked[pk],
            source=sources[pk],
            answer=answer,
            authority=given.authority,
            given_by=" ".join(given.by.split())[:300],
            given_on=given.on,
            words=given.words.strip(),
            page_id=given.page_id,
            file=given.file,
            file_name=given.file_name[-255:],
            opened_at=now,
            opened_by=by,
        )
        for pk in seen
    )
    proxies.carry(opened, by)
    return opened


def _close(standing: Iterable[CarryOver], by: User) -> datetime.datetime:
    """Close rows, with the proxies that came by them, and return when."""
    now, rows = timezone.now(), [row.pk for row in standing]
    CarryOver.objects.filter(pk__in=rows).update(closed_at=now, closed_by=by)
    proxies.carry_no_more(rows, by)
    return now


def _refuse_if_settled(block: SignatureBlock, standing: CarryOver | None, answer: str, version: Version) -> None:
    if block.state in (BlockState.RELEASED, BlockState.REVOKED):
        raise Refused(f"{block.entity} is {block.get_state_display().lower()}: that is not changed any more.")
    carried = standing is not None and standing.answer == Answer.CARRIES
    if answer == Answer.CARRIES and block.state == BlockState.EXECUTED and not carried:
        raise Refused(f"{block.entity} has signed version {version.number} itself. Nothing needs to carry over.")


def _record(version: Version, by: User, answer: Answer, opened: list[CarryOver], **more: int) -> None:
    first = opened[0]
    closed = CarryOver.objects.filter(
        block__in=[row.block_id for row in opened], closed_at=first.opened_at, closed_by=by
    )
    audit.record(
        version.agreement,
        by,
        EVENTS[answer],
        version=version.number,
        blocks=[row.block_id for row in opened],
        opened=[row.pk for row in opened],
        closed=list(closed.values_list("pk", flat=True)),
        authority=first.authority,
        given_by=first.given_by,
        given_on=first.given_on,
        words=first.words,
        page=first.page_id,
        file=first.file_id,
        **more,
    )


@transaction.atomic
def undo(agreement: Agreement, by: User, only: int | None = None) -> int:
    """Take back what this person decided last, where nobody has decided since, and return for how many blocks.

    What was decided before that is opened anew. Raises Refused where there is nothing of theirs to undo, Overtaken
    where the last is not the event `only`.
    """
    # Two undos at once: the second waits here, and then sees that the first has taken it back.
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    acts = AuditEvent.objects.filter(agreement=agreement, actor=by, action__in=(*EVENTS.values(), UNDONE))
    last = acts.order_by("-sequence").first()
    if last is None or last.action == UNDONE:
        raise Refused("There is nothing of yours to undo.")
    if only is not None and last.sequence != only:
        raise Overtaken("You have decided about other earlier signatures since. Undo that first, where you did it.")
    version = blocks.execution_version(agreement)
    rows = CarryOver.objects.filter(pk__in=last.data["opened"], closed_at=None, block__version=version)
    _lock([row.block_id for row in rows], [row.source for row in rows.select_related("source")])
    standing = list(rows.select_related("block").order_by("id"))
    if not standing:
        raise Refused("Others have decided about all of them since.")
    for row in standing:
        if row.block.state == BlockState.RELEASED:
            raise Refused(f"{row.block.entity} is released: that is not taken back here.")
    now = _close(standing, by)
    earlier = CarryOver.objects.filter(pk__in=last.data["closed"], block__in=[row.block_id for row in standing])
    again = list(earlier)
    for row in again:
        row.pk, row.closed_at, row.closed_by, row.opened_at, row.opened_by = None, None, None, now, by
    proxies.carry(CarryOver.objects.bulk_create(again), by)
    review.settle(evidence.settle_carried([row.block for row in standing]))
    audit.record(agreement, by, UNDONE, blocks=[row.block_id for row in standing], undone=last.sequence)
    return len(standing)


@dataclass(frozen=True)
class Standing:
    """How a page of an earlier version could count for the one that is signed: the blocks of that one, by the block on
    the page, and those of them for which it was decided that the signature on the page carries over.
    """

    version: Version
    targets: dict[int, SignatureBlock]
    decided: dict[int, CarryOver]


def standing_of(page: SignaturePage, on_it: Iterable[SignatureBlock] | None = None) -> Standing | None:
    """Return how an issued page of an earlier version could count, None for any other. Wants `version__agreement`, and
    its blocks where they are known.
    """
    if not in_force.is_of_earlier_version(page):
        return None
    version = blocks.execution_version(page.version.agreement)
    on_page = {block.party_id: block.pk for block in (page.blocks.all() if on_it is None else on_it)}
    targets = {on_page[one.party_id]: one for one in version.blocks.filter(party__in=on_page)}
    rows = CarryOver.objects.filter(block__in=targets.values(), closed_at=None).select_related("opened_by")
    open_rows = {row.block_id: row for row in rows}
    decided = {
        old: open_rows[new.pk]
        for old, new in targets.items()
        if new.pk in open_rows and open_rows[new.pk].answer == Answer.CARRIES and open_rows[new.pk].source_id == old
    }
    return Standing(version, targets, decided)


@transaction.atomic
def accept_under(
    page: ReceivedPage,
    by: User,
    decision: review.Decision,
    given: Given | None = None,
    seen: SignaturePage | None = None,
) -> ReceivedPage:
    """Accept a page of an earlier version for that version, and let its signatures carry over, in one step.

    `given` may be left out where it was decided before that they do. Raises as `review.accept` and `decide` do, and
    Refused for who does not sign the version that is signed now.
    """
    review.require_signed(decision)
    page = ReceivedPage.objects.select_for_update().get(pk=page.pk)
    matched = matching.matched(page)
    standing = standing_of(matched.signature_page) if matched else None
    if matched is None or standing is None:
        return review.accept(page, by, decision, seen=seen)
    opened = []
    signed = _signed(matched, decision)
    for block in signed:
        if block.pk not in standing.targets:
            raise Refused(f"{block.entity} does not sign version {standing.version.number}: this page cannot count.")
    wanted = {standing.targets[block.pk].pk: block for block in signed if block.pk not in standing.decided}
    if wanted:
        check(standing.version.agreement, Answer.CARRIES, given or NOTHING)
        rows = CarryOver.objects.filter(block__in=wanted, closed_at=None)
        known: dict[int, int] = dict(rows.values_list("block", "pk"))
        seen_rows = {pk: known.get(pk) for pk in wanted}
        opened = _open(standing.version, by, Answer.CARRIES, seen_rows, given or NOTHING, wanted)
    page = review.accept(page, by, decision, seen=seen, of_earlier_version=True)
    if opened:
        _record(standing.version, by, Answer.CARRIES, opened, accepted=page.pk)
    return page


def _signed(matched: matching.Matched, decision: review.Decision) -> list[SignatureBlock]:
    on_page = zip(matched.blocks, review.blocks_on_page(matched), strict=True)
    return [block for block, seen in on_page if decision.signed & set(seen.lines)]
