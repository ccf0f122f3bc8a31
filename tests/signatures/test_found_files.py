"""Finding the file that a page belongs to: every word counts, a day is a day of the agreement's zone."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from signatures.domain.counterparts import matching
from signatures.domain.queries.found_files import MOST_FOUND, day_in, find_files
from signatures.models import ReceivedPage, Submission, User

from .conftest import LANTERN, SOUTH, Collection

TODAY = datetime.date(2021, 3, 10)


@pytest.mark.parametrize(
    ("text", "day", "rest"),
    [
        ("fax 2007-09-25", datetime.date(2007, 9, 25), "fax"),
        ("9/25/2007 cape", datetime.date(2007, 9, 25), "cape"),
        ("25 Sep", datetime.date(2020, 9, 25), ""),
        ("March 9", datetime.date(2021, 3, 9), ""),
        ("mar 10, 2019 scan", datetime.date(2019, 3, 10), "scan"),
        ("yesterday vale", datetime.date(2021, 3, 9), "vale"),
        ("page 30 Feb", None, "page 30 Feb"),
        ("Marchand Fund", None, "Marchand Fund"),
        ("fax 212 555 0171.tif", None, "fax 212 555 0171.tif"),
    ],
)
def test_a_day_is_read_out_of_what_is_looked_for(text: str, day: datetime.date | None, rest: str) -> None:
    found, left = day_in(text, TODAY)
    assert (found, " ".join(left.split())) == (day, rest)


@given(st.dates(datetime.date(1990, 1, 1), TODAY), st.sampled_from(["%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%m/%d/%Y"]))
def test_every_way_to_write_a_day_is_understood(day: datetime.date, written: str) -> None:
    assert day_in(f"scan {day.strftime(written)}", TODAY)[0] == day


def came(collection: Collection, name: str, of: str = "", **more: Any) -> Submission:
    file = collection.send(name.encode(), name, more.pop("channel", "scan"), read=False)
    Submission.objects.filter(pk=file.pk).update(state="read", page_count=1, **more)
    page = ReceivedPage.objects.create(submission=file, index=0, agreement=collection.agreement, state="review")
    if of:
        matching.open_match(page, collection.page(of))
    file.refresh_from_db()
    return file


@pytest.mark.django_db
def test_every_word_has_to_be_true_of_a_file(
    collection: Collection, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    here = came(collection, "mixed.pdf")
    fax = came(collection, "0171.tif", LANTERN, channel="fax", sender="2125550171")
    # 11 in the evening of the 25th in New York is the 26th in Greenwich.
    night = datetime.datetime(2020, 9, 26, 3, tzinfo=datetime.UTC)
    scan = came(collection, "south signed.pdf", SOUTH, received_at=night)
    collection.send(b"waits", "waiting.pdf", read=False)

    def found(text: str) -> list[str]:
        with django_assert_max_num_queries(2):
            return [one.submission.original_name for one in find_files(collection.agreement, text, here)]

    assert found("") == [fax.original_name, scan.original_name]
    for text in ("lantern", "Vale", "fax", "(212) 555-0171", "FAX lantern", "today"):
        assert found(text) == [fax.original_name], text
    for text in ("south", "2020-09-25", "scan 9/25/2020", "Brand"):
        assert found(text) == [scan.original_name], text
    assert found("mixed") == []
    assert find_files(collection.agreement, "fax brand", here) == []
    (one,) = find_files(collection.agreement, "lantern", here)
    assert one.names == (LANTERN,)


@pytest.mark.django_db
def test_the_screen_asks_as_often_for_one_file_as_for_thirty(
    collection: Collection,
    client: Client,
    viewer: User,
    stranger: User,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    here, first = came(collection, "mixed.pdf"), came(collection, "fax 1.tif")
    address = reverse("arrange_find", args=[collection.agreement.slug, here.public_id])
    screen = reverse("arrange", args=[collection.agreement.slug, here.public_id])
    client.force_login(collection.counsel)

    def shown(text: str) -> list[str]:
        with django_assert_max_num_queries(8):
            return [one["name"] for one in client.get(address, {"find": text}).context["others"]]

    assert shown("fax") == [first.original_name]
    for at in range(2, 31):
        came(collection, f"fax {at}.tif")
    assert len(shown("fax")) == MOST_FOUND
    assert shown("fax 30.tif") == ["fax 30.tif"]
    assert "No file of this agreement fits" in client.get(address, {"find": "nothing"}).content.decode()
    # Without a script the button asks, and what was ticked stays ticked.
    page = ReceivedPage.objects.get(submission=here)
    again = client.post(screen, {"do": "find", "find": "fax 29.tif", "page": [page.pk], "seen": "0"})
    assert [one["name"] for one in again.context["others"]] == ["fax 29.tif"]
    assert again.context["ticked"] == [str(page.pk)]
    for user, status in ((stranger, 404), (viewer, 200)):
        client.force_login(user)
        assert client.get(address).status_code == status
    assert client.get(address).context["others"] == []
