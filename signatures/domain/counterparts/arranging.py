"""Putting the pages of received files into their order: splitting, joining, moving, and undoing that.

Only where a page stands changes: the file stays as it came, and so does everything that was decided about its pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.arranged import Standing, mark, orders, place_of
from signatures.models import Agreement, AuditEvent, PagePlace, ReceivedPage, Submission, User

ARRANGED, UNDONE = "pages arranged", "arrangement undone"
Order = list[Standing]
Place = list[int]  # submission, position, and 1 where a document begins: as it is written into the audit chain


def split(page: ReceivedPage, by: User, seen: int) -> None:
    """Let a document of its own begin with a page. Raises as `_within` does, Refused where one begins there already."""

    def change(order: Order, at: int) -> Order:
        if order[at].begins:
            raise Refused("A document begins with this page already.")
        return [*order[:at], Standing(page.pk, True), *order[at + 1 :]]

    _within(page, by, seen, change, f"a document begins with {page}")


def join(page: ReceivedPage, by: User, seen: int) -> None:
    """Let a page, and those after it, go on with the document before. Raises as `_within` does, Refused without one."""

    def change(order: Order, at: int) -> Order:
        if at == 0 or not order[at].begins:
            raise Refused("There is no document before it that it could join.")
        return [*order[:at], Standing(page.pk, False), *order[at + 1 :]]

    _within(page, by, seen, change, f"{page} goes on with the document before")


def up(page: ReceivedPage, by: User, seen: int) -> None:
    """Move a page one place up; the first of a document becomes the last of the one before. Raises as `_within`."""

    def change(order: Order, at: int) -> Order:
        if at == 0:
            raise Refused("It is the first page already.")
        return _exchanged(order, at - 1) if not order[at].begins else _with_break(order, at, at + 1)

    _within(page, by, seen, change, f"{page} moved up")


def down(page: ReceivedPage, by: User, seen: int) -> None:
    """Move a page one place down; the last of a document becomes the first of the next. Raises as `_within`."""

    def change(order: Order, at: int) -> Order:
        if at == len(order) - 1:
            raise Refused("It is the last page already.")
        return _exchanged(order, at) if not order[at + 1].begins else _with_break(order, at + 1, at)

    _within(page, by, seen, change, f"{page} moved down")


def _exchanged(order: Order, at: int) -> Order:
    """Return an order in which two neighbours have changed places; where documents begin stays."""
    first, second = order[at], order[at + 1]
    return [*order[:at], Standing(second.page, first.begins), Standing(first.page, second.begins), *order[at + 2 :]]


def _with_break(order: Order, before: int, after: int) -> Order:
    """Return an order in which a document begins at `after` instead of `before`; `after` may lie behind the end."""
    begins = [one.begins for one in order]
    begins[before] = False
    if after < len(order):
        begins[after] = True
    return [Standing(one.page, begin) for one, begin in zip(order, begins, strict=True)]


@transaction.atomic
def _within(page: ReceivedPage, by: User, seen: int, change: Callable[[Order, int], Order], words: str) -> None:
    """Change the order of the file under which a page stands.

    Raises Refused for a file without pages or of no agreement, Overtaken when a colleague arranged it since `seen`.
    """
    (file,) = _locked([_file_of(page)], page.agreement_id)
    _not_overtaken(file, seen)
    order = orders([file.pk])[file.pk]
    at = next((at for at, one in enumerate(order) if one.page == page.pk), None)
    if at is None:
        raise Overtaken("A colleague moved this page a moment ago. Look at it again.")
    before = _places({file.pk: order})
    _write({file.pk: change(order, at)}, by)
    _record(page.agreement, by, [page.pk], before, [file.pk], words)


@transaction.atomic
def move(pages: Sequence[ReceivedPage], to: Submission, by: User, seen: int) -> None:
    """Move pages of one file, in their order, to the end of another file of the same agreement. Raises as `_within`."""
    if not pages:
        raise Refused("Tick the pages that belong to another file.")
    source = _file_of(pages[0])
    if to.pk == source:
        raise Refused("These pages stand in this file already.")
    file, target = sorted(_locked([source, to.pk], pages[0].agreement_id), key=lambda one: one.pk != source)
    _not_overtaken(file, seen)
    found = orders([file.pk, target.pk])
    wanted = {page.pk for page in pages}
    moved = [one.page for one in found[file.pk] if one.page in wanted]
    if len(moved) != len(wanted):
        raise Overtaken("A colleague moved one of these pages a moment ago. Look at them again.")
    before = _places(found)
    left, begins = [], False
    for one in found[file.pk]:
        begins = begins or one.begins
        if one.page not in wanted:
            left.append(Standing(one.page, begins))
            begins = False
    joined = [*found[target.pk], *(Standing(page, False) for page in moved)]
    _write({file.pk: left, target.pk: joined}, by)
    words = f"{len(moved)} of {file} moved to {target}"
    _record(pages[0].agreement, by, moved, before, [file.pk, target.pk], words)


@transaction.atomic
def undo(agreement: Agreement, by: User) -> None:
    """Take back what this person arranged last. Raises Refused where nothing is left of theirs, or those pages were
    moved since.
    """
    Agreement.objects.select_for_update(no_key=True).get(pk=agreement.pk)
    last = last_arranged(agreement, by)
    if last is None:
        raise Refused("There is nothing of yours to undo.")
    before, after = _read(last.data["before"]), _read(last.data["after"])
    files = sorted({place[0] for place in [*before.values(), *after.values()]})
    _locked(files, agreement.pk)
    places = _places(orders(files))
    if any(places.get(page) != place for page, place in after.items()):
        raise Refused("Some of these pages were moved since. Put them where they belong by hand.")
    stand = places | before
    wanted = {
        file: [
            Standing(page, bool(place[2]))
            for page, place in sorted(stand.items(), key=lambda item: (item[1][1], item[0] not in before))
            if place[0] == file
        ]
        for file in files
    }
    _write(wanted, by)
    audit.record(agreement, by, UNDONE, of=last.sequence, pages=last.data["pages"], note=last.data["note"])


def last_arranged(agreement: Agreement, by: User) -> AuditEvent | None:
    """Return the last thing that a person arranged and has not taken back."""
    own = AuditEvent.objects.filter(agreement=agreement, actor=by)
    undone = own.filter(action=UNDONE).values_list("data__of", flat=True)
    return own.filter(action=ARRANGED).exclude(sequence__in=list(undone)).order_by("-sequence").first()


def _file_of(page: ReceivedPage) -> int:
    place = place_of(page)
    return place.submission_id if place else page.submission_id


def _locked(files: Sequence[int], agreement: int | None) -> list[Submission]:
    """Hold files, in the order of their ids, so that one person at a time arranges them."""
    found = list(Submission.objects.select_for_update().filter(pk__in=files).order_by("id"))
    if agreement is None or any(one.agreement_id != agreement for one in found):
        raise Refused("Pages are moved within one agreement. This file came for another one, or for none.")
    if any(one.state != Submission.State.READ for one in found):
        raise Refused("A file that is still being read, or that holds no page, cannot be put in order.")
    return found


def _not_overtaken(file: Submission, seen: int) -> None:
    if mark(file) != seen:
        raise Overtaken("A colleague arranged this file a moment ago. Nothing was changed; look at it again.")


def _places(found: dict[int, Order]) -> dict[int, Place]:
    return {one.page: [file, at, int(one.begins)] for file, order in found.items() for at, one in enumerate(order)}


def _write(wanted: dict[int, Order], by: User) -> None:
    """Close the places that change and open the new ones. Every page of these files has a row from here on.

    Whatever stands first in a file begins a document.
    """
    wanted = {
        file: [Standing(one.page, one.begins or at == 0) for at, one in enumerate(order)]
        for file, order in wanted.items()
    }
    now = timezone.now()
    open_places = PagePlace.objects.filter(page__in=[one.page for order in wanted.values() for one in order])
    there = {
        page: [file, position, int(begins)]
        for page, file, position, begins in open_places.filter(closed_at=None).values_list(
            "page", "submission", "position", "begins"
        )
    }
    new = {page: place for page, place in _places(wanted).items() if there.get(page) != place}
    PagePlace.objects.filter(page__in=new, closed_at=None).update(closed_at=now)
    PagePlace.objects.bulk_create(
        PagePlace(page_id=page, submission_id=file, position=at, begins=bool(begins), placed_by=by, placed_at=now)
        for page, (file, at, begins) in new.items()
    )


def _record(
    agreement: Agreement | None, by: User, pages: list[int], before: dict[int, Place], files: list[int], words: str
) -> None:
    now = _places(orders(files))
    changed = [page for page, place in before.items() if now[page] != place]
    audit.record(
        agreement,
        by,
        ARRANGED,
        pages=pages,
        note=words,
        before={str(page): before[page] for page in changed},
        after={str(page): now[page] for page in changed},
    )


def _read(data: dict[str, Place]) -> dict[int, Place]:
    return {int(page): place for page, place in data.items()}
