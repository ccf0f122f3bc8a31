"""The states of a signature block: one table of legal transitions, and the only writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from django.utils import timezone

from signatures.domain.errors import Overtaken, Refused
from signatures.models import BlockChange, BlockState, SignatureBlock

Action = Literal[
    "receive", "accept", "find defect", "reopen", "clear", "release", "revoke", "reinstate", "renew", "revoke again"
]

OUTSTANDING, IN_REVIEW, DEFECTIVE = BlockState.OUTSTANDING, BlockState.IN_REVIEW, BlockState.DEFECTIVE
EXECUTED, RELEASED, REVOKED = BlockState.EXECUTED, BlockState.RELEASED, BlockState.REVOKED

# (state, action) -> state. What is not here is refused.
# receive: a page with the block came in; reopen: what was decided is undone; clear: no page of the block is left;
# reinstate: its revocation is undone; renew: the party signs anew; revoke again: that it does is undone.
TRANSITIONS: dict[tuple[str, Action], str] = {
    (OUTSTANDING, "receive"): IN_REVIEW,
    (IN_REVIEW, "receive"): IN_REVIEW,
    (DEFECTIVE, "receive"): IN_REVIEW,
    (EXECUTED, "receive"): EXECUTED,
    (RELEASED, "receive"): RELEASED,
    (REVOKED, "receive"): REVOKED,
    (OUTSTANDING, "accept"): EXECUTED,
    (IN_REVIEW, "accept"): EXECUTED,
    (DEFECTIVE, "accept"): EXECUTED,
    (EXECUTED, "accept"): EXECUTED,
    (RELEASED, "accept"): RELEASED,
    (OUTSTANDING, "find defect"): DEFECTIVE,
    (IN_REVIEW, "find defect"): DEFECTIVE,
    (DEFECTIVE, "find defect"): DEFECTIVE,
    (EXECUTED, "find defect"): EXECUTED,
    (RELEASED, "find defect"): RELEASED,
    (REVOKED, "find defect"): REVOKED,
    (OUTSTANDING, "reopen"): IN_REVIEW,
    (IN_REVIEW, "reopen"): IN_REVIEW,
    (DEFECTIVE, "reopen"): IN_REVIEW,
    (EXECUTED, "reopen"): IN_REVIEW,
    (OUTSTANDING, "clear"): OUTSTANDING,
    (IN_REVIEW, "clear"): OUTSTANDING,
    (DEFECTIVE, "clear"): OUTSTANDING,
    (EXECUTED, "clear"): OUTSTANDING,
    (EXECUTED, "release"): RELEASED,
    (EXECUTED, "revoke"): REVOKED,
    (RELEASED, "revoke"): REVOKED,
    (REVOKED, "reinstate"): EXECUTED,
    (REVOKED, "renew"): OUTSTANDING,
    (OUTSTANDING, "revoke again"): REVOKED,
}

SAYS = {
    "accept": "accepted",
    "reopen": "taken back into review",
    "clear": "set back to outstanding",
    "release": "released",
    "revoke": "revoked",
    "reinstate": "reinstated",
    "renew": "signed anew",
    "revoke again": "set back to revoked",
}


def move(block: SignatureBlock, action: Action) -> bool:
    """Apply an action to a block by compare-and-set and say whether its state changed.

    Raises Refused when the table has no such transition, Overtaken when the block has changed since it was read.
    """
    before = block.state
    after = TRANSITIONS.get((before, action))
    if after is None:
        raise Refused(
            f"{block.entity} is {block.get_state_display().lower()}: it cannot be {SAYS.get(action, action)}."
        )
    if after == before:
        return False
    now = timezone.now()
    changed = SignatureBlock.objects.filter(pk=block.pk, state=before).update(state=after, state_since=now)
    if not changed:
        raise Overtaken(f"{block.entity} was changed by somebody else a moment ago. Look at it again.")
    BlockChange.objects.create(block=block, before=before, after=after, at=now)
    block.state = after
    return True


def move_all(blocks: Sequence[SignatureBlock], before: BlockState, action: Action) -> None:
    """Apply an action to blocks that are all in the state `before`, in two queries. Raises Overtaken if one is not."""
    after, now = TRANSITIONS[before, action], timezone.now()
    ids = [block.pk for block in blocks]
    if SignatureBlock.objects.filter(pk__in=ids, state=before).update(state=after, state_since=now) != len(ids):
        raise Overtaken("Some of these blocks were changed by somebody else a moment ago. Look at them again.")
    BlockChange.objects.bulk_create(BlockChange(block=block, before=before, after=after, at=now) for block in blocks)
    for block in blocks:
        block.state = after
