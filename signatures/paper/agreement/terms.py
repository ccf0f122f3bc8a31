"""What an agreement says of itself: title, date, notes, the agreement that it amends, clauses on signing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from .parsed import ParsedNotes, ParsedReference
from .words import tidy

_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_US_DATE = rf"(?P<month>{_MONTHS})\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})"
_UK_DATE = rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:day\s+of\s+)?(?P<month>{_MONTHS}),?\s+(?P<year>\d{{4}})"
_TITLE_WORDS = re.compile(
    r"\b(?:agreement|amendment|contract|consent|waiver|lease|indenture|mortgage|deed|guarant(?:y|ee)|assignment|"
    r"letter|plan|note|supplement|forbearance|joinder|license|instrument|modification|"
    r"undertaking|settlement|release|addendum|warrant|bond)\b",
    re.IGNORECASE,
)
_SMALL = {"of", "to", "and", "the", "for", "in", "on", "by", "or", "a", "an", "with", "as", "among", "between"}


def date_in(text: str) -> date | None:
    """The first date in a text, written out in the American or the British way."""
    found = [m for pattern in (_US_DATE, _UK_DATE) if (m := re.search(pattern, text, re.IGNORECASE))]
    for match in sorted(found, key=lambda m: m.start()):
        month = [m.casefold() for m in _MONTHS.split("|")].index(match["month"].casefold()) + 1
        try:
            return date(int(match["year"]), month, int(match["day"]))
        except ValueError:
            continue
    return None


def title_of(lines: Sequence[str]) -> str | None:
    """The title as it stands at the head of the document, capitals brought to words."""
    kept: list[str] = []
    for line in (tidy(line) for line in lines[:80]):
        bare = line.strip("*_# .")
        if not bare:
            if kept and _TITLE_WORDS.search(" ".join(kept)):
                break
            continue
        words = bare.split()
        capital = all(w[:1].isupper() or not w[:1].isalpha() or w.casefold() in _SMALL for w in words)
        if (
            not capital
            or len(words) > 16
            or re.match(
                r"^(?:exhibit|execution|draft|table of|page|confidential|dated|among|between|by and|signed|executed|"
                r"in witness)\b|^\[",
                bare,
                re.IGNORECASE,
            )
            or date_in(bare)
        ):
            if kept and _TITLE_WORDS.search(" ".join(kept)):
                break
            kept = []
            continue
        if _TITLE_WORDS.search(bare) or (words[-1].casefold() in _SMALL) or kept:
            kept.append(bare)
    title = " ".join(kept)
    return _in_words(title) if _TITLE_WORDS.search(title) and len(title) < 160 else None


def _in_words(title: str) -> str:
    letters = [c for c in title if c.isalpha()]
    if sum(c.isupper() for c in letters) < 0.8 * len(letters):
        return title
    words = [
        w.lower()
        if w.lower() in _SMALL and i
        else (w if re.fullmatch(r"[IVX]+|[A-Z]\.[A-Z.]+|\W*", w) else w.capitalize())
        for i, w in enumerate(title.split())
    ]
    return " ".join(words)


def as_of(text: str) -> date | None:
    """The date that the preamble gives: dated, dated as of, made as of, entered into on."""
    opening = tidy(text[:12000])
    for lead in (
        r"dated\s+(?:as\s+of\s+)?(?:the\s+)?",
        r"(?:made|entered\s+into|effective|executed|is)\b[^.;]{0,60}?\b(?:as\s+of|on)\s+(?:this\s+)?(?:the\s+)?",
        r"as\s+of\s+(?:this\s+)?(?:the\s+)?",
    ):
        for found in re.finditer(lead, opening, re.IGNORECASE):
            when = date_in(opening[found.end() : found.end() + 32])
            if when is not None and re.match(
                rf"\W*(?:{_US_DATE}|{_UK_DATE.replace('?P<', '?P<u')})", opening[found.end() :], re.IGNORECASE
            ):
                return when
    return None


def witness_clause(text: str) -> str | None:
    """The sentence that begins IN WITNESS WHEREOF, as printed."""
    found = re.search(r"IN WITNESS WHEREOF\b.{10,600}?\.(?=\s|$)", text, re.IGNORECASE | re.DOTALL)
    return tidy(found.group(0)) if found else None


def facsimile_delivers(text: str) -> bool | None:
    """Whether the counterparts clause lets facsimile or electronic signatures count; None where it does not say."""
    flat = tidy(text)
    for sentence in re.split(r"(?<=[.;])\s+", flat):
        if not re.search(r"\b(?:facsimile|telecop\w+|electronic\w*|pdf|e-?mail)\b", sentence, re.IGNORECASE):
            continue
        if not re.search(r"sign|execut|counterpart", sentence, re.IGNORECASE) or not re.search(
            r"deliver|deemed|effective|original|valid|binding|same\s+effect", sentence, re.IGNORECASE
        ):
            continue
        if re.search(r"\b(?:notices?|requests?)\b", sentence, re.IGNORECASE) and not re.search(
            r"counterpart|signature page", sentence, re.IGNORECASE
        ):
            continue
        return not re.search(
            r"\b(?:shall|will|is|are)\s+not\s+be\s+(?:deemed|effective|valid|binding|accepted)", sentence, re.IGNORECASE
        )
    return None


def notes_of(text: str) -> ParsedNotes | None:
    """The notes as the preamble tells them, with indenture and trustee."""
    opening = tidy(text[:12000])
    title = re.search(
        r"(?:\d{1,2}(?:\.\d+|[ -]\d/\d|[½¼¾⅛⅜⅝⅞])?\s?%\s+|Floating\s+Rate\s+|Zero\s+Coupon\s+)(?:[A-Z][\w.-]*\s+|"
        r"and\s+|of\s+){0,7}?(?:Notes|Debentures|Bonds|Securities)(?:,?\s+Series\s+\w+)?(?:\s+due\s+(?:"
        rf"(?:{_MONTHS})\s+\d{{1,2}},\s+)?\d{{4}})?",
        opening,
    )
    if title is None:
        return None
    indenture = re.search(
        rf"\bIndenture,?\s+dated\s+(?:as\s+of\s+)?(?:{_US_DATE}).{{0,400}}?(?=,?\s+(?:between|among|by\s+and)\b|"
        rf"\s*\(|[;.]\s|,\s+as\s+trustee)",
        opening,
    )
    trustee = re.search(
        r"(?:\band\b|,)\s+((?:(?!\band\b)[^,;().]|\bN\.A\.|\bCo\.|, N\.A\.|, National Association|"
        r"\band\b(?=\s+Trust))+?),?\s+(?:\([^)]*\),?\s+)?as\s+(?:the\s+)?(?:indenture\s+)?trustee",
        opening,
        re.IGNORECASE,
    )
    return ParsedNotes(
        title.group(0), tidy(indenture.group(0)) if indenture else None, tidy(trustee.group(1)) if trustee else None
    )


def amended(text: str, title: str | None, own: date | None) -> ParsedReference | None:
    """The earlier agreement that an amendment, supplement or waiver changes."""
    if not title or not re.search(
        r"\b(?:amendment|supplement|waiver|modification|consent|addendum)\b", title, re.IGNORECASE
    ):
        return None
    opening = tidy(text[:15000])
    found = re.search(
        r"\b(?:Amendment|Supplement|Modification|Waiver|Consent|Addendum)\b(?:\s+(?:No\.?\s*)?\w+)?\s+(?:to|under|"
        r"of)\s+(?:the\s+|that\s+certain\s+)?(.+)$",
        title,
        re.IGNORECASE,
    )
    name = found.group(1).strip() if found else None
    if name:
        flexible = r"\s+".join(re.escape(w) for w in name.split())
        for dated in re.finditer(
            flexible + r",?\s+(?:\([^)]*\)\s*,?\s*)?(?:made\s+|entered\s+into\s+)?dated\s+(?:as\s+of\s+)?",
            opening,
            re.IGNORECASE,
        ):
            when = date_in(opening[dated.end() : dated.end() + 30])
            if when is not None and when != own:
                return ParsedReference(name, when)
        return ParsedReference(name)
    other = re.search(
        r"that\s+certain\s+((?:[A-Z][\w&-]*\s+(?:and\s+|of\s+)?){1,8}),?\s+dated\s+(?:as\s+of\s+)?", opening
    )
    return ParsedReference(tidy(other.group(1)), date_in(opening[other.end() : other.end() + 30])) if other else None


def issued_by(text: str) -> str | None:
    """Whom the preamble calls the issuer of the notes: `issued by X`, X resolved through its definition."""
    opening = tidy(text[:12000])
    issued = re.search(r"\bissued\s+by\s+(?:the\s+)?((?:[A-Z][\w&.-]*\s*){1,8})", opening)
    for short in ([issued.group(1).strip()] if issued else []) + ["Issuer", "Company"]:
        definition = re.search(
            r"([A-Z][\w&.,' -]{2,80}?),?\s+(?:an?\s+[\w ]{3,60}?)?,?\s*\(\s*(?:together[^)]*|the\s+)?[“\"]"
            + re.escape(short)
            + r"[”\"]",
            opening,
        )
        if definition:
            return tidy(re.split(r"\b(?:among|between|and)\s+", definition.group(1))[-1]).strip(" ,")
    return issued.group(1).strip(" ,.") if issued else None
