"""The top of the board: the figure, the bar with its thresholds, the shortest way there, the curve."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from signatures.domain.queries.board import Standing
from signatures.domain.queries.curve import Step
from signatures.domain.queries.listing import Alike
from signatures.domain.tally import tabulation
from signatures.domain.tally.thresholds import PRINCIPAL, Measured
from signatures.models import Agreement, BlockState
from signatures.views import thresholds, words
from signatures.views.board import drawing

UNPROXIED = "unproxied"
DISREGARDED = "disregarded"
SEGMENTS: tuple[tuple[str, str], ...] = (
    (BlockState.EXECUTED, "Executed"),
    (BlockState.RELEASED, "Released"),
    (UNPROXIED, words.PROXY_MISSING),
    (BlockState.IN_REVIEW, "In review"),
    (BlockState.DEFECTIVE, "Defective"),
    (BlockState.OUTSTANDING, "Outstanding"),
    (BlockState.REVOKED, "Revoked"),
)
ZERO = Decimal(0)


def summary(
    agreement: Agreement,
    holders: Sequence[Alike],
    tally: tabulation.Tally,
    steps: Sequence[Step],
    now: datetime.datetime,
) -> dict[str, Any]:
    """Return the summary by principal (see templates/board/summary.html)."""
    currency = agreement.currency
    whole, segments = _segments(holders, tally, currency)
    if not whole:
        return summary_by_number(agreement, holders, tally)
    of_the_bar = [one for one in tally.thresholds if one.rule.base == PRINCIPAL]
    thresholds_on_it = [_threshold(one, whole, currency) for one in of_the_bar]
    return {
        "percent": words.percent(tally.executed, tally.base) if tally.base else None,
        "executed": words.money(tally.executed, currency),
        "base": words.money(tally.base, currency),
        "holders_executed": tally.holders_executed,
        "holders": tally.holders,
        "segments": segments,
        "disregarded": _disregarded(holders, tally, currency),
        "thresholds": thresholds_on_it,
        "labels": _labels(thresholds_on_it),
        "others": [thresholds.line(one, currency) for one in tally.thresholds if one not in of_the_bar],
        "ways": thresholds.ways(agreement, tally.thresholds, currency),
        "curve": _curve(agreement, steps, tally, now),
    }


def summary_by_number(agreement: Agreement, holders: Sequence[Alike], tally: tabulation.Tally) -> dict[str, Any]:
    """Return the summary for those who may not see amounts: holders are counted, and a threshold is met or not yet.

    Shares of principal are amounts too: who watches the bar while one holder signs would know what it holds.
    """
    counted = [one for one in holders if not one.disregarded]
    by_state: dict[str, int] = defaultdict(int)
    for one in counted:
        by_state[segment_of(one)] += one.parties
    numbers = [(str(state), word, by_state[str(state)]) for state, word in SEGMENTS]
    total = Decimal(sum(by_state.values()))
    return {
        "percent": None,
        "executed": None,
        "base": None,
        "holders_executed": tally.holders_executed,
        "holders": tally.holders,
        "segments": _placed([(state, word, Decimal(number), str(number)) for state, word, number in numbers], total),
        "disregarded": {"amount": None, "words": ""} if len(counted) < len(holders) else None,
        "others": [thresholds.line(one, None) for one in tally.thresholds],
        "ways": thresholds.ways(agreement, tally.thresholds, None),
    }


def _segments(holders: Sequence[Alike], tally: tabulation.Tally, currency: str) -> tuple[Decimal, list[dict[str, Any]]]:
    """Return what the whole bar stands for, and its segments. Holdings above what is outstanding widen the bar, and
    what is disregarded stands behind its end: no threshold is held against that.
    """
    by_state: dict[str, Decimal] = defaultdict(Decimal)
    for one in holders:
        if one.principal and not one.disregarded:
            by_state[segment_of(one)] += one.principal
    sums = [(str(state), word, by_state[str(state)]) for state, word in SEGMENTS]
    sums.append(("unknown", "Holder unknown", tally.holder_unknown))
    counted = max(tally.base, sum((amount for _, _, amount in sums), ZERO))
    if not counted:
        return ZERO, []
    sums.append((DISREGARDED, "Disregarded", tally.disregarded))
    whole = counted + tally.disregarded
    return whole, _placed([(*one, words.money(one[2], currency)) for one in sums], whole)


def segment_of(one: Alike | Standing) -> str:
    """Return the segment of the bar that a holder stands in: its state, or signed without the proxy it takes."""
    return UNPROXIED if one.proxy_missing else one.state


def _placed(parts: Sequence[tuple[str, str, Decimal, str]], whole: Decimal) -> list[dict[str, Any]]:
    placed, before = [], ZERO
    for state, word, part, said in parts:
        if part:
            x, width = drawing.percent(before, whole), drawing.percent(part, whole)
            placed.append({"state": state, "word": word, "amount": said, "x": x, "width": width})
        before += part
    return placed


def _disregarded(holders: Sequence[Alike], tally: tabulation.Tally, currency: str) -> dict[str, Any] | None:
    reasons = list(dict.fromkeys(one.disregarded_reason for one in holders if one.disregarded))
    if not reasons:
        return None
    return {"amount": words.money(tally.disregarded, currency), "words": reasons[0] if len(reasons) == 1 else ""}


def _threshold(one: Measured, whole: Decimal, currency: str) -> dict[str, Any]:
    return {
        **thresholds.line(one, currency),
        "percent": f"{one.rule.percent.normalize():f}",
        "x": drawing.percent(one.rule.percent * one.base / 100, whole),
    }


def _labels(shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if not shown:
        return []
    texts = [
        (
            float(one["x"]),
            " ".join(filter(None, (one["name"] + ("," if one["clause"] else ""), one["clause"], one["verdict"]))),
        )
        for one in shown
    ]
    found = []
    for width, pixels in drawing.WIDTHS:
        placed, height = drawing.lay_labels(texts, pixels)
        rows = [{**at, "threshold": one} for at, one in zip(placed, shown, strict=True)]
        found.append({"width": width, "height": height, "rows": rows})
    return found


def _curve(
    agreement: Agreement, steps: Sequence[Step], tally: tabulation.Tally, now: datetime.datetime
) -> dict[str, Any] | None:
    """Return the curve of executed principal from shortly before the first change until now."""
    if not steps or not tally.base:
        return None
    span = max(now - steps[0][0], datetime.timedelta(minutes=1))
    start = steps[0][0] - span / 20
    places = {0.0: 0.0}
    for at, amount in steps:
        places[round((at - start) / (span * 1.05), 3)] = float(min(amount / tally.base, Decimal(1)))
    places[1.0] = float(min(steps[-1][1] / tally.base, Decimal(1)))
    line, area = drawing.curve_paths(list(places.items()))
    return {
        "title": f"Principal executed, {_days(steps[0][0], now, agreement.time_zone)}",
        "line": line,
        "area": area,
        "now_x": "100",
        "now_y": f"{100 - 100 * places[1.0]:.2f}",
        "thresholds": _lines([one for one in tally.thresholds if one.rule.base == PRINCIPAL]),
        "from_words": words.moment(start, agreement.time_zone, now),
        "to_words": words.moment(now, agreement.time_zone, now),
    }


def _lines(thresholds: Sequence[Measured]) -> list[dict[str, Any]]:
    """Return the thresholds as lines over the curve, their words by turns at its ends where they would collide."""
    lines: list[dict[str, Any]] = []
    last = {"start": Decimal(-100), "end": Decimal(-100)}
    for one in sorted(thresholds, key=lambda one: one.rule.percent):
        percent = one.rule.percent
        free = [anchor for anchor, below in last.items() if percent - below >= drawing.LABEL_APART]
        said = f"{percent.quantize(Decimal('0.01')).normalize():f} %" if free else ""
        anchor = free[0] if free else "start"
        if free:
            last[anchor] = percent
        where = {"x": "0" if anchor == "start" else "100%", "anchor": anchor}
        lines.append({"words": said, "y": f"{100 - percent:.2f}", "short": not one.met, **where})
    return lines


def _days(first: datetime.datetime, last: datetime.datetime, zone: str) -> str:
    """Return 25 September, 24 to 25 September, or 30 September to 1 October."""
    one, two = first.astimezone(ZoneInfo(zone)), last.astimezone(ZoneInfo(zone))
    end = f"{two.day} {two:%B}"
    if one.date() == two.date():
        return end
    return f"{one.day} to {end}" if (one.year, one.month) == (two.year, two.month) else f"{one.day} {one:%B} to {end}"
