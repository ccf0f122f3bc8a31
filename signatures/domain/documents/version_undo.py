"""What adopting a version changed in the terms and on the register, and bringing that back when it is withdrawn.

What somebody changed since is left as it is, and said.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from holders.models import AuthorityLink, Holding, Party, PartySignatory
from holders.names import fold
from signatures.domain.documents import agreements
from signatures.domain.documents.version_changes import HEAD
from signatures.domain.register import holdings
from signatures.models import Agreement, User, Version

# What is known of a party, and how a sentence calls it.
WORDS = {
    "name": "name",
    "address": "address",
    "chain": "chain of authority",
    "signing": "signatories",
    "holding": "holding",
}
State = dict[str, Any]
UNKNOWN = (
    "What adopting it changed in the terms and on the register stays: it was adopted before that was kept. "
    "Look through both."
)


def taken(agreement: Agreement) -> State:
    """Return the terms and the parties as they are, as plain data: what `difference` compares."""
    agreement.refresh_from_db(fields=list(HEAD))
    return {"terms": _terms(agreement, HEAD), "parties": _parties(agreement, agreement.issuer.parties.all())}


def _terms(agreement: Agreement, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(agreement, name) for name in names}
    return {name: value.isoformat() if isinstance(value, datetime.date) else value for name, value in values.items()}


def _parties(agreement: Agreement, parties: Any) -> dict[str, State]:
    """Return what is known of parties by their key as text, in four queries."""
    links = Prefetch("chain", AuthorityLink.objects.order_by("position"))
    signing = Prefetch("signing", PartySignatory.objects.order_by("position"))
    found = list(parties.prefetch_related(links, signing))
    held = Holding.objects.filter(notes=agreement.notes_id, closed_at=None, holder__in=[one.pk for one in found])
    open_ones = dict(held.values_list("holder", "pk"))
    return {
        str(one.pk): {
            "name": one.name,
            "address": one.address,
            "chain": [[link.entity, link.capacity, link.descriptor, link.evidence] for link in one.chain.all()],
            "signing": [[row.signatory_id, row.title] for row in one.signing.all()],
            "holding": open_ones.get(one.pk),
        }
        for one in found
    }


def difference(before: State, after: State) -> State:
    """Return what two states do not share: by term, and by party and word, [before, after]. A party that was not there
    is None before."""
    terms = {name: [was, after["terms"][name]] for name, was in before["terms"].items() if after["terms"][name] != was}
    parties: dict[str, Any] = {}
    for key, now in after["parties"].items():
        was = before["parties"].get(key)
        changed = {word: [was[word] if was else None, now[word]] for word in WORDS if not was or was[word] != now[word]}
        if changed:
            parties[key] = {"is_new": was is None, "changed": changed}
    return {"terms": terms, "parties": parties}


def restore(version: Version, by: User) -> tuple[str, ...]:
    """Bring back what adopting a version changed, in the caller's transaction. Returns in sentences what stays."""
    changed = version.changed_by_adoption
    if changed is None:
        return (UNKNOWN,)
    agreement = version.agreement
    stays = _restore_terms(agreement, changed["terms"], by)
    now = _parties(agreement, Party.objects.filter(pk__in=[int(key) for key in changed["parties"]]))
    parties = Party.objects.in_bulk([int(key) for key in now])
    for key, state in now.items():
        stays += _restore_party(parties[int(key)], state, changed["parties"][key])
    return tuple(stays)


def _restore_terms(agreement: Agreement, changed: dict[str, list[Any]], by: User) -> list[str]:
    now = _terms(agreement, changed)
    wanted: dict[str, Any] = {name: was for name, (was, became) in changed.items() if now[name] == became}
    if wanted.get("as_of"):
        wanted["as_of"] = datetime.date.fromisoformat(wanted["as_of"])
    agreements.set_terms(agreement, by, **wanted)
    left = [name for name in changed if name not in wanted]
    return [f"{HEAD[name]}: it was changed since by hand, and stays as it is now." for name in left]


def _restore_party(party: Party, now: State, change: State) -> list[str]:
    """Bring one party back, word by word, and return what stays."""
    stays = []
    for word, (was, became) in change["changed"].items():
        if change["is_new"] and word != "holding":
            continue
        if now[word] != became:
            stays.append(f"{party.name}: its {WORDS[word]} {_were(word)} changed since, and stay{_s(word)} as now.")
        elif not _bring_back(party, word, was, became):
            stays.append(f"{party.name}: another party is called {was} now, so the name stays.")
    if change["is_new"]:
        stays.append(f"{party.name} stays among the issuer's parties, but signs nothing in the version before.")
    return stays


def _were(word: str) -> str:
    return "were" if word == "signing" else "was"


def _s(word: str) -> str:
    return "" if word == "signing" else "s"


def _bring_back(party: Party, word: str, was: Any, became: Any) -> bool:
    """Set one thing of a party as it was. False where its name is another's now."""
    if word == "name":
        others = Party.objects.filter(issuer=party.issuer_id, role=party.role, folded_name=fold(was))
        if others.exclude(pk=party.pk).exists():
            return False
        party.name, party.folded_name = was, fold(was)
        party.save(update_fields=["name", "folded_name"])
    elif word == "address":
        party.address = was
        party.save(update_fields=["address"])
    elif word == "chain":
        party.chain.all().delete()
        AuthorityLink.objects.bulk_create(
            AuthorityLink(party=party, position=at, entity=entity, capacity=held, descriptor=said, evidence=evidence)
            for at, (entity, held, said, evidence) in enumerate(was, 1)
        )
    elif word == "signing":
        party.signing.all().delete()
        PartySignatory.objects.bulk_create(
            PartySignatory(party=party, signatory_id=signatory, position=at, title=title)
            for at, (signatory, title) in enumerate(was, 1)
        )
    elif became is not None:
        return holdings.give_back(was, became)
    return True
