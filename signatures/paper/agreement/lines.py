"""From the lines of a document to labelled pieces in reading order: columns apart, collapsed lines broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise, takewhile

from .cells import cells_of, is_sequential, parts_of
from .columns import Row, in_reading_order
from .deeds import deed_of
from .flattened import flattened_apart
from .grids import forms_as_blocks, without_date_columns
from .labels import BY, INNER, PAGE_MARK, RULE, SEAL, SLASH, Kind, classify
from .names import split_before_company
from .words import has_company_suffix, is_capital, looks_like_company, tidy


@dataclass(frozen=True)
class SourceLine:
    """One line of the document as it is shown; `page` counts from 1, None where the format has no pages."""

    text: str
    page: int | None = None


@dataclass(frozen=True)
class Piece:
    """One labelled piece.

    `text` is what stands after the label, `gap` the number of blank lines before it; `glued` says that it was cut out
    of the same printed line as the piece before, `unsure` that its column was guessed.
    """

    kind: Kind
    text: str
    number: int
    page: int | None
    gap: int = 0
    glued: bool = False
    column: int | None = None
    label: str = ""
    unsure: bool = False


_WIDE = re.compile(r"\s{200,}")  # wider than any page; patterns over blanks take long on such runs
_TAG = re.compile(r"</?(?:TABLE|CAPTION|S|C|FN|PRE|DOCUMENT|TEXT)>", re.IGNORECASE)
_ROLE_IN_FRONT = re.compile(r"^([A-Z][\w /-]{2,40}:)\s+(?=\S)")
_DEED_OPEN = re.compile(
    r"^(?:duly\s+)?(?:executed|signed|sealed|given)\b(?=.*\b(?:deed|by|behalf)\b)(?!.*:\s*$)", re.IGNORECASE
)
_OPEN_LABEL = re.compile(
    r"^(?:(?:aggregate|total|outstanding|principal)\s+)*(?:amount|face\s+value)\s+of\b[^:]*$|^(?:full\s+|"
    r"legal\s+)?name\s+of\s+[^:]{3,50}$",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"^(?P<left>[^(]*?)\s*(?<![\w.,])\)\s*(?P<right>\S.*)?$")
_SIGNED_BY = re.compile(r"^(?:duly\s+)?(?:signed|executed)\s+by\b", re.IGNORECASE)
_FOR = re.compile(
    r"^(?:(?:approved|agreed|accepted|acknowledged|executed|signed|consented)(?:\s+(?:and|&)\s+\w+)?(?:\s+to)?\s+"
    r"(?:by\s+and\s+on\s+behalf\s+of|(?:for\s+and\s+)?on\s+behalf\s+of|for|by)|(?:for\s+and\s+)?on\s+behalf\s+of|for)"
    r"\s*:?\s+(?=[A-Z])",
    re.IGNORECASE,
)
_ROLE_BEFORE = re.compile(
    r"^(?:BORROWER|LENDER|GUARANTOR|ISSUER|SELLER|BUYER|PURCHASER|INVESTOR|LICENSOR|LICENSEE|DISTRIBUTOR|CUSTOMER|SUPPLIER|"
    r"VENDOR|LANDLORD|TENANT|OWNER|CONTRACTOR|COMPANY|AGENT|HOLDER|FRANCHISEE|FRANCHISOR|CLIENT|PROVIDER)\s+(?=[A-Z])"
)
_DASHES = re.compile(r"(?<=\S)\s+-{5,}(?=\s|$)|^\s*-{5,}\s+(?=[^\s-])")
_OPEN_BY = re.compile(r"(?:signed\s+)?by\s*:?|per\s*:|(?:authori[sz]ed\s+)?signature\s*:", re.IGNORECASE)
_LABEL_END = re.compile(r"^[^:]{2,70}:")


def pieces_of(source: Sequence[SourceLine]) -> list[Piece]:
    """The labelled pieces of a document, columns one after the other. Page breaks are pieces of kind `break`."""
    found: list[Piece] = []
    in_prose = in_footer = False
    for raw in in_reading_order(list(_forms_apart(source))):
        for text, glued in _broken(raw.text, raw.sequential):
            piece = _labelled(text, raw, glued)
            if piece.kind in ("text", "prose", "noise") and piece.gap == 0 and in_footer:
                piece = replace(piece, kind="footer")
            if (
                piece.kind == "heading"
                and not piece.label
                and piece.gap == 0
                and found
                and found[-1].kind in ("text", "by", "signature", "name", "rule")
            ):
                piece = replace(piece, kind="text")
            if piece.kind == "heading" and not piece.label and glued and _is_role_label(found[-1]):
                piece = replace(piece, kind="text")  # `LENDER:   SURETY BANK`
            if piece.kind == "text" and in_prose and piece.gap == 0 and not glued and not _ends_prose(piece.text):
                piece = replace(piece, kind="prose")
            in_prose = piece.kind == "prose" and not re.search(r"[.:;]$", piece.text)
            in_footer = piece.kind == "footer" and _goes_on(piece.text)
            found.append(piece)
    return found


def _forms_apart(source: Sequence[SourceLine]) -> Iterator[Row]:
    return flattened_apart(list(forms_as_blocks(without_date_columns(list(_rows(source))))))


def _is_role_label(piece: Piece) -> bool:
    return piece.kind == "heading" and bool(piece.label)


def _goes_on(footer: str) -> bool:
    return not footer.endswith((")", "]")) and (
        is_capital(footer) or bool(re.search(r"(?:[–,-]|\b(?:to|of|and|for|the))$", footer))
    )


def _ends_prose(text: str) -> bool:
    return is_capital(text) and looks_like_company(text)


def _rows(source: Sequence[SourceLine]) -> Iterator[Row]:
    gap = 0
    page: int | None = None
    skip = -1
    usual = _usual_gap(source)
    source = without_brackets(source)
    for number, line in enumerate(source):
        if number <= skip:
            continue
        if line.page != page or PAGE_MARK.search(line.text):
            page = line.page
            yield Row(((0, ""),), number, page, gap, hard=True)
            gap = max(gap, 1)
        text = _without_pipes(_TAG.sub("", PAGE_MARK.sub("", _WIDE.sub(_narrowed, line.text))))
        if text.strip().startswith("[") and "]" not in text:
            text, skip = _closed_bracket(source, number, text)
        elif (
            _OPEN_LABEL.match(text.strip())
            and number + 1 < len(source)
            and _LABEL_END.match(source[number + 1].text.strip())
        ):
            text, skip = text.rstrip() + " " + source[number + 1].text.strip(), number + 1
        elif _DEED_OPEN.match(text.strip()) and len(text.strip()) < 110:
            text, skip = _whole_deed(source, number, text)
        text = _without_dashes(SEAL.sub(" ", text))
        cells = cells_of(text)
        before = _FOR.match(cells[0][1]) if cells else None
        if before and has_company_suffix(cells[0][1]) and not deed_of(cells[0][1]):
            cells[0] = (cells[0][0], cells[0][1][before.end() :])  # `Agreed and accepted by: ACME, INC.`
        if cells and (role := _ROLE_BEFORE.match(cells[0][1])) and _is_mixed_company(cells[0][1][role.end() :]):
            cells[0] = (cells[0][0], cells[0][1][role.end() :])  # `DISTRIBUTOR Bay Acquisition Corp.`
        if not cells:
            gap += 1
            continue
        yield Row(
            tuple(cells), number, page, _normal(gap, usual), sequential=is_sequential(cells), parts=parts_of(text)
        )
        gap = 0


def _whole_deed(source: Sequence[SourceLine], number: int, text: str) -> tuple[str, int]:
    """The opening words of a deed, which may run over several lines up to a colon."""
    joined, last = text.rstrip(), number
    for ahead in range(number + 1, min(number + 6, len(source))):
        following = source[ahead].text.strip()
        if (
            not following
            or (BY.match(following) and following.casefold()[:6] not in ("by its", "by a d", "by two"))
            or RULE.match(following)
            or SLASH.match(following)
        ):
            break
        joined, last = f"{joined} {following}", ahead
        if following.endswith(":"):
            break
    return joined, last


def _without_pipes(text: str) -> str:
    """A line of a table that was written with bars between its cells, with tabs instead."""
    bare = text.strip()
    return text if not bare.startswith("|") and not bare.endswith("|") else bare.strip("| ").replace("|", "\t\t\t")


def without_brackets(source: Sequence[SourceLine]) -> list[SourceLine]:
    """The lines of `words )   line to sign on`: first the words left of the brackets in one line, then the right.

    So too where a deed's opening words have the line to sign on beside them without brackets.
    """
    lines = list(source)
    at = 0
    while at < len(lines):
        found = list(takewhile(bool, (_bracket(line.text) for line in lines[at : at + 20])))
        if len(found) < 2:
            found = _deed_beside([line.text for line in lines[at : at + 7]])
        count = len(found)
        if count >= 2:
            left = " ".join(tidy(halves[0]) for halves in found if halves and halves[0].strip())
            right = [tidy(halves[1]) for halves in found if halves and halves[1].strip()]
            texts = [left, *right[: count - 2], " ".join(right[count - 2 :])]
            for offset in range(count):
                text = texts[offset] if offset < len(texts) else ""
                lines[at + offset] = SourceLine(text, lines[at + offset].page)
        at += max(count, 1)
    return lines


def _deed_beside(texts: Sequence[str]) -> list[tuple[str, str] | None]:
    """The lines of a deed's opening words with, right of them, a rule to sign on and what stands under it."""
    if not texts or not (_DEED_OPEN.match(texts[0].strip()) or _SIGNED_BY.match(texts[0].strip())):
        return []
    ends = next((i for i, text in enumerate(texts) if i and _SIGNED_BY.match(text.strip())), len(texts))
    found = list(takewhile(bool, (_beside(text) for text in texts[:ends])))
    ruled = any(halves and RULE.match(tidy(halves[1])) for halves in found)
    return found if ruled else []


def _beside(text: str) -> tuple[str, str] | None:
    """What stands left and right of a wide gap."""
    if not text.strip() or len(text) > 200 or re.match(r"\s*By\b", text):
        return None
    if text.startswith(" " * 20):
        return "", text.strip()
    left, _, right = re.sub(r"\s{3,}", "\t", text.strip(), count=1).partition("\t")
    return left, right


def _bracket(text: str) -> tuple[str, str] | None:
    match = _BRACKET.match(text) if ")" in text and len(text) < 200 else None
    return (match["left"], match["right"] or "") if match else None


def _is_mixed_company(text: str) -> bool:
    return has_company_suffix(text) and not is_capital(text) and len(text.split()) > 1


def _without_dashes(text: str) -> str:
    """A collapsed line with blanks in place of the dashes that ruled it; a line of dashes alone stays."""
    return re.sub(r"\s-{5,}(?=\s|$)", "    ", _DASHES.sub("    ", text)) if re.search(r"[A-Za-z]", text) else text


def _narrowed(blank: re.Match[str]) -> str:
    return "\t" * 20 if "\t" in blank.group(0) else " " * 200


def _usual_gap(source: Sequence[SourceLine]) -> int:
    """How many blank lines stand between the lines of a document that is set with air between all of them; else 0."""
    gaps: Counter[int] = Counter()
    gap = 0
    for line in source:
        if line.text.strip():
            gaps[gap] += 1
            gap = 0
        else:
            gap += 1
    total = sum(gaps.values())
    if total < 6 or gaps[0] > 0.25 * total:
        return 0
    usual = max((g for g in gaps if g), key=lambda g: (gaps[g], -g))
    return 0 if usual == 1 and gaps[0] > 0.1 * total else usual


def _normal(gap: int, usual: int) -> int:
    return gap if not usual else max(0, -(-(gap - usual) // (usual + 1)))


def _closed_bracket(source: Sequence[SourceLine], number: int, text: str) -> tuple[str, int]:
    joined = text.rstrip()
    for ahead in range(number + 1, min(number + 5, len(source))):
        if source[ahead].page != source[number].page:
            break
        joined += " " + source[ahead].text.strip()
        if "]" in source[ahead].text:
            return joined, ahead
    return text, number


def _broken(text: str, sequential: bool) -> Iterator[tuple[str, bool]]:
    """The parts of a printed line, cut at labels, and after prose where a party's name begins."""
    glued = False
    for cell in text.split("\n"):
        starts = [0, *(m.start() for m in INNER.finditer(cell) if m.start() > 0), len(cell)]
        parts = [cell[a:b].strip() for a, b in pairwise(starts)]
        parts = _with_signature([p for p in parts if p]) or [""]
        for index, part in enumerate(parts):
            before_by = index + 1 < len(parts) and bool(re.match(r"(?:By|Per)\b", parts[index + 1]))
            for small in _unglued(part, before_by):
                yield small, glued
                glued = True
        glued = sequential


def _with_signature(parts: list[str]) -> list[str]:
    """A bare `By:` and the /s/ that follows it are one part."""
    joined: list[str] = []
    for part in parts:
        if joined and SLASH.match(part) and _OPEN_BY.fullmatch(joined[-1]):
            joined[-1] += " " + part
        else:
            joined.append(part)
    return joined


def _unglued(part: str, before_by: bool) -> list[str]:
    """A part of a collapsed line cut where another party's name begins in front of its `By:`."""
    role = _ROLE_IN_FRONT.match(part)
    rest = part[role.end() :] if role else ""
    is_name = looks_like_company(part) or (is_capital(rest) and len(rest.split()) > 1)
    if role and classify(role.group(1))[0] == "heading" and is_name:
        return [role.group(1), *_unglued(part[role.end() :], before_by)]
    if not before_by or (BY.match(part) and not SLASH.match(BY.sub("", part))):
        return [part]
    left, company = split_before_company(part)
    return [left, *_unglued(company, before_by)] if left and company else [part]


def _labelled(text: str, row: Row, glued: bool) -> Piece:
    kind, value, label = classify(text) if not row.hard else ("break", "", "")
    return Piece(kind, value, row.number, row.page, 0 if glued else row.gap, glued, row.column, label, row.unsure)
