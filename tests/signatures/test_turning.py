"""A page that a person turned or identified is read again as the person says, and decided about by nobody else."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from signatures.domain.counterparts import reading_again, turning
from signatures.domain.decisions import review
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.desk import look
from signatures.models import ReceivedPage, StoredFile
from signatures.paper import returns
from signatures.paper.layout import layout_from_json

from .conftest import LANTERN, NORTH, Collection

pytestmark = pytest.mark.django_db


def without_codes(collection: Collection, entity: str, quarters: int = 0) -> ReceivedPage:
    """A scan of a signed page of which both codes are painted over, lying on its side."""
    sheet = collection.sheet(entity)
    for code in layout_from_json(collection.page(entity).layout).codes:
        x0, y0, x1, y1 = (round(value * 300 / 72) for value in (code.x0, code.y0, code.x1, code.y1))
        sheet[max(0, y0 - 20) : y1 + 20, max(0, x0 - 20) : x1 + 20] = 255
    collection.send(returns.as_scan([np.ascontiguousarray(np.rot90(sheet, quarters))]))
    return ReceivedPage.objects.latest("id")


def jobs() -> int:
    return ProcrastinateJob.objects.filter(task_name="signatures.tasks.read_page_again").count()


def test_a_page_identified_by_a_person_is_laid_over_that_page_and_its_lines_are_judged(collection: Collection) -> None:
    page = without_codes(collection, LANTERN)
    before = jobs()
    review.correct_match(page, collection.counsel, collection.page(LANTERN))
    assert jobs() == before + 1
    for _ in range(2):
        reading_again.read_again(page.pk)
    page.refresh_from_db()
    looked = look(collection.agreement, page)
    assert looked.reading is not None
    assert (looked.is_aligned_with_match, looked.reading.method, looked.reading.matrix is None) == (
        True,
        "layout",
        False,
    )
    # Without codes one scan in twenty is laid over so roughly that what is written on a line stays unsure.
    assert [line.verdict for line in looked.lines] in (["signed"], ["unsure"])
    assert (page.needs_person, page.question) == (True, "Identified by a person: say what is signed")
    assert (page.readings.count(), collection.state(LANTERN)) == (3, "in review")


def test_another_page_than_the_one_that_was_read_has_no_overlay_of_it(collection: Collection) -> None:
    collection.send(collection.scan(NORTH))
    page = ReceivedPage.objects.get()
    review.correct_match(page, collection.counsel, collection.page(LANTERN))
    looked = look(collection.agreement, page)
    assert (looked.is_aligned_with_match, [line.verdict for line in looked.lines]) == (False, [None])


def test_a_page_on_its_side_is_turned_and_read_again(collection: Collection) -> None:
    page = without_codes(collection, LANTERN, quarters=1)
    as_it_came = page.upright
    turning.turn(page, collection.counsel, 90)
    reading_again.read_again(page.pk)
    page.refresh_from_db()
    assert (page.turned, page.as_read, page.state, page.needs_person) == (90, as_it_came, "review", True)
    assert page.upright != as_it_came
    looked = look(collection.agreement, page)
    assert looked.candidates[0][0] == collection.page(LANTERN)
    turning.turn(page, collection.counsel, 270)
    page.refresh_from_db()
    assert (page.turned, StoredFile.objects.filter(pk=page.submission.file_id).count()) == (0, 1)


def test_what_was_decided_stays(collection: Collection) -> None:
    page = without_codes(collection, LANTERN)
    with pytest.raises(Refused, match="Turn the page first"):
        turning.turn(page, collection.counsel, 0)
    review.set_aside(page, collection.counsel, "A draft")
    with pytest.raises(Overtaken):
        turning.turn(page, collection.counsel, 90)
    reading = ReceivedPage.objects.get().current_reading
    reading_again.read_again(page.pk)
    assert ReceivedPage.objects.get().current_reading == reading
    with pytest.raises(IntegrityError), transaction.atomic():
        ReceivedPage.objects.update(turned=45)


def test_turning_from_the_desk(collection: Collection, client: Client) -> None:
    page = without_codes(collection, LANTERN)
    client.force_login(collection.counsel)
    decide = reverse("desk_decide", args=[collection.agreement.slug, page.pk])
    assert client.post(decide, {"do": "turn", "turned": "0"}).status_code == 422
    response = client.post(decide, {"do": "turn", "turned": "180"}, follow=True)
    assert "Turned by 180°." in response.content.decode()
    assert ReceivedPage.objects.get().turned == 180
