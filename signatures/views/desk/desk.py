"""The desk: one received page beside the issued one, and what a person decides about it."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag, urlencode
from django.views.decorators.http import require_GET

from signatures.domain.counterparts.certainty import COPY_URGENCY
from signatures.domain.decisions import review
from signatures.domain.documents import in_force
from signatures.domain.queries import desk as queries
from signatures.domain.queries import queued
from signatures.domain.queries.defects import open_on_page
from signatures.models import Agreement, BlockState, Channel, Defect, PageState, ReceivedPage, SignaturePage, Submission
from signatures.views.access import Access, agreement_for
from signatures.views.desk import defects, desk_queue, seen, sheets, undone
from signatures.views.desk.statements import told_by_block
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.setup import answered
from signatures.views.setup import carrying as carry
from signatures.views.words import CHANNELS, chain_words, joined, moment, money

REASONS = (
    ("cover", "A fax cover sheet"),
    ("foreign", "A page of something else"),
    ("empty", "An empty page"),
    ("own", "Not for this collection"),
)
DEFECT_KEYS = "1234567890A"


@require_GET
def desk(request: HttpRequest, slug: str, page_id: int | None = None) -> HttpResponse:
    """The queue with one page open: the one asked for, or the first that no colleague has open."""
    access = agreement_for(request, slug)
    agreement, user = access.agreement, access.user
    page = page_of(agreement, page_id) if page_id else queued.next_page(agreement, user)
    return render(request, "desk/desk.html", context_of(request, access, page))


@require_GET
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """The queue as an open desk asks for it, and the page that is open there once it is seen otherwise than shown."""
    access = agreement_for(request, slug)
    agreement, current = access.agreement, number(request.GET.get("page"))
    page = queued.shown(agreement).filter(pk=current).first() if current is not None else None
    if page is not None and queued.mark(page) != request.GET.get("mark"):
        return render(request, "desk/live.html", context_of(request, access, page, opened=False))
    context = {
        "agreement": heading(agreement, timezone.now()),
        "queue": desk_queue.in_words(agreement, queued.queue(agreement, access.user), page.pk if page else None),
        "live_url": _live_url(request, slug, page),
    }
    response = render(request, "desk/queue.html", context)
    tag = quote_etag(hashlib.sha256(response.content).hexdigest()[:20])
    unchanged = get_conditional_response(request, etag=tag)
    if unchanged is not None:
        return unchanged
    response["ETag"] = tag
    return response


def _live_url(request: HttpRequest, slug: str, page: ReceivedPage | None) -> str:
    address = reverse("desk_queue", args=[slug])
    if page is None:
        return address
    asked = {"page": str(page.pk), "mark": queued.mark(page)}
    candidate = _candidate(request)
    if candidate is not None:
        asked["candidate"] = str(candidate)
    return f"{address}?{urlencode(asked)}"


def _candidate(request: HttpRequest) -> int | None:
    """Return the issued page that the person looks at beside one that is not identified."""
    return number(request.GET.get("candidate", request.POST.get("candidate")))


@require_GET
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """The issued pages that a name or number finds."""
    access = agreement_for(request, slug)
    text = request.GET.get("find", "")
    return render(request, "desk/found.html", {"find": text, "found": _found(access.agreement, text)})


def page_of(agreement: Agreement, page_id: int) -> ReceivedPage:
    """Return a received page with what the desk says of it. Raises Http404."""
    return get_object_or_404(queued.shown(agreement), pk=page_id)


def context_of(
    request: HttpRequest, access: Access, page: ReceivedPage | None, error: str = "", opened: bool = True
) -> dict[str, Any]:
    """Return what templates/desk/desk.html says. A page that is `opened` by one who acts is held for them."""
    agreement, user, slug = access.agreement, access.user, access.agreement.slug
    if page is not None and opened and access.may_act and page.needs_person:
        review.hold(page, user)
    found = queued.queue(agreement, user)
    context: dict[str, Any] = {
        "agreement": heading(agreement, timezone.now()),
        "queue": desk_queue.in_words(agreement, found, page.pk if page else None),
        "live_url": _live_url(request, slug, page),
        "search_url": reverse("board", args=[slug]),
        "may_act": access.may_act and (page is None or page.settled_at is None),
        "may_undo": access.may_act,
        "undo": undone.offered(access),
        "undo_url": reverse("desk_undo", args=[slug]),
        "page": None,
    }
    if page is None:
        came = ReceivedPage.objects.filter(agreement=agreement).exists()
        context["done_title"] = "Nothing left to review" if came else "Nothing has come in yet"
        context["done_words"] = (
            "Every page that came in has been decided about." if came else "What needs a person appears here by itself."
        )
        return context
    looked = queries.look(agreement, page, _candidate(request))
    context |= _page_context(request, access, looked, error)
    context["carry"] = carry.on_desk(access, request, looked)
    is_ended = looked.matched is not None and not in_force.is_current(looked.matched)
    context["page"]["superseded"] = is_ended and context["carry"] is None
    if access.show_amounts:
        context["next_pictures"] = desk_queue.pictures_ahead(agreement, found, page)
    return context


def _page_context(request: HttpRequest, access: Access, looked: queries.Looked, error: str) -> dict[str, Any]:
    agreement, user, page, slug = access.agreement, access.user, looked.page, access.agreement.slug
    held_by_other = (
        page.held_by is not None and page.held_by != user and bool(page.held_until and page.held_until > timezone.now())
    )
    return {
        "page": {
            "id": page.pk,
            "identified": looked.matched is not None,
            "queued": page.needs_person,
            "is_copy": page.needs_person and page.urgency == COPY_URGENCY,
            "held_until": page.held_until,
            "held_by": str(page.held_by) if held_by_other else "",
            "error": error,
            "decided": _decided_words(page),
        },
        "received": sheets.received(slug, looked, access.show_amounts),
        "issued": sheets.issued(slug, looked.chosen, looked.layout, agreement.time_zone) if looked.chosen else None,
        "ghost": sheets.ghost(slug, looked),
        "blocks": _blocks(request, access, looked),
        "why": seen.why(looked),
        "candidates": _candidates(agreement, looked),
        "chosen": {"id": looked.chosen.pk} if looked.chosen and looked.matched is None else None,
        "find_url": reverse("desk_find", args=[slug]),
        "find": "",
        "found": [],
        "defects": [
            {"code": code, "words": label, "key": key}
            for (code, label), key in zip(Defect.Code.choices, DEFECT_KEYS, strict=True)
        ],
        "defects_open": defects.listed(access, open_on_page(page), "desk", looked.stated),
        "may_settle": access.may_act,
        "reasons": [{"code": code, "words": words, "key": str(at)} for at, (code, words) in enumerate(REASONS, 1)],
        "revocations": _revocations(agreement, looked),
        "questions": _questions(access, looked),
        "decide_url": reverse("desk_decide", args=[slug, page.pk]),
        **_ways(access, page),
        "expected": looked.matched.pk if looked.matched else "",
    }


def _revocations(agreement: Agreement, looked: queries.Looked) -> list[dict[str, str]]:
    """Return the parties whose executed signature the page may take back, with the way to record that from it."""
    on_page = [line.block for line in looked.lines if not line.settled_here]
    blocks = on_page or [block for page, _ in looked.candidates for block in page.blocks.all()]
    return [
        {
            "name": block.entity,
            "url": f"{reverse('holder', args=[agreement.slug, block.pk])}?says={looked.page.pk}#revocation",
        }
        for block in dict.fromkeys(blocks)
        if block.state in (BlockState.EXECUTED, BlockState.RELEASED)
    ]


def _questions(access: Access, looked: queries.Looked) -> list[dict[str, str]]:
    if looked.matched is not None or not access.may_act:
        return []
    likely = {block.party_id for page, _ in looked.candidates for block in page.blocks.all()}
    return answered.questions_on_desk(access, looked.page, likely)


def _ways(access: Access, page: ReceivedPage) -> dict[str, Any]:
    """Return the way back into the queue, where something was decided, and to the pages of the file, where there is
    something to put in order.
    """
    decided = page.settled_at is not None or page.state == PageState.SET_ASIDE
    back = reverse("bring_back", args=[access.agreement.slug, page.pk]) if access.may_act and decided else None
    return {"bring_back_url": back, **_arrange(access, page)}


def _arrange(access: Access, page: ReceivedPage) -> dict[str, Any]:
    file = page.submission
    if not access.may_act or file.agreement_id != access.agreement.pk or file.state != Submission.State.READ:
        return {"arrange_url": None}
    several = (file.page_count or 1) > 1
    place = f"Page {page.index + 1} of {file.page_count}" if several else "The only page"
    return {
        "arrange_url": f"{reverse('desk_file', args=[access.agreement.slug, page.pk])}",
        "arrange_words": f"{place} of {file.original_name}, {'put in order' if several else 'move it'}",
    }


def _decided_words(page: ReceivedPage) -> str:
    if page.needs_person:
        return ""
    if page.settled_by is not None:
        how = "by the rule that was switched on by" if page.by_rule else "by"
        return f"This page was decided about already, {how} {page.settled_by}."
    return f"This page does not stand in the queue. {page.reason}".strip()


def choice_of(request: HttpRequest, line: queries.LineToJudge) -> str | None:
    """Return what the person says of a line: signed or blank, None for nothing yet."""
    return request.POST.get(f"block-{line.id}")


def _blocks(request: HttpRequest, access: Access, looked: queries.Looked) -> list[dict[str, Any]]:
    stated = told_by_block(access, looked.stated, looked.page.pk)
    blocks = []
    for line in looked.lines:
        said = stated.get(line.block.pk, []) if line.first_of_block else []
        lines = sum(one.block == line.block for one in looked.lines)
        called = line.signer if lines > 1 and line.signer else line.block.entity
        blocks.append({**_block(request, access, line, looked), "stated": said, "bar_words": called})
    return blocks


def _block(request: HttpRequest, access: Access, line: queries.LineToJudge, looked: queries.Looked) -> dict[str, Any]:
    """Return a block for templates/desk/block.html. On a page that was changed by hand nothing is marked as signed
    beforehand: a change is a counter-offer, and no row of Enter keys accepts it.
    """
    by_hand = looked.reading is not None and looked.reading.other_ink is True
    seen = {"signed": "" if by_hand else "signed", "blank": "blank"}.get(line.verdict or "")
    chosen = choice_of(request, line) or seen
    filled = [name for name, verdict in line.fields if verdict == "filled"]
    blank = [name for name, verdict in line.fields if verdict == "blank"]
    words = [line.signer or "nobody named"]
    if filled:
        words.append(f"{joined(filled)} filled in by hand")
    if blank:
        words.append(f"{joined(blank)} blank")
    amount_wanted = "amount" not in blank or line.principal is None
    return {
        "id": line.id,
        "name": line.block.entity,
        "chain": chain_words(line.block.chain) if line.first_of_block else [],
        "words": " · ".join(words),
        "signed": {"signed": True, "blank": False}.get(chosen or ""),
        "amount_wanted": line.first_of_block and line.block.role == "holder" and amount_wanted,
        "machine": {"signed": "It looks signed", "blank": "It looks blank"}.get(
            line.verdict or "", "The machine could not tell"
        ),
        "amount": request.POST.get(f"amount-{line.id}", ""),
        "register_words": _register_words(access, line),
        "settled": _settled_words(access, line, looked),
        "url": reverse("holder", args=[access.agreement.slug, line.block.pk]),
        "error": "",
    }


def _settled_words(access: Access, line: queries.LineToJudge, looked: queries.Looked) -> str:
    """Say whether the block is executed, by which copy, and which one is bound."""
    best = looked.best.get(line.block.pk)
    if best is None or not (line.settled_here or line.settled):
        return "Already executed on another copy" if line.settled else ""
    said = "Accepted from this page" if line.settled_here else "Already executed on another copy"
    if looked.page.pk in best.bound:
        return f"{said}, the best copy" if len(best.copies) > 1 else said
    first = next(one for one in best.copies if one.page == best.bound[0])
    when = moment(first.received_at, access.agreement.time_zone, timezone.now())
    how = ", as chosen" if best.is_chosen else ""
    return f"{said}. The best copy is {CHANNELS[Channel(first.channel)]} {when}{how}"


def _register_words(access: Access, line: queries.LineToJudge) -> str:
    if not access.show_amounts:
        return ""
    if line.principal is None:
        return "The register has no amount"
    currency = access.agreement.currency
    return f"The register says {money(line.principal, currency)}"


def _page_words(page: SignaturePage) -> str:
    if page.version.further_document is not None:
        return f"{page}, {page.version.further_document}"
    return str(page) if page.version.is_execution else f"{page}, version {page.version.number}, superseded"


def _candidates(agreement: Agreement, looked: queries.Looked) -> list[dict[str, Any]]:
    here = reverse("desk_page", args=[agreement.slug, looked.page.pk])
    return [
        {
            "name": joined(dict.fromkeys(block.entity for block in page.blocks.all())),
            "holder_words": _page_words(page),
            "url": f"{here}?candidate={page.pk}",
            "thumbnail_url": reverse("picture_issued", args=[agreement.slug, page.pk]),
            "words": list(why),
            "current": page == looked.chosen,
            "key": str(4 + at) if at < 6 else "",
        }
        for at, (page, why) in enumerate(looked.candidates[:6])
    ]


def _found(agreement: Agreement, text: str) -> list[dict[str, Any]]:
    return [
        {
            "id": page.pk,
            "name": joined(dict.fromkeys(block.entity for block in page.blocks.all())),
            "holder_words": _page_words(page),
        }
        for page in queries.find_pages(agreement, text)
    ]
