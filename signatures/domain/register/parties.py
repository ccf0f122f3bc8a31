"""Writing the register's records: parties, chains, signatories, holdings, principal outstanding."""

from __future__ import annotations

import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from holders.models import (
    AuthorityLink,
    Holding,
    HoldingSource,
    Issuer,
    Notes,
    Party,
    PartySignatory,
    PrincipalOutstanding,
    Signatory,
)
from holders.names import fold
from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.models import Agreement, User


def party_of(issuer: Issuer, role: str, name: str, descriptor: str = "", address: str = "") -> Party:
    """Return the issuer's party of that role and name, made if the register does not have it."""
    party, _ = Party.objects.get_or_create(
        issuer=issuer,
        role=role,
        folded_name=fold(name),
        defaults={"name": name, "descriptor": descriptor, "address": address},
    )
    return party


def set_chain(party: Party, links: list[tuple[str, str, str]]) -> None:
    """Replace a party's chain by (entity, capacity, descriptor) links, outermost first. Issued blocks keep theirs."""
    party.chain.all().delete()
    AuthorityLink.objects.bulk_create(
        AuthorityLink(party=party, position=position, entity=entity, capacity=capacity, descriptor=descriptor)
        for position, (entity, capacity, descriptor) in enumerate(links, 1)
    )


def set_signatory(
    party: Party, position: int, name: str, title: str = "", email: str = "", send_to: str = ""
) -> PartySignatory:
    """Say who signs for a party at a position. One person of a name and address signs for several parties."""
    same = Signatory.objects.filter(issuer=party.issuer, folded_name=fold(name))
    signatory = same.filter(email=email.lower()).first() or same.filter(email="").first()
    if signatory is None and not email:
        signatory = same.first()
    if signatory is None:
        signatory = Signatory(issuer=party.issuer, name=name, folded_name=fold(name))
    signatory.email = email.lower() or signatory.email
    signatory.send_to = send_to or signatory.send_to
    signatory.save()
    signing = party.signing.filter(position=position).first() or PartySignatory(party=party, position=position)
    signing.signatory = signatory
    signing.title = title or signing.title
    signing.save()
    return signing


def set_holding(
    holder: Party,
    notes: Notes,
    principal: Decimal | None,
    *,
    as_of: datetime.date | None = None,
    source: str = HoldingSource.REGISTER,
    disregarded: bool = False,
    reason: str = "",
) -> Holding:
    """Say what a holder holds. The open row is closed and another opened; the same again changes nothing."""
    now = timezone.now()
    with transaction.atomic():
        current = Holding.objects.select_for_update().filter(holder=holder, notes=notes, closed_at=None).first()
        if current is not None:
            same = (current.principal, current.disregarded, current.as_of) == (
                principal,
                disregarded,
                as_of or current.as_of,
            )
            if same:
                return current
            current.closed_at = now
            current.save(update_fields=["closed_at"])
        return Holding.objects.create(
            holder=holder,
            notes=notes,
            principal=principal,
            as_of=as_of,
            source=source,
            disregarded=disregarded,
            disregarded_reason=reason,
            disregarded_known_by=current.disregarded_known_by if current and disregarded else "",
            disregarded_since=current.disregarded_since if current and disregarded else None,
            opened_at=now,
        )


@transaction.atomic
def set_currency(agreement: Agreement, currency: str, actor: User | None) -> None:
    """Say in which currency, an ISO code, the agreement's notes are: also for other agreements on them. No amount is
    converted. Raises Refused without notes.
    """
    if agreement.notes is None:
        raise Refused("Name the notes of this agreement first.")
    notes = Notes.objects.select_for_update().get(pk=agreement.notes.pk)
    if notes.currency == currency:
        return
    before, notes.currency = notes.currency, currency
    notes.save(update_fields=["currency"])
    agreement.notes.currency = currency
    audit.record(agreement, actor, "currency of the notes set", before=before, after=currency)


@transaction.atomic
def set_principal_outstanding(agreement: Agreement, amount: Decimal, source: str, actor: User | None) -> None:
    """Say how much principal of the agreement's notes is outstanding. Raises Refused without notes."""
    if agreement.notes is None:
        raise Refused("Name the notes of this agreement first.")
    if amount < 0:
        raise Refused("The principal outstanding cannot be negative.")
    now = timezone.now()
    current = PrincipalOutstanding.objects.select_for_update().filter(notes=agreement.notes, closed_at=None).first()
    if current is not None and (current.amount, current.source) == (amount, source):
        return
    if current is not None:
        current.closed_at = now
        current.save(update_fields=["closed_at"])
    PrincipalOutstanding.objects.create(notes=agreement.notes, amount=amount, source=source, opened_at=now)
    audit.record(agreement, actor, "principal outstanding set", amount=amount, source=source)
