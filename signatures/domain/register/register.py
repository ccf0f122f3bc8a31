"""Importing a register: what each row of a file will do, decided in memory against the register as it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from django.db import IntegrityError, transaction

from holders.likeness import Likenesses
from holders.models import Holding, Issuer, PartyRole
from holders.names import fold, other_currency
from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.register import register_writing
from signatures.domain.register.register_file import Table, guess_mapping
from signatures.domain.register.register_rows import Person, RegisterRow, join, read_row
from signatures.models import Agreement, SignatureBlock, User

SAME, NEW = "same", "new"
# Rows that are written at a time.
CHUNK = 1_000


@dataclass(frozen=True)
class PlannedRow:
    """What a row will do, and what it changes or why it is refused.

    `what` is "add", "change", "nothing", "refuse", or "ask": the holder looks like `like`, and a person must say
    whether it is the same. `row` is empty where it does nothing of its own: refused, asked, joined to another.
    """

    number: int
    holder: str
    what: str
    detail: str
    row: RegisterRow | None = None
    like: str = ""


@dataclass
class Imported:
    """What an import did."""

    added: int = 0
    updated: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def plan(
    agreement: Agreement,
    table: Table,
    mapping: Mapping[str, int] | None = None,
    decisions: Mapping[int, str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[PlannedRow]:
    """Say for each row of a table what importing it would do. Changes nothing.

    `decisions` are by row number SAME or NEW, for holders that look like another; `progress` is told the rows compared.
    Raises Refused where no column names the holder, or that of the principal names another currency than the notes'.
    """
    mapping = mapping or guess_mapping(table.headings)
    if "holder" not in mapping:
        raise Refused("Say which column names the holder.")
    currency = agreement.notes.currency if agreement.notes else ""
    at = mapping.get("principal")
    heading = table.headings[at] if at is not None and at < len(table.headings) else ""
    if currency and (other := other_currency(heading, currency)):
        raise Refused(f"The column “{heading}” is in {other}, and the notes are in {currency}: so it says under Terms.")
    planner = _Planner(known_holders(agreement), decisions or {}, currency)
    for compared, (number, cells) in enumerate(table.rows):
        if progress and compared % CHUNK == 0:
            progress(compared)
        values = {column: cells[at].strip() if at < len(cells) else "" for column, at in mapping.items()}
        planner.take(number, values)
    return planner.planned()


def known_holders(agreement: Agreement, folded: Collection[str] | None = None) -> dict[str, register_writing.Known]:
    """Return the holders of the agreement's issuer by folded name, all or those named, in six queries."""
    found = agreement.issuer.parties.filter(role=PartyRole.HOLDER)
    held = Holding.objects.filter(notes=agreement.notes_id, closed_at=None)
    blocks = SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)
    if folded is not None:
        found = found.filter(folded_name__in=folded)
        held = held.filter(holder__folded_name__in=folded)
        blocks = blocks.filter(party__folded_name__in=folded)
    found = found.prefetch_related("chain", "signing__signatory")
    holdings = {row.holder_id: row for row in held}
    signing = set(blocks.values_list("party_id", flat=True))
    return {
        party.folded_name: register_writing.Known(
            party, list(party.chain.all()), list(party.signing.all()), holdings.get(party.pk), party.pk in signing
        )
        for party in found
    }


class _Planner:
    """Takes the rows of a register in their order and decides what each does."""

    def __init__(self, known: dict[str, register_writing.Known], decisions: Mapping[int, str], currency: str) -> None:
        """Take the currency of the notes; it is empty where the agreement names none."""
        self._known, self._decisions, self._currency = known, decisions, currency
        self._likenesses: Likenesses | None = None
        self._rows: dict[str, RegisterRow] = {}
        self._at: dict[str, int] = {}
        self._people: dict[tuple[str, str], tuple[int, Person]] = {}
        self._planned: list[PlannedRow] = []

    def take(self, number: int, values: Mapping[str, str]) -> None:
        """Decide on one row: one that cannot be read is planned as refused, with the reason."""
        name = values.get("holder", "")
        try:
            row = read_row(number, values, self._currency)
            if row.says_holding and row.principal is not None and not self._currency:
                raise ValueError("Name the notes of this agreement first: holdings are of notes.")
            like = self._like(row.holder)
            decision = self._decisions.get(number) if like else None
            if like and decision not in {SAME, NEW}:
                question = f"{name} looks like {like}: say whether it is the same or a new holder."
                self._planned.append(PlannedRow(number, name, "ask", question, None, like))
                return
            if like and decision == SAME:
                row = replace(row, holder=like)
            self._agree_on_people(row)
            self._keep(number, name, row, like or "")
        except ValueError as error:
            self._planned.append(PlannedRow(number, name, "refuse", str(error)))

    def _keep(self, number: int, name: str, row: RegisterRow, like: str) -> None:
        folded = fold(row.holder)
        if folded in self._rows:
            self._rows[folded] = join(self._rows[folded], row)
            before = self._rows[folded].row
            self._planned.append(PlannedRow(number, name, "nothing", f"joins row {before}: one more signatory"))
            return
        self._rows[folded] = row
        self._at[folded] = len(self._planned)
        if folded not in self._known and self._likenesses is not None:
            self._likenesses.add(row.holder, forgiving=False)
        self._planned.append(PlannedRow(number, name, "", "", row, like))

    def _like(self, holder: str) -> str | None:
        """Return the known holder, or the one of an earlier row, that a new name looks like.

        Of two names of one file only another way to write the same letters is asked about: a file that was made in one
        go names neighbours on purpose.
        """
        folded = fold(holder)
        if folded in self._known or folded in self._rows:
            return None
        if self._likenesses is None:
            self._likenesses = Likenesses()
            for one in self._known.values():
                self._likenesses.add(one.party.name)
            for folded, row in self._rows.items():
                if folded not in self._known:
                    self._likenesses.add(row.holder, forgiving=False)
        return self._likenesses.of(holder)

    def _agree_on_people(self, row: RegisterRow) -> None:
        """Raise ValueError where two rows say different things of one person: the last would silently win."""
        for person in row.people:
            if not person.name:
                continue
            key = fold(person.name), person.email
            before_row, before = self._people.setdefault(key, (row.row, person))
            for what, mine, theirs in (
                ("telephone", person.telephone, before.telephone),
                ("address to send to", person.send_to, before.send_to),
            ):
                if mine and theirs and mine != theirs:
                    raise ValueError(f"{person.name} has another {what} in row {before_row}.")

    def planned(self) -> list[PlannedRow]:
        """Return what each row does, in the order of the rows."""
        for folded, at in self._at.items():
            known, row = self._known.get(folded), self._rows[folded]
            changes = register_writing.changes(known, row)
            what = "add" if known is None else "change" if changes else "nothing"
            words = [*(["new holder"] if known is None else changes), *register_writing.left_out(known, row)]
            self._planned[at] = replace(self._planned[at], what=what, detail=", ".join(words), row=row)
        return self._planned


def refusals(planned: list[PlannedRow]) -> list[tuple[int, str]]:
    """Return the rows that are not taken, with the reason."""
    return [(one.number, one.detail) for one in planned if one.what in {"refuse", "ask"}]


def rows_to_write(planned: list[PlannedRow]) -> list[RegisterRow]:
    """Return what is to be written of a plan."""
    return [one.row for one in planned if one.row is not None and one.what in {"add", "change"}]


def apply(
    agreement: Agreement,
    planned: list[PlannedRow],
    actor: User | None,
    sha256: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Apply the rows of a plan that are not refused, all or none; each new holder gets a block.

    `sha256` is the file's, for the record; `progress` is told the rows done and their number. Raises Overtaken when
    somebody changed the same holders meanwhile.
    """
    done = Imported(refused=refusals(planned))
    rows = rows_to_write(planned)
    try:
        with transaction.atomic():
            for start in range(0, len(rows), CHUNK):
                added, updated = write(agreement, rows[start : start + CHUNK])
                done.added += added
                done.updated += updated
                if progress:
                    progress(min(start + CHUNK, len(rows)), len(rows))
            record(agreement, actor, done.added, done.updated, len(done.refused), sha256)
    except IntegrityError as error:
        raise Overtaken("Somebody changed the register at the same time. Nothing was imported: do it again.") from error
    return done


def write(agreement: Agreement, rows: list[RegisterRow]) -> tuple[int, int]:
    """Write rows in the caller's transaction, against the register as it is. Returns how many were added, changed."""
    Issuer.objects.select_for_update().get(pk=agreement.issuer_id)
    known = known_holders(agreement, [fold(row.holder) for row in rows])
    return register_writing.write(agreement, known, rows)


def record(agreement: Agreement, actor: User | None, added: int, updated: int, refused: int, sha256: str) -> None:
    """Record one import as one event."""
    audit.record(agreement, actor, "register imported", added=added, updated=updated, refused=refused, sha256=sha256)
