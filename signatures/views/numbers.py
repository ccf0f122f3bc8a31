"""Whole numbers in addresses and forms. What is none is left out and never an error: people edit addresses."""

from __future__ import annotations

from collections.abc import Iterable

MOST_DIGITS = 17  # more may not fit the database's column


def number(text: str | None) -> int | None:
    """Return the number that a text is, None for anything else."""
    return int(text) if text and text.isdecimal() and len(text) <= MOST_DIGITS else None


def numbers(texts: Iterable[str]) -> list[int]:
    """Return those of some texts that are numbers."""
    return [found for text in texts if (found := number(text)) is not None]
