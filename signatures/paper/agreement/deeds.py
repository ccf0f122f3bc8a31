"""English deeds: `Executed as a deed by X acting by Y, a director, in the presence of:`."""

from __future__ import annotations

from dataclasses import dataclass

from .labels import DEED, SIGNED_FOR
from .names import capacity_of, read_name
from .words import looks_like_company, looks_like_person


@dataclass(frozen=True)
class Deed:
    """Whose deed it is, and who acts for the party where the words name the person."""

    party: str
    person: tuple[str, str] | None


def deed_of(text: str) -> Deed | None:
    """What the opening words of a deed say, or `Signed by Y for and on behalf of X`; None where they are none."""
    signed = SIGNED_FOR.match(text)
    if signed and looks_like_company(signed.group("party")):
        person = signed.group("person").strip()
        named = (person, "") if looks_like_person(person) else None
        return Deed(read_name(signed.group("party")).entity, named)
    deed = DEED.match(text)
    party = read_name(deed.group("party")).entity if deed else ""
    if not deed or not (looks_like_company(party) or looks_like_person(party)):
        return None
    name, _, title = (deed.group("person") or "").partition(",")
    return Deed(party, (name.strip(), capacity_of(title)) if looks_like_person(name.strip()) else None)
