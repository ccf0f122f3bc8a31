"""The picture of a page as it will be issued, beside the form in which its words are typed."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from holders.names import read_chain
from signatures.domain.documents import blocks
from signatures.domain.errors import Refused
from signatures.domain.pages import page_templates, typesetting
from signatures.models import Agreement, FurtherDocument, PageTemplate, SignatureBlock, SignaturePage
from signatures.setup_forms import BlockForm, HeadForm
from signatures.views.access import agreement_for


@dataclass(frozen=True)
class Picture:
    """A page to look at: where its picture is, what it shows, or the sentence for why there is none."""

    url: str = ""
    words: str = ""
    sentence: str = ""


def pictured(
    agreement: Agreement,
    template: PageTemplate,
    shown: Sequence[typesetting.Wording],
    further: FurtherDocument | None = None,
) -> Picture:
    """Return a page with these blocks, not issued yet."""
    if not shown:
        return Picture(sentence="There is no block yet that a page could show.")
    try:
        png = typesetting.picture(agreement, template, shown, further=further)
    except Refused as error:
        return Picture(sentence=str(error))
    names = " and ".join(block.entity for block in shown)
    return Picture("data:image/png;base64," + base64.b64encode(png).decode(), f"The signature page of {names}")


def of_block(agreement: Agreement, block: SignatureBlock) -> Picture:
    """Return the page of a block: as it was issued, or as it would be with what is kept of it."""
    page = next((one.page for one in block.placed.all() if one.page.state == SignaturePage.State.CURRENT), None)
    if page is not None:
        address = reverse("picture_issued", args=[agreement.slug, page.pk])
        return Picture(address, f"The signature page of {block.entity} as it was issued, page {page.number}")
    template = page_templates.of(agreement)
    shown = [typesetting.with_second_lines(template, typesetting.wording(block))]
    return pictured(agreement, template, shown, block.version.further_document)


def of_form(agreement: Agreement, form: BlockForm, block: SignatureBlock) -> Picture:
    """Return the page of a block with what stands in its form, which was found valid."""
    said = typed(form, block)
    lines = said["lines"] or [blocks.LineToPrint("", "")]
    wording = typesetting.Wording(
        id="b",
        role=said["role"],
        entity=said["entity"],
        address=said["address"],
        chain=tuple(said["chain"]),
        lines=tuple(typesetting.Line(f"b-{at}", line.name, line.title) for at, line in enumerate(lines)),
    )
    template = page_templates.of(agreement)
    shown = [typesetting.with_second_lines(template, wording)]
    return pictured(agreement, template, shown, block.version.further_document)


def typed(form: BlockForm, block: SignatureBlock) -> dict[str, Any]:
    """Return what stands in a block's form, as `blocks.correct` takes it."""
    said = form.cleaned_data
    descriptors = {link["entity"]: link["descriptor"] for link in block.chain}
    names, titles = said["signatory"].splitlines(), said["title"].splitlines()
    links = read_chain(" > ".join(line for line in said["chain"].splitlines() if line.strip()))
    return {
        "entity": said["entity"],
        "role": said["role"],
        "address": said["address"],
        "chain": [(entity, capacity, descriptors.get(entity, "")) for entity, capacity in links],
        "lines": [
            blocks.LineToPrint(name.strip(), titles[at].strip() if at < len(titles) else "")
            for at, name in enumerate(names)
        ],
    }


@require_POST
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """The page of the block in form number ?at=, with what stands in that form and in the agreement's own fields."""
    access = agreement_for(request, slug, decide=True)
    at = request.GET.get("at", "")
    if not at.isdecimal():
        return render(request, "setup/picture.html", {"picture": Picture()})
    HeadForm(request.POST, instance=access.agreement).is_valid()  # puts what was typed on the agreement, unsaved
    form = BlockForm(request.POST, prefix=f"form-{at}")
    shown = Picture(sentence="The party's name is missing.")
    if form.is_valid():
        here = SignatureBlock.objects.filter(version__agreement=access.agreement)
        shown = of_form(access.agreement, form, get_object_or_404(here, pk=form.cleaned_data["block"]))
    return render(request, "setup/picture.html", {"picture": shown})
