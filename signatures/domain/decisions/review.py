"""Deciding about received pages: by a person, or by the rule that a person switched on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from holders.models import Holding, HoldingSource
from signatures.domain import audit, jobs
from signatures.domain.counterparts import certainty, copies, matching
from signatures.domain.decisions import evidence
from signatures.domain.documents import in_force
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages.typesetting import line_id
from signatures.domain.register import parties
from signatures.models import (
    Agreement,
    BlockState,
    Counterpart,
    Defect,
    PageState,
    ReceivedPage,
    SignatureBlock,
    SignaturePage,
    User,
)
from signatures.paper.reading import Reading, reading_from_json

EXECUTED = in_force.EXECUTED
# What saying which page it is changes of a received page.
CORRECTED = ("state", "urgency", "question", "current_reading_id", "upright_id", "thumbnail_id", "duplicate_of_id")


@dataclass(frozen=True)
class Decision:
    """What a person says about a page: the ids of the lines that are signed, and the amounts written, by block."""

    signed: frozenset[str]
    amounts: dict[int, Decimal] = field(default_factory=dict)


@dataclass
class Effects:
    """What a decision did beside settling its page: for which blocks the page counts, the defects that it cured and
    opened, and the holdings that it opened, each with the one before, None for none. Undoing takes all of it back.
    """

    blocks: set[int] = field(default_factory=set)
    cured: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    holdings: list[tuple[int | None, int]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return it for the audit chain."""
        return {
            "blocks": sorted(self.blocks),
            "cured": self.cured,
            "opened": self.opened,
            "holdings": [list(pair) for pair in self.holdings],
        }


def blocks_on_page(matched: matching.Matched) -> tuple[certainty.BlockOnPage, ...]:
    """Return the blocks of an issued page as the rules on certainty see them."""
    return tuple(_on_page(block) for block in matched.blocks)


def _on_page(block: SignatureBlock) -> certainty.BlockOnPage:
    lines = list(block.lines.all())
    several = len(lines) > 1
    return certainty.BlockOnPage(
        block=block.pk,
        entity=block.entity,
        lines=tuple(line_id(block, line.position, several) for line in lines),
        required=tuple(line_id(block, line.position, several) for line in lines if line.required),
    )


def current_reading(page: ReceivedPage) -> Reading:
    """Return the newest reading of a page. Raises Refused while it was not read."""
    if page.current_reading is None:
        raise Refused("This page has not been read yet.")
    return reading_from_json(page.current_reading.data)


def offer(page: ReceivedPage, reading: Reading) -> None:
    """Accept a freshly matched page by the agreement's rule if it is certain, else put it into the review queue."""
    matched = matching.matched(page)
    if matched is None or page.agreement is None:
        return
    agreement, on_page = page.agreement, blocks_on_page(matched)
    certain = _certain_blocks(agreement, matched, reading)
    executed = {block.pk for block in matched.blocks if block.state in EXECUTED}
    if page.duplicate_of_id and len(certain) == len(on_page) and executed >= certain:
        return
    stale = "" if in_force.is_current(matched.signature_page) else matching.why_not_current(matched.signature_page)
    asked = certainty.question(reading, on_page, agreement.required_particulars, stale)
    rule = agreement.accept_certain_by
    if rule is not None and certain:
        lines = frozenset(line for block in on_page if block.block in certain for line in block.lines)
        effects = _accept_blocks(page, matched, Decision(lines), rule, by_rule=True, only=certain)
        if len(certain) == len(on_page):
            page.settled_at, page.settled_by, page.by_rule = timezone.now(), rule, True
            page.save()
        settle(matched.blocks)
        audit.record(
            agreement,
            rule,
            "page accepted by rule",
            rule="accept what is certain",
            page=page.pk,
            sheet=matched.signature_page.number,
            **effects.told(),
        )
        if page.by_rule:
            return
    page.needs_person, page.urgency, page.question = True, asked.urgency, asked.sentence
    if copies.is_copy(page, matched):
        copies.put_last(page)
    page.save()


def ask_anew(about: QuerySet[SignaturePage]) -> None:
    """Ask anew about the received copies of issued pages that nobody decided about: what they are asked depends on
    whether those pages are current.
    """
    waiting = ReceivedPage.objects.select_for_update(of=("self",)).filter(
        matches__signature_page__in=about, matches__closed_at=None, settled_at=None, state=PageState.MATCHED
    )
    for page in waiting.select_related("agreement", "current_reading").order_by("id"):
        if page.current_reading is not None:
            offer(page, current_reading(page))


def _certain_blocks(agreement: Agreement, matched: matching.Matched, reading: Reading) -> set[int]:
    required, is_current = agreement.required_particulars, in_force.is_current(matched.signature_page)
    return {
        block.block for block in blocks_on_page(matched) if certainty.is_certain(reading, block, required, is_current)
    }


HOLD = timedelta(minutes=5)


def hold(page: ReceivedPage, actor: User) -> ReceivedPage:
    """Hold a page for a person who has it open, unless a colleague does, and let go of the one before. Holding is a
    courtesy: it locks nothing.
    """
    now = timezone.now()
    free = Q(held_by=None) | Q(held_by=actor) | Q(held_until__lt=now)
    if page.held_by_id != actor.pk:
        # Who opens a page has left the one before: nobody is told that it is still open.
        ReceivedPage.objects.filter(agreement=page.agreement_id, held_by=actor).exclude(pk=page.pk).update(
            held_by=None, held_until=None
        )
    if ReceivedPage.objects.filter(free, pk=page.pk).update(held_by=actor, held_until=now + HOLD):
        page.held_by, page.held_until = actor, now + HOLD
    else:
        page.refresh_from_db(fields=["held_by", "held_until"])
    return page


@transaction.atomic
def accept(
    page: ReceivedPage,
    actor: User,
    decision: Decision,
    seen: SignaturePage | None = None,
    *,
    of_earlier_version: bool = False,
) -> ReceivedPage:
    """Accept a page as counterpart for the blocks that the person says are signed.

    A block of the page that is not signed becomes defective if this signatory should have signed it; a block of
    somebody else's is left to its own page. `seen` is the issued page that the person saw beside it. A page of an
    earlier version is accepted for that one alone, and only by `carrying.accept_under`, which says so.

    Raises Overtaken when another person decided first, or said meanwhile that it is another page; Refused where nothing
    is marked as signed, it is not known which page this is, or that page is not the current one.
    """
    require_signed(decision)
    page = _take(page, actor)
    matched = matching.matched(page)
    if matched is None or page.agreement is None:
        raise Refused("Say first which issued page this is.")
    if seen is not None and seen != matched.signature_page:
        raise Overtaken("A colleague said meanwhile that this is another page. Look at it again.")
    sheet = matched.signature_page
    if not in_force.is_current(sheet) and not (of_earlier_version and in_force.is_of_earlier_version(sheet)):
        raise Refused(f"{matching.why_not_current(sheet)}. It cannot be accepted for the current one.")
    withdraw(page, matched, keep=decision.signed)
    effects = _accept_blocks(page, matched, decision, actor, by_rule=False)
    _defects_of_unsigned(page, matched, decision, actor, effects)
    settle(matched.blocks)
    audit.record(
        page.agreement, actor, "page accepted", page=page.pk, sheet=matched.signature_page.number, **effects.told()
    )
    return page


def require_signed(decision: Decision) -> None:
    """Raise Refused for a decision by which nothing is signed."""
    if not decision.signed:
        raise Refused("No block is marked as signed. Mark what is signed, or record a defect.")


def _take(page: ReceivedPage, actor: User) -> ReceivedPage:
    """Settle a page by compare-and-set, so that of two people only one decides."""
    now = timezone.now()
    won = ReceivedPage.objects.filter(pk=page.pk, settled_at=None).exclude(state=PageState.WAITING)
    if not won.update(needs_person=False, settled_at=now, settled_by=actor, by_rule=False):
        raise Overtaken("Somebody else decided about this page a moment ago. Nothing was changed.")
    return ReceivedPage.objects.select_related("agreement", "submission", "current_reading").get(pk=page.pk)


def withdraw(page: ReceivedPage, matched: matching.Matched | None, keep: frozenset[str] = frozenset()) -> None:
    """Let a page count for nothing any more, but for the blocks of which a line is in `keep`: what the rule accepted
    gives way to what a person says. Raises Refused for what was released.
    """
    if matched is None:
        return
    for block, seen in zip(matched.blocks, blocks_on_page(matched), strict=True):
        counterparts = page.counterparts.filter(block=block, closed_at=None)
        if keep & set(seen.lines) or not counterparts.exists():
            continue
        if block.state == BlockState.RELEASED:
            raise Refused("This page was released. What was delivered cannot be taken back here.")
        counterparts.update(closed_at=timezone.now())


def _accept_blocks(
    page: ReceivedPage,
    matched: matching.Matched,
    decision: Decision,
    actor: User,
    *,
    by_rule: bool,
    only: set[int] | None = None,
) -> Effects:
    agreement, effects = page.agreement, Effects()
    for block, seen in zip(matched.blocks, blocks_on_page(matched), strict=True):
        positions = [at for at, line in enumerate(seen.lines, 1) if line in decision.signed]
        if not positions or (only is not None and block.pk not in only):
            continue
        effects.blocks.add(block.pk)
        if page.counterparts.filter(block=block, closed_at=None).exists():
            if block.pk in decision.amounts:
                _take_amount(page, block, decision.amounts[block.pk], actor, effects)
            continue
        wanted = agreement is not None and agreement.originals_wanted and page.submission.channel != "courier"
        Counterpart.objects.create(
            page=page,
            block=block,
            lines=positions,
            accepted_by=actor,
            by_rule=by_rule,
            amount_written=decision.amounts.get(block.pk),
            original=Counterpart.Original.TO_FOLLOW
            if wanted
            else Counterpart.Original.RECEIVED
            if page.submission.channel == "courier"
            else Counterpart.Original.NONE,
        )
        stood = Defect.objects.filter(block=block, closed_at=None)
        effects.cured += stood.values_list("pk", flat=True)
        stood.update(closed_at=timezone.now(), outcome=Defect.Outcome.CURED, cured_by=page, closed_by=actor)
        if block.pk in decision.amounts:
            _take_amount(page, block, decision.amounts[block.pk], actor, effects)
    return effects


def _take_amount(page: ReceivedPage, block: SignatureBlock, amount: Decimal, actor: User, effects: Effects) -> None:
    """Enter the amount written on a page where the register has none; a different one is a defect to settle."""
    notes = page.agreement.notes if page.agreement else None
    if notes is None:
        return
    holding = Holding.objects.filter(holder=block.party, notes=notes, closed_at=None).first()
    if holding is None or holding.principal is None:
        made = parties.set_holding(
            block.party,
            notes,
            amount,
            source=HoldingSource.PAGE,
            disregarded=bool(holding and holding.disregarded),
            reason=holding.disregarded_reason if holding else "",
        )
        effects.holdings.append((holding.pk if holding else None, made.pk))
    elif holding.principal != amount:
        note = f"{amount:,.2f} on the page, {holding.principal:,.2f} on the register"
        _open_defect(page, block, Defect.Code.AMOUNT, note, actor, effects)


def _defects_of_unsigned(
    page: ReceivedPage, matched: matching.Matched, decision: Decision, actor: User, effects: Effects
) -> None:
    accepted = effects.blocks
    signers = {line.signatory_id for block in matched.blocks if block.pk in accepted for line in block.lines.all()}
    for block, seen in zip(matched.blocks, blocks_on_page(matched), strict=True):
        missing = [line for line in seen.required if line not in decision.signed]
        same_person = any(line.signatory_id in signers for line in block.lines.all())
        if not missing or (block.pk not in accepted and not same_person):
            continue
        code = Defect.Code.LINE_MISSING if block.pk in accepted else Defect.Code.NOT_SIGNED
        if not evidence.is_complete(block):
            _open_defect(page, block, code, "", actor, effects)


def _open_defect(
    page: ReceivedPage, block: SignatureBlock, code: str, note: str, actor: User, effects: Effects
) -> None:
    defect, is_new = Defect.objects.get_or_create(
        page=page, block=block, code=code, closed_at=None, defaults={"note": note, "opened_by": actor}
    )
    if is_new:
        effects.opened.append(defect.pk)


def settle(blocks: Iterable[SignatureBlock]) -> None:
    """Bring blocks in line with their evidence, in the transaction that changed it."""
    for block in SignatureBlock.objects.select_for_update().filter(pk__in=[one.pk for one in blocks]).order_by("id"):
        evidence.settle(block)
        if block.state == BlockState.IN_REVIEW:
            copies.ask_about(block)
        elif block.state in EXECUTED:
            copies.put_last_of(block)


@transaction.atomic
def say_copy(page: ReceivedPage, actor: User) -> ReceivedPage:
    """Settle a page of which another copy has executed every block: it is kept beside that one, and adds nothing.

    Raises Overtaken when another person decided first, Refused where no other copy counts.
    """
    page = _take(page, actor)
    matched = matching.matched(page)
    if matched is None or not copies.is_copy(page, matched):
        raise Refused("No other copy has executed what stands on this page. Look at it again.")
    sheet = matched.signature_page.number
    audit.record(page.agreement, actor, "page is a copy", page=page.pk, sheet=sheet, opened=[])
    return page


@transaction.atomic
def find_defect(page: ReceivedPage, actor: User, code: str, note: str = "") -> ReceivedPage:
    """Say what is wrong with a page: none of its blocks counts by it.

    Raises Refused for a code that is none, or where it is not known which page this is; Overtaken when another person
    decided first.
    """
    if code not in Defect.Code.values:
        raise Refused("Say what is wrong with the page.")
    page = _take(page, actor)
    matched = matching.matched(page)
    if matched is None:
        raise Refused("Say first which issued page this is, or set the page aside.")
    withdraw(page, matched)
    effects = Effects()
    for block in matched.blocks:
        _open_defect(page, block, code, note, actor, effects)
    settle(matched.blocks)
    audit.record(page.agreement, actor, "defect found", page=page.pk, code=code, note=note, opened=effects.opened)
    return page


@transaction.atomic
def set_aside(
    page: ReceivedPage, actor: User, reason: str, revocation: int | None = None, carried: int | None = None
) -> ReceivedPage:
    """Put a page away as none of this agreement's, with the reason. It is kept, and can be brought back.

    `revocation` is the one that was recorded from it, `carried` the event of what was decided by it about an earlier
    signature, if that is why. Raises Refused without a reason, Overtaken when another person decided first.
    """
    if not reason.strip():
        raise Refused("Say why the page is set aside.")
    page = _take(page, actor)
    matched = matching.matched(page)
    ReceivedPage.objects.filter(pk=page.pk).update(state=PageState.SET_ASIDE, reason=reason.strip())
    if matched is not None:
        withdraw(page, matched)
        settle(matched.blocks)
    named = {"revocation": revocation, "carried": carried}
    more = {name: value for name, value in named.items() if value is not None}
    audit.record(page.agreement, actor, "page set aside", page=page.pk, reason=reason.strip(), opened=[], **more)
    page.refresh_from_db()
    return page


@transaction.atomic
def correct_match(page: ReceivedPage, actor: User, signature_page: SignaturePage | None) -> ReceivedPage:
    """Say which issued page a received page is, or None: not the one it was taken for. It stays in the queue.

    Raises Overtaken once it is decided about, Refused before it is read and for a page of another agreement.
    """
    page = ReceivedPage.objects.select_for_update().get(pk=page.pk)
    if page.settled_at is not None:
        raise Overtaken("This page was decided about already. Undo that first.")
    if page.state == PageState.WAITING:
        raise Refused("This page has not been read yet.")
    if signature_page is not None and signature_page.version.agreement_id != page.agreement_id:
        raise Refused("That page is of another agreement.")
    before = matching.matched(page)
    stood = _as_it_stands(page)
    withdraw(page, before)
    page.matches.filter(closed_at=None).update(closed_at=timezone.now())
    page.duplicate_of, page.needs_person = None, True
    if signature_page is None:
        page.state, page.urgency, page.question = PageState.REVIEW, 7, "A person said that it is another page"
    else:
        page.state, page.urgency = PageState.MATCHED, 6
        page.question = "Identified by a person: say what is signed"
        matching.open_match(page, signature_page, by=actor)
        jobs.read_again(page.pk)
    page.save()
    if before is not None:
        settle(before.blocks)
    audit.record(
        page.agreement,
        actor,
        "match corrected",
        page=page.pk,
        before=before.signature_page.number if before else None,
        after=signature_page.number if signature_page else None,
        stood=stood,
    )
    return page


def _as_it_stands(page: ReceivedPage) -> dict[str, Any]:
    """Return what `correct_match` changes of a page, for `undoing.take_back_match`."""
    match = page.matches.filter(closed_at=None).first()
    kept = {name: getattr(page, name) for name in CORRECTED}
    return kept | {"match": match.pk if match else None}


@transaction.atomic
def accept_certain(agreement: Agreement, actor: User) -> int:
    """Accept every queued page of which all blocks are certain, in a person's name, and return how many."""
    accepted: list[int] = []
    cured: list[int] = []
    queue = ReceivedPage.objects.select_for_update(of=("self",)).filter(
        agreement=agreement, needs_person=True, settled_at=None
    )
    for page in queue.select_related("agreement", "submission", "current_reading").order_by("id"):
        matched = matching.matched(page)
        if matched is None or page.state != PageState.MATCHED:
            continue
        certain = _certain_blocks(agreement, matched, current_reading(page))
        if len(certain) != len(matched.blocks):
            continue
        lines = frozenset(line for block in blocks_on_page(matched) for line in block.lines)
        cured += _accept_blocks(page, matched, Decision(lines), actor, by_rule=False, only=certain).cured
        page.needs_person, page.settled_at, page.settled_by = False, timezone.now(), actor
        page.save()
        settle(matched.blocks)
        accepted.append(page.pk)
    if accepted:
        audit.record(agreement, actor, "certain pages accepted", pages=accepted, cured=cured, opened=[])
    return len(accepted)
