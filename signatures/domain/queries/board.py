"""The rows of the board: where every party stands, and what has come in from the ones that are shown."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, JSONArray, Replace

from holders.models import Holding, PartyRole
from signatures.domain import files
from signatures.domain.decisions import best_copies
from signatures.domain.queries.best_copies import dots, doubts
from signatures.domain.queries.notes import newest
from signatures.domain.queries.sent import last_sent
from signatures.domain.tally.positions import through_then, without_proxy
from signatures.domain.tally.thresholds import Position
from signatures.models import (
    Agreement,
    Answer,
    Authority,
    BestCopy,
    BlockState,
    CarryOver,
    Counterpart,
    Defect,
    Dispatch,
    Match,
    Note,
    Packet,
    PlacedBlock,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
)
from signatures.paper.binding import bind

ZERO = Decimal(0)
HOLDER = PartyRole.HOLDER.value

# What needs something stands first.
BY_NEXT_STEP = {
    state.value: at
    for at, state in enumerate(
        (
            BlockState.DEFECTIVE,
            BlockState.IN_REVIEW,
            BlockState.OUTSTANDING,
            BlockState.REVOKED,
            BlockState.EXECUTED,
            BlockState.RELEASED,
        )
    )
}
TO_DO = frozenset({BlockState.DEFECTIVE.value, BlockState.IN_REVIEW.value, BlockState.OUTSTANDING.value})

_CHOSEN = Exists(
    BestCopy.objects.filter(block=OuterRef("signature_page__placed__block"), page=OuterRef("page"), closed_at=None)
)
_COUNTING = Subquery(
    Counterpart.objects.filter(
        block=OuterRef("signature_page__placed__block"), page=OuterRef("page"), closed_at=None
    ).values("lines")[:1]
)
_CODES_READ = Func(F("page__current_reading__data__codes"), function="jsonb_array_length", output_field=IntegerField())
EXECUTED = frozenset({BlockState.EXECUTED.value, BlockState.RELEASED.value})


class Standing(NamedTuple):
    """Where one party stands. `principal` is None where it is not known, and for whoever holds nothing.

    A tuple, because there may be thousands: they are made from rows of the same order.
    """

    block: int
    party: int
    role: str
    position: int
    entity: str
    family: str
    state: str
    version: int
    wants_proxy: bool = False
    principal: Decimal | None = None
    disregarded: bool = False
    disregarded_reason: str = ""
    original_to_follow: bool = False

    @property
    def is_holder(self) -> bool:
        return self.role == HOLDER

    @property
    def proxy_missing(self) -> bool:
        """Signed, but not counted: the proxy of the participant that it takes is not there."""
        return self.wants_proxy and self.state in EXECUTED

    @property
    def position_in_tally(self) -> Position:
        return Position(
            self.principal,
            self.disregarded,
            executed=self.state in EXECUTED,
            answered=self.state != BlockState.OUTSTANDING,
            proxy_missing=self.proxy_missing,
        )


def standings(agreement: Agreement) -> list[Standing]:
    """Return every party of the execution version in the order of its blocks, in three queries."""
    holdings = {
        row[0]: row[1:]
        for row in Holding.objects.filter(notes=agreement.notes_id, closed_at=None).values_list(
            "holder", "principal", "disregarded", "disregarded_reason"
        )
    }
    to_follow = set(
        Counterpart.objects.filter(
            block__version__agreement=agreement, closed_at=None, original=Counterpart.Original.TO_FOLLOW
        ).values_list("block", flat=True)
    )
    rows = (
        _blocks(agreement)
        .annotate(through=through_then(None))
        .annotate(wants_proxy=without_proxy(None))
        .order_by("position")
        .values_list(
            "pk", "party", "role", "position", "entity", "party__family", "state", "version__number", "wants_proxy"
        )
    )
    nothing = (None, False, "")
    return [
        Standing(*row, *(holdings.get(row[1], nothing) if row[2] == HOLDER else nothing), row[0] in to_follow)
        for row in rows
    ]


def _blocks(agreement: Agreement) -> QuerySet[SignatureBlock]:
    return SignatureBlock.objects.filter(version__agreement=agreement, version__is_execution=True)


def in_order(rows: Collection[Standing], order: str, amounts: bool) -> list[Standing]:
    """Sort rows by "step", "principal", "name" or "state". Without amounts, nothing is told by the order of amounts."""

    def by_principal(row: Standing) -> Decimal:
        return -(row.principal or ZERO) if amounts else ZERO

    def by_name(row: Standing) -> tuple[str, int]:
        return (row.entity.casefold(), row.block)

    keys: dict[str, Any] = {
        "step": lambda row: (BY_NEXT_STEP[row.state], by_principal(row), row.position),
        "principal": lambda row: (by_principal(row), by_name(row)),
        "name": by_name,
        "document": lambda row: row.position,
    }
    return sorted(rows, key=keys.get(order, keys["step"]))


def found(agreement: Agreement, query: str) -> set[int]:
    """Return the blocks that a search finds: by entity, any part of the chain, person, page number or fax number."""
    text = " ".join(query.split())
    chain = Func(
        F("chain"),
        Value("$[*].entity"),
        function="jsonb_path_query_array",
        template="%(function)s(%(expressions)s::jsonpath)",
    )
    pages = PlacedBlock.objects.filter(block__party=OuterRef("party"), block__version__agreement=agreement).annotate(
        plain=Replace("page__number", Value(" "), Value(""))
    )
    blocks = _blocks(agreement).annotate(chain_text=Cast(chain, TextField()))
    asked = (
        Q(entity__icontains=text)
        | Q(party__family__icontains=text)
        | Q(party__through__icontains=text)
        | Q(chain_text__icontains=text)
        | Exists(SignatureLine.objects.filter(block=OuterRef("pk"), name__icontains=text))
        | Exists(pages.filter(plain__iexact=text.replace(" ", "")))
    )
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 4 and not re.search(r"[a-z]", text, re.IGNORECASE):
        faxes = Match.objects.filter(
            Q(page__current_reading__data__fax__sender__icontains=digits)
            | Q(page__submission__sender__icontains=digits),
            closed_at=None,
            signature_page__placed__block=OuterRef("pk"),
        )
        asked |= Q(Exists(faxes))
    return set(blocks.filter(asked).values_list("pk", flat=True))


@dataclass(frozen=True)
class Copy:
    """A received page that is matched to a page with the block. `fax_sender` and `fax_page` are as its header says.

    `signed_lines`, `doubts`, `dots` and `off_by` are as `best_copies.Accepted` says; a person may have chosen it to be
    bound. `version` is the number of an earlier version that the page is of, 0 for the one that is signed.
    """

    page: int
    channel: str
    received_at: datetime.datetime
    sender: str
    fax_sender: str | None
    fax_page: int | None
    state: str
    question: str
    urgency: int
    needs_person: bool
    counts: bool
    signed_lines: frozenset[int] = frozenset()
    doubts: int = 0
    dots: int = 0
    off_by: float | None = None
    is_chosen: bool = False
    version: int = 0


@dataclass(frozen=True)
class Found:
    """An open defect of a block: its words, and what was noted with it."""

    words: str
    note: str


@dataclass(frozen=True)
class Before:
    """That the party signed version `version` before, and what is decided about that: `answer` is empty for nothing."""

    version: int
    answer: str = ""
    authority: str = ""
    given_by: str = ""


@dataclass(frozen=True)
class Joined:
    """That the party joined, on which date and from whom: empty for a late holder."""

    dated: datetime.date
    transferor: str


@dataclass
class Detail:
    """What a row says beside its standing. `lines` are (name, title) as printed, `chain` is outermost first, `lacking`
    the titles of what the party has still to sign beside the agreement.
    """

    chain: list[dict[str, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    bound: tuple[int, ...] = ()
    defects: list[Found] = field(default_factory=list)
    has_page: bool = False
    packet: int | None = None
    link_opened_at: datetime.datetime | None = None
    letter: Dispatch | None = None
    note: Note | None = None
    joined: Joined | None = None
    called_at: datetime.datetime | None = None
    before: Before | None = None
    lacking: list[str] = field(default_factory=list)


def details(agreement: Agreement, shown: Sequence[Standing]) -> dict[int, Detail]:
    """Return the details of the rows that are shown, by block, in five queries; two more after a first version."""
    ids = [row.block for row in shown]
    result, signatories = _printed(agreement, ids)
    later = any(row.version > 1 for row in shown)
    _add_copies(result, ids, _add_before(result, agreement, shown) if later else {})
    packets = Packet.objects.filter(
        Q(signatory__in=signatories.values()) | Q(party__in=[row.party for row in shown]), version__is_execution=True
    )
    known: dict[tuple[str, int | None], tuple[int, datetime.datetime | None]] = {
        key: (pk, opened)
        for pk, signatory, party, opened in packets.filter(agreement=agreement).values_list(
            "pk", "signatory", "party", "last_opened_at"
        )
        for key in (("signatory", signatory), ("party", party))
        if key[1] is not None
    }
    posted = last_sent([pk for pk, _ in known.values()])
    noted = newest(agreement, [row.party for row in shown])
    for row in shown:
        said = noted.get(row.party)
        if said is not None:
            result[row.block].note, result[row.block].called_at = said.note, said.call.made_at if said.call else None
        packet = known.get(("signatory", signatories.get(row.block))) or known.get(("party", row.party))
        if packet is not None:
            result[row.block].packet, result[row.block].link_opened_at = packet
            result[row.block].letter = posted.get(packet[0])
    return result


def _printed(agreement: Agreement, ids: list[int]) -> tuple[dict[int, Detail], dict[int, int]]:
    """Return what is printed in blocks, whether on a page that counts, whether their parties joined, what those have
    still to sign and what is wrong with a page; and the first signatory of each block, to whose packet it belongs. One
    query.
    """
    further = SignatureBlock.objects.filter(
        version__agreement=agreement,
        version__further_document__isnull=False,
        version__withdrawn_at=None,
        party=OuterRef("party"),
    ).exclude(state__in=EXECUTED)
    lines = SignatureLine.objects.filter(block=OuterRef("pk")).order_by("position")
    wrong = Defect.objects.filter(block=OuterRef("pk"), closed_at=None).order_by("pk")
    found: dict[int, Detail] = {}
    first: dict[int, int] = {}
    rows = _blocks(agreement).filter(pk__in=ids)
    on_a_page = SignaturePage.objects.filter(state=SignaturePage.State.CURRENT, placed__block=OuterRef("pk"))
    for pk, chain, dated, transferor, has_page, lacking, printed, defects in rows.values_list(
        *("pk", "chain", "joinder__dated", "joinder__transferor__entity"),
        Exists(on_a_page),
        ArraySubquery(
            further.order_by("version__further_document__position").values("version__further_document__title")
        ),
        ArraySubquery(lines.values(told=JSONArray("signatory", "name", "title"))),
        ArraySubquery(wrong.values(told=JSONArray("code", "note"))),
    ):
        found[pk] = Detail(
            chain=chain,
            lines=[(name, title) for _, name, title in printed],
            defects=list(dict.fromkeys(Found(str(Defect.Code(code).label), note) for code, note in defects)),
            has_page=has_page,
            joined=Joined(dated, transferor or "") if dated else None,
            lacking=lacking,
        )
        if printed and printed[0][0] is not None:
            first[pk] = printed[0][0]
    return found, first


@dataclass(frozen=True)
class _Earlier:
    """A block of an earlier version: for which of the blocks that are shown, and whether it carries over to that."""

    block: int
    version: int
    carries: bool


def _add_before(result: dict[int, Detail], agreement: Agreement, shown: Sequence[Standing]) -> dict[int, _Earlier]:
    """Add what is decided about earlier signatures, and return the earlier blocks of the parties that are shown."""
    blocks = {row.party: row for row in shown}
    earlier = SignatureBlock.objects.filter(
        version__agreement=agreement,
        version__further_document=None,
        version__number__lt=shown[0].version,
        party__in=blocks,
    )
    found = {}
    for pk, party, state, version in earlier.order_by("version__number").values_list(
        "pk", "party", "state", "version__number"
    ):
        row = blocks[party]
        found[pk] = _Earlier(row.block, version, carries=False)
        if state in EXECUTED and row.state not in EXECUTED:
            result[row.block].before = Before(version)
    decided = CarryOver.objects.filter(block__in=result, closed_at=None).select_related("source__version")
    for one in decided:
        authority = Authority(one.authority).label if one.authority else ""
        version = one.source.version.number
        result[one.block_id].before = Before(version, one.answer, str(authority), one.given_by)
        found[one.source_id] = _Earlier(one.block_id, version, carries=one.answer == Answer.CARRIES)
    return found


def _add_copies(result: dict[int, Detail], ids: list[int], earlier: dict[int, _Earlier]) -> None:
    """Add the copies that came in: of pages of an earlier version those that carry over, or wait for a person."""
    every = [*ids, *earlier]
    matches = Match.objects.filter(closed_at=None, signature_page__placed__block__in=every).exclude(
        page__state="set_aside"
    )
    rows: Iterable[tuple[Any, ...]] = (
        matches.annotate(chosen=_CHOSEN, codes_read=_CODES_READ, counting=_COUNTING)
        .order_by("page__submission__received_at", "page")
        .values_list(
            "signature_page__placed__block",
            "page",
            "page__current_reading__data__fax",
            "page__current_reading__data__size",
            "page__current_reading__data__alignment_error",
            "page__current_reading__data__lines",
            "codes_read",
            "chosen",
            "page__submission__channel",
            "page__submission__received_at",
            "page__submission__sender",
            "page__state",
            "page__question",
            "page__urgency",
            "page__needs_person",
            "counting",
        )
    )
    for block, page, *row in rows:
        copy = _copy(page, row)
        own = earlier.get(block)
        if own is None:
            result[block].copies.append(copy)
        elif copy.needs_person or (copy.counts and own.carries):
            result[own.block].copies.append(replace(copy, counts=copy.counts and own.carries, version=own.version))
    for block in ids:
        result[block].bound = best_copies.bound(copy for copy in result[block].copies if copy.counts)


def _copy(page: int, row: Sequence[Any]) -> Copy:
    """Make a copy from the rest of a row of `_add_copies`. `signed_lines` are None where it is not accepted."""
    fax, size, off_by, seen, read, is_chosen, channel, received_at, sender, state, question, *rest = row
    urgency, needs_person, signed_lines = rest
    return Copy(
        page=page,
        channel=channel,
        received_at=received_at,
        sender=sender,
        fax_sender=(fax or {}).get("sender"),
        fax_page=(fax or {}).get("page"),
        state=state,
        question=question,
        urgency=urgency,
        needs_person=needs_person,
        counts=signed_lines is not None,
        signed_lines=frozenset(signed_lines or ()),
        doubts=doubts(read, seen),
        dots=dots(size),
        off_by=off_by,
        is_chosen=is_chosen,
    )


def pages_to_print(agreement: Agreement, blocks: Collection[int]) -> bytes | None:
    """Return the current pages of some blocks as one PDF, None when none were issued.

    A sheet that several packets share is not among them.
    """
    pages = SignaturePage.objects.filter(
        version__agreement=agreement, state=SignaturePage.State.CURRENT, packet__isnull=False, blocks__in=blocks
    )
    wanted = list(pages.distinct().select_related("pdf").order_by("id"))
    return bind((files.read(page.pdf), page.page_index) for page in wanted) if wanted else None
