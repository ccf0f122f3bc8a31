"""An agreement's versions, how two of them differ, and what is decided about the signatures on earlier ones."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q

from signatures.domain.documents import text_changes, versions
from signatures.domain.documents.in_force import EXECUTED, signed_before
from signatures.domain.documents.version_changes import Comparison
from signatures.models import Agreement, Answer, CarryOver, Execution, PageState, ReceivedPage, SignatureBlock, Version

MOST_PAGES = 30


@dataclass(frozen=True)
class Listed:
    """A version with the number of its issued pages, and of its blocks in all and executed."""

    version: Version
    pages: int
    blocks: int
    executed: int


def listed(agreement: Agreement) -> list[Listed]:
    """Return the versions, newest first, in two queries."""
    pages = dict(agreement.versions.annotate(found=Count("pages")).values_list("pk", "found"))
    rows = agreement.versions.select_related("adopted_by", "withdrawn_by").order_by("-number")
    counted = rows.annotate(own=Count("blocks"), signed=Count("blocks", filter=Q(blocks__state__in=EXECUTED)))
    return [Listed(one, pages[one.pk], one.own, one.signed) for one in counted]


@dataclass(frozen=True)
class Compared:
    """How a version differs from the one before it: in its parties, and in the text before the signature blocks.

    `passages` is None where the texts were not compared yet.
    """

    before: Version
    parties: Comparison
    passages: tuple[text_changes.Passage, ...] | None


def compared(version: Version) -> Compared | None:
    """Tell how a version differs from the one that is signed while it waits, else from the one signed before it.

    None for the first. Raises Refused when one of them cannot be read any more.
    """
    before = versions.before(version)
    if before is None:
        return None
    known = version.comparisons.filter(before=before).first()
    passages = text_changes.from_json(known.passages) if known is not None else None
    return Compared(before, versions.changes(before, version), passages)


@dataclass(frozen=True)
class Earlier:
    """A party of the version that is signed, which signed an earlier one. `row` is what is decided, None for nothing.

    `signed_at` is when the earlier block became executed, None where that signature was taken back since.
    """

    block: SignatureBlock
    source: SignatureBlock
    signed_at: datetime.datetime | None
    row: CarryOver | None

    @property
    def answer(self) -> str:
        return self.row.answer if self.row else ""


def earlier(version: Version) -> list[Earlier]:
    """Return who signed an earlier version, or was decided about, in the order of the document. Five queries."""
    rows = CarryOver.objects.filter(block__version=version, closed_at=None)
    decided = {row.block_id: row for row in rows.select_related("source__version", "opened_by", "page__submission")}
    signed = signed_before(version)
    wanted = Q(pk__in=decided) | (Q(party__in=signed) & ~Q(state__in=EXECUTED))
    blocks = list(version.blocks.filter(wanted).order_by("position").prefetch_related("lines__signatory"))
    sources = {one.pk: _source(one, decided.get(one.pk), signed) for one in blocks}
    executed = dict(
        Execution.objects.filter(block__in=sources.values(), closed_at=None).values_list("block", "opened_at")
    )
    return [Earlier(one, sources[one.pk], executed.get(sources[one.pk].pk), decided.get(one.pk)) for one in blocks]


def _source(block: SignatureBlock, row: CarryOver | None, signed: dict[int, SignatureBlock]) -> SignatureBlock:
    return row.source if row is not None else signed[block.party_id]


def counts(found: list[Earlier]) -> Counter[str]:
    """Count by answer; those about whom nothing is decided stand under the empty text."""
    return Counter(one.answer for one in found)


def to_decide(version: Version) -> int:
    """Return about how many signatures on earlier versions nobody has decided. No query for a first version."""
    if version.number == 1:
        return 0
    decided = CarryOver.objects.filter(closed_at=None, answer__in=(Answer.CARRIES, Answer.SIGNS_AGAIN))
    open_ones = version.blocks.exclude(carry_overs__in=decided)
    return open_ones.exclude(state__in=EXECUTED).filter(party__in=signed_before(version)).count()


def pages_for_evidence(agreement: Agreement) -> list[ReceivedPage]:
    """Return the newest received pages that are none of the issued ones: a letter, an e-mail that was printed."""
    found = ReceivedPage.objects.filter(agreement=agreement, state__in=(PageState.SET_ASIDE, PageState.REVIEW))
    return list(found.select_related("submission").order_by("-pk")[:MOST_PAGES])
