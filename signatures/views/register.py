"""The register on screen: upload, see what every row will do, say which holders are the same, apply; export."""

from __future__ import annotations

import re
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from signatures.domain import files, register, register_import
from signatures.domain.errors import Refused
from signatures.domain.queries import setup as queries
from signatures.domain.register_file import COLUMNS, MOST_BYTES, Table, guess_mapping, read_table, write_csv
from signatures.models import Agreement, StoredFile
from signatures.setup_forms import RegisterForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.register_import import last_import
from signatures.views.words import chain_words, counted, money

MOST_SHOWN = 200
# Of the rows that ask, so many are shown; what is left asks again when these are decided.
MOST_ASKED = 500
ORDER = {"ask": 0, "refuse": 1}
COLUMN_KEY = re.compile(r"column-[0-9]{1,4}")


def _words(access: Access) -> dict[str, Any]:
    return {"agreement": heading(access.agreement, timezone.now()), "may_act": access.may_act}


@require_http_methods(["GET", "POST"])
def holders(request: HttpRequest, slug: str) -> HttpResponse:
    """The register: upload, see what every row will do, apply."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    context = _words(access) | {"form": RegisterForm()}
    status = 200
    if request.method == "POST":
        try:
            preview = _preview(request, access)
        except Refused as error:
            context["form"] = form = RegisterForm(request.POST, request.FILES)
            form.errors.clear()
            form.add_error("register", str(error))
            status = 422
        else:
            if preview is None:
                return redirect("register", slug)
            context["preview"] = preview
    shown, number = queries.register(access.agreement, MOST_SHOWN), queries.register_size(access.agreement)
    context |= {
        "last": last_import(access, timezone.now()),
        "holders": [_register_line(access, line) for line in shown],
        "holders_words": counted(number, "holder")
        + (f"; the first {len(shown)} are listed, all are in the export" if number > len(shown) else ""),
        "template_url": reverse("register_template", args=[slug]),
        "export_url": reverse("register_export", args=[slug]),
    }
    return render(request, "setup/register.html", context, status=status)


def _preview(request: HttpRequest, access: Access) -> dict[str, Any] | None:
    """Keep the file and say what it will do; have it imported and return None when the person said so.

    Raises Refused."""
    upload = next(iter(request.FILES.getlist("register")), None)
    if upload is not None:
        if (upload.size or 0) > MOST_BYTES:
            raise Refused("The register is larger than 20 MB. Send only the sheet with the holders.")
        stored = files.keep(upload.chunks(), "application/octet-stream")
        name = upload.name or "register"
    else:
        stored, name = _uploaded_before(request.POST.get("token", ""), access.agreement)
    said, decisions = _mapping_said(request), _decisions(request)
    is_apply = request.POST.get("do") == "apply"
    if is_apply and said is not None and request.POST.get("shown") == _mapping_shown(said):
        register_import.queue(access.agreement, stored, name, said, decisions, access.user)
        return None
    table = read_table(files.read(stored), name)
    mapping = guess_mapping(table.headings) if said is None else said
    planned = register.plan(access.agreement, table, mapping, decisions)
    shown = _preview_words(access, name, stored, table, mapping, planned)
    _add_decisions(shown, decisions, planned)
    if is_apply:
        shown["error"] = "The columns were changed. This is what the register will do now."
    return shown


def _uploaded_before(token: str, agreement: Agreement) -> tuple[StoredFile, str]:
    """Return the register that the preview showed, and its name. Only a token of this agreement opens a file."""
    try:
        sha256, name = signing.loads(token, salt=agreement.slug)
    except signing.BadSignature as error:
        raise Refused("Choose a register first.") from error
    return StoredFile.objects.get(sha256=sha256), name


def _decisions(request: HttpRequest) -> dict[int, str]:
    """Return which rows a person has said are the holder that they look like, and which are another."""
    return {
        int(key[7:]): value
        for key, value in request.POST.items()
        if key.startswith("decide-") and key[7:].isdecimal() and value in {register.SAME, register.NEW}
    }


def _add_decisions(shown: dict[str, Any], decisions: dict[int, str], planned: list[register.PlannedRow]) -> None:
    """Keep what was decided of rows that are not shown any more."""
    on_screen = {row["number"] for row in shown["rows"] if row["like"]}
    for row in shown["rows"]:
        row["decided"] = decisions.get(row["number"], "")
    shown["decided"] = [
        {"number": one.number, "decision": decisions[one.number]}
        for one in planned
        if one.number in decisions and one.number not in on_screen
    ]


def _mapping_shown(mapping: dict[str, int]) -> str:
    return " ".join(f"{column}:{at}" for column, at in sorted(mapping.items()))


def _mapping_said(request: HttpRequest) -> dict[str, int] | None:
    """Return which of our columns a person said stands where, None where nothing was said of columns."""
    found = {int(key[7:]): str(said) for key, said in request.POST.items() if COLUMN_KEY.fullmatch(key)}
    return {said: at for at, said in sorted(found.items()) if said in COLUMNS} if found else None


def _preview_words(
    access: Access,
    name: str,
    stored: StoredFile,
    table: Table,
    mapping: dict[str, int],
    planned: list[register.PlannedRow],
) -> dict[str, Any]:
    counts = {what: sum(one.what == what for one in planned) for what in ("add", "change", "nothing", "ask", "refuse")}
    first = sorted(planned, key=lambda one: ORDER.get(one.what, 2) if len(planned) > MOST_SHOWN else 0)
    shown = first[: max(MOST_SHOWN, min(counts["ask"], MOST_ASKED))]
    meaning = {at: column for column, at in mapping.items()}
    return {
        "name": name,
        "token": signing.dumps([stored.sha256, name], salt=access.agreement.slug),
        "shown": _mapping_shown(mapping),
        "columns": [
            {"name": heading_ or f"Column {at + 1}", "field": meaning.get(at, ""), "id": at}
            for at, heading_ in enumerate(table.headings)
        ],
        "fields": [{"name": column, "word": column.replace("_", " ")} for column in COLUMNS],
        "rows": [
            {
                "number": one.number,
                "does": one.what,
                "holder": one.holder,
                "principal": _money(access, one.row.principal) if one.row else "",
                "signatory": ", ".join(person.name for person in one.row.people) if one.row else "",
                "words": one.detail,
                "like": one.like,
            }
            for one in shown
        ],
        "counts_words": f"{counts['add']:,} to add, {counts['change']:,} to change, {counts['nothing']:,} as they are, "
        + (f"{counts['ask']:,} to decide, " if counts["ask"] else "")
        + f"{counts['refuse']:,} refused"
        + (f"; {len(shown)} of {len(planned):,} rows are shown" if len(planned) > len(shown) else ""),
        "may_apply": bool(counts["add"] + counts["change"]),
    }


def _money(access: Access, amount: Any) -> str:
    currency = access.agreement.notes.currency if access.agreement.notes else "USD"
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
