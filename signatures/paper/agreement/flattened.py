"""Two columns whose cells were written one under the other: both names, both `By:`, both `Name:`, both `Title:`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .labels import SLASH, classify
from .names import is_continuation
from .rows import Row
from .words import fold, has_company_suffix, is_capital, looks_like_company

_MOST_UNITS = 12
_LABELLED = ("by", "name", "title", "its", "date")


@dataclass(frozen=True)
class _Unit:
    """A label with its value, which may stand in the row below."""

    kind: str
    rows: tuple[Row, ...]
    value: str


def flattened_apart(rows: list[Row]) -> Iterator[Row]:
    """The rows, with every such pair of columns put one after the other."""
    at = 0
    while at < len(rows):
        units = _units(rows, at + 2) if _are_heads(rows, at) else []
        if not _alternate(units):
            yield rows[at]
            at += 1
            continue
        sure = all(_is_signed_by_named(units[column::2]) for column in (0, 1))
        for column in (0, 1):
            yield replace(rows[at + column], cells=((0, ""),), gap=1, hard=True, column=column)
            for row in (rows[at + column], *(row for unit in units[column::2] for row in unit.rows)):
                yield replace(row, column=column, unsure=not sure)
        at += 2 + sum(len(unit.rows) for unit in units)


def signatures_beside(rows: list[Row]) -> Iterator[Row]:
    """The rows; two signatures under each other beside each other again, where the row of their names is."""
    at = 0
    while at < len(rows):
        names = _names_of_both(rows, at)
        if names is None:
            yield rows[at]
            at += 1
            continue
        cells = tuple((start, row.text) for (start, _), row in zip(names, rows[at : at + 2], strict=True))
        yield replace(rows[at], cells=cells, parts=())
        at += 2


def _names_of_both(rows: list[Row], at: int) -> tuple[tuple[int, str], ...] | None:
    """The cells with the names of those who sign in the rows at `at` and below it, in their order."""
    pair, below = rows[at : at + 2], rows[at + 2 : at + 4]
    if len(pair) < 2 or pair[1].gap or any(len(row.cells) != 1 or row.hard for row in pair):
        return None
    signed = [fold(_signature(row.text)) for row in pair]
    for row in below:
        if len(row.cells) == 2 and all(signed) and [fold(_named(text)) for _, text in row.cells] == signed:
            return row.cells
    return None


def _signature(text: str) -> str:
    kind, value, _ = classify(text)
    return SLASH.sub("", value) if kind in ("by", "signature") and (kind == "signature" or SLASH.match(value)) else ""


def _named(text: str) -> str:
    kind, value, _ = classify(text)
    return value if kind in ("text", "name") else ""


def _are_heads(rows: list[Row], at: int) -> bool:
    pair = rows[at : at + 2]
    return (
        len(pair) == 2
        and all(len(row.cells) == 1 and not row.hard and row.kinds == ["text"] for row in pair)
        and has_company_suffix(pair[0].text)
        and all(looks_like_company(row.text) and not is_continuation(row.text) for row in pair)
        and (has_company_suffix(pair[1].text) or is_capital(pair[0].text) is is_capital(pair[1].text) is True)
        and pair[1].gap <= 1
    )


def _units(rows: list[Row], at: int) -> list[_Unit]:
    found: list[_Unit] = []
    while (
        at < len(rows)
        and len(found) < _MOST_UNITS
        and len(rows[at].cells) == 1
        and not rows[at].hard
        and rows[at].gap <= 3
    ):
        kind, value, _ = classify(rows[at].text)
        if kind not in _LABELLED:
            break
        taken = [rows[at]]
        following = rows[at + 1] if at + 1 < len(rows) else None
        if not value.strip("_ ") and following is not None and len(following.cells) == 1 and following.gap <= 1:
            below = classify(following.text)
            if below[0] in ("text", "signature", "rule") and not following.hard:
                taken.append(following)
                value = following.text
        found.append(_Unit(kind, tuple(taken), value))
        at += len(taken)
    return found


def _alternate(units: list[_Unit]) -> bool:
    """Whether each label comes twice, one after the other, `By:` first."""
    kinds = [unit.kind for unit in units]
    pairs = list(zip(kinds[::2], kinds[1::2], strict=False))
    return len(kinds) >= 4 and len(kinds) % 2 == 0 and kinds[0] == "by" and all(one == two for one, two in pairs)


def _is_signed_by_named(units: list[_Unit]) -> bool:
    signed = next((SLASH.sub("", classify(u.value)[1] or u.value) for u in units if u.kind == "by"), "")
    named = next((u.value for u in units if u.kind == "name"), "")
    return bool(fold(named)) and fold(SLASH.sub("", signed)) == fold(named)
