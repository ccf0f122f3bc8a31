"""One issued page: void it, issue it again, or undo that."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from signatures.domain import matching, voiding
from signatures.domain.errors import Refused
from signatures.models import SignaturePage, User
from signatures.views.access import agreement_for, issued_page_for
from signatures.views.heading import heading


@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Void an issued page with a reason, or replace it by a new one; undo the voiding."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    page = issued_page_for(access, page_id)
    problem = ""
    if request.method == "POST":
        try:
            messages.success(request, _do(request, page, access.user))
        except Refused as error:
            problem = str(error)
        else:
            return redirect("pages", slug)
    is_current = page.state == SignaturePage.State.CURRENT
    context = {
        "agreement": heading(access.agreement, timezone.now(), page.version.number),
        "may_act": access.may_act,
        "problem": problem,
        "reason": request.POST.get("reason", ""),
        "page": {
            "number": page.number,
            "names": [block.entity for block in page.blocks.order_by("placed__position")],
            "url": reverse("issued_pdf", args=[slug, page.pk]),
            "thumbnail_url": reverse("picture_issued", args=[slug, page.pk]),
            "is_current": is_current,
            "may_undo": page.state == SignaturePage.State.VOID,
            "stale": "" if is_current else matching.why_not_current(page),
            "executed": [block.entity for block in voiding.executed_on(page)],
        },
    }
    return render(request, "setup/void.html", context, status=422 if problem else 200)


def _do(request: HttpRequest, page: SignaturePage, user: User) -> str:
    """Do what was asked and say it. Raises Refused."""
    said, reason = request.POST.get("do"), request.POST.get("reason", "")
    still_counts = request.POST.get("still_counts") == "yes"
    if said == "void":
        voiding.void(page, user, reason, still_counts=still_counts)
        return f"Voided: page {page.number}. Correct its blocks if they are wrong, then issue them again."
    if said == "again":
        new = voiding.issue_again(page, user, reason, still_counts=still_counts)
        return f"Page {page.number} is replaced by page {new.number}, in the same packet."
    open_voiding = page.voidings.filter(closed_at=None).first()
    if said == "undo" and open_voiding is not None:
        voiding.undo(open_voiding, user)
        return f"Page {page.number} is valid again."
    raise Refused("Say what is to become of this page.")
