"""The lines of a Word paragraph as they are shown: tabs by their stops, underlined blanks as lines to sign on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from lxml import etree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOX = f"{W}txbxContent"
_LEFT_OUT = {
    f"{W}{name}" for name in ("del", "moveFrom", "pPr", "rPr", "instrText", "delInstrText", "rt", "sdtPr", "sdtEndPr")
} | {FALLBACK}
_BREAKS = {f"{W}br", f"{W}cr"}
_USUAL_STOP = 720  # twips, twentieths of a point, from one tab stop to the next
_COLUMN = 115  # twips of a character, as wide as letters of 11 points are on average
_SLIM = frozenset(" ,.;:'`|!ijlftrIJs/()[]-\xa0")
_BROAD = frozenset("mwMWOQ&%@")
_GAP = 4  # characters that set columns apart
_LEAST_GAP = 360  # twips that a tab leaves clear where it sets columns apart
_LONGEST_LABEL = 16  # characters; what is longer, and has a tab behind it, is a column's
_LEAST_RULE = 4  # underlined blanks


@dataclass(frozen=True)
class _Part:
    """Some text, a tab or the end of a line, and whether it is underlined."""

    text: str
    underlined: bool = False


@dataclass(frozen=True)
class _Stops:
    """Where a paragraph begins and its tab stops, in twips; `ruled` stops draw a line up to them."""

    start: int
    own: tuple[int, ...]
    ruled: frozenset[int]

    def after(self, position: int) -> int:
        """The next stop right of a position."""
        own = next((stop for stop in self.own if stop > position + _COLUMN // 2), None)
        return own if own is not None else (position // _USUAL_STOP + 1) * _USUAL_STOP


def paragraph_lines(paragraph: etree._Element) -> list[str]:
    """The lines of a paragraph, a new page as `<PAGE>`; without deleted and hidden text and what floats in boxes."""
    parts = list(_ruled(list(_parts(paragraph))))
    stops = _stops(paragraph)
    return [_set(list(line), stops) for line in _split(parts)]


def boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    """The contents of the text boxes that a paragraph holds, each once."""
    for box in paragraph.iter(_BOX):
        if not any(parent.tag in (FALLBACK, f"{W}del") for parent in box.iterancestors()):
            yield box


def _parts(element: etree._Element, underlined: bool = False) -> Iterator[_Part]:
    for child in element:
        tag = child.tag
        if tag == f"{W}r":
            properties = child.find(f"{W}rPr")
            if not _is_on(properties, "vanish") and not _is_on(properties, "webHidden"):
                capitals = _is_on(properties, "caps") or _is_on(properties, "smallCaps")
                for part in _parts(child, _is_on(properties, "u")):
                    yield _Part(part.text.upper(), part.underlined) if capitals else part
        elif tag == f"{W}t":
            yield _Part((child.text or "").replace("\n", " "), underlined)
        elif tag in (f"{W}tab", f"{W}ptab"):
            yield _Part("\t", underlined)
        elif tag in _BREAKS:
            yield from [_Part("\n")] if child.get(f"{W}type") != "page" else map(_Part, ("\n", "<PAGE>", "\n"))
        elif tag == f"{W}noBreakHyphen":
            yield _Part("-", underlined)
        elif tag == f"{W}sym":
            yield _Part(" ", underlined)
        elif tag not in _LEFT_OUT and tag != _BOX:
            yield from _parts(child, underlined)


def _is_on(properties: etree._Element | None, name: str) -> bool:
    found = properties.find(f"{W}{name}") if properties is not None else None
    return found is not None and found.get(f"{W}val", "1") not in ("0", "false", "off", "none")


def _ruled(parts: Sequence[_Part]) -> Iterator[_Part]:
    """The parts; underlined blanks with no word among them are the line to sign on."""
    for underlined, group in groupby(parts, key=lambda part: part.underlined):
        streak = list(group)
        text = "".join(part.text for part in streak)
        if underlined and not text.strip() and ("\t" in text or len(text) >= _LEAST_RULE):
            yield from (_Part(part.text.replace(" ", "_").replace("\xa0", "_"), True) for part in streak)
        else:
            yield from (_Part(part.text) for part in streak)


def _split(parts: Sequence[_Part]) -> Iterator[Iterator[_Part]]:
    line: list[_Part] = []
    for part in parts:
        if part.text == "\n":
            yield iter(line)
            line = []
        else:
            line.append(part)
    yield iter(line)


def _set(parts: list[_Part], stops: _Stops) -> str:
    """A line with blanks, or underscores, in place of its tabs."""
    text = " " * (stops.start // _COLUMN) if stops.start > 0 and parts else ""
    position = max(stops.start, 0)
    skipped = 0  # twips that tabs in a row have left clear
    for part in parts:
        if part.text != "\t":
            text += part.text
            position += sum(map(_width, part.text))
            skipped = 0
            continue
        stop = stops.after(position)
        skipped += stop - position
        position = stop
        if part.underlined or stop in stops.ruled:
            text += "_" * max(_GAP, stop // _COLUMN - len(text))
        else:
            long = len(text.strip()) >= _LONGEST_LABEL and not text.rstrip().endswith(":")
            least = _GAP if skipped >= _LEAST_GAP or long else 1
            text = text.rstrip(" ").ljust(max(len(text.rstrip(" ")) + least, stop // _COLUMN if least > 1 else 0))
    return text


def _width(letter: str) -> int:
    """How wide a letter is in twips, in a face with serifs of 12 points."""
    if letter in _SLIM:
        return 72
    if letter in _BROAD:
        return 200
    return 165 if letter.isupper() else 120 if letter in "_$#" or letter.isdigit() else 112


def _stops(paragraph: etree._Element) -> _Stops:
    indent = paragraph.find(f"{W}pPr/{W}ind")
    start = 0
    if indent is not None:
        left = indent.get(f"{W}left") or indent.get(f"{W}start")
        start = _twips(left) + _twips(indent.get(f"{W}firstLine")) - _twips(indent.get(f"{W}hanging"))
    found = paragraph.findall(f"{W}pPr/{W}tabs/{W}tab")
    own = {_twips(tab.get(f"{W}pos")): tab for tab in found if tab.get(f"{W}val") not in ("clear", "bar")}
    if indent is not None and indent.get(f"{W}hanging"):
        own.setdefault(_twips(indent.get(f"{W}left") or indent.get(f"{W}start")), indent)
    ruled = frozenset(at for at, tab in own.items() if tab.get(f"{W}leader") in ("underscore", "heavy"))
    return _Stops(start, tuple(sorted(own)), ruled)


def _twips(value: str | None) -> int:
    try:
        return max(-20_000, min(20_000, int(float(value or 0))))
    except ValueError:
        return 0
