"""The best copies of blocks: which accepted pages are bound, and why."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Func, IntegerField, OuterRef

from signatures.domain.decisions import best_copies
from signatures.models import BestCopy, Counterpart

SHEET_INCHES = 11  # the longer side of a sheet: A4 is a little longer, and told as sharper by as little
CODES = 2  # on every issued page


@dataclass(frozen=True)
class AcceptedCopy:
    """An accepted copy of a block, as `best_copies.Accepted` says."""

    page: int
    channel: str
    received_at: datetime.datetime
    signed_lines: frozenset[int]
    doubts: int
    dots: int
    off_by: float | None
    is_chosen: bool


@dataclass(frozen=True)
class Best:
    """The pages that are bound for a block, the best first: several where it takes them to show every signed line.

    `is_chosen`: a person chose the first one, else the rule did. `copies` are all that are accepted, the oldest first.
    """

    bound: tuple[int, ...]
    is_chosen: bool
    copies: tuple[AcceptedCopy, ...]


def best_of(blocks: Collection[int]) -> dict[int, Best]:
    """Return the best copies of those of some blocks that have any, in one query."""
    return {block: _best(copies) for block, copies in _copies(blocks).items()}


def _best(copies: list[AcceptedCopy]) -> Best:
    bound = best_copies.bound(copies)
    return Best(bound, any(one.is_chosen and one.page in bound for one in copies), tuple(copies))


def _copies(blocks: Collection[int]) -> dict[int, list[AcceptedCopy]]:
    chosen = BestCopy.objects.filter(block=OuterRef("block"), page=OuterRef("page"), closed_at=None)
    codes = Func(F("page__current_reading__data__codes"), function="jsonb_array_length", output_field=IntegerField())
    rows = (
        Counterpart.objects.filter(block__in=blocks, closed_at=None)
        .annotate(chosen=Exists(chosen), codes_read=codes)
        .order_by("page__submission__received_at", "page")
        .values_list(
            "block",
            "page",
            "lines",
            "page__submission__channel",
            "page__submission__received_at",
            "page__current_reading__data__size",
            "page__current_reading__data__alignment_error",
            "page__current_reading__data__lines",
            "codes_read",
            "chosen",
        )
    )
    found: dict[int, list[AcceptedCopy]] = {}
    for block, page, signed, channel, received_at, size, off_by, seen, read, is_chosen in rows:
        copy = AcceptedCopy(
            page=page,
            channel=channel,
            received_at=received_at,
            signed_lines=frozenset(signed),
            doubts=doubts(read, seen),
            dots=dots(size),
            off_by=off_by,
            is_chosen=is_chosen,
        )
        found.setdefault(block, []).append(copy)
    return found


def doubts(codes_read: int | None, lines: list[dict[str, Any]] | None) -> int:
    """Return how much on a page was too faint for the machine: codes not read, and lines of which it was not sure."""
    unsure = [line for line in lines or () if line["verdict"] == "unsure"]
    return CODES - min(codes_read or 0, CODES) + len(unsure)


def dots(size: list[int] | None) -> int:
    """Return the dots an inch of a picture of `size` pixels, 0 where that is not known."""
    return int(max(size or (0, 0)) / SHEET_INCHES)
