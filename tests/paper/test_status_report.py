"""The status report as it is set: the same bytes again, heads on every page, nothing lost for want of a letter."""

from __future__ import annotations

import pypdfium2

from signatures.paper.status_report import (
    DefectLine,
    Group,
    HolderLine,
    Mark,
    Segment,
    StatusReport,
    ThresholdLine,
    draw_status,
)


def holder(name: str, principal: str = "$1,250,000") -> HolderLine:
    return HolderLine(name, ("by Mast LLC, its Manager",), ("Ruth Vale",), principal, "", "3 Mar 10:00, fax")


def report(rows: int = 2, title: str = "Consent and Waiver") -> StatusReport:
    return StatusReport(
        title=title,
        issuer="Harbor Light Corporation",
        sender="Anna Kessler",
        as_of="3 March 2021, 15:24 New York",
        facts=(("As of", "3 March 2021, 15:24 New York"),),
        figure="30.0 %",
        figure_words="$3,000,000 of $10,000,000 executed, by 1 of 3 holders",
        segments=(
            Segment("executed", "Executed", "$3,000,000", 0, 30),
            Segment("unknown", "Holder unknown", "$7,000,000", 30, 70),
        ),
        marks=(Mark("majority 50 %", 50, 50, "middle", 0),),
        disregarded="",
        thresholds=(ThresholdLine("majority", "§ 9.02", "more than 50 %", "short by $2,000,000.01 (20.1 %)", False),),
        groups=(Group("Outstanding", f"{rows} holders", tuple(holder(f"Fund {place + 1}") for place in range(rows))),),
        parties=(),
        defects=(DefectLine("Fund 1", "Signed on a condition", "3 Mar 10:00"),),
        closing=("Times are those of New York.",),
        with_amounts=True,
    )


def texts(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded() for page in document]


def test_the_same_report_is_the_same_bytes() -> None:
    assert draw_status(report()) == draw_status(report())


def test_a_long_list_keeps_its_head_on_every_page() -> None:
    pages = texts(draw_status(report(rows=120)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "120 holders" in page
        assert ("Outstanding, continued" in page) == (number > 1)
    found = [line for page in pages for line in page.splitlines() if line.startswith("Fund ")]
    assert all(sum(f"Fund {number} " in f"{line} " for line in found) == 1 for number in range(2, 121)), found[:3]


def test_a_letter_that_no_font_has_is_told_by_its_number() -> None:
    pages = texts(draw_status(report(title="Consent 中 and Waiver\x07")))
    assert "Consent [U+4E2D] and Waiver[U+0007]" in pages[0].replace("\r\n", " ")


def test_a_title_of_three_hundred_letters_leaves_the_foot_one_line() -> None:
    pages = texts(draw_status(report(title="Amendment " * 30)))
    assert pages[0].rstrip().endswith("Page 1 of 1")
    assert "…. Status as of 3 March 2021" in pages[0]
