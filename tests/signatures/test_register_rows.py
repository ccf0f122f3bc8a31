"""What a register may say and how: likeness, several rows for a holder, every column there and back, bad files."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from holders.models import Holding, Party, PartySignatory, Signatory
from holders.names import fold
from signatures.domain.errors import Refused
from signatures.domain.packets import addresses
from signatures.domain.queries.setup import register_rows
from signatures.domain.register import disregarding, parties, register
from signatures.domain.register.register_file import COLUMNS, guess_mapping, quoted, read_table, unquoted, write_csv
from signatures.models import Agreement, AuditEvent, Packet, SignatureBlock, User

from .conftest import LANTERN, NORTH, Collection
from .workers import compared, do_what_waits, handed_in

pytestmark = pytest.mark.django_db


def imported(agreement: Agreement, data: bytes, **decisions: str) -> register.Imported:
    table = read_table(data, "register.csv")
    said = {int(row[1:]): decision for row, decision in decisions.items()}
    return register.apply(agreement, register.plan(agreement, table, None, said), None, table.sha256)


def many(number: int) -> bytes:
    lines = (
        f'"Reed Fund {at}, L.P.",{at}000,Reed LLC,"Person {at // 2}",Partner,p{at // 2}@reed.example'
        for at in range(1, number + 1)
    )
    return "\n".join(["holder,principal,chain,signatory,title,email", *lines]).encode()


# Likeness ---------------------------------------------------------------------------------------------------------

LIKE = b"holder,principal\nNorth Pier Fund Limited Partnership,7\n"


def test_a_holder_under_a_slightly_different_name_is_refused_until_a_person_says(agreement: Agreement) -> None:
    sentence = f"North Pier Fund Limited Partnership looks like {NORTH}: say whether it is the same or a new holder."
    assert imported(agreement, LIKE).refused == [(2, sentence)]
    assert Party.objects.filter(role="holder").count() == 3
    done = imported(agreement, LIKE, r2="same")
    assert (done.added, done.updated, done.refused) == (0, 1, [])
    assert Holding.objects.get(holder__name=NORTH, closed_at=None).principal == 7
    done = imported(agreement, LIKE, r2="new")
    assert (done.added, done.updated) == (1, 0)
    assert imported(agreement, LIKE).refused == []


def test_two_spellings_in_one_file_are_asked_about_and_numbers_are_not(agreement: Agreement) -> None:
    done = imported(agreement, b"holder\nCape Fund II LP\nCape Fund 2 LP\nCape Fund III LP\n")
    assert (done.added, [row for row, _ in done.refused]) == (2, [3])
    done = imported(agreement, b"holder,signatory\nDune Fund II LP,Ann Lee\nDune Fund 2 LP,Bo Ray\n", r3="same")
    assert (done.added, done.refused) == (1, [])
    assert [one.signatory.name for one in PartySignatory.objects.filter(party__name="Dune Fund II LP")] == [
        "Ann Lee",
        "Bo Ray",
    ]


def test_the_preview_asks_and_keeps_the_answer(client: Client, counsel: User, agreement: Agreement) -> None:
    client.force_login(counsel)
    answer = handed_in(client, agreement, LIKE)
    shown = answer.content.decode()
    assert "North Pier Fund Limited Partnership looks like North Pier Fund, L.P." in shown
    fields = {"column-0": "holder", "column-1": "principal", "decide-2": "same"}
    again = compared(client, client.post(answer.context["preview"]["url"], fields | {"do": "map"}))
    shown = again.content.decode()
    assert re.search(r'name="decide-2" value="same" checked', shown)
    assert client.post(again.context["preview"]["url"], fields | {"do": "apply"}).status_code == 302
    do_what_waits()
    assert Holding.objects.get(holder__name=NORTH, closed_at=None).principal == 7


# Rows -------------------------------------------------------------------------------------------------------------


def test_several_rows_for_one_holder_are_its_signatories(agreement: Agreement) -> None:
    data = (
        b"holder,principal,signatory,title,email,send_to,telephone\n"
        b"Reed Fund,5,Ann Lee,Partner,lee@reed.example,Stone LLP,1\n"
        b"Reed Fund,,Bo Ray,Director,ray@reed.example,,\nReed Fund,6,Cy Fox,,,,\n"
    )
    done = imported(agreement, data)
    assert (done.added, done.refused) == (1, [(4, "Reed Fund stands in row 2 with another principal.")])
    block = SignatureBlock.objects.get(entity="Reed Fund")
    assert [(line.name, line.title) for line in block.lines.all()] == [("Ann Lee", "Partner"), ("Bo Ray", "Director")]
    assert Signatory.objects.get(name="Ann Lee").send_to == "Stone LLP"
    again = imported(agreement, data)
    assert (again.added, again.updated) == (0, 0)


def test_an_empty_cell_leaves_what_is_there(agreement: Agreement) -> None:
    imported(agreement, b"holder,principal,disregarded,disregarded_reason\nLantern Capital LLC,9,yes,affiliate\n")
    assert imported(agreement, b"holder,principal,disregarded\nLantern Capital LLC,,\n").updated == 0
    assert imported(agreement, b"holder,family\nLantern Capital LLC,Lantern\n").updated == 1
    holding = Holding.objects.get(holder__name=LANTERN, closed_at=None)
    assert (holding.principal, holding.disregarded, holding.disregarded_reason) == (9, True, "affiliate")


def test_an_address_without_a_name_is_that_of_who_signs_already(agreement: Agreement) -> None:
    assert imported(agreement, b"holder,send_to\nLantern Capital LLC,Stone LLP\nReed Fund,Stone LLP\n").added == 1
    assert Signatory.objects.get(name="Ruth Vale").send_to == "Stone LLP"


def test_two_rows_that_contradict_each_other_on_a_person_do_not_take_turns(agreement: Agreement) -> None:
    data = b"holder,signatory,email,send_to\nA Fund,Ann Lee,l@x.example,One\nOther Trust,Ann Lee,l@x.example,Two\n"
    assert imported(agreement, data).refused == [(3, "Ann Lee has another address to send to in row 2.")]
    assert imported(agreement, data).updated == 0


def test_columns_are_recognised_as_people_head_them() -> None:
    headings = ("Name of Noteholder", "Par Amount (USD)", "DTC Participant", "Phone", "Holder's Counsel", "Fund Family")
    assert guess_mapping(headings) == {
        "holder": 0,
        "principal": 1,
        "through": 2,
        "telephone": 3,
        "send_to": 4,
        "family": 5,
    }


# There and back ---------------------------------------------------------------------------------------------------

WORD = st.text("ABcd é'=+-@>,\"", min_size=1, max_size=9).map(lambda text: f"{' '.join(text.split())}x")
PEOPLE = st.lists(
    st.fixed_dictionaries({"signatory": WORD, "title": WORD, "telephone": WORD, "send_to": WORD}),
    min_size=1,
    max_size=2,
    unique_by=lambda one: fold(one["signatory"]),
)
EXTRA = st.fixed_dictionaries(
    {
        "address": st.one_of(st.just(""), WORD.map(lambda text: f"{text}\nBoston")),
        "family": WORD,
        "through": WORD,
        "principal": st.sampled_from(["", "1.25", "7000000"]),
        "record_date": st.sampled_from(["", "2021-03-01"]),
        "source": st.sampled_from(["", "trustee's list", "custodian", "participant", "page"]),
        "disregarded": st.sampled_from(["", "no"]),
        "chain": st.sampled_from(["", "Top LLC, its Manager > Core Corp"]),
    }
)


def put_aside() -> None:
    """Call the holder of the example something else, so that the next import makes it anew."""
    name = f"Gone Trust {Party.objects.count() + Party.objects.filter(name__startswith='Gone').count()}"
    Party.objects.filter(name="Round Fund").update(name=name, folded_name=fold(name))


@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(EXTRA, PEOPLE, st.booleans())
def test_everything_that_is_exported_comes_back(
    agreement: Agreement, extra: dict[str, str], people: list[dict[str, str]], has_evidence: bool
) -> None:
    put_aside()
    evidence = "none > incumbency" if has_evidence and extra["chain"] else ""
    rows = [{"holder": "Round Fund"} | extra | {"evidence": evidence} | people[0]]
    rows += [{"holder": "Round Fund"} | one for one in people[1:]]
    assert imported(agreement, write_csv(rows)).refused == []
    exported = list(register_rows(agreement, show_amounts=True))
    again = imported(agreement, write_csv(exported))
    assert (again.added, again.updated, again.refused) == (0, 0, [])
    put_aside()
    imported(agreement, write_csv(row for row in exported if row["holder"] == "Round Fund"))
    back = [row for row in register_rows(agreement, show_amounts=True) if row["holder"] == "Round Fund"]
    assert back == [row for row in exported if row["holder"] == "Round Fund"]
    assert back[0]["family"] == extra["family"]


LINK = st.tuples(WORD, st.one_of(st.just(""), WORD), st.just(""))
EDITS = st.fixed_dictionaries(
    {
        "address": st.one_of(st.just(""), WORD.map(lambda text: f"{text}\r\nBoston")),
        "chain": st.lists(LINK, max_size=6),
        "reason": st.one_of(st.none(), WORD),
        "send_to": st.sampled_from(["", "own@counsel.example", "desk@custodian.example, own@counsel.example"]),
        "packet_to": st.sampled_from(["", "new@lantern.example", "a@lantern.example, b@lantern.example"]),
    }
)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(EDITS)
def test_what_was_edited_on_screen_comes_back_as_nothing(collection: Collection, edits: dict[str, Any]) -> None:
    agreement, counsel = collection.agreement, collection.counsel
    party = Party.objects.get(name=LANTERN)
    Party.objects.filter(pk=party.pk).update(address=edits["address"])
    parties.set_chain(party, edits["chain"])
    Signatory.objects.filter(name="Ruth Vale").update(send_to=edits["send_to"])
    addresses.enter(Packet.objects.get(signatory__name="Ruth Vale"), edits["packet_to"], "", counsel)
    if edits["reason"] is not None:
        disregarding.mark(agreement, party, counsel, reason=edits["reason"], known_by="the trustee")
    exported = write_csv(register_rows(agreement, show_amounts=True))
    planned = register.plan(agreement, read_table(exported, "register.csv"))
    assert [(one.what, one.detail) for one in planned] == [("nothing", "")] * len(planned)
    held = sorted(Holding.objects.values_list("pk", "closed_at"))
    done = imported(agreement, exported)
    assert (done.added, done.updated, done.refused) == (0, 0, [])
    assert sorted(Holding.objects.values_list("pk", "closed_at")) == held
    assert write_csv(register_rows(agreement, show_amounts=True)) == exported


@given(st.text("'=+-@ab\t"))
def test_a_quoted_cell_is_unquoted_again(cell: str) -> None:
    assert unquoted(quoted(cell)) == cell


# Many rows --------------------------------------------------------------------------------------------------------


def test_thirty_rows_take_the_queries_of_two(agreement: Agreement) -> None:
    taken = []
    for data in (many(2), many(30).replace(b"Reed", b"Sedge")):
        agreement = Agreement.objects.get(pk=agreement.pk)  # as a job finds it: issuer and notes are read anew
        table = read_table(data, "register.csv")
        with CaptureQueriesContext(connection) as queries:
            planned = register.plan(agreement, table)
        plans = len(queries)
        with CaptureQueriesContext(connection) as queries:
            register.apply(agreement, planned, None, table.sha256)
        taken.append((plans, len(queries)))
    assert taken[0] == taken[1]
    assert taken[0][0] <= 8
    assert taken[0][1] <= 35


def test_an_import_is_one_event_with_its_counts_and_the_hash_of_its_file(agreement: Agreement) -> None:
    before = AuditEvent.objects.count()
    table = read_table(many(3), "register.csv")
    imported(agreement, many(3))
    event = AuditEvent.objects.latest("pk")
    assert AuditEvent.objects.count() == before + 1
    assert event.data == {"added": 3, "updated": 0, "refused": 0, "sha256": table.sha256}


# Bad files --------------------------------------------------------------------------------------------------------


def workbook(*sheets: tuple[str, list[list[object]]], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


HOLDERS: list[list[object]] = [["Positions", None], ["Holder", "Principal"], ["A Fund", 5], ["B Fund", 6]]


def test_a_merged_title_is_nothing_and_merged_holders_are_refused() -> None:
    assert len(read_table(workbook(("One", HOLDERS), merge="A1:B1"), "r.xlsx").rows) == 2
    with pytest.raises(Refused, match="On the sheet “One” the cells A3 to A4 are merged"):
        read_table(workbook(("One", HOLDERS), merge="A3:A4"), "r.xlsx")


def locked() -> bytes:
    content = bytearray(workbook(("One", HOLDERS)))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for one in archive.infolist():
            content[one.header_offset + 6] |= 1
    at = -1
    while (at := content.find(b"PK\x01\x02", at + 1)) >= 0:
        content[at + 8] |= 1
    return bytes(content)


def with_macros() -> bytes:
    out = io.BytesIO(workbook(("One", HOLDERS)))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (with_macros(), "The workbook holds macros."),
        (workbook(("One", HOLDERS), merge="A3:A4"), "the cells A3 to A4 are merged"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "encrypted or in the old XLS format"),
        (b"", "register.xlsx holds no rows."),
        (workbook(("Fees", [["a", "b"]]), ("Cover", [["x"]])), "The sheets are: “Fees”, “Cover”"),
        (workbook(("One", [["Holder", "Principal"]])), "headings and no rows"),
        (b"holder,principal\n", "headings and no rows"),
        (b"\n\n,,\n", "holds no rows"),
        (b"%PDF-1.7 encrypted", "This is a PDF"),
        (locked(), "The workbook is encrypted"),
        (b"holder\n" + b"x" * 50_000_000, "larger than 20 MB"),
    ],
)
def test_a_bad_file_gets_a_sentence_and_changes_nothing(
    data: bytes, sentence: str, agreement: Agreement, client: Client, counsel: User
) -> None:
    client.force_login(counsel)
    before = Party.objects.count(), AuditEvent.objects.count()
    response = handed_in(client, agreement, data, "register.xlsx")
    assert "preview" not in response.context
    assert sentence in response.content.decode()
    assert (Party.objects.count(), AuditEvent.objects.count()) == before


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_file_of_any_program_is_read(encoding: str, delimiter: str) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows([["Holder", "Principal"], ["Société Générale", "1.000.000,00"]])
    table = read_table(out.getvalue().encode(encoding), "r.csv")
    assert table.headings == ("Holder", "Principal")
    assert table.rows == ((2, ("Société Générale", "1.000.000,00")),)
    assert set(guess_mapping(COLUMNS)) == set(COLUMNS)
