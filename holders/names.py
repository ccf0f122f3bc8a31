"""How names are compared, and how chains and amounts are written in a register."""

from __future__ import annotations

import functools
import re
import unicodedata
from decimal import Decimal

_NO_LETTER = re.compile(r"[\W_]+")


@functools.lru_cache(maxsize=100_000)
def fold(name: str) -> str:
    """Return a name without case, accents, punctuation and white space: what two spellings of one name share."""
    return _NO_LETTER.sub("", without_accents(name))


def without_accents(name: str) -> str:
    """Return a name in small letters without accents, `&` written out."""
    plain = name.replace("&", " and ")
    if plain.isascii():
        return plain.lower()
    plain = unicodedata.normalize("NFKD", plain).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char))


_LINK = re.compile(
    r'(?:"(?P<quoted>(?:[^"]|"")+)"(?:,\s*its\s+"(?P<held>(?:[^"]|"")+)")?)|'
    r"(?:(?P<entity>.+?),\s*(?:(?:as\s+)?its|as|an?|the)\s+(?P<capacity>.+))",
    re.IGNORECASE | re.DOTALL,
)


def read_chain(text: str) -> list[tuple[str, str]]:
    """Read `Sandler Capital Management, its Investment Manager > Serf Corp, a general partner`, outermost first.

    Returns (entity, capacity) pairs; the capacity stands without its/as/a and is empty where none is given. An entity
    and a capacity in double quotes are taken as they stand; a double quote inside them is written twice.
    """
    links = []
    for part in re.findall(r'(?:"[^"]*"|[^>])+', text):
        part = part.strip()
        found = _LINK.fullmatch(part)
        if found is None:
            links += [(part, "")] if part else []
        elif found["quoted"]:
            quoted, held = (text.replace('""', '"').strip() for text in (found["quoted"], found["held"] or ""))
            links.append((quoted, held))
        else:
            links.append((found["entity"].strip(), found["capacity"].strip()))
    return links


def write_chain(links: list[tuple[str, str]]) -> str:
    """Return a chain as `read_chain` reads it."""
    return " > ".join(_write_link(entity, capacity) for entity, capacity in links)


def _write_link(entity: str, capacity: str) -> str:
    plain = f"{entity}, its {capacity}" if capacity else entity
    if '"' not in plain and read_chain(plain) == [(entity, capacity)]:
        return plain
    entity, capacity = entity.replace('"', '""'), capacity.replace('"', '""')
    return f'"{entity}", its "{capacity}"' if capacity else f'"{entity}"'


_SIGNS = {"€": "EUR", "£": "GBP"}
_SAYS_CURRENCY = re.compile(r"(?<![a-z])(?:(USD|EUR|GBP|CHF)(?![a-z])|(US)?\$|[€£])", re.IGNORECASE)


def other_currency(text: str, currency: str) -> str:
    """Return the currency that a text says where it cannot be `currency`, an ISO code; else an empty text.

    A bare `$` may be a dollar of any country, or a peso.
    """
    for found in _SAYS_CURRENCY.finditer(text):
        said = (found[1] or _SIGNS.get(found[0]) or ("USD" if found[2] else "$")).upper()
        if said != currency and (said != "$" or currency in {"EUR", "GBP", "CHF"}):
            return said
    return ""


def read_amount(text: str, currency: str = "") -> Decimal | None:
    """Read an amount of money exactly, in any common form: `$2,000,000`, `2.000.000,00`, `1.5 million`.

    Returns None for an empty text. Raises ValueError with a sentence for anything that is not one amount, or says
    another currency than `currency`, an ISO code, where that is known.
    """
    given = text.strip()
    other = other_currency(given, currency) if currency else ""
    if other:
        raise ValueError(f"“{given}” is in {other}, and the notes are in {currency}: so it says under Terms.")
    if given in {"", "-", "\u2013", "\u2014"}:
        return None
    body = re.sub(r"^(?:USD|EUR|GBP|CHF|US\$|\$|€|£)\s*|\s*(?:USD|EUR|GBP|CHF|\$|€|£)$", "", given, flags=re.IGNORECASE)
    scale = Decimal(1)
    found = re.search(r"\s*(thousand|million|mio|mln|mn|mm|m|k|billion|bn|b)\.?$", body, re.IGNORECASE)
    if found:
        scale = {"t": Decimal(10) ** 3, "k": Decimal(10) ** 3, "m": Decimal(10) ** 6, "b": Decimal(10) ** 9}[
            found[1][0].lower()
        ]
        body = body[: found.start()]
    body = re.sub(r"(?<=\d)\.[-\u2013\u2014]+$", "", body.strip())
    digits = _plain_number(re.sub(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3})", "", body.strip()))
    if digits is None:
        raise ValueError(f"“{given}” is not an amount.")
    amount = Decimal(digits) * scale
    if amount != amount.quantize(Decimal("0.01")):
        raise ValueError(f"“{given}” has more than two decimals.")
    if amount >= Decimal(10) ** 18:
        raise ValueError(f"“{given}” is too large to be an amount.")
    return amount.quantize(Decimal("0.01"))


def _plain_number(body: str) -> str | None:
    """Return a number with a point as its decimal mark, None if the separators do not make sense."""
    if re.fullmatch(r"\d+(\.\d+)?", body) and not re.fullmatch(r"\d{1,3}\.\d{3}", body):
        return body
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", body):
        return body.replace(",", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+(,\d+)?", body) and ("," in body or body.count(".") > 1):
        return body.replace(".", "").replace(",", ".")
    if re.fullmatch(r"\d+,\d{1,2}", body):
        return body.replace(",", ".")
    return None
