"""The documents of a collection: what is signed along with the agreement, and who signed which of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signatures.domain.documents import further_documents, version_reading
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import reminders, sending
from signatures.domain.queries import grid as queries
from signatures.domain.tally.status_files import MEDIA_TYPES
from signatures.models import Agreement, BlockState, StatusFile
from signatures.setup_forms import FurtherDocumentForm
from signatures.views.access import Access, agreement_for
from signatures.views.board import reminding
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.reports.exports import Sheet, book_of, download, sheet_as_csv
from signatures.views.setup.new_agreement import MOST_BYTES, TOO_LARGE
from signatures.views.setup.versions import reading_words
from signatures.views.words import counted

MOST_LINES = 100
DOES_NOT_SIGN = "does not sign"


@dataclass(frozen=True)
class Asked:
    """What the address asks for; anything unknown in it counts as not asked. `column` is a document's place."""

    missing: bool
    column: int | None
    query: str
    start: int

    @classmethod
    def of(cls, given: QueryDict, columns: int) -> Asked:
        column = number(given.get("document"))
        return cls(
            missing=given.get("show") == "missing",
            column=column if column is not None and column < columns else None,
            query=" ".join(given.get("q", "").replace("\0", "").split())[:200],
            start=number(given.get("from")) or 0,
        )

    def address(self, path: str, **changed: object) -> str:
        """Return the address for the same with something changed; from its first line, unless that is what changes."""
        asked = {"show": "missing" if self.missing else "", "document": self.column, "q": self.query, **changed}
        given = QueryDict(mutable=True)
        given.update({key: str(value) for key, value in asked.items() if value not in ("", None)})
        return f"{path}?{given.urlencode()}" if given else path


@require_http_methods(["GET", "POST"])
def documents(request: HttpRequest, slug: str) -> HttpResponse:
    """The documents, and the grid where there are several; a post adds one."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    form = FurtherDocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _add(access, form)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return redirect("documents", slug)
    found = queries.grid(access.agreement)
    context = {
        "agreement": heading(access.agreement, timezone.now(), found.columns[0].version.number),
        "may_act": access.may_act,
        "form": form,
        "work": reading_words(access, further=True),
        "documents": [_document(slug, column) for column in found.columns],
        "withdrawn": list(access.agreement.further_documents.exclude(version__withdrawn_at=None)),
        "grid": _grid(request, access.agreement, found) if len(found.columns) > 1 else None,
    }
    return render(request, "setup/documents.html", context, status=422 if form.errors else 200)


def _add(access: Access, form: FurtherDocumentForm) -> None:
    said = form.cleaned_data
    file = said["document"]
    if file.size > MOST_BYTES:
        raise Refused(TOO_LARGE)
    version_reading.queue_further(access.agreement, file.chunks(), file.name, said["title"], said["signs"], access.user)


@require_POST
def withdraw(request: HttpRequest, slug: str, document_id: int) -> HttpResponse:
    """Take a document out of the collection, or `do=back` bring it back."""
    access = agreement_for(request, slug, decide=True)
    one = get_object_or_404(access.agreement.further_documents.all(), pk=document_id)
    try:
        if request.POST.get("do") == "back":
            further_documents.bring_back(one, access.user)
            messages.success(request, f"{one.title} is signed along with the agreement again.")
        else:
            further_documents.withdraw(one, access.user)
            messages.success(request, f"{one.title} is withdrawn. You can bring it back below.")
    except (Overtaken, Refused) as error:
        messages.error(request, str(error))
    return redirect("documents", slug)


@require_POST
def remind(request: HttpRequest, slug: str, document_id: int) -> HttpResponse:
    """Remind everybody who has still to sign one further document."""
    access = agreement_for(request, slug, decide=True)
    one = get_object_or_404(access.agreement.further_documents.all(), pk=document_id)
    try:
        done = reminders.remind_of_document(one, access.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        (messages.success if done.queued else messages.warning)(request, reminding.said(done))
    return redirect("documents", slug)


def _document(slug: str, column: queries.Column) -> dict[str, Any]:
    version, further = column.version, column.version.further_document
    return {
        "id": further.pk if further else None,
        "title": column.title,
        "words": f"{column.executed:,} of {counted(column.blocks, 'block')} executed",
        "name": version.source_name,
        "url": reverse("document_check", args=[slug, further.pk]) if further else reverse("check", args=[slug]),
        "may_remind": further is not None and column.executed < column.blocks and sending.is_set_up(),
        "kind_words": f"signed by {further.get_signs_display()}"
        if further
        else "the agreement itself, which is tallied",
    }


# The grid ---------------------------------------------------------------------------------------------------------


def _grid(request: HttpRequest, agreement: Agreement, found: queries.Grid) -> dict[str, Any]:
    here = reverse("documents", args=[agreement.slug])
    asked = Asked.of(request.GET, len(found.columns))
    lines = queries.found(found.lines, missing=asked.missing, column=asked.column, query=asked.query)
    start = asked.start if asked.start < len(lines) else 0
    shown = lines[start : start + MOST_LINES]
    pages = queries.pages([cell.block for line in shown for cell in line.cells if cell])
    return {
        "query": asked.query,
        "show": "missing" if asked.missing else "",
        "document": "" if asked.column is None else asked.column,
        "filters": _filters(here, asked, found),
        "choices": _choices(here, asked, found),
        "columns": [
            {"title": column.title, "words": f"{column.executed:,} of {column.blocks:,}"} for column in found.columns
        ],
        "rows": [
            _line(agreement, line, pages, before.signatory if before else None)
            for before, line in zip([None, *shown], shown, strict=False)
        ],
        "words": f"{start + 1:,} to {start + len(shown):,} of {counted(len(lines), 'party', 'parties')}"
        if shown
        else "",
        "earlier_url": asked.address(here, **{"from": max(0, start - MOST_LINES)}) if start else None,
        "later_url": asked.address(here, **{"from": start + MOST_LINES}) if start + MOST_LINES < len(lines) else None,
        "xlsx_url": asked.address(reverse("documents_xlsx", args=[agreement.slug])),
        "csv_url": asked.address(reverse("documents_csv", args=[agreement.slug])),
    }


def _filters(here: str, asked: Asked, found: queries.Grid) -> list[dict[str, Any]]:
    return [
        {
            "word": "Something missing" if missing else "All",
            "count": len(queries.found(found.lines, missing=missing, column=asked.column, query=asked.query)),
            "url": asked.address(here, show="missing" if missing else ""),
            "current": asked.missing == missing,
        }
        for missing in (False, True)
    ]


def _choices(here: str, asked: Asked, found: queries.Grid) -> list[dict[str, Any]]:
    return [
        {
            "word": "every document" if one is None else found.columns[one].title,
            "url": asked.address(here, document=one),
            "current": one == asked.column,
        }
        for one in (None, *range(len(found.columns)))
    ]


def _line(
    agreement: Agreement, line: queries.Line, pages: dict[int, queries.Page], signatory_before: str | None
) -> dict[str, Any]:
    first = next(cell for cell in line.cells if cell)
    return {
        "signatory": line.signatory,
        "repeats": bool(line.signatory) and line.signatory == signatory_before,
        "name": line.entity,
        "role": line.role if line.role != "holder" else "",
        "url": reverse("holder", args=[agreement.slug, first.block]) if line.cells[0] else None,
        "missing": line.missing,
        "cells": [_cell(agreement, cell, pages) for cell in line.cells],
    }


def _cell(agreement: Agreement, cell: queries.Cell | None, pages: dict[int, queries.Page]) -> dict[str, Any]:
    if cell is None:
        return {"state": "", "word": DOES_NOT_SIGN, "url": None, "number": ""}
    page = pages.get(cell.block)
    url = None
    if page is not None:
        name, pk = ("received_page", page.received) if page.received else ("issued_pdf", page.issued)
        url = reverse(name, args=[agreement.slug, pk])
    return {"state": cell.state, "word": "", "url": url, "number": page.number if page else "no page issued yet"}


def _sheet(request: HttpRequest, access: Access) -> Sheet:
    found = queries.grid(access.agreement)
    asked = Asked.of(request.GET, len(found.columns))
    lines = queries.found(found.lines, missing=asked.missing, column=asked.column, query=asked.query)
    titles = [column.title for column in found.columns]
    return (
        "Documents",
        ["Signatory", "Party", "Role", *titles, "Documents missing"],
        [
            (
                line.signatory,
                line.entity,
                line.role,
                *(str(BlockState(cell.state).label) if cell else DOES_NOT_SIGN for cell in line.cells),
                line.missing,
            )
            for line in lines
        ],
        [28, 42, 10, *[24 for _ in titles], 18],
    )


@require_GET
def workbook(request: HttpRequest, slug: str) -> HttpResponse:
    """The grid as a workbook, as it is filtered."""
    access = agreement_for(request, slug)
    content = book_of([_sheet(request, access)], access.agreement.time_zone)
    return download(content, MEDIA_TYPES[StatusFile.Kind.XLSX], f"{slug}-documents.xlsx")


@require_GET
def grid_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The grid as a CSV file for spreadsheets, as it is filtered."""
    access = agreement_for(request, slug)
    content = sheet_as_csv(_sheet(request, access), access.agreement.time_zone)
    return download(content, MEDIA_TYPES[StatusFile.Kind.CSV], f"{slug}-documents.csv")
