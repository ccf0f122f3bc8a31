"""What was read from an agreement: frozen values, and the JSON that scripts rely on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Role = Literal["issuer", "holder", "other"]


class UnreadableAgreement(Exception):
    """The file cannot be read as an agreement; the message is the sentence for the person who gave it."""


@dataclass(frozen=True)
class ParsedLink:
    """One `By: X, its Y` step. The capacity stands without its, as, a."""

    entity: str
    capacity: str | None = None
    descriptor: str | None = None


@dataclass(frozen=True)
class ParsedSignatory:
    """One signature line: who is printed under it. `signed` is None where it cannot be told."""

    name: str | None = None
    title: str | None = None
    signed: bool | None = False


@dataclass(frozen=True)
class ParsedParty:
    """One party of the agreement, however many copies of its block there are.

    `entity` is None for a placeholder. `chain` is outermost first. `amount` is "blank", "redacted", digits, or None
    where no amount is asked for. `label` is the role as printed, `doubts` say why it is not certain. `lines` are the
    first and last line (from 0) of the first copy in the agreement's text.
    """

    entity: str | None
    role: Role = "other"
    label: str | None = None
    descriptor: str | None = None
    address: str | None = None
    chain: tuple[ParsedLink, ...] = ()
    signatories: tuple[ParsedSignatory, ...] = ()
    amount: str | None = None
    occurrences: int = 1
    pages: tuple[int, ...] = ()
    certain: bool = False
    lines: tuple[int, int] = (0, 0)
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ParsedNotes:
    """The notes that the agreement is about: title, and the indenture and trustee as the agreement tells them."""

    title: str
    indenture: str | None = None
    trustee: str | None = None


@dataclass(frozen=True)
class ParsedReference:
    """An earlier agreement that this one amends."""

    title: str
    dated: date | None = None


@dataclass(frozen=True)
class ParsedAgreement:
    """Everything that was read. `pages` is None where the format has no pages; `to_check` are sentences."""

    title: str | None
    as_of: date | None
    parties: tuple[ParsedParty, ...]
    text: str
    pages: int | None = None
    issuer: str | None = None
    notes: ParsedNotes | None = None
    amends: ParsedReference | None = None
    witness_clause: str | None = None
    amount_caption: str | None = None
    facsimile_delivers: bool | None = None
    to_check: tuple[str, ...] = ()


def as_json(parsed: ParsedAgreement) -> dict[str, Any]:
    """The object that `parse_agreement --json` prints."""
    return {
        "title": parsed.title,
        "as_of": parsed.as_of.isoformat() if parsed.as_of else None,
        "issuer": parsed.issuer,
        "notes": parsed.notes.title if parsed.notes else None,
        "amends": parsed.amends.title if parsed.amends else None,
        "to_check": list(parsed.to_check),
        "parties": [_party_as_json(party) for party in parsed.parties],
    }


def _party_as_json(party: ParsedParty) -> dict[str, Any]:
    signatories = [{"name": s.name, "title": s.title, "signed": s.signed} for s in party.signatories]
    signed = [s.signed for s in party.signatories]
    return {
        "entity": party.entity,
        "role": party.role,
        "label": party.label,
        "descriptor": party.descriptor,
        "address": party.address,
        "chain": [{"entity": k.entity, "capacity": k.capacity, "descriptor": k.descriptor} for k in party.chain],
        "signatories": signatories,
        "signatory": next((s.name for s in party.signatories if s.name), None),
        "title": next((s.title for s in party.signatories if s.title), None),
        "signed": True if True in signed else (None if None in signed else False),
        "amount": party.amount,
        "occurrences": party.occurrences,
        "pages": list(party.pages),
        "certain": party.certain,
        "doubts": list(party.doubts),
    }
