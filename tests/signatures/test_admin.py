"""The records: every list and record opens, can be searched, and changes only by actions that call the domain."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from signatures.domain.decisions import undoing
from signatures.domain.packets import distribution
from signatures.models import Agreement, AuditEvent, Execution, Packet, ReceivedPage, User

from .conftest import NORTH, Collection

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model._meta.app_label in ("holders", "signatures")]


@pytest.fixture
def records(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("admin@firm.example", "a long enough password", name="Adam"))
    return client


def test_every_list_and_record_opens_and_is_searched(collection: Collection, records: Client) -> None:
    collection.send(collection.scan(NORTH))
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        assert records.get(reverse(f"{name}_changelist"), {"q": "pier"}).status_code == 200, name
        for row in model._default_manager.all()[:1]:
            assert records.get(reverse(f"{name}_change", args=[row.pk])).status_code == 200, name


def test_nothing_but_accounts_is_added_or_edited(records: Client, collection: Collection) -> None:
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        expected = 200 if model is User else 403
        assert records.get(reverse(f"{name}_add")).status_code == expected
    change = reverse("admin:signatures_agreement_change", args=[collection.agreement.pk])
    assert records.post(change, {"title": "Other"}).status_code == 403
    assert Agreement.objects.get().title == collection.agreement.title


def act(client: Client, model: str, action: str, *rows: int) -> None:
    answer = client.post(
        reverse(f"admin:signatures_{model}_changelist"), {"action": action, "_selected_action": rows}, follow=True
    )
    assert answer.status_code == 200


def test_an_admin_accepts_what_is_certain_and_undoes_it(collection: Collection, records: Client) -> None:
    collection.send(collection.scan(NORTH))
    act(records, "agreement", "accept_certain", collection.agreement.pk)
    assert collection.state(NORTH) == "executed"
    assert AuditEvent.objects.get(action="certain pages accepted").actor_label == "Adam"
    act(records, "receivedpage", "undo", ReceivedPage.objects.get().pk)
    assert collection.state(NORTH) == "in review"
    assert Execution.objects.get().closed_at is not None


def test_a_refusal_is_shown_and_changes_nothing(collection: Collection, records: Client) -> None:
    collection.send(collection.scan(NORTH))
    page = ReceivedPage.objects.get()
    answer = records.post(
        reverse("admin:signatures_receivedpage_changelist"),
        {"action": "undo", "_selected_action": [page.pk]},
        follow=True,
    )
    assert "Nothing was decided about this page." in answer.content.decode()


def test_a_link_is_replaced(collection: Collection, records: Client) -> None:
    packet = Packet.objects.latest("id")
    before = distribution.link_token(packet)
    act(records, "packet", "replace_link", packet.pk)
    packet.refresh_from_db()
    assert distribution.packet_of_token(before) is None
    assert distribution.packet_of_token(distribution.link_token(packet)) == packet


def test_setting_aside_from_the_records_keeps_the_page(collection: Collection, records: Client) -> None:
    collection.send(collection.scan(NORTH))
    act(records, "receivedpage", "set_aside", ReceivedPage.objects.get().pk)
    page = ReceivedPage.objects.get()
    assert page.state == "set_aside"
    undoing.undo(page, collection.counsel)
    assert ReceivedPage.objects.get().state == "matched"


def test_counsel_without_that_right_sees_no_records(client: Client, agreement: Agreement, counsel: User) -> None:
    client.force_login(counsel)
    for model in OURS:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert client.get(reverse(name)).status_code == 302, name
