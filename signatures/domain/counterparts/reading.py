"""Reading a submission: page by page, each recorded once, safe to be killed at any point."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.db import connection, transaction
from django.utils import timezone

from signatures.domain import audit, files
from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.models import PageState, Reading, ReceivedPage, SignaturePage, Submission
from signatures.paper import reading as seen
from signatures.paper.reader import PageCount, UnreadableFile, read_file
from signatures.paper.recognition import recognise

# Marks a reading that text recognition has seen as well.
RECOGNITION = "with text 1"


def read(submission_id: int) -> None:
    """Read a submission to its end. What was read before is not read again; two workers never record a page twice."""
    with _alone(submission_id):
        submission = Submission.objects.select_related("agreement", "file").get(pk=submission_id)
        if submission.state == Submission.State.WAITING:
            _read_pages(submission)
        recognise_pages(submission)


@transaction.atomic
def give_up(submission_id: int, sentence: str) -> None:
    """Put what could not be read, try as one may, before a person. What was read stays as it is."""
    submission = Submission.objects.select_for_update().get(pk=submission_id)
    if submission.state == Submission.State.WAITING:
        _unreadable(submission, sentence)
    for page in submission.pages.select_for_update().filter(state=PageState.WAITING):
        _for_review(page, sentence)
        page.read_at = page.read_at or timezone.now()
        page.save()


@contextmanager
def _alone(submission_id: int) -> Iterator[None]:
    """Hold a lock of this database session, which dies with the worker, so that two workers do not do the same work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7301, %s)", [submission_id])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(7301, %s)", [submission_id])


def _read_pages(submission: Submission) -> None:
    done = frozenset(submission.pages.exclude(read_at=None).values_list("index", flat=True))
    try:
        for result in read_file(files.path_of(submission.file_id), matching.issued_for_code, already=done):
            if isinstance(result, PageCount):
                _expect(submission, result.pages)
            else:
                record(submission, result)
    except UnreadableFile as error:
        _unreadable(submission, error.sentence)
        return
    Submission.objects.filter(pk=submission.pk, state=Submission.State.WAITING).update(state=Submission.State.READ)


@transaction.atomic
def _expect(submission: Submission, pages: int) -> None:
    """Make a waiting row for each page, so that every page has its place from the moment that it is known."""
    if Submission.objects.filter(pk=submission.pk, page_count=None).update(page_count=pages):
        ReceivedPage.objects.bulk_create(
            ReceivedPage(submission=submission, index=index, agreement=submission.agreement) for index in range(pages)
        )


@transaction.atomic
def _unreadable(submission: Submission, sentence: str) -> None:
    """Keep a file that holds no page, with its reason. What was read before stays, the rest goes to a person."""
    waiting = submission.pages.filter(state=PageState.WAITING, read_at=None)
    if submission.pages.exists():
        waiting.update(
            state=PageState.REVIEW,
            needs_person=True,
            urgency=7,
            question=sentence,
            reason=sentence,
            read_at=timezone.now(),
        )
        Submission.objects.filter(pk=submission.pk).update(state=Submission.State.READ, reason=sentence)
    else:
        Submission.objects.filter(pk=submission.pk).update(state=Submission.State.UNREADABLE, reason=sentence)
    audit.record(submission.agreement, None, "file unreadable", submission=submission.pk, reason=sentence)


def record(submission: Submission, result: seen.PageResult) -> None:
    """Record what was seen on one page, once: its reading, pictures and match, and where it goes from here."""
    upright = files.keep(result.upright, "image/jpeg") if result.upright else None
    thumbnail = files.keep(result.thumbnail, "image/jpeg") if result.thumbnail else None
    with transaction.atomic():
        page = ReceivedPage.objects.select_for_update().get(submission=submission, index=result.index)
        if page.read_at is not None:
            return
        page.upright, page.thumbnail, page.pixels_sha256 = upright, thumbnail, result.pixels_sha256
        page.read_at = timezone.now()
        _keep_reading(page, result.reading)
        signature_page = matching.page_of_code(result.reading.payload) if result.reading.payload else None
        if signature_page is not None:
            _record_issued(page, submission, signature_page)
        elif result.reading.kind == "failed" or upright is None:
            _for_review(page, result.reading.reason or "The page could not be turned into a picture")
        page.save()
        if page.state == PageState.MATCHED:
            review.offer(page, result.reading)
        audit.record(
            page.agreement,
            None,
            "page read",
            page=page.pk,
            state=page.state,
            kind=result.reading.kind,
            engine=result.reading.engine,
        )


def _keep_reading(page: ReceivedPage, reading: seen.Reading) -> None:
    row, _ = Reading.objects.get_or_create(
        page=page, engine=reading.engine, defaults={"kind": reading.kind, "data": reading.as_json()}
    )
    page.current_reading = row


def _record_issued(page: ReceivedPage, submission: Submission, signature_page: SignaturePage) -> None:
    """Match a page whose code was read, unless the code is of another agreement than the one that it was sent for."""
    if submission.agreement_id not in (None, signature_page.version.agreement_id):
        _for_review(page, "Its code belongs to a page of another agreement")
        return
    page.state = PageState.MATCHED
    page.save()
    matching.open_match(page, signature_page)


def _for_review(page: ReceivedPage, sentence: str) -> None:
    page.state, page.needs_person = PageState.REVIEW, True
    page.question = page.reason = sentence
    page.urgency = 7


def recognise_pages(submission: Submission, *, only_undecided: bool = False) -> None:
    """Read the fax headers of a submission, and the text of its pages without a code, and say where those go."""
    expected = None
    pages = submission.pages.filter(settled_at=None) if only_undecided else submission.pages.all()
    for page in pages.exclude(current_reading=None).select_related("current_reading", "upright", "agreement"):
        row = page.current_reading
        if row is None or row.engine.endswith(RECOGNITION) or page.upright is None:
            continue
        reading = seen.reading_from_json(row.data)
        if reading.kind == "empty":
            # Nearly nothing is on it. Only reading its text can tell that this is no signature.
            reading = replace(reading, kind="unidentified")
        if expected is None and reading.kind == "unidentified":
            expected = matching.expected_pages(submission.agreement)
        try:
            result = recognise(files.read(page.upright), reading, expected or [])
        except ValueError as error:
            # A picture that cannot be opened stops neither this page, which a person will see, nor the next.
            result = replace(reading, reason=reading.reason or str(error))
        _record_recognised(page.pk, replace(result, engine=f"{reading.engine} {RECOGNITION}"))


@transaction.atomic
def _record_recognised(page_id: int, reading: seen.Reading) -> None:
    page = ReceivedPage.objects.select_for_update().get(pk=page_id)
    _keep_reading(page, reading)
    if page.state == PageState.WAITING:
        if reading.kind in ("cover", "foreign", "empty"):
            page.state, page.reason = PageState.SET_ASIDE, reading.reason or "Not a page of this agreement"
        else:
            _for_review(page, reading.reason or "No code could be read on this page")
        audit.record(page.agreement, None, "page recognised", page=page.pk, state=page.state, kind=reading.kind)
    page.save()
