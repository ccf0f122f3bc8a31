"""What is one of a few words is held to them by the database too."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from .conftest import NORTH, Collection


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
        page.defects.update(outcome="odd", closed_at="2026-11-23T12:00Z")
