"""Notes on parties: written on the party's screen or for the rows of the board that are ticked, and struck."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from signatures.domain import notes
from signatures.domain.errors import Refused
from signatures.domain.queries.notes import of_party
from signatures.models import Note
from signatures.views import words
from signatures.views.access import Access, agreement_for
from signatures.views.board.originals import back
from signatures.views.numbers import numbers


@require_POST
def make(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a note on every `holder`, and go back to where one was."""
    access = agreement_for(request, slug, decide=True)
    ticked = numbers(request.POST.getlist("holder"))
    is_contact = request.POST.get("call") == "1"
    try:
        number = notes.make(access.agreement, ticked, request.POST.get("note", ""), access.user, is_contact=is_contact)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, "Noted." if number == 1 else f"Noted for {words.counted(number, 'party', 'parties')}."
        )
    return redirect(back(request, access, "#notes"))


@require_POST
def change(request: HttpRequest, slug: str, note_id: int) -> HttpResponse:
    """Strike a note, or undo that: `do` says which."""
    access = agreement_for(request, slug, decide=True)
    note = get_object_or_404(Note.objects.select_related("agreement"), agreement=access.agreement, pk=note_id)
    try:
        if request.POST.get("do") == "restore":
            notes.restore(note, access.user)
            messages.success(request, "The note is no longer struck.")
        else:
            notes.strike(note, access.user)
            undo = 'The note is struck. <button class="button" form="note-{}" name="do" value="restore">Undo</button>'
            messages.success(request, format_html(undo, note.pk))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(back(request, access, "#notes"))


def panel(access: Access, block: int, party: int) -> dict[str, Any]:
    """Return what templates/board/notes.html says. Words may tell an amount: they are for who may see amounts."""
    agreement, now = access.agreement, timezone.now()
    return {
        "url": f"{reverse('notes', args=[agreement.slug])}?party={block}",
        "block": block,
        "longest": Note.LONGEST,
        "notes": [_words(access, one, block, now) for one in of_party(agreement, party)],
    }


def _words(access: Access, note: Note, block: int, now: Any) -> dict[str, Any]:
    zone = access.agreement.time_zone
    struck = f"struck by {note.struck_by}, {words.local_moment(note.struck_at, zone, now)}" if note.struck_at else ""
    return {
        "id": note.pk,
        "words": note.words if access.show_amounts else "",
        "who": f"{note.made_by}, {words.local_moment(note.made_at, zone, now)}",
        "is_contact": note.is_contact,
        "struck": struck,
        "url": f"{reverse('note', args=[access.agreement.slug, note.pk])}?party={block}",
    }
