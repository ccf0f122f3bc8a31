"""Importing a register: what each row will do, doing it, and doing nothing the second time."""

from __future__ import annotations

import datetime
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest

from holders.models import Holding, Party, Signatory
from holders.names import fold
from signatures.domain.errors import Refused
from signatures.domain.queries.setup import register_rows
from signatures.domain.register import register
from signatures.domain.register.register_file import guess_mapping, quoted, read_table, write_csv
from signatures.models import Agreement, User

from .conftest import LANTERN, NORTH, REGISTER, Collection

pytestmark = pytest.mark.django_db


def imported(agreement: Agreement, data: bytes, name: str = "register.csv") -> register.Imported:
    return register.apply(agreement, register.plan(agreement, read_table(data, name)), None)


def word_document() -> bytes:
    """A package of Office in which there is no workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
        )
        archive.writestr("word/document.xml", "<document/>")
    return out.getvalue()


def test_the_same_file_twice_changes_nothing(agreement: Agreement) -> None:
    before = Holding.objects.count()
    done = imported(agreement, REGISTER)
    assert (done.added, done.updated, done.refused) == (0, 0, [])
    assert Holding.objects.count() == before


def test_a_change_closes_one_holding_and_opens_another(agreement: Agreement) -> None:
    done = imported(agreement, b"holder,principal\nLantern Capital LLC,1500000\n")
    assert (done.added, done.updated) == (0, 1)
    old, new = Holding.objects.filter(holder__name=LANTERN).order_by("opened_at")
    assert (old.principal, old.closed_at is None) == (Decimal("1000000.00"), False)
    assert (new.principal, new.closed_at) == (Decimal("1500000.00"), None)


def test_good_rows_are_applied_and_bad_ones_refused_with_their_reason(agreement: Agreement) -> None:
    rows = ["New Fund LP,5,,,", "Odd Fund,two,,,", ",7,,,", "New Fund LP,5,,,", "Bad Mail,1,x,,", "Treasury,1,,yes,"]
    data = "\n".join(["holder,principal,email,disregarded,disregarded_reason", *rows]).encode()
    done = imported(agreement, data)
    assert done.added == 1
    assert done.refused == [
        (3, "“two” is not an amount."),
        (4, "The holder's name is missing."),
        (5, "New Fund LP stands in row 2 already."),
        (6, "“x” is not an e-mail address."),
        (7, "A disregarded holding needs its reason."),
    ]


def test_an_amount_in_another_currency_than_the_notes_is_refused(agreement: Agreement) -> None:
    done = imported(agreement, "holder,principal\nLantern Capital LLC,EUR 5\nNorth Pier Fund,€7\nNew LP,USD 9".encode())
    assert (done.added, done.updated) == (1, 0)
    assert done.refused == [
        (2, "“EUR 5” is in EUR, and the notes are in USD: so it says under Terms."),
        (3, "“€7” is in EUR, and the notes are in USD: so it says under Terms."),
    ]
    with pytest.raises(Refused, match=r"^The column “Principal \(GBP\)” is in GBP, and the notes are in USD"):
        imported(agreement, b"holder,Principal (GBP)\nLantern Capital LLC,5\n")


def test_a_new_holder_gets_a_block_with_its_chain_and_signatory(agreement: Agreement) -> None:
    chain = "Top LLC, its Investment Manager > Core Corp, a general partner"
    data = f'holder,chain,signatory,title\nDeep Fund,"{chain}",Ann Lee,Partner\n'.encode()
    imported(agreement, data)
    block = agreement.versions.get().blocks.get(entity="Deep Fund")
    assert [(link["entity"], link["capacity"]) for link in block.chain] == [
        ("Top LLC", "Investment Manager"),
        ("Core Corp", "general partner"),
    ]
    assert [(line.name, line.title) for line in block.lines.all()] == [("Ann Lee", "Partner")]


def test_the_preview_names_the_signatory_who_is_replaced(agreement: Agreement) -> None:
    planned = register.plan(agreement, read_table(b"holder,signatory\nLantern Capital LLC,Ruth Vale CFA\n", "r.csv"))
    assert [(one.what, one.detail) for one in planned] == [("change", "signatory, in place of Ruth Vale")]


def test_one_person_who_signs_for_two_is_one_signatory(agreement: Agreement) -> None:
    assert Signatory.objects.filter(name="Otto Brand").count() == 1
    assert Signatory.objects.get(name="Otto Brand").email == "brand@pier.example"


def test_editing_the_register_never_changes_an_issued_block(collection: Collection) -> None:
    imported(collection.agreement, b"holder,address,signatory\nLantern Capital LLC,Elsewhere 1,Somebody New\n")
    block = collection.agreement.versions.get().blocks.get(entity=LANTERN)
    assert block.address == "9 Mill Street, Hartford, CT 06103"
    assert block.lines.get().name == "Ruth Vale"
    assert Party.objects.get(name=LANTERN).address == "Elsewhere 1"


def test_a_workbook_is_read_from_the_sheet_that_has_holders(agreement: Agreement) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("Remarks").append(["Notes to self"])
    sheet = book.create_sheet("Positions")
    sheet.append(["As of", "24 September"])
    sheet.append(["Name of Holder", "Principal Amount", "Record Date"])
    sheet.append(["Lantern Capital LLC", 2500000.5, datetime.datetime(2021, 3, 1)])
    out = io.BytesIO()
    book.save(out)
    assert imported(agreement, out.getvalue(), "register.xlsx").updated == 1
    holding = Holding.objects.get(holder__name=LANTERN, closed_at=None)
    assert (holding.principal, holding.as_of) == (Decimal("2500000.50"), datetime.date(2021, 3, 1))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"a,b\n1,2\n", "No column for the holder was found"),
        (b"", "holds no rows"),
        (word_document(), "The workbook cannot be opened. Save it again as XLSX, or as CSV."),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "encrypted or in the old XLS format"),
        (b"PK\x03\x04 not a workbook", "cannot be opened"),
        (b"\0\1\2\3", "neither a CSV file nor an XLSX workbook"),
    ],
)
def test_a_file_that_is_no_register_gets_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        read_table(data, "file")


def test_columns_are_recognised_under_other_names() -> None:
    assert guess_mapping(("Fund", "Face Value", "Authorized Signatory", "E-mail")) == {
        "holder": 0,
        "principal": 1,
        "signatory": 2,
        "email": 3,
    }


def test_what_is_exported_comes_back_as_no_change(agreement: Agreement, counsel: User) -> None:
    exported = write_csv(register_rows(agreement, show_amounts=True))
    done = imported(agreement, exported)
    assert (done.added, done.updated, done.refused) == (0, 0, [])


def test_amounts_are_left_out_of_an_export_for_who_may_not_see_them(agreement: Agreement) -> None:
    assert {row["principal"] for row in register_rows(agreement, show_amounts=False)} == {""}


def test_a_cell_that_looks_like_a_formula_is_quoted() -> None:
    assert [quoted(cell) for cell in ("=1+1", "@x", "-5", "Fund")] == ["'=1+1", "'@x", "'-5", "Fund"]


def test_names_that_differ_in_case_and_commas_are_one_holder(agreement: Agreement) -> None:
    assert imported(agreement, b"holder,principal\nNORTH PIER FUND LP,6000000\n").added == 0
    assert fold("NORTH PIER FUND LP") == fold(NORTH)
