"""What the database holds by itself: the words of a field, what closes after it opened, and what belongs together."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from holders.models import Issuer, Notes
from signatures.models import (
    Agreement,
    DocumentReading,
    OwnPdfSearch,
    ReceivedPage,
    StatusFile,
    StoredFile,
    Threshold,
    User,
    VersionReading,
    Voiding,
)

from .conftest import LANTERN, NORTH, Collection


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "field", "constraint"),
    [
        ("holders.Party", "role", "party_role_is_known"),
        ("holders.Holding", "source", "holding_source_is_known"),
        ("signatures.Membership", "role", "membership_role_is_known"),
        ("signatures.Submission", "channel", "submission_channel_is_known"),
    ],
)
def test_an_unknown_word_is_refused(collection: Collection, model: str, field: str, constraint: str) -> None:
    collection.send(b"one page", read=False)
    rows = apps.get_model(model)._default_manager.all()
    assert rows.exists()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        rows.update(**{field: "odd"})


@pytest.mark.django_db
def test_an_original_and_an_outcome_are_known(collection: Collection) -> None:
    (page,) = collection.send(collection.scan(NORTH)).pages.all()
    block = collection.page(NORTH).blocks.get()
    page.counterparts.create(block=block, lines=[1], accepted_by=collection.counsel)
    page.defects.create(block=block, code="illegible", opened_by=collection.counsel)
    with pytest.raises(IntegrityError, match="counterpart_original_is_known"), transaction.atomic():
        page.counterparts.update(original="odd")
    with pytest.raises(IntegrityError, match="defect_outcome_is_known"), transaction.atomic():
        page.defects.update(outcome="odd", closed_at=timezone.now())


def _held(condition: object) -> set[str]:
    """Return the fields that a condition speaks of."""
    if isinstance(condition, models.Q):
        return {name for child in condition.children for name in _held(child)}
    return {str(condition[0]).split("__")[0]} if isinstance(condition, tuple) else set()


def test_every_field_of_a_few_words_is_held_to_them() -> None:
    found = []
    for model in (*apps.get_app_config("holders").get_models(), *apps.get_app_config("signatures").get_models()):
        checks = [one.condition for one in model._meta.constraints if isinstance(one, models.CheckConstraint)]
        held = {name for condition in checks for name in _held(condition)}
        found += [
            f"{model.__name__}.{field.name}"
            for field in model._meta.local_fields
            if field.choices and field.name not in held
        ]
    assert found == []


@pytest.fixture
def rows(collection: Collection) -> Collection:
    """A collection with one row at least of all that is tried."""
    agreement, counsel, version = collection.agreement, collection.counsel, collection.agreement.versions.get()
    for page in collection.send(collection.scan(NORTH, LANTERN)).pages.all():
        page.defects.create(code="illegible", opened_by=counsel)
    file = StoredFile.objects.earliest("stored_at")
    Threshold.objects.create(agreement=agreement, name="Majority", percent=50)
    DocumentReading.objects.create(file=file, name="a", asked_by=counsel)
    VersionReading.objects.create(agreement=agreement, file=file, name="a", asked_by=counsel)
    OwnPdfSearch.objects.create(version=version, file=file, name="a", asked_by=counsel)
    StatusFile.objects.create(agreement=agreement, kind="pdf", with_amounts=True, with_defects=True)
    Voiding.objects.create(page=collection.page(NORTH), reason="misprinted", voided_by=counsel)
    return collection


NEVER = timezone.now().replace(year=2000)


@pytest.mark.django_db
def test_what_cannot_be_is_refused(rows: Collection) -> None:
    by = rows.counsel
    for model, change, constraint in (
        ("holders.AuthorityLink", {"evidence": "odd"}, "authority_evidence_is_known"),
        ("holders.PartySignatory", {"position": 0}, "signatories_count_from_one"),
        ("signatures.Agreement", {"delivering_channels": ["fax", "pigeon"]}, "delivering_channels_are_known"),
        ("signatures.Agreement", {"required_particulars": ["odd"]}, "required_particulars_are_known"),
        ("signatures.BlockChange", {"after": "odd"}, "states_of_a_change_are_known"),
        ("signatures.Defect", {"code": "odd"}, "defect_code_is_known"),
        (
            "signatures.Defect",
            {"closed_at": NEVER, "outcome": "withdrawn"},
            "defect_closes_after_it_opened",
        ),
        ("signatures.DocumentReading", {"step": 4}, "step_of_a_document_is_known"),
        ("signatures.Match", {"method": "odd"}, "match_method_is_known"),
        ("signatures.Match", {"closed_at": NEVER}, "match_closes_after_it_opened"),
        ("signatures.OwnPdfSearch", {"step": 3}, "step_of_a_search_is_known"),
        ("signatures.Packet", {"generation": 0}, "links_of_a_packet_count_from_one"),
        ("signatures.Reading", {"kind": "odd"}, "reading_kind_is_known"),
        ("signatures.ReceivedPage", {"settled_by": by}, "page_is_settled_by_whom_once_it_is"),
        ("signatures.ReceivedPage", {"by_rule": True}, "page_is_settled_by_whom_once_it_is"),
        ("signatures.ReceivedPage", {"held_by": by}, "held_page_says_by_whom_and_until_when"),
        ("signatures.ReceivedPage", {"pixels_sha256": "odd"}, "received_page_has_the_hash_of_its_pixels"),
        ("signatures.SignatureBlock", {"role": "odd"}, "block_role_is_known"),
        ("signatures.SignatureBlock", {"first_line": 9, "last_line": 8}, "block_stands_on_lines_in_order"),
        ("signatures.SignatureLine", {"position": 0}, "signature_lines_count_from_one"),
        ("signatures.StatusFile", {"step": 4}, "step_of_a_status_file_is_known"),
        ("signatures.Threshold", {"closed_at": NEVER}, "threshold_closes_after_it_opened"),
        ("signatures.User", {"email": "Counsel@Firm.example"}, "user_has_one_address_whatever_its_case"),
        ("signatures.Version", {"is_execution": False, "adopted_at": None}, "who_adopted_a_version_did_so"),
        ("signatures.VersionReading", {"step": 4}, "step_of_a_version_is_known"),
        (
            "signatures.VersionReading",
            {"further_title": "A release", "signs": "odd"},
            "who_signs_a_document_to_be_read_is_known",
        ),
        ("signatures.Voiding", {"closed_at": NEVER, "closed_by": by}, "undone_voiding_says_by_whom"),
    ):
        found = apps.get_model(model)._default_manager.all()
        one = found.filter(pk=found.order_by("pk").values("pk")[:1])
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            assert one.update(**change) == 1, model


@pytest.mark.django_db
def test_a_document_is_read_once_at_a_time_for_a_person(rows: Collection) -> None:
    one = DocumentReading.objects.get()
    with pytest.raises(IntegrityError, match="a_person_has_a_document_read_once_at_a_time"), transaction.atomic():
        DocumentReading.objects.create(file=one.file, name="again", asked_by=one.asked_by)


@pytest.mark.django_db
def test_what_belongs_to_another_agreement_or_page_is_refused(rows: Collection) -> None:
    agreement, issuer = rows.agreement, Issuer.objects.create(name="Another Corporation")
    other = Agreement.objects.create(slug="other", title="Another", issuer=issuer)
    notes = Notes.objects.create(issuer=issuer, title="Other notes")
    one, two = ReceivedPage.objects.order_by("id")
    packet = agreement.packets.earliest("id")
    with pytest.raises(IntegrityError, match="agreement_is_about_its_issuers_notes"), transaction.atomic():
        Agreement.objects.filter(pk=agreement.pk).update(notes=notes)
    with pytest.raises(IntegrityError, match="packet_is_of_its_versions_agreement"), transaction.atomic():
        agreement.packets.update(agreement=other)
    with pytest.raises(IntegrityError, match="file_is_for_its_packets_agreement"), transaction.atomic():
        one.submission.__class__.objects.update(packet=packet, agreement=other)
    with pytest.raises(IntegrityError, match="current_reading_is_of_the_page"), transaction.atomic():
        ReceivedPage.objects.filter(pk=one.pk).update(current_reading=two.current_reading)


# Addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_whoever_gets_an_account_in_the_records_can_sign_in(client: Client) -> None:
    client.force_login(User.objects.create_superuser("admin@firm.example", "a long enough password"))
    typed = {"email": " Ada.Quill@Firm.example", "name": "Ada", "usable_password": "true"}
    typed |= dict.fromkeys(("password1", "password2"), "pier-and-lantern-9")
    assert client.post(reverse("admin:signatures_user_add"), typed).status_code == 302
    client.logout()
    assert client.login(username="Ada.Quill@firm.example", password="pier-and-lantern-9")


@pytest.mark.django_db
def test_addresses_of_old_are_folded_and_what_was_there_twice_makes_way() -> None:
    fold = import_module("signatures.migrations.0039_addresses_in_small_letters").FOLD
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE signatures_user DROP CONSTRAINT user_has_one_address_whatever_its_case")
        users = [User(email=email) for email in ("Ada@firm.example", "Bo@firm.example", "bo@firm.example")]
        User.objects.bulk_create(users)
        cursor.execute(fold)
    assert list(User.objects.order_by("id").values_list("email", "is_active")) == [
        ("ada@firm.example", True),
        (f"never-used-{users[1].pk}-bo@firm.example", False),
        ("bo@firm.example", True),
    ]
