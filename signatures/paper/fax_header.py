"""The line that a fax machine prints along the edge of a page: finding where it may be, and telling what it says.

Finding is cheap enough for every page; reading the strips that `strips` cuts out is text recognition's work. The form
of the line is each maker's own (ITU-T T.4 leaves it open), so `parse` looks for its facts wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.picture import Pixels
from signatures.paper.reading import FaxHeader

EDGE = 0.047  # of the page's longer side: half an inch of a letter page
FEWEST_LETTERS = 12
LEAST_WIDTH = 0.3  # of the edge's length
WIDE_GAP = 1.6  # of the letters' height: what parts two facts of a header, more than a space between words
SLOPES = np.linspace(-0.045, 0.045, 31)  # a fax that was scanned or photographed later lies up to 2.5 degrees askew

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class _Band:
    """A row of letters in a strip: y = slope * x + top or bottom; `parts` are the left and right ends of its parts."""

    slope: float
    top: float
    bottom: float
    parts: tuple[tuple[float, float], ...]


def could_have_header(gray: Pixels) -> bool:
    """Tell in a few milliseconds whether a line of print runs along any edge. Gray, 700 pixels wide or more."""
    return any(_bands(_ink(edge)) for edge in _edges(gray, 0))


def strips(gray: Pixels, turned: int = 0) -> Iterator[tuple[Pixels, ...]]:
    """Give what may be a header line, in parts from left to right, level and the right way up, the likeliest first.

    `gray` is the upright page. A header is printed along the top of the page as it was received: `turned` says by how
    many degrees clockwise the page was turned since, so that the line is sought there first.
    """
    for edge in _edges(gray, turned):
        for band in _bands(_ink(edge)):
            yield tuple(_cut(edge, band, left, right) for left, right in band.parts)


def read(gray: Pixels, turned: int, read_line: Callable[[Pixels], tuple[str, float]]) -> FaxHeader | None:
    """Return the fax header of an upright page (see `strips`), read by `read_line`, or None if there is none."""
    for parts in strips(gray, turned):
        header = parse("  ".join(read_line(part)[0].strip() for part in parts))
        if header is not None:
            return header
    return None


def _edges(gray: Pixels, turned: int) -> Iterator[Pixels]:
    """Give the outer strip along each edge, that edge on top: first where the top was received, then the opposite."""
    depth = max(24, round(max(gray.shape) * EDGE))
    first = turned // 90 % 4
    for quarter in (first, (first + 2) % 4, (first + 1) % 4, (first + 3) % 4):
        if quarter == 0:
            edge = gray[:depth]
        elif quarter == 1:  # the right edge, turned left
            edge = np.rot90(gray[:, -depth:], 1)
        elif quarter == 2:
            edge = gray[-depth:][::-1, ::-1]
        else:
            edge = np.rot90(gray[:, :depth], 3)
        yield np.ascontiguousarray(edge)


def _ink(edge: Pixels) -> Pixels:
    """Return 1 where there is ink, dirt lines that run through the whole strip taken out."""
    paper = float(np.median(edge[::2, ::4]))
    ink = (edge < paper * 0.65).astype(np.uint8)
    through = ink.mean(axis=0) > 0.85
    if through.mean() < 0.05:
        ink[:, through] = 0
    return ink


def _bands(ink: Pixels) -> list[_Band]:
    """Return the up to two likeliest lines of print, outermost first."""
    changes = np.count_nonzero(ink[:, 1:] != ink[:, :-1], axis=1)
    if changes.max(initial=0) < 2 * FEWEST_LETTERS:
        return []
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    x, y, wide, high, area = stats[1:].T.astype(np.float64)
    length = ink.shape[1]
    unit = length / 1700.0  # a hundredth of an inch is two of these
    letter = (
        (high >= 7 * unit) & (high <= 46 * unit) & (wide >= 2 * unit) & (wide <= length * 0.2) & (area >= 12 * unit**2)
    )
    x, y, wide, high = x[letter], y[letter], wide[letter], high[letter]
    found = []
    for _ in range(3):
        if len(x) < FEWEST_LETTERS:
            break
        slope, middle = _fullest_row(x + wide / 2, y + high / 2, 6.0 * unit)
        inside = np.abs(y + high / 2 - slope * (x + wide / 2) - middle) <= 9 * unit
        if inside.sum() >= FEWEST_LETTERS:
            top = float(np.percentile((y - slope * (x + wide / 2))[inside], 10))
            bottom = float(np.percentile((y + high - slope * (x + wide / 2))[inside], 90))
            parts = _parts(x[inside], (x + wide)[inside], WIDE_GAP * (bottom - top))
            if parts[-1][1] - parts[0][0] >= LEAST_WIDTH * length:
                found.append(_Band(slope, top, bottom, parts))
        x, y, wide, high = x[~inside], y[~inside], wide[~inside], high[~inside]
    return sorted(found, key=lambda band: band.top)[:2]


def _fullest_row(x: Numbers, y: Numbers, step: float) -> tuple[float, float]:
    """Return slope and height of the straight row through most of the points, of equals the one that is most level."""
    best = (-1, 0.0, 0.0)
    for slope in sorted(SLOPES, key=abs):
        row = np.floor((y - slope * x) / step).astype(np.int64)
        counts = np.bincount(row - row.min())
        pairs = counts[:-1] + counts[1:] if len(counts) > 1 else counts
        at = int(pairs.argmax())
        if pairs[at] > best[0]:
            best = (int(pairs[at]), float(slope), float((row.min() + at + 1) * step))
    return best[1], best[2]


def _parts(left: Numbers, right: Numbers, gap: float) -> tuple[tuple[float, float], ...]:
    """Return the left and right ends of the runs of letters between gaps of `gap` or more."""
    order = np.argsort(left)
    left, right = left[order], np.maximum.accumulate(right[order])
    breaks = np.flatnonzero(left[1:] - right[:-1] >= gap)
    starts, ends = (
        np.concatenate(([0], breaks + 1)),
        np.concatenate((breaks, [len(left) - 1])),
    )
    return tuple((float(left[start]), float(right[end])) for start, end in zip(starts, ends, strict=True))


def _cut(edge: Pixels, band: _Band, left: float, right: float) -> Pixels:
    margin = 0.28 * (band.bottom - band.top)
    shear = np.array([[1, 0, 2 * margin - left], [-band.slope, 1, margin - band.top]])
    size = (
        round(right - left + 4 * margin),
        max(12, round(band.bottom - band.top + 2 * margin)),
    )
    paper = float(np.median(edge[::2, ::4]))
    return np.ascontiguousarray(cv2.warpAffine(edge, shear, size, borderValue=(paper,)), dtype=np.uint8)


# Letters that are read where a digit was printed, and the digit.
_LOOKS = {
    "O": "0",
    "o": "0",
    "Q": "0",
    "D": "0",
    "I": "1",
    "l": "1",
    "|": "1",
    "S": "5",
    "B": "8",
    "Z": "2",
}
_AS_DIGITS = str.maketrans(_LOOKS)
_D = "[0-9" + "".join(_LOOKS) + "]"
# One or two digits that begin a number: a letter counts as a digit only where no word runs into it.
_START = rf"(?:(?<![0-9])[0-9]{_D}?|(?<![0-9A-Za-z])[OoIl|]{_D})"
_MONTHS = (
    "JAN",
    "FEB",
    "MAR",
    "APR",
    "MAY",
    "JUN",
    "JUL",
    "AUG",
    "SEP",
    "OCT",
    "NOV",
    "DEC",
)
_WORD = "(?P<word>(?i:" + "|".join(_MONTHS) + "))(?i:[a-z]{0,6})"
_YEAR = f"(?P<year>(?:19|20){_D}{{2}}|{_D}{{2}})"
_DATES = tuple(
    re.compile(form)
    for form in (
        rf"{_WORD}[ .\-/]{{0,3}}(?P<day>{_D}{{1,2}})[ ,.\-/']{{1,3}}{_YEAR}",
        rf"(?P<day>{_START})[ .\-/]{{0,2}}{_WORD}[ .,\-/']{{0,3}}{_YEAR}",
        r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2}) ?[-/.] ?(?P<month>[0-9]{1,2}) ?[-/.] ?(?P<day>[0-9]{1,2})(?![0-9])",
        rf"(?P<month>{_START}) ?[-/.] ?(?P<day>{_D}{{1,2}}) ?[-/.] ?{_YEAR}",
        rf"(?P<month>{_START}) ?[-/.] ?(?P<day>{_D}{{1,2}}) ?[-/.] ?(?P<year>{_D}{{2}})",  # "11-05-2015:27" is 2020
    )
)
_TIME = re.compile(
    rf"(?P<hour>{_START}) ?[:;.hH] ?(?P<minute>{_D}{{2}})(?: ?[:;.] ?{_D}{{2}})?(?![0-9])"
    r"(?P<half> ?[AaPp]\.? ?[Mm]?\.?(?![A-Za-z]))?"
)
_FAX_PAGE = rf"(?<![A-Za-z])[Pp][ .:#]{{0,2}}(?P<page>{_D}{{1,3}})(?: ?/ ?{_D}{{1,3}})?(?![0-9A-Za-z])"
_PAGES = tuple(
    re.compile(form)
    for form in (
        rf"(?:(?<![A-Za-z])|(?<=[a-z])(?=P))(?:Pa[gq]e|PA[GQ]E|P[gG])[ .:#\-]*(?P<page>{_D}{{1,4}})(?![0-9])",
        _FAX_PAGE,
        r"(?<![0-9/])(?P<page>[0-9]{1,3}) ?/ ?[0-9]{1,3}(?![0-9/])",
        r"[#@] ?(?P<page>[0-9]{1,3})(?![0-9])",
        rf"^(?:Pa|Pag|age|ge)[ .:#\-]+(?P<page>{_D}{{1,3}})(?![0-9])",  # a shadow hid a letter of the first word
    )
)
_NUMBER = re.compile(
    r"(?<![0-9])\+?(?:1[ .\-]{0,2})?\(?[0-9]{3}\)?[ .\-]{0,2}[0-9]{3}[ .\-]{0,2}[0-9]{4}(?![0-9])"
    r"|\+[0-9][0-9 .\-]{8,16}[0-9]"
)
_LABEL = re.compile(
    r"(?:(?<![A-Za-z])|(?<=[A-Za-z])(?=(?:From|To)[-:]))"
    r"(?P<label>From|FROM|To|TO|T0|Received|RECEIVED|Fax|FAX|Tel|TEL|ID|Name|NAME)"
    r"(?:(?: ?N[Oo]\b\.?)? ?[-:.=;]+ ?| (?=[A-Z0-9(+]))"
)
_FAX_WORD = re.compile(rf"(?i:(?<![a-z])fax|rece[il1]ved)|[\[(@]\s?0\d|{_FAX_PAGE}")


def parse(text: str) -> FaxHeader | None:
    """Return what a header line says, or None if it is none. Two spaces or more in `text` part one fact from another.

    Forgives lost spaces, and O for 0 and l for 1 in numbers. A header shows date and time, or a page and a telephone
    number; and something that a fax prints: a sender or recipient, a number, a page in a fax's form. (A date with a
    time and "Page 1 of 2" are also what a browser prints.)
    """
    text = re.sub(r"\s{2,}", "  ", text.strip())
    received, rest = _received(text)
    page, rest = _page(rest)
    labels = _labelled(rest)
    numbers = [_digits(match.group()) for match in _NUMBER.finditer(rest)]
    if received is None and (page is None or not numbers):
        return None
    if not (labels.keys() & {"FROM", "TO"} or numbers or _FAX_WORD.search(text)):
        return None
    recipient = _party(labels.get("TO"))
    return FaxHeader(_sender(labels, numbers, recipient), recipient, page, received, text)


def _digits(number: str) -> str:
    return re.sub("[^0-9]", "", number)


def _received(text: str) -> tuple[str | None, str]:
    """Return date and time in ISO form to the minute, and the text without them."""
    for form in _DATES:
        for date in form.finditer(text):
            rest = f"{text[: date.start()]}  {text[date.end() :]}"
            for time in sorted(
                _TIME.finditer(rest),
                key=lambda found: abs(found.start() - date.start()),
            ):
                moment = _moment(date, time)
                if moment is not None:
                    return moment, f"{rest[: time.start()]}  {rest[time.end() :]}"
    return None, text


def _moment(date: re.Match[str], time: re.Match[str]) -> str | None:
    parts = {name: value.translate(_AS_DIGITS) for name, value in date.groupdict().items() if name != "word"}
    word = date.groupdict().get("word")
    month = _MONTHS.index(word.upper()) + 1 if word else int(parts["month"])
    day, year = int(parts["day"]), int(parts["year"])
    if year < 100:
        year += 2000 if year < 80 else 1900
    if month > 12 >= day:  # the rest of the world writes the day first
        month, day = day, month
    hour, minute = (
        int(time["hour"].translate(_AS_DIGITS)),
        int(time["minute"].translate(_AS_DIGITS)),
    )
    half = (time["half"] or "").strip().upper()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half.startswith("P") else 0)
    try:
        return datetime(year, month, day, hour, minute).strftime("%Y-%m-%dT%H:%M")
    except ValueError:
        return None


def _page(text: str) -> tuple[int | None, str]:
    for form in _PAGES:
        found = form.search(text)
        if found:
            return int(found["page"].translate(_AS_DIGITS)), f"{text[: found.start()]}  {text[found.end() :]}"
    return None, text


def _labelled(text: str) -> dict[str, str]:
    """Return what follows each label, up to the next label or a wide gap."""
    values: dict[str, str] = {}
    following = len(text)
    for label in reversed(list(_LABEL.finditer(text))):
        value = re.split(r"\s{2,}", text[label.end() : following].strip())[0].strip(" -:;.,|")
        values[label["label"].upper().replace("T0", "TO")] = value
        following = label.start()
    return values


def _party(value: str | None) -> str | None:
    """Return a number as its digits alone, a name as it stands, None for nothing."""
    if not value:
        return None
    digits = re.sub(r"[ .()+\-]", "", value).translate(_AS_DIGITS)
    if digits.isdecimal() and sum(letter.isdecimal() for letter in value) >= 5:
        return digits
    return value


def _sender(labels: dict[str, str], numbers: list[str], recipient: str | None) -> str | None:
    """Return the sender: a telephone number where there is one that is not the recipient's, else the name."""
    sender = _party(labels.get("FROM"))
    if sender and sender.isdecimal():
        return sender
    inside = _NUMBER.search(sender or "")
    if inside:
        return _digits(inside.group())
    others = [number for number in numbers if number != recipient]
    return others[0] if others else sender or labels.get("NAME") or labels.get("ID") or None
