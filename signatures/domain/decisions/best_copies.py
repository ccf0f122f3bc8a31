"""Which of a block's accepted copies are bound: by a rule, or as a person chose. Nothing that counts depends on it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Protocol

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, AuditEvent, BestCopy, Channel, Counterpart, SignatureBlock, User

CHOSEN, LEFT, TAKEN_BACK = "best copy chosen", "best copy left to the rule", "choice of copy taken back"
# What came by courier is the original. A fax is the worst picture of a page that there is.
BY_CHANNEL = {Channel.COURIER.value: 0, Channel.FAX.value: 2}
SHARP_ENOUGH = 300  # dots an inch: above it, no picture of a page is better
STRAIGHT_ENOUGH = 0.5  # points: a page that fits its issued page so well is not told apart from a better one


class Accepted(Protocol):
    """An accepted copy of a block: the positions of its `signed_lines`, how many `doubts` the machine had because it is
    faint (codes and lines), its `dots` an inch, and how far off, in points, its picture lies on the issued page.
    """

    @property
    def page(self) -> int: ...
    @property
    def channel(self) -> str: ...
    @property
    def received_at(self) -> datetime.datetime: ...
    @property
    def signed_lines(self) -> frozenset[int]: ...
    @property
    def doubts(self) -> int: ...
    @property
    def dots(self) -> int: ...
    @property
    def off_by(self) -> float | None: ...
    @property
    def is_chosen(self) -> bool: ...


def bound(copies: Iterable[Accepted]) -> tuple[int, ...]:
    """Return the pages that are bound, the best first: one, or as many as it takes to show every line that is signed.

    What a person chose comes first, then originals, then what is no fax; of these the one that shows most lines, the
    plainest (readable over faint), the sharpest, the one that lies best, the first that came in.
    """
    chosen: list[int] = []
    shown: set[int] = set()
    for copy in sorted(copies, key=_rank):
        if not copy.signed_lines <= shown:
            chosen.append(copy.page)
            shown |= copy.signed_lines
    return tuple(chosen)


def _rank(copy: Accepted) -> tuple[object, ...]:
    off_by = float("inf") if copy.off_by is None else max(copy.off_by, STRAIGHT_ENOUGH)
    return (
        not copy.is_chosen,
        BY_CHANNEL.get(copy.channel, 1),
        -len(copy.signed_lines),
        copy.doubts,
        -min(copy.dots, SHARP_ENOUGH),
        off_by,
        copy.received_at,
        copy.page,
    )


@transaction.atomic
def choose(agreement: Agreement, block_id: int, page: int, by: User) -> None:
    """Choose the copy that is bound for a block.

    Raises Refused where it is none of its accepted copies, Overtaken where it is chosen already.
    """
    block = _locked(agreement, block_id)
    if not Counterpart.objects.filter(block=block, page=page, closed_at=None).exists():
        raise Refused(f"This copy is not accepted for {block.entity}, so it cannot be bound. Accept it first.")
    before = _open(block)
    if before == page:
        raise Overtaken("This copy is chosen already.")
    _put(block, page, by)
    audit.record(agreement, by, CHOSEN, block=block.pk, page=page, before=before)


@transaction.atomic
def leave_to_rule(agreement: Agreement, block_id: int, by: User) -> None:
    """Let the rule choose again. Raises Overtaken where it does already."""
    block = _locked(agreement, block_id)
    before = _open(block)
    if before is None:
        raise Overtaken("It is left to the rule already.")
    _put(block, None, by)
    audit.record(agreement, by, LEFT, block=block.pk, page=None, before=before)


@transaction.atomic
def undo(agreement: Agreement, block_id: int, by: User) -> None:
    """Take back what this person said last of a block. Raises Refused for nothing, Overtaken where it was changed."""
    block = _locked(agreement, block_id)
    said = AuditEvent.objects.filter(agreement=agreement, actor=by, data__block=block.pk)
    last = said.filter(action__in=(CHOSEN, LEFT, TAKEN_BACK)).order_by("-sequence").first()
    if last is None or last.action == TAKEN_BACK:
        raise Refused("There is nothing of yours to undo.")
    if _open(block) != last.data["page"]:
        raise Overtaken("Somebody has chosen another copy since. Nothing was changed.")
    _put(block, last.data["before"], by)
    audit.record(agreement, by, TAKEN_BACK, block=block.pk, page=last.data["before"], before=last.data["page"])


def _locked(agreement: Agreement, block_id: int) -> SignatureBlock:
    """Return a block of the execution version, on which a second person waits. Raises Refused for any other."""
    blocks = SignatureBlock.objects.select_for_update(no_key=True, of=("self",))
    block = blocks.filter(version__agreement=agreement, version__is_execution=True, pk=block_id).first()
    if block is None:
        raise Refused("This block is not signed in this agreement any more.")
    return block


def _open(block: SignatureBlock) -> int | None:
    return BestCopy.objects.filter(block=block, closed_at=None).values_list("page", flat=True).first()


def _put(block: SignatureBlock, page: int | None, by: User) -> None:
    now = timezone.now()
    BestCopy.objects.filter(block=block, closed_at=None).update(closed_at=now)
    if page is not None:
        BestCopy.objects.create(block=block, page_id=page, chosen_by=by, opened_at=now)
