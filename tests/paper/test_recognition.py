"""Text recognition on whole pages: what is set aside, what is a person's, and which issued page is proposed."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageFont

from signatures.paper import returns
from signatures.paper.code import page_number, payload
from signatures.paper.documents import Cover, draw_cover
from signatures.paper.drawing import BlockToDraw, LineToDraw, PageToDraw, draw_pages
from signatures.paper.engine import read_page
from signatures.paper.fax_header import could_have_header
from signatures.paper.picture import Pixels
from signatures.paper.reading import PACKET_LINK, CodeSeen, FaxHeader, Reading
from signatures.paper.recognition import Expected, recognise
from signatures.paper.recognition.kind import OWN_COVER, has_signature_words, is_cover, is_own_cover, mentions_signing
from signatures.paper.recognition.text import TextLine, find_lines, read_line, rows
from signatures.paper.split import split

TITLE = "Second Amendment to the Note Purchase Agreement"
KEYS = ("K7H4QM2XD", "9PWC3TLLA", "44TMNR8ZQ")
HOLDERS = ("Oak Lane Fund II, LP", "Oak Lane Fund III, LP", "Birch Hill Income Trust")
SIGNERS = ("Rosa M. Dunn", "Rosa M. Dunn", "Ada Quill")
ADVISER = "Oak Lane Advisers LLC"
EXPECTED = tuple(
    Expected(payload(key), (holder,), (signer,), (ADVISER,) if "Oak" in holder else (), TITLE, page_number(key))
    for key, holder, signer in zip(KEYS, HOLDERS, SIGNERS, strict=True)
)
UNKNOWN = Reading(engine="test", kind="unidentified")
HEADER = ("Page 02", "To-HOLT & PARTNERS LLP", "From-2125550177", "Received 11-05-09", "15:27")
PROSE = (
    "We refer to our conversation of last week about the shipment of paper.",
    "The carrier has told us that it will arrive on Monday at the latest,",
    "and that nobody needs to be present when it is put down at the gate.",
    "Please let us know whether the quantities are still what you want.",
)


@cache
def drawn(index: int) -> tuple[Pixels, tuple[tuple[int, ...], ...]]:
    """Return an issued page as 200 dpi pixels, and where its two codes are: left, top, right and bottom."""
    pages = [
        PageToDraw(
            key,
            TITLE,
            "IN WITNESS WHEREOF, the undersigned has caused this amendment to be executed by its authorized officer.",
            (
                BlockToDraw(
                    "b",
                    "holder",
                    holder,
                    (LineToDraw("l", signer, blanks=("title",)),),
                    chain=((ADVISER, "investment manager", None),) if "Oak" in holder else (),
                ),
            ),
        )
        for key, holder, signer in zip(KEYS, HOLDERS, SIGNERS, strict=True)
    ]
    made = draw_pages(pages)
    picture = pypdfium2.PdfDocument(made.pdf)[index].render(scale=200 / 72, grayscale=True)
    codes = made.layouts[index].codes
    return np.asarray(picture.to_pil().convert("L"), np.uint8), tuple(
        tuple(round(value * 200 / 72) for value in (box.x0, box.y0, box.x1, box.y1)) for box in codes
    )


def issued(index: int) -> Pixels:
    """Return an issued page as 200 dpi pixels, its two codes blackened."""
    pixels, codes = drawn(index)
    pixels = pixels.copy()
    for x0, y0, x1, y1 in codes:
        pixels[y0 - 17 : y1 + 17, x0 - 17 : x1 + 17] = 0
    return pixels


def sheet(*lines: str, top: int = 200, header: tuple[str, ...] = ()) -> Pixels:
    """Return a page of 1700 by 1000 with these lines of print, and a fax's header."""
    page = Image.new("L", (1700, 1000), 255)
    draw = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        draw.text((200, top + 70 * number), line, font=ImageFont.load_default(34), fill=0)
    left = 60
    for part in header:
        draw.text((left, 4), part, font=ImageFont.load_default(28), fill=0)
        left += round(draw.textlength(part, ImageFont.load_default(28))) + 50
    return np.asarray(page, np.uint8)


def jpeg(pixels: Pixels, degrees: int = 0) -> bytes:
    """Return the pixels as JPEG, turned clockwise."""
    return bytes(cv2.imencode(".jpg", np.rot90(pixels, -degrees // 90), [cv2.IMWRITE_JPEG_QUALITY, 80])[1])


def names(page: Reading) -> list[str]:
    """Return the holders of the candidates, best first."""
    holders = {one.payload: one.holders[0] for one in EXPECTED}
    return [holders[candidate.payload] for candidate in page.candidates]


@pytest.mark.parametrize(("index", "degrees"), [(0, 0), (1, 180), (2, 90)])
def test_a_page_that_lost_its_codes_is_proposed_first(index: int, degrees: int) -> None:
    page = recognise(jpeg(issued(index), degrees), UNKNOWN, EXPECTED)
    assert (page.kind, page.method, page.payload) == ("unidentified", "ocr", None)
    assert names(page)[0] == HOLDERS[index]
    assert page.candidates[0].reasons[0] == f"The page number {page_number(KEYS[index])} was read."
    assert f"The holder's name {HOLDERS[index]} was read." in page.candidates[0].reasons
    assert page.reason == "No code could be read on this page."
    assert page.text is not None
    assert f"Page {page_number(KEYS[index])}" in page.text


def test_a_page_that_is_hardly_legible_is_never_set_aside() -> None:
    small = cv2.resize(issued(0), None, fx=0.22, fy=0.22, interpolation=cv2.INTER_AREA)
    blurred = cv2.resize(small, (1700, 2200), interpolation=cv2.INTER_LINEAR)
    assert recognise(jpeg(np.asarray(blurred, np.uint8)), UNKNOWN, EXPECTED).kind == "unidentified"


def test_a_holders_own_form_is_for_a_person() -> None:
    form = sheet("CONSENT", "We agree to the amendment.", "BIRCH HILL INCOME TRUST", "Signed: A. Q.", *PROSE)
    page = recognise(jpeg(form), UNKNOWN, EXPECTED)
    assert page.kind == "unidentified"
    assert names(page) == ["Birch Hill Income Trust"]
    assert page.candidates[0].reasons == ("The holder's name Birch Hill Income Trust was read.",)


@pytest.mark.parametrize(
    "words",
    [
        ("By: ______________________",),
        ("CAPE FUND, LP", "BY"),
        ("Date: May 5  By: A. Q.",),
        ("Name: Ann Other", "Title: Director"),
        ("1N WITNE5S WHEREOF the company signs",),
    ],
)
def test_signature_pages_have_their_words(words: tuple[str, ...]) -> None:
    assert has_signature_words([*PROSE, *words])


@pytest.mark.parametrize("words", ["by the carrier", "Name: Ann Other", "The title is: Paper", "Standby: none"])
def test_other_pages_have_not(words: str) -> None:
    assert not has_signature_words([*PROSE, words])


@pytest.mark.parametrize("words", ["[Signature Page to the Lease]", "its duly authorised signatory", "the undersigned"])
def test_what_speaks_of_signing_is_for_a_person(words: str) -> None:
    assert mentions_signing([*PROSE, words])
    assert not mentions_signing(PROSE)


def test_a_page_that_may_be_signed_is_for_a_person() -> None:
    page = recognise(jpeg(sheet(*PROSE, "Name: Ann Other", "Title: Director")), UNKNOWN, EXPECTED)
    assert (page.kind, page.candidates, page.method) == ("unidentified", (), None)


def test_a_letter_that_names_nobody_is_foreign() -> None:
    page = recognise(jpeg(sheet("Dear Mr. Carver,", *PROSE, "Sincerely,"), 180), UNKNOWN, EXPECTED)
    assert page.kind == "foreign"
    assert page.reason == "The text on this page is not that of a page we sent, and it names nobody who is to sign."
    assert page.text is not None
    assert page.text[0] == "Dear Mr. Carver,"


COVER = ("FACSIMILE TRANSMISSION", "TO: HOLT & PARTNERS LLP", "FROM: BIRCH HILL INCOME TRUST", "PAGES: 2")


def test_a_cover_sheet_may_say_from_which_holder_it_is() -> None:
    page = recognise(jpeg(sheet(*COVER, *PROSE, header=HEADER)), UNKNOWN, EXPECTED)
    assert (page.kind, page.reason, page.candidates) == ("cover", "This is a fax cover sheet.", ())
    assert page.fax == FaxHeader("2125550177", "HOLT & PARTNERS LLP", 2, "2009-11-05T15:27", "  ".join(HEADER))


def test_a_cover_sheet_that_may_be_signed_is_for_a_person() -> None:
    signed = sheet(*COVER, *PROSE, "Signed for Birch Hill Income Trust by the trustee")
    assert recognise(jpeg(signed), UNKNOWN, EXPECTED).kind == "unidentified"


@cache
def own_cover() -> Pixels:
    """Return the sheet on top of a packet as 200 dpi pixels."""
    link = "https://signatures.firm.example/p/" + "aB3-_" * 8 + "xyz/"
    pages = (("K7H 4QM 2XD", HOLDERS[0]), ("K7H 4QM 2XE", HOLDERS[1]))
    cover = Cover(TITLE, SIGNERS[0], pages, "Ann Holt", "Harbor Corp", link=link, email="holt@firm.example")
    return returns.page_pixels(draw_cover(cover), 0)


@pytest.mark.parametrize("fine", [False, True])
def test_the_cover_sheet_of_a_packet_is_known_by_its_code_and_its_words(fine: bool, tmp_path: Path) -> None:
    fax = tmp_path / "fax.tif"
    fax.write_bytes(returns.as_fax([own_cover()], None, fine))
    pages = split(fax)
    read = read_page(pages.load(0), lambda _: None)
    pages.close()
    assert (read.reading.kind, read.reading.notes) == ("unidentified", (PACKET_LINK,))
    page = recognise(read.upright, read.reading, EXPECTED)
    assert (page.kind, page.reason, page.candidates) == ("cover", OWN_COVER, ())


def test_a_cover_sheet_of_ours_is_known_without_its_code_and_never_by_its_code_alone() -> None:
    page = recognise(jpeg(own_cover()), UNKNOWN, EXPECTED)
    assert (page.kind, page.reason) == ("cover", OWN_COVER)
    linked = replace(UNKNOWN, notes=(PACKET_LINK,))
    assert recognise(jpeg(issued(0)), linked, EXPECTED).kind == "unidentified"
    assert is_own_cover(["Pages in this packet"], True) and not is_own_cover(["Pages in this packet"], False)
    assert not is_own_cover(["Yours sincerely"], True)


@pytest.mark.parametrize(
    ("rows", "cover"),
    [
        (COVER, True),
        (("FAX", "TO: A. Holt  FROM: B. Birch", "Number of pages: 2", "Re: the amendment"), True),
        (("MEMORANDUM", "TO: A. Holt", "FROM: B. Birch", "RE: pages 4 to 5"), False),
        (("Fax 212 555 0177", "Dear Mr. Holt,", *PROSE), False),
    ],
)
def test_a_cover_sheet_is_told_by_its_heading_or_its_labels(rows: tuple[str, ...], cover: bool) -> None:
    assert is_cover(rows) is cover


def test_a_page_with_nothing_but_a_fax_header_is_empty() -> None:
    page = recognise(jpeg(sheet(header=HEADER)), UNKNOWN, EXPECTED)
    assert (page.kind, page.reason) == ("empty", "Nothing is written on this page.")
    assert page.fax is not None


def test_a_page_with_codes_of_ours_is_never_set_aside() -> None:
    codes = tuple(CodeSeen(payload(key), (), "smoothed") for key in KEYS[:2])
    page = recognise(jpeg(sheet(*PROSE)), Reading("test", "unidentified", reason="Two codes.", codes=codes), EXPECTED)
    assert (page.kind, page.reason, names(page)) == ("unidentified", "Two codes.", list(HOLDERS[:2]))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_header_of_an_identified_page_is_read_whichever_way_it_was_turned(degrees: int) -> None:
    known = Reading("test", "issued", payload=payload(KEYS[0]), method="code", turned=degrees)
    page = recognise(jpeg(sheet(*PROSE, header=HEADER), degrees), known, EXPECTED)
    assert page.fax == FaxHeader("2125550177", "HOLT & PARTNERS LLP", 2, "2009-11-05T15:27", "  ".join(HEADER))
    assert (page.kind, page.text, page.candidates) == ("issued", None, ())


def test_an_identified_page_without_a_header_stays_as_it_is() -> None:
    known = Reading("test", "issued", payload=payload(KEYS[0]), method="code")
    assert recognise(jpeg(issued(0)), known, EXPECTED) is known


def test_the_codes_of_an_identified_page_are_not_taken_for_a_header() -> None:
    pixels, codes = drawn(0)
    pixels = np.roll(pixels, low := 30, axis=0)  # as a scanner lays it: the number under the last code is at the edge
    seen = tuple(
        CodeSeen("", ((x0, y0 + low), (x1, y0 + low), (x1, y1 + low), (x0, y1 + low)), "") for x0, y0, x1, y1 in codes
    )
    known = Reading("test", "issued", payload=payload(KEYS[0]), method="code", codes=seen)
    assert could_have_header(pixels)
    assert recognise(jpeg(pixels), known, EXPECTED) is known


@pytest.mark.parametrize("upright", [b"", b"no picture"])
def test_what_is_no_picture_is_refused(upright: bytes) -> None:
    with pytest.raises(ValueError, match=r"^The picture of this page cannot be opened\.$"):
        recognise(upright, UNKNOWN, EXPECTED)


def test_nothing_is_sought_on_a_network_and_rapidocr_is_never_imported() -> None:
    program = (
        "import socket, sys, numpy\n"
        "def refuse(*all, **named): raise AssertionError('a connection was opened')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from signatures.paper.recognition.text import read_page\n"
        "read_page(numpy.full((200, 300), 255, numpy.uint8))\n"
        "print(sorted({'rapidocr', 'requests'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_line_is_found_and_read() -> None:
    page = sheet("Nineteen white horses", top=500)
    corners = find_lines(page)
    assert len(corners) == 1
    (left, top), (right, bottom) = corners[0].min(axis=0), corners[0].max(axis=0)
    text, confidence = read_line(np.ascontiguousarray(page[int(top) : int(bottom), int(left) : int(right)]))
    assert text == "Nineteen white horses"
    assert confidence > 0.9


def test_no_line_is_found_on_white_paper() -> None:
    assert find_lines(np.full((1100, 850), 255, np.uint8)).shape == (0, 4, 2)
    assert read_line(np.full((3, 3), 255, np.uint8)) == ("", 0.0)


def test_lines_side_by_side_are_one_row() -> None:
    lines = [
        TextLine("right", 1, 500, 102, 600, 131),
        TextLine("below", 1, 100, 140, 200, 170),
        TextLine("left", 1, 100, 100, 200, 130),
    ]
    assert rows(lines) == ["left  right", "below"]
