"""The tally: exact, whatever the order, and nothing counted that was not accepted."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from signatures.domain.tally.tabulation import tally
from signatures.domain.tally.thresholds import Position, Rule

MONEY = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)
POSITIONS = st.lists(
    st.builds(
        Position, principal=st.none() | MONEY, disregarded=st.booleans(), executed=st.booleans(), holders=st.just(1)
    ),
    max_size=20,
)
HALF = Rule("majority", "9.02", Decimal(50), inclusive=False)
HALF_OR_MORE = Rule("majority", "9.02", Decimal(50), inclusive=True)


def _position(principal: str | None, executed: bool = False, disregarded: bool = False) -> Position:
    return Position(None if principal is None else Decimal(principal), disregarded, executed)


def test_the_amendment_by_hand() -> None:
    found = tally(
        [
            _position("6200000", executed=True),
            _position("4150000", executed=True),
            _position("2400000", executed=True, disregarded=True),
            _position("3750000"),
            _position(None, executed=True),
        ],
        Decimal("20000000.00"),
        [HALF],
    )
    assert found.base == Decimal("17600000.00")
    assert found.executed == Decimal("10350000")
    assert found.percent == Decimal("58.80")
    assert found.holder_unknown == Decimal("3500000.00")
    assert (found.holders_executed, found.holders) == (4, 5)
    assert found.thresholds[0].met


def test_on_a_base_of_zero_there_is_no_percentage_and_nothing_is_met() -> None:
    found = tally([], None, [HALF_OR_MORE])
    assert found.percent is None
    assert not found.thresholds[0].met


def test_without_principal_outstanding_the_base_is_the_sum_of_the_holdings() -> None:
    found = tally([_position("3", executed=True), _position("1"), _position("2", disregarded=True)], None, [])
    assert (found.base, found.percent, found.holder_unknown) == (Decimal(4), Decimal("75.00"), Decimal(0))


def test_a_percentage_is_rounded_down() -> None:
    assert tally([_position("2", executed=True), _position("1")], None, []).percent == Decimal("66.66")


@given(POSITIONS, st.randoms(use_true_random=False))
def test_the_order_of_arrival_never_changes_the_result(positions: list[Position], random: Random) -> None:
    shuffled = list(positions)
    random.shuffle(shuffled)
    assert tally(positions, None, [HALF]) == tally(shuffled, None, [HALF])


@given(POSITIONS)
def test_nothing_executed_nothing_counted(positions: list[Position]) -> None:
    idle = [Position(one.principal, one.disregarded, False) for one in positions]
    assert tally(idle, None, []).executed == 0
