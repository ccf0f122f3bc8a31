"""How one text differs from another, paragraph by paragraph and word by word. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

Kind = Literal["same", "gone", "added", "changed"]

# Paragraphs of which less than this share of the words is common are two, not one that was changed.
LEAST_ALIKE = 0.5
# A number alone, with or without dashes: a page's.
_PAGE_NUMBER = re.compile(r"[-–—\s]*(page\s*)?\d{1,4}([-–—\s]*|\s+of\s+\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """Words that stand in both texts ("same"), in the first alone ("gone"), or in the second alone ("added")."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Passage:
    """Paragraphs that are the `same`, of which only the number is told, or one paragraph and the runs it is made of."""

    kind: Kind
    paragraphs: int
    runs: tuple[Run, ...] = ()


def as_json(passages: Iterable[Passage]) -> list[Any]:
    """Return passages as plain data, the inverse of `from_json`."""
    return [[one.kind, one.paragraphs, [[run.kind, run.text] for run in one.runs]] for one in passages]


def from_json(kept: Iterable[Any]) -> tuple[Passage, ...]:
    """Return the passages that `as_json` described."""
    return tuple(Passage(kind, number, tuple(Run(kind_, text) for kind_, text in runs)) for kind, number, runs in kept)


def paragraphs(text: str) -> list[str]:
    """Return a text's paragraphs, each in one line. How lines are broken and where pages end makes no difference."""
    parts = re.split(r"\n\s*\n|\f", text)
    said = [" ".join(part.split()) for part in parts]
    return [one for one in said if one and not _PAGE_NUMBER.fullmatch(one)]


def difference(before: str, after: str) -> list[Passage]:
    """Return what makes the second text of the first."""
    old, new = paragraphs(before), paragraphs(after)
    found: list[Passage] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Passage("same", i2 - i1))
        else:
            found.extend(_replaced(old[i1:i2], new[j1:j2]))
    return found


def _replaced(old: list[str], new: list[str]) -> Iterator[Passage]:
    """Pair the paragraphs that are one, changed, in their order; what has no pair is gone or was added."""
    start = 0
    for one in old:
        at = next((at for at in range(start, len(new)) if _is_changed(one, new[at])), None)
        if at is None:
            yield Passage("gone", 1, (Run("gone", one),))
            continue
        for other in new[start:at]:
            yield Passage("added", 1, (Run("added", other),))
        yield Passage("changed", 1, tuple(_runs(one.split(), new[at].split())))
        start = at + 1
    for other in new[start:]:
        yield Passage("added", 1, (Run("added", other),))


def _is_changed(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    return all(ratio() >= LEAST_ALIKE for ratio in (matcher.real_quick_ratio, matcher.quick_ratio, matcher.ratio))


def _runs(old: list[str], new: list[str]) -> Iterator[Run]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Run("same", " ".join(old[i1:i2]))
            continue
        if i2 > i1:
            yield Run("gone", " ".join(old[i1:i2]))
        if j2 > j1:
            yield Run("added", " ".join(new[j1:j2]))
