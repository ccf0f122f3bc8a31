"""The rows of the board as the database chooses, orders and counts them, held against rows that are read one by one."""

from __future__ import annotations

from decimal import Decimal

import pytest

from holders.models import Holding, Party, Signatory
from signatures.domain.queries import board, listing
from signatures.domain.queries.board import Standing
from signatures.domain.tally import proxies, tabulation
from signatures.management.benchmarks.crowd import crowd
from signatures.models import Agreement, SignatureBlock, Threshold, User

pytestmark = pytest.mark.django_db
HOLDERS = 60
ALL = slice(0, HOLDERS)


@pytest.fixture
def crowded(counsel: User) -> Agreement:
    """Sixty holders in every state: some disregarded, one of no principal, one of unknown, half beneficial owners."""
    made = crowd(counsel, HOLDERS, 2 * HOLDERS)
    held = Holding.objects.filter(notes=made.notes).order_by("holder")
    every = list(held.values_list("pk", flat=True))
    held.filter(pk__in=every[::7]).update(disregarded=True, disregarded_reason="held by an affiliate")
    held.filter(pk=every[1]).update(principal=None)
    held.filter(pk=every[2]).update(principal=0)
    Party.objects.filter(role="holder", pk__in=held.filter(pk__in=every[::2]).values("holder")).update(through="Cede")
    proxies.switch(made, counsel, on=True)
    signed = SignatureBlock.objects.filter(version__agreement=made, state="executed").order_by("pk")
    proxies.record(signed.filter(party__through="Cede")[0], counsel, "omnibus proxy")
    released = signed.reverse()[0]
    SignatureBlock.objects.filter(pk=released.pk).update(state="released")
    return made


def rows_of(agreement: Agreement) -> list[Standing]:
    return [row for row in board.standings(agreement) if row.is_holder]


def is_shown(row: Standing, show: str) -> bool:
    if show in ("", "original", "proxy"):
        return {"": True, "original": row.original_to_follow, "proxy": row.proxy_missing}[show]
    if show == "todo":
        return row.state in ("outstanding", "in review", "defective") or row.proxy_missing
    if show == "executed":
        return row.state in ("executed", "released") and not row.proxy_missing
    return row.state == {"review": "in review"}.get(show, show)


@pytest.mark.parametrize("show", ["", "todo", "outstanding", "review", "defective", "executed", "original", "proxy"])
def test_a_filter_shows_what_its_count_says(crowded: Agreement, show: str) -> None:
    wanted = [row for row in rows_of(crowded) if is_shown(row, show)]
    listed = [row for row, _ in listing.holders(crowded, ALL, show=show, order="document")]
    assert listed == wanted
    counted = [one for one in listing.alike(crowded) if one.is_holder and one.is_in(show)]
    assert sum(one.parties for one in counted) == len(wanted) > 0


@pytest.mark.parametrize("amounts", [True, False])
@pytest.mark.parametrize("order", ["step", "principal", "name", "document"])
def test_the_order_is_that_of_the_rows_one_by_one(crowded: Agreement, order: str, amounts: bool) -> None:
    listed = [row for row, _ in listing.holders(crowded, ALL, order=order, amounts=amounts)]
    wanted = board.in_order(rows_of(crowded), order, amounts)
    if order == "principal" and not amounts:
        wanted = board.in_order(wanted, "name", amounts)
    assert [row.block for row in listed] == [row.block for row in wanted]
    part = listing.holders(crowded, slice(10, 25), order=order, amounts=amounts)
    assert [row for row, _ in part] == listed[10:25]


def test_the_board_tallies_what_tabulation_does(crowded: Agreement) -> None:
    for name, base in (("half", "principal"), ("whole", "whole"), ("heads", "heads"), ("answers", "answered")):
        tabulation.set_threshold(crowded, name, Decimal(60), base=base, actor=None)
    tabulation.set_threshold(crowded, "each", Decimal(100), base=Threshold.Base.EACH, actor=None)
    holders = [one.position for one in listing.alike(crowded) if one.is_holder]
    assert tabulation.tally_of(crowded, holders, None) == tabulation.tabulate(crowded)


def test_who_is_missing_is_everybody_that_does_not_count(crowded: Agreement) -> None:
    rows = {row.block: row for row in rows_of(crowded) if not row.position_in_tally.counts}
    missing = listing.missing(crowded)
    assert {row.block for row in missing} == set(rows)
    told = [(row.entity, row.position_in_tally) for row in missing]
    assert told == [(rows[row.block].entity, rows[row.block].position_in_tally) for row in missing]
    amounts = [row.principal or 0 for row in missing]
    assert amounts == sorted(amounts, reverse=True)


def test_who_issued_and_guarantees_stands_apart(crowded: Agreement) -> None:
    assert listing.others(crowded) == [row for row in board.standings(crowded) if not row.is_holder]


def test_rows_are_put_together_by_family_counsel_and_signatory(crowded: Agreement) -> None:
    rows = rows_of(crowded)
    Party.objects.filter(role="holder").update(family="")
    Party.objects.filter(pk=rows[40].party).update(family="Alder Funds")
    Signatory.objects.filter(lines__block=rows[50].block).update(send_to="Birch & Low LLP, low@birch.example")
    by_family = listing.holders(crowded, ALL, group="family", order="document")
    by_counsel = listing.holders(crowded, ALL, group="counsel", order="document")
    assert [(row.block, group.name) for row, group in by_family if group.name] == [(rows[40].block, "Alder Funds")]
    assert by_family[0][0].block == rows[40].block
    counsel = "Birch & Low LLP, low@birch.example"
    assert [group.name for _, group in by_counsel].count(counsel) == 2
    assert {group.name for _, group in by_counsel[:2]} == {counsel}
    by_signatory = [group.name for _, group in listing.holders(crowded, ALL, group="signatory")]
    assert by_signatory == sorted(by_signatory, key=str.lower)


@pytest.mark.parametrize("show", ["", "executed", "defective"])
def test_a_group_is_summed_up_over_all_its_rows_and_not_those_of_the_screen_alone(
    crowded: Agreement, show: str
) -> None:
    rows = [row for row in rows_of(crowded) if is_shown(row, show)]
    counted = [row for row in rows if is_shown(row, "executed")]
    Party.objects.filter(role="holder").update(family="Alder Funds")
    ((_, group),) = listing.holders(crowded, slice(0, 1), show=show, group="family")

    def principal(of: list[Standing]) -> Decimal | None:
        known = [row.principal for row in of if row.principal is not None and not row.disregarded]
        return sum(known, Decimal(0)) if known else None

    assert group == ("Alder Funds", len(rows), len(counted), principal(rows), principal(counted))


def test_what_a_search_found_is_counted_apart(crowded: Agreement) -> None:
    found = {row.block for row in rows_of(crowded)[:9]}
    counted = listing.alike(crowded, found)
    assert sum(one.parties for one in counted if one.is_found) == 9
    assert sum(one.parties for one in counted) == HOLDERS + 1
    assert {row.block for row, _ in listing.holders(crowded, ALL, blocks=found)} == found
    assert listing.others(crowded, found) == []
