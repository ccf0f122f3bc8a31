"""The versions of an agreement: upload a new one, see how it differs, adopt or withdraw it."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods
from django_htmx.http import HttpResponseClientRedirect, HttpResponseClientRefresh

from signatures.domain.documents import version_reading
from signatures.domain.documents import versions as domain
from signatures.domain.documents.version_changes import Comparison, Pair, chain_said, key, signers_said
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import versions as queries
from signatures.models import Version, WorkState
from signatures.paper.agreement import ParsedParty
from signatures.setup_forms import DocumentForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.setup.new_agreement import MOST_BYTES, TOO_LARGE
from signatures.views.words import counted, local_moment
from signatures.views.work import words

# Of what stays after a withdrawal, so many sentences are said on the screen.
MOST_STAYS = 10


@require_http_methods(["GET", "POST"])
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """All versions; a post uploads a new one."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    form = DocumentForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["document"]
        try:
            if document.size > MOST_BYTES:
                raise Refused(TOO_LARGE)
            version_reading.queue(access.agreement, document.chunks(), document.name, access.user)
        except Refused as error:
            form.add_error("document", str(error))
        else:
            return redirect("versions", slug)
    now, found = timezone.now(), queries.listed(access.agreement)
    current = next(one.version for one in found if one.version.is_execution)
    context = {
        "agreement": heading(access.agreement, now, current.number),
        "may_act": access.may_act,
        "form": form,
        "work": reading_words(access),
        "versions": [_listed(access, one, now) for one in found],
        "to_decide": queries.to_decide(current),
        "current": current.number,
    }
    return render(request, "versions/list.html", context, status=422 if form.errors else 200)


def reading_words(access: Access, further: bool = False) -> dict[str, Any] | None:
    """Return the newest reading of a version, or of a `further` document, in words while it is under way or was
    refused, else None.
    """
    readings = access.agreement.version_readings
    one = (readings.exclude(further_title="") if further else readings.filter(further_title="")).first()
    if one is None or one.state == WorkState.DONE:
        return None
    return words(one, "Reading", reverse("version_live", args=[access.agreement.slug, one.pk]))


@never_cache
@require_GET
def live(request: HttpRequest, slug: str, work_id: int) -> HttpResponse:
    """How far the reading of a version or of a further document is, as an open screen asks for it; then on to the
    version.
    """
    access = agreement_for(request, slug)
    one = get_object_or_404(access.agreement.version_readings.select_related("version"), pk=work_id)
    if one.is_under_way:
        here = reverse("version_live", args=[slug, one.pk])
        return render(request, "parts/work.html", {"work": words(one, "Reading", here)})
    if one.state == WorkState.DONE and one.version is not None and not one.further_title:
        return HttpResponseClientRedirect(reverse("version", args=[slug, one.version.number]))
    return HttpResponseClientRefresh()


def _listed(access: Access, one: queries.Listed, now: datetime.datetime) -> dict[str, Any]:
    version = one.version
    pages = counted(one.pages, "page") + " issued"
    return {
        "number": version.number,
        "url": reverse("version", args=[access.agreement.slug, version.number]),
        "name": version.source_name,
        "sha256": version.pdf_id[:16],
        "state": state_words(version, access.agreement.time_zone, now),
        "kind": _kind(version),
        "words": f"{pages}, {one.executed:,} of {counted(one.blocks, 'block')} executed" if one.blocks else "",
    }


def _kind(version: Version) -> str:
    if version.is_execution:
        return "good"
    return "wary" if version.adopted_at is None and version.withdrawn_at is None else "second"


def state_words(version: Version, zone: str, now: datetime.datetime) -> str:
    """Say whether a version is signed, waits, or was signed or withdrawn, and since when."""

    def at(moment: datetime.datetime | None) -> str:
        return local_moment(moment, zone, now) if moment else ""

    if version.withdrawn_at is not None:
        return f"Withdrawn {at(version.withdrawn_at)} by {version.withdrawn_by}"
    if version.adopted_at is None:
        return f"Uploaded {at(version.created_at)}, waits for your word"
    since = f" {at(version.adopted_at)}" + (f" by {version.adopted_by}" if version.adopted_by else "")
    return f"Signed now, adopted{since}" if version.is_execution else f"Superseded, adopted{since}"


@require_http_methods(["GET", "POST"])
def version(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """How a version differs from the one before; a post adopts or withdraws it."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    shown = get_object_or_404(Version.objects.select_related("agreement"), agreement=access.agreement, number=number)
    problem = ""
    if request.method == "POST":
        try:
            return _do(request, access, shown)
        except Overtaken as error:
            messages.warning(request, str(error))
            return redirect("version", slug, number)
        except Refused as error:
            problem = str(error)
    try:
        compared = queries.compared(shown)
    except Refused as error:
        compared, problem = None, str(error)
    context = _version(access, shown, compared) | {"problem": problem}
    return render(request, "versions/version.html", context, status=422 if problem else 200)


def _do(request: HttpRequest, access: Access, shown: Version) -> HttpResponse:
    """Do what was asked. Raises Refused."""
    slug = access.agreement.slug
    if request.POST.get("do") == "compare":
        version_reading.queue_comparison(shown, access.user)
        return redirect("versions", slug)
    if request.POST.get("do") == "withdraw":
        stays = domain.withdraw(shown, access.user)
        messages.success(
            request,
            f"Version {shown.number} is withdrawn. What is signed, the terms and the register are as before it.",
        )
        for sentence in stays[:MOST_STAYS]:
            messages.warning(request, sentence)
        if len(stays) > MOST_STAYS:
            messages.warning(request, f"{len(stays) - MOST_STAYS:,} more stay; the record of the withdrawal names all.")
        return redirect("versions", slug)
    if request.POST.get("do") != "adopt":
        raise Refused("Say whether this version is adopted or withdrawn.")
    same = [(role, name) for role, _, name in (one.partition(" ") for one in request.POST.getlist("same"))]
    adopted = domain.adopt(shown, access.user, same)
    messages.success(
        request, f"Version {adopted.number} is the one that is signed. Pages issued before it count no more."
    )
    waiting = queries.to_decide(adopted)
    return redirect("carry_over" if waiting else "pages", slug)


def _version(access: Access, shown: Version, compared: queries.Compared | None) -> dict[str, Any]:
    agreement, now = access.agreement, timezone.now()
    found = compared.parties if compared else None
    return {
        "agreement": heading(agreement, now, shown.number),
        "may_act": access.may_act,
        "show_text": access.show_amounts,
        "version": {
            "number": shown.number,
            "name": shown.source_name,
            "sha256": shown.pdf_id,
            "source_sha256": shown.source_id,
            "state": state_words(shown, agreement.time_zone, now),
            "kind": _kind(shown),
            "is_waiting": shown.adopted_at is None and shown.withdrawn_at is None,
            "may_withdraw": shown.withdrawn_at is None and shown.number > 1 and shown.is_execution,
            "has_reading_copy": shown.reading_copy_id is not None,
        },
        "before": compared.before.number if compared else None,
        "head": found.head if found else (),
        "parties": _parties(found) if found else [],
        "alike": [_alike(pair) for pair in found.alike] if found else [],
        "unchanged": sum(not pair.changes for pair in found.pairs) if found else 0,
        "passages": compared.passages if compared and access.show_amounts else (),
        "is_compared": compared is not None and compared.passages is not None,
        "text_words": _text_words(compared) if compared else "",
    }


def _parties(found: Comparison) -> list[dict[str, Any]]:
    """Return what became of each party that is not as it was: gone, changed, added."""
    rows = [{"does": "gone", "word": "− gone", "name": one.entity, "lines": [_party(one)]} for one in found.gone]
    for pair in found.changed:
        lines = [f"{one.word}: {one.before or 'none'} → {one.after or 'none'}" for one in pair.changes]
        rows.append({"does": "changed", "word": "± changed", "name": pair.after.entity, "lines": lines})
    rows += [{"does": "added", "word": "+ added", "name": one.entity, "lines": [_party(one)]} for one in found.added]
    return rows


def _party(party: ParsedParty) -> str:
    said = (party.label or party.role, chain_said(party), signers_said(party))
    return " · ".join(filter(None, said))


def _alike(pair: Pair) -> dict[str, str]:
    role, name = key(pair.after)
    return {"before": pair.before.entity or "", "after": pair.after.entity or "", "value": f"{role} {name}"}


def _text_words(compared: queries.Compared) -> str:
    if compared.passages is None:
        return "The texts were not compared yet."
    changed = [one for one in compared.passages if one.kind != "same"]
    if not changed:
        return "The text before the signature blocks is the same, word for word."
    return f"{counted(len(changed), 'paragraph')} of the text before the signature blocks differ."
