"""Tables with a row for each party: `Member | Signature | Shares`, `Company | By | Name | Title`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .labels import RULE, SLASH
from .rows import Row

_HEADS: tuple[tuple[str, str], ...] = (
    ("By", r"(?:authori[sz]ed\s+)?signatures?|signed(?:\s+by)?|by"),
    (
        "Party",
        r"(?:printed\s+)?(?:name\s+of\s+(?:the\s+)?)?(?:member|compan(?:y|ies)|entity|party|holder|note\s?holder|"
        r"(?:share|stock|bond|unit)holder|investor|purchaser|subscriber|lender|bank|seller|(?:limited\s+)?partner|"
        r"participant|guarantor|subsidiary)(?:s|\(s\))?(?:['’]s)?(?:\s+name)?",
    ),
    ("Name", r"(?:print(?:ed)?\s+|typed\s+)?names?(?:\s+of\s+(?:signatory|signer))?"),
    ("Title", r"titles?|capacity|office|position|name\s+and\s+title"),
    (
        "",
        r"dated?(?:\s+signed)?|(?:no\.|number|#)\s+of\s+(?:shares|units|notes)|shares|units|(?:principal\s+)?amount|"
        r"percentage(?:\s+interest)?|commitment|capital\s+contribution|address|interest|witness",
    ),
)
_HEAD = re.compile("|".join(rf"(?P<{kind or 'Other'}>^(?:{words})\s*:?$)" for kind, words in _HEADS), re.IGNORECASE)
_SIGNS = re.compile(r"^By\b\s*:?", re.IGNORECASE)
_MOST_ROWS = 400
_WIDEST_GAP = 4


@dataclass
class _Entry:
    """One party's row, with what stands in the rows below it: the cells by their column's kind."""

    row: Row
    cells: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, text: str) -> None:
        """Keeps a cell; a name printed under the signature stands in the signature's column."""
        below = kind == "By" and kind in self.cells and not _is_signature(text)
        self.cells.setdefault("Name" if below else kind, []).append(text)


def rosters_as_blocks(rows: list[Row]) -> Iterator[Row]:
    """The rows, with every such table replaced by a block for each of its parties."""
    at = 0
    while at < len(rows):
        kinds = _kinds_of_head(rows[at])
        end = _end_of(rows, at) if kinds else at
        entries = _entries(rows[at], rows[at + 1 : end], kinds) if kinds else []
        if not entries:
            yield rows[at]
            at += 1
            continue
        for entry in entries:
            yield from _block(entry)
        at = end


def _kinds_of_head(row: Row) -> list[str]:
    """What each column of the table holds, if a row is the head of one; else nothing."""
    found = [_HEAD.match(text) for _, text in row.parts]
    if row.hard or len(found) < 2 or not all(found):
        return []
    kinds = [match.lastgroup or "" for match in found if match]
    return kinds if kinds.count("By") == 1 and len({*kinds} - {"Other"}) > 1 else []


def _end_of(rows: Sequence[Row], at: int) -> int:
    end = at + 1
    while end < len(rows) and end - at < _MOST_ROWS and not rows[end].hard and rows[end].parts:
        if rows[end].gap > _WIDEST_GAP or "prose" in rows[end].kinds or "footer" in rows[end].kinds:
            break
        end += 1
    return end


def _entries(head: Row, rows: Sequence[Row], kinds: list[str]) -> list[_Entry]:
    starts = [start for start, _ in head.parts]
    entries: list[_Entry] = []
    for row in rows:
        cells = [(kinds[_nearest(starts, start)], text) for start, text in row.parts]
        new = any(kind == "Party" or (kind == "By" and _is_signature(text)) for kind, text in cells)
        if new:
            entries.append(_Entry(row))
        elif not entries:
            return []
        for kind, text in cells:
            entries[-1].add(kind, text)
    return entries if all("By" in entry.cells for entry in entries) else []


def _nearest(starts: Sequence[int], start: int) -> int:
    return min(range(len(starts)), key=lambda c: abs(starts[c] - start))


def _is_signature(text: str) -> bool:
    return bool(SLASH.match(text) or RULE.match(text) or _SIGNS.match(text))


def _block(entry: _Entry) -> Iterator[Row]:
    row = replace(entry.row, gap=0, hard=False, sequential=False, parts=())
    yield replace(row, cells=((0, ""),), gap=1, hard=True)
    named = "Name" in entry.cells or "Title" in entry.cells
    for kind in ("Party", "By", "Name", "Title"):
        text = " ".join(entry.cells.get(kind, []))
        if kind == "By" and named and "Party" in entry.cells and not _SIGNS.match(text):
            text = f"By: {text}"
        elif kind in ("Name", "Title") and text:
            text = f"{kind}: {text}"
        if text:
            yield replace(row, cells=((0, text),))
