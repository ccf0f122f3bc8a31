"""The pages of one received file: where a document begins, in which order they stand, and to which file they belong."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signatures.domain.counterparts import arranging
from signatures.domain.errors import Refused
from signatures.domain.queries import received as queries
from signatures.domain.queries.arranged import mark, place_of
from signatures.domain.queries.arrivals import ArrivedPage
from signatures.domain.queries.found_files import find_files
from signatures.models import Agreement, Channel, ReceivedPage, Submission
from signatures.views import words
from signatures.views.access import Access, agreement_for, received_page_for
from signatures.views.heading import heading
from signatures.views.numbers import number, numbers
from signatures.views.received import pages

ACTS = {
    "split": (arranging.split, "A document begins with it now."),
    "join": (arranging.join, "It goes on with the document before."),
    "up": (arranging.up, "Moved up."),
    "down": (arranging.down, "Moved down."),
}


def arrange_url(agreement: Agreement, file: Submission) -> str:
    """Return where the pages of a file are put in order."""
    return reverse("arrange", args=[agreement.slug, file.public_id])


def _file_for(access: Access, file_id: str) -> Submission:
    files = Submission.objects.filter(agreement=access.agreement).select_related("file", "received_by", "packet")
    return get_object_or_404(files, public_id=file_id)


@require_http_methods(["GET", "POST"])
def arrange(request: HttpRequest, slug: str, file_id: str) -> HttpResponse:
    """The pages of a file; posting splits, joins or moves."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    file = _file_for(access, file_id)
    if request.method == "POST":
        return _act(request, access, file)
    return render(request, "received/arrange.html", _context(request, access, file))


@require_GET
def file_of(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Go to the file under which a page stands now."""
    access = agreement_for(request, slug)
    page = received_page_for(access, page_id)
    place = place_of(page)
    file = place.submission if place else page.submission
    return redirect(f"{arrange_url(access.agreement, file)}?at={page.pk}")


def _act(request: HttpRequest, access: Access, file: Submission) -> HttpResponse:
    said, here, marked = request.POST, arrange_url(access.agreement, file), number(request.POST.get("seen"))
    seen = -1 if marked is None else marked  # a form without it has seen no state of the file
    act, _, chosen = said.get("do", "").partition(" ")
    if act == "find":
        return render(request, "received/arrange.html", _context(request, access, file))
    try:
        if act in ACTS and (of := number(chosen)) is not None:
            page = get_object_or_404(ReceivedPage, agreement=access.agreement, pk=of)
            do, done = ACTS[act]
            do(page, access.user, seen)
            messages.success(request, done)
            return redirect(f"{here}?at={page.pk}")
        messages.success(request, _move(request, access, seen))
    except Refused as error:
        messages.error(request, str(error))
        return render(request, "received/arrange.html", _context(request, access, file), status=422)
    return redirect(here)


def _move(request: HttpRequest, access: Access, seen: int) -> str:
    """Move the ticked pages to the file that was chosen, and say so. Raises Refused."""
    ticked = numbers(request.POST.getlist("page"))
    moved = list(ReceivedPage.objects.filter(agreement=access.agreement, pk__in=ticked).select_related("agreement"))
    target = Submission.objects.filter(agreement=access.agreement, pk=number(request.POST.get("to")) or 0).first()
    if target is None:
        raise Refused("Choose the file that the ticked pages belong to.")
    arranging.move(moved, target, access.user, seen)
    return f"{words.counted(len(moved), 'page')} moved to {target}."


@require_GET
def find(request: HttpRequest, slug: str, file_id: str) -> HttpResponse:
    """The files that a search finds, to move pages to."""
    access = agreement_for(request, slug)
    file, text = _file_for(access, file_id), request.GET.get("find", "")
    others = _others(access, file, text, "") if access.may_act else []
    return render(request, "received/found_files.html", {"others": others, "find": text})


@require_POST
def undo(request: HttpRequest, slug: str, file_id: str) -> HttpResponse:
    """Take back what the person arranged last."""
    access = agreement_for(request, slug, decide=True)
    file = _file_for(access, file_id)
    try:
        arranging.undo(access.agreement, access.user)
        messages.success(request, "Undone. The pages stand where they stood before.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect(arrange_url(access.agreement, file))


def _context(request: HttpRequest, access: Access, file: Submission) -> dict[str, Any]:
    agreement, now = access.agreement, timezone.now()
    found = queries.file(file)
    at = number(request.GET.get("at"))
    undoable = arranging.last_arranged(agreement, access.user) if access.may_act else None
    first, find = found.pages[0].page if found.pages else None, request.POST.get("find", "")
    return {
        "agreement": heading(agreement, now),
        "search_url": reverse("board", args=[agreement.slug]),
        "may_act": access.may_act and file.state == Submission.State.READ,
        "file": {
            "name": file.original_name,
            "words": f"{words.CHANNELS[Channel(file.channel)]}, "
            f"{words.local_moment(file.received_at, agreement.time_zone, now)}, receipt {file.file_id[:12]}",
            "url": reverse("original", args=[agreement.slug, file.public_id]) if access.show_amounts else None,
        },
        "documents": [
            [_page(agreement, page, file, is_first=page.page == first, begins=page is one[0]) for page in one]
            for one in found.documents
        ],
        "last": found.pages[-1].page if found.pages else None,
        "at": first if at is None else at,
        "ticked": request.POST.getlist("page"),
        "seen": mark(file),
        "undo_words": undoable.data["note"] if undoable else "",
        "undo_url": reverse("arrange_undo", args=[agreement.slug, file.public_id]),
        "find": find,
        "find_url": reverse("arrange_find", args=[agreement.slug, file.public_id]),
        "others": _others(access, file, find, request.POST.get("to", "")) if access.may_act else [],
    }


def _others(access: Access, file: Submission, find: str, chosen: str) -> list[dict[str, Any]]:
    agreement, now = access.agreement, timezone.now()
    return [
        {
            "id": str(one.submission.pk),
            "name": one.submission.original_name,
            "words": f"{words.CHANNELS[Channel(one.submission.channel)]} "
            f"{words.moment(one.submission.received_at, agreement.time_zone, now)}, "
            f"{words.counted(one.submission.page_count or 0, 'page')}"
            + (f", from {words.telephone(one.submission.sender)}" if one.submission.sender else ""),
            "names": words.joined(one.names),
            "chosen": str(one.submission.pk) == chosen,
        }
        for one in find_files(agreement, find, file)
    ]


def _page(agreement: Agreement, page: ArrivedPage, file: Submission, *, is_first: bool, begins: bool) -> dict[str, Any]:
    said = pages.said_of(page)
    place = f"page {page.index + 1} of {page.page_count}"
    return {
        "id": page.page,
        "key": str(page.page),
        "url": reverse("received_page", args=[agreement.slug, page.page]),
        "thumbnail_url": pages.thumbnail_url(agreement, page),
        "names": words.joined(page.names) or "Not identified",
        "place": f"Received as {place}" + ("" if page.submission == file.pk else f" of {page.file_name}"),
        "words": said.words,
        "kind": said.kind,
        "is_first": is_first,
        "begins": begins,
    }
