"""Writing many rows of a register at once, in a number of queries that does not grow with the rows."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from holders.models import AuthorityLink, Holding, Issuer, Notes, Party, PartyRole, PartySignatory, Signatory
from holders.names import fold

BATCH = 1000


@dataclass(frozen=True)
class RegisterRow:
    """One holder as a row of a register says it. None means that the register does not have the column."""

    row: int
    holder: str
    principal: Decimal | None = None
    address: str | None = None
    chain: tuple[tuple[str, str], ...] | None = None
    signatory: str | None = None
    title: str | None = None
    email: str | None = None
    send_to: str | None = None
    record_date: datetime.date | None = None
    disregarded: bool = False
    disregarded_reason: str = ""
    has_principal: bool = False


def write_parties(issuer: Issuer, rows: Sequence[RegisterRow]) -> dict[str, Party]:
    """Make the holders that are new, and correct addresses. Returns the parties of the rows by their folded names."""
    known = {party.folded_name: party for party in issuer.parties.filter(role=PartyRole.HOLDER)}
    made, moved = [], []
    for row in rows:
        party = known.get(fold(row.holder))
        if party is None:
            party = Party(issuer=issuer, role=PartyRole.HOLDER, name=row.holder, folded_name=fold(row.holder))
            party.address = row.address or ""
            made.append(party)
            known[party.folded_name] = party
        elif row.address and row.address != party.address:
            party.address = row.address
            moved.append(party)
    Party.objects.bulk_create(made, batch_size=BATCH)
    Party.objects.bulk_update(moved, ["address"], batch_size=BATCH)
    return {fold(row.holder): known[fold(row.holder)] for row in rows}


def write_chains(rows: Iterable[tuple[Party, RegisterRow]]) -> None:
    """Replace the chains of those rows that give one and give another. Issued blocks keep theirs."""
    given = {party.pk: row.chain for party, row in rows if row.chain}
    kept: dict[int, list[tuple[str, str]]] = {}
    for party_id, entity, capacity in (
        AuthorityLink.objects.filter(party__in=given)
        .order_by("party", "position")
        .values_list("party_id", "entity", "capacity")
    ):
        kept.setdefault(party_id, []).append((entity, capacity))
    changed = {party_id: chain for party_id, chain in given.items() if kept.get(party_id, []) != list(chain)}
    AuthorityLink.objects.filter(party__in=changed).delete()
    AuthorityLink.objects.bulk_create(
        (
            AuthorityLink(party_id=party_id, position=position, entity=entity, capacity=capacity)
            for party_id, chain in changed.items()
            for position, (entity, capacity) in enumerate(chain, 1)
        ),
        batch_size=BATCH,
    )


@dataclass
class People:
    """An issuer's signatories while rows are written: those known by folded name, those to make and to change."""

    issuer: Issuer
    known: dict[str, list[Signatory]] = field(default_factory=dict)
    made: list[Signatory] = field(default_factory=list)
    changed: dict[int, Signatory] = field(default_factory=dict)

    @classmethod
    def of(cls, issuer: Issuer) -> People:
        people = cls(issuer)
        for signatory in issuer.signatories.order_by("pk"):
            people.known.setdefault(signatory.folded_name, []).append(signatory)
        return people

    def find(self, name: str, email: str, send_to: str) -> Signatory:
        """Return the person of a name and address, made if need be (as `parties.set_signatory` does for one)."""
        same = self.known.setdefault(fold(name), [])
        signatory = next((one for one in same if one.email == email), None)
        signatory = signatory or next((one for one in same if not one.email or not email), None)
        if signatory is None:
            signatory = Signatory(issuer=self.issuer, name=name, folded_name=fold(name))
            same.append(signatory)
            self.made.append(signatory)
        after = (email or signatory.email, send_to or signatory.send_to)
        if after != (signatory.email, signatory.send_to):
            signatory.email, signatory.send_to = after
            if signatory.pk:
                self.changed[signatory.pk] = signatory
        return signatory

    def write(self) -> None:
        Signatory.objects.bulk_create(self.made, batch_size=BATCH)
        Signatory.objects.bulk_update(self.changed.values(), ["email", "send_to"], batch_size=BATCH)


def write_signatories(issuer: Issuer, rows: Iterable[tuple[Party, RegisterRow]]) -> None:
    """Say who signs first for each holder whose row names a signatory."""
    people = People.of(issuer)
    named = [
        (party, people.find(row.signatory, (row.email or "").lower(), row.send_to or ""), row.title or "")
        for party, row in rows
        if row.signatory
    ]
    people.write()
    parties = [party for party, _, _ in named]
    signs = PartySignatory.objects.filter(party__in=parties)
    present = {one.party_id: one for one in signs.filter(position=1)}
    signs_beside = set(signs.exclude(position=1).values_list("party_id", "signatory_id"))
    made, changed = [], []
    for party, signatory, title in named:
        signing = present.get(party.pk)
        if (party.pk, signatory.pk) in signs_beside:
            continue
        if signing is None:
            made.append(PartySignatory(party=party, signatory=signatory, position=1, title=title))
        elif (signing.signatory_id, signing.title) != (signatory.pk, title or signing.title):
            signing.signatory, signing.title = signatory, title or signing.title
            changed.append(signing)
    PartySignatory.objects.bulk_create(made, batch_size=BATCH)
    PartySignatory.objects.bulk_update(changed, ["signatory", "title"], batch_size=BATCH)


def write_holdings(notes: Notes, rows: Iterable[tuple[Party, RegisterRow]]) -> None:
    """Say what holders hold. A holding that differs is closed and another opened; the same again changes nothing."""
    given = {party.pk: row for party, row in rows if row.has_principal}
    now = timezone.now()
    closed: list[int] = []
    same: set[int] = set()
    for holding in Holding.objects.select_for_update().filter(notes=notes, holder__in=given, closed_at=None):
        row = given[holding.holder_id]
        after = (row.principal, row.disregarded, row.record_date or holding.as_of)
        if (holding.principal, holding.disregarded, holding.as_of) == after:
            same.add(holding.holder_id)
        else:
            closed.append(holding.pk)
    Holding.objects.filter(pk__in=closed).update(closed_at=now)
    Holding.objects.bulk_create(
        (
            Holding(
                holder_id=party_id,
                notes=notes,
                principal=row.principal,
                as_of=row.record_date,
                disregarded=row.disregarded,
                disregarded_reason=row.disregarded_reason,
                opened_at=now,
            )
            for party_id, row in given.items()
            if party_id not in same
        ),
        batch_size=BATCH,
    )
