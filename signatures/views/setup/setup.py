"""From a document to issued pages: upload, check what was read, import the holders, issue."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from signatures.domain.documents import agreements, blocks, further_documents, in_force
from signatures.domain.documents.blocks import is_fixed
from signatures.domain.errors import Refused
from signatures.domain.pages import issuing, page_templates
from signatures.domain.queries import setup as queries
from signatures.domain.queries.versions import to_decide
from signatures.models import Agreement, FurtherDocument, PageTemplate, SignatureBlock, Version
from signatures.setup_forms import BlockFormSet, HeadForm, IssueForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.setup import page_picture
from signatures.views.setup.voiding import ended
from signatures.views.words import counted, joined

HEAD_WORDS = {"title": "Title", "amends_title": "Amends", "as_of": "Dated", "witness_clause": "Witness clause"}
BLOCK_WORDS = {"role": "Role", "address": "Address", "chain": "Signs by", "signatory": "Signatory", "title": "Title"}


def _words(access: Access) -> dict[str, Any]:
    return {"agreement": heading(access.agreement, timezone.now()), "may_act": access.may_act}


# What was read ----------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, slug: str, document_id: int | None = None) -> HttpResponse:
    """What was read from the agreement, or from a further document, beside the text that it was read from."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    further = _further(access, document_id)
    found = queries.blocks(access.agreement, further)
    head = HeadForm(request.POST or None, instance=access.agreement) if further is None else None
    formset = BlockFormSet(request.POST or None, initial=[_initial(block) for block in found])
    _annotate(formset, found, access.may_act)
    if head is not None and not access.may_act:
        head.facts = _facts(head, HEAD_WORDS)
    shows = request.POST.get("show", "")
    valid = (head is None or head.is_valid()) and formset.is_valid()
    if request.method == "POST" and valid and not shows:
        access.agreement.refresh_from_db()
        if head is not None:
            agreements.set_terms(access.agreement, access.user, **head.cleaned_data)
        if _save_blocks(access, formset, found):
            if further is not None:
                messages.success(request, "Saved.")
                return redirect("documents", slug)
            if request.POST.get("do") == "add":
                blocks.add(access.agreement, access.user, "holder", f"New party {len(found) + 1}")
                return redirect(f"{reverse('check', args=[slug])}#party-{len(queries.blocks(access.agreement))}")
            messages.success(request, "Saved.")
            return redirect("register", slug)
    context = _words(access) | {
        "formset": formset,
        "head_form": head,
        "further": further,
        "lines": _lines(further.version if further else access.agreement.versions.get(is_execution=True), found),
        "doubt_words": _doubt_words(found),
        "first_doubt": next((at for at, block in enumerate(found, 1) if not block.certain), None),
        "picture": _picture(access, formset, found, shows),
    }
    return render(request, "setup/check.html", context, status=422 if request.method == "POST" and not shows else 200)


def _further(access: Access, document_id: int | None) -> FurtherDocument | None:
    if document_id is None:
        return None
    return get_object_or_404(further_documents.standing(access.agreement), pk=document_id)


def _picture(access: Access, formset: Any, found: list[SignatureBlock], shows: str) -> page_picture.Picture:
    """Return the page of the block whose form was asked for; else of the first that is in doubt, or the first."""
    at = number(shows)
    if at is not None and at < min(len(found), len(formset.forms)):
        block, form = found[at], formset.forms[at]
        if not is_fixed(block) and form.is_valid():
            return page_picture.of_form(access.agreement, form, block)
    first = next((block for block in found if not block.certain), found[0] if found else None)
    return page_picture.of_block(access.agreement, first) if first else page_picture.Picture()


def _initial(block: SignatureBlock) -> dict[str, Any]:
    chain = [f"{link['entity']}{', its ' + link['capacity'] if link['capacity'] else ''}" for link in block.chain]
    lines = list(block.lines.all())
    return {
        "block": block.pk,
        "entity": block.entity,
        "role": block.role,
        "address": block.address,
        "chain": "\n".join(chain),
        "signatory": "\n".join(line.name for line in lines),
        "title": "\n".join(line.title for line in lines),
    }


def _annotate(formset: Any, found: list[SignatureBlock], may_act: bool) -> None:
    """Tell each form where its block was read, what is doubtful, and lock it once the block was issued."""
    for form, block in zip(formset.forms, found, strict=False):
        if block.first_line is not None and block.last_line is not None:
            first, last = block.first_line + 1, block.last_line + 1
            form.source = {"first": first, "last": last, "words": f"read on lines {first} to {last}"}
        if not block.certain:
            form.doubts = ("The machine is not certain of this block. Compare it with the text.",)
        if is_fixed(block) or not may_act:
            form.facts = _facts(form, BLOCK_WORDS)
            if is_fixed(block):
                form.facts += (("Issued", "What is printed on its page does not change any more."),)
            for field in form.fields.values():
                field.disabled = True


def _facts(form: Any, words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return what stands in the fields of a form, in words."""
    return tuple((word, form.get_initial_for_field(form.fields[name], name) or "–") for name, word in words.items())


def _save_blocks(access: Access, formset: Any, found: list[SignatureBlock]) -> bool:
    """Correct the blocks that were changed and confirm the others; say whether all of it was taken."""
    for form, block in zip(formset.forms, found, strict=False):
        if block.placed.all():
            continue
        try:
            if form.cleaned_data["remove"]:
                blocks.remove(block, access.user)
            elif form.has_changed():
                blocks.correct(block, access.user, **page_picture.typed(form, block))
            else:
                blocks.confirm(block, access.user)
        except Refused as error:
            form.add_error(None, str(error))
    return not any(form.errors for form in formset.forms)


def _lines(version: Version, found: list[SignatureBlock]) -> list[dict[str, Any]]:
    text = version.text.splitlines()
    read = {
        number
        for block in found
        if block.first_line is not None and block.last_line is not None
        for number in range(block.first_line, block.last_line + 1)
    }
    return [
        {"number": at + 1, "text": line.replace("\f", ""), "page_break": "\f" in line, "read": at in read}
        for at, line in enumerate(text)
    ]


def _doubt_words(found: list[SignatureBlock]) -> str:
    doubtful = sum(not block.certain for block in found)
    return f"{counted(doubtful, 'party', 'parties')} {'wants' if doubtful == 1 else 'want'} a look" if doubtful else ""


# Issuing ----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def pages(request: HttpRequest, slug: str) -> HttpResponse:
    """Issue the pages that were not issued yet, and see those that were."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    template = page_templates.of(access.agreement)
    form = IssueForm(request.POST or None, most=template.most_blocks, initial={"arrangement": template.sharing})
    if request.method == "POST" and form.is_valid():
        try:
            issued = issuing.issue(access.agreement, access.user, _arrangement(form, template))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Issued: {counted(len(issued), 'page')}.")
            return redirect("packets", slug)
    version = blocks.execution_version(access.agreement)
    waiting = _waiting(access.agreement, version)
    current = queries.issued(access.agreement)
    context = _words(access) | {
        "waiting": [
            {
                "name": block.entity,
                "signatory": joined(line.name for line in block.lines.all() if line.name),
                "words": str(block.version.further_document or ""),
            }
            for block in waiting
        ],
        "waiting_words": f"{counted(len(waiting), 'block')} {'has' if len(waiting) == 1 else 'have'} no page yet",
        "undecided": to_decide(version),
        "ended": ended(access),
        "problems": [],
        "warnings": _warnings(waiting),
        "form": form,
        "template_words": _template_words(template),
        "issued": [_issued(slug, page) for page in current],
        "download_url": reverse("pages_pdf", args=[slug]) if current else None,
    }
    return render(request, "setup/pages.html", context, status=422 if form.errors else 200)


def _waiting(agreement: Agreement, version: Version) -> list[SignatureBlock]:
    """Return the blocks that issuing would put on pages."""
    held_back = in_force.held_back(version)
    found = queries.blocks(agreement)
    for further in further_documents.standing(agreement):
        found += queries.blocks(agreement, further)
    return [block for block in found if not issuing.is_issued(block) and block.pk not in held_back]


def _arrangement(form: IssueForm, template: PageTemplate) -> issuing.Arrangement:
    said, most = form.cleaned_data, template.most_blocks
    if said["arrangement"] == PageTemplate.Sharing.SHARED:
        if not said["shared"]:
            raise Refused("Say that you know that holders on one sheet see each other.")
        return issuing.Arrangement(blocks_per_page=most)
    return issuing.Arrangement(per_signatory=most if said["arrangement"] == PageTemplate.Sharing.SIGNATORY else 1)


def _template_words(template: PageTemplate) -> str:
    """Return Deeds: Liberation Sans, 12.5 points, A4."""
    look = f"{template.font}, {template.size:g} points, {template.paper}"
    return f"{template.name}: {look}" if template.name else look


def _warnings(waiting: list[SignatureBlock]) -> list[str]:
    doubtful = [block.entity for block in waiting if not block.certain]
    nameless = [block.entity for block in waiting if not any(line.name for line in block.lines.all())]
    said = []
    if doubtful:
        said.append(f"Not yet checked: {joined(doubtful).rstrip('.')}.")
    if nameless:
        said.append(f"Nobody is named to sign for {joined(nameless)}: the name will be a blank on the page.")
    return said


def _issued(slug: str, page: Any) -> dict[str, Any]:
    return {
        "id": page.pk,
        "number": page.number,
        "names": [block.entity for block in page.in_order],
        "signatory": str(page.packet) if page.packet else "",
        "thumbnail_url": reverse("picture_issued", args=[slug, page.pk]),
        "url": reverse("issued_pdf", args=[slug, page.pk]),
        "void_url": reverse("page_void", args=[slug, page.pk]),
        "words": str(page.version.further_document or "") if page.packet else "on paper only: no link offers it",
    }


@require_GET
def pages_pdf(request: HttpRequest, slug: str) -> HttpResponse:
    """All issued pages in one PDF."""
    access = agreement_for(request, slug)
    if not queries.issued(access.agreement):
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{slug}-pages.pdf"'}
    return HttpResponse(queries.all_pages_pdf(access.agreement), content_type="application/pdf", headers=headers)
