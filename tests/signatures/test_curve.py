"""The curve of a consent under the indenture: whatever happens, each of its points is what the tally was then."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.domain.decisions import review, revoking
from signatures.domain.documents import effectiveness
from signatures.domain.errors import Refused
from signatures.domain.pages import joinder
from signatures.domain.queries.curve import steps
from signatures.domain.register import disregarding, parties, register
from signatures.domain.register.register_file import read_table
from signatures.domain.tally import proxies, tabulation
from signatures.models import Agreement, ReceivedPage, SignatureBlock, User

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .once import Once
from .revised import revise, sign

pytestmark = pytest.mark.django_db
HOLDERS = (NORTH, SOUTH, LANTERN)
LATE = "Quay Partners, L.P."
PARTICIPANTS = ("", "Cede & Co.", "cede & co.", "Harbor Custody")


@pytest.fixture
def consent(collection: Collection, counsel: User, once: Once) -> Collection:
    """A consent under the indenture that nobody has signed yet; two of three hold through a participant."""

    def make() -> Agreement:
        table = read_table(f'holder,held through\n"{NORTH}",Cede & Co.\n"{SOUTH}",Cede & Co.\n'.encode(), "r.csv")
        register.apply(collection.agreement, register.plan(collection.agreement, table), counsel)
        proxies.switch(collection.agreement, counsel, on=True)
        return collection.agreement

    collection.agreement = once("a consent under the indenture", Agreement, make)
    return collection


def _block(collection: Collection, name: str) -> SignatureBlock:
    blocks = SignatureBlock.objects.select_related("party", "version__agreement")
    return blocks.get(version__agreement=collection.agreement, version__is_execution=True, party__name=name)


def _move(collection: Collection, name: str, through: str) -> None:
    party = _block(collection, name).party
    table = read_table(f'holder,held through\n"{party.name}","{through or "-"}"\n'.encode(), "r.csv")
    register.apply(collection.agreement, register.plan(collection.agreement, table), collection.counsel)


def _transfer(collection: Collection, name: str, through: str) -> None:
    joining = joinder.Joining(LATE, Decimal(400_000), datetime.date(2021, 3, 4), signatory="Ida Quay", through=through)
    joinder.join(collection.agreement, collection.counsel, joining, _block(collection, name))


def _take_back(collection: Collection, name: str) -> None:
    pages = ReceivedPage.objects.filter(counterparts__block=_block(collection, name), counterparts__closed_at=None)
    review.set_aside(pages.latest("pk"), collection.counsel, "sent by mistake")


def _holds(collection: Collection, name: str, principal: int) -> None:
    assert collection.agreement.notes is not None
    parties.set_holding(_block(collection, name).party, collection.agreement.notes, Decimal(principal))


Act = tuple[Callable[..., object], tuple[object, ...]]


def _of_block(act: Callable[..., object], *more: object) -> Callable[[Collection, str], object]:
    return lambda collection, name: act(_block(collection, name), collection.counsel, *more)


def _disregard(collection: Collection, name: str, lift: bool) -> None:
    of = (collection.agreement, _block(collection, name).party, collection.counsel)
    if lift:
        disregarding.lift(*of)
    else:
        disregarding.mark(*of, reason="held by an affiliate", known_by="the trustee")


WHO = st.sampled_from([*HOLDERS, *HOLDERS, LATE])
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just(sign), st.tuples(WHO)),
        st.tuples(st.just(_of_block(proxies.record, "omnibus proxy")), st.tuples(WHO)),
        st.tuples(st.just(_of_block(proxies.withdraw)), st.tuples(WHO)),
        st.tuples(st.just(_of_block(proxies.restore)), st.tuples(WHO)),
        st.tuples(st.just(_of_block(revoking.revoke, "a letter")), st.tuples(WHO)),
        st.tuples(st.just(_of_block(revoking.undo)), st.tuples(WHO)),
        st.tuples(st.just(_take_back), st.tuples(WHO)),
        st.tuples(st.just(_move), st.tuples(WHO, st.sampled_from(PARTICIPANTS))),
        st.tuples(st.just(_transfer), st.tuples(WHO, st.sampled_from(PARTICIPANTS))),
        st.tuples(st.just(_disregard), st.tuples(WHO, st.booleans())),
        st.tuples(st.just(_holds), st.tuples(WHO, st.sampled_from([0, 1_000, 2_500_000]))),
        st.tuples(st.just(lambda one, on: proxies.switch(one.agreement, one.counsel, on=on)), st.tuples(st.booleans())),
        st.tuples(st.just(lambda one: effectiveness.record(one.agreement, one.counsel, timezone.now())), st.tuples()),
    ),
    min_size=4,
    max_size=14,
)


def _curve_at(curve: Sequence[tuple[datetime.datetime, Decimal]], at: datetime.datetime) -> Decimal:
    return next((amount for since, amount in reversed(curve) if since <= at), Decimal(0))


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_each_point_of_the_curve_is_the_tally_of_then(consent: Collection, acts: list[Act]) -> None:
    agreement = consent.agreement
    with transaction.atomic():
        told = [(timezone.now(), Decimal(0))]
        for act, given_to in acts:
            with contextlib.suppress(Refused, ObjectDoesNotExist):
                act(consent, *given_to)
            told.append((timezone.now(), tabulation.tabulate(agreement).executed))
        curve = steps(agreement)
        for at, executed in told:
            assert _curve_at(curve, at) == tabulation.tabulate(agreement, at).executed == executed
        for since, amount in curve:
            assert tabulation.tabulate(agreement, since).executed == amount
        assert all(one[0] < other[0] and one[1] != other[1] for one, other in pairwise(curve))
        assert (curve[-1][1] if curve else 0) == tabulation.tabulate(agreement).executed
        transaction.set_rollback(True)


def test_a_later_version_ends_what_counted_and_begins_anew(consent: Collection, counsel: User) -> None:
    told = []
    for act in (
        lambda: sign(consent, LANTERN),
        lambda: sign(consent, NORTH),
        lambda: proxies.record(_block(consent, NORTH), counsel, "omnibus proxy"),
        lambda: revise(consent),
        lambda: proxies.switch(consent.agreement, counsel, on=False),
    ):
        act()  # type: ignore[no-untyped-call]
        told.append((timezone.now(), tabulation.tabulate(consent.agreement).executed))
    curve = steps(consent.agreement)
    assert [amount for _, amount in told] == [1_000_000, 1_000_000, 7_000_000, 0, 0]
    assert [amount for _, amount in curve] == [1_000_000, 7_000_000, 0]
    assert [_curve_at(curve, at) for at, _ in told] == [amount for _, amount in told]
