"""The printed line that names a party or a link of its chain: name, descriptor, capacity, role."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .words import (
    CAPACITY,
    DESCRIPTOR_END,
    LEADING_ARTICLES,
    ROLE_WORD,
    STRONG_SUFFIX,
    TITLE_HEAD,
    TITLE_WORD,
    has_company_suffix,
    is_capital,
    is_incomplete,
    looks_like_person,
    tidy,
)


@dataclass(frozen=True)
class Named:
    """A name as printed, and what stood behind it.

    `acts_for` is whom it signs on behalf of, by its own words; `for_others` says that it signs for some who are not
    named plainly.
    """

    entity: str
    descriptor: str | None = None
    capacity: str | None = None
    also_known: str | None = None
    acts_for: str | None = None
    for_others: bool = False


_ALSO = re.compile(
    r"\s*[(\[]\s*((?:formerly|f/?k/?a|n/?k/?a|d/?b/?a|a/?k/?a|successor|as successor|previously|"
    r"now known)[^)\]]*)[)\]]|"
    r",?\s+((?:formerly(?:\s+known\s+as)?|f/k/a|n/k/a|d/?b/?a/?|doing\s+business\s+as|successor\s+(?:by|in|to)|as\s+successor)\s+.*)$",
    re.IGNORECASE,
)
_DEFINED = re.compile(
    r"\s*\((?:on\s+behalf\s+of|acting|collectively|as\s|in\s+its|an?\s|the\s)[^)]*\)|\s*[(\[]\s*(?:the\s+|"
    r"each,?\s+an?\s+|collectively,?\s+)?[“\"'‘][^)\]]*[)\]]"
)
_TAIL = re.compile(
    r",?\s+(?=(?:its|as(?=\s+\S)|in\s+(?:its|their|his|her|the)\s+(?:\w+\s+)?capacit(?:y|ies)|individually|solely|"
    r"acting|not\s+(?:individually|in|solely)|on\s+its\s+own\s+behalf|"
    r"by\s+and\s+through|by\s+its|through\s+its|for\s+itself|on\s+behalf\s+of|for\s+and\s+on\s+behalf\s+of|"
    r"in\s+favou?r\s+of|personally)\b)"
    r"|,\s+(?=(?:the\s+)?(?:sole|co-|managing|general|investment|collateral|portfolio)[\s-]*(?:general|managing|"
    r"member|partner|manager|adviser|advisor)\b)"
    r"|,?\s+(?=an?\s+[\w.\s,()/-]*)",
    re.IGNORECASE,
)
_IS_KIND = re.compile(
    r"A\s+[A-Z][\w .]{2,40}?\s(?:corporation|(?:limited\s+)?(?:liability\s+)?company|"
    r"(?:limited\s+|general\s+)?partnership|trust|(?:national\s+)?(?:banking\s+)?association|bank)$",
    re.IGNORECASE,
)
_ROLE_BEHIND = re.compile(r"\s*\((?:the\s+)?(?P<role>[A-Z]\w+(?:\s[A-Z]?\w+){0,2})\)$")
_SEGMENT = re.compile(
    r"(?<!\bas)(?<!\bin),?\s+(?=(?:its|as(?=\s+\S)|in\s+its|individually|solely|acting)\s)|,\s+(?=(?:the\s+)?(?:sole|co-|managing|"
    r"general|investment)\s)|,\s+(?=an?\s)",
    re.IGNORECASE,
)
_BARE_CAPACITY = re.compile(
    r",\s+((?:(?:sole|managing|general|limited|collateral|investment)\s+)*(?:member|manager|partner|trustee|agent|adviser|"
    r"advisor|custodian|shareholder))$",
    re.IGNORECASE,
)
_NOT_ITSELF = re.compile(
    r"(?:and\s+)?not\s+(?:individually|in\s+(?:its|their)\s+individual\s+capacit\w+),?\s+but\s+(?:solely\s+)?|"
    r"solely\s+(?=as\s|in\s)",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"/s/|_{3}", re.IGNORECASE)
_QUOTED_ROLE = re.compile(r"^[“\"][^“”\"]{1,40}[”\"]:?\s+(?=[A-Z])")
_NUMBERED = re.compile(r"^\((?:\d{1,2}|[a-z]|[ivx]{1,4})\)\s+(?=[A-Z])|^\d{1,2}\.\s+(?=[A-Z])")
_ITS_SERIES = re.compile(
    r"^its\s+(?:series|portfolio|fund|client|customer|affiliate|subsidiary),?\s+(?=[A-Z])(?!.*\sand\s)"
)
_BEHALF = re.compile(r"\b(?:for\s+and\s+)?on\s+behalf\s+of\s+(?:itself\s+and\s+)?|,\s*for\s+(?=[A-Z])", re.IGNORECASE)


def read_name(text: str) -> Named:
    """What a line (joined, without its `By:`) says."""
    text = _NUMBERED.sub("", _QUOTED_ROLE.sub("", tidy(text).strip(" ,;:")))
    text = re.sub(r"(?:,?\s+(?:and|by))$", "", text, flags=re.IGNORECASE).strip(" ,;:")
    text = _DEFINED.sub("", text)
    if (role := _ROLE_BEHIND.search(text)) and ROLE_WORD.fullmatch(role.group("role")):
        text = text[: role.start()].strip(" ,")
    also = _ALSO.search(text)
    known = (also.group(1) or also.group(2)) if also else None
    if also:
        text = tidy(text[: also.start()] + text[also.end() :]) if also.group(1) else text[: also.start()]
    cut = _first_tail(text)
    name, tail = (text[:cut].strip(" ,"), text[cut:].strip(" ,")) if cut else (text, "")
    behalf = _BEHALF.search(tail)
    acts_for = None
    for_others = False
    if behalf and behalf.end() < len(tail):
        acts_for, tail = tail[behalf.end() :].strip(" ,."), tail[: behalf.start()].strip(" ,")
        acts_for = _ITS_SERIES.sub("", acts_for)
        if re.match(r"(?:itself|the|its|each|all|certain|such|any)\b", acts_for):
            acts_for, for_others = None, True
    descriptor, capacity = _tail_parts(_NOT_ITSELF.sub("", tail))
    if not capacity and (bare := _BARE_CAPACITY.search(name)) and has_company_suffix(name[: bare.start()]):
        name, capacity = name[: bare.start()], capacity_of(bare.group(1))
    return Named(name.strip(" ,;:"), descriptor, capacity, known, acts_for, for_others)


def _first_tail(text: str) -> int:
    for found in _TAIL.finditer(text):
        if found.start() == 0:
            continue
        rest = text[found.end() :]
        article = re.match(r"an?\s+", rest, re.IGNORECASE)
        if article:
            clause = re.split(r",\s+(?:its|as|in\s+its)\b", rest)[0]
            comma = text[found.start()] == ","
            if rest.startswith("A ") and not is_capital(rest[:14]) and not _IS_KIND.match(rest):
                continue
            if not (DESCRIPTOR_END.search(clause) or (comma and CAPACITY.match(clause))):
                continue
            if not comma and not re.match(
                r"an?\s+[\w ]{3,60}?(?:corporation|company|partnership|trust|association|bank|L\.?L\.?C|L\.?P)\b",
                rest,
                re.IGNORECASE,
            ):
                continue
        return found.start()
    return 0


def _tail_parts(tail: str) -> tuple[str | None, str | None]:
    descriptors: list[str] = []
    capacities: list[str] = []
    for segment in _SEGMENT.split(tail):
        bare = segment.strip(" ,;:")
        if not bare:
            continue
        is_descriptor = (
            re.match(r"an?\s", bare, re.IGNORECASE)
            and DESCRIPTOR_END.search(bare)
            and not CAPACITY.match(LEADING_ARTICLES.sub("", bare))
        )
        (
            descriptors if is_descriptor or (descriptors and not capacities and not _is_role(bare)) else capacities
        ).append(bare)
    capacity = capacities[0] if capacities else ""
    for more in capacities[1:]:
        # no comma where the text has none: individually as a lender and as agent
        capacity += f" {more}" if f"{capacity} {more}" in tail else f", {more}"
    return ", ".join(descriptors) or None, capacity_of(capacity) or None


def _is_role(text: str) -> bool:
    return bool(
        re.match(r"(?:its|as|in its|individually|solely|acting)\b", text, re.IGNORECASE) or CAPACITY.match(text)
    )


def capacity_of(text: str) -> str:
    """A capacity without its leading its, as, a, and without punctuation around it."""
    return LEADING_ARTICLES.sub("", tidy(text).strip(" ,;:.")).strip(" ,;:.")


def is_continuation(text: str) -> bool:
    """Whether a line goes on with the name above it."""
    if re.match(
        r"^(?:a|an|as|its|in its|individually|solely|acting|not|&|f/k/a|formerly|successor|d/b/a|by and through|"
        r"on behalf)(?:\s|$)|^\(",
        text,
        re.IGNORECASE,
    ):
        return not re.match(r"^A\s+[A-Z][a-z]+\s+[A-Z][a-z]+.*(?:Inc|LLC|Corp)", text)
    if re.match(r"^(?:OF|AND|&|Of|And)\s", text) or STRONG_SUFFIX.fullmatch(text.split(", ")[0]):
        return True
    if re.match(r"^[a-z]", text) and not re.match(r"^[a-z]+[A-Z.]", text):
        return True
    return bool(
        re.match(
            r"^(?:LIMITED\s+)?(?:PARTNERSHIP|COMPANY|CORPORATION|INC|INCORPORATED|LLC|L\.L\.C|L\.P|LP|LTD|LIMITED|"
            r"TRUST|FUND|ASSOCIATION|BANK|N\.A|NATIONAL ASSOCIATION|"
            r"LIMITED LIABILITY COMPANY|CORP|[A-Z][\w. ]*\s(?-i:BRANCH|Branch|AGENCY|Agency)|LLP|L\.L\.P|PLC|S\.A|"
            r"BRANCH|AGENCY|COMPANY OF)\b[.,]*(?:$|,?\s+(?:a|an|as|its|individually)\s)",
            text,
            re.IGNORECASE,
        )
    )


def is_unfinished(text: str, following: str, gap: int) -> bool:
    """Whether the name in `text` needs `following` to be whole."""
    if text.count("(") > text.count(")"):
        return True
    bare = text.rstrip()
    if is_incomplete(bare) and not bare.endswith(","):
        return True
    cut = _first_tail(bare.rstrip(","))
    if cut:
        tail = bare[cut:].strip(" ,")
        if bare.endswith(","):
            return not has_company_suffix(following) and bool(ROLE_WORD.match(following))
        last = re.split(r"[\s,]+", tail)[-1]
        return not (
            DESCRIPTOR_END.search(last) or ROLE_WORD.search(last) or len(last) == 1 or CAPACITY.match(last)
        ) or (gap == 0 and bool(ROLE_WORD.match(following)) and not has_company_suffix(following))
    if gap or has_company_suffix(bare):
        return False
    if looks_like_person(bare) and looks_like_person(following):
        return False
    name = re.split(r",\s+(?:an?|as|its)\s", following)[0]
    return is_capital(bare) == is_capital(name) or has_company_suffix(name)


def stacked(lines: Sequence[str], gaps: Sequence[int] | None = None) -> list[tuple[int, str]]:
    """The names in lines that stand over each other: (index of its first line, joined text) of each."""
    names: list[tuple[int, str]] = []
    for index, line in enumerate(lines):
        gap = gaps[index] if gaps else 0
        if names and (is_continuation(line) or is_unfinished(names[-1][1], line, gap)):
            names[-1] = (names[-1][0], names[-1][1] + " " + line)
        else:
            names.append((index, line))
    return names


_BEHIND = re.compile(
    r",?\s+(?:as|individually|an?)\s+[\w ,/&-]{3,80}$|\s+(?:d/?b/?a\s+[\w .&]{2,40}|\((?:the\s+)?[A-Z]\w+\))$"
)
_QUOTED_ROLES = re.compile(r"(?<=\.)\s+(?:[“\"][A-Z][\w ]{1,30}[”\"]:?\s+)+(?=[A-Z])")
_LABEL_WORD = re.compile(r"^(?:Title|Name|Its|By|Date):$", re.IGNORECASE)


def split_before_company(text: str) -> tuple[str, str]:
    """A collapsed line cut where the next company's name begins: (what stands before, name or "")."""
    behind = _BEHIND.search(text)
    if behind:
        left, name = split_before_company(text[: behind.start()])
        if name:
            return left, name + behind.group(0)
    return _cut_before_company(_QUOTED_ROLES.sub(" ", text))


def _cut_before_company(text: str) -> tuple[str, str]:
    words = text.split()
    for cut in range(1, len(words)):
        before, after = words[:cut], words[cut:]
        if (
            cut > 3
            and re.search(r"[^.\W]{3,}[.:]$", before[-1])
            and not _LABEL_WORD.search(before[-1])
            and not has_company_suffix(before[-1])
            and _is_name_run(after)
        ):
            return " ".join(before), " ".join(after)
    run = _capital_run(words)
    if 0 < run < len(words) and not all(TITLE_WORD.match(w.strip(".,")) for w in words[run:]):
        while (
            run < len(words) - 1
            and is_capital(" ".join(words)) is False
            and TITLE_WORD.match(words[run].strip(".,"))
            and TITLE_HEAD.search(words[run])
        ):
            run += 1
        return " ".join(words[:run]), " ".join(words[run:])
    if has_company_suffix(text):
        for cut in range(len(words) - 1, 0, -1):
            if (
                TITLE_HEAD.search(words[cut - 1])
                and _is_name_run(words[cut:])
                and len(words) - cut > 1
                and not words[cut][0].islower()
                and _is_title_before(words[:cut])
            ):
                return " ".join(words[:cut]), " ".join(words[cut:])
    return text, ""


def split_pair(text: str) -> tuple[str, str] | None:
    """Two companies' names that stand behind each other, where it is plain where one ends."""
    words = text.split()
    cuts = [
        k
        for k in range(2, len(words) - 1)
        if has_company_suffix(" ".join(words[:k]))
        and has_company_suffix(text)
        and not is_continuation(" ".join(words[k:]))
    ]
    return (" ".join(words[: cuts[0]]), " ".join(words[cuts[0] :])) if len(cuts) == 1 else None


_ACTS_BY = re.compile(r",?\s+(?=by:?\s+(?:its\s|the\s)?[A-Za-z])", re.IGNORECASE)
_BY_WORD = re.compile(r"^by:?\s+", re.IGNORECASE)


def steps_of(text: str) -> list[str]:
    """`A, L.P., by B LLC, its general partner` cut before each `by` that stands behind a company's name."""
    for found in _ACTS_BY.finditer(text):
        left, right = text[: found.start()], text[found.end() :]
        name = read_name(_BY_WORD.sub("", left)).entity
        through = _BY_WORD.sub("", right)
        if not has_company_suffix(name) or len(name.split()) > 12 or _SIGNED.search(right[:12]):
            continue
        if re.match(r"its\s", through) or read_name(through).capacity:
            return [left.rstrip(" ,"), *steps_of(right)]
    return [text]


def two_names(text: str) -> tuple[str, str] | None:
    """`A, LLC and B, Inc.` as its two companies."""
    for found in re.finditer(r",?\s+and\s+", text, re.IGNORECASE):
        one, two = text[: found.start()].strip(" ,"), text[found.end() :].strip(" ,")
        if has_company_suffix(one) and has_company_suffix(two) and len(two.split()) > 1:
            return one, two
    return None


def singular(capacity: str | None) -> str | None:
    """`general partners`, of each of several, as `general partner`."""
    return re.sub(r"(?<=[a-z])s$", "", capacity, flags=re.IGNORECASE) if capacity else None


def _is_title_before(words: list[str]) -> bool:
    return bool(re.match(r"(?:/s/|title|its|by)", words[0], re.IGNORECASE)) or len(words) > 3


def _is_name_run(words: list[str]) -> bool:
    if not words or not re.match(r"[A-Z0-9]", words[0]) or len(words) > 14:
        return False
    small = [
        w for w in words if w[0].islower() and w not in {"of", "and", "the", "de", "for", "d/b/a", "inc", "inc.", "llc"}
    ]
    return not small and (has_company_suffix(" ".join(words)) or is_capital(" ".join(words)))


def _capital_run(words: list[str]) -> int:
    """Where the run of capitals at the end begins."""
    at = len(words)
    while at > 0:
        word = words[at - 1]
        letters = [c for c in word if c.isalpha()]
        if (
            letters
            and not all(c.isupper() for c in letters)
            and not re.fullmatch(r"(?:Inc|Ltd|Corp|Co|LLC|and|of|the)[.,]*", word)
        ):
            break
        at -= 1
    while at < len(words) and words[at] in {"and", "of", "the", "&"}:
        at += 1
    if (
        at < len(words)
        and len(re.sub(r"\W", "", words[at])) == 1
        and at + 1 < len(words)
        and at > 0
        and words[at].endswith(".")
    ):
        at += 1
    letters_in_run = sum(len(re.sub(r"\W", "", w)) for w in words[at:])
    return at if letters_in_run >= 3 and len(words) - at > 1 else len(words)
