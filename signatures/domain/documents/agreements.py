"""Making an agreement from its document, and its terms."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.text import slugify

from holders.models import Issuer, Notes, PartyRole
from holders.names import fold
from signatures.domain import audit, files
from signatures.domain.documents import blocks
from signatures.domain.errors import Refused
from signatures.domain.register import parties
from signatures.models import Agreement, Channel, Membership, Role, SignatureBlock, StoredFile, User, Version
from signatures.paper.agreement import ParsedAgreement, ParsedParty, UnreadableAgreement, parse_agreement
from signatures.paper.agreement.kept import as_kept
from signatures.paper.documents import draw_document
from signatures.paper.drawing import CannotSet

TERMS = (
    "title",
    "as_of",
    "due_at",
    "time_zone",
    "delivering_channels",
    "originals_wanted",
    "revocable_after_release",
    "required_particulars",
    "witness_clause",
    "amount_caption",
    "amends_title",
    "counsel_name",
    "counsel_for",
    "counsel_telephone",
    "counsel_email",
    "counsel_fax",
    "counsel_address",
)
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "txt": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

# A text shorter than this, in characters, is no agreement without its signature blocks.
SHORTEST_BODY = 200


@dataclass(frozen=True)
class Kept:
    """A document's files: as it came, as a PDF, and without its blocks for holders to read, where that can be had."""

    source: StoredFile
    pdf: StoredFile
    reading_copy: StoredFile | None


def create(data: bytes, name: str, actor: User | None, members: Sequence[tuple[User, str, bool]] = ()) -> Agreement:
    """Make an agreement, its issuer, notes, parties and blocks from a document.

    `members` are (user, role, may see amounts); the actor becomes counsel who sees amounts. Raises Refused with a
    sentence when the document cannot be read or shows no signature blocks.
    """
    parsed = parse(data, name)
    return enter(parsed, keep(data, name, parsed), name, actor, members)


def parse(data: bytes, name: str, read: Callable[[bytes, str], ParsedAgreement] = parse_agreement) -> ParsedAgreement:
    """Read a document with signature blocks, what was uploaded by `parse_apart`. Raises Refused with the sentence."""
    try:
        parsed = read(data, name)
    except UnreadableAgreement as error:
        raise Refused(str(error)) from error
    if not parsed.parties:
        raise Refused("No signature blocks were found in this document. Is it the execution version?")
    return parsed


def keep(data: bytes, name: str, parsed: ParsedAgreement) -> Kept:
    """Keep the files of a document that was read. Raises Refused where its text cannot be set."""
    source, pdf = keep_document(data, name, parsed)
    return Kept(source, pdf, keep_reading_copy(parsed))


@transaction.atomic
def enter(
    parsed: ParsedAgreement,
    kept: Kept,
    name: str,
    actor: User | None,
    members: Sequence[tuple[User, str, bool]] = (),
) -> Agreement:
    """Enter a document that was read as an agreement with its first version (see `create`). Raises Refused."""
    agreement = _agreement_from(parsed, actor)
    Version.objects.create(
        agreement=agreement,
        number=1,
        source=kept.source,
        source_name=name[-255:],
        pdf=kept.pdf,
        reading_copy=kept.reading_copy,
        text=parsed.text,
        as_read=as_kept(parsed),
        adopted_by=actor,
    )
    for party in parsed.parties:
        if party.entity and fold(party.entity):
            add_party(agreement, party.entity, party)
    if actor is not None:
        members = [(actor, Role.COUNSEL, True), *(one for one in members if one[0] != actor)]
    for user, role, may_see_amounts in members:
        Membership.objects.create(agreement=agreement, user=user, role=role, may_see_amounts=may_see_amounts)
    audit.record(agreement, actor, "agreement created", source=kept.source.sha256, parties=len(parsed.parties))
    return agreement


def media_type(name: str) -> str:
    """Return the media type that a document's name says."""
    return MEDIA_TYPES.get(name.rsplit(".", 1)[-1].lower(), "application/octet-stream")


def keep_document(data: bytes, name: str, parsed: ParsedAgreement) -> tuple[StoredFile, StoredFile]:
    """Store the document as it came, and as a PDF: itself where it is one, its text set plainly where it is not.

    Raises Refused where its text is in letters that cannot be set.
    """
    source = files.keep(data, media_type(name))
    if data[:1024].lstrip().startswith(b"%PDF"):
        return source, source
    try:
        return source, files.keep(draw_document(parsed.text, parsed.title or name), MEDIA_TYPES["pdf"])
    except CannotSet as error:
        raise Refused(
            f"{error} Or save the document as a PDF and give that: it is kept as it is, and only the names on the "
            "pages have to be in such letters."
        ) from error


def body(parsed: ParsedAgreement) -> str:
    """Return the agreement's text before its first signature block, empty where the blocks cannot be cut off."""
    starts = [one.lines[0] for one in parsed.parties if one.entity]
    return "\n".join(parsed.text.splitlines()[: min(starts, default=0)]).strip()


def reading_text(parsed: ParsedAgreement) -> str | None:
    """Return the agreement's text without its signature blocks, for holders to read.

    None where the blocks cannot be cut off, or the text itself names a holder: no holder is shown to another.
    """
    holders = [one.entity for one in parsed.parties if one.role == "holder" and one.entity]
    text = body(parsed)
    named = fold(text)
    if len(text) < SHORTEST_BODY or any(fold(holder) in named for holder in holders):
        return None
    return f"{text}\n\n[Signature pages follow]\n"


def keep_reading_copy(parsed: ParsedAgreement) -> StoredFile | None:
    """Keep the text for holders (see `reading_text`) as a PDF; None where there is none or it cannot be set."""
    text = reading_text(parsed)
    try:
        return files.keep(draw_document(text, parsed.title or ""), MEDIA_TYPES["pdf"]) if text else None
    except CannotSet:
        return None


def _agreement_from(parsed: ParsedAgreement, actor: User | None) -> Agreement:
    """Enter the agreement with what was read; whoever does it asks, until the terms say otherwise."""
    company = parsed.issuer or next((one.entity for one in parsed.parties if one.role == "issuer"), None)
    if not company:
        raise Refused("The document does not say who the issuer is.")
    issuer = next((one for one in Issuer.objects.all() if fold(one.name) == fold(company)), None)
    issuer = issuer or Issuer.objects.create(name=company)
    notes = None
    if parsed.notes is not None:
        notes, _ = Notes.objects.get_or_create(
            issuer=issuer,
            title=parsed.notes.title,
            defaults={"indenture": parsed.notes.indenture or "", "trustee": parsed.notes.trustee or ""},
        )
    title = parsed.title or "Untitled agreement"
    earlier = (
        Agreement.objects.filter(issuer=issuer, title__iexact=parsed.amends.title).first() if parsed.amends else None
    )
    return Agreement.objects.create(
        slug=_free_slug(f"{issuer.name.split()[0]} {title}"),
        title=title,
        issuer=issuer,
        notes=notes,
        amends=earlier,
        amends_title=_reference(parsed),
        as_of=parsed.as_of,
        delivering_channels=_delivering(parsed.facsimile_delivers),
        witness_clause=parsed.witness_clause or "",
        amount_caption=parsed.amount_caption or "",
        counsel_name=actor.name if actor else "",
        counsel_email=actor.email if actor else "",
    )


def _reference(parsed: ParsedAgreement) -> str:
    if parsed.amends is None:
        return ""
    dated = (
        f" dated as of {parsed.amends.dated:%B} {parsed.amends.dated.day}, {parsed.amends.dated.year}"
        if parsed.amends.dated
        else ""
    )
    return f"{parsed.amends.title}{dated}"


def _delivering(facsimile_delivers: bool | None) -> list[str]:
    """Paper always delivers; what comes as a picture of it only where the agreement says so."""
    return list(Channel.values) if facsimile_delivers else [Channel.COURIER]


def _free_slug(text: str) -> str:
    wanted = slugify(text)[:70].strip("-") or "agreement"
    slug, number = wanted, 1
    while Agreement.objects.filter(slug=slug).exists():
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def add_party(agreement: Agreement, entity: str, parsed: ParsedParty, version: Version | None = None) -> SignatureBlock:
    """Put a party of the document on the register and its block into the version that is signed, or that of a further
    document, which says nothing of amounts.
    """
    party = parties.party_of(
        agreement.issuer, PartyRole(parsed.role), entity, parsed.descriptor or "", parsed.address or ""
    )
    if parsed.chain and not party.chain.exists():
        parties.set_chain(party, [(link.entity, link.capacity or "", link.descriptor or "") for link in parsed.chain])
    for position, one in enumerate((one for one in parsed.signatories if one.name), 1):
        if not party.signing.filter(position=position).exists():
            parties.set_signatory(party, position, one.name or "", one.title or "")
    block = blocks.ensure(agreement, party, version)
    first, last = parsed.lines
    SignatureBlock.objects.filter(pk=block.pk).update(certain=parsed.certain, first_line=first, last_line=last)
    if version is not None:
        return block
    if party.role == PartyRole.HOLDER and agreement.notes is not None and (parsed.amount or "").isdigit():
        parties.set_holding(party, agreement.notes, Decimal(parsed.amount or "0"))
    return block


@transaction.atomic
def set_terms(agreement: Agreement, actor: User, **terms: Any) -> list[str]:
    """Change an agreement's terms (see TERMS) and return the names of those that changed. Raises Refused where no title
    would be left.
    """
    changed = [name for name in TERMS if name in terms and getattr(agreement, name) != terms[name]]
    if "title" in changed and not str(terms["title"]).strip():
        raise Refused("The agreement needs a title.")
    if not changed:
        return []
    before = {name: getattr(agreement, name) for name in changed}
    for name in changed:
        setattr(agreement, name, terms[name])
    agreement.save(update_fields=changed)
    audit.record(agreement, actor, "terms changed", before=before, after={name: terms[name] for name in changed})
    return changed


@transaction.atomic
def accept_certain_from_now(agreement: Agreement, actor: User, on: bool) -> None:
    """Switch the rule "accept what is certain" on, in a person's name, or off."""
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    agreement.accept_certain_by = actor if on else None
    agreement.save(update_fields=["accept_certain_by"])
    audit.record(agreement, actor, "rule switched on" if on else "rule switched off", rule="accept what is certain")


def to_check(agreement: Agreement, parsed_sentences: tuple[str, ...] = ()) -> list[str]:
    """Return sentences on what a person should look at before pages are issued."""
    said = list(parsed_sentences)
    for block in blocks.execution_version(agreement).blocks.prefetch_related("lines"):
        if not block.certain:
            said.append(f"Check the block of {block.entity}: it was not read with certainty.")
        if any(not line.name for line in block.lines.all()):
            said.append(f"Nobody is named to sign for {block.entity}: the name will be left blank on the page.")
    return said


def date_in_words(date: datetime.date | None) -> str:
    """Return a date as a law firm writes it: September 24, 2007. Empty for none."""
    return f"{date:%B} {date.day}, {date.year}" if date else ""


def title_of(version: Version) -> str:
    """Return what a version is called where holders read it: the agreement's title, with the number from the second on
    and the day on which it was adopted.
    """
    agreement = version.agreement
    if version.further_document is not None:
        return str(version.further_document)
    if version.number == 1:
        return agreement.title
    day = (version.adopted_at or version.created_at).astimezone(ZoneInfo(agreement.time_zone)).date()
    return f"{agreement.title} (version {version.number} of {date_in_words(day)})"
