"""The template's screen and the page beside the form: with script and without, and what it costs."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from signatures.domain.pages import page_templates
from signatures.models import Agreement, PageTemplate, SignatureBlock, SignaturePage

from .conftest import LANTERN, Collection
from .screens import text_of
from .test_views_setup import address, checked

pytestmark = pytest.mark.django_db

SAID = {
    "name": "Deeds",
    "font": "Liberation Sans",
    "size": "12.5",
    "paper": "A4",
    "sharing": "signatory",
    "most_blocks": "3",
    "witness_clause": "EXECUTED as a deed {date}.",
    "blanks": ["title", "date"],
}


def picture(response: Any) -> str:
    """Where the page's picture is."""
    page = response.content.decode()
    return page.split('<img src="', 1)[1].split('"', 1)[0] if "<img src=" in page else ""


def test_a_template_is_chosen_kept_for_the_firm_and_started_from(signed_in: Client, agreement: Agreement) -> None:
    here = address(agreement, "page_template")
    assert signed_in.post(here, SAID | {"does": "choose"})["Location"] == here
    assert (page_templates.of(agreement).font, page_templates.of_the_firm()) == ("Liberation Sans", [])
    assert signed_in.post(here, SAID | {"does": "keep", "font": "Liberation Serif"})["Location"] == here
    (kept,) = page_templates.of_the_firm()
    assert (kept.name, kept.font, page_templates.of(agreement).font) == (
        "Deeds",
        "Liberation Serif",
        "Liberation Serif",
    )
    signed_in.post(here, SAID | {"does": "choose", "name": "Ours", "paper": "Letter"})
    shown = signed_in.get(f"{here}?from={kept.pk}")
    assert "starts from “Deeds”, not saved yet" in text_of(shown)
    assert shown.context["form"]["paper"].value() == "A4"
    assert page_templates.of(agreement).paper == "Letter"
    signed_in.post(here, {"does": "remove", "template": kept.pk})
    assert list(PageTemplate.objects.values_list("name", flat=True)) == ["Ours"]


def test_what_is_typed_is_shown_and_not_saved(signed_in: Client, agreement: Agreement) -> None:
    shown = signed_in.post(address(agreement, "page_template_picture"), SAID)
    other = signed_in.post(address(agreement, "page_template_picture"), SAID | {"size": "9.0"})
    assert picture(shown).startswith("data:image/png;base64,") and picture(shown) != picture(other)
    assert "North Pier Fund, L.P. and South Pier Fund, L.P." in text_of(shown)
    without_script = signed_in.post(address(agreement, "page_template"), SAID | {"does": "show"})
    assert picture(without_script) == picture(shown)
    assert not PageTemplate.objects.exists()
    wrong = signed_in.post(address(agreement, "page_template_picture"), SAID | {"witness_clause": "{holder}"})
    assert "“{holder}” is not known here" in text_of(wrong)


def test_what_cannot_be_set_is_said_and_kept_in_the_form(signed_in: Client, agreement: Agreement) -> None:
    response = signed_in.post(address(agreement, "page_template"), SAID | {"does": "choose", "witness_clause": "{x}"})
    assert (response.status_code, "“{x}” is not known here" in text_of(response)) == (422, True)
    assert response.context["form"]["font"].value() == "Liberation Sans"
    response = signed_in.post(address(agreement, "page_template"), SAID | {"does": "choose", "size": "40"})
    assert response.status_code == 422
    assert not PageTemplate.objects.exists()


def test_issuing_starts_from_the_template_and_shares_as_it_says(signed_in: Client, agreement: Agreement) -> None:
    signed_in.post(address(agreement, "page_template"), SAID | {"does": "choose"})
    shown = signed_in.get(address(agreement, "pages"))
    assert shown.context["form"]["arrangement"].value() == "signatory"
    assert "All blocks of one signatory on a sheet, three at most" in text_of(shown)
    assert "Deeds: Liberation Sans, 12.5 points, A4" in text_of(shown)
    signed_in.post(address(agreement, "pages"), {"arrangement": "signatory"})
    assert sorted(page.blocks.count() for page in SignaturePage.objects.all()) == [1, 1, 2]


def test_the_page_beside_the_form_follows_what_is_typed(signed_in: Client, agreement: Agreement) -> None:
    here = address(agreement, "block_picture")
    data = checked(agreement)
    shown = signed_in.get(address(agreement, "check"))
    assert picture(shown).startswith("data:image/png;base64,")
    before = picture(signed_in.post(f"{here}?at=3", data))
    after = signed_in.post(f"{here}?at=3", data | {"form-3-entity": "Lantern Capital II LLC"})
    assert "The signature page of Lantern Capital II LLC" in text_of(after)
    assert picture(after) not in ("", before)
    assert picture(signed_in.post(f"{here}?at=3", data | {"witness_clause": "SIGNED."})) not in ("", before)
    assert SignatureBlock.objects.filter(entity=LANTERN).exists()
    assert "name is missing" in text_of(signed_in.post(f"{here}?at=3", data | {"form-3-entity": " "}))
    assert "There is no font for" in text_of(signed_in.post(f"{here}?at=3", data | {"form-3-entity": "東京"}))
    assert signed_in.post(f"{here}?at=x", data).status_code == 200


def test_without_script_a_button_shows_the_page_and_saves_nothing(signed_in: Client, agreement: Agreement) -> None:
    data = checked(agreement, **{"form-3-entity": "Lantern Capital II LLC"})
    response = signed_in.post(address(agreement, "check"), data | {"show": "3"})
    assert response.status_code == 200
    assert "The signature page of Lantern Capital II LLC" in text_of(response)
    assert response.context["formset"].forms[3]["entity"].value() == "Lantern Capital II LLC"
    assert SignatureBlock.objects.filter(entity=LANTERN).exists()


def test_an_issued_block_is_shown_as_it_was_issued(signed_in: Client, collection: Collection) -> None:
    first = SignaturePage.objects.earliest("id")
    shown = signed_in.get(address(collection.agreement, "check"))
    assert picture(shown) == reverse("picture_issued", args=[collection.agreement.slug, first.pk])


def test_a_block_of_another_agreement_is_not_found(signed_in: Client, collection: Collection) -> None:
    agreement = collection.agreement
    data = checked(agreement) | {"form-0-block": "999999"}
    assert signed_in.post(f"{address(agreement, 'block_picture')}?at=0", data).status_code == 404


def test_a_picture_takes_under_half_a_second_and_few_queries(signed_in: Client, agreement: Agreement) -> None:
    here, data = f"{address(agreement, 'block_picture')}?at=1", checked(agreement)
    signed_in.post(here, data)
    began = time.perf_counter()
    with CaptureQueriesContext(connection) as asked:
        signed_in.post(here, data)
    assert time.perf_counter() - began < 0.5
    assert len(asked) <= 10
