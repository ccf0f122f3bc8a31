"""Setting an agreement up: its blocks beside their text, its register, its issued pages and packets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet

from holders.models import AuthorityLink, Holding, PartyRole, PartySignatory
from holders.names import write_chain
from signatures.domain.documents.agreements import title_of
from signatures.domain.files import read
from signatures.domain.queries.portal import current
from signatures.models import Agreement, FurtherDocument, Packet, SignatureBlock, SignaturePage, Threshold, Voiding
from signatures.paper.binding import bind
from signatures.paper.documents import Cover, draw_cover
from signatures.paper.drawing import Style, paper_of


def blocks(agreement: Agreement, further: FurtherDocument | None = None) -> list[SignatureBlock]:
    """Return the blocks of the execution version, or of a further document, in their order, each with lines and whether
    it was issued.
    """
    signed = {"version__is_execution": True} if further is None else {"version__further_document": further}
    return list(
        SignatureBlock.objects.filter(version__agreement=agreement, **signed)
        .select_related("party", "version__further_document")
        .prefetch_related("lines", "placed__page", "counterparts")
        .order_by("position")
    )


@dataclass(frozen=True)
class RegisterLine:
    """A holder on the register, as it is shown and exported."""

    block: SignatureBlock
    holding: Holding | None
    signatory: str
    title: str
    email: str
    send_to: str


def register_size(agreement: Agreement) -> int:
    """Return how many holders are on the agreement's register."""
    return _holders(agreement).count()


def register(agreement: Agreement, most: int | None = None) -> list[RegisterLine]:
    """Return the holders of the execution version with what they hold, in their order: all, or the first."""
    blocks = _holders(agreement).select_related("party").prefetch_related("party__chain", "party__signing__signatory")
    shown = list(blocks.order_by("position")[:most])
    held = Holding.objects.filter(notes=agreement.notes_id, closed_at=None)
    if most is not None:
        held = held.filter(holder__in=[block.party_id for block in shown])
    holdings = {row.holder_id: row for row in held}
    found = []
    for block in shown:
        first = next(iter(block.party.signing.all()), None)
        found.append(
            RegisterLine(
                block=block,
                holding=holdings.get(block.party_id),
                signatory=first.signatory.name if first else "",
                title=first.title if first else "",
                email=first.signatory.email if first else "",
                send_to=first.signatory.send_to if first else "",
            )
        )
    return found


def _holders(agreement: Agreement) -> QuerySet[SignatureBlock]:
    return SignatureBlock.objects.filter(
        version__agreement=agreement, version__is_execution=True, role=PartyRole.HOLDER
    )


def register_rows(agreement: Agreement, show_amounts: bool) -> Iterator[dict[str, str]]:
    """Yield the register under the column names of `register_file`: a row a holder, and one a further signatory."""
    for line in register(agreement):
        held, party = line.holding, line.block.party
        known = show_amounts and held is not None and held.principal is not None
        links, signing = list(party.chain.all()), list(party.signing.all())
        has_evidence = any(link.evidence != AuthorityLink.Evidence.NONE for link in links)
        row = {
            "holder": party.name,
            "principal": f"{held.principal:.2f}" if known and held else "",
            "address": party.address,
            "family": party.family,
            "through": party.through,
            "chain": write_chain([(link.entity, link.capacity) for link in links]),
            "evidence": " > ".join(link.get_evidence_display() for link in links) if has_evidence else "",
            "record_date": held.as_of.isoformat() if held and held.as_of else "",
            "source": held.get_source_display() if held else "",
            "disregarded": ("yes" if held.disregarded else "no") if held else "",
            "disregarded_reason": held.disregarded_reason if held else "",
        }
        yield row | (_person(signing[0]) if signing else {})
        for one in signing[1:]:
            yield {"holder": party.name} | _person(one)


def _person(one: PartySignatory) -> dict[str, str]:
    signatory = one.signatory
    return {
        "signatory": signatory.name,
        "title": one.title,
        "email": signatory.email,
        "telephone": signatory.telephone,
        "send_to": signatory.send_to,
    }


def issued(agreement: Agreement) -> list[SignaturePage]:
    """Return the current pages with their blocks and packet."""
    in_order = Prefetch("blocks", SignatureBlock.objects.order_by("placed__position"), to_attr="in_order")
    return list(
        SignaturePage.objects.filter(version__agreement=agreement, state=SignaturePage.State.CURRENT)
        .select_related("packet__signatory", "packet__party", "version__further_document")
        .prefetch_related(in_order)
        .order_by("id")
    )


MOST_ENDED = 200


def ended(agreement: Agreement) -> list[Voiding]:
    """Return the newest voidings that stand, each with its page, that page's blocks, and by what it was replaced."""
    in_order = Prefetch("page__blocks", SignatureBlock.objects.order_by("placed__position"), to_attr="in_order")
    rows = Voiding.objects.filter(page__version__agreement=agreement, closed_at=None)
    related = ("page__version", "voided_by", "replaced_by", "packet__signatory", "packet__party")
    return list(rows.select_related(*related).prefetch_related(in_order).order_by("-voided_at", "id")[:MOST_ENDED])


def all_pages_pdf(agreement: Agreement) -> bytes:
    """Return every current page in one PDF."""
    return bind((read(page.pdf), page.page_index) for page in issued(agreement))


def packets(agreement: Agreement) -> QuerySet[Packet]:
    """Return the packets that have a page, with whom they are for and their pages."""
    pages = SignaturePage.objects.filter(state=SignaturePage.State.CURRENT).order_by("id")
    pages = pages.select_related("version__agreement", "version__further_document").prefetch_related("blocks")
    return (
        agreement.packets.filter(pages__state=SignaturePage.State.CURRENT)
        .distinct()
        .select_related("signatory", "party", "agreement", "version__agreement")
        .prefetch_related(Prefetch("pages", pages, to_attr="current_pages"), "signatory__signs_for")
        .order_by("id")
    )


def packet_document(packet: Packet, link: str, due_words: str) -> bytes | None:
    """Return a packet on paper: a cover sheet with the ways back, then the pages to sign. None without pages."""
    sheets = _sheets(packet, link, due_words)
    return bind(sheets) if sheets else None


def print_file(found: Iterable[tuple[Packet, str]], due_words: str) -> bytes | None:
    """Return packets, each with its link, one behind the other in one PDF to print. None without pages."""
    sheets = [sheet for packet, link in found for sheet in _sheets(packet, link, due_words)]
    return bind(sheets) if sheets else None


def _sheets(packet: Packet, link: str, due_words: str) -> list[tuple[bytes, int]]:
    pages = list(current(packet).prefetch_related("blocks").select_related("pdf"))
    if not pages:
        return []
    agreement = packet.agreement
    cover = draw_cover(
        Cover(
            agreement_title=title_of(packet.version),
            signatory=str(packet),
            pages=tuple((page.number, _on_cover(page)) for page in pages),
            counsel=agreement.counsel_name,
            counsel_for=agreement.counsel_for or agreement.issuer.name,
            telephone=agreement.counsel_telephone or None,
            link=link,
            email=agreement.counsel_email or None,
            fax=agreement.counsel_fax or None,
            courier=agreement.counsel_address or None,
            due=due_words or None,
        ),
        Style(paper=paper_of(pages[0].layout["size"][0])),
    )
    return [(cover, 0), *((read(page.pdf), page.page_index) for page in pages)]


def _on_cover(page: SignaturePage) -> str:
    names, further = ", ".join(block.entity for block in page.blocks.all()), page.version.further_document
    return f"{names}: {further}" if further else names


def thresholds(agreement: Agreement) -> QuerySet[Threshold]:
    """Return the thresholds in force."""
    return agreement.thresholds.filter(closed_at=None)
