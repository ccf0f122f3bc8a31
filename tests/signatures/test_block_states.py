"""The legal transitions of a signature block: every pair of state and action."""

from __future__ import annotations

from typing import get_args

import pytest

from signatures.domain.decisions.block_states import TRANSITIONS, Action
from signatures.models import BlockState

# Rows: states. Columns: receive, accept, find defect, reopen, clear, release, revoke, reinstate, renew,
# revoke again. "-" is refused.
TABLE = """
outstanding | in review | executed | defective | in review | outstanding | - | - | - | - | revoked
in review | in review | executed | defective | in review | outstanding | - | - | - | - | -
defective | in review | executed | defective | in review | outstanding | - | - | - | - | -
executed | executed | executed | executed | in review | outstanding | released | revoked | - | - | -
released | released | released | released | - | - | - | revoked | - | - | -
revoked | revoked | - | revoked | - | - | - | - | executed | outstanding | -
"""
ACTIONS = ["receive", "accept", "find defect", "reopen", "clear", "release", "revoke", "reinstate"]
ACTIONS += ["renew", "revoke again"]
PAIRS = [
    (cells[0], action, after)
    for line in TABLE.strip().splitlines()
    for cells in [[cell.strip() for cell in line.split("|")]]
    for action, after in zip(ACTIONS, cells[1:], strict=True)
]


@pytest.mark.parametrize(("before", "action", "after"), PAIRS)
def test_every_pair_of_state_and_action(before: str, action: Action, after: str) -> None:
    assert TRANSITIONS.get((before, action), "-") == after


def test_the_table_above_is_complete() -> None:
    assert {(before, action) for before, action, _ in PAIRS} == {
        (state, action) for state in BlockState.values for action in get_args(Action)
    }


def test_nothing_leaves_release_but_revocation() -> None:
    assert {after for (before, _), after in TRANSITIONS.items() if before == "released"} == {"released", "revoked"}
