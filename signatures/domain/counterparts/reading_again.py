"""Reading a page again as a person turned or identified it, from the picture that was kept."""

from __future__ import annotations

from dataclasses import replace

from django.db import transaction

from signatures.domain import audit, files
from signatures.domain.counterparts import matching, rereading
from signatures.domain.counterparts.reading import RECOGNITION
from signatures.models import Match, Reading, ReceivedPage, SignaturePage
from signatures.paper import reading as seen
from signatures.paper.code import payload
from signatures.paper.engine import ENGINE, read_as, read_turned
from signatures.paper.recognition import recognise


def read_again(page_id: int) -> None:
    """Read a page as it is turned and identified now. Harmless when run twice, and once somebody has decided."""
    page = ReceivedPage.objects.select_related("as_read", "upright", "agreement").get(pk=page_id)
    source = page.as_read or page.upright
    if source is None or page.settled_at is not None:
        return
    match = page.matches.filter(closed_at=None).select_related("signature_page").first()
    said = match.signature_page if match is not None and match.method == Match.Method.PERSON else None
    if said is not None:
        issued = matching.issued_for_code(payload(said.key, "A"))
        if issued is None:
            return
        result, name = read_as(files.read(source), page.turned, issued), f" as {said.key}"
    else:
        result, name = read_turned(files.read(source), page.turned, matching.issued_for_code), ""
        if result.reading.kind != "issued":
            undecided = replace(result.reading, kind="unidentified")
            result = replace(
                result, reading=recognise(result.upright, undecided, matching.expected_pages(page.agreement))
            )
    engine = f"{ENGINE} turned {page.turned}{name} {RECOGNITION}"
    _record(page, said, replace(result, reading=replace(result.reading, engine=engine, turned=page.turned)))


def _record(before: ReceivedPage, said: SignaturePage | None, result: seen.PageResult) -> None:
    """Keep the reading and show it, unless somebody decided, turned or identified the page meanwhile."""
    upright = files.keep(result.upright, "image/jpeg")
    thumbnail = files.keep(result.thumbnail, "image/jpeg")
    with transaction.atomic():
        page = ReceivedPage.objects.select_for_update().get(pk=before.pk)
        match = page.matches.filter(closed_at=None, method=Match.Method.PERSON).first()
        now = match.signature_page if match else None
        if page.settled_at is not None or page.turned != before.turned or now != said:
            return
        reading = result.reading
        row, _ = Reading.objects.get_or_create(
            page=page, engine=reading.engine, defaults={"kind": reading.kind, "data": reading.as_json()}
        )
        page.current_reading, page.upright, page.thumbnail = row, upright, thumbnail
        page.save(update_fields=["current_reading", "upright", "thumbnail"])
        if said is None:
            rereading.ask_again(page, reading)
        audit.record(page.agreement, None, "page read again", page=page.pk, kind=reading.kind, engine=reading.engine)
