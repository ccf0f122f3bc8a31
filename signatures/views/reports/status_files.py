"""Reports that a worker makes: how far one is, and its file once it is there."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from signatures.domain import files
from signatures.domain.tally import status_files
from signatures.models import Agreement, StatusFile, WorkState
from signatures.paper.status_report import draw_status
from signatures.views import words
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.reports import exports, status_pdf

Tell = Callable[[StatusFile.Step], None]


def content_of(one: StatusFile, now: datetime.datetime, tell: Tell) -> bytes:
    """Return a report as of a moment. `tell` is called once what is in it has been gathered."""
    if one.kind == StatusFile.Kind.PDF:
        report = status_pdf.report_of(one.agreement, one.with_amounts, now, with_defects=one.with_defects)
        tell(StatusFile.Step.SETTING)
        return draw_status(report)
    found = exports.report(one.agreement, one.with_amounts)
    tell(StatusFile.Step.SETTING)
    return exports.workbook_of(found) if one.kind == StatusFile.Kind.XLSX else exports.csv_of(found)


def make(file_id: int) -> None:
    """Make a report that is under way. One that is over is left alone, however often this is called."""
    one = status_files.begin(file_id)
    if one is not None:
        now = timezone.now()
        status_files.finish(one, content_of(one, now, lambda step: status_files.reach(one, step)), now)


def _of(access: Access, file_id: int) -> StatusFile:
    """Return a report that a person may see: one with amounts is for those who may see amounts."""
    found = (
        StatusFile.objects.filter(agreement=access.agreement)
        .filter(with_defects=True)
        .select_related("agreement", "file")
    )
    return get_object_or_404(found if access.show_amounts else found.filter(with_amounts=False), pk=file_id)


@never_cache
@require_GET
def making(request: HttpRequest, slug: str, file_id: int) -> HttpResponse:
    """How far a report is. The open page asks again until it is over."""
    access = agreement_for(request, slug)
    one = _of(access, file_id)
    urls = [reverse(name, args=[slug, one.pk]) for name in ("status_file", "status_file_download")]
    context: dict[str, Any] = {"making": said(one, *urls)}
    if request.headers.get("HX-Request") == "true":
        return render(request, "board/making_live.html", context)
    return render(request, "board/making.html", {**context, "agreement": heading(access.agreement, timezone.now(), 1)})


@require_GET
def download(request: HttpRequest, slug: str, file_id: int) -> HttpResponse:
    """The file of a report that is made."""
    return given(_of(agreement_for(request, slug), file_id))


def given(one: StatusFile) -> HttpResponse:
    """Answer with the file of a report. Raises Http404 while there is none."""
    if one.file is None:
        raise Http404
    media_type = status_files.MEDIA_TYPES[StatusFile.Kind(one.kind)]
    return exports.download(files.read(one.file), media_type, name_of(one))


def name_of(one: StatusFile) -> str:
    return f"{one.agreement.slug}-status.{one.kind}"


def said(one: StatusFile, url: str, file_url: str) -> dict[str, Any]:
    """Return what templates/board/making_live.html says of a report."""
    agreement: Agreement = one.agreement
    amounts = "with amounts" if one.with_amounts else "without amounts"
    return {
        "name": f"{one.get_kind_display()}, {amounts}"[:1].upper() + f"{one.get_kind_display()}, {amounts}"[1:],
        "is_under_way": one.is_under_way,
        "is_refused": one.state == WorkState.REFUSED,
        "reason": one.reason,
        "words": one.get_step_display(),
        "step": one.step,
        "steps": len(StatusFile.Step),
        "url": url,
        "file_url": file_url,
        "file_name": name_of(one),
        "size_words": f"{(one.file.size + 999) // 1000:,} kB" if one.file else "",
        "as_of_words": words.local_moment(one.as_of, agreement.time_zone, timezone.now()) if one.as_of else "",
    }
