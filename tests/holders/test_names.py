"""Names, chains and amounts as people write them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holders.names import fold, read_amount, read_chain, write_chain


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


@given(st.decimals(min_value=0, max_value=Decimal("99999999999.99"), places=2))
def test_an_amount_with_separators_reads_back(amount: Decimal) -> None:
    assert read_amount(f"${amount:,.2f}") == amount
