"""Measures issuing: so many pages of signatories of their own, and ten times as many."""

from __future__ import annotations

import time
from typing import Any

from signatures.domain.pages import issuing
from signatures.management.benchmarks.crowd import waiting_to_be_issued


def measure(pages: int = 1_000, times: int = 10) -> dict[str, Any]:
    """Return the figures that `bench issue` prints: seconds until all pages and packets are there.

    The pictures that reading compares with are made afterwards, in the background. The ratio is to the mean of a turn
    before and a turn after, since a processor does not keep its speed through a minute of work.
    """
    before = _seconds(pages)
    longer = _seconds(pages * times)
    seconds = (before + _seconds(pages)) / 2
    return {
        "pages": pages,
        "seconds": round(seconds, 1),
        "pages_per_second": round(pages / seconds, 1),
        f"ratio_{times}x": round(longer / seconds, 2),
        f"seconds_{times}x": round(longer, 1),
    }


def _seconds(pages: int) -> float:
    agreement = waiting_to_be_issued(pages)
    began = time.perf_counter()
    issued = issuing.issue(agreement, None)
    seconds = time.perf_counter() - began
    if len(issued) != pages:
        raise RuntimeError(f"{len(issued)} pages were issued, not {pages}.")
    return seconds


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    return [
        f"Issuing, {found['pages']:,} pages, two in a packet: {found['seconds']} s, "
        f"{found['pages_per_second']} pages a second",
        f"  ten times as many take {found['ratio_10x']} times as long ({found['seconds_10x']} s)",
    ]
