"""The status of a collection in words, for those outside who ask: the bar, the thresholds, holders by their state."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from signatures.domain.queries import board as queries
from signatures.domain.queries import listing
from signatures.domain.queries.board import Copy, Detail, Standing
from signatures.domain.queries.listing import Alike
from signatures.domain.queries.report import open_defects
from signatures.domain.tally import tabulation
from signatures.models import Agreement, BlockState, Channel
from signatures.views import thresholds, words
from signatures.views.board.summary import SEGMENTS, UNPROXIED, segment_of, summary, summary_by_number
from signatures.views.heading import heading

DISREGARDED = "Disregarded"


def status(agreement: Agreement, show_amounts: bool, now: datetime.datetime, most: int | None = None) -> dict[str, Any]:
    """Return where the collection stands. Wants issuer and notes fetched; its queries do not grow with the holders.

    `most` is how many rows of a group are told, None for all.
    summary     as templates/board/summary.html takes it, without the curve
    thresholds  in the words of `thresholds.line`
    groups      [{state, word, count, amount or "", rows: [row], more: those not told}], those that are disregarded last
    row         {name, role: "" for a holder, chain: [line], signatories: [name], principal or "", received, ...}
    parties     rows of those who sign and hold nothing
    defects     [DefectLine]; what was noted with one is left out where amounts are
    """
    standings = queries.standings(agreement)
    holders = [row for row in standings if row.is_holder]
    parties = [row for row in standings if not row.is_holder]
    groups = _by_state(holders, show_amounts)
    told = [row for _state, _word, rows in groups for row in rows[:most]]
    details = queries.details(agreement, [*parties, *told])
    everybody = [one for one in listing.alike(agreement) if one.is_holder]
    tally = tabulation.tally_of(agreement, [one.position for one in everybody], None)
    currency = agreement.notes.currency if agreement.notes else "USD"
    amounts_in = currency if show_amounts else None
    said = {row.block: _row(agreement, row, details[row.block], amounts_in, now) for row in (*parties, *told)}
    return {
        "agreement": heading(agreement, now, standings[0].version if standings else 1),
        "summary": _summary(agreement, everybody, tally, show_amounts, now),
        "thresholds": [thresholds.line(one, amounts_in) for one in tally.thresholds],
        "groups": [
            {
                "state": state,
                "word": word,
                "count": words.counted(len(rows), "holder"),
                "amount": _sum(rows, amounts_in),
                "rows": [said[row.block] for row in rows[:most]],
                "more": len(rows[most:]) if most is not None else 0,
            }
            for state, word, rows in groups
        ],
        "parties": [said[row.block] for row in parties],
        "defects": open_defects({row.block: row.entity for row in standings}, show_amounts),
    }


def _summary(
    agreement: Agreement,
    holders: Sequence[Alike],
    tally: tabulation.Tally,
    show_amounts: bool,
    now: datetime.datetime,
) -> dict[str, Any]:
    if show_amounts:
        return summary(agreement, holders, tally, (), now)
    return summary_by_number(agreement, holders, tally)


def _by_state(holders: Sequence[Standing], show_amounts: bool) -> list[tuple[str, str, list[Standing]]]:
    """Return (state, its word, holders in it), in the order of the bar, without what nobody is in."""
    chosen = [
        (str(state), _word_of(state), [row for row in holders if segment_of(row) == state and not row.disregarded])
        for state, _word in SEGMENTS
    ]
    chosen.append(("", DISREGARDED, [row for row in holders if row.disregarded]))
    return [(state, word, queries.in_order(rows, "principal", show_amounts)) for state, word, rows in chosen if rows]


def _word_of(segment: str) -> str:
    return words.PROXY_MISSING if segment == UNPROXIED else str(BlockState(segment).label)


def _sum(rows: Sequence[Standing], currency: str | None) -> str:
    if currency is None or all(row.principal is None for row in rows):
        return ""
    return words.money(sum((row.principal or Decimal(0) for row in rows), Decimal(0)), currency)


def _row(
    agreement: Agreement, row: Standing, detail: Detail, currency: str | None, now: datetime.datetime
) -> dict[str, Any]:
    principal = ""
    if currency is not None and row.is_holder:
        principal = "not known" if row.principal is None else words.money(row.principal, currency)
    return {
        "name": row.entity,
        "role": "" if row.is_holder else row.role,
        "chain": words.chain_words(detail.chain),
        "signatories": [name for name, _title in detail.lines if name],
        "principal": principal,
        "disregarded": row.disregarded_reason if row.disregarded else "",
        "received": _received(detail.copies, agreement.time_zone, now),
        "to_follow": row.original_to_follow,
        "state_word": _word_of(segment_of(row)),
    }


def _received(copies: Sequence[Copy], zone: str, now: datetime.datetime) -> str:
    """Return "24 Sep 15:24 by fax, 3 copies"; empty while nothing came in."""
    if not copies:
        return ""
    first = min(copies, key=lambda copy: copy.received_at)
    channel = words.CHANNELS[Channel(first.channel)].lower()
    said = f"{dated(first.received_at, zone, now)}, {channel}"
    return said if len(copies) == 1 else f"{said}; {len(copies)} copies"


def dated(at: datetime.datetime, zone: str, now: datetime.datetime) -> str:
    """Return 24 Sep 15:24, with the year where it is not the present one: what is printed is read on another day."""
    local = at.astimezone(ZoneInfo(zone))
    year = "" if local.year == now.astimezone(ZoneInfo(zone)).year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M}"
