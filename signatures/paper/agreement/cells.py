"""One printed line, cut where wide gaps or tabs stand in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .labels import BY, CELL, LABEL, VALUE_LABEL, classify
from .words import looks_like_title

_BARE_LABEL = re.compile(r"^((?:Print(?:ed)? )?Name|Title|Its)(?: {2,}|\t\s*)(?=[^\s:])")
_STEP_BROKEN = re.compile(r"\S\s+its$", re.IGNORECASE)  # its capacity stands in the line below
_ADDRESS = re.compile(r"address\s*:?$", re.IGNORECASE)
_WIDEST_IN_ADDRESS = 24  # characters; what stands farther behind the label is another column's
_MONEY = re.compile(
    r"(?:[\w ]{3,40}[=:]\s*)?"
    r"(?:(?:US)?\$\s?[\d,.]+(?:\s*\([\d.]+%\))?|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d+)?\s?%)"
)


def parts_of(text: str) -> tuple[tuple[int, str], ...]:
    """The parts of a line that wide gaps or runs of tabs set apart, each with the column where it starts."""
    return tuple((start + len(p) - len(p.lstrip()), p.strip()) for p, start in _parts(text) if p.strip())


def cells_of(text: str) -> list[tuple[int, str]]:
    """The cells of a line: parts that wide gaps or runs of tabs set apart, a label and its value kept together."""
    cells: list[tuple[int, str]] = []
    for part, start in _parts(text):
        bare = _BARE_LABEL.sub(r"\1: ", part.strip())
        if not bare or bare in {".", ")", "("} or _MONEY.fullmatch(bare):
            continue
        last = cells[-1][1] if cells else ""
        if cells and re.fullmatch(r"[-–]?\s?\d{1,3}\s?[-–]?", bare) and not VALUE_LABEL.search(last):
            continue  # a page's number
        if (
            cells
            and VALUE_LABEL.search(last)
            and not _STEP_BROKEN.search(last)
            and not _starts_with_label(bare)
            and not (_ADDRESS.search(last) and start - cells[-1][0] - len(last) > _WIDEST_IN_ADDRESS)
            and not (last.endswith("/s/") and looks_like_title(bare))
        ):
            colon = ":" if re.fullmatch(r"(?:print )?(?:name|title|its|date|position)", last, re.IGNORECASE) else ""
            cells[-1] = (cells[-1][0], f"{last}{colon} {bare}")
        elif cells and (
            (re.fullmatch(r"[_\s]+", bare) and BY.match(last) and "_" not in last)
            or (re.fullmatch(r"\([^()]*\)", bare) and re.match(r"/s/", last))
        ):
            cells[-1] = (cells[-1][0], f"{last} {bare}")
        else:
            cells.append((start + len(part) - len(part.lstrip()), re.sub(r"\s+", " ", bare)))
    return cells


def _parts(text: str) -> Iterator[tuple[str, int]]:
    last = len(text) - len(text.lstrip())
    gaps = [len(g) for g in re.findall(r"(?<=\S) +(?=\S)", text)]
    justified = (len(gaps) > 2 and max(gaps) <= 6 and sum(g > 1 for g in gaps) >= 0.5 * len(gaps)) and not re.search(
        r"\t|__", text.strip()
    )
    if not justified:
        for gap in CELL.finditer(text, last):
            yield text[last : gap.start()], last
            last = gap.end()
    yield text[last:], last


def _starts_with_label(text: str) -> bool:
    return bool(LABEL.match(text)) or bool(re.match(r"By\s*(?::|/s/|_)", text, re.IGNORECASE))


def is_sequential(cells: list[tuple[int, str]]) -> bool:
    """Whether a line's cells follow each other, as they do where a page was collapsed into a line."""
    if any(text.startswith("[") and classify(text)[0] == "footer" for _, text in cells[1:]):
        return True
    labels = [
        m.group(0).rstrip(": ").casefold()
        for _, text in cells
        if classify(text)[0] not in ("other", "address")
        and (m := LABEL.match(text) or re.match(r"By\s*:?(?=\s|_|$)", text))
    ]
    mixed = len(set(labels)) > 1 and len(labels) == len(set(labels))
    return len(cells) > 3 or (mixed and len(cells) <= len(labels) + 1) or sum(len(t) for _, t in cells) > 220
