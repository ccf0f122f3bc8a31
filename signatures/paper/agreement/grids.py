"""Forms in which the labels stand in a column of their own: `Signature`, `Print Name`, `Title`, and a party in each
column beside them. Each party's column is read as a block of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .labels import classify
from .rows import Row
from .words import ROLE_WORD

_LABELS: tuple[tuple[str, str], ...] = (
    ("By", r"(?:authori[sz]ed\s+)?signature|signed(?:\s+by)?|sign\s+here"),
    (
        "Name",
        r"(?:(?:print(?:ed)?|typed?|signatory|signer|full)(?:['’]s)?\s+)?name(?:\s*\((?:please\s+)?print(?:ed)?\))?|"
        r"print(?:ed)?|name\s+of\s+(?:authori[sz]ed\s+)?(?:signatory|signer)",
    ),
    (
        "Title",
        r"(?:(?:print(?:ed)?|job|signatory)\s+)?(?:title|position|capacity)(?:\s+of\s+(?:authori[sz]ed\s+)?"
        r"(?:signatory|signer))?|its",
    ),
    ("Date", r"dated?(?:\s+signed)?|signed\s+on|signing\s+date"),
    (
        "Party",
        r"(?:company|entity|organi[sz]ation|legal\s+entity|party|firm)(?:\s+name)?|(?:legal|full\s+legal)\s+name|"
        r"name\s+of\s+(?:the\s+)?(?:company|entity|party|organi[sz]ation)",
    ),
    (
        "Address",
        r"(?:(?:legal\s+)?notice\s+|mailing\s+|registered\s+|street\s+|postal\s+)?address(?:es)?(?:\s+for\s+notices?)?",
    ),
    ("Telephone", r"(?:tele)?phone|tel|fax|e-?mail(?:\s+address)?|use\s+e-?mail[\w ]*|attention|attn"),
)
_LABEL = re.compile("|".join(rf"(?P<{kind}>^(?:{words})\s*:?$)" for kind, words in _LABELS), re.IGNORECASE)
_DATE = re.compile(r"^[\[(]?\s*dated?(?:\s+signed)?\s*[\])]?:?$", re.IGNORECASE)
_ROLE_IN_FRONT = re.compile(r"^([A-Z][\w /-]{2,40}):\s+(\S.*)$")
_MOST_LINES = 14
_ASIDE = 4  # printed columns that a value stands right of its label, at least


@dataclass(frozen=True)
class _Line:
    """One row of the form: its label and what stands beside it, each with its printed column."""

    row: Row
    label: str
    values: tuple[tuple[int, str], ...]


def forms_as_blocks(rows: list[Row]) -> Iterator[Row]:
    """The rows, with every such form replaced by a block for each of its columns."""
    at = 0
    while at < len(rows):
        form = _form_at(rows, at)
        if form is None:
            yield rows[at]
            at += 1
        else:
            head, lines = form
            after = rows[at + 1 + len(lines)] if at + 1 + len(lines) < len(rows) else None
            goes_on = after is not None and not after.hard and after.gap == 0 and len(after.parts) > 1
            yield from _blocks(rows[at], head, lines, goes_on)
            at += 1 + len(lines)


def without_date_columns(rows: list[Row]) -> list[Row]:
    """The rows without the second rule of `_____   _____` over `Signature   Date`, which no party signs on."""
    kept = list(rows)
    for at in range(len(rows) - 1):
        above, below = rows[at], rows[at + 1]
        if len(above.cells) != len(below.cells) or len(above.cells) < 2 or set(below.kinds) != {"noise"}:
            continue
        dates = [bool(_DATE.match(text)) for _, text in below.cells]
        if any(dates) and not all(dates) and set(above.kinds) == {"rule"}:
            for row, index in ((above, at), (below, at + 1)):
                left = tuple(cell for cell, is_date in zip(row.cells, dates, strict=True) if not is_date)
                kept[index] = replace(row, cells=left)
    return kept


def _form_at(rows: list[Row], at: int) -> tuple[tuple[tuple[int, str], ...], list[_Line]] | None:
    """-> the names or roles in the head at `at`, and the lines below it; None if no form begins there."""
    if rows[at].hard or not rows[at].parts or "prose" in rows[at].kinds or at + 2 >= len(rows):
        return None
    lines: list[_Line] = []
    for row in rows[at + 1 : at + 2 + _MOST_LINES]:
        line = _line_of(row)
        if line is None or row.gap > 2:
            break
        lines.append(line)
    kinds = [line.label for line in lines]
    if "By" not in kinds or "Name" not in kinds or len(set(kinds)) != len([k for k in kinds if k]):
        return None
    edge = max(line.row.parts[0][0] for line in lines) + _ASIDE
    head = tuple(part for part in rows[at].parts if part[0] >= edge)
    beside = [part for line in lines for part in line.values]
    if not (head or beside) or any(start < edge for start, _ in beside):
        return None
    left = [text for start, text in rows[at].parts if start < edge]
    own = _line_of(rows[at])
    if len(left) > 1 or any(not _is_role(text) for text in left) or (head and own and own.label != "Party"):
        return None
    return (head or tuple(rows[at].parts)), lines


def _is_role(text: str) -> bool:
    words = text.strip(" :").split()
    return 0 < len(words) <= 4 and bool(ROLE_WORD.search(text))


def _line_of(row: Row) -> _Line | None:
    if row.hard or not row.parts or len(row.parts) > 5:
        return None
    label = _LABEL.match(row.parts[0][1])
    values = row.parts[1:]
    if label is None or any(_LABEL.match(text) for _, text in values):
        return None
    return _Line(row, label.lastgroup or "", values)


def _blocks(head: Row, names: tuple[tuple[int, str], ...], lines: list[_Line], goes_on: bool) -> Iterator[Row]:
    widest = max([names, *(line.values for line in lines)], key=len)
    starts = [start for start, _ in widest]
    roles = tuple(text for start, text in head.parts if (start, text) not in names)
    sure = not goes_on and all(len(line.values) in (0, len(starts)) for line in lines) and len(names) == len(starts)
    for column in range(len(starts)):
        yield replace(head, cells=((0, ""),), gap=1, hard=True, column=column, sequential=False)
        block = [(head, text) for role in roles for text in (f"{role.strip(' :')}:",)]
        block += [(head, text) for text in _split_role(_value_of(names, starts, column), roles)]
        named = any(classify(text)[0] != "heading" for _, text in block)
        for line in lines:
            value = _value_of(line.values, starts, column)
            if line.label == "Party":
                block.append((line.row, value))
                named = named or bool(value)
            elif line.label == "By":
                block.append((line.row, f"By: {value or '________'}" if named else value or "________"))
            else:
                block.append((line.row, f"{line.label}: {value}"))
        for row, text in block:
            if text:
                yield replace(
                    row, cells=((0, text),), gap=0, hard=False, column=column, sequential=False, unsure=not sure
                )


def _split_role(text: str, roles: tuple[str, ...]) -> list[str]:
    """`PARTY 1: Acme, Inc.` as role and name; a role alone with its colon."""
    if found := _ROLE_IN_FRONT.match(text):
        return [f"{found.group(1)}:", found.group(2)]
    return [f"{text.strip(' :')}:" if not roles and classify(f"{text.strip(' :')}:")[0] == "heading" else text]


def _value_of(values: tuple[tuple[int, str], ...], starts: list[int], column: int) -> str:
    if len(values) == len(starts):
        return values[column][1]
    for start, text in values:
        if min(range(len(starts)), key=lambda c: abs(starts[c] - start)) == column:
            return text
    return ""
