"""Joinder: a transferee or a late holder comes to an agreement that is being signed, with its own block and page.

What a transferee brings leaves the transferor's holding in the same transaction; what a late holder brings comes out of
what nobody on the register held. So no note counts twice.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from holders.models import Holding, HoldingSource, Party, PartyRole, PrincipalOutstanding
from holders.names import fold
from signatures.domain import audit
from signatures.domain.documents import blocks
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.pages import issuing, voiding
from signatures.domain.register import parties
from signatures.domain.register.holdings import give_back, open_anew
from signatures.domain.tally import tabulation
from signatures.models import Agreement, BlockState, Joinder, Match, SignatureBlock, SignaturePage, User


@dataclass(frozen=True)
class Joining:
    """Who joins: name, chain of (entity, capacity, descriptor) outermost first, and who signs for it."""

    name: str
    principal: Decimal
    dated: datetime.date
    signatory: str = ""
    title: str = ""
    email: str = ""
    address: str = ""
    through: str = ""
    chain: tuple[tuple[str, str, str], ...] = ()


@transaction.atomic
def join(
    agreement: Agreement, by: User, joining: Joining, transferor: SignatureBlock | None = None, seen: int | None = None
) -> Joinder:
    """Add a party by joinder, take what it holds from the transferor, and issue its page. None: it comes from nobody.

    `seen` is the transferor's holding that the person saw. Raises Refused without a name, principal or notes, for a
    date to come, for one who is a party already, and for more than there is to transfer; Overtaken where the
    transferor's holding changed meanwhile.
    """
    # Two joinders at once: the second waits here, and then sees what the first has taken.
    rows = Agreement.objects.select_for_update(of=("self",)).select_related("issuer", "notes")
    agreement = rows.get(pk=agreement.pk)
    version = blocks.execution_version(agreement)
    _check(agreement, joining)
    if transferor is not None and transferor.version_id != version.pk:
        raise Refused("The transferor has no block in the version that is signed.")
    known = Party.objects.filter(issuer=agreement.issuer, role=PartyRole.HOLDER, folded_name=fold(joining.name)).first()
    if known is not None and version.blocks.filter(party=known).exists():
        raise Refused(f"{known.name} is a party to this agreement already.")
    party, moved = _move_principal(agreement, joining, transferor, seen)
    block = blocks.ensure(agreement, party)
    issuing.issue(agreement, by, issuing.Arrangement(only=frozenset({block.pk})))
    made = Joinder.objects.create(
        block=block,
        transferor=transferor,
        principal=joining.principal,
        dated=joining.dated,
        joined_by=by,
        **moved,
    )
    audit.record(
        agreement,
        by,
        "joined by joinder",
        blocks=[block.pk, *([transferor.pk] if transferor else [])],
        entity=block.entity,
        transferor=transferor.entity if transferor else "",
        dated=joining.dated,
    )
    return made


def _check(agreement: Agreement, joining: Joining) -> None:
    if agreement.notes is None:
        raise Refused("Name the notes of this agreement first.")
    if not joining.name.strip() or not fold(joining.name):
        raise Refused("Name the party that joins.")
    if joining.principal <= 0:
        raise Refused("Say how much principal the party brings: more than nothing.")
    if joining.dated > timezone.localdate():
        raise Refused("A joinder cannot be dated in the future: until then the transferor holds the notes.")


def _move_principal(
    agreement: Agreement, joining: Joining, transferor: SignatureBlock | None, seen: int | None
) -> tuple[Party, dict[str, Holding | None]]:
    """Take principal from where it was and give it to the party; say which holdings, as `Joinder` names them."""
    taken: tuple[Holding, Holding] | tuple[None, None] = (None, None)
    if transferor is not None:
        taken = _take_from(agreement, transferor, joining, seen)
    else:
        _take_from_nobody(agreement, joining)
    party = _put_on_register(agreement, joining)
    given = _give(agreement, party, joining, transferor)
    names = ("taken_before", "taken_after", "given_before", "given_after")
    return party, dict(zip(names, (*taken, *given), strict=True))


def _take_from(
    agreement: Agreement, transferor: SignatureBlock, joining: Joining, seen: int | None
) -> tuple[Holding, Holding]:
    """Take principal from the transferor and return its holding before and after."""
    rows = Holding.objects.select_for_update().filter(
        holder=transferor.party_id, notes=agreement.notes_id, closed_at=None
    )
    current = rows.first()
    if current is None or current.principal is None:
        raise Refused(f"The register does not say what {transferor.entity} holds. Enter that first.")
    if seen is not None and current.pk != seen:
        raise Overtaken(f"What {transferor.entity} holds was changed a moment ago. Look at it again.")
    if joining.principal > current.principal:
        raise Refused(f"{transferor.entity} holds {current.principal:,.2f}: less than what it is to have transferred.")
    return current, open_anew(current, principal=current.principal - joining.principal, as_of=joining.dated)


def _take_from_nobody(agreement: Agreement, joining: Joining) -> None:
    """Refuse more than what nobody on the register holds, where it is known how much is outstanding."""
    if not PrincipalOutstanding.objects.filter(notes=agreement.notes_id, closed_at=None).exists():
        return
    unknown = tabulation.tabulate(agreement).holder_unknown
    if joining.principal > unknown:
        raise Refused(
            f"Of the principal outstanding, {unknown:,.2f} has no holder on the register: less than what joins. "
            "Say from whom it was transferred, or correct the register first."
        )


def _put_on_register(agreement: Agreement, joining: Joining) -> Party:
    name = " ".join(joining.name.split())
    party = parties.party_of(agreement.issuer, PartyRole.HOLDER, name, address=joining.address)
    if joining.through and party.through != joining.through:
        if party.holdings.exists():
            raise Refused(f"{party.name} holds through another participant on the register. Correct it there first.")
        Party.objects.filter(pk=party.pk).update(through=joining.through)
    if joining.chain:
        parties.set_chain(party, list(joining.chain))
    if joining.signatory.strip():
        parties.set_signatory(party, 1, joining.signatory.strip(), joining.title, joining.email)
    return party


def _give(
    agreement: Agreement, party: Party, joining: Joining, transferor: SignatureBlock | None
) -> tuple[Holding | None, Holding]:
    """Add to what the party holds already of the notes, if anything, and return its holding before and after. A late
    holder cannot hold some of them already.
    """
    assert agreement.notes is not None
    held = Holding.objects.filter(holder=party, notes=agreement.notes, closed_at=None)
    current = held.select_for_update().first()
    if current is None:
        parties.set_holding(
            party, agreement.notes, joining.principal, as_of=joining.dated, source=HoldingSource.REGISTER
        )
        return None, held.get()
    if transferor is None and current.principal:
        raise Refused(f"The register says that {party.name} holds {current.principal:,.2f} of the notes already.")
    principal = (current.principal or Decimal(0)) + joining.principal
    return current, open_anew(current, principal=principal, as_of=joining.dated)


@transaction.atomic
def undo(block: SignatureBlock, by: User) -> Joinder:
    """Undo a joinder: the block leaves, its pages are void, and the principal goes back to where it came from.

    Past tallies still know the block. Raises Overtaken where it is undone already, Refused once a page of the party
    came in, or what it or the transferor holds was changed since.
    """
    agreement = Agreement.objects.select_for_update(of=("self",)).get(versions=block.version_id)
    made = Joinder.objects.select_for_update(of=("self",)).filter(block=block, undone_at=None).first()
    if made is None or not SignatureBlock.objects.filter(pk=block.pk).exists():
        raise Overtaken("This joinder is undone already. Nothing was changed.")
    block = SignatureBlock.objects.select_for_update(of=("self",)).select_related("version").get(pk=block.pk)
    _refuse_if_built_upon(block)
    for before, after in ((made.taken_before_id, made.taken_after_id), (made.given_before_id, made.given_after_id)):
        if after is not None and not give_back(before, after):
            raise Refused("What the party or its transferor holds was changed since. Correct it on the register.")
    pages = SignaturePage.objects.filter(blocks=block, state=SignaturePage.State.CURRENT).select_related("version")
    for page in pages.order_by("id"):
        voiding.void(page, by, "Joinder undone")
    made.undone_at, made.undone_by = timezone.now(), by
    made.save(update_fields=["undone_at", "undone_by"])
    SignatureBlock.objects.filter(pk=block.pk).update(left_at=made.undone_at)
    audit.record(agreement, by, "joinder undone", blocks=[block.pk], entity=block.entity)
    return made


def _refuse_if_built_upon(block: SignatureBlock) -> None:
    if not block.version.is_execution:
        raise Refused("A later version of the agreement is signed now.")
    came = Match.objects.filter(signature_page__placed__block=block, closed_at=None)
    if came.exists() or block.state != BlockState.OUTSTANDING:
        raise Refused(f"A page of {block.entity} has come in: its joinder can no longer be undone.")
    if Joinder.objects.filter(transferor=block, undone_at=None).exists():
        raise Refused(f"{block.entity} has transferred to another party since. Undo that joinder first.")
