"""Issued pages: what the layout says is what is printed, at every place and in every form that a block may have."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as some

from signatures.paper.code import CodeText, new_key, page_number, parse_payload
from signatures.paper.drawing import (
    SHIPPED,
    BlockToDraw,
    CannotSet,
    DoesNotFit,
    LineToDraw,
    PageToDraw,
    Style,
    draw_pages,
    page_from_json,
)
from signatures.paper.layout import FieldName, PageLayout, Rule, layout_from_json
from signatures.paper.typeset import breakable

TITLE = "Second Amendment to the Note Purchase Agreement"
WITNESS = (
    "IN WITNESS WHEREOF, the undersigned have caused this Second Amendment to be signed by persons who are entitled to "
    "do so, with effect from the day that stands at its head."
)
CAPTION = "Amount of 9% Senior Notes due June 1, 2014 Beneficially Owned:"
SCALE = 300 / 72

HOLDER = BlockToDraw(
    "b1",
    "holder",
    "Alder Point Master Fund, Ltd",
    (LineToDraw("l1", "Maya Fenwick", None, ("title",)),),
    address="711 Harbour Street, 15th Floor\nNew York, NY 10022",
    amount_caption=CAPTION,
    chain=(
        ("ALDER CAPITAL MANAGEMENT", "Investment Manager", None),
        ("FERN CORP", "a general partner", "a corporation"),
    ),
)
ISSUER = BlockToDraw("b2", "issuer", "Halden Precision Corporation", (LineToDraw("l2", "William Dane", "President"),))


def key(name: object) -> str:
    return new_key(hashlib.sha256(repr(name).encode()).digest())


def page(*blocks: BlockToDraw, **changes: Any) -> PageToDraw:
    return replace(PageToDraw(key(blocks), TITLE, WITNESS, blocks), **changes)


def rendered(pdf: bytes, index: int = 0) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The page at 300 dpi, gray."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        pixels: np.ndarray[Any, np.dtype[np.uint8]] = document[index].render(scale=SCALE, grayscale=True).to_numpy()
        return pixels.copy().reshape(pixels.shape[:2])
    finally:
        document.close()


def text_of(pdf: bytes, index: int = 0) -> str:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return str(document[index].get_textpage().get_text_bounded()).replace("\r\n", "\n")
    finally:
        document.close()


def printed_rules(pixels: np.ndarray[Any, np.dtype[np.uint8]], rule: Rule) -> tuple[float, float, float]:
    """Where the dark run around this rule's middle really begins, ends and lies, in points."""
    middle, near = round((rule.x0 + rule.x1) / 2 * SCALE), round(rule.y * SCALE)
    rows = [row for row in range(near - 6, near + 7) if pixels[row, middle] < 128]
    assert rows, "no ink where the layout has a rule"
    dark = pixels[rows[len(rows) // 2]] < 128
    left, right = middle, middle
    while dark[left - 1]:
        left -= 1
    while dark[right + 1]:
        right += 1
    return left / SCALE, (right + 1) / SCALE, (rows[0] + rows[-1] + 1) / 2 / SCALE


def all_rules(layout: PageLayout) -> list[Rule]:
    return [rule for line in layout.lines for rule in (line.rule, *(blank.rule for blank in line.fields))]


def assert_as_printed(pdf: bytes, layout: PageLayout, index: int = 0) -> None:
    pixels = rendered(pdf, index)
    for rule in all_rules(layout):
        left, right, height = printed_rules(pixels, rule)
        assert (left, right, height) == pytest.approx((rule.x0, rule.x1, rule.y), abs=0.4)


def ink_above(pixels: np.ndarray[Any, np.dtype[np.uint8]], rule: Rule) -> float:
    """How many points above the rule are free of print, over its whole width."""
    left, right, row = round(rule.x0 * SCALE), round(rule.x1 * SCALE), round((rule.y - 1) * SCALE)
    dark = np.flatnonzero((pixels[:row, left:right] < 128).any(axis=1))
    return float(row - dark[-1]) / SCALE


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_the_layout_is_what_is_printed(paper: Any) -> None:
    drawn = draw_pages([page(HOLDER), page(ISSUER)], Style(paper=paper))
    for index, layout in enumerate(drawn.layouts):
        assert_as_printed(drawn.pdf, layout, index)
    assert drawn.layouts[0].size == {"Letter": (612.0, 792.0), "A4": (595.28, 841.89)}[paper]


def test_the_layout_names_lines_and_blanks() -> None:
    (layout,) = draw_pages([page(HOLDER)]).layouts
    (line,) = layout.lines
    assert (line.id, line.block, line.holder, line.signer) == (
        "l1",
        "b1",
        "Alder Point Master Fund, Ltd",
        "Maya Fenwick",
    )
    assert [blank.name for blank in line.fields] == ["amount", "title"]
    assert (line.box.x0, line.box.x1) == (line.rule.x0, line.rule.x1)
    assert (line.box.y0, line.box.y1) == pytest.approx((line.rule.y - 26, line.rule.y + 5))
    amount = line.fields[0]
    assert amount.box.y0 == pytest.approx(amount.rule.y - 12)
    assert amount.box.y1 == pytest.approx(amount.rule.y + 3.5)
    assert layout_from_json(layout.as_json()) == layout


def test_a_block_without_blanks_has_none() -> None:
    (layout,) = draw_pages([page(ISSUER)]).layouts
    assert layout.lines[0].fields == ()


def test_a_printed_amount_is_no_blank() -> None:
    drawn = draw_pages([page(replace(HOLDER, amount="$2,000,000"))])
    assert [blank.name for blank in drawn.layouts[0].lines[0].fields] == ["title"]
    assert "$2,000,000" in text_of(drawn.pdf)


@pytest.mark.parametrize("paper", ["Letter", "A4"])
def test_both_codes_stand_where_the_layout_says_and_are_read(paper: Any) -> None:
    drawn = draw_pages([page(HOLDER)], Style(paper=paper))
    (layout,) = drawn.layouts
    seen = zxingcpp.read_barcodes(rendered(drawn.pdf))
    assert sorted(code.text[11] for code in seen) == ["A", "B"]
    for code, box in zip(sorted(seen, key=lambda one: one.text[11]), layout.codes, strict=True):
        assert parse_payload(code.text) == CodeText(key((HOLDER,)), code.text[11])  # type: ignore[arg-type]
        corner = code.position.top_left
        assert (corner.x / SCALE, corner.y / SCALE) == pytest.approx((box.x0, box.y0), abs=1)
    assert layout.payload == next(code.text for code in seen if code.text[11] == "A")


def test_codes_are_18_mm_with_a_quiet_zone_28_points_from_the_edge() -> None:
    drawn = draw_pages([page(HOLDER, HOLDER2)])
    (layout,) = drawn.layouts
    pixels = rendered(drawn.pdf)
    first, second = layout.codes
    assert first.x1 == pytest.approx(612 - 28)
    assert (first.y0, second.x0) == (28, 28)
    assert second.y1 == pytest.approx(792 - 28)
    for box in layout.codes:
        assert (box.x1 - box.x0, box.y1 - box.y0) == pytest.approx((51.02, 51.02), abs=0.01)
        zone = 4 * 51.02 / 21
        around = pixels[
            max(0, int((box.y0 - zone) * SCALE)) : int((box.y1 + zone) * SCALE),
            max(0, int((box.x0 - zone) * SCALE)) : int((box.x1 + zone) * SCALE),
        ]
        inside = pixels[int(box.y0 * SCALE) : int(box.y1 * SCALE) + 1, int(box.x0 * SCALE) : int(box.x1 * SCALE) + 1]
        assert (around < 128).sum() == (inside < 128).sum()


HOLDER2 = replace(HOLDER, id="b3", lines=(LineToDraw("l3", None, None, ("name", "title")),))


def test_there_is_room_for_ink() -> None:
    """A signature rises up to 34 points over its line; the next blank is 28 below; nothing printed is in the way."""
    several = replace(
        ISSUER, lines=(LineToDraw("l4", None, None, ("name", "title", "date")), LineToDraw("l5", "R. Roe"))
    )
    drawn = draw_pages([page(HOLDER, HOLDER2), page(several)])
    for index, layout in enumerate(drawn.layouts):
        pixels = rendered(drawn.pdf, index)
        for line in layout.lines:
            assert ink_above(pixels, line.rule) >= 40
            below = [blank.rule.y for blank in line.fields if blank.rule.y > line.rule.y]
            for upper, lower in zip([line.rule.y, *below], [*below, 10_000], strict=True):
                assert lower - upper >= (28 if upper == line.rule.y else 24)
            for blank in line.fields:
                assert ink_above(pixels, blank.rule) >= 12


def test_a_page_reads_as_a_law_firm_writes_it() -> None:
    drawn = draw_pages([page(HOLDER)])
    text = re.sub(r"\s+", " ", text_of(drawn.pdf))
    for words in (
        WITNESS,
        "Name of Holder: Alder Point Master Fund, Ltd",
        "Address: 711 Harbour Street, 15th Floor New York, NY 10022",
        CAPTION,
        "ALDER POINT MASTER FUND, LTD",
        "By: ALDER CAPITAL MANAGEMENT, its Investment Manager",
        "By: FERN CORP, a corporation, a general partner",
        "Name: Maya Fenwick",
        f"[Signature Page to {TITLE}]",
        f"Page {page_number(key((HOLDER,)))}",
    ):
        assert words in text
    assert text.count("By:") == 3


def test_the_version_stands_over_the_number_and_a_page_without_one_is_as_it_was() -> None:
    plain, versioned = draw_pages([page(HOLDER)]), draw_pages([page(HOLDER, version=2)])
    number = f"Page {page_number(key((HOLDER,)))}"
    said = re.sub(r"\s+", " ", text_of(versioned.pdf))
    assert f"[Signature Page to {TITLE}] Version 2 {number}" in said
    assert f"[Signature Page to {TITLE}] {number}" in re.sub(r"\s+", " ", text_of(plain.pdf))
    assert versioned.layouts == plain.layouts
    assert_as_printed(versioned.pdf, versioned.layouts[0])
    kept = asdict(page(HOLDER))
    del kept["version"]  # as pages were kept before versions were printed
    assert draw_pages([page_from_json(kept)]).pdf == plain.pdf


def test_an_individual_signs_without_by() -> None:
    person = BlockToDraw("b", "holder", "Ruth Marlow", (LineToDraw("l", "Ruth Marlow"),), individual=True)
    drawn = draw_pages([page(person)])
    assert "By:" not in text_of(drawn.pdf)
    assert_as_printed(drawn.pdf, drawn.layouts[0])


def test_two_signatories_of_one_block_have_a_line_each() -> None:
    block = replace(HOLDER, lines=(LineToDraw("x", "A. Able", "Director"), LineToDraw("y", "B. Baker", "Director")))
    drawn = draw_pages([page(block)])
    assert [(line.id, line.block) for line in drawn.layouts[0].lines] == [("x", "b1"), ("y", "b1")]
    assert_as_printed(drawn.pdf, drawn.layouts[0])


def test_a_long_chain_keeps_a_line_to_sign_on() -> None:
    chain = tuple((f"STEP {step} MANAGEMENT LLC", "Manager", None) for step in range(8))
    drawn = draw_pages([page(replace(HOLDER, chain=chain))])
    (line,) = drawn.layouts[0].lines
    assert line.rule.x1 - line.rule.x0 >= 100
    assert_as_printed(drawn.pdf, drawn.layouts[0])


def test_the_same_input_gives_the_same_bytes() -> None:
    pages = [page(HOLDER), page(HOLDER, HOLDER2)] * 25
    assert draw_pages(pages).pdf == draw_pages(pages).pdf


def test_pages_come_in_order_however_many() -> None:
    pages = [page(ISSUER, payload_key=key(count)) for count in range(90)]
    drawn = draw_pages(pages)
    document = pypdfium2.PdfDocument(drawn.pdf)
    assert len(document) == len(drawn.layouts) == 90
    for index in (0, 39, 40, 89):
        assert f"Page {page_number(key(index))}" in text_of(drawn.pdf, index)
        assert parse_payload(drawn.layouts[index].payload) == CodeText(key(index), "A")


def test_what_does_not_fit_is_refused_with_a_sentence() -> None:
    third = replace(HOLDER, id="b4", lines=(LineToDraw("l6", "C. Cole"),))
    with pytest.raises(DoesNotFit, match=r"Alder Point .* does not fit on one sheet. It needs fewer blocks") as refused:
        draw_pages([page(ISSUER), page(HOLDER, HOLDER2, third)])
    assert refused.value.page == 1
    with pytest.raises(DoesNotFit, match="shorter witness clause"):
        draw_pages([page(HOLDER, witness_clause=WITNESS * 40)])
    with pytest.raises(DoesNotFit, match="too long for the foot"):
        draw_pages([page(HOLDER, agreement_title=TITLE * 12)])


def test_latin_greek_and_cyrillic_are_set() -> None:
    names = ["Žižek Übermögen Société Générale Łódź", "Ελληνικό Ταμείο ΑΕ", "Фонд «Стратегия» № 1"]
    pages = [page(replace(HOLDER, entity=name)) for name in names]
    drawn = draw_pages(pages)
    for index, name in enumerate(names):
        assert name in text_of(drawn.pdf, index)


@pytest.mark.parametrize(
    ("name", "lacking"), [("東京ファンド", "東京ファンド"), ("Alder \u202eFund", "\u202e"), ("A\x00B", "\x00")]
)
def test_what_no_font_has_is_refused_by_name(name: str, lacking: str) -> None:
    with pytest.raises(CannotSet, match=r"^There is no font for .*\. Write the name in") as refused:
        draw_pages([page(replace(HOLDER, entity=name))])
    assert set(refused.value.characters) == set(lacking)


def test_a_word_that_is_too_wide_breaks_behind_its_hyphens_first() -> None:
    name = "Featherstonehaugh-Cholmondeley"
    assert breakable(name, "Libertinus Serif", 11, 120) == name
    wide = breakable("Kapitalanlageverwaltungsgesellschaft-mbH", "Libertinus Serif", 11, 120)
    assert wide == "\u200b".join("Kapitalanlageverwaltungsgesellschaft") + "-mbH"


def test_typst_source_in_a_name_stays_a_name() -> None:
    name = '#panic("x") $x$ *bold* _it_ @ref <label> [a] \\ // = "q" `raw`'
    drawn = draw_pages([page(replace(HOLDER, entity=name))])
    assert re.sub(r"\s+", "", name) in re.sub(r"\s+", "", text_of(drawn.pdf))


def test_wrong_pages_are_refused() -> None:
    with pytest.raises(ValueError, match="same id"):
        draw_pages([page(HOLDER, HOLDER)])
    with pytest.raises(ValueError, match="needs a block"):
        draw_pages([page()])
    with pytest.raises(ValueError, match="needs a block"):
        draw_pages([page(replace(HOLDER, lines=()))])
    with pytest.raises(ValueError, match="no font Comic"):
        draw_pages([page(HOLDER)], Style(font="Comic"))


words = some.text("abcdefgh ABCDEFGHIJKMLW.,&'-", min_size=1, max_size=140).filter(str.strip)
line_forms = some.builds(
    LineToDraw,
    some.just("l"),
    some.none() | words,
    some.none() | words,
    some.sampled_from([(), ("name",), ("title",), ("name", "title"), ("name", "title", "date")]),
)
blocks = some.builds(
    BlockToDraw,
    some.just("b"),
    some.sampled_from(["holder", "issuer"]),
    words,
    some.tuples(line_forms),
    address=some.none() | some.lists(words, max_size=4).map("\n".join),
    amount_caption=some.none() | words,
    amount=some.none() | words,
    chain=some.lists(some.tuples(words, some.none() | words, some.none() | words), max_size=4).map(tuple),
)


@settings(max_examples=12, deadline=None)
@given(blocks, some.sampled_from(["Letter", "A4"]), some.sampled_from([9.0, 11.0, 12.0]))
def test_any_block_is_set_as_its_layout_says_and_runs_over_nothing(block: BlockToDraw, paper: Any, size: float) -> None:
    try:
        drawn = draw_pages([page(block)], Style(paper=paper, size=size))
    except DoesNotFit:
        return
    (layout,) = drawn.layouts
    assert_as_printed(drawn.pdf, layout)
    assert_nothing_over_codes_or_edges(rendered(drawn.pdf), layout)
    assert {code.text[11] for code in zxingcpp.read_barcodes(rendered(drawn.pdf))} == {"A", "B"}


LETTERS = (
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ äéñøßŁžő,.&-'",
    "αβγδεζηθικλμνξοπρστυφχψω ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ άέήίόύώ,.&-«»",
    "абвгдежзийклмнопрстуфхцчшщъыьэюя АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЭЮЯ ёєіїґ,.&-«»№",
)
long_names = some.sampled_from(LETTERS).flatmap(lambda letters: some.text(letters, min_size=1, max_size=300))
styles = some.builds(
    Style,
    some.sampled_from(SHIPPED),
    some.sampled_from([9.0, 11.0, 13.0]),
    some.sampled_from(["Letter", "A4"]),
)


@settings(max_examples=20, deadline=None)
@given(long_names.filter(str.strip), long_names, styles)
def test_names_of_300_characters_wrap_in_every_font_and_leave_room_for_ink(
    entity: str, name: str, style: Style
) -> None:
    blanks: tuple[FieldName, ...] = ("name", "title", "amount", "date")
    lines = (LineToDraw("l1", name[:200], None, blanks), LineToDraw("l2", None, None, blanks))
    block = BlockToDraw("b", "holder", entity, lines, amount_caption=CAPTION, chain=((entity, "Manager", None),))
    drawn = draw_pages([page(block, witness_clause=None)], style)
    (layout,) = drawn.layouts
    pixels = rendered(drawn.pdf)
    assert_as_printed(drawn.pdf, layout)
    assert_nothing_over_codes_or_edges(pixels, layout)
    for line in layout.lines:
        assert ink_above(pixels, line.rule) >= 40
        below = min(blank.rule.y for blank in line.fields if blank.rule.y > line.rule.y)
        assert below - line.rule.y >= 28


def assert_nothing_over_codes_or_edges(pixels: np.ndarray[Any, np.dtype[np.uint8]], layout: PageLayout) -> None:
    free = pixels.copy()
    for box in layout.codes:
        left, right = int(box.x0 * SCALE) - 1, int(box.x1 * SCALE) + 2
        free[int(box.y0 * SCALE) - 1 : int(box.y1 * SCALE) + 2, left:right] = 255
    rows, columns = np.nonzero(free < 128)
    width, height = layout.size
    assert columns.min() / SCALE >= 70
    assert columns.max() / SCALE <= width - 70
    assert rows.min() / SCALE >= 80
    assert rows.max() / SCALE <= height - 28
