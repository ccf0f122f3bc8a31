"""A printed line cut into cells, the form in which columns are told apart."""

from __future__ import annotations

from dataclasses import dataclass

from .labels import Kind, classify


@dataclass(frozen=True)
class Row:
    """One printed line cut into cells: (column where it starts, text).

    `sequential` rows hold one thing after another, `hard` rows end what came before. `unsure` says that
    its column was guessed. `parts` are the cells before labels and values were put together. `placed` rows have
    kept their indent.
    """

    cells: tuple[tuple[int, str], ...]
    number: int
    page: int | None
    gap: int
    sequential: bool = False
    hard: bool = False
    column: int | None = None
    unsure: bool = False
    parts: tuple[tuple[int, str], ...] = ()
    placed: bool = False

    @property
    def text(self) -> str:
        """The cells under each other, or the only one."""
        return "\n".join(text for _, text in self.cells)

    @property
    def kinds(self) -> list[Kind]:
        """What each cell is."""
        return [classify(text)[0] for _, text in self.cells]

    @property
    def is_columnar(self) -> bool:
        """Whether it may be a line of two or three columns."""
        return len(self.cells) in (2, 3) and not self.sequential and not self.hard
