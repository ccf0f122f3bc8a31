"""What a client without an account sees through its link: the board's figures. It can change nothing.

A stranger, and a link that has ended or was withdrawn, get a 404. Nothing here leads to a page, a file or a note.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from signatures.domain import client_links
from signatures.domain.queries.changes import changes
from signatures.domain.tally import status_files
from signatures.models import ClientLink, StatusFile
from signatures.views import words
from signatures.views.heading import heading
from signatures.views.outside.client_links import last_day
from signatures.views.outside.portal import private
from signatures.views.reports.status import dated, status
from signatures.views.reports.status_files import given
from signatures.views.reports.status_files import said as status_files_said
from signatures.views.reports.status_pdf import pdf_of

MOST_IN_A_GROUP = 100


def _link(token: str) -> ClientLink:
    link = client_links.link_of_token(token)
    if link is None:
        raise Http404
    return link


@never_cache
@require_GET
def look(request: HttpRequest, token: str) -> HttpResponse:
    """The figures. Who fetches this may be a scanner of mail: it counts as opened once the open page asks for news."""
    return private(render(request, "look/look.html", _context(_link(token), token)))


@require_GET
def live(request: HttpRequest, token: str) -> HttpResponse:
    """The parts that move, as an open page asks for them, or 304 while nothing has changed."""
    link = _link(token)
    if request.headers.get("X-Requested-With") == "live" and "prefetch" not in request.headers.get("Sec-Purpose", ""):
        client_links.note_opened(link)
    tag = quote_etag(f"{changes(link.agreement).mark} {link.pk} {int(timezone.now().timestamp() // 60)}")
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return private(unchanged)
    response = render(request, "look/live.html", _context(link, token))
    response["ETag"] = tag
    return private(response)


@require_GET
def pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The figures as a status report, without the defects, which are counsel's."""
    link = _link(token)
    if status_files.is_for_a_worker(link.agreement):
        one = status_files.ask(link.agreement, StatusFile.Kind.PDF, with_amounts=link.with_amounts, with_defects=False)
        return private(redirect("look_file", token, one.pk))
    content = pdf_of(link.agreement, link.with_amounts, timezone.now(), with_defects=False)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="status.pdf"'
    return private(response)


def _file(link: ClientLink, file_id: int) -> StatusFile:
    """Return a report for clients that tells what this link tells."""
    found = StatusFile.objects.filter(agreement=link.agreement, with_defects=False, with_amounts=link.with_amounts)
    return get_object_or_404(found.select_related("agreement", "file"), pk=file_id)


@never_cache
@require_GET
def making(request: HttpRequest, token: str, file_id: int) -> HttpResponse:
    """How far a client's report is. The open page asks again until it is over."""
    link = _link(token)
    one = _file(link, file_id)
    urls = [reverse(name, args=[token, one.pk]) for name in ("look_file", "look_file_download")]
    context: dict[str, Any] = {"making": status_files_said(one, *urls)}
    if request.headers.get("HX-Request") == "true":
        return private(render(request, "board/making_live.html", context))
    context |= {"agreement": heading(link.agreement, timezone.now(), 1), "look_url": reverse("look", args=[token])}
    return private(render(request, "look/making.html", context))


@require_GET
def download(request: HttpRequest, token: str, file_id: int) -> HttpResponse:
    """The file of a client's report."""
    return private(given(_file(_link(token), file_id)))


def _context(link: ClientLink, token: str) -> dict[str, Any]:
    agreement, now = link.agreement, timezone.now()
    said = status(agreement, link.with_amounts, now, most=MOST_IN_A_GROUP, with_defects=False)
    # How the missing ones are best won is between counsel and who sees the board.
    said["summary"]["ways"] = []
    zone = agreement.time_zone
    return {
        **said,
        "show_amounts": link.with_amounts,
        "as_of_words": f"{dated(now, zone, now)} {words.zone_word(zone)}",
        "due_words": f"Due {words.local_moment(agreement.due_at, zone, now)}" if agreement.due_at else "",
        "counsel": {
            "words": words.counsel_words(agreement),
            "telephone": agreement.counsel_telephone,
            "email": agreement.counsel_email,
        },
        "until_words": last_day(link),
        "live_url": reverse("look_live", args=[token]),
        "pdf_url": reverse("look_pdf", args=[token]),
    }
