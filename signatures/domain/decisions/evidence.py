"""What a block's open counterparts, pages and defects add up to, and putting its state in line with them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from signatures.domain.decisions import block_states
from signatures.models import (
    Answer,
    BlockState,
    CarryOver,
    Counterpart,
    Defect,
    Execution,
    Match,
    PageState,
    ReceivedPage,
    SignatureBlock,
)


def is_complete(block: SignatureBlock) -> bool:
    """Tell whether all required lines of a block are signed on its open counterparts, several together if need be, or
    those of the block of an earlier version whose signature was decided to carry over.
    """
    if _is_signed(block):
        return True
    carried = block.carry_overs.filter(closed_at=None, answer=Answer.CARRIES).select_related("source").first()
    return carried is not None and carried.source.state != BlockState.REVOKED and is_complete(carried.source)


def _is_signed(block: SignatureBlock) -> bool:
    signed: set[int] = set()
    for lines in block.counterparts.filter(closed_at=None).values_list("lines", flat=True):
        signed.update(lines)
    required = set(block.lines.filter(required=True).values_list("position", flat=True))
    return bool(required) and required <= signed


def settle(block: SignatureBlock) -> None:
    """Bring a block's execution and state in line with its evidence. Belongs in the transaction that changed it.

    A released or revoked block is left as it is: what was delivered is not taken back by what comes in later. Blocks of
    later versions to which its signature carries over follow.
    """
    if block.state not in (BlockState.RELEASED, BlockState.REVOKED):
        _settle(block)
    later = SignatureBlock.objects.filter(carry_overs__source=block, carry_overs__closed_at=None)
    for one in later.select_for_update(of=("self",)).order_by("id"):
        settle(one)


def _settle(block: SignatureBlock) -> None:
    open_execution = Execution.objects.select_for_update().filter(block=block, closed_at=None).first()
    if is_complete(block):
        if open_execution is None:
            Execution.objects.create(block=block)
        block_states.move(block, "accept")
        return
    if open_execution is not None:
        open_execution.closed_at = timezone.now()
        open_execution.save(update_fields=["closed_at"])
    pages = ReceivedPage.objects.filter(
        matches__closed_at=None, matches__signature_page__placed__block=block, state=PageState.MATCHED
    )
    if pages.filter(settled_at=None).exists() or Counterpart.objects.filter(block=block, closed_at=None).exists():
        block_states.move(block, "reopen")
    elif Defect.objects.filter(block=block, closed_at=None).exists():
        block_states.move(block, "reopen")
        block_states.move(block, "find defect")
    else:
        block_states.move(block, "clear")


def settle_carried(blocks: Sequence[SignatureBlock]) -> list[SignatureBlock]:
    """Do what `settle` does to those blocks for which nothing has come in themselves, in the same few queries however
    many they are, and return the others. The caller has locked them, and the blocks that carry over to them.
    """
    ids = [block.pk for block in blocks]
    matched = Match.objects.filter(closed_at=None, signature_page__placed__block__in=ids)
    busy = {
        *Counterpart.objects.filter(block__in=ids, closed_at=None).values_list("block", flat=True),
        *Defect.objects.filter(block__in=ids, closed_at=None).values_list("block", flat=True),
        *CarryOver.objects.filter(source__in=ids, closed_at=None).values_list("source", flat=True),
        *matched.values_list("signature_page__placed__block", flat=True),
    }
    plain = [block for block in blocks if block.pk not in busy]
    carries = set(
        CarryOver.objects.filter(
            block__in=plain,
            closed_at=None,
            answer=Answer.CARRIES,
            source__state__in=(BlockState.EXECUTED, BlockState.RELEASED),
        ).values_list("block", flat=True)
    )
    execute = [one for one in plain if one.pk in carries and one.state == BlockState.OUTSTANDING]
    clear = [one for one in plain if one.pk not in carries and one.state == BlockState.EXECUTED]
    now = timezone.now()
    Execution.objects.bulk_create(Execution(block=block, opened_at=now) for block in execute)
    Execution.objects.filter(block__in=clear, closed_at=None).update(closed_at=now)
    block_states.move_all(execute, BlockState.OUTSTANDING, "accept")
    block_states.move_all(clear, BlockState.EXECUTED, "clear")
    settled = {block.pk for block in plain if block.state in (BlockState.OUTSTANDING, BlockState.EXECUTED)}
    return [block for block in blocks if block.pk not in settled]
