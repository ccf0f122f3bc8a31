"""What goes out of the board: a workbook and a CSV file, with or without amounts."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from signatures.domain.queries.report import Report, report
from signatures.domain.register.register_file import quoted
from signatures.domain.tally import status_files
from signatures.models import StatusFile
from signatures.views.access import agreement_for
from signatures.views.thresholds import rule_words
from signatures.views.words import zone_word

Row = Sequence[str | int | bool | Decimal | datetime.datetime | None]
Sheet = tuple[str, list[str], list[Row], list[int]]
MONEY = "#,##0.00"
MOMENT = "yyyy-mm-dd hh:mm"


@require_GET
def workbook(request: HttpRequest, slug: str) -> HttpResponse:
    """The board as a workbook: parties, thresholds, defects, received pages; numbers and times as such."""
    return _answer(request, slug, StatusFile.Kind.XLSX, workbook_of)


def workbook_of(found: Report) -> bytes:
    """Return a report as a workbook."""
    return book_of(_sheets(found), found.zone)


def book_of(sheets: Sequence[Sheet], zone: str) -> bytes:
    """Return sheets as a workbook, its times in a zone."""
    book = Workbook(write_only=True)
    for name, headings, rows, widths in sheets:
        sheet = book.create_sheet(name)
        for at, width in enumerate(widths):
            sheet.column_dimensions[get_column_letter(at + 1)].width = width
        sheet.freeze_panes = "A2"
        sheet.append([_heading(sheet, heading) for heading in headings])
        for row in rows:
            sheet.append([_cell(sheet, value, zone) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@require_GET
def board_csv(request: HttpRequest, slug: str) -> HttpResponse:
    """The parties of the board as a CSV file for spreadsheets."""
    return _answer(request, slug, StatusFile.Kind.CSV, csv_of)


def csv_of(found: Report) -> bytes:
    """Return the parties of a report as CSV."""
    return sheet_as_csv(_sheets(found)[0], found.zone)


def sheet_as_csv(sheet: Sheet, zone: str) -> bytes:
    """Return a sheet as CSV, in UTF-8 with the mark that spreadsheets look for, its times in a zone."""
    _name, headings, rows, _widths = sheet
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([quoted(_text(value, zone)) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _answer(request: HttpRequest, slug: str, kind: StatusFile.Kind, make: Callable[[Report], bytes]) -> HttpResponse:
    """Answer with the file, or lead to where a worker makes it. Amounts are in it for those who may see them, unless
    they ask to leave them out.
    """
    access = agreement_for(request, slug)
    with_amounts = access.show_amounts and request.GET.get("amounts") != "no"
    if status_files.is_for_a_worker(access.agreement):
        one = status_files.ask(access.agreement, kind, with_amounts=with_amounts, by=access.user)
        return redirect("status_file", slug, one.pk)
    content = make(report(access.agreement, with_amounts))
    return download(content, status_files.MEDIA_TYPES[kind], f"{slug}-status.{kind}")


def _sheets(found: Report) -> list[Sheet]:
    """Return each sheet as its name, headings, rows and widths of columns in characters."""
    zone = zone_word(found.zone)
    amounts = found.with_amounts
    parties: list[Row] = [
        (
            one.name,
            one.role,
            one.chain,
            one.signatories,
            *((one.principal,) if amounts else ()),
            one.disregarded,
            one.state,
            one.copies,
            one.first_received,
            one.channels,
            "to follow" if one.original_to_follow else "",
        )
        for one in found.parties
    ]
    principal = [f"Principal ({found.currency})"] if amounts else []
    received = f"First received ({zone} time)"
    headings = ["Party", "Role", "Signs by", "Signatories", *principal, "Disregarded", "State", "Copies", received]
    widths = [42, 10, 48, 28, *([18] if amounts else []), 24, 20, 8, 18, 16, 12]
    return [
        ("Status", [*headings, "Channels", "Original"], parties, widths),
        _thresholds(found),
        _defects(found, zone),
        _pages(found, zone),
    ]


def _defects(found: Report, zone: str) -> Sheet:
    return (
        "Defects",
        ["Party", "Defect", "Note", f"Since ({zone} time)"],
        [(one.party, one.words, one.note, one.since) for one in found.defects],
        [42, 40, 48, 18],
    )


def _pages(found: Report, zone: str) -> Sheet:
    return (
        "Received pages",
        ["File", "Page", "Channel", f"Received ({zone} time)", "State", "Page number", "Parties", "In words"],
        [
            (one.file, one.page, one.channel, one.received_at, one.state, one.number, one.parties, one.words)
            for one in found.pages
        ],
        [30, 6, 10, 18, 14, 18, 48, 60],
    )


def _thresholds(found: Report) -> Sheet:
    as_of: Row = ("As of", found.at, "")
    counted: Row = ("Holders executed", found.executed, f"of {found.holders}")
    if found.tally is None:
        rows: list[Row] = [(name, clause, "met" if met else "not met yet") for name, clause, met in found.met]
        return "Thresholds", ["Threshold", "Clause", "Met"], [*rows, counted, as_of], [32, 24, 14]
    measured: list[Row] = [
        (
            one.rule.name,
            one.rule.clause,
            "met" if one.met else "not met yet",
            one.rule.percent,
            *((None, int(one.short_by)) if one.rule.of_holders else (one.short_by, None)),
            rule_words(one.rule),
        )
        for one in found.tally.thresholds
    ]
    figures: list[Row] = [
        ("Base", None, "", None, found.tally.base),
        ("Executed", None, "", found.tally.percent, found.tally.executed),
        ("Disregarded", None, "", None, found.tally.disregarded),
        ("Holder unknown", None, "", None, found.tally.holder_unknown),
    ]
    headings = ["Threshold", "Clause", "Met", "Percent", f"Short by, or amount ({found.currency})"]
    headings += ["Short by (holders)", "Rule"]
    return "Thresholds", headings, [*measured, *figures, counted, as_of], [32, 24, 14, 10, 26, 18, 48]


def _heading(sheet: WriteOnlyWorksheet, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: WriteOnlyWorksheet, value: Any, zone: str) -> Any:
    """Return a cell of the value's own type; a text is never taken for a formula."""
    if isinstance(value, datetime.datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(ZoneInfo(zone)).replace(tzinfo=None, microsecond=0))
        cell.number_format = MOMENT
        return cell
    cell = WriteOnlyCell(sheet, quoted(value) if isinstance(value, str) else value)
    if isinstance(value, Decimal):
        cell.number_format = MONEY
    return cell


def _text(value: Any, zone: str) -> str:
    if isinstance(value, datetime.datetime):
        return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


def download(content: bytes, kind: str, name: str) -> HttpResponse:
    """Answer with a file to keep, which nobody in between may."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response
