"""How thresholds are said: the rule, whether it is met, and the shortest way there."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.urls import reverse

from signatures.domain.queries import board as queries
from signatures.domain.queries import listing
from signatures.domain.queries.board import Standing
from signatures.domain.tally.thresholds import ANSWERED, EACH, HEADS, PRINCIPAL, WHOLE, Measured, Rule, shortest_way
from signatures.models import Agreement
from signatures.views import words

MOST_ON_THE_WAY = 6
AT_A_GLANCE = 3
ZERO = Decimal(0)
OF = {
    PRINCIPAL.value: "principal outstanding, disregarded notes left out",
    WHOLE.value: "principal outstanding, disregarded notes included",
    ANSWERED.value: "the principal of those who answered",
    HEADS.value: "the holders by number",
}


def rule_words(rule: Rule) -> str:
    """Return "more than 50 % of the holders by number", "every affected holder"."""
    if rule.base == EACH:
        return "every affected holder"
    percent = f"{rule.percent.normalize():f} %"
    return f"{f'at least {percent}' if rule.inclusive else f'more than {percent}'} of {OF[rule.base]}"


def verdict(one: Measured, currency: str | None) -> str:
    """Return "met", "short by $4,315,000 (8.3 %)" or "short by 3 holders". Without a currency no amount is told."""
    if one.met:
        return "met"
    if one.rule.of_holders:
        return _short_of_holders(one, currency)
    if not one.base and one.rule.base == ANSWERED:
        return "nobody has answered yet"
    if currency is None:
        return "not met yet"
    share = f" ({words.percent_missing(one.short_by, one.base)} %)" if one.base else ""
    return f"short by {words.money(one.short_by, currency)}{share}"


def _short_of_holders(one: Measured, currency: str | None) -> str:
    missing = [words.counted(int(one.short_by), "holder")] if one.short_by else []
    if one.holder_unknown:
        of = f" of {words.money(one.holder_unknown, currency)}" if currency else ""
        missing.append(f"the unknown holders{of}")
    return f"short by {words.joined(missing)}" if missing else "not met: there are no holders"


def line(one: Measured, currency: str | None) -> dict[str, Any]:
    """Return a threshold as a row of text."""
    return {
        "name": one.rule.name,
        "clause": one.rule.clause,
        "rule": "" if currency is None and not one.rule.of_holders else rule_words(one.rule),
        "met": one.met,
        "verdict": verdict(one, currency),
    }


def ways(agreement: Agreement, thresholds: Sequence[Measured], currency: str | None) -> list[dict[str, Any]]:
    """Return, for each threshold that is not met, the fewest holders that would meet it, or all who are missing.

    The nearest comes first. `count` says how many they are, empty for so few as are seen at a glance.
    Without a currency only those are told whose order tells no amount: where holders are counted. One query at most.
    """
    wanted = [one for one in thresholds if not one.met and (currency is not None or one.rule.of_holders)]
    holders = listing.missing(agreement) if wanted else []
    waiting = [(row.entity, row.position_in_tally, row) for row in holders if _may_sign(row)]
    found: list[tuple[int, dict[str, Any]]] = []
    for one in wanted:
        everyone = one.rule.base == EACH
        rows = _missing(holders) if everyone else shortest_way(one, waiting)
        if rows:
            intro = "Missing for" if everyone else "Shortest way to"
            way = {
                "intro": intro,
                "threshold": one.rule.name,
                "count": words.counted(len(rows), "holder") if len(rows) > AT_A_GLANCE else "",
                "holders": _named(agreement, one.rule, rows, currency),
            }
            found.append((len(rows), way))
    return [way for _, way in sorted(found, key=itemgetter(0))]


def _missing(holders: Sequence[Standing]) -> list[Standing]:
    positions = ((row, row.position_in_tally) for row in holders)
    rows = [row for row, position in positions if not position.counts and position.heads]
    return sorted(rows, key=lambda row: (queries.BY_NEXT_STEP[row.state], row.entity))


def _may_sign(row: Standing) -> bool:
    return row.state in queries.TO_DO or row.proxy_missing


def _named(agreement: Agreement, rule: Rule, rows: Sequence[Standing], currency: str | None) -> list[dict[str, str]]:
    def said(state: str, principal: Decimal) -> str:
        by_amount = currency is not None and not rule.of_holders
        return ", ".join(filter(None, (state, words.money(principal, currency or "") if by_amount else "")))

    named = [
        {
            "name": row.entity,
            "url": reverse("holder", args=[agreement.slug, row.block]),
            "words": said("signed, proxy missing" if row.proxy_missing else row.state, row.principal or ZERO),
        }
        for row in rows[:MOST_ON_THE_WAY]
    ]
    rest = rows[MOST_ON_THE_WAY:]
    if rest:
        total = sum((row.principal or ZERO for row in rest), ZERO)
        named.append({"name": f"{len(rest):,} more", "url": "", "words": said("", total)})
    return named
