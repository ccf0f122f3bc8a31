"""Which issued page is it? Names are found however badly they were read, and the right page comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from signatures.paper.candidates import Expected, find_names, likeness, plain, rank

PAGES = (
    Expected("A", ("Oak Lane Fund II, LP",), ("R. M. Dunn",), ("Oak Lane Advisers LLC",), "Consent", "K7H 4QM 2XD"),
    Expected("B", ("Oak Lane Fund III, LP",), ("R. M. Dunn",), ("Oak Lane Advisers LLC",), "Consent", "9PW C3T LLA"),
    Expected("C", ("Birch & Sons Income Trust",), ("Ada Quill",), (), "Consent", "44T MNR 8ZQ"),
    Expected("D", ("Birch & Sons Income Trust", "Elm Street Credit Opportunities Master Fund, Ltd."), ("Ada Quill",)),
)


def first(rows: list[str]) -> str | None:
    ranked = rank(rows, find_names(rows, PAGES), PAGES)
    return ranked[0].payload if ranked else None


def slow_likeness(name: str, text: str) -> float:
    """Sellers' table of edit distances, letter by letter."""
    above = [0] * (len(text) + 1)
    for row, letter in enumerate(name, start=1):
        current = [row]
        for column, other in enumerate(text):
            current.append(min(above[column] + (letter != other), above[column + 1] + 1, current[column] + 1))
        above = current
    return 1 - min(above) / len(name)


@given(some.text("ABC", min_size=1, max_size=12), some.text("ABC", max_size=20))
def test_likeness_is_what_the_whole_table_says(name: str, text: str) -> None:
    assert likeness(name, text) == slow_likeness(name, text)


@given(some.text("ABCDEFG", min_size=1, max_size=80), some.text("XYZ", max_size=90), some.text("XYZ", max_size=9))
def test_a_name_that_stands_in_the_text_is_wholly_alike(name: str, before: str, after: str) -> None:
    assert likeness(name, before + name + after) == 1.0


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [("OAKLANE", "BYOAKLANELP", 1.0), ("OAKLANE", "BYOAKIANELP", 6 / 7), ("OAK", "", 0.0), ("", "OAK", 0.0)],
)
def test_likeness(name: str, text: str, expected: float) -> None:
    assert likeness(name, text) == pytest.approx(expected)


def test_plain_makes_alike_what_recognition_confuses() -> None:
    assert plain("Oak & Lane, L.P.") == "OAKANDLANELP"
    assert plain("O0 I1| S5 B8") == "OOIIISSBB"


def test_names_are_found_misread_in_longer_rows_and_over_two_rows() -> None:
    rows = [
        "By: OAK LANF ADVlSERS LLC, its General Partner",
        "ELM STREET CREDIT OPPORTUNlTIES",
        "MASTER FUND, LTD.",
        "Name: Ada Qujll",
    ]
    found = {one.name: one for one in find_names(rows, PAGES)}
    assert set(found) == {"Oak Lane Advisers LLC", "Elm Street Credit Opportunities Master Fund, Ltd.", "Ada Quill"}
    assert found["Elm Street Credit Opportunities Master Fund, Ltd."].rows == (1,)
    assert found["Oak Lane Advisers LLC"].what == "entity"


def test_a_name_is_found_in_every_row_where_it_stands() -> None:
    rows = ["FROM: Birch & Sons Income Trust", "Pages: 2", "Birch & Sons", "Income Trust", "Birch & Sons Income Trust"]
    assert [(one.name, one.rows) for one in find_names(rows, PAGES)] == [("Birch & Sons Income Trust", (0, 2, 4))]


@pytest.mark.parametrize(("row", "payload"), [("OAK LANE FUND II, LP", "A"), ("OAK LANE FUND III, LP", "B")])
def test_of_two_names_alike_the_one_that_was_read_counts(row: str, payload: str) -> None:
    assert [one.name for one in find_names([row], PAGES)] == [PAGES["AB".index(payload)].holders[0]]
    assert first([row]) == payload


def test_a_sheet_of_two_holders_is_told_from_the_sheet_of_one() -> None:
    assert first(["Birch & Sons Income Trust"]) == "C"
    assert first(["Birch & Sons Income Trust", "Elm Street Credit Opportunities Master Fund, Ltd."]) == "D"


def test_the_page_number_outweighs_all_names() -> None:
    rows = ["Oak Lane Fund II, LP", "By: Oak Lane Advisers LLC", "Name: R. M. Dunn", "Page 44T MNR 8ZQ"]
    ranked = rank(rows, find_names(rows, PAGES), PAGES)
    assert [one.payload for one in ranked[:2]] == ["C", "A"]
    assert ranked[0].reasons == ("The page number 44T MNR 8ZQ was read.",)
    assert 0 < ranked[1].score < ranked[0].score < 1


@pytest.mark.parametrize(
    ("read", "score"),
    [("Page K7H 4QM 2XD", 0.95), ("Page KTH 4QM 2XD", 0.76), ("Page KTH AQM 2XD", 0.475), ("Page KTH AQM ZXO", None)],
)
def test_a_page_number_counts_less_the_worse_it_was_read(read: str, score: float | None) -> None:
    ranked = rank([read], [], PAGES)
    assert [(one.payload, one.score) for one in ranked] == ([("A", score)] if score else [])


def test_reasons_say_what_was_read() -> None:
    rows = ["Oak Lane Fund III, LP", "By: Oak Lane Advisers LLC", "Name: R. M. Dunn", "[Signature Page to Consent]"]
    best = rank(rows, find_names(rows, PAGES), PAGES)[0]
    assert best.payload == "B"
    assert best.reasons == (
        "The holder's name Oak Lane Fund III, LP was read.",
        "The signatory's name R. M. Dunn was read.",
        "Oak Lane Advisers LLC from the holder's chain was read.",
        "The title Consent was read.",
    )


def test_a_code_that_was_read_speaks_for_its_page() -> None:
    ranked = rank([], [], PAGES, {"B", "somebody else's"})
    assert [(one.payload, one.score, one.reasons) for one in ranked] == [("B", 0.8, ("A code of this page was read.",))]


@pytest.mark.parametrize("rows", [[], [""], ["Dear Sirs,", "we refer to your letter of May 5."], ["Consent"]])
def test_other_text_proposes_nothing(rows: list[str]) -> None:
    assert rank(rows, find_names(rows, PAGES), PAGES) == ()


def test_nothing_is_proposed_where_nothing_is_expected() -> None:
    assert rank(["Oak Lane Fund II, LP"], find_names(["Oak Lane Fund II, LP"], ()), ()) == ()


@given(some.permutations(PAGES))
def test_the_order_of_the_expected_pages_does_not_matter(pages: list[Expected]) -> None:
    rows = ["Oak Lane Fund II, LP", "Name: R. M. Dunn"]
    ranked = rank(rows, find_names(rows, pages), pages)
    assert [one.payload for one in ranked] == ["A", "B"]
