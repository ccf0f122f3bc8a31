"""Signature blocks that stand side by side, put one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .labels import SLASH, Kind, classify
from .names import is_continuation, is_unfinished, stacked
from .placed import end_of_columns, with_gaps
from .rows import Row
from .words import (
    fold,
    has_company_suffix,
    is_capital,
    is_incomplete,
    looks_like_company,
    looks_like_person,
    looks_like_title,
)

_SIGNS = {"by", "name", "title", "its", "rule", "signature", "witness", "date"}
_PARTNERSHIP = re.compile(r"(?:L\.?\s?L?\.?P\.?|PARTNERSHIP|L\.?L\.?C\.?|FUND|TRUST)$", re.IGNORECASE)
_MOST_ROWS = 300  # of one region
_REACH = 11  # printed lines between two rows of the same pair of columns


def in_reading_order(rows: list[Row]) -> Iterator[Row]:
    """The rows with one cell each (sequential rows keep theirs), left column before right, a witness's column last."""
    at = 0
    witnessed = False
    while at < len(rows):
        end = _region_end(rows, at)
        witnessed = (witnessed and not rows[at].hard) or "witness" in rows[at].kinds
        if end is None:
            yield from _inline(rows[at])
            at += 1
            continue
        region = rows[at:end]
        witnessed = witnessed or any("witness" in row.kinds for row in region)
        yield from _Region(region, witnessed, _is_ragged(rows, end)).apart()
        at = end


def _is_ragged(rows: list[Row], end: int) -> bool:
    """Whether what follows a region looks like more of its columns."""
    if end >= len(rows) or rows[end].hard or rows[end].gap > 3:
        return False
    return rows[end].kinds[0] in ("by", "signature", "name", "title", "its") or (
        rows[end].sequential and len(rows[end].cells) in (2, 3)
    )


def _region_end(rows: list[Row], at: int) -> int | None:
    """Where the region of columns that begins at `at` ends, or None if none begins there."""
    first = _first_columnar(rows, at)
    if first is None or (_is_party_beside_by(rows[first]) and not _is_headed(rows[first], rows[at:first])):
        return None
    is_pair = _is_pair_of_heads(rows[first])
    last = first
    signs = 0
    for i in range(first, min(len(rows), first + _MOST_ROWS)):
        row = rows[i] = _as_columns(rows[i], rows[first])
        if (
            row.hard
            or row.sequential
            or "prose" in row.kinds
            or (i > first and signs and (_is_pair_of_heads(row) or (row.is_columnar and "heading" in row.kinds)))
            and not _names_signers(row, rows[first:i])
        ):
            break
        if row.is_columnar and row.number - rows[last].number <= _REACH:
            last = i
        elif is_pair and signs < 2 and row.number - rows[last].number <= _REACH:
            last = i if row.kinds[0] in ("by", "title", "name", "its") else last
        signs += sum(kind in ("by", "signature") for kind in row.kinds)
    region = [row for row in rows[first : last + 1] if row.is_columnar]
    if not is_pair and not any(kind in _SIGNS for row in region for kind in row.kinds):
        return None
    ruled = any("rule" in row.kinds for row in region)
    if (is_pair and not signs and not ruled) or all(_is_heading_row(row) for row in region):
        return None
    end = end_of_columns(rows, first, _end_of_owed(rows, first, last + 1))
    while (
        end < len(rows) and not (rows[end].hard or rows[end].is_columnar or rows[end].sequential) and rows[end].gap == 0
    ):
        end += 1
    return end


def _names_signers(row: Row, before: list[Row]) -> bool:
    """Whether a row only prints the names of those who signed above it."""
    signed = {fold(SLASH.sub("", classify(text)[1])) for r in before for _, text in r.cells if _is_signed(text)}
    return all(fold(text) in signed for _, text in row.cells)


def _end_of_owed(rows: list[Row], first: int, end: int) -> int:
    """The end of a region, with the signature below it that the left column's chain still wants."""
    region = [row for row in rows[first:end] if row.is_columnar]
    column = -1 if any("witness" in row.kinds[:1] for row in region) else 0  # beside a witness the party signs
    signing = [row.cells[column][1] for row in region if row.kinds[column] in ("by", "signature")]
    if not signing or any(map(_is_blank_or_signed, signing if not column else signing[-1:])):
        return end
    begun = end
    while begun < len(rows) and rows[begun].kinds == ["text"] and rows[begun].gap == 0 and not rows[begun].hard:
        begun += 1  # what goes on with the step of the chain
    if begun >= len(rows) or rows[begun].gap > 3 or not _is_blank_or_signed(rows[begun].cells[0][1]):
        return end
    last = end = begun
    while last < len(rows) and not (rows[last].hard or rows[last].is_columnar or rows[last].sequential):
        if rows[last].kinds[0] not in ("by", "signature", "name", "title", "its", "text") or (
            last > end and (rows[last].gap > 1 or rows[last].kinds[0] in ("by", "signature"))
        ):
            break
        last += 1
    return last


def _is_blank_or_signed(cell: str) -> bool:
    kind, text, _ = classify(cell)
    return kind == "signature" or (kind == "by" and (SLASH.match(text) is not None or not text.strip("_ ")))


def _is_signed(cell: str) -> bool:
    kind, text, _ = classify(cell)
    return kind == "signature" or (kind == "by" and SLASH.match(text) is not None)


def _as_columns(row: Row, first: Row) -> Row:
    """A row of labels that seem to follow each other, as columns where its cells stand under those of `first`."""
    if row is first or not row.sequential or len(row.cells) != len(first.cells) or len(row.cells) not in (2, 3):
        return row
    beneath = all(abs(a[0] - b[0]) <= 6 + b[0] // 8 for a, b in zip(row.cells, first.cells, strict=True))
    return replace(row, sequential=False) if beneath and first.cells[1][0] >= 20 else row


def _first_columnar(rows: list[Row], at: int) -> int | None:
    """The first row with columns, at `at` or a few heads of blocks below it."""
    for first in range(at, min(at + 8, len(rows))):
        row = rows[first]
        if row.hard or row.sequential or "prose" in row.kinds:
            return None
        if row.is_columnar:
            above = rows[at:first]
            if not above:
                return first
            if at and above[0].gap == 0 and rows[at - 1].kinds[0] in ("by", "signature", "name", "title", "its"):
                return None
            if above[0].gap == 0 and looks_like_title(above[0].text):
                return None  # it ends the block above
            near = all(r.gap <= 1 for r in rows[at + 1 : first + 1]) or "witness" in rows[at].kinds
            near = (near and len(above) < 4) or _is_head_of_right(above, row) or _are_heads_of_both(above, row)
            if len(above) == 1 and row.gap == 0 and _continuing(row) is not None and above[0].kinds == ["text"]:
                return first
            heads = all(kind in ("text", "rule", "heading", "witness") for r in above for kind in r.kinds)
            if heads and near and _is_pair_of_heads(row) and all(_begins_in_one(r, row) for r in above):
                return first
            return (
                first if near and heads and any(kind in ("by", "witness", "signature") for kind in row.kinds) else None
            )
    return None


def _are_heads_of_both(above: list[Row], row: Row) -> bool:
    """Whether two companies' names stand over each other, above two signatures beside each other."""
    names = [text for _, text in stacked([r.text for r in above], [r.gap for r in above])]
    apart = any(r.gap for r in above[1:])
    return (
        len(names) == 2
        and apart
        and all(has_company_suffix(name) for name in names)
        and row.kinds == ["by", "by"]
        and all(_is_blank_or_signed(text) for _, text in row.cells)
    )


def _continuing(row: Row) -> int | None:
    """Which of the cells of a row goes on with a name above it, if one does."""
    found = [i for i, (_, text) in enumerate(row.cells) if is_continuation(text)]
    return found[0] if len(found) == 1 else None


def _is_head_of_right(above: list[Row], row: Row) -> bool:
    """Whether one party's name stands some way above a bare signature and a `By:` right of it, or above two `By:`."""
    return (
        len(above) == 1
        and (has_company_suffix(above[0].text) or (is_capital(above[0].text) and looks_like_company(above[0].text)))
        and row.gap <= 5
        and row.kinds in (["signature", "by"], ["by", "by"])
        and all(_is_blank_or_signed(text) for _, text in row.cells)
    )


def _is_pair_of_heads(row: Row) -> bool:
    return (
        row.is_columnar
        and all(kind == "text" for kind in row.kinds)
        and not (row.placed and any(is_continuation(text) for _, text in row.cells))
        and all(
            has_company_suffix(text) or (is_capital(text) and (looks_like_company(text) or looks_like_person(text)))
            for _, text in row.cells
        )
    )


def _is_heading_row(row: Row) -> bool:
    return row.kinds[0] == "heading" and row.kinds[1] in ("text", "by")


def _is_party_beside_by(row: Row) -> bool:
    """Whether a row is a party's name and, beside it, the line on which it signs."""
    return len(row.cells) == 2 and has_company_suffix(row.cells[0][1]) and row.kinds == ["text", "by"] and _signs(row)


def _begins_in_one(above: Row, row: Row) -> bool:
    """Whether a name begins right above a row of columns, in one of them."""
    start, text = above.cells[0]
    is_name = looks_like_company(text) or is_capital(text)
    return row.placed and row.gap == 0 and is_name and any(abs(cell[0] - start) <= 2 for cell in row.cells)


def _is_headed(row: Row, above: list[Row]) -> bool:
    """Whether the `By:` in a row's second column has a name above it, so that the first is another party's name."""
    return row.placed and any(abs(r.cells[0][0] - row.cells[1][0]) <= 6 for r in above)


def _signs(row: Row) -> bool:
    text = classify(row.cells[1][1])[1]
    return SLASH.match(text) is not None or not text.strip("_ ")


def _inline(row: Row) -> Iterator[Row]:
    if row.sequential or len(row.cells) == 1:
        yield row
    elif row.is_columnar and (_is_heading_row(row) or _is_party_beside_by(row)):
        for cell in row.cells:
            yield replace(row, cells=(cell,))
    else:
        yield replace(row, cells=((row.cells[0][0], " ".join(text for _, text in row.cells)),))


class _Region:
    """Rows that hold columns side by side; decides for each row with a single cell in which column it stands."""

    def __init__(self, rows: list[Row], witnessed: bool, ragged: bool) -> None:
        self.rows = rows
        self.columns = max(len(row.cells) for row in rows)
        self.starts = _starts(rows, self.columns)
        self.indented = any(row.placed or row.cells[0][0] > 3 for row in rows if len(row.cells) == 1)
        self.witness = self._witness_column(witnessed)
        self.in_address = False
        self.ragged = ragged
        self.unsure = False

    def apart(self) -> Iterator[Row]:
        """Column by column, a break in front of each."""
        streams: list[list[Row]] = [[] for _ in range(self.columns)]
        for index, row in enumerate(self.rows):
            if len(row.cells) > 1:
                self.in_address = (self.in_address and row.kinds[0] == "text") or row.kinds[0] == "address"
                for column, cell in _assigned(row, self.starts):
                    streams[column].append(replace(row, cells=(cell,), column=column))
            else:
                column = self._column_of(index, streams)
                streams[column].append(replace(row, column=column))
        streams = [with_gaps(self.rows, stream) for stream in streams]
        self._share_heads(streams)
        headless = bool(streams[-1]) and streams[-1][0].kinds[0] == "by" and not self._is_second_signer(streams, 1)
        self.ragged = self.ragged or (headless and self.witness is None and _heads(streams[0]))
        self.unsure = self.ragged or (self.unsure and not _are_alike(streams))
        aside = {
            c for c in range(self.columns) if c == self.witness or (streams[c] and "address" in streams[c][0].kinds)
        }
        order = sorted(range(self.columns), key=lambda c: (c in aside, c))
        for column in order:
            if streams[column] and not self._is_second_signer(streams, column):
                yield Row(((0, ""),), streams[column][0].number, streams[column][0].page, 1, hard=True, column=column)
                if column == self.witness and "witness" not in streams[column][0].kinds:
                    yield replace(streams[column][0], cells=((0, "WITNESS:"),))
            for row in streams[column]:
                yield replace(row, unsure=self.unsure)

    def _is_second_signer(self, streams: list[list[Row]], column: int) -> bool:
        """Whether the right column is a bare signature with a title, beside the signature of a party named left."""
        if column == 0 or self.columns != 2 or self.witness is not None:
            return False
        left, right = streams
        named = any(row.kinds[0] == "text" and looks_like_company(row.text) for row in left[:2])
        titled = any(row.kinds[0] == "title" or looks_like_title(row.text) for row in right[1:])
        return named and titled and right[0].kinds[0] in ("signature", "by") and _is_signature(right[0])

    def _witness_column(self, witnessed: bool) -> int | None:
        for row in self.rows:
            for column, kind in enumerate(row.kinds):
                if kind == "witness" and (len(row.cells) > 1 or row.cells[0][0] < 8):
                    return column
        left = [row.kinds[0] for row in self.rows if row.is_columnar]
        return 0 if witnessed and "signature" in left and "by" not in left else None

    def _column_of(self, index: int, streams: list[list[Row]]) -> int:
        row = self.rows[index]
        start, text = row.cells[0]
        kind = row.kinds[0]
        right = self.columns - 1
        if self.indented:
            return min(
                range(self.columns),
                key=lambda c: (abs(self.starts[c] - start) > 6, 0 if start >= self.starts[c] - 6 else 1, -c),
            )
        if kind in ("address", "copy"):
            self.in_address = True
            return 0
        if self.in_address and kind in ("text", "other"):
            self.in_address = not (has_company_suffix(text) and len(streams[0]) > 1)
            return 0 if self.in_address else right
        if kind == "witness" or (kind in ("signature", "rule") and self.witness == 0):
            return 0
        before = self.rows[index - 1] if index else None
        alone = before is not None and before.kinds == ["witness"]
        if kind in ("by", "name", "text") and self.witness == 0 and alone:
            return 0
        following = self.rows[index + 1] if index + 1 < len(self.rows) else None
        if (
            kind == "rule"
            and following is not None
            and len(following.cells) > 1
            and looks_like_person(following.cells[0][1])
        ):
            return 0
        if looks_like_person(text) and streams[0] and streams[0][-1].kinds[0] == "rule":
            return 0
        if self.witness is None and self.columns == 2:
            self.unsure = self.unsure or kind in ("by", "signature", "name", "title", "its")
            return self._by_turns(index, kind, streams)
        return right

    def _by_turns(self, index: int, kind: Kind, streams: list[list[Row]]) -> int:
        """Signatures that stand under each other though they belong side by side: the shorter head signs first."""
        row, before = self.rows[index], self.rows[index - 1] if index else None
        signed = [any(_is_signature(r) for r in stream) for stream in streams]
        if _is_signature(row) and not signed[0]:
            heads = [sum(r.kinds[0] == "text" and not looks_like_person(r.text) for r in stream) for stream in streams]
            if heads[0]:
                pairs = sum(len(r.cells) == 1 and _is_signature(r) for r in self.rows[index:])
                self.unsure = True
                return 0 if signed[1] or (pairs > 1 and heads[0] <= heads[1]) else 1
        describes = kind == "text" and re.match(r"an?\s.*(?:partnership|company)$", row.text)
        if kind == "by" or (describes and not any(signed)):
            self.unsure = True
            return 0 if _is_partnership(streams[0]) and not _is_partnership(streams[1]) else 1
        wanted = self._column_of_head(index, kind)
        if wanted is not None:
            return wanted
        organised = [any(r.kinds[0] in ("by", "name") for r in stream) for stream in streams]
        if kind in ("title", "its") and organised.count(True) == 1:
            return organised.index(True)  # beside a person who signs for himself
        if before is None or len(before.cells) > 1 or row.gap or kind not in ("title", "name", "its", "text"):
            return self._of_text(index, streams)
        previous = next((c for c, s in enumerate(streams) if s and s[-1].number == before.number), 1)
        if kind == "text" and before.kinds[0] == "text" and not any(signed):
            goes_on = previous == 1 or is_unfinished(" ".join(r.text for r in streams[0]), row.text, 0)
            return previous if goes_on else self._of_text(index, streams)
        labelled = kind in ("title", "name", "its")
        goes_on = labelled or before.kinds[0] in ("by", "name", "signature")
        return previous if goes_on else self._of_text(index, streams)

    def _column_of_head(self, index: int, kind: Kind) -> int | None:
        """Where the only `By:` of the first row with columns stands, for a party's name above that row."""
        first = next((i for i, row in enumerate(self.rows) if len(row.cells) > 1), 0)
        if kind != "text" or index >= first:
            return None
        if index == first - 1 and (continued := _continuing(self.rows[first])) is not None:
            return continued
        kinds = self.rows[first].kinds
        signed = [i for i, cell in enumerate(self.rows[first].cells) if _is_blank_or_signed(cell[1])]
        if len(signed) != len(kinds) or "by" not in kinds:
            return None
        alone = index == 0 and self.rows[0].gap > 0 and first == 1 and set(kinds) == {"by"}
        return kinds.index("by") if kinds.count("by") == 1 or alone else None

    def _of_text(self, index: int, streams: list[list[Row]]) -> int:
        """A name's second line belongs to the column that stops in the middle of one; else the right one."""
        if not streams[0] or not streams[1] or streams[0][-1].kinds[0] == "heading":
            return 1
        signed = any(r.kinds[0] in ("by", "signature") for stream in streams for r in stream)
        left, right = streams[0][-1].text, streams[1][-1].text
        if (
            signed
            and looks_like_title(self.rows[index].text)
            and _is_signature(streams[0][-1])
            and looks_like_title(right)
        ):
            return 0
        if (
            signed
            and re.search(r"(?:,| and| of| &|Financial|Executive|Vice|Senior|Chief)$", left)
            and not re.search(r"(?:,| and| of| &)$", right)
        ):
            return 0
        if not signed and (
            (is_incomplete(left) and not is_incomplete(right))
            or (not has_company_suffix(left) and has_company_suffix(right))
        ):
            return 0
        return 1

    def _share_heads(self, streams: list[list[Row]]) -> None:
        """Two names that stand over each other, above two signatures side by side: one for each column."""
        if len(streams) != 2:
            return
        left_by = next((i for i, row in enumerate(streams[0]) if row.kinds[0] == "by"), None)
        right_by = next((i for i, row in enumerate(streams[1]) if row.kinds[0] == "by"), None)
        if left_by is None or right_by is None or any("text" in r.kinds for r in streams[0][:left_by]):
            return
        heads = [i for i, row in enumerate(streams[1][:right_by]) if row.kinds[0] == "text"]
        names = stacked([streams[1][i].text for i in heads])
        if len(names) == 2:
            moved = heads[: names[1][0]]
            streams[0][left_by:left_by] = [streams[1][i] for i in moved]
            for i in reversed(moved):
                del streams[1][i]


def _heads(stream: list[Row]) -> bool:
    return bool(stream) and stream[0].kinds[0] == "text"


def _are_alike(streams: list[list[Row]]) -> bool:
    """Whether the columns hold the same kinds of lines, and each signature is that of the name printed below it."""
    if len({tuple(k for row in stream for k in row.kinds if k not in ("noise", "rule")) for stream in streams}) != 1:
        return False
    for stream in streams:
        pieces = [classify(row.text) for row in stream]
        signed = [SLASH.sub("", text) for kind, text, _ in pieces if kind in ("by", "signature") and SLASH.match(text)]
        others = [text for kind, text, _ in pieces if kind in ("name", "text")]
        if not signed or any(not any(fold(one) and fold(one) in fold(text) for text in others) for one in signed):
            return False
    return True


def _is_partnership(stream: list[Row]) -> bool:
    """Whether the last company named in a column is of a kind that acts through another."""
    named = [r.text.rstrip(", ") for r in stream if r.kinds[0] == "text" and has_company_suffix(r.text)]
    return bool(named) and bool(_PARTNERSHIP.search(named[-1]))


def _is_signature(row: Row) -> bool:
    return _is_blank_or_signed(row.text)


def _starts(region: list[Row], columns: int) -> list[int]:
    starts = []
    for column in range(columns):
        found = sorted(row.cells[column][0] for row in region if len(row.cells) == columns)
        starts.append(found[len(found) // 4] if found else 0)
    return starts


def _assigned(row: Row, starts: list[int]) -> Iterator[tuple[int, tuple[int, str]]]:
    if len(row.cells) == len(starts):
        yield from enumerate(row.cells)
        return
    for cell in row.cells:
        yield min(range(len(starts)), key=lambda c: abs(starts[c] - cell[0])), cell
