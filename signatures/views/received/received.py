"""Files received: uploading them, watching them being read, and one page with all that is known of it."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signatures.domain.counterparts import intake
from signatures.domain.decisions import undoing
from signatures.domain.errors import Refused
from signatures.domain.queries import desk
from signatures.domain.queries import received as queries
from signatures.domain.queries.arranged import place_of
from signatures.domain.queries.changes import changes
from signatures.domain.tally.status import page_counts
from signatures.models import Agreement, Channel, PageState, ReceivedPage, Submission
from signatures.views import words
from signatures.views.access import Access, agreement_for, received_page_for
from signatures.views.board.board import etag
from signatures.views.board.history import history
from signatures.views.desk import seen, sheets
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.received import pages
from signatures.views.received.arranging import arrange_url

FILES_AT_ONCE = 30
CHANNELS_FIRST_SCAN = (Channel.SCAN, Channel.FAX, Channel.EMAIL, Channel.COURIER, Channel.PORTAL)


@require_http_methods(["GET", "POST"])
def received(request: HttpRequest, slug: str) -> HttpResponse:
    """The files received, newest first; posting adds more."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    if request.method == "POST":
        return _upload(request, access)
    return _list(request, access)


def _list(request: HttpRequest, access: Access, errors: tuple[str, ...] = (), status: int = 200) -> HttpResponse:
    agreement, now = access.agreement, timezone.now()
    start = _start(request)
    found = queries.files(agreement, start, FILES_AT_ONCE + 1)
    here = reverse("received", args=[agreement.slug])
    context = {
        **_files_context(access, found[:FILES_AT_ONCE], now),
        "may_act": access.may_act,
        "channels": [{"value": one.value, "word": words.CHANNELS[one]} for one in CHANNELS_FIRST_SCAN],
        "live_url": f"{reverse('received_live', args=[agreement.slug])}?from={start}",
        "more_url": f"{here}?from={start + FILES_AT_ONCE}" if len(found) > FILES_AT_ONCE else None,
        "form_errors": errors,
        "search_url": reverse("board", args=[agreement.slug]),
    }
    return render(request, "received/list.html", context, status=status)


@require_GET
def live(request: HttpRequest, slug: str) -> HttpResponse:
    """The counts and the files, or 304 while nothing has changed."""
    access = agreement_for(request, slug)
    tag = etag(request, access, changes(access.agreement))
    response = get_conditional_response(request, etag=tag)
    if response is None:
        found = queries.files(access.agreement, _start(request), FILES_AT_ONCE)
        response = render(request, "received/files.html", _files_context(access, found, timezone.now()))
        response["ETag"] = tag
    return response


def _start(request: HttpRequest) -> int:
    return number(request.GET.get("from")) or 0


def _files_context(access: Access, files: list[queries.ReceivedFile], now: datetime.datetime) -> dict[str, Any]:
    return {
        "agreement": heading(access.agreement, now),
        "counts": page_counts(access.agreement),
        "files": [_file(access, one, now) for one in files],
    }


def _file(access: Access, one: queries.ReceivedFile, now: datetime.datetime) -> dict[str, Any]:
    agreement, submission = access.agreement, one.submission
    may_arrange = access.may_act and submission.state == Submission.State.READ
    size = filesizeformat(submission.file.size)
    if submission.page_count:
        size = f"{size}, {words.counted(submission.page_count, 'page')}"
    return {
        "id": submission.pk,
        "name": submission.original_name,
        "url": reverse("original", args=[agreement.slug, submission.public_id]),
        "channel": words.CHANNELS[Channel(submission.channel)],
        "when": words.moment(submission.received_at, agreement.time_zone, now),
        "from_words": _from_words(submission),
        "receipt": submission.file_id[:12],
        "size_words": size,
        "reading": submission.state == Submission.State.WAITING,
        "done": one.pages_read,
        "total": submission.page_count,
        "reason": submission.reason,
        "arrange_url": arrange_url(agreement, submission) if may_arrange else None,
        "documents": [[_page(agreement, page, submission) for page in document] for document in one.documents],
    }


def _from_words(submission: Submission) -> str:
    if submission.received_by is not None:
        return f"uploaded by {submission.received_by}"
    if submission.packet is not None:
        return f"through the link of {submission.packet}"
    return f"from {words.telephone(submission.sender)}" if submission.sender else ""


def _page(agreement: Agreement, page: pages.ArrivedPage, file: Submission) -> dict[str, Any]:
    said = pages.said_of(page)
    place = f"Page {page.index + 1} of {page.page_count}"
    return {
        "id": page.page,
        "url": reverse("received_page", args=[agreement.slug, page.page]),
        "thumbnail_url": pages.thumbnail_url(agreement, page),
        "place": place if page.submission == file.pk else f"{place} of {page.file_name}",
        "names": page.names,
        "state": page.state.replace("_", " "),
        "words": said.words,
        "kind": said.kind,
    }


def _upload(request: HttpRequest, access: Access) -> HttpResponse:
    """Keep every file of the form. By script one comes at a time, and its receipt goes back."""
    by_script = request.headers.get("X-Requested-With") == "upload"
    kept: list[Submission] = []
    refused: list[str] = []
    for uploaded in request.FILES.getlist("files"):
        try:
            kept.append(_receive(uploaded, request.POST.get("channel") or Channel.SCAN, access))
        except Refused as error:
            refused.append(str(error))
    if not kept and not refused:
        refused.append("No file was chosen. Choose one or more files with signature pages.")
    if by_script:
        if refused:
            return HttpResponse(refused[0], status=400, content_type="text/plain; charset=utf-8")
        shown = _file(access, queries.file(kept[0]), timezone.now())
        return render(request, "received/file.html", {"file": shown})
    if kept:
        messages.success(request, f"{words.counted(len(kept), 'file')} received.")
    if refused:
        return _list(request, access, tuple(refused), status=400)
    return redirect("received", access.agreement.slug)


def _receive(uploaded: UploadedFile, channel: str, access: Access) -> Submission:
    return intake.receive_uploaded(
        uploaded.chunks(),
        uploaded.size or 0,
        uploaded.name or "unnamed",
        channel,
        agreement=access.agreement,
        received_by=access.user,
    )


@require_GET
def page(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """One received page: its picture, what it is, what happened to it."""
    access = agreement_for(request, slug)
    agreement, now = access.agreement, timezone.now()
    row = received_page_for(access, page_id)
    row.agreement = agreement
    looked = desk.look(agreement, row)
    context = {
        "agreement": heading(agreement, now),
        "search_url": reverse("board", args=[slug]),
        "page": _page_facts(access, row, looked, now),
        "received": sheets.received(slug, looked, access.show_amounts),
        "history": history(queries.events_of_page(row), agreement.time_zone, now),
    }
    return render(request, "received/page.html", context)


def _page_facts(access: Access, row: ReceivedPage, looked: desk.Looked, now: datetime.datetime) -> dict[str, Any]:
    agreement, submission = access.agreement, row.submission
    blocks = list(dict.fromkeys(line.block for line in looked.lines))
    decided = row.settled_at is not None or row.state == PageState.SET_ASIDE
    place = place_of(row)
    stands = place.submission if place else submission
    own_file = submission.agreement_id == agreement.pk
    return {
        "title": f"Page {row.index + 1} of {submission.original_name}",
        "state_words": _state_words(row, looked),
        "blocks": [
            {
                "name": one.entity,
                "state": one.state,
                "state_word": "",
                "url": reverse("holder", args=[agreement.slug, one.pk]),
            }
            for one in blocks
        ],
        "facts": _facts(row, looked, agreement, now, stands),
        "why": seen.why(looked),
        "copies": [
            {
                "words": f"{words.CHANNELS[Channel(one.channel)]} "
                f"{words.moment(one.received_at, agreement.time_zone, now)}: {pages.said_of(one).words}",
                "url": reverse("received_page", args=[agreement.slug, one.page]),
            }
            for one in queries.other_copies(row)
        ],
        "original_url": reverse("original", args=[agreement.slug, submission.public_id])
        if own_file and access.show_amounts
        else None,
        "desk_url": reverse("desk_page", args=[agreement.slug, row.pk]) if row.needs_person else None,
        "arrange_url": reverse("desk_file", args=[agreement.slug, row.pk]) if own_file and access.may_act else None,
        "bring_back_url": reverse("bring_back", args=[agreement.slug, row.pk]) if decided and access.may_act else None,
    }


def _state_words(row: ReceivedPage, looked: desk.Looked) -> str:
    if row.state == PageState.WAITING:
        return "Waiting to be read"
    if row.state == PageState.SET_ASIDE:
        return f"Set aside: {row.reason}"
    if looked.matched is None:
        return f"Not identified yet: {row.question or row.reason}"
    known = f"This is page {looked.matched.number}"
    if row.needs_person:
        return f"{known}. {row.question}."
    if row.settled_by is not None:
        rule = " by the rule that was switched on" if row.by_rule else ""
        return f"{known}, decided{rule} by {row.settled_by}."
    return f"{known}."


def _facts(
    row: ReceivedPage, looked: desk.Looked, agreement: Agreement, now: datetime.datetime, stands: Submission
) -> list[dict[str, str]]:
    submission, reading = row.submission, looked.reading
    fax = reading.fax if reading else None
    said = {
        "Channel": words.CHANNELS[Channel(submission.channel)],
        "Received": words.local_moment(submission.received_at, agreement.time_zone, now),
        "From": words.telephone((fax.sender if fax else None) or submission.sender),
        "Uploaded by": str(submission.received_by or ""),
        "Link of": str(submission.packet or ""),
        "Fax to": fax.recipient or "" if fax else "",
        "Fax header": fax.text if fax else "",
        "Page": f"{row.index + 1} of {submission.page_count or 1}",
        "Moved to": str(stands) if stands != submission else "",
        "Turned": f"by {reading.turned}° to be upright" if reading and reading.turned else "",
        "Receipt": submission.file_id[:16],
    }
    return [{"word": word, "value": value} for word, value in said.items() if value]


@require_POST
def bring_back(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Put a page that was decided about, or set aside, back into the queue."""
    access = agreement_for(request, slug, decide=True)
    row = received_page_for(access, page_id)
    try:
        undoing.undo(row, access.user)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The page stands in the queue again.")
    return redirect("desk_page" if request.POST.get("at") == "desk" else "received_page", slug, page_id)
