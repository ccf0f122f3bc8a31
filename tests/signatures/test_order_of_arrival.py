"""Whatever the order in which pages come in, and however often: what is accepted is what counts, for every base."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from holders.models import Holding, Party
from signatures.domain import files
from signatures.domain.counterparts import intake, matching, reading
from signatures.domain.decisions import review, revoking
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.domain.pages import joinder
from signatures.domain.queries.tabulated import tabulated
from signatures.domain.register import parties
from signatures.domain.tally import proxies, tabulation
from signatures.models import Agreement, ReceivedPage, SignatureBlock, StoredFile, Threshold
from signatures.paper import returns
from signatures.paper.reader import PageCount, read_file
from signatures.paper.reading import PageResult

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db
EACH_ONCE = hypothesis_settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Read = tuple[bytes, PageResult]
# Places in what `read` returns, and the proxy's arrival.
PROXY = -1
ARRIVALS = st.lists(st.sampled_from([0, 1, 2, 3, 4, PROXY]), max_size=5)


SIGNED_BY = {NORTH: {0, 1}, SOUTH: {0, 2}, LANTERN: {3, 4}}


def block_of(entity: str) -> SignatureBlock:
    return SignatureBlock.objects.select_related("version").get(entity=entity)


@pytest.fixture
def read(shared_sheet: Collection) -> list[Read]:
    """Five files with what is seen on their page: the funds' sheet with both, one or the other signature, Lantern's as
    a scan, and by fax. They are read here once, and come in as often as one likes.
    """
    agreement = shared_sheet.agreement
    for base in Threshold.Base:
        tabulation.set_threshold(agreement, base, Decimal(50), base=base, actor=None)
    Party.objects.filter(name=SOUTH).update(through="Cede & Co.")
    both = {NORTH, SOUTH}
    sheets = [shared_sheet.sheet(NORTH, signs=signs) for signs in (both, {NORTH}, {SOUTH})]
    lantern = shared_sheet.sheet(LANTERN)
    contents = [returns.as_scan([one]) for one in (*sheets, lantern)]
    contents.append(returns.as_fax([lantern], None, fine=True))
    found = []
    for content in contents:
        with transaction.atomic():
            path = files.path_of(files.keep(content, "application/octet-stream").pk)
            results = [one for one in read_file(path, matching.issued_for_code) if not isinstance(one, PageCount)]
            transaction.set_rollback(True)
        found.append((content, results[0]))
    assert not StoredFile.objects.filter(size=len(contents[0])).exists()
    return found


def arrive(collection: Collection, read: Sequence[Read], what: int) -> None:
    """Let a file come in and record what was seen on it, or the proxy of South's participant."""
    if what == PROXY:
        proxies.record(SignatureBlock.objects.get(entity=SOUTH), collection.counsel, "a letter")
        return
    content, result = read[what]
    submission = intake.receive(content, "page.pdf", "scan", agreement=collection.agreement)
    reading._expect(submission, 1)
    reading.record(submission, result)


def accept_all(collection: Collection) -> None:
    for page in ReceivedPage.objects.filter(settled_at=None).order_by("pk"):
        seen = review.current_reading(page)
        signed = frozenset(line.id for line in seen.lines if line.verdict == "signed")
        with contextlib.suppress(Refused):
            review.accept(page, collection.counsel, review.Decision(signed))


def tally_after(
    collection: Collection, read: Sequence[Read], arrivals: Sequence[int], finish: Callable[[], None], *, rule: bool
) -> tabulation.Tally:
    """Return the tally after these arrivals, in a transaction that is rolled back."""
    agreement = Agreement.objects.get(pk=collection.agreement.pk)
    with transaction.atomic():
        agreements.accept_certain_from_now(agreement, collection.counsel, on=rule)
        for one in arrivals:
            arrive(collection, read, one)
        finish()
        found = tabulation.tabulate(agreement)
        told = tabulated(agreement)
        assert told.tally == found
        assert sum(line.counted for line in told.lines) == found.executed
        transaction.set_rollback(True)
    return found


def set_up(collection: Collection, disregarded: str | None, *, consent: bool) -> None:
    """Start an example: who is disregarded, and whether proxies are asked for."""
    proxies.switch(collection.agreement, collection.counsel, on=consent)
    for holding in Holding.objects.filter(closed_at=None).select_related("holder", "notes"):
        leave_out = holding.holder.name == disregarded
        reason = "held by an affiliate" if leave_out else ""
        parties.set_holding(holding.holder, holding.notes, holding.principal, disregarded=leave_out, reason=reason)


@EACH_ONCE
@given(
    arrivals=ARRIVALS,
    random=st.randoms(use_true_random=False),
    disregarded=st.sampled_from([None, NORTH, LANTERN]),
    consent=st.booleans(),
    rule=st.booleans(),
)
def test_the_order_of_arrival_never_changes_the_tally_and_a_duplicate_never_counts_twice(
    shared_sheet: Collection,
    read: list[Read],
    arrivals: list[int],
    random: Random,
    disregarded: str | None,
    consent: bool,
    rule: bool,
) -> None:
    set_up(shared_sheet, disregarded, consent=consent)
    otherwise, once = list(arrivals), list(dict.fromkeys(arrivals))
    random.shuffle(otherwise)

    def finish() -> None:
        accept_all(shared_sheet)

    found = tally_after(shared_sheet, read, arrivals, finish, rule=rule)
    assert tally_after(shared_sheet, read, otherwise, finish, rule=rule) == found
    assert tally_after(shared_sheet, read, once, finish, rule=rule) == found
    signed: set[str] = set()
    signed |= {NORTH} if {0, 1} & set(arrivals) else set()
    signed |= {SOUTH} if {0, 2} & set(arrivals) and (not consent or PROXY in arrivals) else set()
    signed |= {LANTERN} if {3, 4} & set(arrivals) else set()
    amounts = {NORTH: 6_000_000, SOUTH: 3_000_000, LANTERN: 1_000_000}
    assert found.executed == sum(amounts[one] for one in signed - {disregarded})
    assert found.holders_executed == len(signed)
    met = {one.rule.base for one in found.thresholds if one.met}
    assert ("each" in met) == (len(signed) == 3)


@EACH_ONCE
@given(arrivals=ARRIVALS, consent=st.booleans())
def test_nothing_accepted_nothing_counted(
    shared_sheet: Collection, read: list[Read], arrivals: list[int], consent: bool
) -> None:
    set_up(shared_sheet, None, consent=consent)
    found = tally_after(shared_sheet, read, arrivals, lambda: None, rule=False)
    assert (found.executed, found.proxy_missing, found.holders_executed) == (0, 0, 0)
    assert [(one.part, one.met) for one in found.thresholds] == [(0, False)] * len(Threshold.Base)


@EACH_ONCE
@given(
    arrivals=ARRIVALS,
    revoked=st.sets(st.sampled_from([NORTH, SOUTH, LANTERN])),
    transferor=st.sampled_from([None, NORTH, LANTERN]),
    again=st.booleans(),
)
def test_what_is_revoked_or_transferred_counts_for_nobody_else_whenever_that_came(
    shared_sheet: Collection,
    read: list[Read],
    arrivals: list[int],
    revoked: set[str],
    transferor: str | None,
    again: bool,
) -> None:
    set_up(shared_sheet, None, consent=False)

    def revoke_and_copies() -> None:
        accept_all(shared_sheet)
        for one in SignatureBlock.objects.filter(entity__in=revoked, state="executed"):
            revoking.revoke(one, shared_sheet.counsel, "a letter")
        for what in arrivals if again else ():
            arrive(shared_sheet, read, what)
        accept_all(shared_sheet)

    def join() -> None:
        if transferor is not None:
            joining = joinder.Joining("Quay Partners, L.P.", Decimal(400_000), datetime.date(2021, 3, 4))
            joinder.join(shared_sheet.agreement, shared_sheet.counsel, joining, block_of(transferor))

    def before() -> None:
        join()
        revoke_and_copies()

    def after() -> None:
        revoke_and_copies()
        join()

    found = tally_after(shared_sheet, read, arrivals, before, rule=False)
    assert tally_after(shared_sheet, read, arrivals, after, rule=False) == found
    signed = {one for one, files_of in SIGNED_BY.items() if files_of & set(arrivals)}
    amounts = {NORTH: 6_000_000, SOUTH: 3_000_000, LANTERN: 1_000_000}
    if transferor is not None:
        amounts[transferor] -= 400_000
    assert found.executed == sum(amounts[one] for one in signed - revoked)
    assert (found.base, found.holders) == (10_000_000, 3 if transferor is None else 4)
