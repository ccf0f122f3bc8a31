"""What the machine saw on received paper. A reading is evidence, never a state."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from signatures.paper.layout import Box, FieldName, PageLayout

LineVerdict = Literal["signed", "blank", "unsure"]
FieldVerdict = Literal["filled", "blank", "unsure"]

# What a page turned out to be. "unidentified": no code of ours could be read, a person (or the text on it) must tell.
# "failed": the page could not be turned into a picture. Only "cover", "empty" and "foreign" may be set aside.
# The note on a page with the code that leads to a packet; the link itself is a secret, and is not kept.
PACKET_LINK = "A code on it leads to a packet that was sent from here."
PageKind = Literal["issued", "unidentified", "cover", "empty", "foreign", "failed"]


@dataclass(frozen=True)
class CodeSeen:
    """One code that was read: its text, its corners in upright pixels, and the preparation that made it readable."""

    text: str
    corners: tuple[tuple[float, float], ...]
    preparation: str


@dataclass(frozen=True)
class LineSeen:
    """A signature line: the verdict, why in words, and the ink found, in points of the issued page."""

    id: str
    verdict: LineVerdict
    reason: str
    ink: tuple[Box, ...] = ()


@dataclass(frozen=True)
class FieldSeen:
    """A blank particular of the signature line `line`."""

    line: str
    name: FieldName
    verdict: FieldVerdict
    ink: tuple[Box, ...] = ()


@dataclass(frozen=True)
class FaxHeader:
    """A fax's header line. `received` is local time of the machine that printed it, ISO to the minute, no zone."""

    sender: str | None
    recipient: str | None
    page: int | None
    received: str | None
    text: str


@dataclass(frozen=True)
class Candidate:
    """An issued page that an unidentified page may be: its payload, a score from 0 to 1, and what speaks for it."""

    payload: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """Everything that one engine version saw on one received page.

    `payload` is the first code's text of the issued page (PageLayout.payload) when `kind` is "issued".
    `matrix` maps points of the issued page to pixels of the upright picture (3 by 3, row by row), None if not aligned.
    `alignment_error` is in points. `other_ink` is None where the machine cannot tell. `turned` is how many degrees
    clockwise the picture as received was turned to be upright. `reason` is one sentence for a person, None if all is
    plain. `text` is what text recognition read, line by line, None before it ran. `seconds` is without text
    recognition.
    """

    engine: str
    kind: PageKind
    reason: str | None = None
    payload: str | None = None
    method: Literal["code", "ocr", "layout"] | None = None
    codes: tuple[CodeSeen, ...] = ()
    turned: int = 0
    matrix: tuple[float, ...] | None = None
    alignment_error: float | None = None
    lines: tuple[LineSeen, ...] = ()
    fields: tuple[FieldSeen, ...] = ()
    other_ink: bool | None = None
    other_ink_boxes: tuple[Box, ...] = ()
    electronic_signature: str | None = None
    fax: FaxHeader | None = None
    text: tuple[str, ...] | None = None
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[str, ...] = ()
    size: tuple[int, int] = (0, 0)
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return plain dicts and lists, the inverse of `reading_from_json`."""
        return asdict(self)


@dataclass(frozen=True)
class Issued:
    """What reading needs to know of an issued page: its layout, and its picture at 200 dpi as PNG."""

    layout: PageLayout
    blank: bytes = field(repr=False)


@dataclass(frozen=True)
class PageResult:
    """One page of a received file: the reading, an upright JPEG and a thumbnail JPEG (both empty if it failed).

    `pixels_sha256` is a hash of the decoded pixels, of gray ones at half their size, so that the same picture in
    another container is found again.
    """

    index: int
    reading: Reading
    upright: bytes = field(repr=False, default=b"")
    thumbnail: bytes = field(repr=False, default=b"")
    pixels_sha256: str = ""


def _boxes(data: list[dict[str, float]]) -> tuple[Box, ...]:
    return tuple(Box(**box) for box in data)


def reading_from_json(data: dict[str, Any]) -> Reading:
    """Return the reading that `Reading.as_json` described. Raises KeyError or TypeError on anything else."""
    plain = dict(data)
    plain["codes"] = tuple(
        CodeSeen(code["text"], tuple((x, y) for x, y in code["corners"]), code["preparation"]) for code in data["codes"]
    )
    plain["matrix"] = None if data["matrix"] is None else tuple(data["matrix"])
    plain["lines"] = tuple(LineSeen(**{**line, "ink": _boxes(line["ink"])}) for line in data["lines"])
    plain["fields"] = tuple(FieldSeen(**{**seen, "ink": _boxes(seen["ink"])}) for seen in data["fields"])
    plain["other_ink_boxes"] = _boxes(data["other_ink_boxes"])
    plain["fax"] = None if data["fax"] is None else FaxHeader(**data["fax"])
    plain["text"] = None if data["text"] is None else tuple(data["text"])
    plain["candidates"] = tuple(
        Candidate(one["payload"], one["score"], tuple(one["reasons"])) for one in data["candidates"]
    )
    plain["notes"] = tuple(data["notes"])
    plain["size"] = (data["size"][0], data["size"][1])
    return Reading(**plain)
