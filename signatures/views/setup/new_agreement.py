"""A new agreement from its document: upload, see how far the reading is, go on to what was read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from signatures.domain import work
from signatures.domain.documents import document_reading
from signatures.models import DocumentReading, Role, User
from signatures.setup_forms import DocumentForm
from signatures.views.access import signed_in

MOST_BYTES = 40_000_000
TOO_LARGE = "This file is larger than 40 MB. Upload the agreement without its exhibits."


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Upload a document. It is kept and read in the background."""
    user = signed_in(request)
    if not user.is_staff and not user.memberships.exclude(role=Role.VIEWER).exists():
        raise PermissionDenied("You may look at agreements. To make one, ask its counsel.")
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["document"]
        if document.size <= MOST_BYTES:
            one = document_reading.queue(document.chunks(), document.name, user)
            return redirect("agreement_reading", one.pk)
        form.add_error("document", TOO_LARGE)
    return render(request, "setup/upload.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@require_GET
def reading(request: HttpRequest, reading_id: int) -> HttpResponse:
    """How far the reading of one's own document is. Once it is an agreement, on to what was read."""
    mine = DocumentReading.objects.filter(asked_by=signed_in(request)).select_related("agreement")
    one = get_object_or_404(mine, pk=reading_id)
    if one.agreement is not None:
        there = reverse("check", args=[one.agreement.slug])
        return HttpResponseClientRedirect(there) if _is_asked_live(request) else redirect(there)
    context = {"reading": _words(one)}
    if _is_asked_live(request):
        return render(request, "setup/reading_live.html", context)
    return render(request, "setup/reading.html", context)


def under_way(user: User) -> list[dict[str, Any]]:
    """Return the documents of a person that are being read, in words, newest first."""
    found = DocumentReading.objects.filter(asked_by=user, state__in=work.UNDER_WAY)
    return [_words(one) for one in found]


def _is_asked_live(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _words(one: DocumentReading) -> dict[str, Any]:
    return {
        "name": one.name,
        "is_under_way": one.is_under_way,
        "reason": one.reason,
        "words": one.get_step_display(),
        "step": one.step,
        "steps": len(DocumentReading.Step),
        "url": reverse("agreement_reading", args=[one.pk]),
    }
