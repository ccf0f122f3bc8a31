"""Which version of an agreement is signed, now and at any past moment, and what was signed before it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from signatures.models import Agreement, Answer, BlockState, CarryOver, SignatureBlock, SignaturePage, Version, Voiding

EXECUTED = (BlockState.EXECUTED, BlockState.RELEASED)


@dataclass(frozen=True)
class Term:
    """That a version was the one that is signed from `start`, None for ever before, to `end`, None for still."""

    version: int
    start: datetime.datetime | None
    end: datetime.datetime | None


def terms(agreement: Agreement) -> list[Term]:
    """Return which version was in force when, oldest first, without a gap: what was withdrawn gives way to the one
    before it. One query.
    """
    acts: list[tuple[datetime.datetime, int, bool]] = []
    for version, adopted, withdrawn in agreement.versions.exclude(adopted_at=None).values_list(
        "pk", "adopted_at", "withdrawn_at"
    ):
        if adopted is not None:
            acts.append((adopted, version, True))
        if withdrawn is not None:
            acts.append((withdrawn, version, False))
    standing: list[int] = []
    found: list[Term] = []
    for at, version, begins in sorted(acts):
        before = standing[-1:]
        standing = [*standing, version] if begins else [one for one in standing if one != version]
        if standing[-1:] != before and standing:
            if found:
                found[-1] = Term(found[-1].version, found[-1].start, at)
            found.append(Term(standing[-1], at if found else None, None))
    return found


def versions_at(agreements: Iterable[int], at: datetime.datetime | None) -> QuerySet[Version]:
    """Return the version of each agreement that is signed now, or was at a moment; before there was one, the first.

    In one query that says the same as `terms`: the newest of those that were adopted and not withdrawn by then.
    """
    found = Version.objects.filter(agreement__in=agreements)
    if at is None:
        return found.filter(is_execution=True)
    own = Version.objects.filter(agreement=OuterRef("agreement"), adopted_at__isnull=False)
    then = own.filter(Q(withdrawn_at=None) | Q(withdrawn_at__gt=at), adopted_at__lte=at).order_by("-number")
    first = own.order_by("number")
    return found.annotate(then=Coalesce(Subquery(then.values("pk")[:1]), Subquery(first.values("pk")[:1]))).filter(
        pk=F("then")
    )


def signed_before(version: Version, parties: Iterable[int] | None = None) -> dict[int, SignatureBlock]:
    """Return by party the newest block of an earlier version that is executed. One query."""
    earlier = SignatureBlock.objects.filter(
        version__agreement=version.agreement_id,
        version__further_document=None,
        version__number__lt=version.number,
        state__in=EXECUTED,
    )
    if parties is not None:
        earlier = earlier.filter(party__in=parties)
    return {block.party_id: block for block in earlier.select_related("version").order_by("version__number")}


def answers(version: Version) -> dict[int, str]:
    """Return what is decided about the blocks of a version, by block. Where nothing is, the block is not in it."""
    return dict(CarryOver.objects.filter(block__version=version, closed_at=None).values_list("block", "answer"))


def held_back(version: Version) -> set[int]:
    """Return the blocks that get no page yet: an earlier version was signed for them, and nobody has decided that they
    sign again; and those for which it was decided that the signature carries over.
    """
    if version.number == 1:
        return set()
    signed, decided = signed_before(version), answers(version)
    return {
        block
        for block, party in version.blocks.values_list("pk", "party")
        if decided.get(block) == Answer.CARRIES or (party in signed and decided.get(block) != Answer.SIGNS_AGAIN)
    }


def issued_pages(agreement: Agreement | None) -> QuerySet[SignaturePage]:
    """Return the issued pages that are current, or were until another version was adopted; of all agreements for None.

    A page that was voided or replaced is not among them.
    """
    known = SignaturePage.objects.filter(version__agreement=agreement) if agreement else SignaturePage.objects.all()
    earlier = Q(
        ~Exists(Voiding.objects.filter(page=OuterRef("pk"), closed_at=None)),
        state=SignaturePage.State.SUPERSEDED,
        version__is_execution=False,
        version__further_document=None,
        version__withdrawn_at=None,
    )
    return known.filter(Q(state=SignaturePage.State.CURRENT) | earlier)


def is_current(page: SignaturePage) -> bool:
    """Tell whether copies of an issued page can be accepted: neither it nor its version has ended. Wants `version`."""
    return (
        page.state == SignaturePage.State.CURRENT
        and page.version.is_signed_now
        and page.version_sha256 == page.version.pdf_id
    )


def is_of_earlier_version(page: SignaturePage) -> bool:
    """Tell whether an issued page counts no more only because another version is signed now. Wants `version`."""
    return (
        not page.version.is_execution
        and page.version.further_document_id is None
        and page.version.withdrawn_at is None
        and page.state != SignaturePage.State.VOID
        and not page.voidings.filter(closed_at=None).exists()
    )
