"""The desk: all that is known of the page that is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from holders.models import Holding
from holders.names import fold
from signatures.domain.documents.in_force import issued_pages
from signatures.domain.pages.typesetting import line_id
from signatures.domain.queries.best_copies import Best, best_of
from signatures.domain.queries.candidates import candidates
from signatures.domain.queries.statements import newest
from signatures.models import (
    Agreement,
    BlockState,
    ReceivedPage,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
    Statement,
)
from signatures.paper.code import parse_page_number, parse_payload
from signatures.paper.layout import PageLayout, layout_from_json
from signatures.paper.reading import Reading, reading_from_json

MOST_FOUND = 8


@dataclass(frozen=True)
class LineToJudge:
    """A signature line of the issued page, with what the machine saw and what the register says.

    `settled`: its block is executed; `settled_here`: this very page counts for it.
    """

    id: str
    block: SignatureBlock
    signer: str
    verdict: str | None
    reason: str
    fields: tuple[tuple[str, str], ...]
    principal: Decimal | None
    settled: bool
    settled_here: bool
    first_of_block: bool


@dataclass(frozen=True)
class Looked:
    """Everything about the page that is looked at.

    `is_aligned_with_match`: the reading is of the issued page that it is said to be, not of another one or of none.
    `stated` is what the signatories stated last about its blocks, `best` their best copies.
    """

    page: ReceivedPage
    reading: Reading | None
    matched: SignaturePage | None
    layout: PageLayout | None
    lines: tuple[LineToJudge, ...]
    candidates: tuple[tuple[SignaturePage, tuple[str, ...]], ...]
    chosen: SignaturePage | None
    is_aligned_with_match: bool
    stated: tuple[Statement, ...] = ()
    best: dict[int, Best] = field(default_factory=dict)


def look(agreement: Agreement, page: ReceivedPage, candidate: int | None = None) -> Looked:
    """Gather what is known of a page. `candidate` is the issued page shown beside one that is not identified."""
    reading = reading_from_json(page.current_reading.data) if page.current_reading else None
    match = page.matches.filter(closed_at=None).select_related("signature_page__version__further_document").first()
    matched = match.signature_page if match else None
    found = () if matched else candidates(agreement, page, reading)
    chosen = matched
    if matched is None:
        chosen = pages_of(agreement).filter(pk=candidate).first() if candidate else None
        chosen = chosen or (found[0][0] if found else None)
    layout = layout_from_json(chosen.layout) if chosen else None
    named = parse_payload(reading.payload) if reading and reading.payload else None
    of_match = reading if matched is not None and named is not None and named.key == matched.key else None
    lines = _lines(agreement, page, matched, of_match) if matched else ()
    blocks = {line.block.pk for line in lines}
    stated = tuple(newest(blocks)) if blocks else ()
    best = best_of(blocks) if any(line.settled or line.settled_here for line in lines) else {}
    return Looked(page, reading, matched, layout, lines, found, chosen, of_match is not None, stated, best)


def pages_of(agreement: Agreement) -> QuerySet[SignaturePage]:
    """Return the issued pages that a received one may be: the current ones, and those of earlier versions."""
    return issued_pages(agreement).select_related("version__further_document")


def _lines(
    agreement: Agreement, page: ReceivedPage, matched: SignaturePage, reading: Reading | None
) -> tuple[LineToJudge, ...]:
    seen = {line.id: line for line in reading.lines} if reading else {}
    held = Holding.objects.filter(notes=agreement.notes_id, closed_at=None, holder=OuterRef("block__party"))
    on_page = SignatureLine.objects.filter(block__placed__page=matched).annotate(
        principal=Subquery(held.values("principal")),
        settled_here=Exists(page.counterparts.filter(closed_at=None, block=OuterRef("block"))),
    )
    by_block: dict[SignatureBlock, list[Any]] = {}
    for line in on_page.select_related("block").order_by("block__placed__position", "position"):
        by_block.setdefault(line.block, []).append(line)
    found = []
    for block, lines in by_block.items():
        for line in lines:
            name = line_id(block, line.position, len(lines) > 1)
            verdict = seen.get(name)
            found.append(
                LineToJudge(
                    id=name,
                    block=block,
                    signer=line.name,
                    verdict=verdict.verdict if verdict else None,
                    reason=verdict.reason if verdict else "",
                    fields=tuple((one.name, one.verdict) for one in reading.fields if one.line == name)
                    if reading
                    else (),
                    principal=line.principal,
                    settled=block.state in (BlockState.EXECUTED, BlockState.RELEASED),
                    settled_here=line.settled_here,
                    first_of_block=line is lines[0],
                )
            )
    return tuple(found)


def find_pages(agreement: Agreement, text: str) -> list[SignaturePage]:
    """Return the issued pages that a holder's name, a link of its chain, a signatory or a page number finds."""
    text = " ".join(text.split())
    if not text:
        return []
    asked = (
        Q(blocks__entity__icontains=text)
        | Q(blocks__lines__name__icontains=text)
        | Q(blocks__party__folded_name__contains=fold(text) or "\0")
        | Q(blocks__chain__icontains=text)
    )
    key = parse_page_number(text)
    if key:
        asked |= Q(key=key)
    return list(pages_of(agreement).filter(asked).distinct().prefetch_related("blocks").order_by("id")[:MOST_FOUND])
