"""The tally: exact, whatever the order, and nothing counted that was not accepted."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from signatures.domain.tabulation import Position, Rule, measure, shortest_way, tally

MONEY = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)
POSITIONS = st.lists(
    st.builds(
        Position, holder=st.integers(), principal=st.none() | MONEY, disregarded=st.booleans(), executed=st.booleans()
    ),
    max_size=20,
)
HALF = Rule("majority", "9.02", Decimal(50), inclusive=False)
HALF_OR_MORE = Rule("majority", "9.02", Decimal(50), inclusive=True)


def _position(principal: str | None, executed: bool = False, disregarded: bool = False) -> Position:
    return Position(1, None if principal is None else Decimal(principal), disregarded, executed)


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


def test_exactly_half_meets_an_inclusive_threshold_and_not_a_strict_one() -> None:
    base, half = Decimal("10000000.00"), Decimal("5000000.00")
    assert measure(HALF_OR_MORE, half, base).met
    strict = measure(HALF, half, base)
    assert not strict.met
    assert strict.short_by == Decimal("0.01")


def test_short_by_of_a_strict_threshold_is_the_least_that_meets_it() -> None:
    third = Rule("third", "", Decimal("33.333333"), inclusive=False)
    base, executed = Decimal("100.01"), Decimal("10.00")
    short = measure(third, executed, base).short_by
    assert measure(third, executed + short, base).met
    assert not measure(third, executed + short - Decimal("0.01"), base).met


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
    idle = [Position(one.holder, one.principal, one.disregarded, False) for one in positions]
    assert tally(idle, None, []).executed == 0


@given(POSITIONS, st.sampled_from([HALF, HALF_OR_MORE]))
def test_short_by_meets_what_it_is_short_of(positions: list[Position], rule: Rule) -> None:
    found = tally(positions, None, [rule])
    one = found.thresholds[0]
    if found.base:
        assert measure(rule, found.executed + one.short_by, found.base).met
        assert one.met or not measure(rule, found.executed + one.short_by - Decimal("0.01"), found.base).met


def test_the_shortest_way_takes_the_largest_holders_first() -> None:
    found = tally([_position("40", executed=True), _position("25"), _position("20"), _position("15")], None, [HALF])
    way = shortest_way(found, [("a", Decimal(25)), ("b", Decimal(20)), ("c", Decimal(15))])
    assert way is not None
    assert way[1] == ["a"]


def test_there_is_no_way_when_all_of_them_are_not_enough() -> None:
    found = tally([_position("1"), _position("99", disregarded=False)], Decimal(1000), [HALF])
    assert shortest_way(found, [("a", Decimal(1)), ("b", Decimal(99))]) is None
