"""Names, chains and amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holders.names import fold, other_currency, read_amount, read_chain, write_chain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CAPE FUND II, LP", "Cape Fund II, L.P."),
        ("Smith & Sons", "SMITH AND SONS"),
        ("Société Générale", "SOCIETE GENERALE"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_different_funds_do_not_fold_alike() -> None:
    assert fold("Cape Fund, LP") != fold("Cape Fund II, LP")


def test_a_chain_is_read_outermost_first() -> None:
    assert read_chain("Sandler Capital Management, its Investment Manager > Serf Corp, a general partner") == [
        ("Sandler Capital Management", "Investment Manager"),
        ("Serf Corp", "general partner"),
    ]


def test_a_link_without_capacity_keeps_its_entity_whole() -> None:
    assert read_chain("Cape Investments, LLC") == [("Cape Investments, LLC", "")]


def test_a_chain_is_written_as_it_is_read() -> None:
    links = [("Cape Investments, LLC", "General Partner"), ("Serf Corp", "")]
    assert read_chain(write_chain(links)) == links


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("", None),
        ("-", None),
        ("2000000", "2000000.00"),
        ("$2,000,000", "2000000.00"),
        ("2,000,000.50", "2000000.50"),
        ("2.000.000,50", "2000000.50"),
        ("USD 2 000 000", "2000000.00"),
        ("2'000'000", "2000000.00"),
        ("1.5 million", "1500000.00"),
        ("1.5mm", "1500000.00"),
        ("250k", "250000.00"),
        ("0", "0.00"),
    ],
)
def test_amounts_in_common_forms_are_exact(text: str, amount: str | None) -> None:
    assert read_amount(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize("text", ["two million", "1,2,3", "12.345", "1.234", "-5", "1e9", "5%", "1,000 or so"])
def test_what_is_not_plainly_one_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an amount|more than two decimals"):
        read_amount(text)


@pytest.mark.parametrize(
    ("text", "currency", "other"),
    [
        ("EUR 5", "USD", "EUR"),
        ("5 €", "USD", "EUR"),
        ("US$5", "CAD", "USD"),
        ("$5", "CAD", ""),
        ("$5", "EUR", "$"),
        ("usd5", "USD", ""),
        ("Principal (GBP)", "USD", "GBP"),
        ("Europe", "USD", ""),
        ("5", "EUR", ""),
    ],
)
def test_a_currency_that_cannot_be_that_of_the_notes_is_named(text: str, currency: str, other: str) -> None:
    assert other_currency(text, currency) == other


@given(st.decimals(min_value=0, max_value=Decimal("99999999999.99"), places=2))
def test_an_amount_with_separators_reads_back(amount: Decimal) -> None:
    assert read_amount(f"${amount:,.2f}") == amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,000,000.00", "1000000.00"),
        ("$1.5m", "1500000.00"),
        ("1.000.000,00", "1000000.00"),
        ("5MM", "5000000.00"),
        ("$ 5 mm", "5000000.00"),
        ("USD 2.25 Mio.", "2250000.00"),
        ("1'000'000.50", "1000000.50"),
        ("1 000 000,50", "1000000.50"),
        ("250k", "250000.00"),
        ("$5,000,000.-", "5000000.00"),
        ("1,000", "1000.00"),
    ],
)
def test_amounts_in_the_forms_that_people_use(text: str, amount: str) -> None:
    assert read_amount(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["(1,000)", "-5", "1.000", "1,00,000", "12 or so", "5,5,5", "1.005", "$", "1.5.2", "1e6", "NaN", "½"]
)
def test_what_is_not_one_amount_for_certain_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        read_amount(text)


@given(st.integers(0, 10**17), st.integers(0, 99), st.sampled_from(["", "$", "USD ", "€"]))
def test_an_amount_written_in_any_form_is_read_exactly(whole: int, cents: int, before: str) -> None:
    exact = Decimal(whole) + Decimal(cents) / 100
    english = f"{exact:,.2f}"
    swapped = english.translate(str.maketrans(",.", ".,"))
    for text in (english, swapped, english.replace(",", "'"), english.replace(",", ""), english.replace(",", "\u00a0")):
        assert read_amount(before + text) == exact


@given(st.integers(0, 10**9), st.sampled_from(["m", "M", "MM", " million", " mio", "mn"]))
def test_millions_are_multiplied_exactly(thousandths: int, unit: str) -> None:
    # As 12.3450m and never as 12.345m: three digits after a point may be thousands.
    assert read_amount(f"{thousandths // 1000}.{thousandths % 1000:03d}0{unit}") == Decimal(thousandths) * 1000


NAME = st.text("ABs ,.>-&'é", min_size=1, max_size=14).map(lambda text: " ".join(text.split())).filter(fold)


@given(st.lists(st.tuples(NAME, st.one_of(st.just(""), NAME, st.just("a general partner"))), max_size=4))
def test_any_chain_that_is_written_is_read_back(links: list[tuple[str, str]]) -> None:
    assert read_chain(write_chain(links)) == links


@given(NAME, NAME)
def test_a_name_that_reads_like_a_capacity_keeps_its_words(name: str, capacity: str) -> None:
    links = [(f"{name}, a Delaware company", capacity), (f"{name} > {capacity}, as agent", "")]
    assert read_chain(write_chain(links)) == links
