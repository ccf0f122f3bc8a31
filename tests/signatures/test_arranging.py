"""Pages of received files put in order: split, joined, moved, undone. Nothing else about them changes."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signatures.domain import audit
from signatures.domain.counterparts import arranging
from signatures.domain.decisions import review, undoing
from signatures.domain.documents import agreements
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.arranged import documents, mark, orders
from signatures.models import AuditEvent, PagePlace, ReceivedPage, StoredFile, Submission, User
from signatures.paper import returns

from .conftest import DOCUMENT, LANTERN, NORTH, SOUTH, Collection
from .test_views_desk import _queries

pytestmark = pytest.mark.django_db


def received(collection: Collection, name: str, pages: int) -> Submission:
    """A file of so many pages that were read, all of nothing in particular."""
    file = StoredFile.objects.get_or_create(sha256="0" * 64, size=1, media_type="application/pdf")[0]
    made = Submission.objects.create(
        agreement=collection.agreement,
        channel="scan",
        file=file,
        original_name=name,
        state=Submission.State.READ,
        page_count=pages,
    )
    ReceivedPage.objects.bulk_create(
        ReceivedPage(submission=made, index=at, agreement=collection.agreement, state="review") for at in range(pages)
    )
    return made


def shown(*files: Submission) -> list[list[str]]:
    """Each document of some files as the letters of its pages: a1 is the first page of a.pdf as it was received."""
    names = {
        page.pk: f"{page.submission.original_name[0]}{page.index + 1}"
        for page in ReceivedPage.objects.select_related("submission")
    }
    found = orders([file.pk for file in files])
    return [[names[page] for page in one] for file in files for one in documents(found[file.pk])]


def page(file: Submission, number: int) -> ReceivedPage:
    return ReceivedPage.objects.select_related("agreement", "submission").get(submission=file, index=number - 1)


def test_split_and_joined_again(collection: Collection) -> None:
    file = received(collection, "a.pdf", 4)
    assert shown(file) == [["a1", "a2", "a3", "a4"]]
    arranging.split(page(file, 3), collection.counsel, 0)
    assert shown(file) == [["a1", "a2"], ["a3", "a4"]]
    with pytest.raises(Refused, match="begins with this page already"):
        arranging.split(page(file, 3), collection.counsel, mark(file))
    for wrong in (1, 2):
        with pytest.raises(Refused, match="no document before it"):
            arranging.join(page(file, wrong), collection.counsel, mark(file))
    arranging.join(page(file, 3), collection.counsel, mark(file))
    assert shown(file) == [["a1", "a2", "a3", "a4"]]
    assert [one.note for one in _told()] == [
        "a document begins with a.pdf, page 3",
        "a.pdf, page 3 goes on with the document before",
    ]
    assert audit.findings(collection.agreement) == []


def _told() -> list[Any]:
    class Told:
        def __init__(self, event: AuditEvent) -> None:
            self.note = event.data["note"]

    return [Told(event) for event in AuditEvent.objects.filter(action="pages arranged").order_by("sequence")]


def test_up_and_down_within_and_across_documents(collection: Collection) -> None:
    file = received(collection, "a.pdf", 4)

    def act(do: Any, number: int) -> list[list[str]]:
        do(page(file, number), collection.counsel, mark(file))
        return shown(file)

    assert act(arranging.up, 3) == [["a1", "a3", "a2", "a4"]]
    assert act(arranging.split, 2) == [["a1", "a3"], ["a2", "a4"]]
    assert act(arranging.up, 4) == [["a1", "a3"], ["a4", "a2"]]
    assert act(arranging.up, 4) == [["a1", "a3", "a4"], ["a2"]]
    assert act(arranging.down, 4) == [["a1", "a3"], ["a4", "a2"]]
    assert act(arranging.down, 1) == [["a3", "a1"], ["a4", "a2"]]
    assert act(arranging.down, 1) == [["a3"], ["a1", "a4", "a2"]]
    assert act(arranging.down, 3) == [["a3", "a1", "a4", "a2"]]
    for do, number in ((arranging.up, 3), (arranging.down, 2)):
        with pytest.raises(Refused, match="already"):
            act(do, number)


def test_into_another_file_and_back_by_undo(collection: Collection, stranger: User) -> None:
    first, second = received(collection, "a.pdf", 4), received(collection, "b.pdf", 2)
    arranging.split(page(first, 3), collection.counsel, 0)
    arranging.move([page(first, 3), page(first, 1)], second, collection.counsel, mark(first))
    assert shown(first, second) == [["a2"], ["a4"], ["b1", "b2", "a1", "a3"]]
    with pytest.raises(Refused, match="nothing of yours"):
        arranging.undo(collection.agreement, stranger)
    arranging.split(page(first, 1), stranger, mark(second))
    with pytest.raises(Refused, match="moved since"):
        arranging.undo(collection.agreement, collection.counsel)
    arranging.undo(collection.agreement, stranger)
    arranging.undo(collection.agreement, collection.counsel)
    assert shown(first, second) == [["a1", "a2"], ["a3", "a4"], ["b1", "b2"]]
    arranging.undo(collection.agreement, collection.counsel)
    assert shown(first, second) == [["a1", "a2", "a3", "a4"], ["b1", "b2"]]
    with pytest.raises(Refused, match="nothing of yours"):
        arranging.undo(collection.agreement, collection.counsel)
    arranging.move([page(second, 1), page(second, 2)], first, collection.counsel, mark(second))
    assert shown(first, second) == [["a1", "a2", "a3", "a4", "b1", "b2"]]
    assert audit.findings(collection.agreement) == []


def test_an_undo_leaves_what_a_colleague_put_there_meanwhile(collection: Collection, stranger: User) -> None:
    first, second, third = (received(collection, f"{name}.pdf", 2 if name == "a" else 1) for name in "abc")
    arranging.move([page(second, 1)], first, collection.counsel, 0)
    arranging.move([page(third, 1)], second, stranger, 0)
    arranging.move([page(first, 1)], third, stranger, mark(first))
    with pytest.raises(Refused, match="moved since"):
        arranging.undo(collection.agreement, collection.counsel)
    arranging.undo(collection.agreement, stranger)
    arranging.undo(collection.agreement, collection.counsel)
    assert shown(first, second, third) == [["a1", "a2"], ["b1"], ["c1"]]


def test_what_was_decided_and_the_file_stay(collection: Collection) -> None:
    sheets = [collection.sheet(NORTH), collection.sheet(SOUTH, signs=()), collection.sheet(LANTERN)]
    file = collection.send(returns.as_scan(sheets), "a.pdf")
    lines = frozenset(line["id"] for line in collection.page(NORTH).layout["lines"])
    review.accept(page(file, 1), collection.counsel, review.Decision(lines))
    review.set_aside(page(file, 3), collection.counsel, "A draft")
    other = received(collection, "b.pdf", 1)
    before = list(ReceivedPage.objects.order_by("pk").values())
    arranging.split(page(file, 2), collection.counsel, 0)
    arranging.move([page(file, 1), page(file, 3)], other, collection.counsel, mark(file))
    assert list(ReceivedPage.objects.order_by("pk").values()) == before
    assert [collection.state(one) for one in (NORTH, SOUTH, LANTERN)] == ["executed", "in review", "outstanding"]
    stored = file.file_id
    file.refresh_from_db()
    assert (file.file_id, file.page_count) == (stored, 3)
    undoing.undo(page(file, 3), collection.counsel)
    assert page(file, 3).needs_person


def test_refused_across_agreements_and_while_a_file_is_read(collection: Collection) -> None:
    first, second = received(collection, "a.pdf", 2), received(collection, "b.pdf", 2)
    Submission.objects.filter(pk=second.pk).update(state=Submission.State.WAITING)

    def move(to: Submission) -> None:
        arranging.move([page(first, 1)], to, collection.counsel, 0)

    for do in (lambda: arranging.split(page(second, 2), collection.counsel, 0), lambda: move(second)):
        with pytest.raises(Refused, match="still being read"):
            do()
    other = agreements.create(DOCUMENT.encode(), "other.txt", collection.counsel)
    Submission.objects.filter(pk=second.pk).update(agreement=other, state=Submission.State.READ)
    with pytest.raises(Refused, match="within one agreement"):
        move(second)
    with pytest.raises(Refused, match="in this file already"):
        move(first)
    with pytest.raises(Refused, match="Tick the pages"):
        arranging.move([], first, collection.counsel, 0)
    assert not PagePlace.objects.exists()


def test_the_database_holds_that_a_page_stands_in_one_place(collection: Collection) -> None:
    file = received(collection, "a.pdf", 2)
    arranging.split(page(file, 2), collection.counsel, 0)
    again = {"placed_by": collection.counsel, "begins": True}
    for wrong in (
        {"page": page(file, 1), "submission": file, "position": 7, **again},
        {"page": page(received(collection, "b.pdf", 1), 1), "submission": file, "position": 1, **again},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            PagePlace.objects.create(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        PagePlace.objects.filter(position=0).update(begins=False)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_split_a_file_the_second_is_told(collection: Collection) -> None:
    file = received(collection, "a.pdf", 3)
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def do(number: int) -> None:
        try:
            together.wait()
            arranging.split(page(file, number), collection.counsel, 0)
            outcomes.append("split")
        except Overtaken:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[number]) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["split", "told"]
    assert len(shown(file)) == 2


ACTS = st.lists(st.tuples(st.sampled_from(["split", "join", "up", "down", "move"]), st.integers(0, 6)), max_size=8)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_done_every_page_stands_in_one_place_and_undoing_all_brings_it_back(
    collection: Collection, acts: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        files = [received(collection, "a.pdf", 4), received(collection, "b.pdf", 3)]
        everything = sorted(ReceivedPage.objects.values_list("pk", flat=True))
        steps = [shown(*files)]
        for act, at in acts:
            one = ReceivedPage.objects.select_related("agreement", "submission").get(pk=everything[at])
            place = PagePlace.objects.filter(page=one, closed_at=None).first()
            here = place.submission if place else one.submission
            try:
                if act == "move":
                    to = next(file for file in files if file != here)
                    arranging.move([one], to, collection.counsel, mark(here))
                else:
                    getattr(arranging, act)(one, collection.counsel, mark(here))
            except Refused:
                continue
            steps.append(shown(*files))
            standing = orders([file.pk for file in files])
            assert sorted(stand.page for order in standing.values() for stand in order) == everything
        for step in reversed(steps[:-1]):
            arranging.undo(collection.agreement, collection.counsel)
            assert shown(*files) == step
        transaction.set_rollback(True)


# The screen -------------------------------------------------------------------------------------------------------


def url(file: Submission, name: str = "arrange") -> str:
    assert file.agreement is not None
    return reverse(name, args=[file.agreement.slug, file.public_id])


def test_the_screen_for_counsel_one_who_looks_on_and_a_stranger(
    collection: Collection, client: Client, viewer: User, stranger: User
) -> None:
    file = received(collection, "a.pdf", 3)
    posts = [(url(file), {"do": f"split {page(file, 2).pk}", "seen": "0"}), (url(file, "arrange_undo"), {})]
    assert [client.get(url(file)).status_code, *(client.post(*one).status_code for one in posts)] == [302] * 3
    client.force_login(stranger)
    assert [client.get(url(file)).status_code, *(client.post(*one).status_code for one in posts)] == [404] * 3
    client.force_login(viewer)
    assert [client.get(url(file)).status_code, *(client.post(*one).status_code for one in posts)] == [200, 403, 403]
    assert 'name="do"' not in client.get(url(file)).content.decode()
    client.force_login(collection.counsel)
    said = client.post(*posts[0], follow=True)
    assert said.redirect_chain == [(f"{url(file)}?at={page(file, 2).pk}", 302)]
    assert "Document 2 of 2" in said.content.decode()
    listed = client.get(reverse("received", args=[collection.agreement.slug])).content.decode()
    assert "Document 2" in listed
    refused = client.post(url(file), {"do": "move", "page": [page(file, 2).pk], "seen": mark(file)})
    assert refused.status_code == 422
    assert "Choose the file that the ticked pages belong to." in refused.content.decode()
    assert refused.content.decode().count(" checked") == 1
    assert "a colleague" in client.post(*posts[0]).content.decode().casefold()
    assert "Undone." in client.post(url(file, "arrange_undo"), follow=True).content.decode()
    assert client.post(url(file), {"do": "up 0", "seen": "0"}).status_code == 404


def test_a_page_that_was_moved_says_so_and_leads_to_where_it_stands(collection: Collection, client: Client) -> None:
    first, second = received(collection, "a.pdf", 2), received(collection, "b.pdf", 1)
    client.force_login(collection.counsel)
    done = client.post(url(first), {"do": "move", "page": [page(first, 2).pk], "to": second.pk, "seen": 0}, follow=True)
    assert "1 page moved to b.pdf." in done.content.decode()
    assert "Received as page 2 of 2 of a.pdf" in client.get(url(second)).content.decode()
    slug, moved = collection.agreement.slug, page(first, 2)
    one = client.get(reverse("received_page", args=[slug, moved.pk])).content.decode()
    assert "Moved to" in one
    assert "Pages arranged: 1 of a.pdf moved to b.pdf" in one
    way = client.get(reverse("desk_file", args=[slug, moved.pk]))
    assert way["Location"] == f"{url(second)}?at={moved.pk}"


def test_the_number_of_queries_does_not_depend_on_the_pages(collection: Collection, client: Client) -> None:
    few, many = received(collection, "a.pdf", 2), received(collection, "b.pdf", 30)
    client.force_login(collection.counsel)
    for file in (few, many):
        arranging.split(page(file, 2), collection.counsel, 0)
    client.get(url(few))
    assert _queries(client, url(few)) == _queries(client, url(many)) <= 14
