"""How much a received file may ask for, and the two ways in which it can be refused."""

from __future__ import annotations

from dataclasses import dataclass

TOO_LARGE = "This picture is too large to be read. Ask the sender for a scan at 200 or 300 dpi."


@dataclass(frozen=True)
class Limits:
    """What one file may cost.

    `pixels` are those of one page as stored; `seconds` are processor seconds for opening the file and for each page;
    `file_seconds` and `extra_seconds` are wall clock seconds for the file, and more for each of its pages; `memory` is
    bytes of the child process; `losses` is how many pages may bring it down before the rest are given up.
    """

    pages: int = 1000
    pixels: int = 150_000_000
    seconds: int = 6
    file_seconds: float = 12.0
    extra_seconds: float = 0.5
    memory: int = 1 << 30
    losses: int = 2


class UnreadableFile(Exception):
    """A file that holds no page that can be read. `sentence` says so to a person, and what to ask the sender for."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UnreadablePage(Exception):
    """A page that cannot be turned into a picture, while others of its file may. `sentence` is for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
