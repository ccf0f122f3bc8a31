"""Reading again with a newer engine: the new reading is kept beside the old, and nothing that was decided changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from signatures.domain import audit, files
from signatures.domain.counterparts import matching, reading
from signatures.domain.decisions import review
from signatures.models import Agreement, Match, PageState, Reading, ReceivedPage, Submission
from signatures.paper import reading as seen
from signatures.paper.engine import ENGINE
from signatures.paper.reader import PageCount, UnreadableFile, read_file


@dataclass(frozen=True)
class Change:
    """What a newer engine sees otherwise on a page, in words. `applied` is false where somebody decided already."""

    page: ReceivedPage
    differences: tuple[str, ...]
    applied: bool


def reread(agreement: Agreement) -> Iterator[Change]:
    """Read every page of an agreement that this engine version has not read, and yield what changes."""
    for submission in agreement.submissions.filter(state=Submission.State.READ).select_related("file").order_by("id"):
        done = frozenset(
            submission.pages.filter(readings__engine__startswith=ENGINE).values_list("index", flat=True).distinct()
        )
        if len(done) == submission.page_count:
            continue
        try:
            for result in read_file(files.path_of(submission.file_id), matching.issued_for_code, already=done):
                change = None if isinstance(result, PageCount) else _record(submission, result)
                if change is not None:
                    yield change
        except UnreadableFile:
            continue
        reading.recognise_pages(submission, only_undecided=True)


@transaction.atomic
def _record(submission: Submission, result: seen.PageResult) -> Change | None:
    page = ReceivedPage.objects.select_for_update().filter(submission=submission, index=result.index).first()
    if page is None or page.state == PageState.WAITING:
        return None
    before = Reading.objects.filter(page=page).order_by("-id").first()
    row, _ = Reading.objects.get_or_create(
        page=page,
        engine=result.reading.engine,
        defaults={"kind": result.reading.kind, "data": result.reading.as_json()},
    )
    old = seen.reading_from_json(before.data) if before else None
    found = differences(old, result.reading)
    # What a person turned or identified is read as the person says (reading_again.py), not as the file has it.
    by_person = bool(page.turned) or page.matches.filter(closed_at=None, method=Match.Method.PERSON).exists()
    free = page.settled_at is None and page.state != PageState.SET_ASIDE and not by_person
    if free:
        page.current_reading = row
        page.save(update_fields=["current_reading"])
        ask_again(page, result.reading)
    if found:
        audit.record(page.agreement, None, "page read again", page=page.pk, differences=list(found), applied=free)
    return Change(page, found, free) if found else None


def ask_again(page: ReceivedPage, result: seen.Reading) -> None:
    """Put the question anew that an undecided page asks, and match it if its code can be read now."""
    signature_page = matching.page_of_code(result.payload) if result.payload else None
    unmatched = page.state == PageState.REVIEW and not page.matches.exists()
    if unmatched and signature_page is not None and signature_page.version.agreement_id == page.agreement_id:
        page.state, page.needs_person, page.reason = PageState.MATCHED, False, ""
        page.save()
        matching.open_match(page, signature_page)
    if page.state == PageState.MATCHED:
        review.offer(page, result)


def differences(old: seen.Reading | None, new: seen.Reading) -> tuple[str, ...]:
    """Say in words what two readings of one page see otherwise."""
    if old is None:
        return ("read for the first time",)
    found = []
    if old.kind != new.kind or old.payload != new.payload:
        found.append(f"identity: {old.payload or old.kind} before, {new.payload or new.kind} now")
    before = {line.id: line.verdict for line in old.lines}
    for line in new.lines:
        if before.get(line.id) != line.verdict:
            found.append(f"line {line.id}: {before.get(line.id, 'not seen')} before, {line.verdict} now")
    fields = {(one.line, one.name): one.verdict for one in old.fields}
    for one in new.fields:
        if fields.get((one.line, one.name)) != one.verdict:
            found.append(f"{one.name} of {one.line}: {fields.get((one.line, one.name))} before, {one.verdict} now")
    if old.other_ink != new.other_ink:
        found.append(f"other ink: {old.other_ink} before, {new.other_ink} now")
    return tuple(found)
