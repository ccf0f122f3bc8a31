"""How names are compared, and how chains and amounts are written in a register."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal


def fold(name: str) -> str:
    """Return a name without case, accents, punctuation and white space: what two spellings of one name share."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    return re.sub(r"[\W_]+", "", "".join(char for char in plain if not unicodedata.combining(char)))


def read_chain(text: str) -> list[tuple[str, str]]:
    """Read `Sandler Capital Management, its Investment Manager > Serf Corp, a general partner`, outermost first.

    Returns (entity, capacity) pairs; the capacity stands without its/as/a and is empty where none is given.
    """
    links = []
    for part in re.split(r"\s*>\s*", text.strip()):
        if not part:
            continue
        found = re.match(r"^(?P<entity>.+?),\s*(?:(?:as\s+)?its|as|an?|the)\s+(?P<capacity>.+)$", part, re.IGNORECASE)
        links.append((found["entity"].strip(), found["capacity"].strip()) if found else (part, ""))
    return links


def write_chain(links: list[tuple[str, str]]) -> str:
    """Return a chain as `read_chain` reads it."""
    return " > ".join(f"{entity}, its {capacity}" if capacity else entity for entity, capacity in links)


def read_amount(text: str) -> Decimal | None:
    """Read an amount of money exactly, in any common form: `$2,000,000`, `2.000.000,00`, `1.5 million`.

    Returns None for an empty text. Raises ValueError with a sentence for anything that is not one amount.
    """
    given = text.strip()
    if given in {"", "-", "\u2013", "\u2014"}:
        return None
    body = re.sub(r"^(?:USD|EUR|GBP|CHF|US\$|\$|€|£)\s*|\s*(?:USD|EUR|GBP|CHF|\$|€|£)$", "", given, flags=re.IGNORECASE)
    scale = Decimal(1)
    found = re.search(r"\s*(thousand|million|mm|m|k|billion|bn)$", body, re.IGNORECASE)
    if found:
        scale = {"t": Decimal(10) ** 3, "k": Decimal(10) ** 3, "m": Decimal(10) ** 6, "b": Decimal(10) ** 9}[
            found[1][0].lower()
        ]
        body = body[: found.start()]
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
