"""What a piece of a signature page is: its label, and what the pieces without one look like."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from .words import ROLE_WORD, has_company_suffix, is_capital, looks_like_company, looks_like_person, tidy

Kind = Literal[
    "text",
    "by",
    "name",
    "title",
    "its",
    "date",
    "address",
    "holder",
    "amount",
    "other",
    "rule",
    "signature",
    "heading",
    "witness",
    "copy",
    "notary",
    "exhibit",
    "prose",
    "footer",
    "noise",
    "break",
]


_LABELS: tuple[tuple[Kind, str], ...] = (
    (
        "holder",
        r"(?:Full\s+|Legal\s+|Exact\s+|Print\s+)*Name\s+of\s+(?:the\s+)?(?:Beneficial\s+|Consenting\s+|Registered\s+|"
        r"Record\s+)?"
        r"(?:Note\s?|Bond\s?|Security\s?)?(?:Holder|Owner|Institution|Investor|Purchaser)(?:\s+of\s+(?:Notes|Record))?",
    ),
    ("witness", r"Witness(?:'s|’s)?\s+(?:Name|Address|Signature|Occupation)"),
    (
        "name",
        r"Print(?:ed)?|Typed|(?:(?:Print(?:ed)?|Typed?|Signatory|Signer(?:['’]s)?|"
        r"Full)\s+)?Names?(?:\s*\((?:please\s+)?print(?:ed)?\)|\s+Printed|\s+of\s+(?:Signatory|Signer|"
        r"(?:Person\s+)?(?:Authori[sz]ed\s+\w+|Signing)(?:\s+of\s+\w+)?)|\s*(?:and|&|/|,)\s*(?:Title|Capacity|Position))?",
    ),
    (
        "title",
        r"(?:Print(?:ed)?\s+)?(?:Titles?|Designation|Position|Office(?:\s+held)?|Capacity)"
        r"(?:\s*\((?:if\s+(?:any|applicable)|please\s+print|print(?:ed)?)\))?"
        r"(?:\s+of\s+(?:Signatory|Signer|Authori[sz]ed\s+\w+)(?:\s+of\s+\w+)?)?",
    ),
    ("its", r"Its"),
    ("date", r"Dated?(?:\s+signed|\s+executed|\s+of\s+signature)?"),
    (
        "amount",
        r"(?:Aggregate\s+|Total\s+|Outstanding\s+|Principal\s+)*(?:Amount|Face\s+Value)\s+of\s+[^:]{0,90}?(?:Notes|"
        r"Bonds|Debentures|Securities|Holdings?|Loans?)\b[^:]{0,90}|"
        r"(?:Aggregate\s+)?Principal\s+Amount(?:\s+[^:]{0,60})?",
    ),
    (
        "address",
        r"(?:[\w’'.&,-]+\s+){0,8}?Address(?:es|\(es\))?(?:\s+for\s+[\w ,]{1,40}|\s+of\s+[\w ]{1,30})?|(?:Domestic|"
        r"Eurodollar|LIBOR|Applicable)\s+Lending\s+Office|"
        r"Agent[’']s\s+Payment\s+Office|Notices?",
    ),
    (
        "other",
        r"(?:Tele)?phone(?:\s+No\.?|\s+Number)?|Tel|Telecopier?(?:\s+No\.?)?|Telecopy(?:\s+No\.?)?|"
        r"Facsimile(?:\s+No\.?|\s+Number)?|Fax(?:\s+No\.?)?|E-?mail(?:\s+Address)?|Electronic\s+Mail|"
        r"Attention|Attn|FEIN|EIN|Tax(?:payer)?\s+I\.?D\.?[^:]{0,20}|SSN|Social\s+Security[^:]{0,10}|"
        r"ABA(?:\s+No\.?)?|Re|Ref(?:erence)?|Payment\s+Instructions|"
        r"(?:Revolving\s+|Term\s+|Credit\s+|Loan\s+)*Commitment(?:\s+Percentage|\s+Amount)?|Pro\s+Rata\s+Share|"
        r"CUSIP(?:\s+No\.?)?|DTC[^:]{0,30}|Account(?:\s+No\.?|\s+Number)?|Telex",
    ),
)
LABEL = re.compile(
    "|".join(rf"(?P<{kind}{i}>^(?:{pattern})\s*:)" for i, (kind, pattern) in enumerate(_LABELS)), re.IGNORECASE
)
BY = re.compile(
    r"^(?:authori[sz]ed\s+)?signature(?:\s+of\s+(?!witness)[^:]{3,60})?\s*:\s*|"
    r"^(?:(?:duly\s+)?(?:authori[sz]ed|legal)\s+)*(?:representative|signatory|signer|signor)"
    r"(?:\s+\(?signature\)?)?\s*:\s*(?=/s/|_|$)|^signed\s*:\s*(?=/s/|_|$)|^docusigned\s+by\s*:\s*|"
    r"^per\s*:\s*|^(?:and:?\s+|signed\s+|each\s+)?by\s*(?:\(signature\)\s*:?\s*|:\s*|(?=/s/|/S/|_{2,})|(?=\s(?!AND\b|AMONG\b|BETWEEN\b|THE\b|And\b|The\b|"
    r"This\b)[A-Z/_(]|\s*$))",
    re.IGNORECASE,
)
INNER = re.compile(
    r"(?<![A-Za-z])(?<!ared )(?<!Signed )(?<!And )(?<!and )(?=By\s*:|Per\s*:|By\s*(?:/s/|_{3,}))"
    r"|(?<![A-Za-z])(?<!Print )(?<!Printed )(?<!Typed )(?<!Witness )(?<!Full )(?=(?:(?:Print(?:ed)?|Witness|Typed|"
    r"Full)\s)?Name\s*:|Witness Address\s*:|(?:Printed|printed|Print) name\s*:)"
    r"|(?<![A-Za-z])(?=Name of [A-Z]\w+\s*:)"
    r"|(?<![A-Za-z])(?<!Authorized )(?<!Witness )(?=(?:Authorized )?Signature\s*:)"
    r"|(?<![A-Za-z])(?<!Print )(?<!Printed )(?<!Name and )(?<!Name & )(?<!Name/)(?<!Name / )"
    r"(?=(?:Print(?:ed)? )?Title\s*:)"
    r"|(?<![A-Za-z])(?=(?:Its|Date|Dated|Attention|Attn|Telephone|Facsimile|Fax|Phone|E-?mail)\s*:)"
    r"|(?<=[a-z.)])(?=(?:Title|Name|Its|By|Date)\s*:)"
    r"|(?<=\S)\s(?=[A-Z]{4,}(?:\s[A-Z]{2,})?:\s+[A-Z])"
    r"|(?<=, \d{4})\s+(?=[A-Z]{3})"
    r"|(?<=\S)\s(?=/s/)"
    r"|(?<=\S)\s(?=in the presence of)"
    r"|(?<=\S)\s(?=\[[^\]]{0,40}(?:[Ss]ignature|SIGNATURE|[Pp]age|PAGE)[^\]]*\])"
)
RULE = re.compile(r"^[xX]?\s*[_—–=\-.]{4,}[\s_—–=\-.]*(?:[\[(]?\s*(?:SEAL|L\.?\s?S\.?)\s*[\])]?)?$")
SLASH = re.compile(r"^[\s_]*(?:/{1,2}\s*s\s*/{1,2}|\(signed\)|\[signed\])[:\s_]*", re.IGNORECASE)
SEAL = re.compile(r"\s*[\[(]\s*(?:corporate\s+)?(?:seal|l\.\s?s\.?)\s*[\])]\s*|^(?:seal|\(seal\))$", re.IGNORECASE)
PAGE_MARK = re.compile(r"^\s*<\s*/?PAGE\s*>\s*\d*\s*|\f", re.IGNORECASE)
_NUMBER = re.compile(
    r"^(?:page\s*)?[-–\[(]?\s*(?:[A-Z]{1,3}-|\d+-)?(?:\d{1,4}|"
    r"(?-i:[ivxl]{1,6}))\s*(?:of\s+\d+)?\s*[-–.\])]?(?:\s*signature pages?)?$",
    re.IGNORECASE,
)
_FOOTER = re.compile(
    r"signature\s*pages?\b|^signatures?\s+of\s+(?:the\s+)?parties|signatures?\s+(?:continued?|follow|appear|on)|intentionally\s+(?:left\s+)?(?:blank|"
    r"omitted)|next\s+page|no\s+further\s+text|"
    r"confidential\s+treatment|^\*+\s|^quicklinks$|^source:\s|"
    r"balance\s+of\s+(?:this\s+)?page|remainder\s+of|end\s+of\s+document|signatures?\s+must|execution\s+(?:copy|"
    r"version)$|(?-i:^[^a-z]*\b(?:AGREEMENT|AMENDMENT(?: NO\. ?\d+)?|INDENTURE)$)|^final\s+version$",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r"^[\[(]?\s*(?:authori[sz]ed\s+)?(?:signatures?(?:\s+of\s+\w+)?|sign\s+here|"
    r"print(?:ed)?\s+(?:or\s+type\s+)?name(?:\s+and\s+title)?|name\s+and\s+title|name|title|date|"
    r"type\s+or\s+print[\w ]*|please\s+print[\w ]*|name\s*[/&]\s*title|typed\s+name[\w ]*|corporate\s+seal|"
    r"affix[\w ]*seal|seal|duly\s+authori[sz]ed)\s*[\])]?\.?:?$",
    re.IGNORECASE,
)
_WITNESS = re.compile(
    r"^(?:witness(?:es|ed)?(?:\s*/\s*attest(?:ed)?)?(?:\s+by)?|attest(?:ed|ation)?(?:\s*/\s*witness)?(?:\s+by)?|"
    r"(?:signed.*)?in\s+the\s+presence\s+of|as\s+to\s+\w+)\s*(?:\([^)]*\))?\s*:?$",
    re.IGNORECASE,
)
_COPY = re.compile(
    r"^(?:and\s+)?(?:with|w/|wi th)\s+(?:a\s+|an?\s+additional\s+|required\s+)?cop(?:y|ies)\b|^copy\s+to\b",
    re.IGNORECASE,
)
_NOTARY = re.compile(
    r"^(?:STATE|COMMONWEALTH|COUNTY|PROVINCE|DISTRICT)\s+OF\b.*(?:\)|$)|^CITY\s+OF\b.*(?:\)|,?\s+to[\s-]+wit:?$)|^ACKNOWLEDGE?MENTS?\s*(?:\(|$)|"
    r"notary\s+public|sworn\s+to|^jurat\b|commission\s+expires|^\)?\s*ss[.:]|"
    r"^in\s+the\s+(?:state|county)\s+of\b|before\s+me,?\s|^[A-Z]+\s+COUNTY\s+\)",
    re.IGNORECASE,
)
_QUANTITY = re.compile(r"^[A-Z][\w ]{2,40}:\s*(?:US)?\$?\s?\d[\d,.]*\s?%?$")
_CERTIFICATE = re.compile(r"^[0-9A-F]{12,40}(?:\.{3}|…)?$")  # the number that an electronic signature is shown with
_FILED_AS = re.compile(r"^(?:EX|EXHIBIT)[\s-]+\d{1,3}\.\d{1,3}[\w.()]*$", re.IGNORECASE)
_EXHIBIT = re.compile(
    r"^(?:EXHIBIT|SCHEDULE|ANNEX|APPENDIX|ATTACHMENT|Exhibit|Schedule|Annex|Appendix|"
    r"Attachment)\s+(?:[A-Z]{1,2}(?:-\d+)?|\d{1,3}(?:\.\d{1,2})?|[IVX]+)\b\.?(?:\s*[-–:(].*)?$"
)
_SALUTATION = re.compile(
    r"^(?:very\s+truly|sincerely|yours|kind\s+regards|best\s+regards|respectfully|accepted|agreed|acknowledged|"
    r"confirmed|consented|approved|acting\s+on\s+behalf|read\s+and|executed\s*:|dated\s+(?:as|this|"
    r"effective)?\s*[A-Z]\w*|"
    r"receipt|w\s?i\s?t\s?n\s?e\s?s\s?s\s?e\s?t\s?h|recitals|executed\s+(?:as\s+of|on|this|effective)|"
    r"dated\s+(?:as\s+of|this|effective)|on\s+behalf\s+of\s+itself|signed\s+(?:as\s+of|on|this)|"
    r"effective\s+(?:as\s+)?of|"
    r"(?:as\s+of\s+)?(?:the\s+)?date\s+first|for\s+purposes\s+of|solely\s+(?:for|with\s+respect)|the\s+foregoing|"
    r"foregoing|for\s+itself\s+and|and\s+agreed|hereby|by\s+(?:its|their|signing))\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"^(?:as\s+of\s+|this\s+)?(?:(?:January|February|March|April|May|June|July|August|September|October|November|"
    r"December)\s+_*\d{0,2},?\s*\d{0,4}"
    r"|\d{1,2}[/-]\d{1,2}[/-]\d{2,4})\.?$",
    re.IGNORECASE,
)
DEED = re.compile(
    r"^(?:(?:duly\s+)?(?:executed|signed|sealed|delivered|given)(?:\s*(?:,|and)\s*(?:sealed|delivered|"
    r"executed))*)\s+(?:and\s+delivered\s+)?(?:as\s+a\s+deed\s+|under\s+seal\s+|under\s+hand\s+)?"
    r"(?:for\s+and\s+on\s+behalf\s+of|on\s+behalf\s+of|by\s+and\s+on\s+behalf\s+of|for|"
    r"by)\s+(?:the\s+said\s+)?(?P<party>.+?)"
    r"(?:,?\s+acting\s+(?:by|through)\s+(?P<person>[^:]*?))?(?:,?\s+(?:by\s+its|by|"
    r"(?:and\s+)?in\s+the\s+presence\s+of)\b[^:]*)?\s*[:.]?$",
    re.IGNORECASE,
)
SIGNED_FOR = re.compile(
    r"^(?:duly\s+)?(?:executed|signed)(?:\s+as\s+a\s+deed)?\s+by\s*:?\s+(?P<person>[^,]{3,60}?),?\s+(?:(?:a\s+)?duly\s+"
    r"authori[sz]ed\s+(?:\w+\s+)?)?for\s+and\s+on\s+behalf\s+of\s+(?P<party>.+?)\s*[:.]?$",
    re.IGNORECASE,
)
OFFICE = re.compile(
    r"^(?:(?:domestic|eurodollar|libor|euro-rate|applicable|agent[’']s|lending|payment|and)\s+)+(?:office|"
    r"address)s?:?$",
    re.IGNORECASE,
)
CELL = re.compile(r"\t[ \xa0]*\t[\t \xa0]*|[ \xa0]*\t?[ \xa0]{3,}\t?[ \xa0]*|(?<=__) {2}(?=\S)")
VALUE_LABEL = re.compile(
    r"(?:^|\s)(?:by|name|title|its|date|dated|/s/|fax|attn|attention|telephone|phone|facsimile|e-?mail|address|"
    r"[\w ]*no\.|telecopier|capacity|position)\s*:?$",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def classify(text: str) -> tuple[Kind, str, str]:
    """-> kind, what stands after the label, the label itself."""
    text = tidy(text)
    if not text:
        return "noise", "", ""
    if label := LABEL.match(text):
        kind = next(name.rstrip("0123456789") for name, value in label.groupdict().items() if value)
        if not (kind == "address" and len(text) > 160):
            return kind, tidy(text[label.end() :]).strip("_ "), label.group(0).rstrip(": ")  # type: ignore[return-value]
    if SLASH.match(text):
        return "signature", SLASH.sub("", text).strip("_ "), ""
    if RULE.match(text):
        return "rule", "", ""
    if (by := BY.match(text)) and (":" in by.group(0) or not _is_prose(text)):
        return "by", text[by.end() :].strip(), "Signature" if "signature" in by.group(0).casefold() else ""
    for kind, pattern in _NAMED:
        if pattern.search(text):
            return kind, text, ""
    return _unlabelled(text)


_NAMED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("noise", _CAPTION),
    ("witness", _WITNESS),
    ("copy", _COPY),
    ("noise", _NUMBER),
    ("noise", _DATE),
    ("noise", _FILED_AS),
    ("noise", _CERTIFICATE),
    ("noise", _QUANTITY),
    ("exhibit", _EXHIBIT),
    ("notary", _NOTARY),
)


def _unlabelled(text: str) -> tuple[Kind, str, str]:
    if (
        _FOOTER.search(text)
        and (text.startswith(("[", "(")) or len(text.split()) <= 8 or not _is_prose(text))
        and not re.match(r"in witness", text, re.IGNORECASE)
    ):
        return "footer", text, ""
    if re.fullmatch(r"\[[^\]]*\]", text) and not re.fullmatch(r"\[[\s_•●.]*\]", text):
        if re.search(
            r"\b(?:name|company|investor|holder|lender|borrower|issuer|guarantor|purchaser)\b", text, re.IGNORECASE
        ):
            return "text", text, ""
        return "noise" if re.search(r"illegible", text, re.IGNORECASE) else "footer", text, ""
    if not re.search(r"[^\W\d_]{2}", text):
        return "text" if re.match(r"[&\[]|[A-Za-z]$|(?:[A-Z]\.){2,}", text) else "noise", text, ""
    if _SALUTATION.match(text):
        return "prose", text, ""
    if _is_heading(text):
        return "heading", text.strip("“”\"':. "), ":" if re.search(r"[:”\"]$", text) else ""
    if _is_prose(text):
        return "prose", text, ""
    return "text", text, ""


_ROLE_ALONE = re.compile(
    r"^(?:Employee|Executive|Employer|Consultant|Contractor|Customer|Supplier|Provider|Client|Vendor|Borrower|Lender|"
    r"Guarantor|Seller|Buyer|Purchaser|Landlord|Tenant|Lessor|Lessee|Licensor|Licensee|Investor|Issuer|Holder|"
    r"Assignor|Assignee|Pledgor|Grantor|Optionee|Participant|Stockholder|Shareholder)s?$"
)


def _is_heading(text: str) -> bool:
    bare = text.strip("“”\"' ")
    if text.endswith(":") and re.search(r"\b(?:managed|advised|listed|following)\b", text, re.IGNORECASE):
        return True
    if re.match(r"^[“\"].{3,40}[”\"]:?$", text) and ROLE_WORD.search(bare):
        return True
    words = bare.rstrip(":").split()
    if text.endswith(":") and len(words) <= 9 and not has_company_suffix(bare.rstrip(":")):
        return bool(ROLE_WORD.search(bare))
    if len(words) == 1 and _ROLE_ALONE.match(bare):
        return True
    plain = [
        w
        for w in re.split(r"[\s,/()-]+", bare)
        if w and w.casefold() not in {"and", "the", "as", "a", "an", "for", "of", "&", "its", "co"}
    ]
    return (
        len(words) <= 5
        and bool(plain)
        and all(ROLE_WORD.fullmatch(w.strip(".:")) for w in plain)
        and not re.match(r"^(?:its|as|a|an)\b", bare, re.IGNORECASE)
        and is_capital(bare)
    )


_SMALL_WORDS = frozenset(
    [
        "the",
        "this",
        "that",
        "of",
        "or",
        "to",
        "in",
        "is",
        "any",
        "by",
        "be",
        "shall",
        "not",
        "for",
        "such",
        "with",
        "on",
        "from",
        "which",
        "it",
        "its",
        "has",
        "have",
        "been",
        "was",
        "were",
        "each",
        "all",
    ]
)


def _is_prose(text: str) -> bool:
    if re.match(
        r"^(?:in witness|now,? therefore|whereas|this (?:agreement|amendment)|witnesseth|by signing|given under|"
        r"if the foregoing|please confirm)\b",
        text,
        re.IGNORECASE,
    ):
        return True
    words = text.split()
    lead = re.split(r",|\s+as\s", text)[0]
    if looks_like_person(re.split(r",?\s+individually\b", text)[0]) and "individually" in words[:8]:
        return False
    if (is_capital(lead) and looks_like_company(lead)) or (
        len(words) < 14 and re.search(r"\bas (?:an? |the )?[A-Z]\w+", text) and not text.endswith(".")
    ):
        return False
    small = sum(1 for w in words if w[:1].islower())
    if len(words) >= 12 and small >= 0.4 * len(words):
        return True
    if len(words) >= 14 and sum(1 for w in words if w.casefold() in _SMALL_WORDS) >= 4:
        return True
    if (
        len(words) >= 6
        and small >= 0.65 * len(words)
        and not re.match(r"^(?:an?|its|as|by|individually|in its|limited|general|acting|not)\b", text, re.IGNORECASE)
    ):
        return not looks_like_company(text)
    return (
        bool(re.match(r"^[a-z(]", text))
        and text.endswith(".")
        and not has_company_suffix(text)
        and not looks_like_person(text)
    )
