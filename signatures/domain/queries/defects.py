"""Open defects of a page and of a block, and what may settle one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, QuerySet

from holders.models import Holding
from signatures.domain.queries.statements import newest
from signatures.models import Counterpart, Defect, Match, PageState, ReceivedPage, Statement

MOST_CURES = 12


@dataclass(frozen=True)
class OpenDefect:
    """A defect with the other pages of its block, newest first, and what the signatory stated where a blank is what is
    wrong; where it is an amount, the one that a person read on the page, and the open holding, each None for none.
    """

    defect: Defect
    cures: tuple[ReceivedPage, ...]
    stated: tuple[Statement, ...]
    written: Decimal | None
    holding: Holding | None


def open_on_page(page: ReceivedPage) -> QuerySet[Defect]:
    """Return the open defects of a received page, oldest first."""
    return _open().filter(page=page)


def open_of_block(block: int) -> QuerySet[Defect]:
    """Return the open defects of a signature block on whatever page, oldest first."""
    return _open().filter(block=block)


def _open() -> QuerySet[Defect]:
    found = Defect.objects.filter(closed_at=None).order_by("id")
    return found.select_related("block", "opened_by", "page__agreement", "page__submission")


def with_cures(found: Iterable[Defect], said: Iterable[Statement] | None = None) -> list[OpenDefect]:
    """Add to defects of one agreement what may settle them, in at most four queries however many they are.

    `said` are the newest statements about their blocks, where they are known.
    """
    defects = list(found)
    if said is None:
        said = newest({one.block_id for one in defects if one.code == Defect.Code.PARTICULAR and one.block_id})
    blocks = {one.block_id for one in defects if one.block_id is not None}
    cures = _pages_of(blocks)
    about_amounts = [one for one in defects if one.code == Defect.Code.AMOUNT]
    written = {
        (page, block): amount
        for page, block, amount in Counterpart.objects.filter(
            page__in=[one.page_id for one in about_amounts], closed_at=None
        ).values_list("page", "block", "amount_written")
    }
    holdings = _holdings(about_amounts)
    stated: dict[int, list[Statement]] = {}
    for one in said:
        stated.setdefault(one.block_id, []).append(one)
    return [
        OpenDefect(
            defect=one,
            cures=tuple(page for page in cures.get(one.block_id or 0, ()) if page.pk != one.page_id)[:MOST_CURES],
            stated=tuple(stated.get(one.block_id or 0, ())) if one.code == Defect.Code.PARTICULAR else (),
            written=written.get((one.page_id, one.block_id or 0)) if one.code == Defect.Code.AMOUNT else None,
            holding=holdings.get(one.block.party_id) if one.block and one.code == Defect.Code.AMOUNT else None,
        )
        for one in defects
    ]


def _pages_of(blocks: Iterable[int]) -> dict[int, list[ReceivedPage]]:
    """Return the pages of each block that stand for something, newest first."""
    found: dict[int, list[ReceivedPage]] = {}
    same = Match.objects.filter(
        signature_page__placed__block__in=blocks, closed_at=None, page__state=PageState.MATCHED
    ).order_by("-page_id")
    for match in same.annotate(block=F("signature_page__placed__block")).select_related("page__submission"):
        found.setdefault(match.block, []).append(match.page)
    return found


def _holdings(defects: list[Defect]) -> dict[int, Holding]:
    """Return the open holdings of the parties that defects are about, in the notes of their agreement."""
    if not defects:
        return {}
    notes = defects[0].page.agreement.notes_id if defects[0].page.agreement else None
    parties = [one.block.party_id for one in defects if one.block]
    return {one.holder_id: one for one in Holding.objects.filter(holder__in=parties, notes=notes, closed_at=None)}


def pages_that_may_cure(defect: Defect) -> tuple[ReceivedPage, ...]:
    """Return the other pages of the defect's block that stand for something, newest first."""
    return with_cures([defect])[0].cures
