"""Notes on parties: all of one, and the newest of several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from signatures.models import Agreement, Note


@dataclass
class Newest:
    """The newest note on a party that is not struck, and the newest of them that tells of a call."""

    note: Note | None = None
    call: Note | None = None


def of_party(agreement: Agreement, party: int) -> QuerySet[Note]:
    """Return all notes on a party, newest first, those that are struck among them."""
    return Note.objects.filter(agreement=agreement, party=party).select_related("made_by", "struck_by").order_by("-id")


def newest(agreement: Agreement, parties: Iterable[int]) -> dict[int, Newest]:
    """Return the newest notes by party, in one query. A party without a note is not in it."""
    rows = Note.objects.filter(agreement=agreement, party__in=list(parties), struck_at=None).select_related("made_by")
    found: dict[int, Newest] = {}
    for one in rows.order_by("party_id", "is_contact", "-id").distinct("party_id", "is_contact"):
        said = found.setdefault(one.party_id, Newest())
        if said.note is None or one.pk > said.note.pk:
            said.note = one
        if one.is_contact:
            said.call = one
    return found
