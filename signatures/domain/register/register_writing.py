"""Writing many rows of a register at once: what differs is found in memory, and written in bulk.

One holder by hand is written by `parties`, under the same rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from django.utils import timezone

from holders.models import (
    AuthorityLink,
    Holding,
    HoldingSource,
    Party,
    PartyRole,
    PartySignatory,
    Signatory,
    ThroughChange,
)
from holders.names import fold
from signatures.domain import copying_in
from signatures.domain.documents import blocks
from signatures.domain.register.register_rows import Person, RegisterRow
from signatures.models import Agreement


@dataclass
class Known:
    """A holder as the register has it: chain and signatories in their order, the open holding, and whether it signs."""

    party: Party
    chain: list[AuthorityLink]
    signing: list[PartySignatory]
    holding: Holding | None
    signs: bool


Work = list[tuple["Known | None", RegisterRow]]


def changes(known: Known | None, row: RegisterRow) -> list[str]:
    """Return in words what a row changes. A cell that is empty changes nothing."""
    if known is None:
        return ["new holder"]
    found = [] if known.signs else ["signs this agreement too"]
    if holding_differs(known.holding, row):
        is_other = known.holding is None or (row.principal is not None and known.holding.principal != row.principal)
        found.append("principal" if is_other else "particulars of the holding")
    found += [
        word
        for word, mine, theirs in (
            ("address", row.address, known.party.address),
            ("family", row.family, known.party.family),
            ("held through", row.through, known.party.through),
        )
        if mine and mine != theirs
    ]
    if row.chain and [(link.entity, link.capacity) for link in known.chain] != list(row.chain):
        found.append("chain")
    elif row.evidence and [link.evidence for link in known.chain] != list(row.evidence):
        found.append("evidence of authority")
    before, after = people_now(known), people_after(known, row)
    if [fold(one.name) for one in before] != [fold(one.name) for one in after]:
        stays = {fold(one.name) for one in after}
        gone = " and ".join(one.name for one in before if fold(one.name) not in stays)
        found.append(f"signatory, in place of {gone}" if gone else "signatory")
    elif before != after:
        only_sent = [replace(one, send_to="") for one in before] == [replace(one, send_to="") for one in after]
        found.append("where to send" if only_sent else "signatory's particulars")
    return found


def left_out(known: Known | None, row: RegisterRow) -> list[str]:
    """Return in words what of a row has no place: particulars of a signatory where nobody is named to sign."""
    if (known is None or not known.signing) and row.people and not any(one.name for one in row.people):
        return ["nobody is named to sign: title, e-mail, telephone and where to send are left out"]
    return []


def holding_differs(holding: Holding | None, row: RegisterRow) -> bool:
    """Tell whether a row says something else of what the holder holds."""
    if not row.says_holding:
        return False
    return (
        holding is None
        or (row.principal is not None and holding.principal != row.principal)
        or (row.record_date is not None and holding.as_of != row.record_date)
        or (bool(row.source) and holding.source != row.source)
        or (row.disregarded is not None and holding.disregarded != row.disregarded)
        or (bool(row.disregarded_reason) and holding.disregarded_reason != row.disregarded_reason)
    )


def people_now(known: Known | None) -> list[Person]:
    """Return who signs for a holder, in their order."""
    return [
        Person(one.signatory.name, one.title, one.signatory.email, one.signatory.telephone, one.signatory.send_to)
        for one in (known.signing if known else [])
    ]


def people_after(known: Known | None, row: RegisterRow) -> list[Person]:
    """Return who signs once a row is applied. Who signs already keeps the place."""
    after = people_now(known)
    named = [one for one in row.people if one.name]
    if not named:
        if after and row.people:
            after[0] = _merged(after[0], row.people[0])
        return after
    places = {fold(one.name): at for at, one in enumerate(after)}
    if all(fold(one.name) in places for one in named):
        for one in named:
            after[places[fold(one.name)]] = _merged(after[places[fold(one.name)]], one)
        return after
    was = {fold(one.name): one for one in after}
    here = [_merged(was[fold(one.name)], one) if fold(one.name) in was else one for one in named]
    folded = {fold(one.name) for one in named}
    return here + [one for one in after[len(named) :] if fold(one.name) not in folded]


def _merged(known: Person, said: Person) -> Person:
    return Person(
        known.name,
        said.title or known.title,
        said.email or known.email,
        said.telephone or known.telephone,
        said.send_to or known.send_to,
    )


@dataclass
class _Directory:
    """The signatories of an issuer under the names that are being written; those made and changed on the way."""

    issuer_id: int
    by_name: dict[str, list[Signatory]]
    made: list[Signatory] = field(default_factory=list)
    changed: dict[int, Signatory] = field(default_factory=dict)

    def find(self, person: Person) -> Signatory:
        """Return one person of a name and address, who may sign for several holders; made if there is none."""
        folded = fold(person.name)
        same = self.by_name.setdefault(folded, [])
        found = next((one for one in same if one.email == person.email), None)
        found = found or next((one for one in same if not one.email or not person.email), None)
        if found is None:
            found = Signatory(issuer_id=self.issuer_id, name=person.name, folded_name=folded)
            self.made.append(found)
            same.append(found)
        said = {"email": person.email, "telephone": person.telephone, "send_to": person.send_to}
        for name, value in said.items():
            if value and getattr(found, name) != value:
                setattr(found, name, value)
                if found.pk is not None:
                    self.changed[found.pk] = found
        return found


def write(agreement: Agreement, known: dict[str, Known], rows: list[RegisterRow]) -> tuple[int, int]:
    """Write rows against the holders that are known, by folded name. Returns how many were added and changed."""
    work = [(known.get(fold(row.holder)), row) for row in rows]
    work = [(one, row) for one, row in work if changes(one, row)]
    added = sum(one is None for one, _ in work)
    if not work:
        return 0, 0
    parties = _write_parties(agreement, work)
    chains = _write_chains(parties, work)
    signing = _write_signatories(agreement, parties, work)
    _write_holdings(agreement, parties, work)
    said = {
        party.pk: blocks.Said(one is None, chain, people)
        for party, (one, _), chain, people in zip(parties, work, chains, signing, strict=True)
    }
    blocks.ensure_all(agreement, parties, said)
    return added, len(work) - added


def _write_parties(agreement: Agreement, work: Work) -> list[Party]:
    parties, changed, moved = [], [], []
    for one, row in work:
        if one is None:
            party = Party(issuer_id=agreement.issuer_id, role=PartyRole.HOLDER, name=row.holder)
            party.folded_name = fold(row.holder)
        else:
            party = one.party
            changed.append(party)
            if row.through and row.through != party.through:
                moved.append(ThroughChange(party=party, before=party.through, after=row.through))
        party.address = row.address or party.address
        party.family = row.family or party.family
        party.through = row.through or party.through
        parties.append(party)
    copying_in.insert([party for party in parties if party.pk is None])
    Party.objects.bulk_update(changed, ["address", "family", "through"])
    ThroughChange.objects.bulk_create(moved)
    return parties


def _write_chains(parties: list[Party], work: Work) -> list[list[AuthorityLink]]:
    """Replace the chains that differ; return each party's. A link whose entity stays keeps what is not said of it."""
    replaced, made, chains = [], [], []
    for party, (one, row) in zip(parties, work, strict=True):
        before = one.chain if one else []
        evidence = list(row.evidence) or None
        same = [(link.entity, link.capacity) for link in before] == list(row.chain)
        if not row.chain or (same and (evidence is None or [link.evidence for link in before] == evidence)):
            chains.append(before)
            continue
        if before:
            replaced.append(party)
        was = {fold(link.entity): link for link in before}
        chains.append([])
        for at, (entity, capacity) in enumerate(row.chain):
            kept = was.get(fold(entity))
            link = AuthorityLink(
                party=party,
                position=at + 1,
                entity=entity,
                capacity=capacity,
                descriptor=kept.descriptor if kept else "",
                evidence=evidence[at] if evidence else kept.evidence if kept else AuthorityLink.Evidence.NONE,
            )
            chains[-1].append(link)
        made += chains[-1]
    if replaced:
        AuthorityLink.objects.filter(party__in=replaced).delete()
    copying_in.insert(made)
    return chains


def _write_signatories(agreement: Agreement, parties: list[Party], work: Work) -> list[list[PartySignatory]]:
    """Say anew who signs for a party where that differs, and return who signs for each."""
    after = [(party, people_now(one), people_after(one, row)) for party, (one, row) in zip(parties, work, strict=True)]
    differing = [(party, people) for party, before, people in after if before != people]
    names = {fold(person.name) for _, people in differing for person in people}
    directory = _Directory(agreement.issuer_id, {})
    for signatory in Signatory.objects.filter(issuer=agreement.issuer_id, folded_name__in=names).order_by("pk"):
        directory.by_name.setdefault(signatory.folded_name, []).append(signatory)
    found = [(party, [(directory.find(person), person.title) for person in people]) for party, people in differing]
    copying_in.insert(directory.made)
    Signatory.objects.bulk_update(directory.changed.values(), ["email", "telephone", "send_to"])
    known = {party.pk: one.signing for party, (one, _) in zip(parties, work, strict=True) if one is not None}
    replaced = [party for party, _ in found if known.get(party.pk)]
    if replaced:
        PartySignatory.objects.filter(party__in=replaced).delete()
    signing = {
        party.pk: [
            PartySignatory(party=party, signatory=signatory, position=position, title=title)
            for position, (signatory, title) in enumerate(people, 1)
        ]
        for party, people in found
    }
    copying_in.insert([one for people in signing.values() for one in people])
    return [signing[party.pk] if party.pk in signing else known.get(party.pk, []) for party in parties]


def _write_holdings(agreement: Agreement, parties: list[Party], work: Work) -> None:
    """Close the holdings that differ and open others. A position that stays keeps what the row does not say of it."""
    if agreement.notes_id is None:
        return
    now = timezone.now()
    closed, opened = [], []
    for party, (one, row) in zip(parties, work, strict=True):
        before = one.holding if one else None
        if not holding_differs(before, row):
            continue
        if before is not None:
            closed.append(before.pk)
        moved = before is None or (row.principal is not None and row.principal != before.principal)
        kept = Holding() if before is None else before
        disregarded = kept.disregarded if row.disregarded is None else row.disregarded
        opened.append(
            Holding(
                holder=party,
                notes_id=agreement.notes_id,
                principal=kept.principal if row.principal is None else row.principal,
                as_of=row.record_date or (None if moved else kept.as_of),
                source=row.source or (HoldingSource.REGISTER if moved else kept.source),
                disregarded=disregarded,
                disregarded_reason=(row.disregarded_reason or kept.disregarded_reason) if disregarded else "",
                disregarded_known_by=kept.disregarded_known_by if disregarded else "",
                disregarded_since=kept.disregarded_since if disregarded else None,
                opened_at=now,
            )
        )
    Holding.objects.filter(pk__in=closed, closed_at=None).update(closed_at=now)
    copying_in.insert(opened)
