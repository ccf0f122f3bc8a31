"""Agreements as PDF: fonts, drawn lines, pages that are turned, blocks that run over them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from signatures.paper.agreement import ParsedParty, parse_agreement

WITNESS = "IN WITNESS WHEREOF, the parties have executed this Agreement."


def set_in(font: str, *pages: list[str], size: float = 10, lead: float = 12) -> bytes:
    """Lines from the top margin down, their leading blanks as indents of the font's own blank."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(612, 792))
    for lines in pages:
        canvas.setFont(font, size)
        blank = canvas.stringWidth(" ", font, size)
        for number, line in enumerate(lines):
            if line:
                indent = len(line) - len(line.lstrip())
                canvas.drawString(72 + indent * blank, 720 - number * lead, line.strip())
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def told(party: ParsedParty) -> tuple[object, ...]:
    """Who signs for whom, and whether that is certain."""
    return (
        party.entity,
        [(link.entity, link.capacity) for link in party.chain],
        [(s.name, s.title, s.signed) for s in party.signatories],
        party.certain,
    )


def test_narrow_letters_of_a_monospaced_font_do_not_part_a_word() -> None:
    lines = [WITNESS, "", "FERRILL ISLE PARTNERS, L.P.          TILLIT TRUST, INC.", ""]
    lines += ["By: Ferrill GP, Inc., its general partner", ""]
    lines += ["By: /s/ Iris Fairlie                 By: ____________________"]
    lines += [
        "Name: Iris Fairlie                   Name: Will Mirrlees",
        "Title: Director                      Title: Treasurer",
    ]
    first, second = parse_agreement(set_in("Courier", lines), "a.pdf").parties
    assert (first.entity, [s.name for s in first.signatories]) == ("FERRILL ISLE PARTNERS, L.P.", ["Iris Fairlie"])
    assert (second.entity, [s.title for s in second.signatories]) == ("TILLIT TRUST, INC.", ["Treasurer"])


BLOCK = [
    "TARN HOLLOW FUND, L.P.",
    "By: Tarn Partners LLC, its general partner",
    "By: /s/ Edda Quill",
    "Name: Edda Quill",
    "Title: Managing Member",
]


@pytest.mark.parametrize("cut", range(1, len(BLOCK)))
def test_a_block_that_runs_over_the_end_of_a_page(cut: int) -> None:
    foot = ["", "", "[Signature Page to Note Agreement]", "", "7"]
    first = [WITNESS, "", *BLOCK[:cut], *foot]
    second = ["EXECUTION VERSION", "", *BLOCK[cut:], "", "MIRE & SONS LIMITED", "By: ____________", "Name:", "Title:"]
    fund, limited = parse_agreement(set_in("Helvetica", first, second), "a.pdf").parties
    assert told(fund) == (
        "TARN HOLLOW FUND, L.P.",
        [("Tarn Partners LLC", "general partner")],
        [("Edda Quill", "Managing Member", True)],
        True,
    )
    assert told(limited) == ("MIRE & SONS LIMITED", [], [(None, None, False)], True)


@pytest.mark.parametrize("below", [["/s/ Edda Quill", "Name: Edda Quill"], ["By:", "/s/ Edda Quill", "Edda Quill"]])
def test_a_signature_at_the_top_of_a_page(below: list[str]) -> None:
    above = [WITNESS, "", "TARN HOLLOW CORP.", *(["By:"] if below[0] != "By:" else [])]
    (party,) = parse_agreement(set_in("Courier", above, below), "a.pdf").parties
    assert told(party) == ("TARN HOLLOW CORP.", [], [("Edda Quill", None, True)], True)


@pytest.mark.parametrize("end", [["By: ____________", "Title:"], ["By: /s/ Edda Quill", "Edda Quill", "Director"]])
def test_a_block_at_the_top_of_a_page_is_its_own(end: list[str]) -> None:
    first = [WITNESS, "", "TARN HOLLOW CORP.", *end]
    second = ["MIRE TRUST", "By: ____________", "Name: Olaf Sund", "Title: Trustee"]
    tarn, mire = parse_agreement(set_in("Courier", first, second), "a.pdf").parties
    assert tarn.entity == "TARN HOLLOW CORP." and len(tarn.signatories) == 1
    assert told(mire) == ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)], True)


def test_the_head_and_the_foot_of_pages_are_no_part_of_a_block() -> None:
    names = ["Ash Fund, Inc.", "Elm Fund, Inc.", "Oak Fund, Inc.", "Yew Fund, Inc."]
    head = ["Tarn Hollow Corp.", "Purchase Terms", "", ""]
    block = ["", "By: /s/ Edda Quill", "Edda Quill", "Director", "", "", "", "Tarn Hollow Corp. draft 3"]
    pages = [[*head, name, *block, f"Page {number} of 4"] for number, name in enumerate(names, start=1)]
    parsed = parse_agreement(set_in("Times-Roman", *pages), "a.pdf")
    assert [told(party) for party in parsed.parties] == [
        (name, [], [("Edda Quill", "Director", True)], True) for name in names
    ]
    assert parsed.text.count("Page 3 of 4") == 1


def test_what_stands_over_a_signature_on_every_page_is_a_party() -> None:
    page = ["Tarn Hollow Corp.", "", "", "By: /s/ Edda Quill", "Edda Quill", "Director", "", "", "7"]
    (party,) = parse_agreement(set_in("Times-Roman", *[page] * 4), "a.pdf").parties
    assert told(party) == ("Tarn Hollow Corp.", [], [("Edda Quill", "Director", True)], True)
    assert party.occurrences == 4


def test_blocks_that_were_run_together_in_a_paragraph_are_one_line_again() -> None:
    text = (
        "IN WITNESS WHEREOF, the undersigned have signed as of May 4, 2031. TARN HOLLOW FUND, L.P. By: Tarn Partners "
        "LLC, its general partner By: /s/ Edda Quill Name: Edda Quill Title: Managing Member MIRE & SONS LIMITED By: "
        "Mire Holdings Limited, its sole member By: /s/ Olaf Sund Name: Olaf Sund Title: Director"
    )
    first, second = parse_agreement(set_in("Times-Roman", simpleSplit(text, "Times-Roman", 10, 430)), "a.pdf").parties
    assert told(first) == (
        "TARN HOLLOW FUND, L.P.",
        [("Tarn Partners LLC", "general partner")],
        [("Edda Quill", "Managing Member", True)],
        True,
    )
    assert told(second) == (
        "MIRE & SONS LIMITED",
        [("Mire Holdings Limited", "sole member")],
        [("Olaf Sund", "Director", True)],
        True,
    )


FORM = [
    "Name of Holder: Tarn Hollow Fund, L.P.",
    "Address: The Old Mill",
    "14 Weir Street",
    "Salem, Oregon 97301",
    "Amount of 9% Senior Notes due June 1, 2035 Beneficially Owned: ______________",
    "TARN HOLLOW FUND, L.P.",
    "By: ____________________",
    "Name: Edda Quill",
]


@pytest.mark.parametrize("cut", range(1, len(FORM)))
def test_a_holders_form_that_runs_over_the_end_of_a_page(cut: int) -> None:
    pages = [WITNESS, "", *FORM[:cut], "", "", "6"], [*FORM[cut:], "", "", "7"]
    (party,) = parse_agreement(set_in("Times-Roman", *pages), "a.pdf").parties
    assert told(party) == ("Tarn Hollow Fund, L.P.", [], [("Edda Quill", None, False)], True)
    assert (party.role, party.amount) == ("holder", "blank")
    assert party.address == "The Old Mill, 14 Weir Street, Salem, Oregon 97301"


def drawn(*draw: Callable[[Canvas], None], size: tuple[float, float] = (612, 792)) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size)
    canvas.setFont("Times-Roman", 11)
    for each in draw:
        each(canvas)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def write(*lines: str, x: float = 72, lead: float = 13) -> Callable[[Canvas], None]:
    def each(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.drawString(x, 560 - number * lead, line)

    return each


def turn(angle: float) -> Callable[[Canvas], None]:
    def each(canvas: Canvas) -> None:
        canvas.translate(306, 396)
        canvas.rotate(angle)
        canvas.translate(-306, -396)

    return each


TARN = (
    "TARN HOLLOW FUND, L.P.",
    [("Tarn Partners LLC", "general partner")],
    [("Edda Quill", "Managing Member", False)],
)
UNSIGNED = [WITNESS, "", BLOCK[0], BLOCK[1], "By:", "Name: Edda Quill", "Title: Managing Member"]


def lines_at(*places: tuple[float, float, float]) -> Callable[[Canvas], None]:
    """Level lines (x0, x1, y) as one path."""

    def each(canvas: Canvas) -> None:
        path = canvas.beginPath()
        for x0, x1, y in places:
            path.moveTo(x0, y)
            path.lineTo(x1, y)
        canvas.drawPath(path)

    return each


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_text_and_lines_that_are_turned_on_the_page(angle: float) -> None:
    data = drawn(turn(angle), write(*UNSIGNED), lines_at((92, 270, 506)))
    (party,) = parse_agreement(data, "a.pdf").parties
    assert told(party) == (*TARN, True)


def test_what_is_stamped_across_the_margin_is_not_read() -> None:
    def stamp(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.drawString(300, -40, "RECEIVED BY DOCKET MAY 4 2031")

    (party,) = parse_agreement(drawn(write(*UNSIGNED), stamp), "a.pdf").parties
    assert told(party) == (*TARN, True)


def test_lines_drawn_in_one_stroke_and_lines_drawn_in_pieces() -> None:
    at = [(92, 270, 506), (330, 500, 506)]
    pieces = [(x, x + 2, y) for x0, x1, y in at for x in range(int(x0), int(x1), 3)]
    left = write(WITNESS, "", BLOCK[0], BLOCK[1], "By:", "Name: Edda Quill, Managing Member")
    right = write("", "", "LUC PETIT", "", "", "Luc Petit", x=330)
    for strokes in (lines_at(*at), lines_at(*pieces)):
        fund, person = parse_agreement(drawn(left, right, strokes), "a.pdf").parties
        assert told(fund)[:3] == TARN
        assert told(person)[:3] == ("LUC PETIT", [], [("LUC PETIT", None, False)])


def test_a_left_column_that_is_longer_than_the_right_one() -> None:
    above = write("Each party has read this Agreement.", "It has signed as of May 4, 2031.", "", x=110)
    left = ["", "", "", "TARN HOLLOW FUND, L.P.", "By: Tarn Partners LLC, its general partner", "By: ____________"]
    left += ["Name: Edda Quill", "Title: Managing Member", "Date: ____________", "Salem, Oregon"]
    right = ["", "", "", "MIRE TRUST", "By: ____________", "Name: Olaf Sund", "Title: Trustee"]
    fund, trust = parse_agreement(drawn(above, write(*left), write(*right, x=330)), "a.pdf").parties
    assert told(fund)[:3] == TARN
    assert told(trust) == ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)], True)


def test_the_edges_of_a_table_are_no_lines_to_sign_on() -> None:
    def grid(canvas: Canvas) -> None:
        canvas.grid([66, 300, 530], [570, 545, 530, 515, 500, 485, 470])

    left = ["TARN HOLLOW CORP.", "", "By: ____________", "Name: Edda Quill", "Title: Director"]
    right = ["MIRE TRUST", "", "By: ____________", "Name: Olaf Sund", "Title: Trustee"]
    data = drawn(grid, write(*left, lead=15), write(*right, x=306, lead=15))
    assert [told(party) for party in parse_agreement(data, "a.pdf").parties] == [
        ("TARN HOLLOW CORP.", [], [("Edda Quill", "Director", False)], True),
        ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)], True),
    ]


def test_a_name_that_is_broken_at_a_hyphen() -> None:
    lines = [WITNESS, "", "TARN HOLLOW CO-", "INVESTMENT FUND, L.P.", "By: ____________", "Name: Edda Quill"]
    (party,) = parse_agreement(drawn(write(*lines)), "a.pdf").parties
    assert told(party)[0] == "TARN HOLLOW CO-INVESTMENT FUND, L.P."


def test_columns_of_several_blocks_of_which_one_goes_on_alone() -> None:
    above = write("Each party has read this Agreement.", "It has signed as of May 4, 2031.", "", x=110)
    left = ["", "", "", *BLOCK, "Notice Address:", "The Old Mill", "Salem, Oregon 97301", "Attention: Ned Yoon", ""]
    left += ["FERRILL ISLE INC.", "", "By: ____________", "Name: Will Mirrlees", "Title: Treasurer"]
    right = [
        "",
        "",
        "",
        "MIRE TRUST",
        "",
        "By: ____________",
        "Name: Olaf Sund",
        "Title: Trustee",
        "",
        "",
        "LUC LIMITED",
    ]
    right += ["", "By: ____________", "Luc Petit, Director"]
    found = parse_agreement(drawn(above, write(*left), write(*right, x=330)), "a.pdf").parties
    assert [told(party)[:3] for party in found] == [
        (TARN[0], TARN[1], [("Edda Quill", "Managing Member", True)]),
        ("FERRILL ISLE INC.", [], [("Will Mirrlees", "Treasurer", False)]),
        ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)]),
        ("LUC LIMITED", [], [("Luc Petit", "Director", False)]),
    ]


def test_columns_whose_lines_stand_between_those_of_the_other() -> None:
    above = write("Each party has read this Agreement.", "It has signed as of May 4, 2031.", "", x=110)
    left = [
        "",
        "",
        "",
        "TARN HOLLOW FUND,",
        "L.P.",
        "By: Tarn Partners LLC,",
        "its general partner",
        "By: ____________",
    ]
    left += ["Edda Quill", "Managing Member"]
    right = ["", "", "", "MIRE TRUST", "By: ____________", "Name: Olaf Sund", "Title: Trustee"]

    def shifted(canvas: Canvas) -> None:
        canvas.translate(0, -6.5)
        write(*right, x=330)(canvas)

    fund, trust = parse_agreement(drawn(above, write(*left), shifted), "a.pdf").parties
    assert told(fund)[:3] == TARN
    assert told(trust)[:3] == ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)])


def test_a_line_that_reaches_the_right_column_and_a_name_that_begins_above_the_left_one() -> None:
    left = ["", "", "", "", "TARN HOLLOW FUND, L.P.", "By: Tarn Partners LLC, its general partner", "By: ____________"]
    left += ["Name: Edda Quill", "Title: Managing Member"]
    right = ["", "", "", "MIRE VALLEY CREDIT", "OPPORTUNITIES FUND II, L.P.", "By: Mire GP LLC, its manager"]
    right += ["By: ____________", "Name: Olaf Sund", "Title: Trustee"]
    edge = 72 + stringWidth(left[5], "Times-Roman", 11) + 10
    above = write("Each party has read this Agreement.", "It has signed as of May 4, 2031.", x=110)
    fund, mire = parse_agreement(drawn(above, write(*left), write(*right, x=edge)), "a.pdf").parties
    assert told(fund)[:3] == TARN
    assert told(mire)[:3] == (
        "MIRE VALLEY CREDIT OPPORTUNITIES FUND II, L.P.",
        [("Mire GP LLC", "manager")],
        [("Olaf Sund", "Trustee", False)],
    )


@pytest.mark.parametrize("cut", range(1, 4))
def test_two_columns_that_run_over_the_end_of_a_page(cut: int) -> None:
    rows = [("TARN HOLLOW CORP.", "MIRE TRUST"), ("By: ____________", "By: ____________")]
    rows += [("Name: Edda Quill", "Name: Olaf Sund"), ("Title: Director", "Title: Trustee"), ("Date: ________", "")]
    lines = [a.ljust(40) + b for a, b in rows]
    data = set_in("Courier", [WITNESS, "", *lines[:cut], "", "", "4"], [*lines[cut:], "", "", "5"])
    assert [told(party)[:3] for party in parse_agreement(data, "a.pdf").parties] == [
        ("TARN HOLLOW CORP.", [], [("Edda Quill", "Director", False)]),
        ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)]),
    ]


def test_one_of_two_columns_that_goes_on_alone_on_the_next_page() -> None:
    rows = [("", "MIRE TRUST"), ("TARN HOLLOW CORP.", "By: ____________"), ("By: ____________", "Name: Olaf Sund")]
    rows += [("Name: Edda Quill", "Title: Trustee")]
    first = [
        "      Each has read this Agreement.",
        "      It is dated May 4, 2031.",
        "",
        *(a.ljust(40) + b for a, b in rows),
    ]
    data = set_in("Courier", first, ["Title: Director", "", "", "[Signature Page]"])
    assert [told(party)[:3] for party in parse_agreement(data, "a.pdf").parties] == [
        ("TARN HOLLOW CORP.", [], [("Edda Quill", "Director", False)]),
        ("MIRE TRUST", [], [("Olaf Sund", "Trustee", False)]),
    ]
