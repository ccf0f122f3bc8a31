"""What is certain: signed, read by its code, nothing missing, nothing else written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.domain.counterparts.certainty import BlockOnPage, Question, is_certain, question, verdict
from signatures.paper.reading import FieldSeen, LineSeen, Reading

BLOCK = BlockOnPage(1, "Cape Fund, LP", ("b1",), ("b1",))
TWO_LINES = BlockOnPage(2, "Cape Fund II, LP", ("b2-1", "b2-2"), ("b2-1", "b2-2"))
SIGNED = Reading(engine="test", kind="issued", method="code", lines=(LineSeen("b1", "signed", ""),), other_ink=False)


def test_a_plain_signature_is_certain() -> None:
    assert is_certain(SIGNED, BLOCK, [], is_current=True)


@pytest.mark.parametrize(
    "reading",
    [
        replace(SIGNED, lines=(LineSeen("b1", "unsure", "faint"),)),
        replace(SIGNED, lines=(LineSeen("b1", "blank", ""),)),
        replace(SIGNED, lines=()),
        replace(SIGNED, other_ink=True),
        replace(SIGNED, other_ink=None),
        replace(SIGNED, method="layout"),
        replace(SIGNED, kind="unidentified"),
        replace(SIGNED, electronic_signature="Signed with an e-signing service"),
    ],
)
def test_everything_less_is_not_certain(reading: Reading) -> None:
    assert not is_certain(reading, BLOCK, [], is_current=True)


def test_a_superseded_version_is_not_certain() -> None:
    assert not is_certain(SIGNED, BLOCK, [], is_current=False)


@pytest.mark.parametrize(("seen", "certain"), [("filled", True), ("blank", False), ("unsure", False)])
def test_a_required_particular_must_be_filled(seen: str, certain: bool) -> None:
    reading = replace(SIGNED, fields=(FieldSeen("b1", "title", seen),))  # type: ignore[arg-type]
    assert is_certain(reading, BLOCK, ["title"], is_current=True) is certain
    assert is_certain(reading, BLOCK, [], is_current=True)


def test_two_lines_are_one_block() -> None:
    half = replace(SIGNED, lines=(LineSeen("b2-1", "signed", ""), LineSeen("b2-2", "blank", "")))
    assert verdict(half, TWO_LINES) == "unsure"
    assert (
        verdict(replace(half, lines=tuple(replace(line, verdict="signed") for line in half.lines)), TWO_LINES)
        == "signed"
    )


@given(st.sampled_from(["signed", "blank", "unsure"]), st.sampled_from([True, False, None]), st.booleans())
def test_nothing_is_certain_unless_it_is_signed_and_clean(said: str, other_ink: bool | None, is_current: bool) -> None:
    reading = replace(SIGNED, lines=(LineSeen("b1", said, ""),), other_ink=other_ink)  # type: ignore[arg-type]
    assert is_certain(reading, BLOCK, [], is_current) == (said == "signed" and other_ink is False and is_current)


def test_the_question_names_what_is_left_blank() -> None:
    reading = replace(SIGNED, fields=(FieldSeen("b1", "title", "blank"),))
    assert question(reading, (BLOCK,), []).sentence == "Signed, title left blank"


def test_a_change_by_hand_comes_before_everything_else() -> None:
    assert question(replace(SIGNED, other_ink=True), (BLOCK,), []).urgency == 2


def test_a_page_that_counts_no_more_is_never_called_signed_where_nothing_is() -> None:
    stale = "This page was replaced on May 1, 2026 because: Name"
    assert question(SIGNED, (BLOCK,), [], stale) == Question(6, stale)
    blank = replace(SIGNED, lines=(LineSeen("b1", "blank", ""),))
    assert question(blank, (BLOCK,), [], stale) == Question(4, f"No ink on the signature line. {stale}")
