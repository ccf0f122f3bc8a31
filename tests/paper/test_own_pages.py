"""Counsel's own signature pages: found, located, stamped into clear space, and read again."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pytest
import zxingcpp

from signatures.paper import blank, returns
from signatures.paper.code import new_key
from signatures.paper.engine import read_page
from signatures.paper.layout import PageLayout, layout_from_json
from signatures.paper.own_pages.child import look
from signatures.paper.own_pages.find import Found, FoundPage, find_pages, page_from_json
from signatures.paper.own_pages.stamp import Stamp, Tied, layout, stamp
from signatures.paper.own_pages.upright import UnusablePdf
from signatures.paper.picture import Pixels
from signatures.paper.reading import Issued, Reading
from signatures.paper.split import split

from .own_pdf import A4, bare, columns, crowded, drawn, form, prose, ruled, text, turned, underscored

KEYS = [new_key(bytes(range(at, at + 9))) for at in range(4)]


def uses(found: Found) -> list[list[str]]:
    return [[rule.use for rule in page.rules] for page in found.pages]


def stamped(found: Found) -> tuple[bytes, list[PageLayout]]:
    """Every page stamped, every signature line tied to a block of its own."""
    stamps = [Stamp(at, KEYS[at], page, 2) for at, page in enumerate(found.pages)]
    layouts = []
    for one in stamps:
        signed = [at for at, rule in enumerate(one.page.rules) if rule.use == "signature"]
        tied = {at: Tied(f"l{at}", f"b{at}", f"Holder {at}", "Otto Brand") for at in signed}
        layouts.append(layout(one.page, one.key, tied))
    return stamp(found.pdf, stamps), layouts


def picture(pdf: bytes, index: int = 0, scale: float = 200 / 72) -> Pixels:
    document = pypdfium2.PdfDocument(pdf)
    try:
        pixels: Pixels = document[index].render(scale=scale, grayscale=True).to_numpy().copy()
        return pixels.reshape(pixels.shape[:2])
    finally:
        document.close()


def returned(pdf: bytes, one: PageLayout, sheet: Pixels, folder: Path, index: int) -> Reading:
    """The sheet scanned and read."""
    issued = Issued(one, blank.prepare_blank(pdf, index, one))
    scan = folder / f"scan{index}.pdf"
    scan.write_bytes(returns.as_scan([sheet]))
    pages = split(scan)
    try:
        return read_page(pages.load(0), lambda text: issued if text == one.payload else None).reading
    finally:
        pages.close()


def test_signature_pages_are_found_among_the_others_with_the_use_of_each_line() -> None:
    found = find_pages(drawn(prose, underscored, prose, ruled, columns))
    assert [page.number for page in found.pages] == [2, 4, 5]
    assert uses(found) == [
        ["signature", "name", "title", "date"],
        ["signature", "amount", "signature", "amount"],
        ["signature", "signature", "name", "name"],
    ]
    first = found.pages[0].rules[0]
    assert first.label == "By:"
    assert first.above[:2] == ("By: Pier Management LLC, its General Partner", "NORTH PIER FUND, L.P.")
    assert found.pages[1].rules[0].below[:2] == ("Name: Otto Brand", "Title: Managing Member")
    drawn_rule = found.pages[1].rules[0].rule
    assert (drawn_rule.x0, drawn_rule.x1, drawn_rule.y) == pytest.approx((326, 520, 252), abs=0.5)


@pytest.mark.parametrize("make", [lambda pdf: pdf, turned], ids=["as it is", "turned and cropped"])
def test_a_turned_and_cropped_page_is_found_as_it_is_seen(make: object) -> None:
    found = find_pages(make(drawn(underscored)))  # type: ignore[operator]
    assert found.pages[0].size == pytest.approx((612, 792), abs=0.1)
    plain = find_pages(drawn(underscored)).pages[0]
    for one, other in zip(found.pages[0].rules, plain.rules, strict=True):
        assert (one.rule.x0, one.rule.x1, one.rule.y) == pytest.approx(
            (other.rule.x0, other.rule.x1, other.rule.y), abs=0.6
        )
    before, after = picture(drawn(underscored)), picture(found.pdf)
    assert np.abs(before.astype(int) - after[: before.shape[0], : before.shape[1]]).mean() < 2


@pytest.mark.parametrize("size", [(612.0, 792.0), A4])
def test_codes_stand_in_clear_space_and_the_page_stays_as_counsel_made_it(size: tuple[float, float]) -> None:
    found = find_pages(drawn(underscored, ruled, columns, size=size))
    pdf, layouts = stamped(found)
    for index, one in enumerate(layouts):
        before, after = picture(found.pdf, index), picture(pdf, index)
        space = found.pages[index].space
        assert space is not None and space.number is not None
        assert "Version 2" in words_of(pdf, index)
        outside = np.ones(before.shape, bool)
        for box in (*one.codes, space.number):
            rows = slice(int(box.y0 * 200 / 72) - 1, int(box.y1 * 200 / 72) + 2)
            columns_ = slice(int(box.x0 * 200 / 72) - 1, int(box.x1 * 200 / 72) + 2)
            assert before[rows, columns_].min() > 225
            outside[rows, columns_] = False
            assert min(box.x0, box.y0, size[0] - box.x1, size[1] - box.y1) >= 27.9
        assert (before[outside] == after[outside]).all()
        assert sorted(code.text[11] for code in zxingcpp.read_barcodes(after)) == ["A", "B"]
        for line in one.lines:
            room = (line.rule.x0, line.rule.y - 40, line.rule.x1, line.rule.y + 10)
            for box in one.codes:
                assert box.y1 < room[1] or box.y0 > room[3] or box.x1 < room[0] or box.x0 > room[2]


def scanned(pdf: bytes, count: int, seed: int = 0) -> bytes:
    return returns.as_scan([returns.page_pixels(pdf, at) for at in range(count)], seed=seed)


def same_lines(seen: FoundPage, known: FoundPage) -> bool:
    """Whether each line of a page was found in the same place, for the same use, on another."""
    return len(seen.rules) == len(known.rules) and all(
        [one.use]
        == [
            rule.use for rule in seen.rules if abs(rule.rule.y - one.rule.y) < 8 and abs(rule.rule.x0 - one.rule.x0) < 8
        ]
        for one in known.rules
    )


def test_lines_and_blanks_of_scanned_pages_are_found_as_on_those_with_text() -> None:
    pdf = drawn(prose, underscored, ruled)
    read, seen = find_pages(pdf), find_pages(scanned(pdf, 3))
    assert [page.number for page in seen.pages] == [page.number for page in read.pages] == [2, 3]
    for one, known in zip(seen.pages, read.pages, strict=True):
        assert one.space is not None
        assert same_lines(one, known)
    assert [rule.use for rule in seen.pages[0].rules] == ["signature", "name", "title", "date"]
    assert [rule.use for rule in seen.pages[1].rules] == ["signature", "amount"] * 2
    assert seen.pages[1].rules[0].above[0] == "SOUTH PIER FUND, L.P."


def test_print_and_scans_in_one_pdf_are_each_treated_by_their_own_kind() -> None:
    plain = drawn(prose, underscored, ruled)
    mixed = pikepdf.new()
    with pikepdf.open(io.BytesIO(plain)) as printed, pikepdf.open(io.BytesIO(scanned(plain, 3))) as pictures:
        mixed.pages.extend([printed.pages[0], pictures.pages[1], printed.pages[2], pictures.pages[0]])
        out = io.BytesIO()
        mixed.save(out)
    told: list[tuple[int, int]] = []
    seen = look(out.getvalue(), lambda page, pages: told.append((page, pages))).found
    assert [page.number for page in seen.pages] == [2, 3]
    assert told == [(2, 4), (3, 4), (4, 4)]
    read = find_pages(plain)
    assert all(same_lines(one, known) for one, known in zip(seen.pages, read.pages, strict=True))


def test_a_scan_with_a_stamped_number_is_a_scan_all_the_same() -> None:
    with pikepdf.open(io.BytesIO(scanned(drawn(underscored), 1))) as pdf:
        with pikepdf.open(io.BytesIO(drawn(lambda canvas: text(canvas, 500, 770, "HTC 000123")))) as over:
            pdf.pages[0].add_overlay(over.pages[0], None)
        out = io.BytesIO()
        pdf.save(out)
    (page,) = find_pages(out.getvalue()).pages
    assert [rule.use for rule in page.rules] == ["signature", "name", "title", "date"]


def words_of(pdf: bytes, index: int) -> str:
    return str(pypdfium2.PdfDocument(pdf)[index].get_textpage().get_text_bounded())


def test_a_page_with_room_for_the_number_alone_says_no_version() -> None:
    found = find_pages(drawn(underscored))
    (page,) = found.pages
    assert page.space is not None and page.space.number is not None
    number = page.space.number
    low = replace(page, space=replace(page.space, number=replace(number, y0=number.y1 - 11)))
    pdf = stamp(found.pdf, [Stamp(0, KEYS[0], low, 2)])
    assert "Version" not in words_of(pdf, 0)
    assert pdf == stamp(found.pdf, [Stamp(0, KEYS[0], low)])


def test_stamped_pages_come_back_readable(tmp_path: Path) -> None:
    pdf, layouts = stamped(find_pages(turned(drawn(underscored, ruled, columns))))
    for index, one in enumerate(layouts):
        empty = returns.page_pixels(pdf, index)
        reading = returned(pdf, one, empty, tmp_path, index)
        assert (reading.kind, reading.other_ink) == ("issued", False)
        assert {line.verdict for line in reading.lines} == {"blank"}
        assert {field.verdict for field in reading.fields} == {"blank"}
        signs = one.lines[0]
        fills = {(signs.id, field.name): "7 May" for field in signs.fields}
        reading = returned(pdf, one, returns.sign(empty, one, {signs.id}, fills, seed=5), tmp_path, index)
        assert reading.other_ink is False
        assert {line.id: line.verdict for line in reading.lines} == {
            line.id: "signed" if line is signs else "blank" for line in one.lines
        }
        assert {(field.line, field.name) for field in reading.fields if field.verdict == "filled"} == set(fills)


def test_a_label_without_a_rule_is_a_blank_all_the_same(tmp_path: Path) -> None:
    pdf, (one,) = stamped(find_pages(drawn(bare)))
    (line,) = one.lines
    assert [field.name for field in line.fields] == ["name", "title"]
    empty = returns.page_pixels(pdf, 0)
    reading = returned(pdf, one, empty, tmp_path, 0)
    assert ({field.verdict for field in reading.fields}, reading.other_ink) == ({"blank"}, False)
    sheet = returns.sign(empty, one, {line.id}, {(line.id, "title"): "Director"}, seed=2)
    reading = returned(pdf, one, sheet, tmp_path, 0)
    assert {field.name: field.verdict for field in reading.fields} == {"name": "blank", "title": "filled"}
    assert (reading.lines[0].verdict, reading.other_ink) == ("signed", False)


def test_what_is_filled_into_a_form_is_printed() -> None:
    found = find_pages(drawn(form))
    before, after = picture(drawn(form)) < 128, picture(found.pdf) < 128
    assert not (before & ~after).any()
    rows, columns_ = np.nonzero(after & ~before)  # the name, in its field
    assert (rows.min() * 0.36, columns_.min() * 0.36) == pytest.approx((295, 351), abs=1)
    assert uses(found) == [["signature"]]


def test_blanks_belong_to_the_signature_line_that_they_stand_under() -> None:
    _, layouts = stamped(find_pages(drawn(underscored, ruled, columns)))
    assert [[[field.name for field in line.fields] for line in one.lines] for one in layouts] == [
        [["name", "title", "date"]],
        [["amount"], ["amount"]],
        [["name"], ["name"]],
    ]
    left, right = layouts[2].lines
    assert left.fields[0].rule.x0 == pytest.approx(72, abs=0.5)
    assert right.fields[0].rule.x0 == pytest.approx(330, abs=0.5)


def test_the_same_input_gives_the_same_bytes() -> None:
    one, other = (find_pages(drawn(underscored, ruled)) for _ in range(2))
    assert one == other
    assert stamped(one)[0] == stamped(other)[0]
    assert tuple(page_from_json(page.as_json()) for page in one.pages) == one.pages
    assert layout_from_json(stamped(one)[1][0].as_json()) == stamped(one)[1][0]


def test_a_page_without_clear_space_has_none() -> None:
    (page,) = find_pages(drawn(crowded)).pages
    assert page.space is None
    with pytest.raises(ValueError, match="no place"):
        stamp(b"", [Stamp(0, KEYS[0], page)])


def locked(pdf: bytes) -> bytes:
    written = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as source:
        source.save(written, encryption=pikepdf.Encryption(user="king", owner="king"))
    return written.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"hello", "not a PDF"),
        (b"%PDF-1.7 and nothing else", "damaged"),
        (drawn(underscored)[:700], "damaged|No signature page"),
        (locked(drawn(underscored)), "protected with a password"),
        (drawn(prose), "No signature page was found"),
        (drawn(lambda canvas: None), "pictures of pages without text"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnusablePdf, match=sentence):
        find_pages(data)


def test_a_process_of_its_own_finds_the_same() -> None:
    pdf = drawn(underscored, ruled)
    seen = look(pdf)
    assert seen.found == find_pages(pdf)
    assert [one[:4] for one in seen.pictures] == [b"\x89PNG", b"\x89PNG"]
    with pytest.raises(UnusablePdf, match="not a PDF"):
        look(b"hello")
