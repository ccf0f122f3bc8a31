"""The text of a page's codes: what is written is read, and nothing that was changed is."""

from __future__ import annotations

from itertools import combinations
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from signatures.paper.code import (
    ALPHABET,
    CORNERS,
    CodeText,
    new_key,
    page_number,
    parse_page_number,
    parse_payload,
    payload,
)

Corner = Literal["A", "B"]
keys = some.text(ALPHABET, min_size=9, max_size=9)
corners = some.sampled_from(CORNERS)


def test_a_known_payload() -> None:
    """A changed check would orphan every page that was ever printed."""
    assert (payload("K7H4QM2XD", "A"), payload("K7H4QM2XD", "B")) == ("CPK7H4QM2XDAPFS6", "CPK7H4QM2XDBVD3P")


@given(keys, corners)
def test_what_is_written_is_read(key: str, corner: Corner) -> None:
    text = payload(key, corner)
    assert len(text) == 16
    assert set(text) <= set(ALPHABET)
    assert parse_payload(text) == CodeText(key, corner)


@settings(max_examples=3)
@given(keys, corners)
def test_every_change_of_one_or_two_characters_is_refused(key: str, corner: Corner) -> None:
    text = payload(key, corner)
    alphanumeric = ALPHABET + "01IO"
    for place in range(16):
        for symbol in alphanumeric.replace(text[place], ""):
            assert parse_payload(text[:place] + symbol + text[place + 1 :]) is None
    for first, second in combinations(range(16), 2):
        for one in ALPHABET.replace(text[first], "")[::3]:
            for other in ALPHABET.replace(text[second], "")[::3]:
                changed = list(text)
                changed[first], changed[second] = one, other
                assert parse_payload("".join(changed)) is None


@given(keys, corners, some.dictionaries(some.integers(0, 15), some.sampled_from(ALPHABET), min_size=1, max_size=4))
def test_a_change_of_up_to_four_characters_is_refused(key: str, corner: Corner, changes: dict[int, str]) -> None:
    text = list(payload(key, corner))
    changed = [changes.get(place, symbol) for place, symbol in enumerate(text)]
    assert changed == text or parse_payload("".join(changed)) is None


@given(some.text(max_size=20))
def test_other_texts_are_refused(text: str) -> None:
    assert parse_payload(text) is None


@pytest.mark.parametrize("text", ["", "CP", "CPK7H4QM2XDA", "https://www.example.com", "cpk7h4qm2xdaaaaa"])
def test_texts_that_are_no_payload(text: str) -> None:
    assert parse_payload(text) is None


def test_two_swapped_characters_are_refused() -> None:
    text = payload("ABCDEFGHJ", "A")
    for place in range(15):
        if text[place] != text[place + 1]:
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            assert parse_payload(swapped) is None


def test_keys_come_from_random_bytes() -> None:
    assert new_key(bytes(range(9))) == "ABCDEFGHJ"
    assert len({new_key() for _ in range(100)}) == 100
    with pytest.raises(ValueError, match="9 random bytes, and 3"):
        new_key(b"abc")


@pytest.mark.parametrize("key", ["", "K7H4QM2X", "K7H4QM2X0", "k7h4qm2xd"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not a page key"):
        payload(key)
    with pytest.raises(ValueError, match="not a page key"):
        page_number(key)


@given(keys)
def test_a_typed_number_is_the_key(key: str) -> None:
    number = page_number(key)
    assert number == f"{key[:3]} {key[3:6]} {key[6:]}"
    assert parse_page_number(number) == key
    assert parse_page_number(f"  {number.lower().replace(' ', '-')}\n") == key
    assert parse_page_number(key) == key


@pytest.mark.parametrize("text", ["", "K7H 4QM", "K7H 4QM 2X0", "K7H 4QM 2XDD", "Page K7H 4QM 2XD"])
def test_what_is_no_number(text: str) -> None:
    assert parse_page_number(text) is None
