"""What is certain, and what a person must be asked: pure functions over a reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from signatures.paper.reading import Reading

BlockVerdict = Literal["signed", "blank", "unsure"]

# Where a question stands in the queue, most urgent first, and the heading of its group.
GROUPS = {
    1: "Ready, needs your word",
    2: "Changed by hand",
    3: "One of several blocks signed",
    4: "Not signed",
    5: "Particulars missing",
    6: "Unsure",
    7: "Unidentified",
    8: "Executed by another copy",
}
COPY_URGENCY = 8
COPY_QUESTION = "Another copy has executed this block: say “copy”"


@dataclass(frozen=True)
class BlockOnPage:
    """A block of an issued page as the rules see it: its lines on paper, and which of them must be signed."""

    block: int
    entity: str
    lines: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """Why a person is needed: the group it belongs to (see GROUPS) and a sentence."""

    urgency: int
    sentence: str


def verdict(reading: Reading, block: BlockOnPage) -> BlockVerdict:
    """Say whether a block's required lines are all plainly signed, all plainly blank, or something else."""
    seen = {line.id: line.verdict for line in reading.lines}
    verdicts = {seen.get(line, "unsure") for line in block.required}
    if verdicts == {"signed"}:
        return "signed"
    if verdicts == {"blank"}:
        return "blank"
    return "unsure"


def missing_particulars(reading: Reading, block: BlockOnPage) -> tuple[str, ...]:
    """Return the names of the block's blank particulars that were not plainly filled in.

    What stands under a line that need not be signed, and was not, may stay empty with it.
    """
    left = {seen.id for seen in reading.lines if seen.verdict == "blank"} - set(block.required)
    asked = [seen for seen in reading.fields if seen.line in block.lines and seen.line not in left]
    return tuple(seen.name for seen in asked if seen.verdict != "filled")


def is_certain(reading: Reading, block: BlockOnPage, required_particulars: list[str], is_current: bool) -> bool:
    """Tell whether a block is certainly executed on a page.

    Certain means: current version, code read, every required signature line plainly signed, no required particular
    blank or unsure, no ink anywhere else, no electronic mark that a person must judge.
    """
    return (
        is_current
        and reading.kind == "issued"
        and reading.method == "code"
        and verdict(reading, block) == "signed"
        and not set(missing_particulars(reading, block)) & set(required_particulars)
        and reading.other_ink is False
        and reading.electronic_signature is None
    )


def question(
    reading: Reading, page_blocks: tuple[BlockOnPage, ...], required_particulars: list[str], stale: str = ""
) -> Question:
    """Return the question that a matched page puts to a person. `stale` says why its issued page counts no more."""
    verdicts = {block.block: verdict(reading, block) for block in page_blocks}
    if stale and set(verdicts.values()) == {"blank"}:
        return Question(4, f"{_nothing_signed(page_blocks)}. {stale}")
    if stale:
        return Question(6, stale)
    if reading.electronic_signature:
        return Question(6, reading.electronic_signature)
    if reading.other_ink:
        return Question(2, "Something is written or struck out by hand")
    if "unsure" in verdicts.values():
        unsure = next(block for block in page_blocks if verdicts[block.block] == "unsure")
        return Question(6, _why_unsure(reading, unsure))
    if set(verdicts.values()) == {"blank"}:
        return Question(4, _nothing_signed(page_blocks))
    if "blank" in verdicts.values():
        return Question(3, "One of several blocks is signed")
    if reading.other_ink is None:
        return Question(6, reading.reason or "It cannot be told whether anything else is written on the page")
    for block in page_blocks:
        missing = missing_particulars(reading, block)
        if missing:
            words = " and ".join(dict.fromkeys(missing))
            return Question(5 if set(missing) & set(required_particulars) else 1, f"Signed, {words} left blank")
    return Question(1, "Signed, nothing else written")


def _nothing_signed(page_blocks: tuple[BlockOnPage, ...]) -> str:
    return "No ink on the signature line" if len(page_blocks) == 1 else "No block is signed"


def _why_unsure(reading: Reading, block: BlockOnPage) -> str:
    for line in reading.lines:
        if line.id in block.lines and line.verdict == "unsure" and line.reason:
            return line.reason
    return reading.reason or "It cannot be told whether this is signed"
