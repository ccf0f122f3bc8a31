"""Holding thresholds against what was counted: each has its base, and is decided exactly. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal, localcontext
from operator import itemgetter
from typing import NamedTuple, TypeVar

from signatures.models import Threshold

CENT = Decimal("0.01")
ONE = Decimal(1)
ZERO = Decimal("0.00")
# Digits: a percentage of nine times an amount of twenty, and the comparison is still exact.
EXACTLY = 60

PRINCIPAL, WHOLE, ANSWERED, HEADS, EACH = (
    Threshold.Base.PRINCIPAL,
    Threshold.Base.WHOLE,
    Threshold.Base.ANSWERED,
    Threshold.Base.HEADS,
    Threshold.Base.EACH,
)


class Position(NamedTuple):
    """What one holder, or several who are alike in all but their amounts, bring to the tally. A tuple: there are many.

    `principal` is theirs together, None where it is not known: that counts as zero. `answered`: something of theirs
    came in. `proxy_missing`: signed, but without the proxy of the participant that it takes, so it does not count.
    """

    principal: Decimal | None
    disregarded: bool
    executed: bool
    answered: bool = False
    proxy_missing: bool = False
    holders: int = 1

    @property
    def amount(self) -> Decimal:
        return self.principal or ZERO

    @property
    def counts(self) -> bool:
        return self.executed and not self.proxy_missing

    @property
    def heads(self) -> int:
        """How many holders of notes: one that is known to hold nothing is none."""
        return 0 if self.principal == 0 else self.holders


@dataclass(frozen=True)
class Rule:
    """A threshold: its name, the clause it comes from, of what, and whether exactly this percentage is enough."""

    name: str
    clause: str
    percent: Decimal
    inclusive: bool
    base: str = PRINCIPAL.value

    @property
    def of_holders(self) -> bool:
        """Whether holders are counted, and not their principal."""
        return self.base in (HEADS, EACH)


@dataclass(frozen=True)
class Measured:
    """A threshold against the tally: `part` of `base`, both principal or numbers of holders, as the rule counts.

    `short_by` is the least that would meet it on this base. `holder_unknown` is principal of holders that nobody
    knows, where each of them would have to sign.
    """

    rule: Rule
    met: bool
    short_by: Decimal
    part: Decimal
    base: Decimal
    holder_unknown: Decimal = ZERO


def measure(rule: Rule, positions: Iterable[Position], principal_outstanding: Decimal | None) -> Measured:
    """Hold a threshold against positions. On a base of zero nothing is met.

    Notes that are disregarded (the treasury-notes rule) stand in neither part nor base, but for WHOLE, which says so,
    and for EACH: Section 316(b) of the Trust Indenture Act gives every holder its own say and disregards nobody.
    """
    positions = list(positions)
    held = sum((one.amount for one in positions), ZERO)
    whole = held if principal_outstanding is None else principal_outstanding
    part, base = _part_of_base(rule, positions, whole)
    unknown = max(whole - held, ZERO) if rule.base == EACH else ZERO
    with localcontext(prec=EXACTLY):
        needed, quantum = rule.percent * base / 100, ONE if rule.of_holders else CENT
        left, right = part * 100, rule.percent * base
        if base and not unknown and (left >= right if rule.inclusive else left > right):
            return Measured(rule, True, ZERO, part, base)
        least = needed.quantize(quantum, ROUND_UP if rule.inclusive else ROUND_DOWN)
        least += 0 if rule.inclusive else quantum
        return Measured(rule, False, max(least - part, ZERO), part, base, unknown)


def _part_of_base(rule: Rule, positions: Sequence[Position], whole: Decimal) -> tuple[Decimal, Decimal]:
    counted = [one for one in positions if _regards(rule, one)]
    if rule.of_holders:
        heads = sum(one.heads for one in counted if one.counts)
        return Decimal(heads), Decimal(sum(one.heads for one in counted))
    part = sum((one.amount for one in counted if one.counts), ZERO)
    if rule.base == ANSWERED:
        return part, sum((one.amount for one in counted if one.answered or one.executed), ZERO)
    if rule.base == WHOLE:
        return part, whole
    return part, max(whole - sum((one.amount for one in positions if one.disregarded), ZERO), ZERO)


def _regards(rule: Rule, one: Position) -> bool:
    return not one.disregarded or rule.base in (WHOLE, EACH)


Holder = TypeVar("Holder")


def shortest_way(one: Measured, waiting: Iterable[tuple[str, Position, Holder]]) -> list[Holder] | None:
    """Return the fewest holders whose signatures would meet a threshold, those that bring most first, then by name.

    `waiting` are (name, position, holder) of those who do not count yet. None when the threshold is met already, and
    when all of them together would not do.
    """
    if one.met or one.holder_unknown or (not one.base and one.rule.base != ANSWERED):
        return None
    with localcontext(prec=EXACTLY):
        gains = [(-_gain(one.rule, position), name, holder) for name, position, holder in waiting]
        missing, total = one.rule.percent * one.base - 100 * one.part, ZERO
        chosen: list[Holder] = []
        for less, _, holder in sorted(gains, key=itemgetter(0, 1)):
            if less >= 0:
                break
            chosen.append(holder)
            total -= less
            if total > missing or (one.rule.inclusive and total == missing):
                return chosen
    return None


def _gain(rule: Rule, one: Position) -> Decimal:
    """Return by how much a signature lifts part times 100 above percent times base. It adds up over holders."""
    if not _regards(rule, one):
        return ZERO
    if rule.of_holders:
        return Decimal(100 * one.heads)
    # One who has not answered yet lifts the base as well.
    lifts_base = rule.base == ANSWERED and not (one.answered or one.executed)
    return one.amount * (100 - rule.percent if lifts_base else 100)
