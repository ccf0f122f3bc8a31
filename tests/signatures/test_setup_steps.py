"""The steps of setting up are ticked by what is there, and lead to the next thing to do."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holders.models import Holding
from signatures.domain.errors import Refused
from signatures.domain.pages import issuing
from signatures.domain.queries.setup_steps import SetUp, set_up
from signatures.domain.tally import tabulation
from signatures.models import Agreement, Packet, SignatureBlock, User

from .screens import text_of

pytestmark = pytest.mark.django_db


def done(agreement: Agreement) -> list[str]:
    return [name for name, is_done in vars(set_up(agreement.slug)).items() if is_done]


def test_each_step_is_done_by_what_is_there(agreement: Agreement, counsel: User) -> None:
    SignatureBlock.objects.update(certain=True)
    assert done(agreement) == ["read", "register"]
    SignatureBlock.objects.filter(role="holder").update(certain=False)
    assert done(agreement) == ["register"]
    SignatureBlock.objects.update(certain=True)
    Holding.objects.update(principal=None)
    assert done(agreement) == ["read"]
    Holding.objects.update(principal=1)
    tabulation.set_threshold(agreement, "majority", Decimal(50), actor=counsel)
    assert done(agreement) == ["read", "register", "thresholds"]
    issuing.issue(agreement, counsel)
    assert done(agreement) == ["read", "register", "thresholds", "pages"]
    Packet.objects.update(printed_at=timezone.now())
    assert set_up(agreement.slug) == SetUp(True, True, True, True, True)


def test_that_there_is_no_threshold_is_said(
    agreement: Agreement, client: Client, counsel: User, viewer: User, stranger: User
) -> None:
    address = reverse("threshold_none", args=[agreement.slug])
    for user, status in ((stranger, 404), (viewer, 403), (counsel, 302)):
        client.force_login(user)
        assert client.post(address, {"none": "yes"}).status_code == status
    assert "thresholds" in done(agreement)
    assert "has no threshold: nothing is called met" in text_of(client.get(reverse("settings", args=[agreement.slug])))
    client.post(address, {"none": "no"})
    assert "thresholds" not in done(agreement)
    client.post(address, {"none": "yes"})
    tabulation.set_threshold(agreement, "majority", Decimal(50), actor=counsel)
    agreement.refresh_from_db()
    assert not agreement.no_threshold
    with pytest.raises(Refused, match="Close it first"):
        tabulation.say_none(agreement, counsel, none=True)


def test_the_screens_lead_to_the_next_thing_to_do(agreement: Agreement, client: Client, counsel: User) -> None:
    SignatureBlock.objects.update(certain=True)
    client.force_login(counsel)
    shown = text_of(client.get(reverse("check", args=[agreement.slug])))
    assert "✓ What was read , done ✓ Holders , done Thresholds Signature pages Packets" in shown
    assert "Next: enter the thresholds, or say that there is none" in shown
    tabulation.say_none(agreement, counsel, none=True)
    assert "Next: issue the signature pages, here" in text_of(client.get(reverse("pages", args=[agreement.slug])))
    issuing.issue(agreement, counsel)
    assert "Next: send the packets, here" in text_of(client.get(reverse("packets", args=[agreement.slug])))
    Packet.objects.update(printed_at=timezone.now())
    assert "Next: watch the board" in text_of(client.get(reverse("register", args=[agreement.slug])))
    assert "✓" not in text_of(client.get(reverse("agreement_new")))
