"""Pictures of received and issued pages, files as they came, and issued pages as PDF."""

from __future__ import annotations

from typing import BinaryIO

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.views.decorators.http import require_GET

from signatures.domain import files
from signatures.domain.pages import blanks
from signatures.models import StoredFile, Submission
from signatures.paper.binding import bind
from signatures.views.access import Access, agreement_for, issued_page_for, received_page_for

# A picture is made once and never changes, but only the person who was let in may keep it.
FOR_EVER = "private, max-age=31536000, immutable"


@require_GET
def thumbnail(request: HttpRequest, slug: str, page_id: int) -> HttpResponseBase:
    """The small picture of a received page."""
    return picture_response(request, received_page_for(agreement_for(request, slug), page_id).thumbnail)


@require_GET
def upright(request: HttpRequest, slug: str, page_id: int) -> HttpResponseBase:
    """The picture of a received page, upright. The amount that is written on it can be read."""
    return picture_response(request, received_page_for(_with_amounts(request, slug), page_id).upright)


@require_GET
def issued(request: HttpRequest, slug: str, page_id: int) -> HttpResponseBase:
    """The picture of an issued page, as it was before anybody signed it."""
    return picture_response(request, blanks.blank_of(issued_page_for(agreement_for(request, slug), page_id)))


@require_GET
def issued_pdf(request: HttpRequest, slug: str, page_id: int) -> HttpResponseBase:
    """An issued page alone, as a PDF to print."""
    page = issued_page_for(agreement_for(request, slug), page_id)
    response = HttpResponse(bind([(files.read(page.pdf), page.page_index)]), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="page-{page.plain_number}.pdf"'
    response["Cache-Control"] = FOR_EVER
    return response


@require_GET
def original(request: HttpRequest, slug: str, file_id: str) -> HttpResponseBase:
    """A file as it came. It is anybody's bytes: it is handed over to be saved, never shown by the browser."""
    access = _with_amounts(request, slug)
    submission = get_object_or_404(Submission.objects.filter(agreement=access.agreement), public_id=file_id)
    return FileResponse(
        _open(submission.file),
        as_attachment=True,
        filename=submission.original_name,
        content_type="application/octet-stream",
    )


def _with_amounts(request: HttpRequest, slug: str) -> Access:
    access = agreement_for(request, slug)
    if not access.show_amounts:
        raise PermissionDenied("A signed page shows what its holder holds. Ask counsel if you need to see it.")
    return access


def picture_response(request: HttpRequest, stored: StoredFile | None) -> HttpResponseBase:
    """Send a picture that never changes. Raises Http404 for none."""
    if stored is None:
        raise Http404("No picture could be made of this page.")
    tag = quote_etag(stored.sha256)
    unchanged = get_conditional_response(request, etag=tag)
    response: HttpResponseBase = unchanged or FileResponse(_open(stored), content_type=stored.media_type)
    response["ETag"] = tag
    response["Cache-Control"] = FOR_EVER
    return response


def _open(stored: StoredFile) -> BinaryIO:
    return files.path_of(stored.sha256).open("rb")
