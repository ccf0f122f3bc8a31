"""Thresholds of every base: decided exactly, short by the least that meets them, and the shortest way there."""

from __future__ import annotations

import re
from decimal import Decimal
from random import Random

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import assume, given
from hypothesis import strategies as st

from signatures.domain.decisions import revoking
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.domain.tally import tabulation
from signatures.domain.tally.thresholds import (
    ANSWERED,
    EACH,
    HEADS,
    PRINCIPAL,
    WHOLE,
    Measured,
    Position,
    Rule,
    measure,
    shortest_way,
)
from signatures.management.benchmarks.crowd import crowd
from signatures.models import Agreement, SignatureBlock, Threshold, User
from signatures.views.board.summary import _lines
from signatures.views.thresholds import rule_words, verdict

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .screens import text_of

MONEY = st.decimals(min_value=0, max_value=Decimal("999999999.99"), places=2)
POSITIONS = st.lists(
    st.builds(
        Position,
        principal=st.none() | MONEY,
        disregarded=st.booleans(),
        executed=st.booleans(),
        answered=st.booleans(),
        proxy_missing=st.booleans(),
        holders=st.just(1),
    ),
    max_size=8,
)
PERCENTS = st.decimals(min_value=Decimal("0.000001"), max_value=100, places=6)
RULES = st.builds(
    Rule,
    name=st.just("one"),
    clause=st.just(""),
    percent=PERCENTS,
    inclusive=st.booleans(),
    base=st.sampled_from([PRINCIPAL.value, WHOLE.value, ANSWERED.value, HEADS.value]),
) | st.just(Rule("each", "", Decimal(100), True, EACH.value))


def rule(base: Threshold.Base, percent: str = "50", inclusive: bool = False) -> Rule:
    return Rule("majority", "9.02", Decimal(percent), inclusive, base.value)


def position(
    principal: str | None, executed: bool = False, disregarded: bool = False, answered: bool = False
) -> Position:
    return Position(None if principal is None else Decimal(principal), disregarded, executed, answered)


# 5 executed of 20, one of the others disregarded, one of them came in and was not accepted.
FOUR = [position("5", True), position("4", disregarded=True), position("8", answered=True), position("3")]


@pytest.mark.parametrize(
    ("base", "part", "of", "short_by"),
    [
        (PRINCIPAL, 5, 16, "3.01"),
        (WHOLE, 5, 20, "5.01"),
        (ANSWERED, 5, 13, "1.51"),
        (HEADS, 1, 3, "1"),
    ],
)
def test_each_base_counts_what_it_says(base: Threshold.Base, part: int, of: int, short_by: str) -> None:
    found = measure(rule(base), FOUR, Decimal(20))
    assert (found.part, found.base, found.short_by, found.met) == (part, of, Decimal(short_by), False)


def test_each_affected_holder_disregards_nobody_and_forgets_nobody() -> None:
    everyone = rule(EACH, "100", inclusive=True)
    assert measure(everyone, FOUR, Decimal(20)).short_by == 3
    signed = [one._replace(executed=True) for one in FOUR]
    assert measure(everyone, signed, Decimal(20)).met
    unknown = measure(everyone, signed, Decimal(21))
    assert (unknown.met, unknown.short_by, unknown.holder_unknown) == (False, 0, 1)
    assert verdict(unknown, "USD") == "short by the unknown holders of $1"
    assert verdict(unknown, None) == "short by the unknown holders"


def test_who_holds_nothing_has_no_head_and_an_unknown_amount_has_one() -> None:
    found = measure(rule(HEADS), [position("0"), position(None), position("1", True)], None)
    assert (found.part, found.base) == (1, 2)


@pytest.mark.parametrize("base", [PRINCIPAL, WHOLE, ANSWERED, HEADS])
def test_exactly_half_meets_an_inclusive_threshold_and_not_a_strict_one(base: Threshold.Base) -> None:
    positions = [position("7", True), position("7", answered=True)]
    assert measure(rule(base, inclusive=True), positions, Decimal(14)).met
    strict = measure(rule(base), positions, Decimal(14))
    assert (strict.met, strict.short_by) == (False, 1 if base == HEADS else Decimal("0.01"))


def test_amounts_of_twenty_digits_are_held_exactly_against_six_decimals() -> None:
    third, base = rule(PRINCIPAL, "33.333333", inclusive=True), Decimal("300000000000000000.00")
    exactly = base * Decimal("0.33333333")
    assert measure(third, [Position(exactly, False, True)], base).met
    below = measure(third, [Position(exactly - Decimal("0.01"), False, True)], base)
    assert (below.met, below.short_by) == (False, Decimal("0.01"))


@pytest.mark.parametrize("base", Threshold.Base)
def test_on_a_base_of_zero_nothing_is_met_and_nothing_leads_there(base: Threshold.Base) -> None:
    found = measure(rule(base, "100", inclusive=True), [], None)
    assert not found.met
    assert shortest_way(found, []) is None


@given(POSITIONS, RULES, st.randoms(use_true_random=False), st.none() | MONEY)
def test_the_order_never_changes_what_is_met(
    positions: list[Position], one: Rule, random: Random, outstanding: Decimal | None
) -> None:
    shuffled = list(positions)
    random.shuffle(shuffled)
    assert measure(one, positions, outstanding) == measure(one, shuffled, outstanding)


@given(POSITIONS, RULES, st.none() | MONEY)
def test_nothing_executed_nothing_met(positions: list[Position], one: Rule, outstanding: Decimal | None) -> None:
    found = measure(one, [each._replace(executed=False) for each in positions], outstanding)
    assert (found.part, found.met) == (0, False)


@given(POSITIONS, RULES, st.none() | MONEY)
def test_a_missing_proxy_is_as_good_as_no_signature(
    positions: list[Position], one: Rule, outstanding: Decimal | None
) -> None:
    unsigned = [each._replace(executed=each.counts, answered=each.answered or each.executed) for each in positions]
    assert measure(one, positions, outstanding) == measure(one, unsigned, outstanding)


@given(POSITIONS, RULES, st.none() | MONEY)
def test_short_by_is_the_least_that_meets(positions: list[Position], one: Rule, outstanding: Decimal | None) -> None:
    found = measure(one, positions, outstanding)
    assume(not found.met and found.base and not found.holder_unknown)
    quantum = Decimal(1) if one.of_holders else Decimal("0.01")

    def meets(part: Decimal) -> bool:
        left, right = part * 100, one.percent * found.base
        return left >= right if one.inclusive else left > right

    assert meets(found.part + found.short_by)
    assert not meets(found.part + found.short_by - quantum)


@given(POSITIONS, RULES, st.none() | MONEY)
def test_the_shortest_way_leads_there_and_no_shorter_one_does(
    positions: list[Position], one: Rule, outstanding: Decimal | None
) -> None:
    found = measure(one, positions, outstanding)
    waiting = [(str(at), each, str(at)) for at, each in enumerate(positions) if not each.counts]
    chosen = shortest_way(found, waiting)

    def with_signatures(names: set[str]) -> Measured:
        signed = [
            each._replace(executed=True, proxy_missing=False) if str(at) in names else each
            for at, each in enumerate(positions)
        ]
        return measure(one, signed, outstanding)

    if chosen is None:
        assert found.met or not with_signatures({name for name, *_ in waiting}).met or not found.base
        return
    assert with_signatures(set(chosen)).met
    for left_out in chosen:
        assert not with_signatures(set(chosen) - {left_out}).met


def test_the_shortest_way_takes_the_largest_holders_first() -> None:
    positions = [position("40", True), position("25"), position("20"), position("15")]
    waiting = [(f"{one.principal}", one, f"{one.principal}") for one in positions if not one.executed]
    assert shortest_way(measure(rule(PRINCIPAL), positions, None), waiting) == ["25"]


def test_who_has_answered_brings_more_than_who_lifts_the_base_too() -> None:
    positions = [position("10", answered=True), position("2", answered=True), position("8")]
    waiting = [(f"{one.principal}", one, f"{one.principal}") for one in positions]
    assert shortest_way(measure(rule(ANSWERED), positions, None), waiting) == ["10"]
    assert shortest_way(measure(rule(ANSWERED, inclusive=True), positions, None), waiting[1:]) == ["8", "2"]


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (rule(PRINCIPAL), "more than 50 % of principal outstanding, disregarded notes left out"),
        (rule(HEADS, "66.666667", True), "at least 66.666667 % of the holders by number"),
        (rule(EACH, "100", True), "every affected holder"),
    ],
)
def test_a_rule_in_words(one: Rule, said: str) -> None:
    assert rule_words(one) == said


def test_verdicts_tell_no_amount_without_a_currency() -> None:
    assert verdict(measure(rule(WHOLE), FOUR, Decimal(20)), "USD") == "short by $5.01 (25.1 %)"
    assert verdict(measure(rule(WHOLE), FOUR, Decimal(20)), None) == "not met yet"
    assert verdict(measure(rule(HEADS, "100", True), FOUR, Decimal(20)), None) == "short by 2 holders"
    assert verdict(measure(rule(ANSWERED), [position("5")], None), "USD") == "nobody has answered yet"


@pytest.mark.django_db
def test_each_affected_holder_is_entered_as_all_of_them(agreement: Agreement) -> None:
    assert tabulation.set_threshold(agreement, "payment terms", Decimal(1), base=EACH, clause="§ 6.07", actor=None)
    assert not tabulation.set_threshold(agreement, "payment terms", Decimal(2), base=EACH, clause="§ 6.07", actor=None)
    row = Threshold.objects.get()
    assert (row.percent, row.inclusive) == (100, True)
    with pytest.raises(IntegrityError, match="each_affected_holder_is_everyone"), transaction.atomic():
        Threshold.objects.filter(pk=row.pk).update(inclusive=False)
    with pytest.raises(IntegrityError, match="threshold_base_is_known"), transaction.atomic():
        Threshold.objects.filter(pk=row.pk).update(base="moon")
    with pytest.raises(Refused, match="principal, whole, answered, heads, each"):
        tabulation.set_threshold(agreement, "x", Decimal(50), base="moon", actor=None)


@pytest.mark.django_db
def test_the_board_says_thresholds_of_other_bases_in_rows_of_text(
    collection: Collection, client: Client, counsel: User, viewer: User
) -> None:
    agreement = collection.agreement
    tabulation.set_threshold(agreement, "heads", Decimal(50), base=HEADS, clause="§ 9.03", actor=None)
    tabulation.set_threshold(agreement, "answers", Decimal(50), base=ANSWERED, actor=None)
    tabulation.set_threshold(agreement, "terms", Decimal(50), base=EACH, actor=None)
    agreements.accept_certain_from_now(agreement, counsel, on=True)
    collection.send(collection.scan(SOUTH))
    client.force_login(counsel)
    shown = text_of(client.get(reverse("board", args=[agreement.slug])))
    assert "heads , § 9.03: more than 50 % of the holders by number short by 1 holder" in shown
    assert "answers : more than 50 % of the principal of those who answered met" in shown
    assert "terms : every affected holder short by 2 holders" in shown
    assert "Shortest way to heads: Lantern Capital LLC (outstanding)" in shown
    assert "Missing for terms: Lantern Capital LLC (outstanding) and North Pier Fund, L.P. (outstanding)" in shown
    assert "heads short by 1 holder" in text_of(client.get("/"))
    tabulated = text_of(client.get(reverse("tabulation", args=[agreement.slug])))
    assert "more than 50 % of the holders by number short by 1 holder" in tabulated
    client.force_login(viewer)
    shown = text_of(client.get(reverse("board", args=[agreement.slug])))
    assert "terms : every affected holder short by 2 holders" in shown
    assert "answers met" in shown


@pytest.mark.django_db
def test_a_threshold_is_entered_with_its_base_on_the_screen_and_by_command(
    agreement: Agreement, client: Client, counsel: User
) -> None:
    client.force_login(counsel)
    address = reverse("threshold_set", args=[agreement.slug])
    assert client.post(address, {"name": "terms", "base": "each"}).status_code == 302
    refused = client.post(address, {"name": "heads", "base": "heads"})
    assert refused.status_code == 422
    assert "Say which percentage" in text_of(refused)
    call_command("set_threshold", agreement.slug, "heads", "66.666667", "--inclusive", "--base", "heads")
    assert set(Threshold.objects.values_list("name", "percent", "inclusive", "base")) == {
        ("terms", Decimal(100), True, "each"),
        ("heads", Decimal("66.666667"), True, "heads"),
    }
    assert "at least 66.666667 % of the holders by number" in text_of(
        client.get(reverse("settings", args=[agreement.slug]))
    )


@pytest.mark.django_db
def test_who_revokes_is_missing_where_everyone_must_sign(collection: Collection, client: Client, counsel: User) -> None:
    agreement = collection.agreement
    tabulation.set_threshold(agreement, "terms", Decimal(100), base=EACH, actor=None)
    agreements.accept_certain_from_now(agreement, counsel, on=True)
    for holder in (NORTH, SOUTH, LANTERN):
        collection.send(collection.scan(holder))
    assert tabulation.tabulate(agreement).thresholds[0].met
    revoking.revoke(SignatureBlock.objects.get(entity=NORTH), counsel, "by letter")
    found = tabulation.tabulate(agreement).thresholds[0]
    assert (found.met, found.short_by) == (False, 1)
    client.force_login(counsel)
    shown = text_of(client.get(reverse("board", args=[agreement.slug])))
    assert f"Missing for terms: {NORTH} (revoked)." in shown


def test_the_nearest_threshold_is_told_first_and_how_many_it_takes(counsel: User, client: Client) -> None:
    made = crowd(counsel, 20, 20)
    tabulation.set_threshold(made, "heads", Decimal(70), base=HEADS, actor=counsel)
    client.force_login(counsel)
    shown = client.get(reverse("board", args=[made.slug])).content.decode()
    told = r'class="way">(?:<summary><span>)?(?:Shortest way to|Missing for) ([^,:<]*)(?:, <strong>(\d+) h)?'
    ways = re.findall(told, shown)
    assert [name for name, _ in ways][-1] == "Three quarters"
    counts = [int(count or 0) for _, count in ways]
    assert counts == sorted(counts) and counts[-1] > 3
    assert shown.count('<details class="way">') == sum(count > 3 for count in counts[1:]) > 0


@pytest.mark.parametrize(
    ("percents", "words"),
    [
        ([], []),
        (["90"], [("90 %", "start")]),
        (["75", "66.666667", "50"], [("50 %", "start"), ("66.67 %", "start"), ("75 %", "end")]),
        (["50", "51", "52"], [("50 %", "start"), ("51 %", "end"), ("", "start")]),
    ],
)
def test_the_words_of_the_curves_lines_never_collide(percents: list[str], words: list[tuple[str, str]]) -> None:
    rules = [Rule(one, "", Decimal(one), inclusive=False) for one in percents]
    lines = _lines([Measured(rule, False, Decimal(1), Decimal(1), Decimal(2)) for rule in rules])
    assert [(one["words"], one["anchor"]) for one in lines] == words
