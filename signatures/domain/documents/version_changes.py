"""How what was read from one version of an agreement differs from what was read from another. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holders.likeness import look_alike
from holders.names import fold, write_chain
from signatures.paper.agreement import ParsedAgreement, ParsedParty

# What an agreement says of itself, in the words of its field names (`Agreement`), and as it is called on the screen.
HEAD = {
    "title": "Title",
    "as_of": "Dated",
    "witness_clause": "Witness clause",
    "amount_caption": "Caption before the amount",
}


@dataclass(frozen=True)
class Changed:
    """One thing that reads otherwise; empty where it was not there before, or is there no more."""

    word: str
    before: str
    after: str


@dataclass(frozen=True)
class Pair:
    """One party in both versions, and what of it changed."""

    before: ParsedParty
    after: ParsedParty
    changes: tuple[Changed, ...]


@dataclass(frozen=True)
class Comparison:
    """`pairs` are in both versions by name. `alike` are perhaps one party under another name: a person says so, and
    until then the one is among `gone` and the other among `added`. All in the order of their document.
    """

    head: tuple[Changed, ...]
    pairs: tuple[Pair, ...]
    alike: tuple[Pair, ...]
    added: tuple[ParsedParty, ...]
    gone: tuple[ParsedParty, ...]

    @property
    def changed(self) -> tuple[Pair, ...]:
        """The parties that stand in both versions and not in the same words."""
        return tuple(pair for pair in self.pairs if pair.changes)


def key(party: ParsedParty) -> tuple[str, str]:
    """Return what a party is known by: its role and its name without case and punctuation."""
    return party.role, fold(party.entity or "")


def named(parsed: ParsedAgreement) -> list[ParsedParty]:
    """Return the parties whose name was read, each once."""
    return list({key(one): one for one in reversed(parsed.parties) if key(one)[1]}.values())[::-1]


def compare(before: ParsedAgreement, after: ParsedAgreement) -> Comparison:
    """Compare two readings."""
    old, new = {key(one): one for one in named(before)}, {key(one): one for one in named(after)}
    gone = [one for one in old.values() if key(one) not in new]
    added = [one for one in new.values() if key(one) not in old]
    return Comparison(
        head=_head(before, after),
        pairs=tuple(_pair(old[at], one) for at, one in new.items() if at in old),
        alike=tuple(_pair(*both) for both in _alike(gone, added)),
        added=tuple(added),
        gone=tuple(gone),
    )


def _head(before: ParsedAgreement, after: ParsedAgreement) -> tuple[Changed, ...]:
    pairs = [(word, _said(getattr(before, name)), _said(getattr(after, name))) for name, word in HEAD.items()]
    return tuple(Changed(*one) for one in pairs if one[1] != one[2])


def _said(value: object) -> str:
    return " ".join(str(value).split()) if value else ""


def chain_said(party: ParsedParty) -> str:
    """Return a party's chain in one line, as the register writes it."""
    return write_chain([(link.entity, link.capacity or "") for link in party.chain])


def signers_said(party: ParsedParty) -> str:
    """Return who signs for a party, each with the title."""
    said = [", ".join(filter(None, (one.name, one.title))) for one in party.signatories]
    return "; ".join(filter(None, said))


def _pair(before: ParsedParty, after: ParsedParty) -> Pair:
    pairs = (
        ("Name", before.entity or "", after.entity or ""),
        ("Signs by", chain_said(before), chain_said(after)),
        ("Signatory", signers_said(before), signers_said(after)),
        ("Address", _said(before.address), _said(after.address)),
    )
    return Pair(before, after, tuple(Changed(*one) for one in pairs if one[1] != one[2]))


def _alike(gone: Sequence[ParsedParty], added: Sequence[ParsedParty]) -> list[tuple[ParsedParty, ParsedParty]]:
    """Return who may be the same under another name: the names look alike, or nobody else has the same signatories."""
    found, taken = [], set[tuple[str, str]]()
    for old in gone:
        free = [one for one in added if one.role == old.role and key(one) not in taken]
        by_name = [one for one in free if look_alike(old.entity or "", one.entity or "")]
        by_hand = [one for one in free if signers_said(old) and _signs_alike(old, one)]
        rivals = [one for one in gone if one is not old and one.role == old.role and _signs_alike(old, one)]
        chosen = by_name[:1] or (by_hand if len(by_hand) == 1 and not rivals else [])
        if chosen:
            taken.add(key(chosen[0]))
            found.append((old, chosen[0]))
    return found


def _signs_alike(one: ParsedParty, other: ParsedParty) -> bool:
    return (chain_said(one), signers_said(one)) == (chain_said(other), signers_said(other))
