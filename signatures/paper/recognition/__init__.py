"""What happens after the reading, in a job of its own: text recognition, where a page needs it.

It reads the header line that a fax printed, and on a page without a code of ours the whole text: to tell what the page
is, and to propose which issued page it may be. A proposal is never a match: that is a person's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from signatures.paper import fax_header
from signatures.paper.candidates import Expected, find_names, likeness, plain, rank
from signatures.paper.code import parse_payload, payload
from signatures.paper.picture import Pixels
from signatures.paper.reading import PACKET_LINK, FaxHeader, Reading
from signatures.paper.recognition.kind import kind_of
from signatures.paper.recognition.text import (
    PageText,
    TextLine,
    read_line,
    read_page,
    rows,
)

__all__ = ["Expected", "recognise"]


def recognise(upright: bytes, reading: Reading, expected: Sequence[Expected]) -> Reading:
    """Return the reading with its fax header and, where its kind is "unidentified", text, kind, reason and candidates.

    `upright` is the upright JPEG of the whole page, `expected` are the issued pages that it may be. Takes 10 ms for an
    identified page without a header, 0.1 s with one, one to three seconds for an unidentified page. Raises ValueError
    where `upright` is no picture, and FileNotFoundError where the recogniser's model files are not installed.
    """
    if reading.kind != "unidentified":
        half = _decoded(upright, cv2.IMREAD_REDUCED_GRAYSCALE_2)
        if not fax_header.could_have_header(_without_codes(half, reading)):
            return reading
    gray = _decoded(upright, cv2.IMREAD_GRAYSCALE)
    header = fax_header.read(gray, reading.turned, read_line)
    reading = replace(reading, fax=header or reading.fax)
    if reading.kind != "unidentified":
        return reading
    return _identify(gray, reading, expected)


def _decoded(upright: bytes, how: int) -> Pixels:
    gray = cv2.imdecode(np.frombuffer(upright, np.uint8), how) if upright else None
    if gray is None:
        raise ValueError("The picture of this page cannot be opened.")
    return np.ascontiguousarray(gray, dtype=np.uint8)


def _without_codes(half: Pixels, reading: Reading) -> Pixels:
    """Take the codes out of a page at half its size: beside the number under one, a code's rows pass for more print."""
    paper = float(np.median(half[::8, ::8]))
    for code in reading.codes:
        corners = cv2.convexHull(np.rint(np.array(code.corners) / 2).astype(np.int32))
        cv2.fillConvexPoly(half, corners, paper)
        cv2.polylines(half, [corners], True, paper, 8)  # corners are exact to a module
    return half


def _identify(gray: Pixels, reading: Reading, expected: Sequence[Expected]) -> Reading:
    page = read_page(gray)
    text = rows(page.lines)
    body = rows(_without_header(page, reading.fax))
    found = find_names(body, expected)
    codes = {payload(parsed.key) for code in reading.codes if (parsed := parse_payload(code.text))}
    kind, reason = ("unidentified", None) if codes else kind_of(page, body, found, gray, PACKET_LINK in reading.notes)
    candidates = rank(body, found, expected, codes) if kind == "unidentified" else ()
    return replace(
        reading,
        kind=kind,
        reason=reason or reading.reason or "No code could be read on this page.",
        text=tuple(text),
        candidates=candidates,
        method="ocr" if candidates else None,
    )


def _without_header(page: PageText, fax: FaxHeader | None) -> list[TextLine]:
    """Return the lines that are not parts of the fax's header: that says From and To as a cover sheet does."""
    if fax is None:
        return list(page.lines)
    header = plain(fax.text)
    width, height = page.size
    depth = fax_header.EDGE * max(page.size)

    def at_edge(line: TextLine) -> bool:
        return line.y1 < depth or line.y0 > height - depth or line.x1 < depth or line.x0 > width - depth

    return [line for line in page.lines if not (at_edge(line) and likeness(plain(line.text), header) >= 0.6)]
