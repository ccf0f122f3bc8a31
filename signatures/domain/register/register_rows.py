"""What the rows of a register say: one `RegisterRow` a holder, from one row of the file or several."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from holders.models import AuthorityLink, HoldingSource
from holders.names import fold, read_amount, read_chain

YES = {"yes", "y", "true", "1", "x", "disregarded"}
NO = {"no", "n", "false", "0"}
LONGEST = {
    "holder": 300,
    "family": 200,
    "through": 300,
    "signatory": 200,
    "title": 200,
    "email": 254,
    "telephone": 40,
    "send_to": 300,
    "disregarded_reason": 300,
}
SOURCES = {
    "register": HoldingSource.REGISTER,
    "registerasimported": HoldingSource.REGISTER,
    "trustee": HoldingSource.TRUSTEE,
    "trusteeslist": HoldingSource.TRUSTEE,
    "trusteelist": HoldingSource.TRUSTEE,
    "listoftrustee": HoldingSource.TRUSTEE,
    "indenturetrustee": HoldingSource.TRUSTEE,
    "participant": HoldingSource.PARTICIPANT,
    "dtcparticipant": HoldingSource.PARTICIPANT,
    "participantlist": HoldingSource.PARTICIPANT,
    "participantslist": HoldingSource.PARTICIPANT,
    "custodian": HoldingSource.CUSTODIAN,
    "page": HoldingSource.PAGE,
    "signaturepage": HoldingSource.PAGE,
    "writtenonthesignaturepage": HoldingSource.PAGE,
}
EVIDENCE = {
    "": AuthorityLink.Evidence.NONE,
    "none": AuthorityLink.Evidence.NONE,
    "noneonfile": AuthorityLink.Evidence.NONE,
    "incumbency": AuthorityLink.Evidence.INCUMBENCY,
    "incumbencycertificate": AuthorityLink.Evidence.INCUMBENCY,
    "power": AuthorityLink.Evidence.POWER,
    "poa": AuthorityLink.Evidence.POWER,
    "powerofattorney": AuthorityLink.Evidence.POWER,
}


@dataclass(frozen=True)
class Person:
    """Who signs, as a row says it; what the row leaves open is empty. A name may be empty: whoever signs already."""

    name: str
    title: str = ""
    email: str = ""
    telephone: str = ""
    send_to: str = ""


@dataclass(frozen=True)
class RegisterRow:
    """One holder as a register says it. What is empty or None is left as it is; `row` is the first row's number."""

    row: int
    holder: str
    principal: Decimal | None = None
    address: str = ""
    family: str = ""
    through: str = ""
    chain: tuple[tuple[str, str], ...] = ()
    evidence: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    record_date: datetime.date | None = None
    source: str = ""
    disregarded: bool | None = None
    disregarded_reason: str = ""
    has_principal: bool = False

    @property
    def says_holding(self) -> bool:
        """Whether the row says anything of what the holder holds."""
        return bool(self.has_principal or self.record_date or self.source or self.disregarded is not None)


def read_row(number: int, values: Mapping[str, str], currency: str = "") -> RegisterRow:
    """Read one row of a register by our column names.

    Raises ValueError with a sentence for what cannot be read, and for an amount in another currency than that of the
    notes, where it is given.
    """
    said = {column: value.strip() for column, value in values.items()}
    if not fold(said.get("holder", "")):
        raise ValueError("The holder's name is missing.")
    for column, most in LONGEST.items():
        if len(said.get(column, "")) > most:
            raise ValueError(f"The {column.replace('_', ' ')} is longer than {most} characters.")
    disregarded = _flag(said.get("disregarded", ""))
    if disregarded and not said.get("disregarded_reason"):
        raise ValueError("A disregarded holding needs its reason.")
    chain = tuple(read_chain(said.get("chain", "")))
    if any(len(entity) > 300 or len(capacity) > 200 for entity, capacity in chain):
        raise ValueError("A name in the chain is too long. Put “ > ” between the links.")
    person = _person(said)
    return RegisterRow(
        row=number,
        holder=said["holder"],
        principal=read_amount(said.get("principal", ""), currency),
        address=said.get("address", ""),
        family=said.get("family", ""),
        through=said.get("through", ""),
        chain=chain,
        evidence=_evidence(said.get("evidence", ""), chain),
        people=(person,) if person != Person("") else (),
        record_date=_date(said.get("record_date", "")),
        source=_source(said.get("source", "")),
        disregarded=disregarded,
        disregarded_reason=said.get("disregarded_reason", "") if disregarded else "",
        has_principal="principal" in said,
    )


def join(one: RegisterRow, more: RegisterRow) -> RegisterRow:
    """Add a further row of a holder, which names another signatory, to what the rows before it say.

    Raises ValueError with a sentence when the row names no other signatory, or says something else of the holder.
    """
    folded = {fold(person.name) for person in one.people}
    if not any(person.name and fold(person.name) not in folded for person in more.people):
        raise ValueError(f"{more.holder} stands in row {one.row} already.")
    for column in ("principal", "address", "family", "through", "chain", "evidence", "record_date", "source"):
        before, after = getattr(one, column), getattr(more, column)
        if after and after != before:
            raise ValueError(f"{more.holder} stands in row {one.row} with another {column.replace('_', ' ')}.")
    if more.disregarded is not None and more.disregarded != one.disregarded:
        raise ValueError(f"{more.holder} is disregarded in row {more.row if more.disregarded else one.row} alone.")
    return replace(one, people=one.people + more.people)


def _person(said: Mapping[str, str]) -> Person:
    email = said.get("email", "")
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise ValueError(f"“{email}” is not an e-mail address.") from error
    name = said.get("signatory", "")
    if name and not fold(name):
        raise ValueError(f"“{name}” is not a name.")
    return Person(name, said.get("title", ""), email.lower(), said.get("telephone", ""), said.get("send_to", ""))


def _flag(text: str) -> bool | None:
    flag = text.casefold()
    if flag and flag not in YES | NO:
        raise ValueError(f"“{text}” under disregarded is neither yes nor no.")
    return flag in YES if flag else None


def _source(text: str) -> str:
    if not text:
        return ""
    if fold(text) not in SOURCES:
        known = ", ".join(one.label for one in HoldingSource)
        raise ValueError(f"“{text}” is not where a position comes from. Write one of: {known}.")
    return SOURCES[fold(text)].value


def _evidence(text: str, chain: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """Return the evidence of each link; said once, it is that of every link."""
    if not text:
        return ()
    parts = [part.strip() for part in text.split(">")]
    for part in parts:
        if fold(part) not in EVIDENCE:
            known = ", ".join(one.label for one in AuthorityLink.Evidence)
            raise ValueError(f"“{part}” is not evidence of authority. Write one of: {known}.")
    if not chain:
        raise ValueError("Evidence belongs to a link of the chain, and this row has no chain.")
    read = tuple(EVIDENCE[fold(part)].value for part in parts)
    if len(read) == 1:
        return read * len(chain)
    if len(read) != len(chain):
        raise ValueError(f"The chain has {len(chain)} links, and the evidence is of {len(read)}.")
    return read


@functools.lru_cache(maxsize=1_000)
def _date(text: str) -> datetime.date | None:
    if not text:
        return None
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%d.%m.%Y", "%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d-%b-%Y"):
        try:
            return datetime.datetime.strptime(text, form).date()
        except ValueError:
            continue
    raise ValueError(f"“{text}” is not a date. Write it as 2007-09-24.")
