"""Reads an agreement (text, PDF, Word): its parties with chains and signatories, and what it says of itself.

Bytes in, frozen dataclasses out; no network, no database. What is not sure is marked, nothing is invented.
"""

from __future__ import annotations

from .parsed import (
    ParsedAgreement,
    ParsedLink,
    ParsedNotes,
    ParsedParty,
    ParsedReference,
    ParsedSignatory,
    UnreadableAgreement,
    as_json,
)
from .reader import parse_agreement

__all__ = [
    "ParsedAgreement",
    "ParsedLink",
    "ParsedNotes",
    "ParsedParty",
    "ParsedReference",
    "ParsedSignatory",
    "UnreadableAgreement",
    "as_json",
    "parse_agreement",
]
