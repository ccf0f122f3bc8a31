"""Which pages of a PDF are signature pages, and what each rule on them is for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import pypdfium2

from signatures.paper.layout import Rule
from signatures.paper.own_pages.pictured import is_pictured, printed_words
from signatures.paper.own_pages.rules import Word, picture, rules, rules_of_picture, words
from signatures.paper.own_pages.space import Space, clear_space, space_from_json
from signatures.paper.own_pages.upright import UnusablePdf, opened, upright

Tell = Callable[[int, int], None]
Use = Literal["signature", "name", "title", "amount", "date", "other"]

_MOST = 300  # signature pages at a time
_MOST_SCANNED = 60  # pages without text that are looked at one by one
_LABEL = 170.0  # points to the left of a rule, in which its label stands
_LABELS: tuple[tuple[Use, str], ...] = (
    ("name", r"(print(ed)?\s+)?name( of (signatory|signer|authori[sz]ed (signatory|signer|person)))?"),
    ("title", r"(title|its|capacity|position|office)"),
    ("date", r"(date|dated|date signed|signed on)"),
    ("amount", r".*\b(amount|principal|beneficially owned|holdings?)\b.*|.*\$"),
    ("signature", r"(.*\bby|signature|signed|sign here|x|per|/s/|.*\bauthori[sz]ed (signatory|signature))"),
)
_SPEAKS_OF_SIGNING = re.compile(
    r"\b(in witness whereof|signature pages?|signature block|by|its|authori[sz]ed signatory|undersigned)\b",
    re.IGNORECASE,
)
_BARE: dict[str, Use] = {"name:": "name", "title:": "title", "its:": "title", "date:": "date", "dated:": "date"}
_BLANKS = ("name", "title", "amount", "date")
_ELSE = re.compile(
    r".*\b(address|attention|tele(phone|copy)|phone|fax|e-?mail|facsimile|notary|witness)\b.*", re.IGNORECASE
)
NONE = "No signature page was found in this PDF: no line to sign on, with “By:” before it or a name below."
NONE_PICTURED = (
    "This PDF holds pictures of pages without text, and no line to sign on was seen on them. "
    "Save the signature pages from the word processor, or scan them anew, straight and in black and white."
)
_NOTARY = re.compile(r"\b(notary|acknowledged before me|commission expires|subscribed and sworn)\b", re.IGNORECASE)


@dataclass(frozen=True)
class FoundRule:
    """A rule to write on, what it seems to be for, and the words above and below it, the nearest line first."""

    rule: Rule
    use: Use
    label: str
    above: tuple[str, ...]
    below: tuple[str, ...]


@dataclass(frozen=True)
class FoundPage:
    """A signature page: its number in the PDF as it came, from 1, its size, its rules, and where the codes fit.

    `space` is None where they fit nowhere.
    """

    number: int
    size: tuple[float, float]
    rules: tuple[FoundRule, ...]
    space: Space | None

    def as_json(self) -> dict[str, Any]:
        """Return plain values, the inverse of `page_from_json`."""
        return asdict(self)


@dataclass(frozen=True)
class Found:
    """The signature pages of a PDF, upright, and what was found on each, in order."""

    pdf: bytes
    pages: tuple[FoundPage, ...]


def find_pages(data: bytes, tell: Tell = lambda page, pages: None) -> Found:
    """Find the signature pages of a PDF, each page treated as what it is: print with text, or a picture of a page.

    `tell` is called with the number of each page that is looked at and that of all. Raises UnusablePdf with the
    sentence for what cannot be used, or has none.
    """
    document = opened(data)
    try:
        texts = [_text(document, index) for index in range(len(document))]
        pictured = {index for index, text in enumerate(texts) if is_pictured(document, index, text)}
    finally:
        document.close()
    if len(pictured) > _MOST_SCANNED:
        raise UnusablePdf(
            f"This PDF holds {len(pictured)} pictures of pages without text. Upload its signature pages alone, at most "
            f"{_MOST_SCANNED} at a time."
        )
    chosen = [index for index, text in enumerate(texts) if index in pictured or _speaks_of_signing(text)]
    if len(chosen) > _MOST:
        raise UnusablePdf(f"This PDF has {len(chosen)} signature pages. Upload at most {_MOST} at a time.")
    if chosen:
        pdf, pages = _looked_at(data, chosen, pictured, lambda index: tell(index + 1, len(texts)))
        kept = [at for at, page in enumerate(pages) if any(one.use == "signature" for one in page.rules)]
        if len(kept) == len(pages):
            return Found(pdf, pages)
        if kept:
            return Found(upright(data, [chosen[at] for at in kept]), tuple(pages[at] for at in kept))
    raise UnusablePdf(NONE_PICTURED if len(pictured) == len(texts) else NONE)


def _speaks_of_signing(text: str) -> bool:
    return bool(_SPEAKS_OF_SIGNING.search(text)) and not _NOTARY.search(text)


def _pictured(document: pypdfium2.PdfDocument, at: int, number: int) -> FoundPage:
    """Look at a picture of a page. Its print is recognised, where that is installed, to tell what each line is for; a
    line that nothing is read beside may be to sign on, and a person says whose it is."""
    gray = picture(document, at)
    free = rules_of_picture(gray)
    text = printed_words(gray, free) if free else []
    width, height = document[at].get_size()
    said = [_rule(rule, text, free) for rule in free]
    lines = [one if one.use in _BLANKS or _ELSE.fullmatch(one.label) else replace(one, use="signature") for one in said]
    found = (*lines, *_bare(text, free, width))
    writing = [(one.rule, one.use == "signature") for one in found]
    return FoundPage(number, (width, height), found, clear_space(gray, (width, height), writing))


def _text(document: pypdfium2.PdfDocument, index: int) -> str:
    try:
        text = document[index].get_textpage()
    except pypdfium2.PdfiumError:
        return ""
    try:
        return " ".join(str(text.get_text_bounded()).split())
    finally:
        text.close()


def _looked_at(
    data: bytes, chosen: list[int], pictured: set[int], tell: Callable[[int], None]
) -> tuple[bytes, tuple[FoundPage, ...]]:
    pdf = upright(data, chosen)
    document = opened(pdf)
    pages = []
    try:
        for at, index in enumerate(chosen):
            tell(index)
            pages.append((_pictured if index in pictured else _page)(document, at, index + 1))
    finally:
        document.close()
    return pdf, tuple(pages)


def _page(document: pypdfium2.PdfDocument, at: int, number: int) -> FoundPage:
    gray, text = picture(document, at), words(document, at)
    free = [rule for rule in rules(gray) if not _underlines(rule, text)]
    found = (*(_rule(rule, text, free) for rule in free), *_bare(text, free, document[at].get_width()))
    width, height = document[at].get_size()
    writing = [(one.rule, one.use == "signature") for one in found]
    return FoundPage(number, (width, height), found, clear_space(gray, (width, height), writing))


def _bare(text: list[Word], free: list[Rule], width: float) -> list[FoundRule]:
    """Return the blanks that have no rule: “Title:” with nothing behind it."""
    found = []
    for word in text:
        use = _BARE.get(word.text.casefold())
        start, end = word.box.x1 + 4, min(word.box.x1 + 154, width - 36)
        behind = [one for one in text if abs(one.base - word.base) < 8 and word.box.x1 <= one.box.x0 < end]
        ruled = [one for one in free if abs(one.y - word.base) < 10 and word.box.x1 - 2 <= one.x0 < end]
        if use is not None and not behind and not ruled and end - start > 54:
            found.append(
                FoundRule(Rule(round(start, 2), round(end, 2), round(word.base + 2, 2)), use, word.text, (), ())
            )
    return found


def _underlines(rule: Rule, text: list[Word]) -> bool:
    """Tell underlining, and strokes of letters: words stand on the rule, or around it, over much of its length."""
    on = [
        word
        for word in text
        if word.box.y0 - 0.5 < rule.y < word.base + 6 and word.box.x0 < rule.x1 and word.box.x1 > rule.x0
    ]
    covered = sum(min(word.box.x1, rule.x1) - max(word.box.x0, rule.x0) for word in on)
    return covered > 0.4 * (rule.x1 - rule.x0)


def _rule(rule: Rule, text: list[Word], others: list[Rule]) -> FoundRule:
    label = _label(rule, text, others)
    above, below = _lines(rule, text, up=True), _lines(rule, text, up=False)
    return FoundRule(rule, _use(label, above, below), label, above, below)


def _label(rule: Rule, text: list[Word], others: list[Rule]) -> str:
    """Return the words before a rule, on its line: from the left edge, or from the rule or the column before it."""
    start = max((one.x1 for one in others if abs(one.y - rule.y) < 8 and one.x1 <= rule.x0), default=rule.x0 - _LABEL)
    row = [word for word in text if abs(word.base - rule.y) < 8 and start <= word.box.x0 and word.box.x1 <= rule.x0 + 6]
    kept: list[Word] = []
    edge = rule.x0
    for word in sorted(row, key=lambda one: -one.box.x0):
        if edge - word.box.x1 > (60 if not kept else 14):
            break
        kept.insert(0, word)
        edge = word.box.x0
    return " ".join(word.text for word in kept)


def _lines(rule: Rule, text: list[Word], up: bool) -> tuple[str, ...]:
    """Return up to eight printed lines above or below a rule in its column, the nearest first."""
    near: dict[int, list[Word]] = {}
    for word in text:
        away = rule.y - word.base if up else word.base - rule.y
        if (8 if up else 3) <= away <= 200 and word.box.x1 > rule.x0 - 45 and word.box.x0 < rule.x1 + 20:
            near.setdefault(round(away / 4), []).append(word)
    return tuple(
        " ".join(word.text for word in sorted(near[key], key=lambda one: one.box.x0)) for key in sorted(near)[:8]
    )


def _use(label: str, above: tuple[str, ...], below: tuple[str, ...]) -> Use:
    said = label.strip().rstrip(":").strip().casefold()
    for use, pattern in _LABELS:
        if said and re.fullmatch(pattern, said):
            return use
    if said:
        return "other"
    under = below[0].strip("() ").rstrip(":").casefold() if below else ""
    for use, pattern in _LABELS:
        if under and not below[0].rstrip().endswith(":") and re.fullmatch(pattern, under):
            return use
    if any(re.match(r"\(?(print(ed)?\s+)?(name|title)\b", line.casefold()) for line in below[:2]):
        return "signature"
    return "signature" if above and re.search(r"\bby\s*:?$", above[0].casefold()) else "other"


def page_from_json(data: dict[str, Any]) -> FoundPage:
    """Return the page that `FoundPage.as_json` described. Raises KeyError or TypeError on anything else."""
    return FoundPage(
        number=data["number"],
        size=(float(data["size"][0]), float(data["size"][1])),
        rules=tuple(
            FoundRule(Rule(**one["rule"]), one["use"], one["label"], tuple(one["above"]), tuple(one["below"]))
            for one in data["rules"]
        ),
        space=space_from_json(data["space"]) if data["space"] else None,
    )
