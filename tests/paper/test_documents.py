"""An agreement's text and a packet's first sheet, as PDF."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pypdfium2
import pytest
import zxingcpp

from signatures.paper.documents import NOT_SET, Cover, draw_cover, draw_document
from signatures.paper.drawing import Style, paper_of
from signatures.paper.typeset import CannotSet

AGREEMENT = """CONSENT AND WAIVER

Dated September 24, 2007

This Consent is made by Halden Precision Corporation and each of the holders whose names stand
on the signature pages, and takes effect when holders of more than half of the principal of the
Notes have signed.

1. Nothing else in the Indenture changes.

HALDEN PRECISION CORPORATION

By: ______________________
Name: William Dane
    Title: President
\fSCHEDULE A
"""
COVER = Cover(
    agreement_title="Consent and Waiver",
    signatory="Maya Fenwick",
    pages=(("K7H 4QM 2XD", "Alder Fund, L.P."), ("QP7 H2M 9DD", "Birch Fund, L.P.")),
    counsel="Anna Kessler, Holloway Price LLP",
    counsel_for="Halden Precision Corporation",
    telephone="+1 713 555 0100",
    link="https://pages.example.com/p/8f2k1m-4qx7-ddk3jq",
    email="pages@example.com",
    fax="713 555 0199",
    courier="450 Fairlane Street\nHouston, TX 77002",
    due="September 25, 2007",
)


def pages_of(pdf: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


def test_a_text_is_set_whole_in_its_order() -> None:
    pages = pages_of(draw_document(AGREEMENT, "Consent and Waiver"))
    assert len(pages) == 2
    words = re.sub(r"\s+", "", pages[0])
    assert words.startswith("CONSENTANDWAIVERDatedSeptember24,2007ThisConsent")
    assert words.endswith("By:______________________Name:WilliamDaneTitle:President1")
    assert "whose names stand\non the" not in pages[0]  # set anew: the margin's break is gone
    assert "By: ______________________\nName: William Dane\n" in pages[0]
    assert pages[1].split() == ["SCHEDULE", "A", "2"]


def test_a_document_is_the_same_bytes_again() -> None:
    assert draw_document(AGREEMENT, "Consent") == draw_document(AGREEMENT, "Consent")


def test_an_empty_text_is_an_empty_page() -> None:
    assert len(pages_of(draw_document("", "Nothing"))) == 1


def test_a_text_in_letters_that_no_font_has_is_refused() -> None:
    with pytest.raises(CannotSet, match="“東”"):
        draw_document("東", "Consent")


def test_a_cover_says_what_to_sign_and_where_to_send_it() -> None:
    (text,) = pages_of(draw_cover(COVER))
    words = re.sub(r"\s+", " ", text)
    for part in (
        "2 pages to sign",
        "each of the 2 pages that follow once",
        "To Maya Fenwick",
        "Anna Kessler, Holloway Price LLP, counsel for Halden Precision Corporation",
        "Telephone +1 713 555 0100",
        "Due September 25, 2007",
        "By e-mail pages@example.com",
        "By fax 713 555 0199",
        "450 Fairlane Street Houston, TX 77002",
        "1 Alder Fund, L.P. K7H 4QM 2XD",
        "2 Birch Fund, L.P. QP7 H2M 9DD",
        "held in escrow until counsel releases them",
    ):
        assert part in words


def test_a_covers_code_is_its_link() -> None:
    page = pypdfium2.PdfDocument(draw_cover(COVER))[0].render(scale=2, grayscale=True).to_numpy()
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(page.reshape(page.shape[:2])))
    assert code.text == COVER.link


def test_a_cover_leaves_out_what_is_not_given() -> None:
    cover = replace(
        COVER, pages=COVER.pages[:1], link=None, email=None, fax=None, courier=None, due=None, telephone=None
    )
    (text,) = pages_of(draw_cover(cover))
    assert "1 page to sign" in text
    assert "the page that follows once" in re.sub(r"\s+", " ", text)
    for part in ("By fax", "By e-mail", "On the web", "Where to send", "Due", "Telephone"):
        assert part not in text


def test_many_pages_run_on_to_another_sheet() -> None:
    cover = replace(COVER, pages=tuple((f"K7H 4QM {count:03}", f"Fund {count}, L.P.") for count in range(80)))
    pages = pages_of(draw_cover(cover))
    assert len(pages) > 1
    assert all(f"Fund {count}, L.P." in "".join(pages) for count in range(80))


def test_a_cover_lies_on_the_paper_of_its_pages() -> None:
    drawn = draw_cover(COVER, Style(paper=paper_of(595.276)))
    assert pypdfium2.PdfDocument(drawn)[0].get_size() == pytest.approx((595.28, 841.89), abs=0.01)
    assert [paper_of(width) for width in (612.0, 603.0, 604.0)] == ["Letter", "A4", "Letter"]


def test_a_cover_says_that_it_cannot_show_a_name() -> None:
    words = pages_of(
        draw_cover(replace(COVER, signatory="田中太郎", pages=(("K7H 4QM 2XD", "株式会社東京ファンド"),)))
    )[0]
    assert words.count(NOT_SET) == 2


def test_a_cover_without_counsels_name_says_for_whom() -> None:
    words = pages_of(draw_cover(replace(COVER, counsel="")))[0]
    assert "From Counsel for Halden Precision Corporation" in words
    assert "Counsel, counsel" not in words
