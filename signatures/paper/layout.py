"""The geometry of an issued signature page, as it is stored with the page and given to the reader.

All measures are PDF points from the page's top left corner, x to the right, y down.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

FieldName = Literal["title", "name", "amount", "date"]


@dataclass(frozen=True)
class Box:
    """A rectangle: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Rule:
    """A printed horizontal rule to write on, from x0 to x1 at the height y."""

    x0: float
    x1: float
    y: float


@dataclass(frozen=True)
class BlankField:
    """A particular that was left blank for the signatory to fill in, and where its ink is looked for."""

    name: FieldName
    rule: Rule
    box: Box


@dataclass(frozen=True)
class LineLayout:
    """One signature line of a block: where it is, where its ink is looked for, and its blank particulars.

    `id` is unique on the page. A block with two signature lines has two of these with the same `block`.
    """

    id: str
    block: str
    holder: str
    signer: str | None
    rule: Rule
    box: Box
    fields: tuple[BlankField, ...] = ()


@dataclass(frozen=True)
class PageLayout:
    """One issued page: its size, its two codes and its signature lines. `payload` is the first code's text."""

    size: tuple[float, float]
    payload: str
    codes: tuple[Box, ...]
    lines: tuple[LineLayout, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts and lists, the inverse of `layout_from_json`."""
        return asdict(self)


def layout_from_json(data: dict[str, Any]) -> PageLayout:
    """Return the layout that `PageLayout.as_json` described. Raises KeyError or TypeError on anything else."""
    return PageLayout(
        size=(float(data["size"][0]), float(data["size"][1])),
        payload=data["payload"],
        codes=tuple(Box(**box) for box in data["codes"]),
        lines=tuple(_line_from_json(line) for line in data["lines"]),
    )


def _line_from_json(data: dict[str, Any]) -> LineLayout:
    return LineLayout(
        id=data["id"],
        block=data["block"],
        holder=data["holder"],
        signer=data["signer"],
        rule=Rule(**data["rule"]),
        box=Box(**data["box"]),
        fields=tuple(
            BlankField(name=field["name"], rule=Rule(**field["rule"]), box=Box(**field["box"]))
            for field in data["fields"]
        ),
    )
