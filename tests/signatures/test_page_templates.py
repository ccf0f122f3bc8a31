"""Templates of signature pages: what may be chosen, what an issued page remembers, and that it reads as well."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from signatures.domain import files
from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.errors import Refused
from signatures.domain.pages import blanks, issuing, page_templates, typesetting, voiding
from signatures.models import Agreement, AuditEvent, PageTemplate, ReceivedPage, SignatureBlock, SignaturePage, User
from signatures.paper import drawing, returns
from signatures.paper.engine import read_page
from signatures.paper.layout import layout_from_json
from signatures.paper.reading import Issued, Reading
from signatures.paper.split import split

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db

CHOSEN = {
    "font": "Liberation Sans",
    "size": Decimal("12.5"),
    "paper": "A4",
    "witness_clause": "EXECUTED as a deed under the {agreement} {date}.",
    "blanks": ["title", "amount", "date"],
    "second_signatory": True,
}


def template(agreement: Agreement | None = None, **changes: Any) -> PageTemplate:
    return PageTemplate(agreement=agreement, **{"name": "Deeds", **CHOSEN, **changes})


def read(page: SignaturePage, signs: set[str], fills: dict[tuple[str, Any], str], folder: Path) -> Reading:
    """The page printed, signed on these lines, and scanned."""
    layout = layout_from_json(page.layout)
    sheet = returns.sign(returns.page_pixels(files.read(page.pdf), page.page_index), layout, signs, fills, seed=7)
    issued = Issued(layout, files.read(blanks.blank_of(page)))
    scan = folder / "scan.pdf"
    scan.write_bytes(returns.as_scan([sheet]))
    pages = split(scan)
    try:
        return read_page(pages.load(0), lambda text: issued if text == layout.payload else None).reading
    finally:
        pages.close()


def seen(reading: Reading) -> dict[str, str]:
    found: dict[str, str] = {line.id: line.verdict for line in reading.lines}
    return found | {f"{field.line}.{field.name}": field.verdict for field in reading.fields}


@pytest.mark.parametrize("font", drawing.SHIPPED)
@pytest.mark.parametrize(("paper", "size"), [("Letter", "9"), ("A4", "13")])
def test_pages_of_every_template_are_read_where_they_were_set(
    agreement: Agreement, counsel: User, font: str, paper: str, size: str, tmp_path: Path
) -> None:
    page_templates.choose(agreement, template(font=font, paper=paper, size=Decimal(size)), counsel)
    page = next(one for one in issuing.issue(agreement, counsel) if one.layout["lines"][0]["holder"] == LANTERN)
    first, second = (line["id"] for line in page.layout["lines"])
    assert [field["name"] for line in page.layout["lines"] for field in line["fields"]] == [
        *("amount", "date"),
        *("name", "title", "date"),
    ]
    reading = read(page, {first}, {(first, "date"): "3 March 2021", (first, "amount"): "1,000,000"}, tmp_path)
    assert (reading.kind, reading.other_ink) == ("issued", False)
    assert seen(reading) == {
        **{first: "signed", f"{first}.amount": "filled", f"{first}.date": "filled"},
        **{second: "blank", f"{second}.name": "blank", f"{second}.title": "blank", f"{second}.date": "blank"},
    }


def test_a_page_remembers_what_it_was_set_with_and_comes_out_the_same(agreement: Agreement, counsel: User) -> None:
    page_templates.choose(agreement, template(), counsel)
    pages = issuing.issue(agreement, counsel)
    page_templates.choose(agreement, template(font="Liberation Serif", paper="Letter"), counsel)
    assert {page.typeset_with["template"] for page in pages} == {"Deeds"}
    for pdf in {page.pdf for page in pages}:
        rows = SignaturePage.objects.filter(pdf=pdf).order_by("page_index")
        again = drawing.draw_pages(
            [drawing.page_from_json(json.loads(json.dumps(row.typeset_with["page"]))) for row in rows],
            drawing.Style(**rows[0].typeset_with["style"]),
        )
        assert again.pdf == files.read(pdf)
        assert [json.loads(json.dumps(one.as_json())) for one in again.layouts] == [row.layout for row in rows]
    before = SignaturePage.objects.get(pk=pages[0].pk).typeset_with
    new = voiding.issue_again(pages[0], counsel, "On our paper")
    assert new.typeset_with["style"] == {"font": "Liberation Serif", "size": 12.5, "paper": "Letter"}
    assert SignaturePage.objects.get(pk=pages[0].pk).typeset_with == before


def test_the_template_words_the_witness_clause_else_the_document_does(agreement: Agreement, counsel: User) -> None:
    (page, *_) = issuing.issue(agreement, counsel)
    assert page.typeset_with["page"]["witness_clause"] == agreement.witness_clause
    page_templates.choose(agreement, template(), counsel)
    new = voiding.issue_again(page, counsel, "As a deed")
    assert new.typeset_with["page"]["witness_clause"] == (
        f"EXECUTED as a deed under the {agreement.title} as of March 3, 2021."
    )


def test_a_holder_who_signs_by_one_executes_a_page_with_a_second_line(collection: Collection) -> None:
    """The second line need not be signed, and what stands under it need not be filled in."""
    agreement, counsel = collection.agreement, collection.counsel
    voiding.void(collection.page(LANTERN), counsel, "Another form")
    page_templates.choose(agreement, template(), counsel)
    agreement.required_particulars = ["title", "date"]
    agreement.save()
    (page,) = issuing.issue(agreement, counsel)
    first = page.layout["lines"][0]["id"]
    block = SignatureBlock.objects.get(entity=LANTERN)
    assert [(line.position, line.required) for line in block.lines.all()] == [(1, True), (2, False)]
    sheet = returns.page_pixels(files.read(page.pdf), page.page_index)
    signed = returns.sign(sheet, layout_from_json(page.layout), {first}, {(first, "date"): "3 March"}, seed=3)
    collection.send(returns.as_scan([signed]))
    received = ReceivedPage.objects.latest("id")
    assert received.question == "Signed, amount left blank"
    matched = matching.matched(received)
    assert matched is not None
    review.accept(received, counsel, review.Decision(frozenset({first})))
    assert collection.state(LANTERN) == "executed"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"witness_clause": "EXECUTED by {holder}."}, r"“\{holder\}” is not known here"),
        ({"witness_clause": "EXECUTED 東京."}, "There is no font for"),
        ({"witness_clause": "x" * 3001}, "3,000 characters"),
        ({"size": Decimal(8)}, "9 to 13 points"),
        ({"most_blocks": 5}, "two to four"),
        ({"font": "Comic Sans"}, "not a valid choice"),
        ({"blanks": ["seal"]}, "not a valid choice"),
    ],
)
def test_what_cannot_be_set_is_refused_with_a_sentence(
    agreement: Agreement, counsel: User, changes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        page_templates.choose(agreement, template(**changes), counsel)
    assert not PageTemplate.objects.exists()


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("firm_template_has_a_name", {"name": ""}),
        ("template_font_is_shipped", {"font": "Comic Sans"}),
        ("template_type_is_legible", {"size": 20}),
        ("template_paper_is_known", {"paper": "Legal"}),
        ("template_blanks_are_known", {"blanks": ["seal"]}),
        ("template_sharing_is_known", {"sharing": "all"}),
        ("template_sheet_holds_two_to_four", {"most_blocks": 1}),
    ],
)
def test_the_database_holds_what_a_template_may_say(db: None, name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        template(**changes).save()


def test_the_firm_keeps_templates_by_name_and_an_agreement_keeps_its_copy(agreement: Agreement, counsel: User) -> None:
    kept = page_templates.keep_for_the_firm(template(), counsel)
    page_templates.choose(agreement, kept, counsel)
    again = page_templates.keep_for_the_firm(template(name=" deeds ", font="Liberation Serif"), counsel)
    assert (again.pk, again.name, page_templates.of(agreement).font) == (kept.pk, "Deeds", "Liberation Sans")
    with pytest.raises(IntegrityError, match="firm_templates_differ_in_name"), transaction.atomic():
        template(name="DEEDS").save()
    with pytest.raises(Refused, match="Give the template a name"):
        page_templates.keep_for_the_firm(template(name="  "), counsel)
    page_templates.remove(again, counsel)
    assert (page_templates.of_the_firm(), page_templates.of(agreement).name) == ([], "Deeds")
    said = list(AuditEvent.objects.filter(agreement=None).order_by("id").values_list("action", flat=True))
    assert said == ["firm template kept", "firm template kept", "firm template removed"]


def test_choosing_the_same_again_says_nothing_new(agreement: Agreement, counsel: User) -> None:
    for _ in range(2):
        page_templates.choose(agreement, template(), counsel)
    assert AuditEvent.objects.filter(agreement=agreement, action="page template chosen").count() == 1


def test_a_picture_shows_the_page_before_it_is_issued(agreement: Agreement) -> None:
    block = SignatureBlock.objects.get(entity=NORTH)
    words = typesetting.with_second_lines(template(), typesetting.wording(block))
    png = typesetting.picture(agreement, template(agreement), [words])
    assert png.startswith(b"\x89PNG")
    assert png == typesetting.picture(agreement, template(agreement), [words])
    assert not SignaturePage.objects.exists()
