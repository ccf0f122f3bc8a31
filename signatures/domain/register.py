"""Importing a register: what each row of a file will do, and doing it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from holders.models import Holding, Issuer, Party, PartyRole
from holders.names import fold, read_amount, read_chain
from signatures.domain import audit, blocks, registering
from signatures.domain.errors import Refused
from signatures.domain.register_file import Table, guess_mapping
from signatures.domain.registering import RegisterRow
from signatures.models import Agreement, User

YES = {"yes", "y", "true", "1", "x", "disregarded"}
NO = {"", "no", "n", "false", "0"}


@dataclass(frozen=True)
class PlannedRow:
    """What a row will do: "add", "change", "nothing" or "refuse", and what it changes or why it is refused."""

    number: int
    holder: str
    what: str
    detail: str
    row: RegisterRow | None = None


@dataclass
class Imported:
    """What an import did."""

    added: int = 0
    updated: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def plan(agreement: Agreement, table: Table, mapping: dict[str, int] | None = None) -> list[PlannedRow]:
    """Say for each row of a table what importing it would do. Changes nothing."""
    mapping = mapping or guess_mapping(table.headings)
    if "holder" not in mapping:
        raise Refused("Say which column names the holder.")
    known = {
        party.folded_name: party
        for party in agreement.issuer.parties.filter(role=PartyRole.HOLDER).prefetch_related(
            "chain", "signing__signatory"
        )
    }
    holdings = {
        holding.holder_id: holding
        for holding in Holding.objects.filter(notes=agreement.notes, closed_at=None)
        if agreement.notes_id
    }
    seen: dict[str, int] = {}
    return [_plan_row(number, cells, mapping, known, holdings, seen) for number, cells in table.rows]


def _plan_row(
    number: int,
    cells: tuple[str, ...],
    mapping: dict[str, int],
    known: dict[str, Party],
    holdings: dict[int, Holding],
    seen: dict[str, int],
) -> PlannedRow:
    values = {column: cells[at].strip() if at < len(cells) else "" for column, at in mapping.items()}
    name = values.get("holder", "")
    try:
        row = _read_row(number, values)
    except ValueError as error:
        return PlannedRow(number, name, "refuse", str(error))
    folded = fold(row.holder)
    if folded in seen:
        return PlannedRow(number, name, "refuse", f"{name} stands in row {seen[folded]} already.")
    seen[folded] = number
    party = known.get(folded)
    if party is None:
        return PlannedRow(number, name, "add", "new holder", row)
    changes = _changes(party, holdings.get(party.pk), row)
    return PlannedRow(number, name, "change" if changes else "nothing", ", ".join(changes), row)


def _read_row(number: int, values: dict[str, str]) -> RegisterRow:
    """Raises ValueError with a sentence for what cannot be read."""
    if not fold(values.get("holder", "")):
        raise ValueError("The holder's name is missing.")
    if len(values["holder"]) > 300:
        raise ValueError("The holder's name is longer than 300 characters.")
    flag = values.get("disregarded", "").casefold()
    if flag not in YES | NO:
        raise ValueError(f"“{values['disregarded']}” under disregarded is neither yes nor no.")
    if flag in YES and not values.get("disregarded_reason"):
        raise ValueError("A disregarded holding needs its reason.")
    if values.get("email"):
        try:
            validate_email(values["email"])
        except ValidationError as error:
            raise ValueError(f"“{values['email']}” is not an e-mail address.") from error
    return RegisterRow(
        row=number,
        holder=values["holder"],
        principal=read_amount(values.get("principal", "")),
        address=values.get("address"),
        chain=tuple(read_chain(values["chain"])) if "chain" in values else None,
        signatory=values.get("signatory"),
        title=values.get("title"),
        email=values.get("email"),
        send_to=values.get("send_to"),
        record_date=_read_date(values.get("record_date", "")),
        disregarded=flag in YES,
        disregarded_reason=values.get("disregarded_reason", ""),
        has_principal="principal" in values,
    )


def _read_date(text: str) -> datetime.date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y", "%B %d, %Y", "%d %B %Y"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError(f"“{text}” is not a date. Write it as 2007-09-24.")


def _changes(party: Party, holding: Holding | None, row: RegisterRow) -> list[str]:
    changes = []
    if row.has_principal and _holding_differs(holding, row):
        changes.append(
            "principal" if holding is None or holding.principal != row.principal else "disregarded or record date"
        )
    if row.address and row.address != party.address:
        changes.append("address")
    if (
        row.chain is not None
        and row.chain
        and [(link.entity, link.capacity) for link in party.chain.all()] != list(row.chain)
    ):
        changes.append("chain")
    if row.signatory:
        first = next(iter(party.signing.all()), None)
        if first is None or fold(first.signatory.name) != fold(row.signatory):
            changes.append("signatory")
        elif (row.title and row.title != first.title) or (row.email and row.email.lower() != first.signatory.email):
            changes.append("signatory's particulars")
        elif row.send_to and row.send_to != first.signatory.send_to:
            changes.append("where to send")
    return changes


def _holding_differs(holding: Holding | None, row: RegisterRow) -> bool:
    return (
        holding is None
        or holding.principal != row.principal
        or holding.disregarded != row.disregarded
        or (row.record_date is not None and holding.as_of != row.record_date)
    )


@transaction.atomic
def apply(agreement: Agreement, planned: list[PlannedRow], actor: User | None) -> Imported:
    """Apply the rows of a plan that are not refused; each new holder gets a block in the execution version."""
    done = Imported(
        added=sum(one.what == "add" for one in planned),
        updated=sum(one.what == "change" for one in planned),
        refused=[(one.number, one.detail) for one in planned if one.row is None],
    )
    rows = [one.row for one in planned if one.row is not None and one.what != "nothing"]
    Issuer.objects.select_for_update().get(pk=agreement.issuer_id)
    known = registering.write_parties(agreement.issuer, rows)
    pairs = [(known[fold(row.holder)], row) for row in rows]
    registering.write_chains(pairs)
    registering.write_signatories(agreement.issuer, pairs)
    if any(row.has_principal for row in rows):
        if agreement.notes is None:
            raise Refused("Name the notes of this agreement first: holdings are of notes.")
        registering.write_holdings(agreement.notes, pairs)
    if pairs:
        blocks.ensure_all(agreement, [party for party, _ in pairs])
    audit.record(
        agreement, actor, "register imported", added=done.added, updated=done.updated, refused=len(done.refused)
    )
    return done
