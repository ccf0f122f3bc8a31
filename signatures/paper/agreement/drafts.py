"""What is gathered of a signature block while its pieces are read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .lines import Piece
from .signers import SignatureDraft

ADDRESS_LIKE = re.compile(
    r"^(?:c/o\b|P\.?\s?O\.?\s+Box|\d+[\w-]*\s+\w+|(?:One|Two|Three)\s+\w+.*(?:Plaza|Street|Avenue|Center|Square|"
    r"Place|Drive|Road)|Suite\b|Floor\b|\d+(?:st|nd|rd|th)\s+Floor|"
    r"Attn|Attention|.*\b[A-Z]{2}\.?\s+\d{5}(?:-\d{4})?$|.*,\s*[A-Z][a-z]+\s+\d{5}(?:-\d{4})?$|.*\b(?:Suite|Floor|"
    r"Street|Avenue|Boulevard|Drive|Road|Parkway|Highway|Lane)\b(?!.*(?:Inc|LLC|L\.P|Corp|Bank|Trust)\b))",
    re.IGNORECASE,
)


@dataclass
class LinkDraft:
    """One `By: X, its Y` while it is gathered; `its` is a capacity of its own line, `first` one that stood in front."""

    text: str
    its: str = ""
    first: str = ""


@dataclass
class BlockDraft:
    """One signature block while it is gathered."""

    heads: list[Piece] = field(default_factory=list)
    label: str | None = None
    holder: str | None = None
    address: list[str] = field(default_factory=list)
    amount: str | None = None
    caption: str | None = None
    links: list[LinkDraft] = field(default_factory=list)
    signatures: list[SignatureDraft] = field(default_factory=list)
    first: int = 0
    last: int = 0
    page: int | None = None
    section: int = 0
    doubts: set[str] = field(default_factory=set)
