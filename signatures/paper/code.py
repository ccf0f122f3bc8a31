"""The text of the codes on an issued page, and the short number that a person can read and type.

A code carries 16 characters: the prefix CP, nine random ones (the page's key), a letter that tells in which corner the
code stands, and four that check the twelve before them. The 32 symbols leave out 0, O, 1 and I, and all of them are in
QR's alphanumeric set. The check is a Reed-Solomon code over GF(32) (I. S. Reed and G. Solomon, "Polynomial Codes over
Certain Finite Fields", 1960) with generator roots a to a^4: two valid texts differ in at least five places, so that any
change of up to four characters is refused. Nothing is ever corrected: a text that does not agree is not ours.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PREFIX = "CP"
KEY_LENGTH = 9
PAYLOAD_LENGTH = 16
CORNERS: tuple[Literal["A", "B"], Literal["A", "B"]] = ("A", "B")

_CHECKS = 4
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}


@dataclass(frozen=True)
class CodeText:
    """What a valid code says: the page's key, and the corner (A the first code of the page, B the second)."""

    key: str
    corner: Literal["A", "B"]


def _powers() -> tuple[list[int], list[int]]:
    """Return the powers of the primitive element of GF(32) modulo x^5 + x^2 + 1, and their logarithms."""
    power, logarithm, value = [0] * 62, [0] * 32, 1
    for exponent in range(31):
        power[exponent] = power[exponent + 31] = value
        logarithm[value] = exponent
        value <<= 1
        if value & 32:
            value ^= 0b100101
    return power, logarithm


_POWER, _LOGARITHM = _powers()


def _product(left: int, right: int) -> int:
    return _POWER[_LOGARITHM[left] + _LOGARITHM[right]] if left and right else 0


def _generator() -> list[int]:
    """Return the coefficients of (x - a)(x - a^2)(x - a^3)(x - a^4) after the leading 1, highest power first."""
    polynomial = [1]
    for root in range(1, _CHECKS + 1):
        shifted = [*polynomial, 0]
        for place, coefficient in enumerate(polynomial):
            shifted[place + 1] ^= _product(coefficient, _POWER[root])
        polynomial = shifted
    return polynomial[1:]


_GENERATOR = _generator()


def _check(body: str) -> str:
    """Return the remainder of the body's polynomial, as four symbols."""
    remainder = [0] * _CHECKS
    for symbol in body:
        factor = _VALUE[symbol] ^ remainder[0]
        remainder = [
            following ^ _product(factor, coefficient)
            for following, coefficient in zip([*remainder[1:], 0], _GENERATOR, strict=True)
        ]
    return "".join(ALPHABET[value] for value in remainder)


def _is_key(key: str) -> bool:
    return len(key) == KEY_LENGTH and all(symbol in _VALUE for symbol in key)


def new_key(random_bytes: bytes | None = None) -> str:
    """Return a key of nine symbols (45 random bits) from nine or more random bytes, or from the system's own.

    Raises ValueError if fewer than nine bytes are given.
    """
    if random_bytes is None:
        random_bytes = secrets.token_bytes(KEY_LENGTH)
    if len(random_bytes) < KEY_LENGTH:
        raise ValueError(f"A page key takes {KEY_LENGTH} random bytes, and {len(random_bytes)} were given.")
    return "".join(ALPHABET[byte & 31] for byte in random_bytes[:KEY_LENGTH])


def payload(key: str, corner: Literal["A", "B"] = "A") -> str:
    """Return the 16 characters of the code in this corner. Raises ValueError if `key` is not a key."""
    if not _is_key(key):
        raise ValueError(f"{key!r} is not a page key.")
    if corner not in CORNERS:
        raise ValueError(f"{corner!r} is not a corner of a page.")
    body = PREFIX + key + corner
    return body + _check(body)


def parse_payload(text: str) -> CodeText | None:
    """Return what a code says, or None if length, prefix, alphabet, corner or check do not agree."""
    if len(text) != PAYLOAD_LENGTH or not text.startswith(PREFIX):
        return None
    body, check = text[:-_CHECKS], text[-_CHECKS:]
    if not all(symbol in _VALUE for symbol in body) or _check(body) != check:
        return None
    key = body[len(PREFIX) : -1]
    if body[-1] == "A":
        return CodeText(key, "A")
    return CodeText(key, "B") if body[-1] == "B" else None


def page_number(key: str) -> str:
    """Return the number that is printed on the page for people: the key in groups of three, like "K7H 4QM 2XD".

    Raises ValueError for what is no key.
    """
    if not _is_key(key):
        raise ValueError(f"{key!r} is not a page key.")
    return " ".join(key[start : start + 3] for start in range(0, KEY_LENGTH, 3))


def parse_page_number(text: str) -> str | None:
    """Return the key that somebody typed as a page's number, or None. Forgives case, spaces, hyphens and full stops."""
    key = "".join(text.upper().translate({ord(mark): None for mark in "-.–—_"}).split())
    return key if _is_key(key) else None
