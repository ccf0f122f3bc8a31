"""A trustee that is named below its trust, without `By:`: the lines above the signature are a party and its link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .drafts import BlockDraft, LinkDraft
from .lines import Piece
from .names import read_name
from .words import looks_like_company, looks_like_person

# `Hill Trust Company, LTA, Co-Trustee`, `Hill Bank, as trustee of the Lee Fund`.
_TRUSTEE = re.compile(
    r"^(?P<name>.+?)(?:,\s+(?:not\s+(?:individually|in\s+its\s+individual\s+capacity),?\s+but\s+)?(?:solely\s+)?"
    r"(?:as\s+)?|\s+as\s+)(?:the\s+)?"
    r"(?P<capacity>(?:(?:sole|managing|successor|corporate|co)[\s-]+)?trustees?(?:\s+(?:of|for)\s+.+)?)$",
    re.IGNORECASE,
)
_IN_TRUST = re.compile(r"\b(?:trust|plan|fund|estate|foundation)s?\b", re.IGNORECASE)


def trustee_apart(block: BlockDraft) -> BlockDraft:
    """Return the block with a trustee that is named in its last head lines as the first step of its chain."""
    for at in range(1, len(block.heads)):
        above, below = _joined(block.heads[:at]), _joined(block.heads[at:])
        found = _TRUSTEE.match(below)
        if found is None or _TRUSTEE.match(above) or not _IN_TRUST.search(read_name(above).entity):
            continue
        name = found["name"].strip(" ,")
        if looks_like_company(name) or looks_like_person(name):
            link = LinkDraft(name, its=found["capacity"])
            doubts = {*block.doubts, "a trustee stands below the party's name"}
            return replace(block, heads=block.heads[:at], links=[link, *block.links], doubts=doubts)
    return block


def _joined(pieces: Sequence[Piece]) -> str:
    return " ".join(piece.text for piece in pieces)
