"""English deeds: `Executed as a deed by X acting by Y, a director, in the presence of:`."""

from __future__ import annotations

from dataclasses import dataclass

from .labels import DEED
from .names import capacity_of, read_name
from .words import looks_like_company, looks_like_person


@dataclass(frozen=True)
class Deed:
    """Whose deed it is, and who acts for the party where the words name the person."""

    party: str
    person: tuple[str, str] | None


def deed_of(text: str) -> Deed | None:
    """What the opening words of a deed say; None where they are none."""
    deed = DEED.match(text)
    party = read_name(deed.group("party")).entity if deed else ""
    if not deed or not (looks_like_company(party) or looks_like_person(party)):
        return None
    name, _, title = (deed.group("person") or "").partition(",")
    return Deed(party, (name.strip(), capacity_of(title)) if looks_like_person(name.strip()) else None)
