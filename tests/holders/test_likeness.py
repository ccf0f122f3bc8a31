"""Which names may be one holder: a person is asked about these, and about no others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holders.likeness import Likenesses, look_alike, one_letter_apart

WORDS = st.sampled_from(
    [
        "Cape",
        "Lantern",
        "Harbor",
        "Growth",
        "Value",
        "Opportunity",
        "Master",
        "Offshore",
        "Credit",
        "Partners",
        "Müller",
    ]
)
STEMS = st.lists(WORDS, min_size=2, max_size=4, unique=True).map(" ".join)
ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cape Fund 2 LP", "Cape Fund II, LP"),
        ("CAPE FUND II, L.P.", "Cape Fund II Limited Partnership"),
        ("The Cape Fund II, LP", "Cape Fund II, LP"),
        ("Cape Fund Two, L.P.", "Cape Fund II, LP"),
        ("Cape Fnud II, LP", "Cape Fund II, LP"),
        ("Cape Funds II, LP", "Cape Fund II, LP"),
        ("Cape Fund II", "Cape Fund II, LP"),
        ("Dune Fund, L.P. (f/k/a Cape Fund II, L.P.)", "Cape Fund II, LP"),
        ("Dune Fund, L.P., formerly known as Cape Fund II, L.P.", "Cape Fund II LP"),
        ("J.P. Lantern Securities Inc.", "JP Lantern Securities, Incorporated"),
        ("Smith & Sons LLC", "Smith and Sons, L.L.C."),
    ],
)
def test_names_that_a_person_is_asked_about(one: str, other: str) -> None:
    assert look_alike(one, other)
    assert look_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cape Fund II, LP", "Cape Fund III, LP"),
        ("Cape Fund 1, LP", "Cape Fund 11, LP"),
        ("Cape Fund II, LP", "Cape Fund, LP"),
        ("Cape Fund Series A", "Cape Fund Series B"),
        ("Cape Fund, LP", "Cape Fund, LLC"),
        ("North Pier Fund, L.P.", "South Pier Fund, L.P."),
        ("Cape Fund, LP", "Cape Offshore Fund, LP"),
        ("Cat LLC", "Car LLC"),
        ("2007 Trust", "2008 Trust"),
    ],
)
def test_names_that_are_two_holders(one: str, other: str) -> None:
    assert not look_alike(one, other)
    assert not look_alike(other, one)


@given(STEMS, st.integers(1, 12), st.integers(1, 12), st.booleans(), st.booleans())
def test_numbers_that_differ_are_never_the_same(stem: str, one: int, other: int, roman: bool, roman2: bool) -> None:
    names = [
        f"{stem} Fund {ROMAN[number - 1] if as_roman else number}, L.P."
        for number, as_roman in ((one, roman), (other, roman2))
    ]
    assert look_alike(names[0], names[1]) == (one == other)


@given(STEMS, st.sampled_from(["LP", "L.P.", "Limited Partnership", "limited partnership"]), st.data())
def test_another_case_form_article_or_letter_is_asked_about(stem: str, form: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(stem) - 2))
    typo = stem[:at] + stem[at + 1 :] if stem[at].isalpha() and stem[at - 1].isalpha() else stem
    other = f"The {typo.upper()}, {form}"
    assert look_alike(f"{stem} L.P.", other)
    known = Likenesses()
    known.add(f"{stem} L.P.")
    assert known.of(other) == f"{stem} L.P."


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_one_letter_apart_is_one_edit(one: str, other: str) -> None:
    def edits(text: str) -> set[str]:
        found = {text}
        for at in range(len(text) + 1):
            found |= {text[:at] + char + text[at:] for char in "abc"}
            found.add(text[:at] + text[at + 1 :])
            found |= {text[:at] + char + text[at + 1 :] for char in "abc" if at < len(text)}
            if at + 1 < len(text):
                found.add(text[:at] + text[at + 1] + text[at] + text[at + 2 :])
        return found

    assert one_letter_apart(one, other) == (other in edits(one))
    if len(one) >= 5 and len(other) >= 5:
        known = Likenesses()
        known.add(one)
        assert (known.of(other) == one) == look_alike(one, other)
