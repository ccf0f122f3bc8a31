"""How facts are said on a screen: money, times with their zone, chains, channels, lists of names."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from signatures.models import Agreement, Channel

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£"}


def money(amount: Decimal | None, currency: str = "USD") -> str:
    """Return an amount as it is written: `$2,250,000`, cents only where there are any. Empty for none."""
    if amount is None:
        return ""
    digits = f"{amount:,.2f}".removesuffix(".00")
    return f"{SYMBOLS[currency]}{digits}" if currency in SYMBOLS else f"{currency} {digits}"


def joined(names: Iterable[str]) -> str:
    """Return names as a sentence lists them: `A, B and C`."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else f"{', '.join(listed[:-1])} and {listed[-1]}" if listed else ""


def channel_word(channel: str) -> str:
    """Return a channel as the first word of a line."""
    label = str(Channel(channel).label)
    return label[:1].upper() + label[1:]


def chain_words(chain: list[dict[str, str]]) -> list[str]:
    """Return a chain as it is read: `by Cape Investments, LLC, its General Partner`."""
    return [f"by {link['entity']}" + (f", its {link['capacity']}" if link["capacity"] else "") for link in chain]


def zone_word(time_zone: str) -> str:
    """Return what a zone is called beside a time: `New York`."""
    return time_zone.rsplit("/", 1)[-1].replace("_", " ")


def local_time(instant: datetime.datetime, time_zone: str) -> str:
    """Return an instant with its zone: `25 Sep 15:27 New York`."""
    local = instant.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%b %H:%M} {zone_word(time_zone)}"


def left_words(due: datetime.datetime | None) -> str:
    """Return how long it is until a deadline, or how long ago it was."""
    if due is None:
        return ""
    seconds = int((due - timezone.now()).total_seconds())
    minutes = abs(seconds) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    length = f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"
    return f"{length} left" if seconds > 0 else f"{length} past"


def agreement_words(agreement: Agreement) -> dict[str, Any]:
    """Return an agreement as every screen shows it (see templates/board/board.html)."""
    version = next((one for one in agreement.versions.all() if one.is_execution), None)
    return {
        "slug": agreement.slug,
        "title": agreement.title,
        "short_title": agreement.title.split(" to ")[0],
        "notes_title": agreement.notes.title if agreement.notes else "",
        "issuer_name": agreement.issuer.name,
        "version_word": "execution version" if version else "no execution version yet",
        "dated": agreement.as_of,
        "due": agreement.due_at,
        "left_words": left_words(agreement.due_at),
        "late": bool(agreement.due_at and agreement.due_at < timezone.now()),
        "time_zone": agreement.time_zone,
        "zone_word": zone_word(agreement.time_zone),
        "amounts_invented": agreement.amounts_invented,
    }
