"""The line that a fax prints along a page's edge: found wherever the page was turned to, and read in every form."""

from __future__ import annotations

from datetime import datetime

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image, ImageDraw, ImageFont

from signatures.paper.fax_header import could_have_header, parse, read, strips
from signatures.paper.picture import Pixels
from signatures.paper.reading import FaxHeader

LINE = "Page 02   To-HOLT & PARTNERS LLP   From-2125550177   Received 11-05-09   15:27"


def page_with(header: str | None, left: int = 60, top: int = 4) -> Pixels:
    """Return a white page of 1700 by 2200 with some lines of text in its middle, and a header along its top."""
    sheet = Image.new("L", (1700, 2200), 255)
    draw = ImageDraw.Draw(sheet)
    for row in range(6):
        draw.text((300, 700 + 60 * row), "The parties have agreed as follows.", font=ImageFont.load_default(30), fill=0)
    for part in (header or "").split("   "):
        draw.text((left, top), part, font=ImageFont.load_default(28), fill=0)
        left += round(draw.textlength(part, ImageFont.load_default(28))) + 50
    return np.asarray(sheet, np.uint8).copy()


def turned(page: Pixels, degrees: int) -> Pixels:
    return np.ascontiguousarray(np.rot90(page, -degrees // 90))


@pytest.mark.parametrize(
    ("text", "sender", "recipient", "page", "received"),
    [
        (LINE, "2125550177", "HOLT & PARTNERS LLP", 2, "2009-11-05T15:27"),
        (LINE.removeprefix("P"), "2125550177", "HOLT & PARTNERS LLP", 2, "2009-11-05T15:27"),
        (LINE.replace(" ", ""), "2125550177", "HOLT&PARTNERSLLP", 2, "2009-11-05T15:27"),
        (
            "Page O2  TO-HOLT LLP  From-2l2555O177  Rece1ved.l1-O5-09  l5:27",
            *("2125550177", "HOLT LLP", 2, "2009-11-05T15:27"),
        ),
        ("11/05/2009 15:27 FAX 212 555 0177  OAK FUND  [002/005]", "2125550177", None, 2, "2009-11-05T15:27"),
        ("11/05/09 THU 15:27 FAX 2125550177   OAK FUND   @002", "2125550177", None, 2, "2009-11-05T15:27"),
        (
            "FROM : OAK FUND  FAX NO. : 2125550177  Nov. 05 2009 03:27PM P2",
            *("2125550177", None, 2, "2009-11-05T15:27"),
        ),
        ("NOV-05-2009 15:27 From:OAK FUND To:2125550188 P.2/5", "OAK FUND", "2125550188", 2, "2009-11-05T15:27"),
        ("NOV-05-2009  15:27   OAK FUND LLC   212 555 0177   P.02/05", "2125550177", None, 2, "2009-11-05T15:27"),
        ("Nov 05 09 12:07a   Oak Fund   212-555-0177   p.2", "2125550177", None, 2, "2009-11-05T00:07"),
        ("05-Nov-2009 15:27  From-OAK  +12125550177  T-123  P.002/005", "12125550177", None, 2, "2009-11-05T15:27"),
        ("2009-11-05 15:27  2125550177  P 2/5", "2125550177", None, 2, "2009-11-05T15:27"),
        ("25.11.2009 15:27  Fax 030 5550177  S. 2", "0305550177", None, None, "2009-11-25T15:27"),
        ("From-2125550177   Page 3", "2125550177", None, 3, None),
    ],
)
def test_reads_every_form(
    text: str, sender: str | None, recipient: str | None, page: int | None, received: str | None
) -> None:
    header = parse(text)
    assert header is not None
    assert (header.sender, header.recipient, header.page, header.received) == (sender, recipient, page, received)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "November 5, 2009",
        "11/5/2009 3:27 PM    Page 1 of 2",
        "Page 2   TO: Mr. Smith",
        "TO: J. Smith   FROM: A. Miller",
        "Telephone 212-555-0177",
        "99/99/2009 15:27 Page 2",
        "IN WITNESS WHEREOF, the parties have executed this agreement",
    ],
)
def test_other_lines_are_no_header(text: str) -> None:
    assert parse(text) is None


@given(
    moment=some.datetimes(datetime(1990, 1, 1), datetime(2069, 12, 31)),
    page=some.integers(1, 99),
    number=some.from_regex("[2-9][0-9]{9}", fullmatch=True),
    gap=some.sampled_from(["", " ", "  ", "   "]),
)
def test_reads_what_was_printed_whatever_the_gaps(moment: datetime, page: int, number: str, gap: str) -> None:
    parts = [f"Page {page:02d}", "To-HOLT LLP", f"From-{number}", f"Received {moment:%m-%d-%y}", f"{moment:%H:%M}"]
    text = gap.join(parts)
    header = parse(text)
    assert header is not None
    assert (header.sender, header.page, header.received) == (number, page, f"{moment:%Y-%m-%dT%H:%M}")


@given(some.text(alphabet="PpagefromTO:-/. 0123456789JanMAR[]@#", max_size=60))
def test_any_text_is_a_header_or_none(text: str) -> None:
    header = parse(text)
    assert header is None or header.received or (header.page is not None and header.sender)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_header_is_sought_where_the_top_was_received(degrees: int) -> None:
    page = turned(page_with(LINE), degrees)
    assert could_have_header(page)
    first = next(strips(page, degrees))
    assert [part.shape[1] > 2 * part.shape[0] for part in first] == [True] * 5
    straight = next(strips(page_with(LINE), 0))
    assert [part.tolist() for part in first] == [part.tolist() for part in straight]


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_header_is_found_at_an_edge_where_nobody_expects_it(degrees: int) -> None:
    page = turned(page_with(LINE), degrees)
    widths = [part.shape for part in next(strips(page_with(LINE), 0))]
    assert widths in [[part.shape for part in parts] for parts in strips(page, 0)]


def test_no_edge_of_a_clean_page_is_read() -> None:
    page = page_with(None)
    page[:, 300:302] = 0  # dirt on the glass
    page[2150:2152, :] = 0
    assert not could_have_header(page)
    assert list(strips(page)) == []


def test_header_is_cut_out_level_from_a_page_that_lies_askew() -> None:
    page = page_with(LINE, top=30)
    askew = cv2.getRotationMatrix2D((850, 1100), 0.8, 1)
    level, skewed = (
        np.concatenate([part.min(axis=1) < 128 for part in next(strips(one))])
        for one in (page, np.asarray(cv2.warpAffine(page, askew, (1700, 2200), borderValue=(255,)), np.uint8))
    )
    assert abs(int(level.sum()) - int(skewed.sum())) <= 0.25 * level.sum()


def test_reads_parts_until_one_line_is_a_header() -> None:
    read_parts: list[Pixels] = []

    def read_line(part: Pixels) -> tuple[str, float]:
        read_parts.append(part)
        return LINE.split("   ")[len(read_parts) - 1], 1.0

    assert read(page_with(LINE), 0, read_line) == FaxHeader(
        "2125550177", "HOLT & PARTNERS LLP", 2, "2009-11-05T15:27", LINE.replace("   ", "  ")
    )
    assert len(read_parts) == 5
    assert read(page_with("x" * 60), 0, lambda part: ("nothing of the kind", 1.0)) is None
