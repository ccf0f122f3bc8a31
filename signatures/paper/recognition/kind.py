"""What is a page without a code of ours? A fax cover sheet, an empty page and a stranger's page may be set aside.

In doubt a page is for a person: holders send their own forms, so nothing with the words of a signature page or with a
name that we expect is ever set aside, nor anything that could not be read well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np

from signatures.paper.candidates import Found, likeness, plain
from signatures.paper.picture import Pixels
from signatures.paper.reading import PageKind
from signatures.paper.recognition.text import MOST_LINES, PageText

FEWEST_SHAPES = 15  # shapes of the size of letters, below which a page without readable text is empty
LEAST_TEXT = 60  # letters, well read, for a page to be called a stranger's
SURE = 0.8
CLEAR = 0.85  # the mean confidence, letter by letter, below which a page was not read well enough to be set aside
LOOSE = 0.72  # how like its print a telling phrase must be read: better to leave a stranger's page to a person

_AT_START = r"(?:^|\s{2,}|[|_])\s*"
_BY = re.compile(_AT_START + r"by\s*[:;]|" + _AT_START + r"by\s*[._\-]*$", re.IGNORECASE)
_NAME = re.compile(_AT_START + r"(?:print(?:ed)? )?n[ao]me\s*[:;]", re.IGNORECASE)
_TITLE = re.compile(_AT_START + r"t[il1]t[l1]e\s*[:;]|" + _AT_START + r"[il1]ts\s*[:;]", re.IGNORECASE)
_WITNESS = (plain("in witness whereof"),)
_MENTIONS = tuple(
    plain(words)
    for words in (
        "signature page",
        "authorized signatory",
        "duly authorized",
        "the undersigned",
        "beneficially owned",
    )
)
_FAX = re.compile(r"fax|facsimile|telecop", re.IGNORECASE)
_COVER = tuple(
    plain(words)
    for words in ("facsimile transmission", "fax transmission", "facsimile cover", "fax cover", "fax message")
)
_COVER_LABELS = {
    "to": re.compile(_AT_START + r"(?:to|t0|attention|attn)\b\s*[:;.]?", re.IGNORECASE),
    "from": re.compile(_AT_START + r"(?:from|fr0m|sender)\b\s*[:;.]?", re.IGNORECASE),
    "pages": re.compile(r"\bpages?\b|\bpgs?\b", re.IGNORECASE),
    "number": re.compile(
        r"(?:fax|facsimile|phone|tel|telecopy)[a-z]*\.?\s*(?:n[o0umber]+)?\.?\s*[:;.#]",
        re.IGNORECASE,
    ),
    "about": re.compile(_AT_START + r"(?:re|subject|regarding)\s*[:;]", re.IGNORECASE),
}
_ADDRESS = re.compile(
    _AT_START + r"(?:to|t0|from|fr0m|sender|re|subject|regarding|attention|attn|cc|company|firm)\b",
    re.IGNORECASE,
)

# The sheet on top of a packet of ours (`documents.draw_cover`), by what it alone says.
_OWN_COVER = tuple(
    plain(words)
    for words in (
        "Where to send the signed pages",
        "Pages in this packet",
        "Signed pages are held in escrow until counsel releases them.",
    )
)
OWN_COVER = "This is the cover sheet of a packet that was sent from here."

Verdict = tuple[PageKind, str | None]


def kind_of(
    page: PageText, rows: Sequence[str], found: Sequence[Found], gray: Pixels, has_link: bool = False
) -> Verdict:
    """Return what the page is, and why in one sentence (None for "unidentified").

    `rows` are the page's rows of text without a fax's header line, `found` the expected names read in them (with the
    rows where each stands), `gray` the picture. `has_link`: a code on it leads to a packet of ours.
    """
    names = [one for one in found if one.what != "title"]
    if has_signature_words(rows):
        return "unidentified", None
    if is_own_cover(rows, has_link):
        return "cover", OWN_COVER
    if is_cover(rows) and all(_ADDRESS.search(rows[row]) for one in names for row in one.rows):
        return "cover", "This is a fax cover sheet."
    if names or mentions_signing(rows) or any(one.what == "title" and len(one.name) >= 24 for one in found):
        return "unidentified", None
    letters = sum(len(plain(row)) for row in rows)
    if letters < 4 and shapes(gray) < FEWEST_SHAPES:
        return "empty", "Nothing is written on this page."
    if letters >= LEAST_TEXT and _read_well(page):
        return "foreign", "The text on this page is not that of a page we sent, and it names nobody who is to sign."
    return "unidentified", None


def _read_well(page: PageText) -> bool:
    sure = sum(line.confidence >= SURE for line in page.lines)
    weight = sum(len(line.text) for line in page.lines)
    mean = sum(line.confidence * len(line.text) for line in page.lines) / max(weight, 1)
    return len(page.lines) < MOST_LINES and sure >= 0.6 * page.found and mean >= CLEAR


def has_signature_words(rows: Sequence[str]) -> bool:
    """Tell whether the page has what a signature page has: "By:", "IN WITNESS WHEREOF", or "Name:" with "Title:"."""
    if any(_BY.search(row) for row in rows):
        return True
    if any(_NAME.search(row) for row in rows) and any(_TITLE.search(row) for row in rows):
        return True
    return any(likeness(words, plain(row)) >= LOOSE for row in rows for words in _WITNESS)


def mentions_signing(rows: Sequence[str]) -> bool:
    """Tell whether the page speaks of signing as an agreement or its signature page does."""
    return any(likeness(words, plain(row)) >= LOOSE for row in rows for words in _MENTIONS)


def is_cover(rows: Sequence[str]) -> bool:
    """Tell whether the page is a fax cover sheet: its heading, or the word fax with To, From and a number of pages."""
    labels = {label for label, form in _COVER_LABELS.items() if any(form.search(row) for row in rows)}
    if any(likeness(words, plain(row)) >= 0.8 for row in rows for words in _COVER):
        return len(labels) >= 2
    return any(_FAX.search(row) for row in rows) and {"to", "from", "pages"} <= labels and len(labels) >= 4


def is_own_cover(rows: Sequence[str], has_link: bool) -> bool:
    """Tell whether the page is the sheet on top of a packet of ours: two of its phrases, or one and its code."""
    said = sum(any(likeness(words, plain(row)) >= SURE for row in rows) for words in _OWN_COVER)
    return said + has_link >= 2


def shapes(gray: Pixels) -> int:
    """Count the shapes on a page that are as big as letters or bigger, those that touch the picture's edge left out."""
    width = 850
    small = cv2.resize(
        gray,
        (width, max(1, round(gray.shape[0] * width / gray.shape[1]))),
        interpolation=cv2.INTER_AREA,
    )
    paper = cv2.medianBlur(small, 41).astype(np.float32)
    ink = (small < paper * 0.82).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    x, y, wide, high = stats[1:, :4].T
    inside = (x > 8) & (y > 8) & (x + wide < width - 8) & (y + high < small.shape[0] - 8)
    return int(np.count_nonzero(inside & (np.maximum(wide, high) >= 5) & (np.minimum(wide, high) >= 2)))
