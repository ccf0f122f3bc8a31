"""Which names may be one holder under two spellings. Likeness is offered to a person, never acted upon.

Two names look alike when they name the same numbers and series letters and no two different legal forms, and what is
left of them is the same but for one letter. So `Cape Fund 2 LP` looks like `Cape Fund II, L.P.`, and never like
`Cape Fund III, L.P.`.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from holders.names import without_accents

# A name with fewer letters than this is not forgiven a letter: too many names are one letter apart.
FEWEST_LETTERS = 5

FORMS = {
    "limited partnership": "lp",
    "limited liability partnership": "llp",
    "limited liability limited partnership": "lllp",
    "limited liability company": "llc",
    "national association": "na",
    "public limited company": "plc",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "limited": "ltd",
}
SHORT_FORMS = {*FORMS.values(), "sa", "sarl", "gmbh", "ag", "nv", "bv"}
NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        (
            ("one", "first", "1st"),
            ("two", "second", "2nd"),
            ("three", "third", "3rd"),
            ("four", "fourth", "4th"),
            ("five", "fifth", "5th"),
            ("six", "sixth", "6th"),
            ("seven", "seventh", "7th"),
            ("eight", "eighth", "8th"),
            ("nine", "ninth", "9th"),
            ("ten", "tenth", "10th"),
        ),
        1,
    )
    for word in words
}
# The longest first: a limited liability company is not a limited one.
LONG_FORM = re.compile(rf"\b(?:{'|'.join(sorted(FORMS, key=len, reverse=True))})\b")
OF_SOMEBODY = re.compile(r"(?<=\w)['’](?=s\b)")
INITIALS = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}|\b[^\W\d_]/[^\W\d_]\b")
WORD = re.compile(r"[^\W\d_]+|\d+(?:st|nd|rd|th)?")
ROMAN = re.compile(r"(?=.)x{0,3}(ix|iv|v?i{0,3})")
FORMERLY = re.compile(
    r"[\s(,]+(?:f[./]?k[./]?a\.?|formerly(?:\s+known\s+as)?|n[./]?k[./]?a\.?|d[./]?b[./]?a\.?)\s+", re.I
)


@dataclass(frozen=True)
class Signature:
    """What of a name is compared: its letters, its numbers and series letters, and its legal forms."""

    letters: str
    designators: tuple[str, ...]
    forms: frozenset[str]


@functools.lru_cache(maxsize=1_000)
def signatures(name: str) -> tuple[Signature, ...]:
    """Return what is compared of a name: of the name itself, then of each name that it says it had."""
    return tuple(_signature(part) for part in FORMERLY.split(name) if part.strip(" ()"))


def look_alike(one: str, other: str) -> bool:
    """Tell whether two names may be one holder. Symmetric; true of a name and itself if it has a letter."""
    return any(_alike(mine, yours) for mine in signatures(one) for yours in signatures(other))


def _alike(one: Signature, other: Signature) -> bool:
    if one.designators != other.designators or (one.forms and other.forms and one.forms != other.forms):
        return False
    if not one.letters or one.letters == other.letters:
        return bool(one.letters)
    return min(len(one.letters), len(other.letters)) >= FEWEST_LETTERS and one_letter_apart(one.letters, other.letters)


def one_letter_apart(one: str, other: str) -> bool:
    """Tell whether one letter more, less or other, or two neighbours exchanged, make one text the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    mine, yours = one[start:], other[start:]
    return (
        mine[1:] == yours[1:]
        or mine[1:] == yours
        or mine == yours[1:]
        or (mine[:2] == yours[:2][::-1] and mine[2:] == yours[2:])
    )


def _signature(name: str) -> Signature:
    plain = without_accents(name)
    plain = OF_SOMEBODY.sub("", plain)
    # L.P. and N.A. are one word each; so are the initials of J. P. Morgan.
    plain = INITIALS.sub(lambda found: re.sub(r"\W", "", found[0]) + " ", plain)
    words = LONG_FORM.sub(lambda found: FORMS[found[0]], " ".join(WORD.findall(plain))).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    designators, forms, letters = [], set(), []
    for at, word in enumerate(words):
        number = _number(word, first=at == 0)
        if number is not None:
            designators.append(str(number))
        elif len(word) == 1 and at > 0:
            designators.append(word)
        elif word in SHORT_FORMS and at > 0:
            forms.add(word)
        else:
            letters.append(word)
    return Signature("".join(letters), tuple(sorted(designators)), frozenset(forms))


def _number(word: str, first: bool) -> int | None:
    """Return the number that a word says in digits, in letters, or in Roman numerals; None for another word."""
    if word.isdecimal():
        return int(word)
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    if first or not ROMAN.fullmatch(word):
        return None
    values = {"i": 1, "v": 5, "x": 10}
    digits = [values[char] for char in word]
    return sum(-one if one < following else one for one, following in zip(digits, [*digits[1:], 0], strict=True))


@dataclass
class Likenesses:
    """Names to look for likenesses among: as many as one likes, in time that does not grow with them."""

    _found: dict[tuple[tuple[str, ...], str], list[tuple[Signature, str, bool]]] = field(default_factory=dict)

    def add(self, name: str, *, forgiving: bool = True) -> None:
        """Make a name one that others may look like; where it is not `forgiving`, only with the same letters."""
        for signature in signatures(name):
            for key in _keys(signature) if forgiving else [(signature.designators, signature.letters)]:
                self._found.setdefault(key, []).append((signature, name, forgiving))

    def of(self, name: str) -> str | None:
        """Return the first name added that this one looks like, None if there is none."""
        for signature in signatures(name):
            for key in _keys(signature):
                for other, known, forgiving in self._found.get(key, ()):
                    if _alike(signature, other) and (forgiving or signature.letters == other.letters):
                        return known
        return None


def _keys(signature: Signature) -> list[tuple[tuple[str, ...], str]]:
    """Return keys of which two names that are alike share one: the letters, and the letters less each in turn."""
    letters, designators = signature.letters, signature.designators
    if len(letters) < FEWEST_LETTERS:
        return [(designators, letters)]
    shorter = {letters[:at] + letters[at + 1 :] for at in range(len(letters))}
    return [(designators, letters), *((designators, one) for one in sorted(shorter))]
