"""The status of a collection in words, for those outside who ask: the bar, the thresholds, holders by their state."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
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


def status(
    agreement: Agreement,
    show_amounts: bool,
    now: datetime.datetime,
    *,
    most: int | None = None,
    with_defects: bool = True,
) -> dict[str, Any]:
    """Return where the collection stands. Wants issuer and notes fetched; its queries do not grow with the holders.

    `most` is how many rows of a group are told, None for all: no more than those are read.
    summary     as templates/board/summary.html takes it, without the curve
    thresholds  in the words of `thresholds.line`
    groups      [{state, word, count, amount or "", rows: [row], more: those not told}], those that are disregarded last
    row         {name, role: "" for a holder, chain: [line], signatories: [name], principal or "", received, ...}
    parties     rows of those who sign and hold nothing
    defects     [DefectLine], none where they are counsel's alone; what was noted with one is left out where amounts are
    """
    parties = listing.others(agreement)
    everybody = listing.alike(agreement)
    version = everybody[0].version if everybody else 1
    everybody = [one for one in everybody if one.is_holder]
    groups = _by_state(listing.first_of_each_state(agreement, most, amounts=show_amounts), everybody, most)
    details = queries.details(agreement, [*parties, *(row for group in groups for row in group.rows)])
    tally = tabulation.tally_of(agreement, [one.position for one in everybody], None)
    currency = agreement.currency
    amounts_in = currency if show_amounts else None

    def said(row: Standing) -> dict[str, Any]:
        return _row(agreement, row, details[row.block], amounts_in, now)

    return {
        "agreement": heading(agreement, now, version),
        "summary": _summary(agreement, everybody, tally, show_amounts, now),
        "thresholds": [thresholds.line(one, amounts_in) for one in tally.thresholds],
        "groups": [{**_head(group, amounts_in), "rows": [said(row) for row in group.rows]} for group in groups],
        "parties": [said(row) for row in parties],
        "defects": open_defects(agreement, show_amounts) if with_defects else (),
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


@dataclass(frozen=True)
class Group:
    """The holders of one segment of the bar: summed up, and those of them that are told."""

    state: str
    word: str
    alike: list[Alike]
    rows: list[Standing]

    @property
    def holders(self) -> int:
        return sum(one.parties for one in self.alike)


def _by_state(rows: Sequence[Standing], everybody: Sequence[Alike], most: int | None) -> list[Group]:
    """Return the groups in the order of the bar, those that are disregarded last, without what nobody is in."""
    alike, told = defaultdict(list), defaultdict(list)
    for one in everybody:
        alike[_group_of(one)].append(one)
    for row in rows:
        told[_group_of(row)].append(row)
    named = [*((str(state), _word_of(state)) for state, _word in SEGMENTS), ("", DISREGARDED)]
    return [Group(state, word, alike[state], told[state][:most]) for state, word in named if alike[state]]


def _head(group: Group, currency: str | None) -> dict[str, Any]:
    return {
        "state": group.state,
        "word": group.word,
        "count": words.counted(group.holders, "holder"),
        "amount": _sum(group.alike, currency),
        "more": group.holders - len(group.rows),
    }


def _group_of(one: Alike | Standing) -> str:
    return "" if one.disregarded else str(segment_of(one))


def _word_of(segment: str) -> str:
    return words.PROXY_MISSING if segment == UNPROXIED else str(BlockState(segment).label)


def _sum(alike: Sequence[Alike], currency: str | None) -> str:
    known = [one.principal for one in alike if one.principal is not None]
    return words.money(sum(known, Decimal(0)), currency) if known and currency is not None else ""


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
