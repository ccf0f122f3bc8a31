"""Measures the board and the desk of a large agreement, beside those of a small one in the same database."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from signatures.domain.tally import tabulation
from signatures.management.benchmarks.crowd import crowd, more_blocks
from signatures.models import Agreement, User

SMALL = 200
FILL_SECONDS = 60.0
SCREENS = ("board", "board_live", "desk", "desk_queue")


def measure(
    holders: int = 5_000, received: int = 15_000, blocks: int = 2_000_000, requests: int = 50
) -> dict[str, Any]:
    """Return the figures that `bench board` prints, in milliseconds at the server.

    `ratio_to_200_holders` is the board's median against that of an agreement of 200 holders with as many pages each.
    The requests of the large and the small one take turns, so both saw the same load.
    """
    user = User.objects.create_user("bench@counterpart.example", name="Maya Fenwick")
    large = crowd(user, holders, received)
    small = crowd(user, SMALL, SMALL * received // holders)
    filled = more_blocks(large, blocks, FILL_SECONDS)
    client = Client(SERVER_NAME="localhost")
    client.force_login(user)
    with override_settings(SECURE_SSL_REDIRECT=False, ALLOWED_HOSTS=["localhost"]):
        times = {name: _in_turns(_get(client, name, large), _get(client, name, small), requests) for name in SCREENS}
        queries = {name: _queries(_get(client, name, large)) for name in SCREENS}
    tally = _in_turns(lambda: tabulation.tabulate(large), lambda: tabulation.tabulate(small), requests)
    return {
        "holders": holders,
        "received": received,
        "blocks": filled,
        "median_ms": times["board"][0],
        "median_ms_200_holders": times["board"][1],
        "ratio_to_200_holders": _ratio(times["board"]),
        "queries": queries["board"],
        "live_median_ms": times["board_live"][0],
        "queue_median_ms": times["desk"][0],
        "queue_ratio_to_200_holders": _ratio(times["desk"]),
        "queue_queries": queries["desk"],
        "queue_alone_median_ms": times["desk_queue"][0],
        "tabulation_median_ms": tally[0],
        "tabulation_ratio_to_200_holders": _ratio(tally),
    }


def _get(client: Client, name: str, agreement: Agreement) -> Callable[[], None]:
    address = reverse(name, args=[agreement.slug])

    def get() -> None:
        response = client.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}.")

    return get


def _in_turns(large: Callable[[], object], small: Callable[[], object], requests: int) -> tuple[float, float]:
    """Return the median milliseconds of each. The first of each is not counted: templates are compiled in it."""
    times: dict[Callable[[], object], list[float]] = {large: [], small: []}
    for _ in range(requests + 1):
        for work, taken in times.items():
            began = time.perf_counter()
            work()
            taken.append((time.perf_counter() - began) * 1000)
    return round(median(times[large][1:]), 1), round(median(times[small][1:]), 1)


def _ratio(times: tuple[float, float]) -> float:
    return round(times[0] / times[1], 2)


def _queries(get: Callable[[], None]) -> int:
    with CaptureQueriesContext(connection) as seen:
        get()
    return len(seen)


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    return [
        f"Board and desk, {found['holders']:,} holders, {found['received']:,} received pages, "
        f"{found['blocks']:,} blocks in the database, medians at the server:",
        f"  board      {found['median_ms']} ms in {found['queries']} queries; "
        f"{found['ratio_to_200_holders']} times that of 200 holders ({found['median_ms_200_holders']} ms); "
        f"its live part {found['live_median_ms']} ms",
        f"  queue      {found['queue_median_ms']} ms with a page open, in {found['queue_queries']} queries; "
        f"{found['queue_ratio_to_200_holders']} times that of 200 holders; alone {found['queue_alone_median_ms']} ms",
        f"  tabulation {found['tabulation_median_ms']} ms; "
        f"{found['tabulation_ratio_to_200_holders']} times that of 200 holders",
    ]
