"""The words by which names of companies, people, capacities and titles are told apart."""

from __future__ import annotations

import re
from functools import lru_cache

STRONG_SUFFIX = re.compile(
    r"(?:^|[\s,.(&])(?:Inc|Incorporated|Corp|Corporation|Company|Co|L\.?L\.?C|L\.?P|L\.?L\.?P|L\.?L\.?L\.?P|Ltd|"
    r"Limited|P\.?L\.?C|N\.\s?A|"
    r"National Association|F\.?S\.?B|S\.\s?A|S\.?p\.?A|AG|GmbH|N\.\s?V|B\.\s?V|S\.?\s?[àa]\.?\s?r\.?\s?l|A\.?B|ASA|"
    r"KGaA|SE|P\.?C|A/S|Oyj?|S\.?A\.?S|S\.?A\.?R\.?L|S\.?R\.?L|(?-i:KG)|U\.?L\.?C|P\.?L\.?L\.?C|Sp\.\s?z\s?o\.o|"
    r"Limited Partnership|Pte|Pty|"
    r"(?:Joint )?Venture|Partnership)\b\.?(?:\s*\([A-Z][\w. ]*\))?(?:\s+(?:USA|U\.S\.A\.?|I{1,3}|IV|VI{0,3}))?[,.]?$",
    re.IGNORECASE,
)
WEAK_WORD = re.compile(
    r"\b(?:Bank|Banc|Bancorp|Trust|Fund|Funds|Funding|Partners|Association|Holdings?|Group|Capital|Management|"
    r"Insurance|Assurance|Associates|"
    r"Investments?|Investors|Enterprises|Industries|International|Systems|Technolog(?:y|ies)|Branch|University|"
    r"Authority|Society|Foundation|"
    r"Advis[oe]rs|Securities|Financial|Finance|Properties|Realty|Services|Stores|Solutions|Pharmaceuticals|Energy|"
    r"Resources|Corps?|Agency|"
    r"Banque|Banco|Banca|Credit|Cr[ée]dit|Bank|City|County|State|Department|Commission|Board|Institute|College|"
    r"Hospital|School|Cooperative|Co-?op|Plan|Account|Opportunit(?:y|ies)|"
    r"Portfolio|Series|Communications|Networks?|Laboratories|Therapeutics|Petroleum|Oil|Gas|Power|Electric|Savings|"
    r"Mortgage|Life|"
    r"Ventures?|Estate|Lending|Leasing|Construction|Medical|Health(?:care)?|Center|Centre|Bros|Sons|Brothers|"
    r"Acquisition|Clearing|"
    r"Productions|Entertainment|Media|Software|Equipment|Products|Materials|Motors|Airlines|Airways|Railroad|Railway|"
    r"Hotel|Hotels|Casino|"
    r"Income|Growth|Value|Equity|Debt|Loan|CLO|CDO|CBO|Global|Worldwide|Strategic|High Yield|Company|Limited|LLC|Inc|"
    r"Corporation)\b",
    re.IGNORECASE,
)
TITLE_WORD = re.compile(
    r"^(?:president|vice|vice-president|senior|sr|jr|executive|chief|officer|financial|operating|operations|director|"
    r"directors|managing|manager|member|"
    r"members?|partner|secretary|treasurer|chair(?:man|woman|person)?|co-?chair(?:man)?|counsel|general|"
    r"authori[sz]ed|signatory|signer|signor|principal|"
    r"attorney|attorney-in-fact|in-fact|trustee|controller|comptroller|assistant|asst|associate|ceo|cfo|coo|cto|svp|"
    r"evp|vp|avp|gc|clo|cao|cio|"
    r"head|agent|representative|legal|co-?founder|founder|founding|portfolio|administrat(?:or|ive)|duly|first|second|"
    r"global|corporate|"
    r"business|development|marketing|sales|technology|technical|information|human|resources|strategy|investment|"
    r"investments|credit|relationship|lending|"
    r"commercial|loan|regional|division|divisional|deputy|acting|interim|group|board|committee|special|owner|"
    r"proprietor|sole|"
    r"president/ceo|ceo/president|president/coo|vice-chair(?:man)?|accounting|finance|compliance|risk|research|"
    r"scientific|medical|clinical|information|product|production|engineering|manufacturing|project|programs?|"
    r"planning|treasury|tax|"
    r"real|estate|banking|capital|markets|private|equity|america|americas|north|europe|underwriter|analyst|sr\.?|"
    r"v\.?p\.?|s\.?v\.?p\.?|e\.?v\.?p\.?|c\.?e\.?o\.?|"
    r"c\.?f\.?o\.?|c\.?o\.?o\.?|pres|secy|treas|mgr|dir|mng|"
    r"clerk|cashier|actuary|registrar|trader|person|party|individual|signature|supervisor|superintendent|executor|"
    r"guardian|custodian|"
    r"delegate|proxy|compensation|audit|independent|"
    r"worldwide|international|administration|external|internal|affairs|public|communications|commissioner|mayor|"
    r"governor|provost|"
    r"dean|chancellor|consultant|editor|publisher|responsible|country|area|district|unit|company|corporation|bank|"
    r"firm|trust|leveraged|structured|portfolios|assets?|management|securities|client|customer|"
    r"institutional|wealth|retail|underwriting|claims|originations?|servicing|leader|team)$",
    re.IGNORECASE,
)
TITLE_HEAD = re.compile(
    r"\b(?:authori[sz]ed\s+(?:person|party|individual)|president|officer|director|manager|member|partner|secretary|"
    r"treasurer|chair(?:man|woman|person)|counsel|"
    r"signatory|signer|signor|principal|"
    r"attorney(?:-in-fact| in fact)?|trustee|controller|comptroller|associate|c\.?e\.?o|c\.?f\.?o|c\.?o\.?o|"
    r"[sea]?\.?v\.?p|head|agent|"
    r"representative|founder|administrator|owner|proprietor|executive|analyst|underwriter|executor|executrix|"
    r"guardian|custodian|vice-president|"
    r"pres|treas|secy|mayor|governor|commissioner|vice chair|delegate|proxy|banker|underwriter|clerk|cashier|actuary|"
    r"registrar|trader|consultant|"
    r"superintendent)\b",
    re.IGNORECASE,
)
JOINING = frozenset({"and", "&", "of", "the", "for", "in", "to", "fact", "-", "–", "/", "on", "behalf", "its"})
CAPACITY = re.compile(
    r"^(?:(?:its|as|a|an|the|sole|solely|co|duly|authori[sz]ed|managing|general|limited|investment|collateral|"
    r"portfolio|administrative|"
    r"asset|sub|servicing|special|discretionary|trading|fund|class|corporate|acting|under|direct|indirect|ultimate|"
    r"managed|servicing)[\s/-]+)*"
    r"(?:general\s+partners?|managing\s+(?:general\s+)?partners?|partners?|sole\s+members?|managing\s+members?|"
    r"members?|managers?|investment\s+(?:manager|adviser|advisor|counsel)|"
    r"advis[eo]rs?|sub-?advis[eo]rs?|agents?|agent\s*/\s*managers?|trustees?|attorneys?(?:[\s-]+in[\s-]+fact)?|"
    r"shareholders?|stockholders?|directors?|parents?|owners?|"
    r"beneficiar(?:y|ies)|nominees?|custodians?|representatives?|administrators?|servicers?|sponsors?|delegates?|"
    r"secretar(?:y|ies)|officers?|signator(?:y|ies)|subsidiar(?:y|ies)|executors?|interests?|partner\(s\))\b",
    re.IGNORECASE,
)
LEADING_ARTICLES = re.compile(
    r"^(?:not\s+(?:individually|in\s+(?:its|their)\s+individual\s+capacit(?:y|ies)),?\s+but\s+|"
    r"(?:in\s+its\s+capacity|acting|solely|individually\s+and)\s+as\s+|(?:its|as|a|an|the)\s+)+",
    re.IGNORECASE,
)
DESCRIPTOR_END = re.compile(
    r"\b(?:corporation|company|partnership|trust|association|bank|corp\.?|l\.?l\.?c\.?|l\.?p\.?|fund|entity|"
    r"institution|subdivision|"
    r"individual|branch|society|plc|limited|inc\.?|agency|politic|venture|limited liability|organization|fsb|"
    r"foundation|"
    r"resident|bank(?:ing)? (?:corporation|association))\b",
    re.IGNORECASE,
)
ROLE_WORD = re.compile(
    r"\b(?:borrowers?|lenders?|guarantors?|agents?|holders?|noteholders?|issuers?|company|companies|banks?|"
    r"purchasers?|sellers?|buyers?|"
    r"trustees?|owners?|contractors?|landlord|tenant|lessor|lessee|licensor|licensee|parent|subsidiar(?:y|ies)|"
    r"trustor|beneficiary|mortgagors?|mortgagee|"
    r"pledgors?|grantors?|assignors?|assignees?|executive|employee|employer|consultant|investors?|subscribers?|stockholders?|"
    r"shareholders?|members?|managers?|partners?|"
    r"administrative|syndication|documentation|arrangers?|collateral|debtors?|obligors?|creditors?|part(?:y|ies)|"
    r"customer|supplier|vendor|disclosing|receiving|"
    r"manufacturer|distributor|underwriters?|depositary|depository|escrow|servicers?|client|optionee|participants?|"
    r"recipient|provider|"
    r"sponsor|developer|registrants?|depositors?|grantees?|franchisor|franchisee|insurer|reinsurer|warrantor|indemnitors?|surety|principal|maker|payee|"
    r"corporation|partnership|"
    r"(?:sub)?contractor|architect|engineer|operator|initial|swing|issuing|designated|l/c|paying|registrar|transfer|"
    r"credit|loan|other|original|existing|new|required|undersigned|by|bank|group|fund|reporting persons?|director|"
    r"officers?|vessel|builder|university|hospital|city|county|individuals?)\b",
    re.IGNORECASE,
)
NOT_A_NAME = re.compile(
    r"\b(?:of|and|the|for|to|agreement|amendment|consent|section|article|exhibit|schedule|signatures?|page|seal|"
    r"witness|notary|attest|dated?|name|title|address|"
    r"borrowers?|lenders?|guarantors?|agents?|holders?|issuer|trustee|sellers?|buyers?|purchasers?|executed|accepted|"
    r"agreed|acknowledged|undersigned|"
    r"street|avenue|suite|floor|road|plaza|new york|los angeles|san francisco|united states|delaware|attention|"
    r"telephone|facsimile|by|its|notices?)\b",
    re.IGNORECASE,
)
_PERSON_PART = r"(?:[A-Z][a-zA-Zà-ÿÀ-ß'’`\-]*\.?|[A-Z]\.(?:[A-Z]\.)*|de|der|den|van|von|la|le|da|di|del|dos|al|bin|el)"
_PERSON = re.compile(
    rf"^(?:(?:Mr|Mrs|Ms|Dr|Prof|Sir|Hon)\.?\s+)?{_PERSON_PART}(?:\s+[\"“(]?{_PERSON_PART}[\"”)]?){{1,5}}$"
)
_PERSON_TAIL = re.compile(
    r",?\s+(?:Jr|Sr|II|III|IV|V|Esq|CFA|CPA|M\.?D|Ph\.?\s?D|P\.?E|J\.?D|MBA|DDS|D\.?O)\.?$", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def fold(text: str | None) -> str:
    """Letters and digits alone, case folded, & as and: the form in which two printed names are compared."""
    return re.sub(r"[\W_]+", "", (text or "").casefold().replace("&", "and"))


def tidy(text: str) -> str:
    """One line with single spaces, none before a comma or full stop, nor behind a hyphen that a line was broken at."""
    spaced = re.sub(r"\s+([,;])", r"\1", re.sub(r"\s+", " ", text)).strip()
    return re.sub(r"(?<=[A-Za-z])- (?=[A-Za-z])", "-", spaced) if "- " in spaced else spaced


def has_company_suffix(text: str) -> bool:
    """Whether it ends as the name of a company, a partnership or a bank does."""
    return bool(STRONG_SUFFIX.search(text.strip().rstrip(",;:")))


def looks_like_company(text: str) -> bool:
    """A suffix at its end, or a word that stands in names of companies and funds."""
    return has_company_suffix(text) or bool(WEAK_WORD.search(text))


def looks_like_person(text: str) -> bool:
    """Two to six words, each capitalised as in a person's name, with none that belongs to a company or a title."""
    bare = text.strip().rstrip(",")
    while _PERSON_TAIL.search(bare):
        bare = _PERSON_TAIL.sub("", bare)
    if not _PERSON.match(bare) or has_company_suffix(text):
        return False
    words = [w.strip('.,"“”()') for w in bare.split()]
    if sum(1 for w in words if len(w) > 1 and w[0].isupper()) < 1:
        return False
    if TITLE_HEAD.search(bare) or any(TITLE_WORD.match(w) for w in words[:1]):
        return False
    return not WEAK_WORD.search(bare) and not NOT_A_NAME.search(bare)


def looks_like_title(text: str) -> bool:
    """A person's title in an organisation: a word that heads a title, and nearly all the others known ones."""
    text = re.sub(r"\((?:s|ies)\)", "", text)
    if not TITLE_HEAD.search(text) or len(text) > 120:
        return False
    lead = re.split(r",?\s+as\s", text)[0]
    if lead != text and WEAK_WORD.search(lead):
        return False  # `BANK OF AMERICA, as Agent`
    words = [w for w in re.split(r"[\s,;/&–-]+", text.strip(" .()[]")) if w]
    known = sum(1 for w in words if TITLE_WORD.match(w.strip(".()")) or w.casefold() in JOINING)
    return known >= len(words) * 0.6


def is_capital(text: str) -> bool:
    """Whether its letters are capitals, small words such as d/b/a aside."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) >= 0.85 * len(letters)


def is_incomplete(text: str) -> bool:
    """Whether a line stops in the middle of a name, a descriptor or a title."""
    return bool(
        re.search(
            r"(?:[,&/–-]|\b(?:a|an|the|its|as|of|and|by|for|in|to|or|sole|general|managing|limited|limited liability|"
            r"Delaware|AND|OF|THE|FOR|IN))$",
            text.strip(),
        )
    )
