"""Simulated returns of pages that the product drew: nothing wrong, little unsure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from signatures.paper.blank import manifest_row, prepare_blanks
from signatures.paper.code import new_key
from signatures.paper.drawing import BlockToDraw, LineToDraw, PageToDraw, draw_pages
from signatures.paper.engine import read_page
from signatures.paper.reading import Issued
from signatures.paper.split import split

TOOLS = Path(__file__).resolve().parents[2].parent / "shared" / "tools"
MAKE = TOOLS / "simulate_returns" / "make_corpus.py"
COUNT = 60


def issue(folder: Path) -> tuple[dict[str, Issued], dict[str, str]]:
    """Draw twenty pages into `folder`; return what was issued, and the page's id, by payload."""
    pages = []
    for number in range(20):
        line = LineToDraw("b1", None if number % 3 else "Maya Fenwick", None, ("name", "title"))
        other = LineToDraw("b2", "Ivo Kessler", "Director")
        blocks = [BlockToDraw("b1", "holder", f"Alder Fund {number}, L.P.", (line,), amount_caption="Amount of Notes")]
        if number % 2:
            chain = (("Birch Capital LLC", "General Partner", None),)
            blocks.append(BlockToDraw("b2", "holder", "Birch Fund, Ltd.", (other,), chain=chain))
        pages.append(
            PageToDraw(new_key(bytes(range(number, number + 9))), "Consent", "IN WITNESS WHEREOF.", (*blocks,))
        )
    drawn = draw_pages(pages)
    (folder / "pages.pdf").write_bytes(drawn.pdf)
    blanks = prepare_blanks(drawn.pdf, drawn.layouts)
    with (folder / "pages.jsonl").open("w") as rows:
        for index, layout in enumerate(drawn.layouts):
            rows.write(json.dumps(manifest_row(f"p{index}", "pages.pdf", index, layout)) + "\n")
    issued = {layout.payload: Issued(layout, blank) for layout, blank in zip(drawn.layouts, blanks, strict=True)}
    return issued, {layout.payload: f"p{index}" for index, layout in enumerate(drawn.layouts)}


@pytest.fixture(scope="module")
def returns(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[dict[str, Any], Any, str | None]]:
    """Return (truth of a page, its reading, the id of the page that it was taken for) for each received page."""
    if not MAKE.exists():
        pytest.skip("../shared is not there")
    folder = tmp_path_factory.mktemp("returns")
    issued, ids = issue(folder)
    command = [sys.executable, str(MAKE), "--seed", "31", "--count", str(COUNT), "--out", str(folder / "made")]
    subprocess.run([*command, "--issued", str(folder / "pages.jsonl"), "--max-pages", "3"], check=True)
    read = []
    for row in (folder / "made" / "truth.jsonl").read_text().splitlines():
        record = json.loads(row)
        pages = split(folder / "made" / record["file"])
        assert pages.count == record["n_pages"]
        for index, truth in enumerate(record["pages"]):
            reading = read_page(pages.load(index), issued.get, index).reading
            read.append((truth, reading, ids.get(reading.payload or "")))
        pages.close()
    return read


def test_no_page_is_taken_for_another(returns: list[tuple[dict[str, Any], Any, str | None]]) -> None:
    assert [taken for truth, _, taken in returns if taken is not None and taken != truth["issued_id"]] == []


def test_issued_pages_are_identified_and_never_empty(returns: list[tuple[dict[str, Any], Any, str | None]]) -> None:
    issued = [(truth, reading, taken) for truth, reading, taken in returns if truth["page_kind"] == "issued"]
    assert sum(taken == truth["issued_id"] for truth, _, taken in issued) >= 0.99 * len(issued)
    assert all(reading.kind != "empty" for truth, reading, _ in returns if truth["page_kind"] != "empty")


def test_lines_are_never_wrong_and_seldom_unsure(returns: list[tuple[dict[str, Any], Any, str | None]]) -> None:
    unsure = total = 0
    for truth, reading, taken in returns:
        if taken is None:
            continue
        faint = {ink["block"] for ink in truth["ink"] if ink["what"] == "signature" and ink.get("vis", 1) < 0.25}
        for line in reading.lines:
            signed = truth["signed"][line.id]
            total += 1
            unsure += line.verdict == "unsure"
            assert signed or line.verdict != "signed"
            assert not signed or line.verdict != "blank" or line.id in faint
    assert total > 60
    assert unsure <= 0.06 * total
