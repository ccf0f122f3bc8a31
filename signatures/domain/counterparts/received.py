"""What became of a submission, page by page, as plain data."""

from __future__ import annotations

from typing import Any

from signatures.models import PageState, ReceivedPage, SignaturePage, Submission
from signatures.paper.code import parse_payload
from signatures.paper.reading import Reading, reading_from_json

NOTHING_SEEN: dict[str, Any] = {
    "page_id": None,
    "candidates": [],
    "method": None,
    "blocks": {},
    "fields": {},
    "other_ink": None,
    "fax": None,
    "seconds": 0.0,
}


def rows_of(submission: Submission, file: str) -> list[dict[str, Any]]:
    """Return one dict a page, in the order of the file; a file that holds no page gives one with page null."""
    if submission.state == Submission.State.UNREADABLE:
        return [{"file": file, "page": None, "outcome": "set_aside", "reason": submission.reason, **NOTHING_SEEN}]
    pages = submission.pages.select_related("current_reading").prefetch_related("matches__signature_page")
    return [_row(page, file) for page in pages.order_by("index")]


def _row(page: ReceivedPage, file: str) -> dict[str, Any]:
    row: dict[str, Any] = {"file": file, "page": page.index, "outcome": page.state, "reason": page.reason or None}
    if page.current_reading is None:
        return {**row, **NOTHING_SEEN}
    reading = reading_from_json(page.current_reading.data)
    match = next((one for one in page.matches.all() if one.closed_at is None), None)
    if match is None:
        row |= NOTHING_SEEN
        row["candidates"] = _candidates(reading)
    else:
        row["outcome"] = "duplicate" if page.duplicate_of_id and page.state == PageState.MATCHED else page.state
        row["reason"] = page.reason or reading.reason or page.question or None
        row["page_id"] = match.signature_page.plain_number
        row["candidates"] = []
        row["method"] = reading.method
        row["blocks"] = {line.id: line.verdict for line in reading.lines}
        row["fields"] = {f"{seen.line}.{seen.name}": seen.verdict for seen in reading.fields}
        row["other_ink"] = reading.other_ink
    row["fax"] = _fax(reading)
    row["seconds"] = round(reading.seconds, 4)
    return row


def _candidates(reading: Reading) -> list[str]:
    keys = [seen.key for one in reading.candidates if (seen := parse_payload(one.payload)) is not None]
    numbers = {page.key: page.plain_number for page in SignaturePage.objects.filter(key__in=keys)}
    return [numbers[key] for key in keys if key in numbers]


def _fax(reading: Reading) -> dict[str, Any] | None:
    if reading.fax is None:
        return None
    return {
        "from": reading.fax.sender,
        "to": reading.fax.recipient,
        "page": reading.fax.page,
        "received": reading.fax.received,
    }
