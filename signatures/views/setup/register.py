"""The register on screen: upload, see what every row will do, say which holders are the same, apply; export."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRefresh

from signatures.domain import files
from signatures.domain.errors import Refused
from signatures.domain.queries import setup as queries
from signatures.domain.register import register, register_import, register_preview
from signatures.domain.register.register_file import COLUMNS, MOST_BYTES, write_csv
from signatures.models import RegisterPreview
from signatures.setup_forms import RegisterForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.setup.register_import import last_import
from signatures.views.words import chain_words, counted, money
from signatures.views.work import words

MOST_HOLDERS = 200
COLUMN_KEY = re.compile(r"column-[0-9]{1,4}")


@require_http_methods(["GET", "POST"])
def holders(request: HttpRequest, slug: str) -> HttpResponse:
    """The register; a post hands in a file, which is compared in the background."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    form, status = RegisterForm(), 200
    if request.method == "POST":
        try:
            return redirect("register_preview", slug, _handed_in(request, access).pk)
        except Refused as error:
            form, status = _refused(request, error), 422
    return render(request, "setup/register.html", _words(access) | {"form": form}, status=status)


def _refused(request: HttpRequest, error: Refused) -> RegisterForm:
    form = RegisterForm(request.POST, request.FILES)
    form.errors.clear()
    form.add_error("register", str(error))
    return form


def _words(access: Access) -> dict[str, Any]:
    slug, now = access.agreement.slug, timezone.now()
    shown, number = queries.register(access.agreement, MOST_HOLDERS), queries.register_size(access.agreement)
    return {
        "agreement": heading(access.agreement, now),
        "may_act": access.may_act,
        "form": RegisterForm(),
        "last": last_import(access, now),
        "holders": [_register_line(access, line) for line in shown],
        "holders_words": counted(number, "holder")
        + (f"; the first {len(shown)} are listed, all are in the export" if number > len(shown) else ""),
        "template_url": reverse("register_template", args=[slug]),
        "export_url": reverse("register_export", args=[slug]),
    }


def _handed_in(request: HttpRequest, access: Access) -> RegisterPreview:
    """Keep the file that was handed in and have it compared. Raises Refused."""
    upload = next(iter(request.FILES.getlist("register")), None)
    if upload is None:
        raise Refused("Choose a register first.")
    if (upload.size or 0) > MOST_BYTES:
        raise Refused("The register is larger than 20 MB. Send only the sheet with the holders.")
    stored = files.keep(upload.chunks(), "application/octet-stream")
    return register_preview.queue(access.agreement, stored, upload.name or "register", access.user)


@never_cache
@require_http_methods(["GET", "POST"])
def preview(request: HttpRequest, slug: str, preview_id: int) -> HttpResponse:
    """What a register will do, to who handed it in; a post has it imported, or compared again under other columns."""
    access = agreement_for(request, slug, decide=True)
    mine = access.agreement.register_previews.filter(asked_by=access.user).select_related("file")
    one = get_object_or_404(mine, pk=preview_id)
    form = None
    if request.method == "POST":
        try:
            return _say(request, access, one)
        except Refused as error:
            form = _refused(request, error)
    here = reverse("register_preview", args=[slug, one.pk])
    if request.headers.get("HX-Request") == "true":
        if not one.is_under_way:
            return HttpResponseClientRefresh()
        return render(request, "parts/work.html", {"work": words(one, "Comparing", here)})
    context = _words(access) | {"form": form or RegisterForm()}
    if one.shown is None:
        context["work"] = words(one, "Comparing", here)
    else:
        context["preview"] = _preview_words(access, one, one.shown)
    return render(request, "setup/register.html", context, status=422 if form else 200)


def _say(request: HttpRequest, access: Access, one: RegisterPreview) -> HttpResponse:
    """Do what a person says of a preview: do=apply has its register imported, else it is compared again. Raises
    Refused."""
    said, decisions = _mapping_said(request), _decisions(request)
    if said is not None and "holder" not in said:
        raise Refused("Say which column names the holder.")
    is_apply = request.POST.get("do") == "apply"
    if is_apply and said is not None and one.shown is not None and said == one.shown["mapping"]:
        register_import.queue(access.agreement, one.file, one.name, said, decisions, access.user)
        return redirect("register", access.agreement.slug)
    again = register_preview.queue(
        access.agreement, one.file, one.name, access.user, said, decisions, columns_changed=is_apply
    )
    return redirect("register_preview", access.agreement.slug, again.pk)


def _decisions(request: HttpRequest) -> dict[int, str]:
    """Return which rows a person has said are the holder that they look like, and which are another."""
    return {
        int(key[7:]): value
        for key, value in request.POST.items()
        if key.startswith("decide-") and key[7:].isdecimal() and value in {register.SAME, register.NEW}
    }


def _mapping_said(request: HttpRequest) -> dict[str, int] | None:
    """Return which of our columns a person said stands where, None where nothing was said of columns."""
    found = {int(key[7:]): str(said) for key, said in request.POST.items() if COLUMN_KEY.fullmatch(key)}
    return {said: at for at, said in sorted(found.items()) if said in COLUMNS} if found else None


def _preview_words(access: Access, one: RegisterPreview, found: dict[str, Any]) -> dict[str, Any]:
    counts, meaning = found["counts"], {at: column for column, at in found["mapping"].items()}
    number = len(found["rows"])
    return {
        "name": one.name,
        "url": reverse("register_preview", args=[access.agreement.slug, one.pk]),
        "error": "The columns were changed. This is what the register will do now." if one.columns_changed else "",
        "columns": [
            {"name": said or f"Column {at + 1}", "field": meaning.get(at, ""), "id": at}
            for at, said in enumerate(found["headings"])
        ],
        "fields": [{"name": column, "word": column.replace("_", " ")} for column in COLUMNS],
        "rows": [_preview_row(access, *row) for row in found["rows"]],
        "decided": [{"number": row, "decision": said} for row, said in found["decided"]],
        "counts_words": f"{counts['add']:,} to add, {counts['change']:,} to change, {counts['nothing']:,} as they are, "
        + (f"{counts['ask']:,} to decide, " if counts["ask"] else "")
        + f"{counts['refuse']:,} refused"
        + (f"; {number} of {found['all']:,} rows are shown" if found["all"] > number else ""),
        "may_apply": bool(counts["add"] + counts["change"]),
    }


def _preview_row(
    access: Access,
    number: int,
    does: str,
    holder: str,
    principal: str | None,
    signatory: str,
    detail: str,
    like: str,
    decided: str,
) -> dict[str, Any]:
    return {
        "number": number,
        "does": does,
        "holder": holder,
        "principal": _money(access, None if principal is None else Decimal(principal)),
        "signatory": signatory,
        "words": detail,
        "like": like,
        "decided": decided,
    }


def _money(access: Access, amount: Decimal | None) -> str:
    currency = access.agreement.currency
    return money(amount, currency) if access.show_amounts and amount is not None else ""


def _register_line(access: Access, line: queries.RegisterLine) -> dict[str, Any]:
    return {
        "name": line.block.party.name,
        "chain": chain_words(
            [{"entity": link.entity, "capacity": link.capacity} for link in line.block.party.chain.all()]
        ),
        "principal": _money(access, line.holding.principal) if line.holding else "",
        "signatory": line.signatory,
        "email": line.send_to or line.email,
        "source": line.holding.get_source_display() if line.holding else "",
    }


@require_GET
def register_template(request: HttpRequest, slug: str) -> HttpResponse:
    """An empty register to fill in."""
    agreement_for(request, slug)
    return _csv(write_csv([]), "register")


@require_GET
def register_export(request: HttpRequest, slug: str) -> HttpResponse:
    """The register under the columns under which it comes in."""
    access = agreement_for(request, slug)
    return _csv(write_csv(queries.register_rows(access.agreement, access.show_amounts)), f"{slug}-register")


def _csv(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
