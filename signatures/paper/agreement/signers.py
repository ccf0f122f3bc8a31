"""The particulars under a signature line: who is printed there, and as what."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .parsed import ParsedSignatory
from .words import (
    TITLE_WORD,
    fold,
    has_company_suffix,
    is_incomplete,
    looks_like_company,
    looks_like_person,
    looks_like_title,
    tidy,
)

_NOBODY = re.compile(
    r"^(?:authori[sz]ed\s+(?:signatory|signature|officer|representative|person|agent)|illegible|signature|signed|"
    r"\[?name\]?|\[?signature\]?|redacted|conformed|[\W_]*|"
    r"officer|director|duly authori[sz]ed(?:\s+\w+)?)$",
    re.IGNORECASE,
)
_PERSONAL_TAIL = re.compile(r"^(?:jr|sr|ii|iii|iv|v|esq|cfa|cpa|m\.?d|ph\.?\s?d|p\.?e|j\.?d|mba)\b\.?", re.IGNORECASE)


UNLABELLED = "the name is not labelled"
PERSONALLY = re.compile(
    r"individually|personally|an\s+individual|in\s+(?:his|her)\s+(?:own\s+)?(?:individual\s+)?capacity|"
    r"for\s+(?:himself|herself)",
    re.IGNORECASE,
)


_ACTS_FOR = re.compile(
    r"^(?:as\s+|not\s+individually,?\s+but\s+(?:solely\s+)?as\s+)?"
    r"(?P<capacity>(?:(?:sole|co|successor|initial)[\s-]+)?(?:trustees?|custodian|guardian|executor|executrix|conservator|"
    r"personal\s+representative|attorney[\s-]+in[\s-]+fact))\s+(?:of|for|f/b/o)\s+(?:the\s+)?(?P<party>[A-Z].*)$",
    re.IGNORECASE,
)
_UNDER = re.compile(r",?\s+(?:under|u/a|pursuant\s+to)\b.*$", re.IGNORECASE)


def acts_for(title: str | None) -> tuple[str, str] | None:
    """`Trustee of the Noll Trust` -> the party named behind its signatory, and his capacity."""
    found = _ACTS_FOR.match(title or "")
    party = _UNDER.sub("", found["party"]).strip(" ,.") if found else ""
    if found is None or not (looks_like_person(party) or looks_like_company(party)):
        return None
    return party, found["capacity"]


_ATTORNEY = re.compile(
    r"^(?P<own>(?:individually|for\s+(?:him|her)self),?\s+and\s+)?(?:as\s+)?(?P<capacity>attorney[\s-]+in[\s-]+fact)"
    r"\s+for\s+(?:each\s+of\s+)?(?P<people>[A-Z].*)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Attorney:
    """For whom somebody signs as attorney-in-fact, and whether for himself too, in the words below his signature."""

    people: tuple[str, ...]
    capacity: str
    himself: bool


def attorney_of(title: str | None) -> Attorney | None:
    """`Individually and as attorney-in-fact for A, B and C`; None where it is no list of people."""
    found = _ATTORNEY.match(title or "")
    people = (
        re.split(r",?\s+and\s+|,\s+(?!(?:jr|sr|i{2,3}|iv)\b)", found["people"].strip(" .,"), flags=re.I)
        if found
        else []
    )
    if found is None or not all(looks_like_person(name) for name in people):
        return None
    return Attorney(tuple(people), found["capacity"], bool(found["own"]))


@dataclass
class SignatureDraft:
    """One signature line while its particulars are gathered. `written` is what stands on the line itself.

    `awaited` is a line whose name was printed above it and that is still to come; `aside` stands in a column.
    """

    signed: bool | None
    written: str = ""
    names: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    expects: str = ""
    headless: bool = False
    labelled_name: bool = False
    labelled_title: bool = False
    bare: bool = False
    follows_bare: bool = False
    awaited: bool = False
    named_first: bool = False
    aside: bool = False
    gap: int = 0
    number: int = 0
    doubts: set[str] = field(default_factory=set)

    @property
    def is_untold(self) -> bool:
        """Whether nothing below the line has said yet who signs on it."""
        return not (self.names or self.titles or self.labelled_name or self.labelled_title)

    @property
    def personal(self) -> bool:
        """Whether the person signs for himself, by his own words."""
        return any(PERSONALLY.fullmatch(t.strip(" ,.()")) for t in self.titles)

    @property
    def name(self) -> str | None:
        """The printed name, else the one in the conformed signature."""
        return next((n for n in self.names if n), None) or person_or_none(self.written)

    @property
    def title(self) -> str | None:
        """The title, its lines joined."""
        return clean_title(" ".join(t for t in self.titles if not PERSONALLY.fullmatch(t.strip(" ,.()")))) or None

    def as_parsed(self) -> ParsedSignatory:
        """The frozen value."""
        return ParsedSignatory(self.name, self.title, self.signed)


def person_or_none(text: str) -> str | None:
    """A signature's text as a name, unless it says nobody's name."""
    bare = clean_name(text)
    return None if not bare or _NOBODY.match(bare.strip("[]() .")) or "illegible" in bare.casefold() else bare


def clean_name(text: str) -> str:
    """A printed name without the brackets, rules and commas around it."""
    text = tidy(re.sub(r"_{2,}", " ", text)).strip(" ,;:")
    text = re.sub(r"\s*\(\s*(?:the\s+)?[“\"][^)]*\)$", "", text)
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return re.sub(r"\s*[\[(](?:print(?:ed)? name|please print|seal)[\])]", "", text, flags=re.IGNORECASE)


def clean_title(text: str) -> str:
    """A title without brackets, rules and a leading Its."""
    text = (
        tidy(re.sub(r"_{2,}", " ", text)).strip(" ,;:.")
        if not re.search(r"\b[A-Z]\.$", text.strip())
        else tidy(text).strip(" ,;:")
    )
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    text = re.sub(r"^(?:its|as(?:\s+its)?|title:)\s+", "", text, flags=re.IGNORECASE)
    return "" if re.fullmatch(r"[\[(]?\s*(?:title|illegible|[\W_]*)\s*[\])]?", text, re.IGNORECASE) else text


def before_company(title: str) -> str:
    """A title of a collapsed page, without the company's name and address that follow it."""
    words = title.split()
    if not re.search(r"\b(?:Inc|LLC|L\.?P|Ltd|Corp|Company|Address:)(?=\W|$)", " ".join(words[1:])):
        return title
    for count in range(len(words) - 1, 0, -1):
        if looks_like_title(" ".join(words[:count])) and not has_company_suffix(" ".join(words[:count])):
            return " ".join(words[:count])
    return title


def split_dashed(title: str, name: str | None) -> tuple[str, str]:
    """`Manager - Gina Orr` -> title, name; the title alone where no name, or another's than `name`, is behind it."""
    left, dash, right = title.rpartition(next((d for d in (" — ", " – ", " - ") if d in title), " - "))
    if dash and looks_like_person(right) and looks_like_title(left) and name in (None, right):
        return left, right
    return title, ""


def write_signature(line: SignatureDraft, text: str) -> None:
    """Reads what stands behind /s/: a name, perhaps repeated, perhaps with a title."""
    text = tidy(re.sub(r"_{2,}", " ", text)).strip(" ,")
    if bracket := re.search(r"\s*\(([^)]*)\)\s*$", text):
        inner, text = bracket.group(1), text[: bracket.start()].strip()
        if looks_like_title(inner):
            line.titles.append(inner)
        elif fold(inner) == fold(text) or looks_like_person(inner):
            line.names.append(inner)
    first, rest = _repeated(text)
    if rest is None and not looks_like_person(text):
        first, rest = _name_then_title(text)
    line.written = first
    if rest is not None:
        name, title = name_and_title(rest, first)
        line.names += [name] if name else []
        line.titles += [title] if title else []
        if not name and not title and person_or_none(rest) is not None:
            line.doubts.add("more than a name stands on the signature line")


def is_typed_signature(text: str, next_kind: str, next_text: str) -> bool:
    """Whether what stands behind `By` is a signature in type, not the next entity of the chain."""
    name, title = name_and_title(text)
    if has_company_suffix(re.split(r",\s*(?:its|as|a|an)\b", text)[0]) or re.match(
        r"^(?:its|the|as)\b.*:$", text, re.IGNORECASE
    ):
        return False
    if next_kind == "name":
        return fold(next_text) == fold(text) or bool(name) or not looks_like_company(text)
    if next_kind in ("title", "its"):
        return bool(name) and not looks_like_company(text)
    if next_kind == "by":
        return False
    return bool(name) and (bool(title) or not looks_like_company(text))


def _repeated(text: str) -> tuple[str, str | None]:
    words = text.split()
    for count in range(len(words) // 2, 0, -1):
        for second in range(count, min(count + 2, len(words) - count + 1)):
            for length in {count, count - 1, count + 1}:
                if (
                    length > 0
                    and second + length <= len(words)
                    and count > 1
                    and second == count
                    and fold(" ".join(words[:count])) == fold(" ".join(words[second : second + length]))
                ):
                    return " ".join(words[:count]), " ".join(words[second:])
    return text, None


def _name_then_title(text: str) -> tuple[str, str | None]:
    if "," in text:
        name, rest = text.split(",", 1)
        if looks_like_person(name) and not _PERSONAL_TAIL.match(rest.strip()):
            return name, f"{name},{rest}"
    words = text.split()
    for cut in range(len(words) - 1, 1, -1):
        if (
            looks_like_title(" ".join(words[cut:]))
            and looks_like_person(" ".join(words[:cut]))
            and not looks_like_title(" ".join(words[cut - 1 :]))
        ):
            return " ".join(words[:cut]), " ".join(words)
    return text, None


def name_and_title(text: str, written: str = "") -> tuple[str, str]:
    """`Charles R. Elliott, Secretary and` or `Jane Doe its manager` -> name, title; both empty where it is neither."""
    text = clean_name(text)
    if written:
        words = text.split()
        for count in range(min(len(words), len(written.split()) + 2), 0, -1):
            if same_person(" ".join(words[:count]), written):
                while count < len(words) and _PERSONAL_TAIL.match(words[count]):
                    count += 1
                return clean_name(" ".join(words[:count])), tidy(" ".join(words[count:])).strip(" ,;-–")
    for cut in (m.start() for m in re.finditer(r",\s|\s+[-–]\s+|\s+(?=(?:its|as|individually)\s)|\s*\(", text)):
        name, rest = text[:cut].strip(), text[cut:].strip(" ,-–()")
        if _PERSONAL_TAIL.match(rest) and len(rest) < 7:
            continue
        tail = _PERSONAL_TAIL.match(rest)
        if tail:
            name, rest = f"{name}, {tail.group(0)}", rest[tail.end() :].strip(" ,")
        if looks_like_person(name) and (
            looks_like_title(rest)
            or acts_for(rest)
            or attorney_of(rest)
            or (re.match(r"(?:its|as|individually)\s", rest) or PERSONALLY.fullmatch(rest))
        ):
            return name, rest
    if looks_like_person(text) and not looks_like_title(text):
        return text, ""
    if (
        looks_like_title(text)
        or attorney_of(text)
        or (re.match(r"(?i)^(?:its|as)\s+", text) and not looks_like_company(text))
    ):
        return "", text
    return "", ""


def same_person(text: str, written: str) -> bool:
    """Whether two names are one person's: alike but for case and stops, for initials, or for a slip of the pen."""
    a, b = fold(text), fold(written)
    if a == b:
        return True
    if not a or not b:
        return False
    first, second = _words_of_name(text), _words_of_name(written)
    alike = len(first) > 1 and len(second) > 1 and first[-1] == second[-1] and first[0][:1] == second[0][:1]
    if not alike and first[:-1] == second[:-1] and len(first) > 1:
        return _is_slip(first[-1], second[-1])
    initials = 1 in (len(first[0]), len(second[0]))
    return alike and (initials or abs(len(a) - len(b)) <= max(4, len(b) // 3))


def _is_slip(one: str, two: str) -> bool:
    """Whether two surnames differ by one letter that was left out or is another."""
    short, long = sorted((one, two), key=len)
    if len(short) < 4 or len(long) - len(short) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at:] == long[at + 1 :] or short[at + 1 :] == long[at + 1 :]


def _words_of_name(text: str) -> list[str]:
    """The words of a person's name without what may be left out behind it, as `III` or `Esq.`"""
    words = [w.casefold().strip(".,") for w in text.split()]
    while len(words) > 2 and _PERSONAL_TAIL.fullmatch(words[-1]):
        words.pop()
    return words


def goes_on(line: SignatureDraft, text: str, gap: int) -> bool:
    """Whether `text` continues the title that has begun."""
    if not line.titles or gap:
        return False
    last = line.titles[-1]
    return (
        (is_incomplete(last) and last[-1:] != ",")
        or (last.endswith(",") and looks_like_title(text))
        or (line.labelled_title and all(TITLE_WORD.match(word) for word in text.strip(" ,").split()))
        or (
            (looks_like_title(text) or text[:1].islower())
            and not looks_like_person(text)
            and not looks_like_company_name(text)
        )
    )


def looks_like_company_name(text: str) -> bool:
    """A line that can only be a party: it ends in a company's suffix, or is a company's words and no title."""
    return looks_like_company(text) and not looks_like_title(text)
