"""The rows of the board in words: filters, order, groups, and what is next for each party."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.urls import reverse

from signatures.domain.queries import board as queries
from signatures.domain.queries import listing
from signatures.domain.queries.board import Before, Copy, Detail, Joined, Standing
from signatures.domain.queries.listing import Alike, Group
from signatures.models import Agreement, Answer, BlockState, Channel
from signatures.views import words
from signatures.views.access import Access
from signatures.views.board.contact import last_contact
from signatures.views.numbers import number
from signatures.views.received import pages

MOST_ROWS = 200
EXECUTED = (BlockState.EXECUTED, BlockState.RELEASED)

# The filters of `listing.FILTERS`. That an original is to follow, or a proxy missing, is seldom.
SHOWN = {
    "": "All",
    "todo": "To do",
    "outstanding": "Outstanding",
    "review": "In review",
    "defective": "Defective",
    "executed": "Executed",
    "original": "Original to follow",
    "proxy": "Proxy missing",
}
SELDOM = ("original", "proxy")
GROUPINGS = {"": "nothing", "family": "fund family", "counsel": "counsel", "signatory": "signatory"}
IN_NO_GROUP = {
    "family": "No fund family on record",
    "counsel": "No counsel on record: the signatory gets the packet",
    "signatory": "Nobody named yet",
}
ORDERS = {"": "next step", "principal": "principal", "name": "name", "document": "place in the document"}


@dataclass(frozen=True)
class Asked:
    """What the address of the board asks for; anything unknown in it counts as not asked."""

    show: str
    group: str
    sort: str
    query: str
    start: int

    @classmethod
    def of(cls, given: QueryDict) -> Asked:
        return cls(
            show=given.get("show", "") if given.get("show") in SHOWN else "",
            group=given.get("group", "") if given.get("group") in GROUPINGS else "",
            sort=given.get("sort", "") if given.get("sort") in ORDERS else "",
            query=" ".join(given.get("q", "").replace("\0", "").split())[:200],
            start=number(given.get("from")) or 0,
        )

    def address(self, agreement: Agreement, changed: dict[str, object] | None = None, *, name: str = "board") -> str:
        """Return the board's address for the same with something changed."""
        asked = {
            "show": self.show,
            "group": self.group,
            "sort": self.sort,
            "q": self.query,
            "from": self.start,
            **(changed or {}),
        }
        given = QueryDict(mutable=True)
        given.update({key: str(value) for key, value in asked.items() if value})
        path = reverse(name, args=[agreement.slug])
        return f"{path}?{given.urlencode()}" if given else path


def rows_context(
    access: Access, asked: Asked, everybody: Sequence[Alike], found: Collection[int] | None, now: datetime.datetime
) -> dict[str, Any]:
    """Return what templates/board/rows.html expects. Only the rows that are shown are looked at closely.

    `everybody` are all parties summed up, `found` the blocks that a search found, None where nothing was searched.
    """
    agreement = access.agreement
    every_holder = [one for one in everybody if one.is_holder]
    counted = [one for one in every_holder if one.is_found]
    chosen = sum(one.parties for one in counted if one.is_in(asked.show))
    start = asked.start if asked.start < chosen else 0
    grouped = listing.holders(
        agreement,
        slice(start, start + MOST_ROWS),
        show=asked.show,
        order=asked.sort or "step",
        group=asked.group,
        amounts=access.show_amounts,
        blocks=found,
    )
    parties = listing.others(agreement, found)
    orders = {key: word for key, word in ORDERS.items() if key != "principal" or access.show_amounts}
    shown = [row for row, _ in grouped]
    details = queries.details(agreement, [*parties, *shown])
    in_words = {row.block: _row(access, row, details[row.block], now) for row in (*parties, *shown)}
    return {
        "show_amounts": access.show_amounts,
        "filters": _filters(agreement, asked, counted),
        "groupings": _choices(agreement, asked, "group", GROUPINGS),
        "orders": _choices(agreement, asked, "sort", orders),
        "parties": [in_words[row.block] for row in parties],
        "groups": _groups(access, asked, grouped, in_words),
        "rows_words": _rows_words(start, len(shown), chosen, sum(one.parties for one in every_holder)),
        "earlier_url": asked.address(agreement, {"from": max(0, start - MOST_ROWS)}) if start else None,
        "later_url": asked.address(agreement, {"from": start + MOST_ROWS}) if start + MOST_ROWS < chosen else None,
    }


def _filters(agreement: Agreement, asked: Asked, holders: Sequence[Alike]) -> list[dict[str, Any]]:
    filters = []
    for key, word in SHOWN.items():
        count = sum(one.parties for one in holders if one.is_in(key))
        if key in SELDOM and not count and asked.show != key:
            continue
        url = asked.address(agreement, {"show": key, "from": 0})
        filters.append({"word": word, "count": f"{count:,}", "url": url, "current": asked.show == key})
    return filters


def _choices(agreement: Agreement, asked: Asked, name: str, choices: dict[str, str]) -> list[dict[str, Any]]:
    current = getattr(asked, name) if getattr(asked, name) in choices else ""
    return [
        {"word": word, "url": asked.address(agreement, {name: key, "from": 0}), "current": current == key}
        for key, word in choices.items()
    ]


def _groups(
    access: Access, asked: Asked, shown: Sequence[tuple[Standing, Group]], in_words: dict[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    named: dict[Group, list[dict[str, Any]]] = {}
    for row, group in shown:
        named.setdefault(group, []).append(in_words[row.block])
    if not asked.group or not named:
        return [{"name": "", "sums": "", "rows": [row for rows in named.values() for row in rows]}]
    return [
        {"name": group.name or IN_NO_GROUP[asked.group], "sums": _sums(access, group), "rows": rows}
        for group, rows in named.items()
    ]


def _sums(access: Access, group: Group) -> str:
    """Return 2 of 3 holders executed, $5,000,000 of $8,750,000."""
    said = f"{group.executed:,} of {words.counted(group.holders, 'holder')} executed"
    if not access.show_amounts or group.principal is None:
        return said
    currency = access.agreement.currency
    executed = words.money(group.principal_executed or Decimal(0), currency)
    return f"{said}, {executed} of {words.money(group.principal, currency)}"


def _rows_words(start: int, shown: int, chosen: int, holders: int) -> str:
    of = words.counted(holders, "holder")
    if shown == chosen:
        return f"{chosen:,} of {of}"
    return (
        f"{start + 1:,} to {start + shown:,} of {chosen:,}, of {of} in all"
        if chosen != holders
        else (f"{start + 1:,} to {start + shown:,} of {of}")
    )


def _row(access: Access, row: Standing, detail: Detail, now: datetime.datetime) -> dict[str, Any]:
    agreement = access.agreement
    currency = agreement.currency
    zone = agreement.time_zone
    return {
        "id": row.block,
        "url": reverse("holder", args=[agreement.slug, row.block]),
        "name": row.entity,
        "chain": words.chain_words(detail.chain) or ["signs for itself"],
        "role": "" if row.is_holder else row.role,
        "signatories": [{"name": name or "name left blank", "title": title} for name, title in detail.lines],
        "principal": words.money(row.principal, currency)
        if access.show_amounts and row.principal is not None
        else None,
        "disregarded": f"disregarded, {row.disregarded_reason}" if row.disregarded else "",
        **state_of(row),
        "copies": [copy_words(agreement, copy, now, bound_of_several(detail)) for copy in detail.copies],
        "contact": last_contact(detail, zone, now),
        "notes": [*notes_of(row, detail, access.show_amounts), *_lacking(detail)],
        "noted": note_words(detail, zone, now) if access.show_amounts else "",
        "step": _step(access, row, detail),
    }


def _lacking(detail: Detail) -> list[dict[str, str]]:
    """Say what a party has still to sign beside the agreement."""
    return [{"words": f"Not signed yet: {words.joined(detail.lacking)}", "kind": "wary"}] if detail.lacking else []


def state_of(row: Standing) -> dict[str, str]:
    """Return the state as parts/state.html shows it: what is signed without the proxy it takes is half done."""
    if row.proxy_missing:
        return {"state": BlockState.IN_REVIEW.value, "state_word": words.PROXY_MISSING}
    return {"state": row.state, "state_word": ""}


def note_words(detail: Detail, zone: str, now: datetime.datetime) -> str:
    """Return the newest note on a party with its author and moment; empty for none."""
    if detail.note is None:
        return ""
    return f"Note: {detail.note.words} ({detail.note.made_by}, {words.local_moment(detail.note.made_at, zone, now)})"


def bound_of_several(detail: Detail) -> tuple[int, ...]:
    """Return the pages that are bound where several are accepted: the only one wants no word for it."""
    return detail.bound if sum(copy.counts for copy in detail.copies) > 1 else ()


def copy_words(agreement: Agreement, copy: Copy, now: datetime.datetime, bound: Collection[int] = ()) -> dict[str, Any]:
    """Return one copy that came in, with whom it is from. `bound` are the pages that are bound, of several."""
    sender = words.telephone(copy.fax_sender or copy.sender)
    said = [f"from {sender}" if sender else "", f"page {copy.fax_page}" if copy.fax_page else ""]
    said.append(f"of version {copy.version}" if copy.version else "")
    return {
        "channel": words.CHANNELS[Channel(copy.channel)],
        "when": words.moment(copy.received_at, agreement.time_zone, now),
        "words": ", ".join(filter(None, said)),
        "url": reverse("received_page", args=[agreement.slug, copy.page]),
        "best": copy.page in bound,
    }


def notes_of(row: Standing, detail: Detail, show_notes: bool) -> list[dict[str, str]]:
    """Return what there is to know about a party's copies: defects first, then questions, then what is to follow.

    What was noted with a defect may tell an amount: `show_notes` is for who may see amounts.
    """
    said = [
        pages.Said(f"{one.words}: {one.note}" if one.note and show_notes else one.words, "bad")
        for one in detail.defects
    ]
    said += [
        pages.question(copy.question, copy.urgency) for copy in detail.copies if copy.needs_person and not copy.counts
    ]
    if detail.joined is not None:
        said.append(pages.Said(joined_words(detail.joined), ""))
    if detail.before is not None:
        said.append(before_words(row, detail.before))
    if row.original_to_follow:
        said.append(pages.Said("Original to follow", "wary"))
    return [{"words": one.words, "kind": one.kind} for one in dict.fromkeys(said)]


def joined_words(joined: Joined) -> str:
    """Return Joined March 3, 2021, from North Pier Fund, L.P."""
    dated = f"{joined.dated:%B} {joined.dated.day}, {joined.dated.year}"
    return f"Joined {dated}, " + (f"from {joined.transferor}" if joined.transferor else "a late holder")


def before_words(row: Standing, before: Before) -> pages.Said:
    """Say what becomes of a party's signature on an earlier version."""
    version = f"version {before.version}"
    if before.answer == Answer.ASKED:
        return pages.Said(f"Asked whether the signature on {version} carries over", "wary")
    if before.answer == Answer.SIGNS_AGAIN:
        return pages.Said(f"Signed {version} before, and signs again", "")
    if before.answer == Answer.CARRIES:
        given = f"{before.authority} of {before.given_by}"
        if row.state in EXECUTED:
            return pages.Said(f"Carries over from {version}: {given}", "good")
        return pages.Said(f"Would carry over from {version} ({given}), but that is not signed", "wary")
    return pages.Said(f"Signed {version}: nobody has decided whether that carries over", "wary")


def _step(access: Access, row: Standing, detail: Detail) -> dict[str, Any] | None:
    """Return what a person would do next about a party; nothing for those who only look."""
    slug = access.agreement.slug
    if access.may_act and row.proxy_missing:
        url = f"{reverse('holder', args=[slug, row.block])}#proxy"
        return {"word": "Proxy", "url": url, "main": False, "method": "get"}
    if not access.may_act or row.state in EXECUTED or row.state == BlockState.REVOKED:
        return None
    waiting = next((copy for copy in detail.copies if copy.needs_person), None)
    if waiting is not None:
        return {"word": "Review", "url": reverse("desk_page", args=[slug, waiting.page]), "main": True, "method": "get"}
    if detail.before is not None and detail.before.answer in ("", Answer.ASKED):
        url = f"{reverse('carry_over', args=[slug])}?show={'asked' if detail.before.answer else 'ask'}"
        return {"word": "Decide", "url": url, "main": True, "method": "get"}
    if detail.packet is None or not detail.has_page:
        return {"word": "Issue page", "url": reverse("pages", args=[slug]), "main": False, "method": "get"}
    if row.state == BlockState.DEFECTIVE:
        url = f"{reverse('holder', args=[slug, row.block])}#defects"
        return {"word": "Ask again", "url": url, "main": False, "method": "get"}
    url = f"{reverse('packets', args=[slug])}?packet={detail.packet}#packet-{detail.packet}"
    return {"word": "Packet", "url": url, "main": False, "method": "get"}
