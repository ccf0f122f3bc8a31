"""The commands that scripts rely on: JSON alone on standard output, exit 1 with one sentence, nothing changed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from signatures.models import Agreement, Submission, User
from signatures.paper import returns

from .conftest import DOCUMENT, NORTH, REGISTER, SOUTH, Collection


def run(*arguments: str) -> Any:
    out = io.StringIO()
    call_command(*arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "consent.txt"
    path.write_text(DOCUMENT)
    return path


def test_parse_agreement_writes_nothing(document: Path) -> None:
    found = run("parse_agreement", str(document))
    assert [party["entity"].upper() for party in found["parties"]][1:] == [
        "NORTH PIER FUND, L.P.",
        "SOUTH PIER FUND, L.P.",
        "LANTERN CAPITAL LLC",
    ]
    assert found["parties"][1]["chain"][0]["capacity"] == "General Partner"


@pytest.mark.django_db
def test_from_a_document_to_a_tally_that_a_calculator_confirms(document: Path, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_bytes(REGISTER)
    made = run("create_agreement", str(document), "--register", str(register))
    assert made == {"agreement": "harbor-consent-and-waiver", "holders": 3, "to_check": made["to_check"]}
    slug = made["agreement"]
    assert run("issue_pages", slug, "--out", str(tmp_path / "issued"))["pages"] == 4
    assert run("set_threshold", slug, "majority", "50", "--clause", "9.02") == {"changed": 1}
    assert run("set_threshold", slug, "majority", "50", "--clause", "9.02") == {"changed": 0}
    hands = Collection(Agreement.objects.get(), User.objects.create_user("a@firm.example"))
    _ingest(hands, tmp_path)
    assert run("accept", slug, "--certain", "--by", "a@firm.example") == {"changed": 2}
    status = run("collection_status", slug)
    assert status["pages"] == {"received": 2, "waiting": 0, "matched": 2, "review": 0, "set_aside": 0}
    assert status["tabulation"] == {
        "principal_outstanding": None,
        "disregarded": "0.00",
        "base": "10000000.00",
        "holder_unknown": "0.00",
        "executed": "9000000.00",
        "proxy_missing": "0.00",
        "percent": "90.00",
        "holders_executed": 2,
        "holders": 3,
        "thresholds": [
            {
                "name": "majority",
                "clause": "9.02",
                "percent": "50",
                "inclusive": False,
                "base": "principal",
                "met": True,
                "short_by": "0.00",
                "short_by_holders": None,
            }
        ],
    }
    assert [(row["holder"], row["state"]) for row in status["holders"]][2] == ("Lantern Capital LLC", "outstanding")
    assert run("release", slug, "--all", "--by", "a@firm.example") == {"changed": 2}
    assert run("verify", slug) == {"ok": True, "findings": []}


def _ingest(hands: Collection, folder: Path) -> None:
    from signatures.domain.counterparts import intake, reading

    content = hands.scan(NORTH, SOUTH)
    reading.read(intake.receive(content, "scan.pdf", "scan", agreement=hands.agreement).pk)


@pytest.mark.django_db(transaction=True)
def test_ingest_prints_a_line_a_page(collection: Collection, tmp_path: Path) -> None:
    scan, empty = tmp_path / "scan.pdf", tmp_path / "empty.pdf"
    scan.write_bytes(returns.as_scan([collection.sheet(NORTH), collection.sheet(SOUTH, signs=())]))
    empty.write_bytes(b"")
    out = io.StringIO()
    call_command("ingest", collection.agreement.slug, str(scan), str(empty), "--channel", "fax", "--json", stdout=out)
    rows = {(Path(row["file"]).name, row["page"]): row for row in map(json.loads, out.getvalue().splitlines())}
    assert set(rows) == {("scan.pdf", 0), ("scan.pdf", 1), ("empty.pdf", None)}
    first, second, none = rows["scan.pdf", 0], rows["scan.pdf", 1], rows["empty.pdf", None]
    assert (first["outcome"], first["page_id"]) == ("matched", collection.page(NORTH).plain_number)
    assert set(first["blocks"].values()) == {"signed"}
    assert set(second["blocks"].values()) == {"blank"}
    assert (none["outcome"], none["page_id"]) == ("set_aside", None)
    assert Submission.objects.filter(channel="fax").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["collection_status", "nowhere"], "There is no agreement “nowhere”"),
        (["create_agreement", "/nowhere.txt"], "There is no file /nowhere.txt"),
        (["create_agreement", "/"], "/ is a folder"),
        (["ingest", "harbor-consent-and-waiver", "/nowhere.pdf"], "There is no file /nowhere.pdf. Nothing was stored."),
        (["set_threshold", "harbor-consent-and-waiver", "x", "many"], "“many” is not a percentage"),
        (["set_threshold", "harbor-consent-and-waiver", "x", "101"], "up to 100"),
        (["accept", "harbor-consent-and-waiver", "--certain", "--by", "nobody"], "“nobody” is not an e-mail address"),
    ],
)
def test_what_is_refused_gets_one_sentence_and_changes_nothing(
    agreement: Agreement, arguments: list[str], sentence: str
) -> None:
    with pytest.raises(CommandError) as refused:
        call_command(*arguments, "--json", stdout=io.StringIO())
    assert sentence in str(refused.value)
    assert not Submission.objects.exists()
    assert not agreement.thresholds.exists()
