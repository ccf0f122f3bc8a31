"""What was read from an agreement as plain data, all but its text, and back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from .parsed import ParsedAgreement, ParsedLink, ParsedNotes, ParsedParty, ParsedReference, ParsedSignatory


def as_kept(parsed: ParsedAgreement) -> dict[str, Any]:
    """Return what was read as data that JSON can hold, without the text, which is kept elsewhere."""
    kept = asdict(parsed)
    del kept["text"]
    if parsed.amends:
        kept["amends"]["dated"] = _day(parsed.amends.dated)
    return kept | {"as_of": _day(parsed.as_of)}


def from_kept(kept: dict[str, Any], text: str) -> ParsedAgreement:
    """Return what `as_kept` was made of. Raises KeyError, TypeError or ValueError for anything else."""
    kept = dict(kept)
    notes, amends, as_of = kept.pop("notes"), kept.pop("amends"), kept.pop("as_of")
    return ParsedAgreement(
        **{
            **kept,
            "text": text,
            "parties": tuple(_party(one) for one in kept["parties"]),
            "to_check": tuple(kept["to_check"]),
            "as_of": date.fromisoformat(as_of) if as_of else None,
            "notes": ParsedNotes(**notes) if notes else None,
            "amends": _reference(amends) if amends else None,
        }
    )


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _reference(kept: dict[str, Any]) -> ParsedReference:
    dated = kept["dated"]
    return ParsedReference(kept["title"], date.fromisoformat(dated) if dated else None)


def _party(kept: dict[str, Any]) -> ParsedParty:
    first, last = kept["lines"]
    return ParsedParty(
        **{
            **kept,
            "chain": tuple(ParsedLink(**link) for link in kept["chain"]),
            "signatories": tuple(ParsedSignatory(**one) for one in kept["signatories"]),
            "pages": tuple(kept["pages"]),
            "doubts": tuple(kept["doubts"]),
            "lines": (first, last),
        }
    )
