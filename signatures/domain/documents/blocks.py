"""Signature blocks of a version: copied from the register as they will be printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Prefetch, Q

from holders.models import AuthorityLink, Party, PartyRole, PartySignatory
from holders.names import fold
from signatures.domain import audit, copying_in
from signatures.domain.errors import Refused
from signatures.domain.register import parties
from signatures.models import Agreement, SignatureBlock, SignatureLine, SignaturePage, User, Version

BATCH = 1000


@dataclass(frozen=True)
class Said:
    """What the register says of a party: its chain, outermost first, and who signs for it, in their order.

    A party that `is_new` has no blocks yet.
    """

    is_new: bool
    chain: Sequence[AuthorityLink]
    signing: Sequence[PartySignatory]


@dataclass(frozen=True)
class LineToPrint:
    """A signature line: name and title as printed, empty where they are left to be filled in."""

    name: str
    title: str


def execution_version(agreement: Agreement) -> Version:
    """Return the version that is signed. Raises Refused if the agreement has none yet."""
    version = agreement.versions.filter(is_execution=True).first()
    if version is None:
        raise Refused("This agreement has no execution version yet. Upload the final text first.")
    return version


def ensure(agreement: Agreement, party: Party, version: Version | None = None) -> SignatureBlock:
    """Return the party's block in the execution version or another, copied from the register now if there is none."""
    return ensure_all(agreement, [party], version=version)[0]


def ensure_all(
    agreement: Agreement,
    signing_parties: Sequence[Party],
    said: Mapping[int, Said] | None = None,
    version: Version | None = None,
) -> list[SignatureBlock]:
    """Return the parties' blocks in the execution version or another, copied from the register where there is none.

    A block that stands on no current page yet follows the register; one that was issued or signed never changes.
    `said` is what the register says of each party, by key, for a caller who has just written it; else it is asked.
    """
    version = version or execution_version(agreement)
    older = [party.pk for party in signing_parties if said is None or not said[party.pk].is_new]
    present = {block.party_id: block for block in version.blocks.filter(party__in=older)}
    issued = set(
        version.blocks.filter(party__in=older)
        .filter(Q(pages__state=SignaturePage.State.CURRENT) | Q(counterparts__isnull=False))
        .values_list("pk", flat=True)
    )
    said = said or _said_by_register(older)
    last = SignatureBlock.every.filter(version=version).aggregate(last=Max("position"))["last"] or 0
    made, followed = [], []
    for party in signing_parties:
        block = present.get(party.pk)
        if block is None:
            last += 1
            block = present[party.pk] = SignatureBlock(version=version, party=party, role=party.role, position=last)
            made.append(block)
        elif block.pk not in issued:
            followed.append(block)
        else:
            continue
        _copy_from_register(block, party, said[party.pk].chain)
    copying_in.insert(made)
    SignatureBlock.objects.bulk_update(followed, ["entity", "address", "chain"], batch_size=BATCH)
    SignatureLine.objects.filter(block__in=followed).delete()
    copying_in.insert(
        [line for block in [*made, *followed] for line in _lines_to_sign(block, said[block.party_id].signing)]
    )
    return [present[party.pk] for party in signing_parties]


def _said_by_register(party_ids: list[int]) -> dict[int, Said]:
    signing = Prefetch("signing", PartySignatory.objects.select_related("signatory"))
    parties = Party.objects.prefetch_related("chain", signing).filter(pk__in=party_ids)
    return {party.pk: Said(False, list(party.chain.all()), list(party.signing.all())) for party in parties}


def _copy_from_register(block: SignatureBlock, party: Party, chain: Sequence[AuthorityLink]) -> None:
    block.entity = party.name
    block.address = party.address
    block.chain = [{"entity": link.entity, "capacity": link.capacity, "descriptor": link.descriptor} for link in chain]


def _lines_to_sign(block: SignatureBlock, signing: Sequence[PartySignatory]) -> list[SignatureLine]:
    """Return the lines of a block: one for each who signs for the party, one to be filled in where nobody is known."""
    return [
        SignatureLine(block=block, position=at, signatory=one.signatory, name=one.signatory.name, title=one.title)
        for at, one in enumerate(signing, 1)
    ] or [SignatureLine(block=block, position=1)]


def is_fixed(block: SignatureBlock) -> bool:
    """Tell whether a block may not change: it stands on a page that counts, or a signature was accepted for it.

    Uses what was fetched with `placed__page` and `counterparts`.
    """
    return bool(block.counterparts.all()) or any(
        placed.page.state == SignaturePage.State.CURRENT for placed in block.placed.all()
    )


@transaction.atomic
def correct(
    block: SignatureBlock,
    actor: User,
    *,
    entity: str,
    role: str,
    address: str,
    chain: list[tuple[str, str, str]],
    lines: list[LineToPrint],
) -> SignatureBlock:
    """Correct what was read from the document, on the register and in the block. Refused once the block was issued."""
    agreement = block.version.agreement
    if is_fixed(block):
        raise Refused(
            f"{block.entity} stands on an issued page. An issued page is never changed: void it and issue again."
        )
    if not entity.strip():
        raise Refused("The party's name is missing.")
    party = _party_called(block, role, entity.strip())
    if party.pk != block.party_id and block.version.blocks.filter(party=party).exists():
        raise Refused(f"{entity} has a block in this version already.")
    party.name, party.folded_name, party.address = entity.strip(), fold(entity), address
    party.save(update_fields=["name", "folded_name", "address"])
    parties.set_chain(party, chain)
    party.signing.all().delete()
    for position, line in enumerate((line for line in lines if line.name), 1):
        parties.set_signatory(party, position, line.name, line.title)
    SignatureBlock.objects.filter(pk=block.pk).update(party=party, role=role, certain=True)
    block = ensure(agreement, party, block.version)
    audit.record(agreement, actor, "block corrected", block=block.pk, entity=block.entity)
    return block


def _party_called(block: SignatureBlock, role: str, entity: str) -> Party:
    """Return the party of a corrected name. The block's own party takes the name, with what it holds, unless the
    register has one of that name or the old name stands in another agreement.
    """
    own, issuer = block.party, block.version.agreement.issuer
    known = Party.objects.filter(issuer=issuer, role=role, folded_name=fold(entity)).first()
    if known is not None:
        return known
    if own.role != role or own.blocks.exclude(pk=block.pk).exists():
        return parties.party_of(issuer, role, entity)
    return own


@transaction.atomic
def confirm(block: SignatureBlock, actor: User) -> None:
    """Say that a block was read right although the machine was not certain."""
    if SignatureBlock.objects.filter(pk=block.pk, certain=False).update(certain=True):
        audit.record(block.version.agreement, actor, "block confirmed", block=block.pk, entity=block.entity)


@transaction.atomic
def add(agreement: Agreement, actor: User, role: str, entity: str) -> SignatureBlock:
    """Add a party that the document does not show. Raises Refused without a name."""
    if not entity.strip():
        raise Refused("The party's name is missing.")
    block = ensure(agreement, parties.party_of(agreement.issuer, role or PartyRole.HOLDER, entity.strip()))
    audit.record(agreement, actor, "block added", block=block.pk, entity=block.entity)
    return block


@transaction.atomic
def remove(block: SignatureBlock, actor: User) -> None:
    """Take a block out of the version: the party does not sign. Refused once it was issued."""
    if block.placed.exists():
        raise Refused(f"{block.entity} stands on an issued page. Void the page first.")
    agreement, entity = block.version.agreement, block.entity
    block.lines.all().delete()
    block.delete()
    audit.record(agreement, actor, "block removed", entity=entity)
