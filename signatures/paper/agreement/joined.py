"""Rows that belong to one another though they stand on lines of their own: a label and its value, a broken name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .labels import SLASH, classify
from .names import read_name
from .rows import Row
from .words import (
    CAPACITY,
    LEADING_ARTICLES,
    TITLE_HEAD,
    TITLE_WORD,
    fold,
    has_company_suffix,
    looks_like_company,
    looks_like_person,
    looks_like_title,
)

_WIDEST = 4  # blank lines between a bare `By:` and the signature that belongs to it
_LABELLED = ("by", "name", "title", "its", "signature", "rule")
_ON_BEHALF = re.compile(r"(?:signed\s+|executed\s+)?(?:by\s+and\s+|for\s+and\s+)?on\s+behalf\s+of\s*:?", re.IGNORECASE)
_ROLE_FIRST = re.compile(r"(?:its|as|an?|the)\s", re.IGNORECASE)


def joined(rows: Sequence[Row]) -> list[Row]:
    """The rows, each label with the value below it, and each name and title of two rows in one."""
    whole = _unbroken(rows)
    below = _writes_below(whole)
    found: list[Row] = []
    at = 0
    while at < len(whole):
        row = whole[at]
        if _is_bare_label(row) and at + 1 < len(whole) and _is_value(whole, at, below):
            row = _one_row(row, whole[at + 1])
            at += 1
        found.append(row)
        at += 1
    return found


def _one_row(row: Row, following: Row) -> Row:
    return replace(row, cells=((row.cells[0][0], f"{row.text} {following.text}"),), parts=())


def _is_alone(row: Row) -> bool:
    return len(row.cells) == 1 and not row.hard


def _is_bare_label(row: Row) -> bool:
    if not _is_alone(row):
        return False
    kind, value, _ = classify(row.text)
    return kind in ("by", "name", "title", "its") and not value and "_" not in row.text


def _writes_below(rows: Sequence[Row]) -> bool:
    """Whether a document's signatures stand in the row below their `By:`, as in tables copied cell by cell."""
    signed = [
        _is_alone(rows[at + 1]) and rows[at + 1].kinds == ["signature"]
        for at in range(len(rows) - 1)
        if _is_bare_label(rows[at]) and rows[at].kinds == ["by"]
    ]
    return any(signed)


def _is_value(rows: Sequence[Row], at: int, below: bool) -> bool:
    """Whether the row after the bare label at `at` is its value, `below` being how the document writes them."""
    kind, following = rows[at].kinds[0], rows[at + 1]
    value, text = following.kinds[0], following.text
    if not _is_alone(following) or following.gap > (_WIDEST if (kind, value) == ("by", "signature") else 1):
        return False
    if kind == "by":
        return value in ("signature", "rule") or (value == "text" and _is_step(rows, at + 1, below))
    if value not in ("text", "heading"):
        return False
    if kind == "name":
        return looks_like_person(text) and not _heads_signature(rows, at + 2)
    role = LEADING_ARTICLES.sub("", text)
    return looks_like_title(role) or (kind == "its" and bool(CAPACITY.match(role)))


def _heads_signature(rows: Sequence[Row], at: int) -> bool:
    return at < len(rows) and rows[at].kinds[0] in ("by", "signature")


def _is_step(rows: Sequence[Row], at: int, below: bool) -> bool:
    """Whether the row at `at` names the company through which the party above signs, not the next party."""
    end = at + 1
    while end < len(rows) and end <= at + 4 and _is_alone(rows[end]) and rows[end].kinds[0] not in _LABELLED:
        end += 1
    if end == len(rows) or rows[end].kinds[0] not in ("by", "its", "signature"):
        return False
    named = read_name(rows[at].text)
    if not looks_like_company(named.entity):
        return False
    behind = [row.text for row in rows[at + 1 : end] if row.gap == 0 and _ROLE_FIRST.match(row.text)]
    capacities = [named.capacity or "", *(LEADING_ARTICLES.sub("", text) for text in behind)]
    if rows[end].kinds[0] == "its" or any(CAPACITY.match(text) for text in capacities):
        return True
    return below and rows[at].gap == 0 and has_company_suffix(named.entity)


def _unbroken(rows: Sequence[Row]) -> list[Row]:
    """The rows, with the signatures, names and titles that were broken within put together."""
    found: list[Row] = []
    signed: set[str] = set()
    for row in rows:
        if (
            _is_alone(row)
            and _ON_BEHALF.fullmatch(row.text)
            and not (found and row.gap == 0 and found[-1].kinds == ["text"])
        ):
            continue
        if found and _is_alone(row) and _is_alone(found[-1]) and not row.gap and _breaks(found[-1], row, signed):
            found[-1] = _one_row(found[-1], row)
        else:
            found.append(row)
        if signature := _signature(found[-1]):
            signed.add(fold(signature))
    return found


def _signature(row: Row) -> str:
    """What stands behind /s/ in a row with one cell; else nothing."""
    if not _is_alone(row) or row.kinds[0] not in ("by", "signature"):
        return ""
    value = row.text if row.kinds == ["signature"] else classify(row.text)[1]
    return SLASH.sub("", value).strip("_ ") if SLASH.match(value) else ""


def _breaks(above: Row, row: Row, signed: set[str]) -> bool:
    """Whether a signature, the name of one who signed, or a title begins in one row and ends in the other."""
    text = row.text
    if SLASH.fullmatch(above.text):
        return looks_like_person(text)
    if signature := _signature(above):
        half = re.search(r"^\S+$|\b[A-Z]\.$", signature) is not None
        return half and bool(re.fullmatch(r"[A-Z][\w'’-]+\.?", text)) and row.kinds == ["text"]
    if above.kinds != ["text"] or row.kinds != ["text"]:
        return False
    if fold(f"{above.text} {text}") in signed:
        return fold(above.text) not in signed and fold(text) not in signed
    words = re.split(r"[\s,/&-]+", above.text.strip(" ,"))
    is_half = all(TITLE_WORD.match(w) for w in words) and not TITLE_HEAD.search(above.text)
    return is_half and looks_like_title(text) and not looks_like_company(above.text)
