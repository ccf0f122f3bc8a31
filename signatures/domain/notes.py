"""Notes on the parties of an agreement: only ever added, and struck where they were wrong."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, Note, SignatureBlock, User


@transaction.atomic
def make(agreement: Agreement, blocks: Collection[int], words: str, by: User, *, is_contact: bool = False) -> int:
    """Write the same note on the parties of some blocks, and return on how many. The audit event does not repeat it.

    Raises Refused without words, where they are too long, and where no party of the agreement is named.
    """
    words = words.replace("\r\n", "\n").strip()
    if not words:
        raise Refused("Write the note first.")
    if len(words) > Note.LONGEST:
        raise Refused(f"A note has {Note.LONGEST:,} characters at most; this one has {len(words):,}.")
    found = list(
        SignatureBlock.objects.filter(version__agreement=agreement, pk__in=blocks).order_by("pk").only("pk", "party")
    )
    if not found:
        raise Refused("Tick the parties that the note is about.")
    parties = dict.fromkeys(block.party_id for block in found)
    made = Note.objects.bulk_create(
        Note(agreement=agreement, party_id=party, words=words, is_contact=is_contact, made_by=by) for party in parties
    )
    action = "note of a call made" if is_contact else "note made"
    audit.record(agreement, by, action, blocks=[one.pk for one in found], notes=[one.pk for one in made])
    return len(made)


@transaction.atomic
def strike(note: Note, by: User) -> Note:
    """Strike a note: it stands there struck, and counts for nothing. Raises Overtaken where it is struck already."""
    changed = Note.objects.filter(pk=note.pk, struck_at=None).update(struck_at=timezone.now(), struck_by=by)
    return _done(note, by, changed, "note struck")


@transaction.atomic
def restore(note: Note, by: User) -> Note:
    """Undo that a note was struck. Raises Overtaken where it is not struck."""
    changed = Note.objects.filter(pk=note.pk, struck_at__isnull=False).update(struck_at=None, struck_by=None)
    return _done(note, by, changed, "note no longer struck")


def _done(note: Note, by: User, changed: int, action: str) -> Note:
    if not changed:
        raise Overtaken("Somebody else did that a moment ago. Nothing was changed.")
    blocks = SignatureBlock.objects.filter(version__agreement=note.agreement_id, party=note.party_id)
    ids = list(blocks.order_by("pk").values_list("pk", flat=True))
    audit.record(note.agreement, by, action, blocks=ids, notes=[note.pk])
    note.refresh_from_db()
    return note
