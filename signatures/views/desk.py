"""The desk: one received page beside the issued one, and what a person decides about it."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag, urlencode
from django.views.decorators.http import require_GET, require_POST

from holders.names import read_amount
from signatures.domain import carrying, review, turning
from signatures.domain.certainty import COPY_URGENCY
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries import desk as queries
from signatures.domain.queries import queued
from signatures.domain.queries.defects import open_on_page
from signatures.models import Agreement, Channel, Defect, ReceivedPage, SignaturePage, Submission, User
from signatures.views import carrying as carry
from signatures.views import defects, pages, sheets
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.statements import told_by_block
from signatures.views.words import CHANNELS, chain_words, counted, joined, moment, money

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
    page = _page_of(agreement, page_id) if page_id else queued.next_page(agreement, user)
    return render(request, "desk/desk.html", _context(request, access, page))


@require_GET
def queue(request: HttpRequest, slug: str) -> HttpResponse:
    """The queue as an open desk asks for it, and the page that is open there once it is seen otherwise than shown."""
    access = agreement_for(request, slug)
    agreement, current = access.agreement, request.GET.get("page", "")
    page = _pages_of(agreement).filter(pk=int(current)).first() if current.isdigit() else None
    if page is not None and queries.mark(page) != request.GET.get("mark"):
        return render(request, "desk/live.html", _context(request, access, page, opened=False))
    context = {
        "agreement": heading(agreement, timezone.now()),
        "queue": _queue(agreement, access.user, page.pk if page else None),
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
    asked = {"page": str(page.pk), "mark": queries.mark(page)}
    candidate = _candidate(request)
    if candidate is not None:
        asked["candidate"] = str(candidate)
    return f"{address}?{urlencode(asked)}"


def _candidate(request: HttpRequest) -> int | None:
    """Return the issued page that the person looks at beside one that is not identified."""
    candidate = request.GET.get("candidate", request.POST.get("candidate", ""))
    return int(candidate) if candidate.isdigit() else None


@require_GET
def find(request: HttpRequest, slug: str) -> HttpResponse:
    """The issued pages that a name or number finds."""
    access = agreement_for(request, slug)
    text = request.GET.get("find", "")
    return render(request, "desk/found.html", {"find": text, "found": _found(access.agreement, text)})


@require_POST
def decide(request: HttpRequest, slug: str, page_id: int) -> HttpResponse:
    """Carry out what the person decided, and go on to the next page."""
    access = agreement_for(request, slug, decide=True)
    agreement, user = access.agreement, access.user
    page = _page_of(agreement, page_id)
    following = queued.next_page(agreement, user, after=page)
    try:
        said = _decide(request, agreement, user, page)
    except Overtaken as error:
        messages.warning(request, str(error))
        return redirect("desk", slug)
    except Refused as error:
        page.refresh_from_db()
        context = _context(request, access, page, error=str(error))
        return render(request, "desk/desk.html", context, status=422)
    messages.success(request, said)
    page.refresh_from_db()
    if page.needs_person:
        return redirect("desk_page", slug, page.pk)
    if following is None or following.pk == page.pk:
        return redirect("desk", slug)
    return redirect("desk_page", slug, following.pk)


@require_POST
def undo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take back the person's own last decision and show the page again."""
    access = agreement_for(request, slug, decide=True)
    done = queued.last_decision(access.agreement, access.user)
    if done is None:
        messages.info(request, "There is nothing of yours to undo.")
        return redirect("desk", slug)
    try:
        review.undo(done, access.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("desk", slug)
    messages.success(request, "Undone. The page is in the queue again.")
    return redirect("desk_page", slug, done.pk)


def _pages_of(agreement: Agreement) -> QuerySet[ReceivedPage]:
    return ReceivedPage.objects.filter(agreement=agreement).select_related(*queued.SHOWN_WITH)


def _page_of(agreement: Agreement, page_id: int) -> ReceivedPage:
    return get_object_or_404(_pages_of(agreement), pk=page_id)


def _decide(request: HttpRequest, agreement: Agreement, user: User, page: ReceivedPage) -> str:
    """Carry out one decision and return it in words. Raises Refused."""
    said = request.POST
    if said.get("other"):
        sheet = _sheet(agreement, said["other"])
        review.correct_match(page, user, sheet)
        return f"It is {sheet}. Now say what is signed."
    if said.get("defect"):
        review.find_defect(page, user, said["defect"], said.get("note", "").strip())
        return f"Defect recorded: {Defect.Code(said['defect']).label}."
    if said.get("reason"):
        review.set_aside(page, user, dict(REASONS).get(said["reason"], "Not for this collection"))
        return "Set aside. It is kept, and can be brought back."
    if said.get("do") == "assign":
        sheet = _sheet(agreement, said.get("candidate", ""))
        review.correct_match(page, user, sheet)
        return f"It is {sheet}. Now say what is signed."
    if said.get("do") == "turn":
        turned = said.get("turned", "")
        turning.turn(page, user, int(turned) if turned.isdigit() else 0)
        return f"Turned by {turned}°. It is being read again, and shown here as soon as that is done."
    if said.get("do") == "copy":
        review.say_copy(page, user)
        return "Settled as a copy. What the other one executed stands."
    looked = queries.look(agreement, page)
    if looked.matched is None:
        raise Refused("Say first which issued page this is.")
    if said.get("do") == "unsigned":
        _decision(request, looked)
        review.find_defect(page, user, Defect.Code.NOT_SIGNED)
        return f"Recorded: {joined(dict.fromkeys(line.block.entity for line in looked.lines))} not signed"
    seen = _sheet(agreement, said["expected"], current=False) if said.get("expected") else None
    carrying.accept_under(page, user, _decision(request, looked), carry.given_on_desk(request), seen=seen)
    signed = dict.fromkeys(line.block.entity for line in looked.lines if _choice(request, line) == "signed")
    return f"Accepted: {joined(signed)}"


def _sheet(agreement: Agreement, text: str, current: bool = True) -> SignaturePage:
    pages = queries.pages_of(agreement) if current else SignaturePage.objects.filter(version__agreement=agreement)
    found = pages.filter(pk=int(text)).first() if text.isdigit() else None
    if found is None:
        raise Refused("Choose the issued page that this is.")
    return found


def _choice(request: HttpRequest, line: queries.LineToJudge) -> str | None:
    return request.POST.get(f"block-{line.id}")


def _decision(request: HttpRequest, looked: queries.Looked) -> review.Decision:
    """Read the form. Raises Refused for a line without a choice and for an amount that is none."""
    signed, amounts = set(), dict[int, Decimal]()
    for line in looked.lines:
        choice = _choice(request, line)
        if choice not in ("signed", "blank"):
            raise Refused(f"Say whether {line.block.entity} is signed.")
        if choice == "signed":
            signed.add(line.id)
        try:
            amount = read_amount(request.POST.get(f"amount-{line.id}", ""))
        except ValueError as error:
            raise Refused(str(error)) from error
        if amount is not None:
            amounts[line.block.pk] = amount
    return review.Decision(frozenset(signed), amounts)


def _context(
    request: HttpRequest, access: Access, page: ReceivedPage | None, error: str = "", opened: bool = True
) -> dict[str, Any]:
    agreement, user, slug = access.agreement, access.user, access.agreement.slug
    context: dict[str, Any] = {
        "agreement": heading(agreement, timezone.now()),
        "queue": _queue(agreement, user, page.pk if page else None),
        "live_url": _live_url(request, slug, page),
        "search_url": reverse("board", args=[slug]),
        "may_act": access.may_act and (page is None or page.settled_at is None),
        "undo_url": reverse("desk_undo", args=[slug]),
        "undo_words": _undo_words(agreement, user),
        "page": None,
    }
    if page is None:
        came = ReceivedPage.objects.filter(agreement=agreement).exists()
        context["done_title"] = "Nothing left to review" if came else "Nothing has come in yet"
        context["done_words"] = (
            "Every page that came in has been decided about." if came else "What needs a person appears here by itself."
        )
        return context
    if opened and access.may_act and page.needs_person:
        review.hold(page, user)
    looked = queries.look(agreement, page, _candidate(request))
    context |= _page_context(request, access, looked, error)
    context["carry"] = carry.on_desk(access, request, looked.matched)
    following = queued.next_page(agreement, user, after=page)
    if following is not None and following.upright_id and access.show_amounts:
        context["next_pictures"] = [pages.picture("picture_upright", slug, following.pk, following.upright_id)]
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
            "error": error or _decided_words(page),
        },
        "received": sheets.received(slug, looked, access.show_amounts),
        "issued": sheets.issued(slug, looked.chosen, looked.layout, agreement.time_zone) if looked.chosen else None,
        "ghost": sheets.ghost(slug, looked),
        "blocks": _blocks(request, access, looked),
        "why": why(looked),
        "candidates": _candidates(agreement, looked),
        "chosen": {"id": looked.chosen.pk} if looked.chosen and looked.matched is None else None,
        "find_url": reverse("desk_find", args=[slug]),
        "find": "",
        "found": [],
        "defects": [
            {"code": code, "words": label, "key": key}
            for (code, label), key in zip(Defect.Code.choices, DEFECT_KEYS, strict=True)
        ],
        "defects_open": defects.listed(access, open_on_page(page), "desk"),
        "may_settle": access.may_act,
        "reasons": [{"code": code, "words": words, "key": str(at)} for at, (code, words) in enumerate(REASONS, 1)],
        "decide_url": reverse("desk_decide", args=[slug, page.pk]),
        **_arrange(access, page),
        "expected": looked.matched.pk if looked.matched else "",
    }


def _arrange(access: Access, page: ReceivedPage) -> dict[str, Any]:
    """Return the way to the pages of the file, where there is something to put in order."""
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


def _blocks(request: HttpRequest, access: Access, looked: queries.Looked) -> list[dict[str, Any]]:
    stated = told_by_block(access, {line.block.pk for line in looked.lines}, looked.page.pk)
    by_hand = looked.reading is not None and looked.reading.other_ink is True
    blocks = []
    for line in looked.lines:
        said = stated.get(line.block.pk, []) if line.first_of_block else []
        blocks.append({**_block(request, access, line, by_hand), "stated": said})
    return blocks


def _block(request: HttpRequest, access: Access, line: queries.LineToJudge, by_hand: bool) -> dict[str, Any]:
    """Return a block for templates/desk/block.html. On a page that was changed by hand nothing is marked as signed
    beforehand: a change is a counter-offer, and no row of Enter keys accepts it.
    """
    seen = {"signed": "" if by_hand else "signed", "blank": "blank"}.get(line.verdict or "")
    chosen = _choice(request, line) or seen
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
        "machine": {"signed": "It looks signed", "blank": "It looks blank"}.get(line.verdict or "", "Not decided"),
        "amount": request.POST.get(f"amount-{line.id}", ""),
        "register_words": _register_words(access, line),
        "settled": _settled_words(line),
        "error": "",
    }


def _settled_words(line: queries.LineToJudge) -> str:
    if line.settled_here:
        return "Accepted from this page"
    return "Already executed on another copy" if line.settled else ""


def _register_words(access: Access, line: queries.LineToJudge) -> str:
    if not access.show_amounts:
        return ""
    if line.principal is None:
        return "The register has no amount"
    currency = access.agreement.notes.currency if access.agreement.notes else "USD"
    return f"The register says {money(line.principal, currency)}"


def why(looked: queries.Looked) -> list[dict[str, str]]:
    """Say what the machine saw, in words."""
    reading, said = looked.reading, list[dict[str, str]]()
    if reading is None:
        return [{"words": "The machine has not read this page.", "kind": ""}]
    asked = looked.page.question.rstrip(".")
    if asked:
        said.append({"words": f"{asked}.", "kind": "wary"})
    if reading.codes:
        how = f"{'Both codes' if len(reading.codes) > 1 else 'One code'} read"
        aligned = f"; aligned within {reading.alignment_error:.1f} pt" if reading.alignment_error is not None else ""
        said.append({"words": f"{how}{aligned}.", "kind": ""})
    for line in looked.lines:
        if line.verdict is not None:
            kind = "wary" if line.verdict == "unsure" else ""
            said.append({"words": f"{line.block.entity}: {line.reason or line.verdict}", "kind": kind})
    if reading.kind == "issued":
        words = "Whether there is ink anywhere else cannot be told."
        if reading.other_ink is not None:
            words = "Ink outside the lines and blanks." if reading.other_ink else "No ink anywhere else."
        said.append({"words": words, "kind": "" if reading.other_ink is False else "wary"})
    said += [
        {"words": words, "kind": ""}
        for words in (reading.reason, *reading.notes, reading.electronic_signature)
        if words and words.rstrip(".") != asked
    ]
    if reading.fax is not None:
        said.append({"words": f"Fax header: {reading.fax.text}", "kind": ""})
    return said


def _page_words(page: SignaturePage) -> str:
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


def _undo_words(agreement: Agreement, user: User) -> str:
    done = queued.last_decision(agreement, user)
    if done is None:
        return ""
    names = queued.names_on([done.pk]).get(done.pk, ())
    return f"Undo: {joined(names) or done.submission.original_name}"


def _queue(agreement: Agreement, user: User, current: int | None) -> dict[str, Any]:
    found = queued.queue(agreement, user)
    order = [one.page.pk for _, items in found.groups for one in items]
    at = order.index(current) if current in order else -1
    keys = {order[place]: key for place, key in ((at + 1, "J"), (at - 1, "K")) if 0 <= place < len(order)}
    return {
        "count": found.count,
        "count_words": counted(found.count, "page"),
        "groups": [
            {"reason": reason, "items": [_item(agreement, one, current, keys) for one in items]}
            for reason, items in found.groups
        ],
        "foot_words": f"Decided by hand: {found.accepted} · by rule: {found.by_rule} · set aside: {found.set_aside}",
    }


def _item(agreement: Agreement, one: queued.Queued, current: int | None, keys: dict[int, str]) -> dict[str, Any]:
    page = one.page
    several = (page.submission.page_count or 1) > 1
    return {
        "id": page.pk,
        "url": reverse("desk_page", args=[agreement.slug, page.pk]),
        "current": page.pk == current,
        "thumbnail_url": pages.picture("picture_thumbnail", agreement.slug, page.pk, page.thumbnail_id),
        "name": joined(one.names) or "Not identified",
        "words": page.question.rstrip("."),
        "kind": "bad" if page.urgency in (4, 7) else "wary",
        "channel": CHANNELS[Channel(page.submission.channel)],
        "when": moment(page.submission.received_at, agreement.time_zone, timezone.now()),
        "more": f"page {page.index + 1} of {page.submission.page_count}" if several else "",
        "held_by": one.held_by,
        "key": keys.get(page.pk, ""),
    }
