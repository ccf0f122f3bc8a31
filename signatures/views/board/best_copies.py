"""Choosing the copy of a party's page that is bound."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from signatures.domain.decisions import best_copies
from signatures.domain.errors import Refused
from signatures.models import SignatureBlock
from signatures.views.access import agreement_for
from signatures.views.numbers import number

UNDO = '{} <button class="button" form="best" name="what" value="undo">Undo</button>'


@require_POST
def choose(request: HttpRequest, slug: str, block_id: int) -> HttpResponse:
    """Bind the copy `page`, leave it to the rule (what=rule), or take back what one said last (what=undo)."""
    access = agreement_for(request, slug, decide=True)
    if not SignatureBlock.objects.filter(pk=block_id, version__agreement=access.agreement).exists():
        raise Http404
    what = request.POST.get("what", "")
    try:
        if what == "undo":
            best_copies.undo(access.agreement, block_id, access.user)
            messages.success(request, "Undone.")
        elif what == "rule":
            best_copies.leave_to_rule(access.agreement, block_id, access.user)
            messages.success(request, format_html(UNDO, "The rule chooses the copy that is bound."))
        else:
            best_copies.choose(access.agreement, block_id, number(request.POST.get("page")) or 0, access.user)
            messages.success(request, format_html(UNDO, "This copy is bound."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("holder", slug, block_id)
