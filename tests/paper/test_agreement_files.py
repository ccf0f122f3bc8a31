"""Agreements as PDF, Word and text files, and the files that are none."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest
import typst
from reportlab.pdfgen.canvas import Canvas

from signatures.paper.agreement import UnreadableAgreement, parse_agreement
from signatures.paper.agreement.apart import parse_apart

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf_of(*pages: list[tuple[float, float, str]], rules: tuple[tuple[float, float, float], ...] = ()) -> bytes:
    """Texts at (x, y from the top); rules (x0, x1, y) on the last page."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(612, 792))
    for number, page in enumerate(pages):
        canvas.setFont("Times-Roman", 11)
        for x, y, text in page:
            canvas.drawString(x, 792 - y, text)
        if number == len(pages) - 1:
            for x0, x1, y in rules:
                canvas.line(x0, 792 - y, x1, 792 - y)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def docx_of(body: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return buffer.getvalue()


def paragraph(text: str) -> str:
    runs = "<w:tab/>".join(f"<w:t>{part}</w:t>" for part in text.split("\t"))
    return f"<w:p><w:r>{runs}</w:r></w:p>"


def test_a_pdf_by_the_positions_of_its_text() -> None:
    left, right = 72, 330
    data = pdf_of(
        [(72, 72, "NOTE AGREEMENT"), (72, 100, "This agreement is dated as of May 4, 2031.")],
        [
            (
                72,
                72,
                "IN WITNESS WHEREOF, the parties have executed this Agreement as of the date first above written.",
            ),
            (left, 110, "CALDER MILLS CORPORATION"),
            (right, 110, "HIGHBRIDGE TRUST COMPANY,"),
            (right, 123, "as Trustee"),
            (left, 160, "By:"),
            (left + 30, 160, "/s/ Mark Tolliver"),
            (right, 160, "By:"),
            (left + 30, 173, "Name: Mark Tolliver"),
            (right + 30, 173, "Name: Grace Yoon"),
            (left + 30, 186, "Title: Treasurer"),
            (right + 30, 186, "Title: Vice President"),
            (left, 260, "LUC PETIT"),
        ],
        rules=((left, left + 200, 290),),
    )
    parsed = parse_agreement(data, "agreement.pdf")
    assert (parsed.title, parsed.pages) == ("Note Agreement", 2)
    found = [
        (p.entity, p.signatories[0].name, p.signatories[0].title, p.signatories[0].signed, p.pages)
        for p in parsed.parties
    ]
    assert found == [
        ("CALDER MILLS CORPORATION", "Mark Tolliver", "Treasurer", True, (2,)),
        ("HIGHBRIDGE TRUST COMPANY", "Grace Yoon", "Vice President", False, (2,)),
        ("LUC PETIT", "LUC PETIT", None, False, (2,)),
    ]


def test_word_with_a_table_of_two_columns() -> None:
    def cell(text: str) -> str:
        return f"<w:tc>{paragraph(text)}</w:tc>"

    rows = [
        ("ACORN INC.", "BIRCH FUND, L.P."),
        ("", "By: Birch GP LLC, its general partner"),
        ("By: ____________", "By: ____________"),
        ("Name: Ida Moss", "Name: Ned Frost"),
        ("Title: President", "Title: Manager"),
    ]
    table = "<w:tbl>" + "".join(f"<w:tr>{cell(a)}{cell(b)}</w:tr>" for a, b in rows) + "</w:tbl>"
    deleted = "<w:p><w:del><w:r><w:delText>GONE LLC</w:delText></w:r></w:del></w:p>"
    body = paragraph("IN WITNESS WHEREOF, the parties have executed this Agreement.") + deleted + table
    parsed = parse_agreement(docx_of(body), "agreement.docx")
    assert parsed.pages is None
    found = [
        (p.entity, [k.entity for k in p.chain], p.signatories[0].name, p.signatories[0].title) for p in parsed.parties
    ]
    assert found == [
        ("ACORN INC.", [], "Ida Moss", "President"),
        ("BIRCH FUND, L.P.", ["Birch GP LLC"], "Ned Frost", "Manager"),
    ]


def test_word_with_tabs() -> None:
    body = "".join(map(paragraph, ["ACORN INC.", "", "By:\t/s/ Ida Moss", "Name:\tIda Moss", "Title:\tPresident"]))
    (party,) = parse_agreement(docx_of(body), "agreement.docx").parties
    assert (party.entity, party.signatories[0].title, party.certain) == ("ACORN INC.", "President", True)


def encrypted_pdf() -> bytes:
    buffer = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_of([(72, 72, "Text")]))) as document:
        document.save(buffer, encryption=pikepdf.Encryption(owner="o", user="u"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "a.pdf is empty."),
        (b"%PDF-1.7 and then nothing", "a.pdf is damaged and cannot be opened as a PDF."),
        (encrypted_pdf(), "a.pdf is protected with a password; save a copy without one."),
        (
            pdf_of([]),
            "a.pdf holds pictures of pages but no text; upload the agreement as a PDF with text or as a Word file.",
        ),
        (b"PK\x03\x04 broken", "a.pdf is damaged and cannot be opened as a Word document."),
        (docx_of(""), "a.pdf holds no text."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
            "a.pdf is protected, or in an old format of Office such as .doc; "
            "save the agreement without a password as .docx or PDF.",
        ),
        (bytes(range(256)) * 40, "a.pdf is neither text nor PDF nor Word, so no agreement can be read from it."),
        (b" \n\n ", "a.pdf holds no text."),
        (b"x" * 40_000_001, "a.pdf is larger than 40 MB; an agreement is expected to be smaller."),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableAgreement) as refused:
        parse_agreement(data, "a.pdf")
    assert str(refused.value) == sentence


def test_a_zip_that_is_not_word() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("readme.txt", "hello")
    with pytest.raises(UnreadableAgreement, match=r"a\.zip is a ZIP file but not a Word document\."):
        parse_agreement(buffer.getvalue(), "a.zip")


def test_the_letters_of_a_ligature_are_one_word() -> None:
    lines = ("Griffin Fund, Inc.", "By: ________", "Name: Alf Duffield", "Title: Chief Financial Officer")
    page = " #linebreak() ".join(f'#"{line}"' for line in lines)
    (party,) = parse_agreement(typst.compile(page.encode()), "agreement.pdf").parties
    assert (party.entity, party.signatories[0].name, party.signatories[0].title) == (
        "Griffin Fund, Inc.",
        "Alf Duffield",
        "Chief Financial Officer",
    )


def test_drawn_lines_in_two_columns_of_a_pdf() -> None:
    page: list[tuple[float, float, str]] = [
        (72, 72, "By signing below the parties agree."),
        (72, 100, "BRIAR HOMES, LLC"),
        (330, 100, "EMPLOYEE:"),
    ]
    page += [(72, 140, "By:"), (72, 156, "Name: Ty Lamont"), (72, 172, "Title: President"), (330, 154, "Joanna Pratt")]
    company, person = parse_agreement(pdf_of(page, rules=((92, 260, 141), (330, 500, 139))), "a.pdf").parties
    assert (company.entity, company.signatories[0].name, company.signatories[0].signed) == (
        "BRIAR HOMES, LLC",
        "Ty Lamont",
        False,
    )
    assert (person.entity, person.label) == ("Joanna Pratt", "EMPLOYEE")


CONSENT = """CONSENT AND WAIVER
dated as of May 4, 2031

IN WITNESS WHEREOF, the undersigned has executed this Consent.

ALDER FUND, L.P.
By: Alder Partners LLC, its General Partner

By: ____________________
Name: Maya Fenwick
Title: Managing Member
"""


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (CONSENT.encode(), "consent.txt"),
        (pdf_of([(72, 100 + 14 * at, line) for at, line in enumerate(CONSENT.splitlines()) if line]), "consent.pdf"),
        (docx_of("".join(map(paragraph, CONSENT.splitlines()))), "consent.docx"),
    ],
)
def test_a_file_that_is_read_apart_says_the_same(data: bytes, name: str) -> None:
    parsed = parse_apart(data, name)
    assert parsed == parse_agreement(data, name)
    assert [(party.entity, party.chain[0].entity) for party in parsed.parties] == [
        ("ALDER FUND, L.P.", "Alder Partners LLC")
    ]


def test_a_file_that_cannot_be_read_apart_says_why() -> None:
    with pytest.raises(UnreadableAgreement, match=r"^hurt\.pdf is damaged and cannot be opened as a PDF\.$"):
        parse_apart(b"%PDF-1.7 and then nothing", "hurt.pdf")
    with pytest.raises(UnreadableAgreement, match=r"^long\.txt took too long to be read\. Save it again, as PDF"):
        parse_apart(CONSENT.encode(), "long.txt", seconds=0.01)
    with pytest.raises(UnreadableAgreement, match=r"^big\.txt could not be read: it is damaged, or too large\."):
        parse_apart(CONSENT.encode() * 20_000, "big.txt", memory=1 << 20)


@pytest.mark.parametrize("name", ["a.txt", "a.docx"])
def test_ligatures_soft_hyphens_and_marks_of_no_width(name: str) -> None:
    lines = ["Gri\ufb03n In\u00advest\u00ad", "ment Fund, Inc.", "By:\u200b ________", "Name: Ge\ufb00 Duf\u2060field"]
    data = "\n".join(lines).encode() if name == "a.txt" else docx_of("".join(map(paragraph, lines)))
    (party,) = parse_agreement(data, name).parties
    assert (party.entity, party.signatories[0].name) == ("Griffin Investment Fund, Inc.", "Geff Duffield")
