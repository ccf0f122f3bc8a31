"""How figures, moments and chains are said on the screens."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from zoneinfo import ZoneInfo

from signatures.models import Agreement, Channel

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
PROXY_MISSING = "Signed, proxy missing"
TENTH = Decimal("0.1")
CHANNELS = {
    Channel.PORTAL: "Portal",
    Channel.EMAIL: "E-mail",
    Channel.FAX: "Fax",
    Channel.SCAN: "Scan",
    Channel.COURIER: "Courier",
}


def money(amount: Decimal, currency: str) -> str:
    """Return $24,350,000, with cents only where there are any; CHF 5,000 for a currency without a sign."""
    number = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return f"{SIGNS[currency]}{number}" if currency in SIGNS else f"{currency} {number}"


def counsel_words(agreement: Agreement) -> str:
    """Return who asks, and for whom: Anna Kessler, for Lexington Precision Corporation."""
    whom = agreement.counsel_for or agreement.issuer.name
    return f"{agreement.counsel_name}, for {whom}" if agreement.counsel_name else f"Counsel for {whom}"


def percent(part: Decimal, whole: Decimal) -> str:
    """Return a share with one decimal, rounded down: what is not reached is not said to be. `whole` is above zero."""
    return f"{(part * 100 / whole).quantize(TENTH, ROUND_DOWN)}"


def percent_missing(part: Decimal, whole: Decimal) -> str:
    """Return a missing share with one decimal, rounded up, so that nothing missing ever reads 0.0."""
    return f"{(part * 100 / whole).quantize(TENTH, ROUND_UP)}"


def moment(at: datetime.datetime, zone: str, now: datetime.datetime) -> str:
    """Return 15:24 for today in that zone, else 24 Sep 15:24, with the year where it is another one."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    clock = f"{local:%H:%M}"
    if local.date() == today.date():
        return clock
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {clock}"


def zone_word(zone: str) -> str:
    """Return New York for America/New_York."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def left(due: datetime.datetime, now: datetime.datetime) -> str:
    """Return 1 h 33 min left, 3 days left, or how long ago the deadline passed."""
    minutes = int(abs(due - now).total_seconds() // 60)
    if minutes >= 48 * 60:
        span = f"{minutes // (24 * 60)} days"
    elif minutes >= 60:
        span = f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    else:
        span = f"{minutes} min"
    return f"{span} left" if due > now else f"passed {span} ago"


def chain_words(chain: list[dict[str, str]]) -> list[str]:
    """Return a line for each link, as printed: by Cape Investments, LLC, its General Partner."""
    said = []
    for position, link in enumerate(chain):
        capacity = link.get("capacity") or ""
        own = "its" if position == 0 else article(capacity)
        said.append(f"by {link['entity']}, {own} {capacity}" if capacity else f"by {link['entity']}")
    return said


def article(capacity: str) -> str:
    """Return its, a or an. A partner is one of several; an office is its own."""
    if "partner" not in capacity.casefold() or not capacity[:1].islower():
        return "its"
    return "an" if capacity[0] in "aeiou" else "a"


def telephone(number: str) -> str:
    """Return 212 675 3626 for ten digits; anything else as it is."""
    return f"{number[:3]} {number[3:6]} {number[6:]}" if number.isdigit() and len(number) == 10 else number


def counted(number: int, one: str, several: str = "") -> str:
    """Return 1 page, 2 pages."""
    return f"{number:,} {one if number == 1 else several or one + 's'}"


def joined(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: A, B and C. Empty for none."""
    listed = list(names)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def local_moment(at: datetime.datetime, zone: str, now: datetime.datetime) -> str:
    """Return a moment with its zone: 24 Sep 15:24 New York."""
    return f"{moment(at, zone, now)} {zone_word(zone)}"
