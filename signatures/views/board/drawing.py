"""Geometry of the board's bar and curve: numbers in, percents and paths out. Text is estimated, never measured."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

CHARACTER = 6.4  # pixels, Inter 12 px medium, a little generous
ROW = 18
LABEL_APART = 13  # percent of the curve's height that the words of a threshold take
WIDTHS = (("wide", 700), ("narrow", 440))  # bar.css


def percent(part: Decimal, whole: Decimal) -> str:
    return "0" if not whole else f"{min(Decimal(100), max(Decimal(0), part * 100 / whole)):.3f}"


def lay_labels(labels: Sequence[tuple[float, str]], pixels: int) -> tuple[list[dict[str, object]], int]:
    """Return x, anchor and baseline of each label (x in percent, text) so that none collide, and the height needed."""
    rows: list[list[tuple[float, float]]] = []
    placed: list[tuple[int, float, str]] = []
    for x, text in labels:
        width = len(text) * CHARACTER * 100 / pixels
        left = min(max(0.0, x - width / 2), max(0.0, 100 - width))
        at, anchor = (0.0, "start") if left == 0 else (100.0, "end") if left + width >= 100 else (x, "middle")
        free = (
            number
            for number, taken in enumerate(rows)
            if all(left > right + 1 or left + width < start - 1 for start, right in taken)
        )
        number = next(free, len(rows))
        if number == len(rows):
            rows.append([])
        rows[number].append((left, left + width))
        placed.append((number, at, anchor))
    height = 20 + ROW * (len(rows) - 1) if rows else 0
    return [{"x": f"{at:g}", "anchor": anchor, "y": height - 7 - ROW * number} for number, at, anchor in placed], height


def curve_paths(steps: Sequence[tuple[float, float]]) -> tuple[str, str]:
    """For (time 0..1, part 0..1) steps return the paths of line and area in a box of 1000 by 1000."""
    x0, y0 = steps[0]
    line = f"M{1000 * x0:.0f} {1000 - 1000 * y0:.0f}"
    for x, y in steps[1:]:
        line += f"H{1000 * x:.0f}V{1000 - 1000 * y:.0f}"
    return line, line + f"V1000H{1000 * x0:.0f}Z"
