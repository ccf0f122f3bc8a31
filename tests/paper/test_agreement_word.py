"""Agreements as Word files: what is shown is read, what is deleted, hidden or in a margin is not."""

from __future__ import annotations

import io
import zipfile
from itertools import zip_longest
from xml.sax.saxutils import escape

from hypothesis import given
from hypothesis import strategies as st

from signatures.paper.agreement import ParsedParty, parse_agreement

_SPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
WITNESS = "IN WITNESS WHEREOF, the parties have executed this Agreement."


def docx(*blocks: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("word/document.xml", f"<w:document {_SPACES}><w:body>{''.join(blocks)}</w:body></w:document>")
    return buffer.getvalue()


def run(text: str, properties: str = "") -> str:
    texts = [f'<w:t xml:space="preserve">{escape(part)}</w:t>' if part else "" for part in text.split("\t")]
    parts = "<w:tab/>".join(texts)
    return f"<w:r><w:rPr>{properties}</w:rPr>{parts}</w:r>"


def paragraph(*runs: str, layout: str = "") -> str:
    return f"<w:p><w:pPr>{layout}</w:pPr>{''.join(one if one.startswith('<') else run(one) for one in runs)}</w:p>"


def cell(*texts: str, borders: str = "") -> str:
    return f"<w:tc><w:tcPr><w:tcBorders>{borders}</w:tcBorders></w:tcPr>{''.join(map(paragraph, texts))}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def told(party: ParsedParty) -> tuple[object, ...]:
    return (
        party.entity,
        [(link.entity, link.capacity) for link in party.chain],
        [(s.name, s.title, s.signed) for s in party.signatories],
        party.certain,
    )


def parties(*blocks: str) -> list[tuple[object, ...]]:
    return [told(party) for party in parse_agreement(docx(paragraph(WITNESS), paragraph(), *blocks), "a.docx").parties]


ALDER: tuple[object, ...] = ("ALDER CORP.", [], [("Ida Moss", "President", False)], True)
BIRCH: tuple[object, ...] = (
    "BIRCH FUND, L.P.",
    [("Birch GP LLC", "general partner")],
    [("Ned Frost", "Manager", False)],
    True,
)
LINES = [
    ("ALDER CORP.", "BIRCH FUND, L.P."),
    ("", "By: Birch GP LLC, its general partner"),
    ("By: ____________", "By: ____________"),
    ("Name: Ida Moss", "Name: Ned Frost"),
    ("Title: President", "Title: Manager"),
]


def test_columns_by_one_tab_to_a_stop() -> None:
    stop = '<w:tabs><w:tab w:val="left" w:pos="4680"/></w:tabs>'
    assert parties(*(paragraph(f"{a}\t{b}", layout=stop) for a, b in LINES)) == [ALDER, BIRCH]


def test_columns_by_as_many_tabs_as_it_takes() -> None:
    tabs = (4, 7, 4, 4, 4)
    assert parties(*(paragraph(a + "\t" * n + b) for n, (a, b) in zip(tabs, LINES, strict=True))) == [ALDER, BIRCH]


def test_columns_of_cells_of_which_the_left_one_is_longer() -> None:
    left = [*(a for a, _ in LINES if a), "Date: ____________", "Phone: 555 0100"]
    indented = [paragraph(text, layout='<w:ind w:firstLine="720"/>') for text in ("It is signed.", "It is dated.")]
    found = parties(*indented, paragraph(), table(cell(*left) + cell(*(b for _, b in LINES))))
    assert found == [ALDER, BIRCH]


def test_underlined_blanks_are_lines_to_sign_on() -> None:
    line = '<w:u w:val="single"/>'
    blocks = [paragraph("ALDER CORP."), paragraph(run("By:"), run("\t\t\t", line)), paragraph("Ida Moss, President")]
    assert parties(*blocks) == [ALDER]
    blocks[1] = paragraph(run("By: "), run(" " * 20, line))
    assert parties(*blocks) == [ALDER]
    blocks[1] = paragraph("By:\t", layout='<w:tabs><w:tab w:val="left" w:leader="underscore" w:pos="4320"/></w:tabs>')
    assert parties(*blocks) == [ALDER]


def test_the_lower_edge_of_an_empty_cell_is_a_line_to_sign_on() -> None:
    ruled = cell("", borders='<w:bottom w:val="single"/>')
    rows = [cell("LUC PETIT") + cell(""), ruled + cell(""), cell("Name: Luc Petit") + cell("")]
    assert parties(table(*rows)) == [("LUC PETIT", [], [("LUC PETIT", None, False)], True)]


def test_deleted_and_hidden_text_is_not_read_and_inserted_text_is() -> None:
    deleted = "<w:del><w:r><w:delText>GONE HOLDINGS, </w:delText></w:r></w:del>"
    moved = f"<w:moveFrom>{run('MOVED ')}</w:moveFrom>"
    inserted = f"<w:ins>{run('ALDER')}</w:ins>"
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{run('Ida Moss')}</w:sdtContent></w:sdt>"
    assert parties(
        paragraph(deleted, moved, inserted, " CORP."),
        paragraph("By: ____________"),
        paragraph(run("HIDDEN LLC", "<w:vanish/>")),
        paragraph("Name: ", control),
        f"<w:sdt><w:sdtContent>{paragraph('Title: President')}</w:sdtContent></w:sdt>",
    ) == [ALDER]


def test_capitals_are_read_as_they_are_shown() -> None:
    (party,) = parties(paragraph(run("Alder", "<w:caps/>"), run(" Corp.", "<w:smallCaps/>")), paragraph("By: ________"))
    assert party[0] == "ALDER CORP."


def test_what_stands_in_a_text_box_is_a_block_of_its_own() -> None:
    inner = "".join(paragraph(b) for _, b in LINES)
    box = f"<w:txbxContent>{inner}</w:txbxContent>"
    drawn = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    left = [paragraph(a) for a, _ in LINES if a]
    assert parties(*left[:-1], paragraph(f"<w:r>{drawn}</w:r>", "Title: President")) == [ALDER, BIRCH]


_NAMES = st.sampled_from(["ALDER CORP.", "Birch Fund, L.P.", "CEDAR TRUST COMPANY", "Dell & Sons Limited"])
_STEPS = st.sampled_from([None, "By: Birch GP LLC, its general partner", "By: Elm Advisors, Inc., its manager"])
_SIGNED = st.sampled_from(["By: ____________", "By: /s/ Ida Moss", "By:"])
_PERSON = st.sampled_from([None, "Name: Ida Moss", "Ida Moss"])
_TITLE = st.sampled_from([None, "Title: President", "President", "Title:"])
_BLOCKS = st.tuples(_NAMES, _STEPS, _SIGNED, _PERSON, _TITLE).map(lambda block: [line for line in block if line])


@given(st.lists(_BLOCKS, min_size=1, max_size=4, unique_by=lambda block: block[0]), st.booleans())
def test_word_and_text_say_the_same(blocks: list[list[str]], is_whole: bool) -> None:
    lines = [WITNESS, "", *(line for block in blocks for line in [*block, ""])]
    text = parse_agreement("\n".join(lines).encode(), "a.txt")
    whole = "<w:r><w:br/></w:r>".join(map(run, lines))
    word = parse_agreement(docx(paragraph(whole)) if is_whole else docx(*map(paragraph, lines)), "a.docx")
    assert word.parties == text.parties and len(text.parties) == len(blocks)


_FILLED = _BLOCKS.filter(lambda block: not any(line.endswith(":") for line in block))


@given(st.lists(_FILLED, min_size=2, max_size=2, unique_by=lambda block: block[0]))
def test_columns_say_what_the_blocks_do_one_after_the_other(blocks: list[list[str]]) -> None:
    pairs = list(zip_longest(*blocks, fillvalue=""))
    rows = table(*(cell(a) + cell(b) for a, b in pairs))
    columns = parse_agreement(docx(paragraph(WITNESS), paragraph(), rows), "a.docx")
    indented = ["      It is signed.", "      It is dated.", WITNESS, ""]
    text = parse_agreement("\n".join([*indented, *(a.ljust(50) + b for a, b in pairs)]).encode(), "a.txt")
    one_by_one = [paragraph(line) for block in blocks for line in ("", *block)]
    after = parse_agreement(docx(paragraph(WITNESS), *one_by_one), "a.docx")
    assert [told(party)[:3] for party in columns.parties] == [told(party)[:3] for party in after.parties]
    assert [told(party) for party in text.parties] == [told(party) for party in columns.parties]


def test_cells_that_span_columns_and_rows_that_are_deleted() -> None:
    wide = f'<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{paragraph("Each for itself alone:")}</w:tc>'
    deleted = f"<w:trPr><w:del/></w:trPr>{cell('GONE LLC')}{cell('ALSO GONE LLC')}"
    rows = [wide, deleted, *(cell(a) + cell(b) for a, b in LINES)]
    assert parties(table(*rows)) == [ALDER, BIRCH]


def test_a_table_within_a_table() -> None:
    inner = table(*(cell(a) + cell(b) for a, b in LINES))
    assert parties(table(f"<w:tc>{inner}</w:tc>")) == [ALDER, BIRCH]


def test_a_tab_behind_a_long_name_sets_it_apart_from_the_next() -> None:
    heads = paragraph("ALDER RIDGE CREDIT OPPORTUNITIES II, L.P.\tBIRCH FUND, L.P.")
    below = [("By: ____________", 4), ("Name: Ida Moss", 4), ("Title: President", 4)]
    right = ["By: ____________", "Name: Ned Frost", "Title: Manager"]
    rows = [paragraph(a + "\t" * count + b) for (a, count), b in zip(below, right, strict=True)]
    assert [party[:3] for party in parties(heads, *rows)] == [
        ("ALDER RIDGE CREDIT OPPORTUNITIES II, L.P.", [], [("Ida Moss", "President", False)]),
        ("BIRCH FUND, L.P.", [], [("Ned Frost", "Manager", False)]),
    ]
