"""Signature pages that counsel made: upload their PDF, tie their lines to blocks, issue them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from holders.names import fold
from signatures.domain.documents import blocks
from signatures.domain.errors import Refused
from signatures.domain.pages import issuing, own_pages_search
from signatures.domain.pages import own_pages as domain
from signatures.models import OwnPage, OwnPdf, OwnPdfSearch, Version, WorkState
from signatures.paper.own_pages.find import FoundRule, page_from_json
from signatures.setup_forms import OwnPdfForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.received.pictures import picture_response
from signatures.views.words import counted
from signatures.views.work import words as work_words

MOST_BYTES = 50_000_000


@require_http_methods(["GET", "POST"])
def own_pages(request: HttpRequest, slug: str) -> HttpResponse:
    """The pages that were found in counsel's PDFs. POST does=upload (a PDF), agreement (its own PDF) or issue."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    form, problem = OwnPdfForm(), ""
    if request.method == "POST":
        form = OwnPdfForm(request.POST, request.FILES) if request.POST.get("does") == "upload" else form
        try:
            if _done(request, access, form):
                return redirect("packets" if request.POST.get("does") == "issue" else "own_pages", slug)
        except Refused as error:
            problem = str(error)
    version = blocks.execution_version(access.agreement)
    pages, lines = domain.open_pages(version), domain.lines_to_tie(version)
    words = {(line.block.pk, line.position): line.words for line in lines}
    try:
        ready = len(domain.copies(pages, lines))
    except Refused as error:
        ready, problem = 0, problem or str(error)
    context = {
        "agreement": heading(access.agreement, timezone.now()),
        "may_act": access.may_act,
        "form": form,
        "work": _search_words(access, version),
        "problem": problem,
        "is_pdf": version.source_id == version.pdf_id,
        "pages": [_page(slug, page, words) for page in pages],
        "pdfs": list(dict.fromkeys(page.pdf for page in pages)),
        "choices": [line.words for line in lines],
        "ready_words": counted(ready, "page") if ready else "",
    }
    refused = request.method == "POST" and (problem or form.errors)
    return render(request, "setup/own_pages.html", context, status=422 if refused else 200)


def _done(request: HttpRequest, access: Access, form: OwnPdfForm) -> bool:
    """Do what was asked and tell whether the screen is to be loaded anew. Raises Refused."""
    agreement, does = access.agreement, request.POST.get("does")
    if does == "issue":
        issued = domain.issue(agreement, access.user, shared=request.POST.get("shared") == "yes")
        messages.success(request, f"Issued: {counted(len(issued), 'page')}.")
        return True
    if does == "agreement":
        version = blocks.execution_version(agreement)
        own_pages_search.queue_kept(agreement, version.pdf, version.source_name, access.user)
    elif form.is_valid():
        upload = form.cleaned_data["pdf"]
        if upload.size > MOST_BYTES:
            raise Refused("This file is larger than 50 MB. Upload the signature pages alone.")
        own_pages_search.queue(agreement, upload.chunks(), upload.name, access.user)
    else:
        return False
    return True


def _search_words(access: Access, version: Version) -> dict[str, Any] | None:
    """Return the newest search in words while it is under way or was refused, else None."""
    one = version.own_pdf_searches.first()
    if one is None or one.state == WorkState.DONE:
        return None
    return work_words(one, "Searching", reverse("own_pages_live", args=[access.agreement.slug, one.pk]))


@never_cache
@require_GET
def live(request: HttpRequest, slug: str, work_id: int) -> HttpResponse:
    """How far a search is, as an open screen asks for it. Once it is over the screen is to load itself anew."""
    access = agreement_for(request, slug)
    one = get_object_or_404(OwnPdfSearch, pk=work_id, version__agreement=access.agreement)
    if one.is_under_way:
        here = reverse("own_pages_live", args=[slug, one.pk])
        return render(request, "parts/work.html", {"work": work_words(one, "Searching", here)})
    if one.pdf is not None:
        number = counted(one.pdf.pages.count(), "signature page")
        messages.success(request, f"Found: {number}. Look whose each line is.")
    return HttpResponseClientRefresh()


def _page(slug: str, page: OwnPage, words: dict[tuple[int, int], str]) -> dict[str, Any]:
    found = page_from_json(page.found)
    tied = {line.at: line for line in page.lines.all()}
    rows = []
    for at, rule in enumerate(found.rules):
        line = tied.get(at)
        name = words.get((line.block_id, line.position), line.block.entity) if line else ""
        rows.append(
            {
                "at": at,
                "number": at + 1,
                "use": rule.use,
                "words": _words(rule),
                "tied": name,
                "issued": line is not None and issuing.is_issued(line.block),
                "is_signature": rule.use == "signature" or line is not None,
                "x": rule.rule.x0,
                "y": rule.rule.y,
                "top": rule.rule.y - 26,
                "width": rule.rule.x1 - rule.rule.x0,
            }
        )
    return {
        "id": page.pk,
        "title": str(page),
        "picture_url": reverse("own_page_picture", args=[slug, page.pk]),
        "tie_url": reverse("own_page_tie", args=[slug, page.pk]),
        "width": found.size[0],
        "height": found.size[1],
        "signatures": [row for row in rows if row["is_signature"]],
        "others": [row for row in rows if not row["is_signature"]],
        "codes": found.space.codes if found.space else (),
        "issued": any(row["issued"] for row in rows),
        "for_each": page.for_each,
        "why_not": domain.why_not(page),
    }


def _words(rule: FoundRule) -> str:
    """Return what stands around a line, to know it by: By: … Otto Brand."""
    below = next(iter(rule.below), "")
    return " … ".join(part for part in (rule.label or "without a label", below) if part)[:120]


@require_POST
def tie(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Say whose the lines of a page are: line-N is how a block's line is called, or nothing."""
    access = agreement_for(request, slug, decide=True)
    page = _own_page(access, page_id)
    version = blocks.execution_version(access.agreement)
    by_words = {fold(line.words): line for line in domain.lines_to_tie(version)}
    tied = {line.at: (line.block_id, line.position) for line in page.lines.all()}
    for_each = request.POST.get("for_each") == "yes"
    try:
        if "form" in request.POST and for_each != page.for_each:
            domain.make_form(page, for_each, access.user)
        for at in range(0 if for_each else len(page.found["rules"])):
            said = request.POST.get(f"line-{at}")
            if said is None:
                continue
            line = by_words.get(fold(said))
            if said.strip() and line is None:
                raise Refused(f"No block without a page is called “{said.strip()}”. Choose one of the list.")
            wanted = (line.block.pk, line.position) if line else None
            if wanted != tied.get(at):
                domain.tie(page, at, line.block if line else None, line.position if line else 1, access.user)
    except Refused as error:
        messages.error(request, str(error))
    return redirect(f"{reverse('own_pages', args=[slug])}#page-{page.pk}")


@require_POST
def put_away(request: HttpRequest, slug: str, pdf_id: int) -> HttpResponse:
    """Use a PDF no more, or with undo=1 again."""
    access = agreement_for(request, slug, decide=True)
    pdf = get_object_or_404(OwnPdf.objects.filter(version__agreement=access.agreement), pk=pdf_id)
    try:
        if request.POST.get("undo"):
            domain.bring_back(pdf, access.user)
        else:
            domain.put_away(pdf, access.user)
            undo = (
                '{} <form method="post" action="{}"><input type="hidden" name="csrfmiddlewaretoken" value="{}">'
                '<button class="button button-small" name="undo" value="1">Undo</button></form>'
            )
            here = reverse("own_pdf_away", args=[slug, pdf.pk])
            messages.success(request, format_html(undo, f"Put away: {pdf.name}.", here, get_token(request)))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("own_pages", slug)


@require_GET
def picture(request: HttpRequest, slug: str, page_id: int) -> HttpResponseBase:
    """A page of counsel's as it came, upright."""
    return picture_response(request, _own_page(agreement_for(request, slug), page_id).picture)


def _own_page(access: Access, page_id: int) -> OwnPage:
    pages = OwnPage.objects.filter(pdf__version__agreement=access.agreement).select_related("picture", "pdf")
    return get_object_or_404(pages, pk=page_id)
