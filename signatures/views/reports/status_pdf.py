"""The status report that counsel sends to a client: a PDF, with or without amounts."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from signatures.domain.queries.report import DefectLine
from signatures.domain.tally import status_files
from signatures.models import Agreement, StatusFile
from signatures.paper import status_report as paper
from signatures.views import words
from signatures.views.access import agreement_for
from signatures.views.board import drawing
from signatures.views.reports.exports import download
from signatures.views.reports.status import dated, status

PIXELS = 700  # the bar's width in the pixels that labels are laid out in; in the report they are set as large


@require_GET
def status_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """The report as of now, or where a worker makes it. Amounts are in it for those who may see them, unless they ask
    to leave them out.
    """
    access = agreement_for(request, slug)
    show_amounts = access.show_amounts and request.GET.get("amounts") != "no"
    if status_files.is_for_a_worker(access.agreement):
        one = status_files.ask(access.agreement, StatusFile.Kind.PDF, with_amounts=show_amounts, by=access.user)
        return redirect("status_file", slug, one.pk)
    content = pdf_of(access.agreement, show_amounts, timezone.now())
    return download(content, "application/pdf", f"{slug}-status.pdf")


def pdf_of(agreement: Agreement, show_amounts: bool, now: datetime.datetime, *, with_defects: bool = True) -> bytes:
    """Return the report as of a moment, of what the records say at present."""
    return paper.draw_status(report_of(agreement, show_amounts, now, with_defects=with_defects))


def report_of(
    agreement: Agreement, show_amounts: bool, now: datetime.datetime, *, with_defects: bool = True
) -> paper.StatusReport:
    """Say the status in the words that are set, without the defects where they are counsel's alone."""
    said = status(agreement, show_amounts, now, with_defects=with_defects)
    summary = said["summary"]
    return paper.StatusReport(
        title=agreement.title,
        issuer=agreement.issuer.name,
        sender=_sender(agreement),
        as_of=_in_full(now, agreement.time_zone),
        facts=_facts(agreement, said["agreement"].version_word, now),
        **_figure(summary),
        segments=tuple(
            paper.Segment(one["state"], one["word"], one["amount"], float(one["x"]), float(one["width"]))
            for one in summary["segments"]
        ),
        marks=_marks(summary.get("thresholds", [])),
        disregarded=_disregarded(summary["disregarded"]),
        thresholds=tuple(
            paper.ThresholdLine(one["name"], one["clause"], one["rule"], one["verdict"], one["met"])
            for one in said["thresholds"]
        ),
        groups=tuple(
            paper.Group(
                one["word"],
                ", ".join(filter(None, (one["count"], one["amount"]))),
                tuple(_line(row, one["state"]) for row in one["rows"]),
            )
            for one in said["groups"]
        ),
        parties=tuple(_line(row, "") for row in said["parties"]),
        defects=tuple(_defect(one, agreement.time_zone, now) for one in said["defects"]),
        closing=_closing(agreement, show_amounts),
        with_amounts=show_amounts,
    )


def _sender(agreement: Agreement) -> str:
    name = agreement.counsel_name or "counsel"
    return f"{name}, counsel for {agreement.counsel_for}" if agreement.counsel_for else name


def _in_full(at: datetime.datetime, zone: str) -> str:
    """Return 24 September 2007, 15:24 New York."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_day(local)}, {local:%H:%M} {words.zone_word(zone)}"


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%B %Y}"


def _facts(agreement: Agreement, version: str, now: datetime.datetime) -> tuple[tuple[str, str], ...]:
    zone = agreement.time_zone
    facts = [
        ("As of", _in_full(now, zone)),
        ("Version", version),
        ("Dated", _day(agreement.as_of) if agreement.as_of else ""),
        ("Notes", agreement.notes.title if agreement.notes else ""),
        ("Deadline", _in_full(agreement.due_at, zone) if agreement.due_at else ""),
        ("CUSIP", agreement.notes.cusip if agreement.notes else ""),
    ]
    return tuple((word, value) for word, value in facts if value)


def _figure(summary: dict[str, Any]) -> dict[str, str]:
    holders = f"{summary['holders_executed']:,} of {summary['holders']:,}"
    if summary["percent"] is None:
        return {"figure": holders, "figure_words": "holders executed"}
    return {
        "figure": f"{summary['percent']} %",
        "figure_words": f"{summary['executed']} of {summary['base']} executed, by {holders} holders",
    }


def _marks(thresholds: list[dict[str, Any]]) -> tuple[paper.Mark, ...]:
    texts = [(float(one["x"]), f"{one['name']} {one['percent']} %") for one in thresholds]
    placed, _height = drawing.lay_labels(texts, PIXELS)
    lowest = max((int(str(at["y"])) for at in placed), default=0)
    return tuple(
        paper.Mark(text, x, float(str(at["x"])), str(at["anchor"]), (lowest - int(str(at["y"]))) // drawing.ROW)
        for (x, text), at in zip(texts, placed, strict=True)
    )


def _disregarded(said: dict[str, Any] | None) -> str:
    return " ".join(filter(None, ("Disregarded", said["amount"], said["words"]))) if said else ""


def _line(row: dict[str, Any], state: str) -> paper.HolderLine:
    """Say a row. Where its group is no state, its own is said below its name."""
    own_state = "" if state else ": ".join(filter(None, (row["role"], row["state_word"].lower())))
    received = "; ".join(filter(None, (row["received"], "original to follow" if row["to_follow"] else "")))
    return paper.HolderLine(
        name=row["name"],
        below=tuple(filter(None, (*row["chain"], own_state))),
        signatories=tuple(row["signatories"]) or ("not known",),
        principal=row["principal"],
        note=row["disregarded"],
        received=received,
    )


def _defect(one: DefectLine, zone: str, now: datetime.datetime) -> paper.DefectLine:
    return paper.DefectLine(
        one.party, f"{one.words}: {one.note}" if one.note else one.words, dated(one.since, zone, now)
    )


def _closing(agreement: Agreement, show_amounts: bool) -> tuple[str, ...]:
    sentences = [
        "Executed means signed, and accepted as counting by counsel or by a rule that counsel switched on. Every "
        "signed page is held in escrow from the moment it is received: it is not delivered until counsel releases it.",
    ]
    if show_amounts:
        sentences.append(
            "Principal is as on the register. Notes that are disregarded stand in neither numerator nor base. Shares "
            "reached are rounded down, shares missing rounded up."
        )
    if agreement.amounts_invented:
        sentences.append("This is a demonstration: its amounts are invented.")
    sentences.append(f"Times are those of {words.zone_word(agreement.time_zone)}.")
    return tuple(sentences)
