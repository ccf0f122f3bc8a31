"""Which issued page is it? Ranks the issued pages by what was read on a page whose code could not be read."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from signatures.paper.layout import PageLayout
from signatures.paper.reading import Candidate

What = Literal["holder", "signer", "entity", "title"]
_Key = tuple[What, str]  # what a name is, and its plain form

MOST_CANDIDATES = 5
LEAST_SCORE = 0.2  # the title alone is not enough
CLOSE = 0.8  # share of a name's letters that must be read right for the name to count as read
LEAST_GRAMS = 0.3  # shared runs of three letters, by the name's length, that make a comparison worth while
SHORT = 6  # a name of fewer letters must be read letter by letter
WEIGHTS: dict[What, float] = {
    "holder": 0.7,
    "signer": 0.45,
    "entity": 0.4,
    "title": 0.15,
}
NUMBER_WEIGHT = 0.95
CODE_WEIGHT = 0.8
WORDS: dict[What, str] = {
    "holder": "The holder's name {} was read.",
    "signer": "The signatory's name {} was read.",
    "entity": "{} from the holder's chain was read.",
    "title": "The title {} was read.",
}
# Letters that recognition confuses are written alike before names are compared.
_ALIKE = str.maketrans("0158|", "OISBI")


@dataclass(frozen=True)
class Expected:
    """An issued page that a received page may be, with the words that are printed on it.

    `payload` is PageLayout.payload, `entities` those of the authority chains, `number` the page's number for people.
    `blank` is the picture of the blank page (see the page's drawing), None where there is none.
    """

    payload: str
    holders: tuple[str, ...]
    signers: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    agreement_title: str = ""
    number: str = ""
    layout: PageLayout | None = None
    blank: bytes | None = None


@dataclass(frozen=True)
class Found:
    """A name of an issued page that was read: what it is, as printed, how alike (to 1), and the rows it stands in."""

    what: What
    name: str
    likeness: float
    rows: tuple[int, ...]


def plain(text: str) -> str:
    """Return letters and digits alone, in capitals, those alike that recognition confuses: names are compared so."""
    return re.sub("[^A-Z2-9]", "", text.upper().replace("&", "AND").translate(_ALIKE))


def likeness(name: str, text: str) -> float:
    """Return how well `name` is contained anywhere in `text`, from 0 to 1: 1 less the share of letters to be corrected.

    Both in the form of `plain`. This is the bit-parallel search of G. Myers, "A fast bit-vector algorithm for
    approximate string matching based on dynamic programming", 1999: bit i is row i of the table of edit distances.
    """
    if not name:
        return 0.0
    if name in text:
        return 1.0
    all_rows, last_row = (1 << len(name)) - 1, 1 << (len(name) - 1)
    rows_of: dict[str, int] = defaultdict(int)
    for row, letter in enumerate(name):
        rows_of[letter] |= 1 << row
    more, less = all_rows, 0  # the rows where the distance is one more, or one less, than in the row above
    distance = best = len(name)
    for letter in text:
        same = rows_of.get(letter, 0)
        diagonal = (((same & more) + more) ^ more) | same
        up, down = less | (all_rows & ~(diagonal | more)), more & diagonal
        if up & last_row:
            distance += 1
        elif down & last_row:
            distance -= 1
            best = min(best, distance)
        up, down = up << 1, down << 1
        vertical = same | less
        more, less = (down | ~(vertical | up)) & all_rows, up & vertical & all_rows
    return 1 - best / len(name)


def find_names(rows: Sequence[str], expected: Iterable[Expected]) -> list[Found]:
    """Return the names of the expected pages that stand in the rows of text.

    A name that runs over into the next row is found too, at its first row. Of two names that claim the same words the
    better read one has them.
    """
    names = _names(expected)
    grams: dict[str, list[_Key]] = defaultdict(list)
    for key in names:
        for gram in _grams(key[1]):
            grams[gram].append(key)
    plains = [plain(row) for row in rows]
    seen: dict[_Key, dict[int, float]] = defaultdict(dict)
    for row, text in enumerate(plains):
        for key, alike in _read_in(text, grams):
            seen[key][row] = alike
    for row, (text, following) in enumerate(pairwise(plains)):
        for key, alike in _read_in(text + following, grams):
            if alike > max(seen[key].get(row, 0.0), seen[key].get(row + 1, 0.0)):
                seen[key][row] = alike
    found = {key: Found(key[0], names[key], max(at.values()), tuple(sorted(at))) for key, at in seen.items() if at}
    return _without_lookalikes(found)


def _read_in(text: str, grams: dict[str, list[_Key]]) -> Iterator[tuple[_Key, float]]:
    """Give the names that stand in the text, and how alike."""
    shared = Counter(key for gram in _grams(text) for key in grams.get(gram, ()))
    for key, count in shared.items():
        if count >= LEAST_GRAMS * len(key[1]):
            alike = likeness(key[1], text)
            if alike >= (1.0 if len(key[1]) < SHORT else CLOSE):
                yield key, alike


def _names(expected: Iterable[Expected]) -> dict[_Key, str]:
    """Return every name once, under what it is and its plain form."""
    names: dict[_Key, str] = {}
    for page in expected:
        for key, name in _of(page):
            names.setdefault(key, name)
    return names


def _of(page: Expected) -> list[tuple[_Key, str]]:
    lists: tuple[tuple[What, tuple[str, ...]], ...] = (
        ("holder", page.holders),
        ("signer", page.signers),
        ("entity", page.entities),
        ("title", (page.agreement_title,)),
    )
    return [((what, short), name) for what, some in lists for name in some if len(short := plain(name)) >= 3]


def _grams(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(len(text) - 2)}


def _without_lookalikes(best: dict[_Key, Found]) -> list[Found]:
    """Drop a name where a name very like it was read better: of "FUND II" and "FUND III" one alone stands there."""
    kept: list[tuple[str, Found]] = []
    for key, found in sorted(best.items(), key=lambda item: (-item[1].likeness, -len(item[0][1]), item[0])):
        rival = any(
            other.what == found.what
            and any(abs(one - row) <= 1 for one in other.rows for row in found.rows)
            and (other.likeness > found.likeness or len(text) > len(key[1]))
            and likeness(key[1], text) >= CLOSE - 0.1
            for text, other in kept
        )
        if not rival:
            kept.append((key[1], found))
    return [found for _, found in kept]


def rank(
    rows: Sequence[str], found: Sequence[Found], expected: Sequence[Expected], codes: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """Return the likeliest issued pages, best first, with what speaks for each in words.

    `codes` are payloads that were read, though not so that the page could be told by them alone.

    A page loses for a holder of its own that was not read, and for a holder read that is another page's: a sheet with
    two holders is not the sheet of one of them.
    """
    read = {(one.what, plain(one.name)): one for one in found}
    holders_read = {name for what, name in read if what == "holder"}
    plains = [plain(row) for row in rows]
    candidates = []
    for place, page in enumerate(expected):
        against = 1.0
        reasons: list[str] = []
        keys = _of(page)
        for what, weight in WEIGHTS.items():
            own = {key: name for key, name in keys if key[0] == what}
            hits = [key for key in own if key in read]
            if not hits:
                continue
            share = sum(read[key].likeness for key in hits) / len(own)
            if what == "holder":
                share *= len(hits) / max(len(holders_read), 1)
            against *= 1 - weight * share
            reasons.extend(WORDS[what].format(own[key]) for key in hits)
        alike = _number_alike(plain(page.number), plains)
        if alike:
            against *= 1 - NUMBER_WEIGHT * alike
            reasons.insert(0, f"The page number {page.number} was read{'' if alike == 1 else ', or one like it'}.")
        if page.payload in codes:
            against *= 1 - CODE_WEIGHT
            reasons.insert(0, "A code of this page was read.")
        score = round(1 - against, 3)
        if score >= LEAST_SCORE:
            candidates.append((-score, place, Candidate(page.payload, score, tuple(reasons))))
    return tuple(candidate for _, _, candidate in sorted(candidates, key=lambda one: one[:2])[:MOST_CANDIDATES])


def _number_alike(number: str, plains: Sequence[str]) -> float:
    """Return 1 where the page number was read, less where one or two of its signs were misread, else 0."""
    if len(number) < 4:
        return 0.0
    if any(number in text for text in plains):
        return 1.0
    if len(number) < 9:
        return 0.0
    wrong = min(
        (round(len(number) * (1 - likeness(number, text))) for text in plains if _may_be_number(text)), default=9
    )
    return {1: 0.8, 2: 0.5}.get(wrong, 0.0)


def _may_be_number(text: str) -> bool:
    return 6 <= len(text) <= 40
