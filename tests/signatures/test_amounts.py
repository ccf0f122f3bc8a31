"""An amount on a page that differs from the register: which is right, said by those who may see amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holders.models import Holding
from signatures.domain.decisions import amounts, review
from signatures.domain.documents import agreements
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.tally import tabulation
from signatures.models import AuditEvent, Defect, Membership, ReceivedPage, SignatureBlock, User
from signatures.paper.layout import layout_from_json

from .conftest import NORTH, SOUTH, Collection
from .screens import text_of

pytestmark = pytest.mark.django_db
WRITTEN = Decimal(2_500_000)


def held() -> Holding:
    return Holding.objects.get(holder__name=SOUTH, closed_at=None)


@pytest.fixture
def defect(collection: Collection, counsel: User) -> Defect:
    """South's page is accepted; it says 2,500,000 where the register has 3,000,000."""
    page = collection.send(collection.scan(SOUTH)).pages.get()
    block = SignatureBlock.objects.get(entity=SOUTH)
    line = next(one.id for one in layout_from_json(collection.page(SOUTH).layout).lines)
    review.accept(page, counsel, review.Decision(frozenset({line}), {block.pk: WRITTEN}))
    return Defect.objects.select_related("page__agreement", "block__party").get(code="amount", closed_at=None)


def test_the_register_follows_the_page_and_the_past_is_told_as_it_was(
    collection: Collection, defect: Defect, counsel: User
) -> None:
    before = timezone.now()
    made = amounts.page_is_right(defect, counsel, seen=held().pk)
    assert (made.principal, made.source) == (WRITTEN, "page")
    told = [tabulation.tabulate(collection.agreement, at).executed for at in (before, None)]
    assert told == [3_000_000, 2_500_000]
    defect.refresh_from_db()
    assert (defect.outcome, defect.outcome_note) == ("cured", "The page is right: the register follows it")
    with pytest.raises(Overtaken, match="Nothing was changed"):
        amounts.page_is_right(defect, counsel)
    assert Holding.objects.filter(holder__name=SOUTH).count() == 2
    assert collection.state(SOUTH) == "executed"


def test_the_register_stays(collection: Collection, defect: Defect, counsel: User) -> None:
    with pytest.raises(Refused, match="why the register is right"):
        amounts.register_is_right(defect, counsel, " ")
    amounts.register_is_right(defect, counsel, "the trustee confirmed it")
    defect.refresh_from_db()
    assert (defect.outcome, defect.outcome_note) == ("waived", "The register is right: the trustee confirmed it")
    assert held().principal == 3_000_000
    assert tabulation.tabulate(collection.agreement).executed == 3_000_000


def test_what_is_refused_changes_nothing(defect: Defect, counsel: User) -> None:
    with pytest.raises(Overtaken, match="somebody else"):
        amounts.page_is_right(defect, counsel, seen=held().pk + 1)
    other = Defect.objects.create(page=defect.page, block=defect.block, code="altered", opened_by=counsel)
    with pytest.raises(Refused, match="not about an amount"):
        amounts.page_is_right(other, counsel)
    defect.page.counterparts.update(amount_written=None)
    with pytest.raises(Refused, match="Type the amount"):
        amounts.page_is_right(defect, counsel)
    assert Defect.objects.filter(closed_at=None).count() == 2
    amounts.page_is_right(defect, counsel, Decimal(2_000_000))
    assert held().principal == 2_000_000


def test_on_both_screens(collection: Collection, defect: Defect, client: Client, counsel: User) -> None:
    client.force_login(counsel)
    slug = collection.agreement.slug
    address = reverse("defect_settle", args=[slug, defect.pk])
    screen, desk = reverse("holder", args=[slug, defect.block_id]), reverse("desk_page", args=[slug, defect.page_id])
    for one in (screen, desk):
        assert "The register is right" in text_of(client.get(one))
    assert "Say why the register" in text_of(client.post(address, {"do": "register is right"}, follow=True))
    defect.page.counterparts.update(amount_written=None)
    assert "is not an amount" in text_of(client.post(address, {"do": "page is right", "amount": "x"}, follow=True))
    said = {"do": "page is right", "amount": "2,500,000", "seen": held().pk, "at": "holder"}
    back = client.post(address, said, follow=True)
    assert back.redirect_chain == [(screen, 302)]
    shown = text_of(back)
    assert "The register follows the page now." in shown
    assert "written on the signature page" in shown
    assert "$2,500,000" in shown
    assert "2,500,000" not in str(AuditEvent.objects.latest("sequence").data)


def test_who_may(
    collection: Collection, defect: Defect, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    slug, said = collection.agreement.slug, {"do": "page is right"}
    address = reverse("defect_settle", args=[slug, defect.pk])
    assert client.post(address, said).status_code == 302
    for user, status in ((viewer, 403), (stranger, 404)):
        client.force_login(user)
        assert client.post(address, said).status_code == status
    client.force_login(counsel)
    Membership.objects.filter(user=counsel).update(may_see_amounts=False)
    assert client.post(address, said).status_code == 403
    shown = text_of(client.get(reverse("holder", args=[slug, defect.block_id])))
    assert "The register is right" not in shown
    assert "2,500,000" not in shown
    assert Defect.objects.filter(closed_at=None).count() == 1


def test_an_amount_typed_for_a_block_that_the_rule_accepted_is_not_lost(shared_sheet: Collection) -> None:
    agreements.accept_certain_from_now(shared_sheet.agreement, shared_sheet.counsel, on=True)
    shared_sheet.send(shared_sheet.scan(NORTH))
    page = ReceivedPage.objects.get()
    north = shared_sheet.agreement.versions.get().blocks.get(entity=NORTH)
    assert (north.state, page.needs_person) == ("executed", True)
    line = next(
        one["id"] for one in shared_sheet.page(NORTH).layout["lines"] if one["holder"].casefold() == NORTH.casefold()
    )
    review.accept(page, shared_sheet.counsel, review.Decision(frozenset({line}), {north.pk: Decimal(7_000_000)}))
    assert [one.code for one in Defect.objects.filter(block=north, closed_at=None)] == ["amount"]
