"""Documents and signatories as a grid: who signed which of the documents of a collection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, Subquery

from signatures.domain.documents import further_documents
from signatures.domain.documents.agreements import title_of
from signatures.domain.documents.blocks import execution_version
from signatures.models import (
    Agreement,
    BlockState,
    Match,
    PlacedBlock,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
    Version,
)

SIGNED = (BlockState.EXECUTED, BlockState.RELEASED)


@dataclass(frozen=True)
class Cell:
    """What a party's block in a document is, by id, and where it stands."""

    block: int
    state: str


@dataclass(frozen=True)
class Line:
    """A party with whoever signs first for it, and a cell for each document: None where it does not sign that one."""

    party: int
    entity: str
    role: str
    signatory: str
    cells: tuple[Cell | None, ...]

    @property
    def missing(self) -> int:
        """How many documents the party has still to sign."""
        return sum(cell is not None and cell.state not in SIGNED for cell in self.cells)


@dataclass(frozen=True)
class Column:
    """A document: its version, and how many of its blocks are executed."""

    version: Version
    title: str
    executed: int
    blocks: int


@dataclass(frozen=True)
class Grid:
    """The agreement first, then what is signed along with it; the parties by signatory, as the document has them."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]


def grid(agreement: Agreement) -> Grid:
    """Return the whole grid, in three queries. Raises Refused where the agreement has no version yet."""
    signed = [execution_version(agreement), *further_documents.versions(agreement)]
    at = {version.pk: position for position, version in enumerate(signed)}
    first = SignatureLine.objects.filter(block=OuterRef("pk")).order_by("position").values("name")[:1]
    rows = (
        SignatureBlock.objects.filter(version__in=signed)
        .annotate(signatory=Subquery(first))
        .order_by(F("version__further_document__position").asc(nulls_first=True), "position")
        .values_list("pk", "party", "version", "entity", "role", "state", "signatory")
    )
    cells: dict[int, list[Cell | None]] = {}
    known: dict[int, tuple[str, str, str]] = {}
    for pk, party, version, entity, role, state, signatory in rows:
        cells.setdefault(party, [None] * len(signed))[at[version]] = Cell(pk, state)
        known.setdefault(party, (entity, role, signatory or ""))
    lines = _by_signatory([Line(party, *known[party], tuple(own)) for party, own in cells.items()])
    told = Counter((at, cell.state in SIGNED) for line in lines for at, cell in enumerate(line.cells) if cell)
    columns = (
        Column(version, title_of(version), told[at, True], told[at, True] + told[at, False])
        for at, version in enumerate(signed)
    )
    return Grid(tuple(columns), tuple(lines))


def _by_signatory(lines: Sequence[Line]) -> list[Line]:
    """Put the parties of one signatory together, at the place of the first."""
    place: dict[str, int] = {}
    for at, line in enumerate(lines):
        place.setdefault(line.signatory or f"{at}", at)
    return [line for _, line in sorted(enumerate(lines), key=lambda one: (place[one[1].signatory or f"{one[0]}"], one))]


def found(lines: Sequence[Line], *, missing: bool, column: int | None, query: str) -> list[Line]:
    """Return the lines of a filter: what is missing, in one document if `column` says which; by party or signatory."""
    text = query.casefold()

    def lacks(line: Line) -> bool:
        cells = line.cells if column is None else (line.cells[column],)
        return any(cell is not None and cell.state not in SIGNED for cell in cells)

    return [
        line
        for line in lines
        if (column is None or line.cells[column] is not None)
        and (not missing or lacks(line))
        and (text in line.entity.casefold() or text in line.signatory.casefold())
    ]


@dataclass(frozen=True)
class Further:
    """Where a party stands with a further document, whose id is `document`."""

    document: int
    title: str
    block: int
    state: str


def of_parties(agreement: Agreement, parties: Collection[int]) -> dict[int, list[Further]]:
    """Return what parties sign along with the agreement, in the documents' order. One query."""
    blocks = SignatureBlock.objects.filter(
        version__agreement=agreement,
        version__further_document__isnull=False,
        version__withdrawn_at=None,
        party__in=parties,
    )
    told = ("version__further_document", "version__further_document__title", "pk", "state")
    found: dict[int, list[Further]] = {}
    for party, *further in blocks.order_by("version__further_document__position").values_list("party", *told):
        found.setdefault(party, []).append(Further(*further))
    return found


@dataclass(frozen=True)
class Page:
    """Where a block is looked at: the newest received page of it, else its issued page."""

    received: int | None
    issued: int
    number: str


def pages(blocks: Collection[int]) -> dict[int, Page]:
    """Return the page of each block that was issued, in two queries."""
    placed = PlacedBlock.objects.filter(block__in=blocks, page__state=SignaturePage.State.CURRENT)
    issued = {
        block: (page, number)
        for block, page, number in placed.order_by("page").values_list("block", "page", "page__number")
    }
    came = Match.objects.filter(
        signature_page__in={page for page, _ in issued.values()}, closed_at=None, page__state="matched"
    )
    received = dict(came.order_by("page").values_list("signature_page", "page"))
    return {block: Page(received.get(page), page, number) for block, (page, number) in issued.items()}
