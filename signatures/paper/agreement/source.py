"""The lines of a document as rows of cells: marks of the source taken off, deeds and brackets put together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from .cells import cells_of, is_sequential, parts_of
from .deeds import deed_of
from .labels import BY, PAGE_MARK, RULE, SEAL, SLASH
from .markup import laid_out
from .rows import Row
from .words import has_company_suffix, is_capital, tidy


@dataclass(frozen=True)
class SourceLine:
    """One line of the document as it is shown; `page` counts from 1, None where the format has no pages.

    `aside` lines are the head or the foot of a page: shown, but no part of what stands above and below them.
    `placed` lines stand where they do in the document; those of text files may have lost their indents.
    """

    text: str
    page: int | None = None
    aside: bool = False
    placed: bool = False


_INDENTED = re.compile(r"\s{4,}\S*[A-Za-z]{2}")
_FEW_INDENTS = 2  # different lines
_WIDE = re.compile(r"\s{200,}")  # wider than any page; patterns over blanks take long on such runs
_TAG = re.compile(r"</?(?:TABLE|CAPTION|S|C|FN|PRE|DOCUMENT|TEXT)>", re.IGNORECASE)
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
_LABEL_END = re.compile(r"^[^:]{2,70}:")


def keeps_indents(texts: Iterable[str]) -> bool:
    """Whether the lines of a document are indented where they should be; often they no longer are."""
    return len({text.strip() for text in texts if _INDENTED.match(text)}) >= _FEW_INDENTS


def rows_of(source: Sequence[SourceLine]) -> Iterator[Row]:
    """The rows of a document; blank lines are the gap of the row below them, a new page is a hard row."""
    numbers, lines = _without_markup(source)
    usual = _usual_gap(lines)
    lines = without_brackets(lines)
    gap = 0
    page: int | None = None
    at = 0
    while at < len(lines):
        line, number = lines[at], numbers[at]
        if line.page != page or PAGE_MARK.search(line.text):
            page = line.page
            yield Row(((0, ""),), number, page, gap, hard=True)
            gap = max(gap, 1)
        text, at = _whole(lines, at)
        cells = _cells_in(text)
        if not cells:
            gap += 1
            continue
        yield Row(
            tuple(cells),
            number,
            page,
            _normal(gap, usual),
            sequential=is_sequential(cells),
            parts=parts_of(text),
            placed=line.placed,
        )
        gap = 0


def _without_markup(source: Sequence[SourceLine]) -> tuple[list[int], list[SourceLine]]:
    """The number and the text of each line that is more than a bar."""
    numbers: list[int] = []
    lines: list[SourceLine] = []
    for number, text in laid_out([line.text for line in source]):
        numbers.append(number)
        lines.append(replace(source[number], text="" if source[number].aside else text))
    return numbers, lines


def _whole(lines: Sequence[SourceLine], at: int) -> tuple[str, int]:
    """-> the text of the line at `at`, with the lines that only go on with it, and where the next one begins."""
    text = _TAG.sub("", PAGE_MARK.sub("", _WIDE.sub(_narrowed, lines[at].text)))
    last = at
    following = lines[at + 1].text.strip() if at + 1 < len(lines) else ""
    if text.strip().startswith("[") and "]" not in text:
        text, last = _closed_bracket(lines, at, text)
    elif _OPEN_LABEL.match(text.strip()) and _LABEL_END.match(following):
        text, last = f"{text.rstrip()} {following}", at + 1
    elif _DEED_OPEN.match(text.strip()) and len(text.strip()) < 110:
        text, last = _whole_deed(lines, at, text)
    return _without_dashes(SEAL.sub(" ", text)), last + 1


def _cells_in(text: str) -> list[tuple[int, str]]:
    """The cells of a line, without the words in front of a party's name."""
    cells = cells_of(text)
    if not cells:
        return cells
    cells = [(start, _without_for(text)) for start, text in cells]
    start, first = cells[0]
    if (role := _ROLE_BEFORE.match(first)) and _is_mixed_company(first[role.end() :]):
        first = first[role.end() :]  # `DISTRIBUTOR Bay Acquisition Corp.`
    return [(start, first), *cells[1:]]


def _without_for(text: str) -> str:
    """`Agreed and accepted by: ACME, INC.` without the words in front."""
    before = _FOR.match(text)
    return text[before.end() :] if before and has_company_suffix(text) and not deed_of(text) else text


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
        if following.endswith((":", ".")):
            break
    return joined, last


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
                lines[at + offset] = replace(lines[at + offset], text=text)
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
    if not re.search(r"[A-Za-z]", text):
        return text
    return re.sub(r"\s-{5,}(?=\s|$)", _blank, _DASHES.sub(_blank, text))


def _blank(dashes: re.Match[str]) -> str:
    return " " * len(dashes.group(0))


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
