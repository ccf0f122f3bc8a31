"""Documents that are signed along with an agreement: each with text, blocks and pages of its own, none of them tallied.

What a person signs of them goes into the packet of the agreement, and comes back through the same link.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from holders.models import Party, PartyRole
from holders.names import fold
from signatures.domain import audit
from signatures.domain.documents import agreements, blocks
from signatures.domain.documents.versions import Draft
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, FurtherDocument, SignaturePage, User, Version
from signatures.paper.agreement import ParsedAgreement, UnreadableAgreement
from signatures.paper.agreement.apart import parse_apart

Signs = FurtherDocument.Signs
LONGEST_TITLE = 200
NO_BLOCKS = (
    "No signature blocks were found in this document. Say who signs it: every holder, or every party of the agreement."
)


def standing(agreement: Agreement) -> QuerySet[FurtherDocument]:
    """Return the further documents that are signed, in their order, each with its version."""
    rows = agreement.further_documents.filter(version__withdrawn_at=None)
    return rows.select_related("version").order_by("position")


def versions(agreement: Agreement) -> list[Version]:
    """Return the texts of the further documents that are signed, in their order."""
    rows = Version.every.filter(agreement=agreement, further_document__isnull=False, withdrawn_at=None)
    return list(rows.select_related("further_document").order_by("further_document__position"))


def checked_title(agreement: Agreement, title: str) -> str:
    """Return a title as it would be kept. Raises Refused where there is none, or another document has it."""
    title = " ".join(title.split())
    if not title or len(title) > LONGEST_TITLE:
        raise Refused(f"The document's title has one to {LONGEST_TITLE} characters.")
    if fold(title) in {fold(agreement.title), *(fold(one.title) for one in standing(agreement))}:
        raise Refused(f"There is a document called {title} already. Give this one another title.")
    return title


def parse(data: bytes, name: str, signs: str) -> ParsedAgreement:
    """Read a document. Raises Refused when it cannot be read, or is signed by whom its blocks name and has none."""
    try:
        parsed = parse_apart(data, name)
    except UnreadableAgreement as error:
        raise Refused(str(error)) from error
    if signs == Signs.NAMED and not any(one.entity and fold(one.entity) for one in parsed.parties):
        raise Refused(NO_BLOCKS)
    return parsed


@transaction.atomic
def add(agreement: Agreement, draft: Draft, title: str, signs: str, by: User | None) -> FurtherDocument:
    """Add a document that was read, with the blocks of those who sign it.

    Raises Refused for its title, and when it is the very file of another document that is signed.
    """
    agreement = Agreement.objects.select_for_update().get(pk=agreement.pk)
    title = checked_title(agreement, title)
    for version in (blocks.execution_version(agreement), *versions(agreement)):
        if version.source_id == draft.source.pk:
            raise Refused(f"This is the very file of {agreements.title_of(version)}.")
    last = agreement.further_documents.aggregate(last=Max("position"))["last"] or 0
    made = FurtherDocument.objects.create(
        agreement=agreement, title=title, position=last + 1, signs=Signs(signs), added_by=by
    )
    version = Version.every.create(
        agreement=agreement,
        further_document=made,
        number=1,
        is_execution=False,
        adopted_by=by,
        **draft.columns(),
    )
    if signs == Signs.NAMED:
        _enter_named(agreement, draft.parsed, version)
    else:
        _follow(made, version)
    signed_by = version.blocks.count()
    audit.record(
        agreement, by, "document added", document=made.pk, title=title, source=draft.source.pk, parties=signed_by
    )
    return made


def _enter_named(agreement: Agreement, parsed: ParsedAgreement, version: Version) -> None:
    """Enter the parties that a document's blocks name. Who signs the agreement under that name is that party, whatever
    the document calls it: another one would be asked and mailed beside it.
    """
    signing = blocks.execution_version(agreement).blocks.select_related("party").order_by("position")
    known = {block.party.folded_name: block.party for block in reversed(signing)}
    for one in parsed.parties:
        party = known.get(fold(one.entity or ""))
        if party is not None:
            block = blocks.ensure(agreement, party, version)
            first, last = one.lines
            version.blocks.filter(pk=block.pk).update(certain=one.certain, first_line=first, last_line=last)
        elif one.entity and fold(one.entity):
            agreements.add_party(agreement, one.entity, one, version)


def follow(agreement: Agreement) -> None:
    """Give those who joined the agreement since a block in each document that every holder or party signs. Belongs in
    the caller's transaction, which holds the agreement.
    """
    for version in versions(agreement):
        if version.further_document is not None and version.further_document.signs != Signs.NAMED:
            _follow(version.further_document, version)


def _follow(further: FurtherDocument, version: Version) -> None:
    signing = Party.objects.filter(blocks__in=blocks.execution_version(further.agreement).blocks.all())
    if further.signs == Signs.HOLDERS:
        signing = signing.filter(role=PartyRole.HOLDER)
    there = set(version.blocks.values_list("party", flat=True))
    missing = [party for party in signing.order_by("blocks__position") if party.pk not in there]
    blocks.ensure_all(further.agreement, missing, version=version)


@transaction.atomic
def withdraw(further: FurtherDocument, by: User) -> None:
    """Take a document out of the collection: nobody signs it any more.

    Refused once a page of it was issued: those are voided first, with a reason. Raises Overtaken where it was withdrawn
    already.
    """
    agreement = Agreement.objects.select_for_update().get(pk=further.agreement_id)
    version = Version.every.get(further_document=further)
    if version.pages.filter(state=SignaturePage.State.CURRENT).exists():
        raise Refused(f"Pages of {further.title} were issued. Void them first, so that nobody signs them in vain.")
    if not Version.every.filter(pk=version.pk, withdrawn_at=None).update(withdrawn_at=timezone.now(), withdrawn_by=by):
        raise Overtaken(f"{further.title} was withdrawn already.")
    audit.record(agreement, by, "document withdrawn", document=further.pk, title=further.title)


@transaction.atomic
def bring_back(further: FurtherDocument, by: User) -> None:
    """Take back that a document was withdrawn. Raises Refused where another has its title now, Overtaken as above."""
    agreement = Agreement.objects.select_for_update().get(pk=further.agreement_id)
    checked_title(agreement, further.title)
    gone = Version.every.filter(further_document=further, withdrawn_at__isnull=False)
    if not gone.update(withdrawn_at=None, withdrawn_by=None):
        raise Overtaken(f"{further.title} is signed again already.")
    audit.record(agreement, by, "document brought back", document=further.pk, title=further.title)
