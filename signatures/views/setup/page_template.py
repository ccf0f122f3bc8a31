"""What signature pages are typeset with: chosen and edited beside a picture of the page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from signatures.domain.errors import Refused
from signatures.domain.pages import page_templates, typesetting
from signatures.models import PageTemplate
from signatures.setup_forms import PageTemplateForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.setup.page_picture import Picture, pictured


@require_http_methods(["GET", "POST"])
def page_template(request: HttpRequest, slug: str) -> HttpResponse:
    """The agreement's template, or ?from= one of the firm. POST does=choose, keep (for the firm), remove or show."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    wanted, of_the_firm = page_templates.of(access.agreement), page_templates.of_the_firm()
    chosen = next((one for one in of_the_firm if str(one.pk) == request.GET.get("from")), None)
    if request.POST.get("does") == "remove":
        return _removed(request, access, of_the_firm)
    start = page_templates.choices(chosen) | {"name": chosen.name} if chosen else None
    form = PageTemplateForm(request.POST or None, instance=wanted, initial=start)
    if chosen:
        form.initial["size"] = f"{chosen.size:.1f}"
    if request.method == "POST" and form.is_valid():
        try:
            if _done(request, access, wanted):
                return redirect("page_template", slug)
        except Refused as error:
            form.add_error(None, str(error))
    if not access.may_act:
        for field in form.fields.values():
            field.disabled = True
    shown = chosen if chosen and request.method == "GET" else wanted
    context = {
        "agreement": heading(access.agreement, timezone.now()),
        "may_act": access.may_act,
        "form": form,
        "of_the_firm": of_the_firm,
        "chosen": chosen,
        "picture": _picture(access, shown) if not form.errors else Picture(),
    }
    return render(request, "setup/template.html", context, status=422 if form.errors else 200)


def _done(request: HttpRequest, access: Access, wanted: PageTemplate) -> bool:
    """Do what was asked and tell whether the screen is to be loaded anew; a picture stays on what was typed."""
    does = request.POST.get("does")
    if does == "choose":
        page_templates.choose(access.agreement, wanted, access.user)
        messages.success(request, "Saved. The next pages are typeset so; pages that were issued stay as they are.")
    elif does == "keep":
        kept = page_templates.keep_for_the_firm(wanted, access.user)
        page_templates.choose(access.agreement, wanted, access.user)
        messages.success(request, f"Kept as “{kept.name}” for the firm, and chosen here.")
    else:
        page_templates.checked(wanted)
    return does in ("choose", "keep")


def _removed(request: HttpRequest, access: Access, of_the_firm: list[PageTemplate]) -> HttpResponse:
    template = next((one for one in of_the_firm if str(one.pk) == request.POST.get("template")), None)
    if template is not None:
        page_templates.remove(template, access.user)
        messages.success(request, f"The firm keeps no template “{template.name}” any more. Agreements keep theirs.")
    return redirect("page_template", access.agreement.slug)


@require_POST
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """The page as it would be issued with what stands in the form."""
    access = agreement_for(request, slug, decide=True)
    wanted = page_templates.of(access.agreement)
    form = PageTemplateForm(request.POST, instance=wanted)
    shown = Picture(sentence="Some of this cannot be set yet.")
    if form.is_valid():
        try:
            shown = _picture(access, page_templates.checked(wanted))
        except Refused as error:
            shown = Picture(sentence=str(error))
    return render(request, "setup/picture.html", {"picture": shown})


def _picture(access: Access, template: PageTemplate) -> Picture:
    agreement = access.agreement
    return pictured(agreement, template, typesetting.sample(agreement, template))
