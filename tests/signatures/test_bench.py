"""What bench measures is there and adds up; how fast it is, is for bench itself to say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from signatures.domain.queries.desk import look
from signatures.domain.tally import tabulation
from signatures.management.benchmarks import accuracy, board, crowd, desk, issue
from signatures.models import ReceivedPage, SignatureBlock, SignaturePage, User
from signatures.paper.layout import Box
from signatures.paper.reading import Candidate, FaxHeader, FieldSeen, LineSeen, Reading

IDS = {"CODE-A": "page 1", "CODE-B": "page 2"}


def truth(**changed: Any) -> dict[str, Any]:
    return {
        "page": 0,
        "page_kind": "issued",
        "issued_id": "page 1",
        "signed": {"one": True, "two": False},
        "filled": {"one.title": True},
        "ink": [{"what": "signature", "block": "one", "vis": 0.9}],
        **changed,
    }


def reading(one: Any = "signed", two: Any = "blank", **changed: Any) -> Reading:
    lines = (LineSeen("one", one, ""), LineSeen("two", two, ""))
    seen = {"payload": "CODE-A", "lines": lines, "fields": (FieldSeen("one", "title", "filled"),), "other_ink": False}
    return Reading("1", **{"kind": "issued", **seen, **changed})


def counted(truth: dict[str, Any], reading: Reading | None) -> dict[str, int]:
    return {name: number for name, number in accuracy.count(truth, reading, IDS).items() if number}


PLAIN = {"pages": 1, "issued": 1, "identified": 1, "blocks": 2, "signed": 1, "blank": 1, "fields": 1, "fields_right": 1}


def test_a_page_that_was_read_right_counts_for_everything_that_is_on_it() -> None:
    assert counted(truth(), reading()) == {**PLAIN, "clean": 1}


def test_a_page_without_a_reading_is_lost() -> None:
    assert counted(truth(), None) == {"pages": 1, "lost": 1, "issued": 1}


def test_wrong_verdicts_are_told_apart() -> None:
    assert counted(truth(), reading("blank", "signed"))["false_signed"] == 1
    assert counted(truth(), reading("blank", "signed"))["false_blank"] == 1
    assert counted(truth(), reading("unsure", "unsure"))["unsure"] == 2
    faint = truth(ink=[{"what": "signature", "block": "one", "vis": 0.2}])
    assert counted(faint, reading("blank")) == {
        **{name: number for name, number in PLAIN.items() if name != "signed"},
        "faded": 1,
        "false_blank_faded": 1,
        "clean": 1,
    }


def test_a_field_counts_once_it_is_decided() -> None:
    wrong = (FieldSeen("one", "title", "blank"),)
    assert "fields_right" not in counted(truth(), reading(fields=wrong))
    assert "fields" not in counted(truth(), reading(fields=(FieldSeen("one", "title", "unsure"),)))


def test_ink_elsewhere_is_asked_of_pages_that_have_it_and_of_clean_ones() -> None:
    stray = truth(ink=[{"what": "stray", "block": None}])
    assert counted(stray, reading(other_ink=True, other_ink_boxes=(Box(0, 0, 1, 1),)))["marked_said"] == 1
    assert "marked_said" not in counted(stray, reading())
    assert counted(truth(), reading(other_ink=True))["clean_said"] == 1
    assert "clean" not in counted(truth(extra=["fold"]), reading())


def test_a_page_that_is_another_is_wrong_and_nothing_else_of_it_counts() -> None:
    assert counted(truth(), reading(payload="CODE-B")) == {"pages": 1, "wrong_page": 1, "issued": 1}
    assert counted(truth(page_kind="foreign", issued_id=None), reading()) == {"pages": 1, "wrong_page": 1}
    assert counted(truth(), reading(kind="cover", payload=None)) == {"pages": 1, "issued": 1, "set_aside": 1}


def test_the_first_candidate_of_a_page_without_its_code_counts() -> None:
    lost = truth(page_kind="code_lost")
    candidates = (Candidate("CODE-A", 0.9, ()), Candidate("CODE-B", 0.5, ()))
    seen = reading(kind="unidentified", payload=None, candidates=candidates)
    assert counted(lost, seen) == {"pages": 1, "code_lost": 1, "offered": 1}
    assert "offered" not in counted(lost, reading(kind="unidentified", payload=None, candidates=candidates[1:]))


def test_a_fax_header_is_right_when_sender_page_and_time_are() -> None:
    printed = truth(fax_header={"from": "2125550126", "page": "2", "received": "2007-09-25T15:27"})
    said = FaxHeader("2125550126", "HOLLOWAY PRICE LLP", 2, "2007-09-25T15:27", "")
    assert counted(printed, reading(fax=said))["headers_right"] == 1
    later = FaxHeader("2125550126", "HOLLOWAY PRICE LLP", 2, "2007-09-25T15:28", "")
    assert "headers_right" not in counted(printed, reading(fax=later))


def test_a_folder_that_is_no_corpus_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"is no corpus: it needs truth\.jsonl and issued/pages\.jsonl\."):
        call_command("bench", "paper", "--corpus", str(tmp_path))


def test_parse_prints_json_alone(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("bench", "parse", "--pages", "10", "--json")
    found = json.loads(capsys.readouterr().out)
    assert (found["parse"]["pages"], found["parse"]["parties"]) == (10, 4)
    call_command("bench", "parse", "--pages", "10")
    assert "Reading an agreement of 10 pages with 4 parties" in capsys.readouterr().out


@pytest.mark.django_db
def test_every_page_is_issued() -> None:
    found = issue.measure(pages=3, times=2)
    assert (found["pages"], SignaturePage.objects.count()) == (3, 12)
    assert {"seconds", "ratio_2x", "seconds_2x"} <= found.keys()


@pytest.mark.django_db
def test_a_crowd_stands_where_it_is_said_to_stand() -> None:
    user = User.objects.create_user("counsel@firm.example")
    agreement = crowd.crowd(user, holders=20, received=60)
    tally = tabulation.tabulate(agreement)
    assert (tally.holders, tally.holders_executed, len(tally.thresholds)) == (20, 11, 3)
    pages = ReceivedPage.objects.filter(agreement=agreement)
    assert (pages.count(), pages.filter(state="set_aside").count(), pages.filter(urgency=7).count()) == (60, 3, 3)
    assert crowd.more_blocks(agreement, 100, 30.0) == SignatureBlock.objects.count() == 84


@pytest.mark.django_db
def test_the_board_is_measured_in_few_queries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "SMALL", 25)
    found = board.measure(holders=40, received=120, blocks=100, requests=1)
    assert (found["holders"], found["received"], found["blocks"]) == (40, 120, 67)
    assert found["queries"] <= 25
    assert found["queue_queries"] <= 25
    assert found["median_ms"] > 0


def test_the_desk_says_what_it_lacks_to_be_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPART_CHROMIUM", "/nowhere/chromium")
    assert desk.missing() == ""
    monkeypatch.delenv("COUNTERPART_CHROMIUM")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError, match="needs Chromium"):
        desk.measure(4)


@pytest.mark.django_db
def test_the_desk_is_measured_on_identified_pages_with_pictures() -> None:
    user = User.objects.create_user("counsel@firm.example")
    agreement = crowd.crowd(user, holders=28, received=28)
    desk.leave_in_queue(agreement, 4)
    waiting = ReceivedPage.objects.filter(agreement=agreement, needs_person=True)
    assert [page.state for page in waiting] == ["matched"] * 4
    assert len({page.upright_id for page in waiting}) == 1
    # Enter accepts them: what the machine saw is of the page that they are, and marked beforehand.
    seen = [[line.verdict for line in look(agreement, page).lines] for page in waiting]
    assert seen == [["signed"]] * 4
