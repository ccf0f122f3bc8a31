"""Signature blocks that begin on one page and go on at the top of the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .labels import SLASH, classify
from .names import is_continuation, is_unfinished, read_name
from .rows import Row
from .signers import name_and_title
from .words import (
    fold,
    is_capital,
    is_incomplete,
    looks_like_company,
    looks_like_person,
    looks_like_title,
)

_BETWEEN = ("noise", "footer")  # what stands at the foot and at the head of pages
_SIGNED = ("by", "signature", "rule")
_LABELS = ("name", "title", "its")
_FORM = ("address", "amount", "other")
_MOST_OF_FORM = 12  # rows
_MOST_BETWEEN = 6  # rows
_MOST_OF_HEAD = 8  # rows


def without_turns(rows: Sequence[Row]) -> list[Row]:
    """The rows, without the turn of a page in the middle of a block, and the page's number and foot there."""
    found: list[Row] = []
    at = 0
    while at < len(rows):
        if not rows[at].hard:
            found.append(rows[at])
            at += 1
            continue
        last, following = _before(found), _after(rows, at)
        if last is None or following is None or not _goes_on(found[: last + 1], rows, following):
            found.append(rows[at])
            at += 1
            continue
        del found[last + 1 :]
        found.append(replace(rows[following], gap=1 if found[-1].kinds[-1] == "amount" else 0))
        at = following + 1
    return found


def _is_between(row: Row) -> bool:
    return row.hard or all(kind in _BETWEEN for kind in row.kinds)


def _before(found: Sequence[Row]) -> int | None:
    """The last row of the page above its foot."""
    for at in range(len(found) - 1, max(-1, len(found) - 1 - _MOST_BETWEEN), -1):
        if not _is_between(found[at]):
            return at
        if found[at].hard:
            return None
    return None


def _after(rows: Sequence[Row], at: int) -> int | None:
    """The first row of the page that begins at `at`, below its head."""
    for following in range(at + 1, min(len(rows), at + 1 + _MOST_BETWEEN)):
        if not _is_between(rows[following]):
            return following
    return None


def _goes_on(above: Sequence[Row], rows: Sequence[Row], at: int) -> bool:
    """Whether the block that the rows `above` end on their page goes on in the row at `at`."""
    last, row = above[-1], rows[at]
    if last.hard or "prose" in last.kinds or "heading" in last.kinds:
        return False
    over = _cell_over(last, row)
    if (last.sequential or row.sequential) and over is None and not _are_columns(last, row):
        return False
    kind, before = row.kinds[0], last.kinds[-1 if over is None else over]
    if _is_form(above) and kind in (*_FORM, "text", "by", "signature"):
        return True
    if kind in _LABELS:
        return before in (*_SIGNED, *_LABELS, "text")
    if kind in ("by", "signature"):
        return _wants_signature(above) or (kind == "signature" and _is_bare(last))
    return kind == "text" and _goes_on_in_words(last, rows, at)


def _are_columns(last: Row, row: Row) -> bool:
    """Whether the cells of two rows stand over each other, so that they are those of two columns."""
    pairs = zip(last.cells, row.cells, strict=False)
    return len(last.cells) == len(row.cells) == 2 and all(abs(a[0] - b[0]) <= 6 for a, b in pairs)


def _cell_over(last: Row, row: Row) -> int | None:
    """Which of two columns' cells in `last` stands over the only one of a row that has kept its indent."""
    if not row.placed or len(row.cells) != 1 or len(last.cells) != 2:
        return None
    start = row.cells[0][0]
    return next((at for at, cell in enumerate(last.cells) if abs(cell[0] - start) <= 2), None)


def _is_form(above: Sequence[Row]) -> bool:
    """Whether the rows end within `Name of Holder:`, its address and amount, which a signature block follows."""
    for row in reversed(above[-_MOST_OF_FORM:]):
        if row.kinds[0] == "holder":
            return True
        if row.hard or row.kinds[0] in (*_SIGNED, *_LABELS, "prose", "heading", "witness"):
            return False
    return False


def _is_bare(row: Row) -> bool:
    kind, text, _ = classify(row.cells[-1][1])
    return kind == "by" and not text


def _wants_signature(above: Sequence[Row]) -> bool:
    """Whether the rows end with a party's name or a step of its chain, and no signature below it."""
    names: list[str] = []
    gap = 0
    for row in reversed(above[-_MOST_OF_HEAD:]):
        kind, text, _ = classify(row.cells[-1][1])
        if row.hard or kind not in ("text", "its", "by") or (names and gap > 1):
            break
        if kind == "by":
            if not SLASH.match(text) and looks_like_company(read_name(text or "".join(names[-1:])).entity):
                return True
            names = names if text else names[:-1]  # what stands behind its label is who signed
            break
        names.append(text)
        gap = row.gap
    if not names or looks_like_title(names[0]):
        return False
    return any(looks_like_company(name) or is_capital(name) for name in names)


def _goes_on_in_words(last: Row, rows: Sequence[Row], at: int) -> bool:
    kind, text, _ = classify(last.cells[-1][1])
    below = rows[at].cells[0][1]
    if looks_like_title(below):
        return kind in (*_SIGNED, "name", "title") or (kind == "text" and looks_like_person(text))
    if kind in _SIGNED and (SLASH.match(text) or kind == "signature"):
        return bool(fold(below)) and fold(SLASH.sub("", text)) == fold(below)
    if _is_bare(last) and looks_like_company(below) and _has_capacity(rows, at):
        return True
    if kind in _SIGNED and not text.strip("_ "):
        return _is_titled(rows, at) if looks_like_person(below) else all(name_and_title(below))
    if kind == "name" and not text:
        return looks_like_person(below) and _is_titled(rows, at)
    return kind in ("text", "by") and (is_incomplete(text) or is_continuation(below) or is_unfinished(text, below, 1))


def _is_titled(rows: Sequence[Row], at: int) -> bool:
    """Whether the row below the one at `at` is a title."""
    following = rows[at + 1] if at + 1 < len(rows) else None
    return following is not None and (following.kinds[0] == "title" or looks_like_title(following.text))


def _has_capacity(rows: Sequence[Row], at: int) -> bool:
    """Whether the row at `at` says, or the one below it, in which capacity its company acts."""
    return read_name(rows[at].text).capacity is not None or (at + 1 < len(rows) and rows[at + 1].kinds[0] == "its")
