"""A new version of an agreement: uploaded, compared, adopted or withdrawn. It takes over no signature by itself."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from holders.models import Party
from holders.names import fold
from signatures.domain import audit
from signatures.domain.decisions import review
from signatures.domain.documents import agreements, blocks, document, version_undo
from signatures.domain.documents.version_changes import HEAD, Comparison, Pair, compare, key, named
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.register import parties
from signatures.models import (
    Agreement,
    CarryOver,
    Counterpart,
    SignatureBlock,
    SignaturePage,
    StoredFile,
    User,
    Version,
    Voiding,
)
from signatures.paper.agreement import ParsedAgreement, UnreadableAgreement
from signatures.paper.agreement.apart import parse_apart
from signatures.paper.agreement.kept import as_kept

CURRENT, SUPERSEDED = SignaturePage.State.CURRENT, SignaturePage.State.SUPERSEDED


def waiting(agreement: Agreement) -> Version | None:
    """Return the version that was uploaded and is neither adopted nor withdrawn."""
    return agreement.versions.filter(adopted_at=None, withdrawn_at=None).first()


def before(version: Version) -> Version | None:
    """Return the version that one is compared with: the newest adopted before it. None for the first."""
    earlier = version.agreement.versions.filter(adopted_at__isnull=False, withdrawn_at=None, number__lt=version.number)
    return earlier.order_by("-number").first()


@dataclass(frozen=True)
class Draft:
    """A document that was read, with its files in place on disk."""

    name: str
    parsed: ParsedAgreement
    source: StoredFile
    pdf: StoredFile
    reading_copy: StoredFile | None

    def columns(self) -> dict[str, Any]:
        """Return what a version of it says of the document."""
        return {
            "source": self.source,
            "source_name": self.name,
            "pdf": self.pdf,
            "reading_copy": self.reading_copy,
            "text": self.parsed.text,
            "as_read": as_kept(self.parsed),
        }


def parse(agreement: Agreement, data: bytes, name: str) -> ParsedAgreement:
    """Read a document. Raises Refused with the sentence when it cannot be read, or shows no signature blocks though
    the version that is signed does.
    """
    try:
        parsed = parse_apart(data, name)
    except UnreadableAgreement as error:
        raise Refused(str(error)) from error
    if not parsed.parties and document.of(blocks.execution_version(agreement)).parties:
        raise Refused("No signature blocks were found in this document. Is it the whole agreement?")
    return parsed


def keep(data: bytes, name: str, parsed: ParsedAgreement) -> Draft:
    """Keep a document that was read: as it came, as a PDF, and a copy for holders."""
    source, pdf = agreements.keep_document(data, name, parsed)
    return Draft(name[-255:], parsed, source, pdf, agreements.keep_reading_copy(parsed))


@transaction.atomic
def enter(agreement: Agreement, draft: Draft, by: User) -> Version:
    """Enter a new version, which waits to be adopted; one that waited before it is withdrawn.

    Raises Refused when it is the very file of the version that is signed, or of the one that waits.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    current, replaced = blocks.execution_version(agreement), waiting(agreement)
    for one in filter(None, (current, replaced)):
        if one.source_id == draft.source.pk:
            raise Refused(f"This is the very file of version {one.number}.")
    if replaced is not None:
        agreement.versions.filter(pk=replaced.pk).update(withdrawn_at=timezone.now(), withdrawn_by=by)
    last = agreement.versions.aggregate(last=Max("number"))["last"] or 0
    version = Version.objects.create(
        agreement=agreement,
        number=last + 1,
        is_execution=False,
        adopted_at=None,
        **draft.columns(),
    )
    number = replaced.number if replaced else None
    audit.record(agreement, by, "version uploaded", version=version.number, source=draft.source.sha256, replaces=number)
    return version


def changes(before: Version, after: Version) -> Comparison:
    """Compare what was read from two versions. Raises Refused when one cannot be read any more."""
    return compare(document.of(before), document.of(after))


@transaction.atomic
def adopt(version: Version, by: User, same: Collection[tuple[str, str]] = ()) -> Version:
    """Make a version that waits the one that is signed.

    Its blocks are made anew and are outstanding: what was signed before stays with the version that it was signed on.
    Pages of the version before answer as superseded. Parties that are only on the register, not in the documents, sign
    this version too. `same` are keys (`version_changes.key`) of parties that a person says are one, renamed. Raises
    Overtaken when it does not wait any more, Refused when a name is another party's.
    """
    agreement = Agreement.objects.select_for_update().get(pk=version.agreement_id)
    before = blocks.execution_version(agreement)
    found = changes(before, version)
    draft = Version.objects.filter(pk=version.pk, adopted_at=None, withdrawn_at=None)
    Version.objects.filter(pk=before.pk).update(is_execution=False)
    if not draft.update(is_execution=True, adopted_at=timezone.now(), adopted_by=by):
        raise Overtaken("Somebody else adopted or withdrew this version a moment ago. Nothing was changed.")
    version.refresh_from_db()
    old, new = document.of(before), document.of(version)
    state = version_undo.taken(agreement)
    _follow_head(agreement, by, old, new)
    _make_blocks(agreement, before, old, new, _one(found, same))
    version.changed_by_adoption = version_undo.difference(state, version_undo.taken(agreement))
    version.save(update_fields=["changed_by_adoption"])
    ended = SignaturePage.objects.filter(version=before, state=CURRENT).update(state=SUPERSEDED)
    review.ask_anew(SignaturePage.objects.filter(version=before))
    audit.record(agreement, by, "version adopted", version=version.number, before=before.number, superseded=ended)
    return version


def _one(found: Comparison, same: Collection[tuple[str, str]]) -> dict[tuple[str, str], Pair]:
    """Return who is in both versions, by the key of the later one."""
    renamed = [pair for pair in found.alike if key(pair.after) in same]
    return {key(pair.after): pair for pair in (*found.pairs, *renamed)}


def _follow_head(agreement: Agreement, by: User, before: ParsedAgreement, after: ParsedAgreement) -> None:
    """Let the agreement's terms follow what its text says otherwise than before; what the text leaves out stays."""
    read = {name: getattr(after, name) for name in HEAD if getattr(after, name) != getattr(before, name)}
    agreements.set_terms(agreement, by, **{name: value for name, value in read.items() if value})


def _make_blocks(
    agreement: Agreement,
    earlier: Version,
    before: ParsedAgreement,
    after: ParsedAgreement,
    one: dict[tuple[str, str], Pair],
) -> None:
    """Make the blocks of the version that is signed now: of the document's parties in its order, then of those who are
    on the register alone. What counsel corrected or left out before stays so, unless the document says otherwise now.
    """
    known = _blocks_as_read(earlier, before)
    for party in named(after):
        pair = one.get(key(party))
        if pair is None:
            agreements.add_party(agreement, party.entity or "", party)
            continue
        block = known.get(key(pair.before))
        if block is None:
            continue
        if pair.changes:
            _follow(block.party, pair)
        made = blocks.ensure(agreement, block.party)
        first, last = party.lines
        SignatureBlock.objects.filter(pk=made.pk).update(
            certain=party.certain or (block.certain and not pair.changes), first_line=first, last_line=last
        )
    read = [block.pk for block in known.values()]
    rest = earlier.blocks.exclude(pk__in=read).select_related("party").order_by("position")
    blocks.ensure_all(agreement, [block.party for block in rest])


def _blocks_as_read(version: Version, parsed: ParsedAgreement) -> dict[tuple[str, str], SignatureBlock]:
    """Return the blocks of a version by the key of the party that was read there, also where it was corrected since."""
    by_line, by_name = {}, {}
    for block in version.blocks.select_related("party"):
        by_line[block.first_line] = block
        by_name[block.role, fold(block.entity)] = block
    found = {key(one): by_line.get(one.lines[0]) or by_name.get(key(one)) for one in named(parsed)}
    return {at: block for at, block in found.items() if block is not None}


def _follow(party: Party, pair: Pair) -> None:
    """Let the register follow what the document says of a party otherwise than before."""
    changed = {one.word for one in pair.changes}
    after = pair.after
    if "Name" in changed:
        name = after.entity or ""
        others = Party.objects.filter(issuer=party.issuer, role=party.role, folded_name=fold(name)).exclude(pk=party.pk)
        if others.exists():
            raise Refused(f"{name} stands on the register already, beside {party.name}. They cannot be one.")
        party.name, party.folded_name = name, fold(name)
    if "Address" in changed and after.address:
        party.address = after.address
    party.save(update_fields=["name", "folded_name", "address"])
    if "Signs by" in changed:
        parties.set_chain(party, [(link.entity, link.capacity or "", link.descriptor or "") for link in after.chain])
    signers = [one for one in after.signatories if one.name]
    if "Signatory" in changed and signers:
        party.signing.filter(position__gt=len(signers)).delete()
        for position, one in enumerate(signers, 1):
            parties.set_signatory(party, position, one.name or "", one.title or "")


@transaction.atomic
def withdraw(version: Version, by: User) -> tuple[str, ...]:
    """Withdraw a version that waits, or that was adopted and is not in use yet: the one before it is signed again.

    Terms and register are as before it, but for what was changed since; what stays is returned in sentences. Raises
    Refused once a page of it was issued or a signature counts
    for it, Overtaken when it was withdrawn already.
    """
    agreement = Agreement.objects.select_for_update().get(pk=version.agreement_id)
    version = Version.objects.get(pk=version.pk)
    if version.is_execution:
        _refuse_if_used(version)
    elif version.adopted_at is not None and version.withdrawn_at is None:
        raise Refused("A later version is signed. An earlier one is not withdrawn: it tells what was signed then.")
    open_one = Version.objects.filter(pk=version.pk, withdrawn_at=None)
    now = timezone.now()
    if not open_one.update(withdrawn_at=now, withdrawn_by=by, is_execution=False):
        raise Overtaken("Somebody else withdrew this version a moment ago.")
    back, stays = None, tuple[str, ...]()
    if version.is_execution:
        back = agreement.versions.filter(adopted_at__isnull=False, withdrawn_at=None).latest("number")
        Version.objects.filter(pk=back.pk).update(is_execution=True)
        pages = SignaturePage.objects.filter(version=back, state=SUPERSEDED)
        pages.exclude(voidings__in=Voiding.objects.filter(closed_at=None)).update(state=CURRENT)
        review.ask_anew(SignaturePage.objects.filter(version=back))
        stays = version_undo.restore(version, by)
    number = back.number if back else None
    audit.record(agreement, by, "version withdrawn", version=version.number, back=number, stays=list(stays))
    return stays


def _refuse_if_used(version: Version) -> None:
    if version.number == 1:
        raise Refused("This is the only version. Upload the new one instead.")
    if version.pages.exists():
        raise Refused(f"Pages of version {version.number} were issued. Upload the text that is to be signed instead.")
    decided = CarryOver.objects.filter(block__version=version, closed_at=None).exists()
    if decided or Counterpart.objects.filter(block__version=version, closed_at=None).exists():
        raise Refused(f"Signatures were decided to count for version {version.number}. Take that back first.")
