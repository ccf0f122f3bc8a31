"""From signature blocks to parties: names, chains, copies of the same block put together, and what is certain."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import replace

from .drafts import BlockDraft, LinkDraft, as_printed
from .names import Named, capacity_of, is_continuation, read_name, singular, split_pair, stacked, two_names
from .parsed import ParsedLink, ParsedParty, ParsedSignatory, Role
from .signers import UNLABELLED, SignatureDraft, acts_for, attorney_of
from .trustees import trustee_apart
from .words import (
    CAPACITY,
    fold,
    has_company_suffix,
    is_capital,
    looks_like_company,
    looks_like_person,
    looks_like_title,
    tidy,
)

_MOST_BEFORE = 40  # signature lines of one block that are looked back at
_PLACEHOLDER = re.compile(r"^[\[(]?[\s_•●.]*[\])]?$|^\[[^\]]*\]$")
_OWN_ROLE = re.compile(
    r"(?:the\s+)?(?:executive|employee|consultant|optionee|grantee|participant|director|holder|seller|buyer|"
    r"purchaser|investor|guarantor)s?",
    re.IGNORECASE,
)
_PERSONS_ROLE = re.compile(r"(?:the\s+)?(?:executive|employee|consultant|optionee|grantee|participant)", re.IGNORECASE)
# A role in quotation marks, or an address, before the name: lines that lay beside each other ran together.
_RUN_TOGETHER = re.compile(
    r"^[\"“”'‘][^\"“”'’]{1,40}[\"“”'’]\s+\S|"
    r"\b\d+\s+(?:[\w.]+\s+){1,4}?(?:Street|St\.|Avenue|Ave\.?|Road|Rd\.?|Boulevard|Blvd\.?|Lane|Drive|Suite|Floor|Parkway|"
    r"Plaza)(?!\w)",
    re.IGNORECASE,
)
# What the party is to the agreement, behind what the one who signs is to the party.
_AGREEMENT_ROLE = re.compile(
    r",\s*as\s+(?:an?\s|the\s)?(?:\w+\s)?(?:lender|bank|purchaser|(?:note|bond)?holder|guarantor|borrower|investor)$",
    re.IGNORECASE,
)
# A capacity behind the name, or a second name behind a trust's: the lines of a party and of its trustee ran together.
_ACTS_AS = re.compile(
    r"\b(?:co-?)?(?:trustees?|custodian|nominee)$|\btrust\b.+\btrust company\b|"
    r"\s(?:an?|its|the)\s+(?:\w+\s+)?(?:member|manager|partner)$",
    re.IGNORECASE,
)
# A short name or a role on a line of its own above the party's name, as `ACME:`.
_HEADS_OTHERS = re.compile(r"^[^,.]{1,40}:$|^[“\"][^“”\"]{1,40}[”\"]:?$")
_HOLDER = re.compile(r"\b(?:note|bond|security)?holders?\b", re.IGNORECASE)
_ISSUER = re.compile(r"\b(?:issuer|company)\b", re.IGNORECASE)


def parties_of(blocks: Iterable[BlockDraft]) -> list[ParsedParty]:
    """Every party once, in the order of its first copy."""
    found: list[ParsedParty] = []
    for block in blocks:
        for party in _parties_of_block(block):
            _merge(found, party)
    return found


def _parties_of_block(block: BlockDraft) -> list[ParsedParty]:
    """Several where entities stand over one signature, or where a person signs below with no name above."""
    mine = list(block.signatures)
    if block.is_headless and block.links and block.links[0].pieces:
        named, *links = block.links
        head = dataclasses.replace(named.pieces[0], text=named.text, gap=1)
        block = replace(block, heads=[head], links=links, doubts={*block.doubts, "the party is named behind By:"})
    if block.is_headless and not block.links:
        return [party for s in mine if s.name for party in _individuals(block, s)]
    alone: list[SignatureDraft] = []
    if len(mine) > 1 or mine[0].personal:
        alone = [
            s
            for i, s in enumerate(mine)
            if s.headless and _is_individuals(s, mine[max(0, i - _MOST_BEFORE) : i], block)
        ]
        mine = [s for s in mine if not any(s is a for a in alone)]
    if len(mine) > 1 and _signs_beside(mine[0], mine[1]):
        alone, mine = [mine[0], *alone], mine[1:]
    parties: list[ParsedParty] = []
    if mine and (block.heads or block.holder):
        parties += _entities(block, mine)
    return parties + [party for s in alone for party in _individuals(block, s)]


def _signs_beside(line: SignatureDraft, following: SignatureDraft) -> bool:
    """Whether a bare signature stands in front of the party's own `By:`: a person's who signs beside the party."""
    is_bare = line.bare and line.signed is True and not line.title and looks_like_person(line.name or "")
    return is_bare and not following.bare and following.number > line.number


def _is_individuals(line: SignatureDraft, before: list[SignatureDraft], block: BlockDraft) -> bool:
    if line.name and (line.personal or attorney_of(line.title)):
        return True
    behind = acts_for(line.title)
    if line.name and behind and fold(behind[0]) not in fold(" ".join(p.text for p in block.heads)):
        return True
    stack = stacked([p.text for p in block.heads], [p.gap for p in block.heads])
    above = read_name(stack[-1][1]).entity if stack else ""
    if line.name and line.bare and before and looks_like_person(above) and not looks_like_company(above):
        return True
    role = line.title and _OWN_ROLE.fullmatch(line.title.strip('“”"() '))
    if line.name and line.bare and any(not b.bare for b in before) and (role or not line.title):
        return True
    if line.title or not line.name:
        return False
    if not before:
        return True
    return (
        fold(line.name) in {fold(b.name) for b in before if b.name}
        or line.gap > 2
        or (not line.labelled_name and all(b.title for b in before) and line.signed is not False)
    )


def _individuals(block: BlockDraft, line: SignatureDraft) -> list[ParsedParty]:
    """The person who signs, or those for whom he signs as attorney-in-fact, himself first where he says so."""
    attorney = attorney_of(line.title)
    if attorney is None:
        return [_individual(block, line)]
    own = [_individual(block, dataclasses.replace(line, titles=[]))] if attorney.himself else []
    principals = [
        ParsedParty(
            name,
            label=block.label,
            signatories=(ParsedSignatory(line.name, attorney.capacity, line.signed),),
            pages=_pages(block),
            lines=(line.number, max(line.number, block.last)),
            certain=False,
            doubts=("somebody signs for others as their attorney",),
        )
        for name in attorney.people
    ]
    return own + principals


def _individual(block: BlockDraft, line: SignatureDraft) -> ParsedParty:
    name = line.name or ""
    as_what = (line.title or "").strip('“”"() ')  # to the agreement, as `Executive`; a director acts for a company
    role = bool(_OWN_ROLE.fullmatch(as_what)) and "director" not in as_what.casefold()
    alone = line.bare and not line.aside and line.signed is True
    headed = alone and bool(_PERSONS_ROLE.fullmatch((block.label or "").strip('“”"() :')))
    sure = looks_like_person(name) and (role or (not line.title and (bool(line.names) or headed)))
    sure = sure and (line.signed is True or (line.signed is False and block.label is not None))
    sure = sure and not (line.aside and block.label is None)
    sure = sure and not any(
        other.number in (line.number - 1, line.number) for other in block.signatures if other is not line
    )
    doubts = () if sure else ("a person signs with no party named above",)
    party, title = acts_for(line.title) or (name, None if _OWN_ROLE.fullmatch(line.title or "") else line.title)
    return ParsedParty(
        party,
        label=block.label,
        signatories=(ParsedSignatory(name, title, line.signed),),
        pages=_pages(block),
        lines=(line.number, max(line.number, block.last)),
        certain=sure,
        doubts=doubts,
    )


def _pages(block: BlockDraft) -> tuple[int, ...]:
    return (block.page,) if block.page is not None else ()


def _entities(block: BlockDraft, lines: list[SignatureDraft]) -> list[ParsedParty]:
    block = trustee_apart(block)
    texts, gaps = [p.text for p in block.heads], [p.gap for p in block.heads]
    stack = stacked(texts, gaps)
    groups = _kept(stack, gaps)
    names = [read_name(text) for _, text in groups]
    names = [replace(named, entity=as_printed(named.entity, block.heads)) for named in names]
    if len(lines) == 2 and lines[0].number == lines[1].number:
        pair = split_pair(names[0].entity) if len(names) == 1 else tuple(text for _, text in groups)
        if pair is not None and len(pair) == 2:
            return _side_by_side(block, (pair[0], pair[1]), lines)
    doubts = set(block.doubts)
    if block.holder:
        same = [n for n in names if fold(n.entity) == fold(block.holder)]
        if names and not same:
            doubts.add("the holder's name is not the one above the signature")
        shown = read_name(block.holder)
        names = [replace(same[0], entity=shown.entity)] if same else [shown]
    if any(gaps[start] for start, _ in groups[1:]) or (len(names) > 1 and lines and lines[0].bare):
        doubts.add("several parties stand over one signature")
    if any(_RUN_TOGETHER.search(text) for _, text in groups):
        doubts.add("the party's name is unusual")
    if any(not _HEADS_OTHERS.search(text) for _, text in stack[: len(stack) - len(groups)]):
        doubts.add("more stands above the signature than the party's name")
    return [_party(block, named, lines, doubts) for named in names]


def _side_by_side(block: BlockDraft, pair: tuple[str, str], lines: list[SignatureDraft]) -> list[ParsedParty]:
    """Two names in one line over two signatures in one line: the first signs first."""
    parties = []
    for name, line in zip(pair, lines, strict=True):
        alone = dataclasses.replace(block, heads=[dataclasses.replace(block.heads[-1], text=name)])
        parties += _entities(alone, [line])
    return [replace(p, doubts=("two parties were printed side by side",), certain=False) for p in parties]


def _party(block: BlockDraft, named: Named, lines: list[SignatureDraft], doubts: set[str]) -> ParsedParty:
    links, more = _chain(block.links)
    entity: str | None = named.entity
    if named.acts_for:
        links.insert(0, ParsedLink(named.entity, named.capacity, named.descriptor))
        entity = named.acts_for
        more.add("one party signs on behalf of another")
    if named.for_others:
        more.add("it is not plain for whom the party signs")
    if named.also_known and re.match(r"d/?b/?a|doing", named.also_known, re.IGNORECASE):
        more.add("a trade name stands behind the party's name")
    if not entity or _PLACEHOLDER.match(entity):
        entity = None
    if links and fold(links[0].entity) == fold(entity):
        links = links[1:]  # of several over one signature, the one through which the others sign
    people = _people(entity, lines, links)
    doubts = doubts | more | _doubts(entity, lines, people)
    return ParsedParty(
        entity=entity,
        role=_role(block, named.capacity),
        label=named.capacity or block.label,
        descriptor=named.descriptor,
        address=_address(block),
        chain=tuple(links),
        signatories=tuple(people),
        amount=_amount(block),
        pages=_pages(block),
        certain=not doubts,
        lines=(min(block.first, block.last), max(block.first, block.last)),
        doubts=tuple(sorted(doubts)),
    )


def _kept(groups: list[tuple[int, str]], gaps: list[int]) -> list[tuple[int, str]]:
    """The groups of head lines that name parties: the last one, and those above it that end as a company does."""
    if not groups:
        return []
    kept = [groups[-1]]
    for group in reversed(groups[:-1]):
        name = read_name(group[1]).entity
        if (
            has_company_suffix(name)
            or (looks_like_company(name) and is_capital(name) and gaps[group[0]] <= 1)
            or (looks_like_person(name) and looks_like_person(read_name(kept[0][1]).entity) and gaps[kept[0][0]] == 0)
        ):
            kept.insert(0, group)
        else:
            break
    last = read_name(kept[-1][1]).entity
    if len(kept) > 1 and not looks_like_company(last) and not looks_like_person(last):
        kept.pop()
    return kept


def _chain(drafts: list[LinkDraft]) -> tuple[list[ParsedLink], set[str]]:
    links, doubts = [], set()
    for draft in drafts:
        named = read_name(draft.text)
        named = replace(named, entity=as_printed(named.entity, draft.pieces))
        if both := two_names(named.entity):
            doubts.add("a step of the chain names several")
            shared = capacity_of(draft.its or draft.first or named.capacity or "") or None
            links += [ParsedLink(name, singular(shared)) for name in both]
            continue
        printed = capacity_of(draft.its or draft.first or named.capacity or "")
        capacity = _AGREEMENT_ROLE.sub("", printed) or None
        if not has_company_suffix(named.entity) and not (
            looks_like_company(named.entity) or looks_like_person(named.entity)
        ):
            doubts.add("a name in the chain is unusual")
        if capacity is None:
            doubts.add("a step of the chain has no capacity")
        elif not CAPACITY.match(capacity) or len(capacity) > 50 or re.search(r",\s*as\b", printed):
            doubts.add("a capacity in the chain is unusual")
        if not named.entity:
            doubts.add("a step of the chain has no name")
            continue
        links.append(ParsedLink(named.entity, capacity, named.descriptor))
    return links, doubts


def _people(entity: str | None, lines: list[SignatureDraft], links: list[ParsedLink]) -> list[ParsedSignatory]:
    people = [line.as_parsed() for line in lines]
    if entity and not links and len(people) == 1 and not looks_like_company(entity) and looks_like_person(entity):
        only = people[0]
        organised = lines[0].labelled_name or lines[0].labelled_title or only.title
        if fold(only.name) == fold(entity) or (only.name is None and not organised):
            return [replace(only, name=entity)]
    return people


def _doubts(entity: str | None, lines: list[SignatureDraft], people: list[ParsedSignatory]) -> set[str]:
    doubts: set[str] = set()
    for line in lines:
        doubts |= line.doubts - ({UNLABELLED} if line.title and looks_like_title(line.title) else set())
        if line.title and re.search(r",\s+as\s", line.title):
            doubts.add("the title is unusual")
        if line.title and not looks_like_title(line.title) and not _is_labelled_title(line):
            doubts.add("the title is unusual")
    for person in people:
        if person.title and _names_somebody(person.title, person.name):
            doubts.add("the title is unusual")
    if entity is None:
        return doubts | {"the party is a placeholder"}
    if not has_company_suffix(entity) and not (looks_like_company(entity) or looks_like_person(entity)):
        doubts.add("the party's name is unusual")
    if (
        looks_like_person(entity)
        and not looks_like_company(entity)
        and any(p.name and fold(p.name) != fold(entity) for p in people)
    ):
        doubts.add("the party's name is unusual")
    if (
        re.search(r"\$|\d{5}|\d{4}$|^(?:and|by|the undersigned|as|in|of|to)\b", entity, re.IGNORECASE)
        or entity.count(",") > 4
        or _ACTS_AS.search(entity)
        or is_continuation(entity)
    ):
        doubts.add("the party's name is unusual")
    if looks_like_title(entity.split(",")[0]):
        doubts.add("the party's name is unusual")
    if len(entity) > 110 or re.search(r"[:;]|\b(?:hereby|agreement|whereof)\b", entity, re.IGNORECASE):
        doubts.add("the party's name is unusual")
    for person in people:
        if person.name and fold(person.name) != fold(entity) and not looks_like_person(person.name):
            doubts.add("the signatory's name is unusual")

    if len(lines) > 1 and not all(_is_told(line) for line in lines):
        doubts.add("several signature lines")
    return doubts


def _is_told(line: SignatureDraft) -> bool:
    """Whether one of several lines is surely the party's: a `By:` with its title, or name and title below it."""
    if line.bare:
        return line.labelled_title and bool(line.title and line.names) and line.signed is True
    return bool(line.labelled_title or line.title)


def _names_somebody(title: str, name: str | None) -> bool:
    """Whether a name stands behind a dash in the title: the signatory's, or any where nobody is named."""
    behind = re.split(r"\s[-–—]\s*", title)[1:]
    return any(looks_like_person(part) and (name is None or fold(part) == fold(name)) for part in behind)


def _is_labelled_title(line: SignatureDraft) -> bool:
    """Whether a title in unusual words stands behind `Title:` and is nothing else."""
    title = line.title or ""
    return (
        line.labelled_title
        and len(title) <= 80
        and not re.search(r"\d{3}|[:@$]", title)
        and not has_company_suffix(title)
    )


def _role(block: BlockDraft, capacity: str | None) -> Role:
    label = f"{block.label or ''} {capacity or ''}"
    if block.holder or _HOLDER.search(label):
        return "holder"
    return "issuer" if _ISSUER.search(label) else "other"


def _address(block: BlockDraft) -> str | None:
    return tidy(", ".join(line.strip(" ,") for line in block.address)) or None


def _amount(block: BlockDraft) -> str | None:
    if block.amount is None:
        return None
    text = block.amount.strip()
    if not re.sub(r"[\s_$.\\]", "", text):
        return "blank"
    if "~~" in text or re.search(r"redacted|\*{3}|\[\s*[•●*]+\s*\]|[█■]", text, re.IGNORECASE):
        return "redacted"
    digits = re.sub(r"[^\d.]", "", text)
    return digits.rstrip(".") or None


def _merge(found: list[ParsedParty], party: ParsedParty) -> None:
    """Adds a party, or counts it as one more copy of a block that is there already."""
    for index, other in enumerate(found):
        if party.entity is not None and fold(other.entity) == fold(party.entity) and _is_copy(other, party):
            found[index] = _merged(other, party)
            return
    found.append(party)


def _is_copy(one: ParsedParty, two: ParsedParty) -> bool:
    if fold(one.label) != fold(two.label) or [fold(k.entity) for k in one.chain] != [fold(k.entity) for k in two.chain]:
        return False
    if len(one.signatories) != len(two.signatories):
        return False
    pairs = zip(one.signatories, two.signatories, strict=True)
    return all(_agree(a.name, b.name) and _agree(a.title, b.title) for a, b in pairs)


def _agree(one: str | None, two: str | None) -> bool:
    return not one or not two or fold(one) == fold(two)


def _merged(one: ParsedParty, two: ParsedParty) -> ParsedParty:
    people = tuple(
        ParsedSignatory(
            a.name or b.name,
            a.title or b.title,
            True if True in (a.signed, b.signed) else (a.signed if a.signed is not None else b.signed),
        )
        for a, b in zip(one.signatories, two.signatories, strict=True)
    )
    entity = (
        two.entity
        if one.entity and two.entity and is_capital(one.entity) and not is_capital(two.entity)
        else one.entity
    )
    amounts = [a for a in (one.amount, two.amount) if a is not None]
    amount = next(
        (a for a in amounts if a == "redacted"),
        next((a for a in amounts if a != "blank"), amounts[0] if amounts else None),
    )
    return replace(
        one,
        entity=entity,
        signatories=people,
        amount=amount,
        occurrences=one.occurrences + two.occurrences,
        descriptor=one.descriptor or two.descriptor,
        address=one.address or two.address,
        pages=tuple(sorted({*one.pages, *two.pages})),
        certain=one.certain and two.certain,
        doubts=tuple(sorted({*one.doubts, *two.doubts})),
    )
