"""The issued page as a picture, and its line in pages.jsonl."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from signatures.paper.blank import manifest_row, page_pixels, prepare_blank, prepare_blanks
from signatures.paper.code import new_key
from signatures.paper.drawing import BlockToDraw, Drawn, LineToDraw, PageToDraw, Style, draw_pages
from signatures.paper.layout import Box, PageLayout
from signatures.paper.template import CHUNK, Template, made, packed, template
from tests.paper.received import issued, load_blank


def drawn(paper: Any = "Letter") -> Drawn:
    blocks = [
        BlockToDraw(
            f"b{number}",
            "holder",
            name,
            (LineToDraw(f"l{number}", "Maya Fenwick", None, ("title",)),),
            amount_caption="Amount of Notes Beneficially Owned",
        )
        for number, name in enumerate(("Alder Fund, L.P.", "Birch Fund, L.P."))
    ]
    pages = [PageToDraw(new_key(bytes(range(count, 9 + count))), "Consent", None, (blocks[count],)) for count in (0, 1)]
    return draw_pages(pages, Style(paper=paper))


@pytest.mark.parametrize(("paper", "shape"), [("Letter", (2200, 1700)), ("A4", (2339, 1654))])
def test_a_blank_is_the_page_at_200_dpi(paper: str, shape: tuple[int, int]) -> None:
    made = drawn(paper)
    blank = load_blank(prepare_blank(made.pdf, 1, made.layouts[1]))
    assert blank.shape == shape
    assert blank.dtype == np.uint8
    assert (blank.min(), blank.max()) == (0, 255)
    exact = page_pixels(made.pdf, 1)
    assert np.abs(blank.astype(int) - exact).max() <= 16
    rule = made.layouts[1].lines[0].rule
    row, column = round(rule.y * 200 / 72), round((rule.x0 + rule.x1) / 2 * 200 / 72)
    assert blank[row - 2 : row + 3, column].min() < 64


def test_blanks_of_a_whole_pdf_are_those_of_its_pages_and_compact() -> None:
    made = drawn()
    blanks = prepare_blanks(made.pdf, made.layouts)
    assert blanks == [prepare_blank(made.pdf, index, layout) for index, layout in enumerate(made.layouts)]
    assert blanks[0] != blanks[1]
    assert max(map(len, blanks)) < 80_000


def test_threads_that_render_side_by_side_get_the_same_pictures() -> None:
    made = drawn()
    exact = [page_pixels(made.pdf, index) for index in (0, 1)]
    with ThreadPoolExecutor(16) as threads:
        rendered = list(threads.map(lambda turn: page_pixels(made.pdf, turn % 2), range(300)))
    assert all(np.array_equal(pixels, exact[turn % 2]) for turn, pixels in enumerate(rendered))


def test_a_layout_of_another_paper_is_refused() -> None:
    made = drawn()
    with pytest.raises(ValueError, match="its layout"):
        prepare_blank(made.pdf, 0, replace(made.layouts[0], size=(595.28, 841.89)))


def test_a_manifest_row_has_the_layouts_numbers() -> None:
    made = drawn()
    layout: PageLayout = made.layouts[0]
    row = manifest_row("page-1", "packet-01.pdf", 0, layout)
    assert {name: row[name] for name in ("id", "pdf", "page_index", "size", "payload")} == {
        "id": "page-1",
        "pdf": "packet-01.pdf",
        "page_index": 0,
        "size": [612.0, 792.0],
        "payload": layout.payload,
    }
    assert [Box(*code["box"]) for code in row["codes"]] == list(layout.codes)
    (block,) = row["blocks"]
    (line,) = layout.lines
    assert (block["id"], block["holder"], block["signer"]) == ("l0", "Alder Fund, L.P.", "Maya Fenwick")
    assert block["sig_line"] == [line.rule.x0, line.rule.y, line.rule.x1, line.rule.y]
    assert Box(*block["sig_box"]) == line.box
    assert [field["name"] for field in block["fields"]] == ["amount", "title"]
    assert [Box(*field["box"]) for field in block["fields"]] == [blank.box for blank in line.fields]


def test_the_template_inside_the_picture_is_that_of_its_pixels() -> None:
    png = issued().blank
    inside, outside = template(png), made(load_blank(png))
    for name in ("fine", "coarse", "patches"):
        assert np.array_equal(getattr(inside, name), getattr(outside, name)), name
    assert same_print(inside, outside)


def test_a_picture_without_its_template_gives_the_same() -> None:
    plain = io.BytesIO()
    Image.fromarray(load_blank(issued().blank)).save(plain, "PNG")
    assert same_print(template(plain.getvalue()), template(issued().blank))


def test_the_parts_hold_all_print_and_no_empty_rim() -> None:
    blank = load_blank(issued().blank)
    drawn = np.zeros_like(blank)
    for part in made(blank).parts:
        high, wide = part.mask.shape
        drawn[part.top : part.top + high, part.left : part.left + wide] = part.mask
        assert all(side.any() for side in (part.mask[0], part.mask[-1], part.mask[:, 0], part.mask[:, -1]))
    assert np.array_equal(drawn > 0, blank < 170)


def test_a_page_without_print_has_no_parts() -> None:
    png = io.BytesIO()
    chunks = PngImagePlugin.PngInfo()
    chunks.add(CHUNK, packed(np.full((2200, 1700), 255, np.uint8)))
    Image.new("L", (1700, 2200), 255).save(png, "PNG", pnginfo=chunks)
    empty = template(png.getvalue())
    assert (empty.parts, empty.patches.shape, empty.fine.shape) == ((), (0, 2), (0, 31, 75))


def same_print(one: Template, other: Template) -> bool:
    return [(part.left, part.top) for part in one.parts] == [(part.left, part.top) for part in other.parts] and all(
        np.array_equal(a.mask, b.mask) for a, b in zip(one.parts, other.parts, strict=True)
    )
