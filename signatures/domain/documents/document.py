"""What was read from a version's document, as it is kept with the version: all but its text."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Any

from signatures.domain import files
from signatures.domain.errors import Refused
from signatures.models import Version
from signatures.paper.agreement import ParsedAgreement, ParsedParty, UnreadableAgreement, parse_agreement
from signatures.paper.agreement.parsed import ParsedLink, ParsedNotes, ParsedReference, ParsedSignatory


def as_kept(parsed: ParsedAgreement) -> dict[str, Any]:
    """Return what was read as plain data for `Version.as_read`, without the text, which the version has already."""
    kept = asdict(parsed)
    del kept["text"]
    if parsed.amends:
        kept["amends"]["dated"] = _day(parsed.amends.dated)
    return kept | {"as_of": _day(parsed.as_of)}


def _day(date: datetime.date | None) -> str | None:
    return date.isoformat() if date else None


def of(version: Version) -> ParsedAgreement:
    """Return what was read from a version's document. One that was uploaded before it was kept is read again.

    Raises Refused when that document cannot be read any more.
    """
    if version.as_read is None:
        try:
            parsed = parse_agreement(files.read(version.source), version.source_name)
        except UnreadableAgreement as error:
            raise Refused(str(error)) from error
        version.as_read = as_kept(parsed)
        Version.objects.filter(pk=version.pk, as_read__isnull=True).update(as_read=version.as_read)
    kept = dict(version.as_read)
    notes, amends, as_of = kept.pop("notes"), kept.pop("amends"), kept.pop("as_of")
    return ParsedAgreement(
        **{
            **kept,
            "text": version.text,
            "parties": tuple(_party(one) for one in kept["parties"]),
            "to_check": tuple(kept["to_check"]),
            "as_of": datetime.date.fromisoformat(as_of) if as_of else None,
            "notes": ParsedNotes(**notes) if notes else None,
            "amends": _reference(amends) if amends else None,
        }
    )


def _reference(kept: dict[str, Any]) -> ParsedReference:
    dated = kept["dated"]
    return ParsedReference(kept["title"], datetime.date.fromisoformat(dated) if dated else None)


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
