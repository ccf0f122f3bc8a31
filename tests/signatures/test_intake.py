"""No page is lost: each is in exactly one state at every moment, also when the worker is killed in the middle."""

from __future__ import annotations

import contextlib
import io
import signal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from signatures.domain import files, verification
from signatures.domain.counterparts import intake, reading
from signatures.domain.counterparts.received import rows_of
from signatures.domain.decisions import review, undoing
from signatures.domain.errors import Refused
from signatures.domain.tally.status import page_counts
from signatures.models import Agreement, AuditEvent, Reading, ReceivedPage, Submission, User
from signatures.paper import returns

from .conftest import NORTH, SOUTH, Collection
from .workers import start_worker, wait_until


@pytest.mark.django_db
def test_a_file_is_kept_once_under_its_hash_before_anything_is_read(collection: Collection) -> None:
    one = collection.send(b"not a page at all", "a.bin", read=False)
    two = collection.send(b"not a page at all", "b.bin", read=False)
    assert one.file == two.file
    assert files.path_of(one.file_id).read_bytes() == b"not a page at all"
    assert Submission.objects.count() == 2
    assert page_counts(collection.agreement).waiting == 2


@pytest.mark.django_db
def test_what_is_no_page_is_kept_with_its_reason(collection: Collection) -> None:
    submission = collection.send(b"", "empty.pdf")
    assert submission.state == "unreadable"
    assert "0 bytes" in submission.reason
    counts = page_counts(collection.agreement)
    assert (counts.received, counts.set_aside) == (1, 1)


@pytest.mark.django_db
def test_a_channel_that_is_none_is_refused(collection: Collection) -> None:
    with pytest.raises(Refused, match="not a channel"):
        intake.receive(b"x", "x", "pigeon", agreement=collection.agreement)
    assert not Submission.objects.exists()


@pytest.mark.django_db
def test_reading_twice_records_once(collection: Collection) -> None:
    submission = collection.send(collection.scan(NORTH, SOUTH))
    before = list(Reading.objects.values_list("pk", flat=True))
    Submission.objects.filter(pk=submission.pk).update(state=Submission.State.WAITING)
    collection.send(b"", "other.pdf")
    reading.read(submission.pk)
    assert list(Reading.objects.filter(page__submission=submission).values_list("pk", flat=True)) == before


@pytest.mark.django_db
def test_another_agreements_page_goes_to_review_and_discloses_nothing(collection: Collection) -> None:
    other = Agreement.objects.create(slug="other", title="Other", issuer=collection.agreement.issuer)
    content = collection.scan(NORTH)
    submission = intake.receive(content, "scan.pdf", "scan", agreement=other)
    reading.read(submission.pk)
    page = ReceivedPage.objects.get()
    assert (page.state, page.agreement, page.matches.count()) == ("review", other, 0)
    row = rows_of(Submission.objects.get(), "scan.pdf")[0]
    assert (row["outcome"], row["page_id"], row["candidates"]) == ("review", None, [])
    assert collection.state(NORTH) == "outstanding"


@pytest.mark.django_db
def test_a_page_of_an_open_submission_finds_its_agreement(collection: Collection) -> None:
    submission = intake.receive(collection.scan(NORTH), "mail.pdf", "email")
    reading.read(submission.pk)
    assert ReceivedPage.objects.get().agreement == collection.agreement
    assert collection.state(NORTH) == "in review"


@pytest.mark.django_db
def test_an_altered_file_and_an_altered_event_are_found(collection: Collection) -> None:
    collection.send(returns.as_scan([collection.sheet(NORTH)], seed=1717))  # a file that no other test sends
    assert verification.findings(collection.agreement) == []
    stored = Submission.objects.get().file
    path = files.path_of(stored.sha256)
    path.chmod(0o600)
    path.write_bytes(b"altered")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE signatures_auditevent SET actor_label = 'nobody' WHERE sequence = 2")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert verification.findings(collection.agreement) == [
        "Event 2 of the audit chain was changed after it was written.",
        f"The file of scan.pdf is missing or was changed ({stored.sha256[:12]}).",
    ]


@pytest.mark.django_db
def test_audit_events_are_only_ever_added(collection: Collection) -> None:

    for act in ("UPDATE signatures_auditevent SET action = 'x'", "DELETE FROM signatures_auditevent"):
        with pytest.raises(DatabaseError, match="only ever added"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(act)
    assert AuditEvent.objects.filter(agreement=collection.agreement).exists()


def conserved(agreement: Agreement) -> bool:
    """Every page is in exactly one state, and the four add up to the pages received."""
    counts = page_counts(agreement)
    submissions = Submission.objects.filter(agreement=agreement)
    received = sum(one.page_count or 1 for one in submissions)
    return counts.received == received == counts.waiting + counts.matched + counts.review + counts.set_aside


ACTS = st.lists(
    st.tuples(st.sampled_from(["accept", "set aside", "undo", "defect", "correct", "certain"]), st.integers(0, 2)),
    max_size=8,
)


@pytest.mark.django_db
@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whatever_is_decided_no_page_is_lost(collection: Collection, acts: list[tuple[str, int]]) -> None:
    if not ReceivedPage.objects.exists():
        sheets = [collection.sheet(NORTH), collection.sheet(SOUTH, signs=()), collection.sheet(NORTH)]
        collection.send(returns.as_scan(sheets))
    for act, which in acts:
        page = ReceivedPage.objects.order_by("index")[which]
        with contextlib.suppress(Refused):
            _act(collection, act, page)
        assert conserved(collection.agreement)
        assert set(ReceivedPage.objects.filter(needs_person=True).values_list("settled_at", flat=True)) <= {None}


def _act(collection: Collection, act: str, page: ReceivedPage) -> None:
    match = page.matches.filter(closed_at=None).first()
    lines = [line["id"] for line in match.signature_page.layout["lines"]] if match else []
    if act == "accept":
        review.accept(page, collection.counsel, review.Decision(frozenset(lines)))
    elif act == "set aside":
        review.set_aside(page, collection.counsel, "a reason")
    elif act == "undo":
        undoing.undo(page, collection.counsel)
    elif act == "defect":
        review.find_defect(page, collection.counsel, "illegible")
    elif act == "correct":
        review.correct_match(page, collection.counsel, collection.page(SOUTH))
    else:
        review.accept_certain(collection.agreement, collection.counsel)


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_nothing_and_reads_nothing_twice(collection: Collection) -> None:
    sheets = [collection.sheet(NORTH), collection.sheet(SOUTH)] * 6
    submission = collection.send(returns.as_scan(sheets), read=False)
    worker = start_worker()
    try:
        wait_until(lambda: ReceivedPage.objects.exclude(read_at=None).count() >= 2)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert conserved(collection.agreement)
        read_before = dict(ReceivedPage.objects.exclude(read_at=None).values_list("index", "read_at"))
        assert 2 <= len(read_before) < 12
        worker = start_worker()
        wait_until(
            lambda: Submission.objects.get(pk=submission.pk).state == "read", lambda: conserved(collection.agreement)
        )
    finally:
        worker.kill()
        worker.wait()
    after = dict(ReceivedPage.objects.values_list("index", "read_at"))
    assert len(after) == 12
    assert {index: after[index] for index in read_before} == read_before
    assert page_counts(collection.agreement).matched == 12
    assert AuditEvent.objects.filter(action="page read").count() == 12


@pytest.mark.django_db
def test_what_cannot_be_read_try_as_one_may_waits_for_a_person(collection: Collection) -> None:
    submission = collection.send(collection.scan(NORTH), read=False)
    reading.give_up(submission.pk, "It could not be read.")
    submission.refresh_from_db()
    assert (submission.state, submission.reason) == ("unreadable", "It could not be read.")
    assert conserved(collection.agreement)


@pytest.mark.django_db
def test_giving_up_keeps_what_was_read(collection: Collection) -> None:
    submission = collection.send(collection.scan(NORTH, SOUTH))
    ReceivedPage.objects.filter(index=1).update(state="waiting", needs_person=False, read_at=None)
    Submission.objects.filter(pk=submission.pk).update(state="waiting")
    reading.give_up(submission.pk, "It could not be read.")
    first, second = ReceivedPage.objects.order_by("index")
    assert (first.state, second.state, second.question) == ("matched", "review", "It could not be read.")
    assert conserved(collection.agreement)


@pytest.mark.django_db
def test_who_may_not_see_amounts_sees_no_signed_page(collection: Collection, viewer: User, client: Client) -> None:
    collection.send(collection.scan(NORTH))
    page, slug = ReceivedPage.objects.get(), collection.agreement.slug
    client.force_login(viewer)
    assert client.get(reverse("picture_upright", args=[slug, page.pk])).status_code == 403
    assert client.get(reverse("original", args=[slug, page.submission.public_id])).status_code == 403
    shown = client.get(reverse("received_page", args=[slug, page.pk])).content.decode()
    assert "A signed page shows what its holder holds." in shown
    client.force_login(collection.counsel)
    assert client.get(reverse("picture_upright", args=[slug, page.pk])).status_code == 200


def sheet_saying(*lines: str) -> bytes:
    """A scanned page with these lines on it and nothing else."""
    page = Image.new("L", (1700, 2200), 255)
    for at, line in enumerate(lines):
        ImageDraw.Draw(page).text((500, 800 + 60 * at), line, font=ImageFont.load_default(34), fill=0)
    out = io.BytesIO()
    page.save(out, "PNG")
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lines", "state"),
    [
        ((), "set_aside"),
        (("By: Otto Brand",), "review"),
        (("North Pier Fund, L.P.",), "review"),
        (("NORTH PIER FUND, L.P.", "By: ______________", "Name: Otto Brand"), "review"),
    ],
)
def test_an_empty_page_is_set_aside_and_the_barest_form_of_a_holder_is_not(
    collection: Collection, lines: tuple[str, ...], state: str
) -> None:
    collection.send(sheet_saying(*lines), "own form.png")
    page = ReceivedPage.objects.get()
    assert page.state == state
    assert page.needs_person == (state == "review")
