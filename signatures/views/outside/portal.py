"""What a signatory sees through the secret link of its packet. A stranger, and a link that was replaced, get a 404."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from holders.models import PartyRole
from signatures.domain import files
from signatures.domain.counterparts import intake
from signatures.domain.decisions import statements
from signatures.domain.documents.agreements import title_of
from signatures.domain.errors import Refused
from signatures.domain.packets import distribution
from signatures.domain.queries import portal as queries
from signatures.models import Agreement, Channel, Defect, Packet, Particular, ReceivedPage, Submission
from signatures.paper.reading import Reading
from signatures.views.desk.statements import Refusal, asked
from signatures.views.heading import heading
from signatures.views.outside.question import question_words
from signatures.views.received import pages
from signatures.views.words import CHANNELS, chain_words, counsel_words, joined, local_moment

PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
SIGNATURES = {
    "signed": ("good", "Signature found"),
    "blank": ("bad", "No signature found"),
    "unsure": ("wary", "Counsel will look at the signature"),
}
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def packet_of(token: str) -> Packet:
    """Return the packet that a link opens, else 404."""
    packet = distribution.packet_of_token(token)
    if packet is None:
        raise Http404
    return packet


def private(response: HttpResponse) -> HttpResponse:
    """Keep an answer out of caches, search engines and other sites' logs: its address is a secret."""
    for name, value in PRIVATE.items():
        response[name] = value
    return response


@never_cache
@require_GET
def portal(request: HttpRequest, token: str) -> HttpResponse:
    """The packet's pages, what came back of them, and who asks."""
    packet = packet_of(token)
    return private(render(request, "portal/portal.html", context_of(packet, token)))


@never_cache
@require_GET
def live(request: HttpRequest, token: str) -> HttpResponse:
    """The pages alone, as an open portal asks for them. Only a browser that runs gets here: a person opened it."""
    packet = packet_of(token)
    distribution.note_opened(packet)
    return private(render(request, "portal/live.html", context_of(packet, token)))


@require_POST
def upload(request: HttpRequest, token: str) -> HttpResponse:
    """Receive files. Each is kept before anything is read, or refused with a sentence."""
    packet = packet_of(token)
    sender = str(packet.signatory or packet.party)
    kept: list[str] = []
    refused: list[str] = []
    for file in request.FILES.getlist("files"):
        name = file.name or "unnamed"
        try:
            intake.receive_uploaded(file.chunks(), file.size or 0, name, Channel.PORTAL, packet=packet, sender=sender)
            kept.append(name)
        except Refused as error:
            refused.append(str(error))
    if not kept and not refused:
        refused.append("No file arrived. Choose a file first.")
    if request.headers.get("X-Requested-With") == "upload":
        if refused:
            return HttpResponse(refused[0], status=400, content_type="text/plain; charset=utf-8")
        return HttpResponse("", status=201)
    if kept:
        messages.success(request, f"Received: {joined(kept)}.")
    for sentence in refused:
        messages.error(request, sentence)
    return redirect("portal", token)


@never_cache
@require_POST
def state(request: HttpRequest, token: str, page_id: int) -> HttpResponse:
    """Keep what the signatory typed about a page, and go back. A refusal shows the page with what was typed."""
    packet = packet_of(token)
    page = ReceivedPage.objects.filter(pk=page_id, agreement=packet.agreement).first()
    if page is None:
        raise Http404
    said = {}
    for name, text in request.POST.items():
        particular, _, line = name.partition("-")
        if particular in Particular.values and isinstance(text, str):
            said[line, particular] = text
    try:
        if statements.state(packet, page, said):
            messages.success(request, "Counsel has what you typed.")
    except Refused as error:
        context = context_of(packet, token, Refusal(page.pk, str(error), said))
        return private(render(request, "portal/portal.html", context, status=422))
    return redirect(f"{reverse('portal', args=[token])}#stated-{page.pk}")


@require_GET
def thumbnail(request: HttpRequest, token: str, page_id: int) -> HttpResponse:
    """The small picture of a page that came in through this link."""
    stored = queries.picture(packet_of(token), page_id)
    if stored is None:
        raise Http404
    return HttpResponse(files.read(stored), content_type="image/jpeg", headers=PRIVATE)


@require_GET
def pages_pdf(request: HttpRequest, token: str, number: str | None = None) -> HttpResponse:
    """The packet's pages to sign, or one of them."""
    packet = packet_of(token)
    answer = _pdf(queries.pages_pdf(packet, number), f"signature page {number}" if number else "signature pages")
    if _is_from_open_portal(request):
        distribution.note_downloaded(packet)
    return answer


def _is_from_open_portal(request: HttpRequest) -> bool:
    """Tell whether a browser says that somebody went here from a page of ours. What scans mail fetches an address bare;
    an old browser, and one without https, say nothing either, so that not noted does not mean not downloaded."""
    headers = request.headers
    return (headers.get("Sec-Fetch-Site"), headers.get("Sec-Fetch-Mode")) == ("same-origin", "navigate")


@require_GET
def agreement_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The agreement to read, without signature blocks."""
    return _pdf(queries.agreement_pdf(packet_of(token)), "agreement")


@require_GET
def document_pdf(request: HttpRequest, token: str, document_id: int) -> HttpResponse:
    """A document that is signed along with the agreement, without signature blocks."""
    return _pdf(queries.further_pdf(packet_of(token), document_id), "document")


def _pdf(content: bytes | None, name: str) -> HttpResponse:
    if content is None:
        raise Http404
    headers = PRIVATE | {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def context_of(packet: Packet, token: str, refusal: Refusal | None = None) -> dict[str, Any]:
    """Return what templates/portal/portal.html says."""
    agreement, found = packet.agreement, queries.pages(packet)
    question = question_words(packet, token)
    holders = list(dict.fromkeys(block.entity for one in found for block in one.blocks))
    further = queries.further_documents(packet) if any(one.page.version.further_document_id for one in found) else []
    kind = "holders" if all(block.role == PartyRole.HOLDER for one in found for block in one.blocks) else "parties"
    return {
        "agreement": heading(agreement, timezone.now()),
        "agreement_title": joined([title_of(packet.version), *(one.title for one in further)]),
        "further": [
            {"title": one.title, "url": reverse("portal_document", args=[token, one.pk])}
            for one in further
            if one.version.reading_copy_id
        ],
        "gone_words": "" if found or question else _gone_words(packet),
        "question": question,
        "due_words": _due_words(agreement),
        "sign_for_words": _sign_for(holders, kind),
        "counsel": {
            "words": counsel_words(agreement),
            "telephone": agreement.counsel_telephone,
            "telephone_link": "".join(char for char in agreement.counsel_telephone if char in "+0123456789"),
            "email": agreement.counsel_email,
        },
        "agreement_url": reverse("portal_agreement", args=[token]) if queries.has_agreement(packet) else None,
        "all_pages_url": reverse("portal_pages", args=[token]) if found else None,
        "fax_words": f"by fax to {agreement.counsel_fax}" if agreement.counsel_fax else "",
        "courier_words": joined(filter(None, map(str.strip, agreement.counsel_address.splitlines()))),
        "live_url": reverse("portal_live", args=[token]),
        "pages": [_page(one, token, agreement.time_zone, refusal, several=bool(further)) for one in found],
        "files": [_file(one, agreement.time_zone) for one in queries.other_files(packet)],
    }


def _gone_words(packet: Packet) -> str:
    """Say why a packet has no page to sign any more."""
    if not packet.version.is_execution:
        return (
            "The agreement was changed since: the pages that were here are superseded and are not to be signed."
            " If your signature is wanted again, you are sent another link."
        )
    if not packet.pages.exists():
        return (
            "There is nothing to sign here. Counsel has decided what becomes of your signature on the earlier version,"
            " or has not asked yet. If you sign again, the pages will be here."
        )
    return "There is nothing to sign here now: the pages that were here do not count any more."


def _sign_for(holders: list[str], kind: str) -> str:
    return holders[0] if len(holders) == 1 else f"{_number(len(holders))} {kind}" if holders else ""


def _due_words(agreement: Agreement) -> str:
    due, zone, now = agreement.due_at, agreement.time_zone, timezone.now()
    if due is None:
        return ""
    days = (due.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    day = {0: "today ", 1: "tomorrow "}.get(days, "")
    return f"Due {day}{local_moment(due, zone, due if day else now)}"


def _number(count: int) -> str:
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def _page(one: queries.PortalPage, token: str, zone: str, refusal: Refusal | None, *, several: bool) -> dict[str, Any]:
    received = one.received
    return {
        "id": one.page.pk,
        "name": joined(dict.fromkeys(block.entity for block in one.blocks)),
        "document": title_of(one.page.version) if several else "",
        "chain": chain_words(one.blocks[0].chain) if one.blocks else [],
        "number": one.page.number,
        "state": _state(one),
        "received_words": _received_words(received.submission, zone) if received else "",
        "thumbnail_url": pages.picture("portal_thumbnail", token, received.pk, received.thumbnail_id)
        if received and one.may_show_picture
        else None,
        "checks": _checks(one),
        "upload_url": reverse("portal_upload", args=[token]),
        "page_url": reverse("portal_page", args=[token, one.page.plain_number]),
        "asked_words": _asked_words(one),
        "blanks": asked(one, token, zone, refusal),
    }


def _asked_words(one: queries.PortalPage) -> str:
    """Say what counsel found wrong, and the ways to put it right."""
    if not one.defects:
        return ""
    if not one.blanks or set(one.defects) != {Defect.Code.PARTICULAR.label}:
        return f"{joined(one.defects)}. Please sign the page and send it again."
    if all(blank.stated for blank in one.blanks):
        return ""
    return "Something that counsel needs is left blank. Type it below, or fill it in on paper and send the page again."


def _received_words(submission: Submission, zone: str) -> str:
    when = local_moment(submission.received_at, zone, timezone.now())
    if submission.channel == Channel.PORTAL:
        return f"Sent here, received {when}"
    return f"{CHANNELS[Channel(submission.channel)]}, received {when}"


def _state(one: queries.PortalPage) -> str:
    if one.is_executed:
        return "accepted"
    if one.received is None:
        return "wanted"
    return "defective" if one.defects or _is_blank(one.reading) else "sent"


def _is_blank(reading: Reading | None) -> bool:
    return reading is not None and bool(reading.lines) and all(line.verdict == "blank" for line in reading.lines)


def _checks(one: queries.PortalPage) -> list[dict[str, str]]:
    """Say what the machine saw, in words that help: it is counsel who decides."""
    reading = one.reading
    if one.is_executed:
        return [{"sign": "good", "words": "Accepted, held in escrow until counsel releases it"}]
    if one.received is None or reading is None:
        return []
    said = []
    if reading.matrix is not None:
        said.append({"sign": "good", "words": "The whole page is there"})
    names = {line["id"]: line["holder"] for line in one.page.layout["lines"]} if len(one.blocks) > 1 else {}

    def which(line: str) -> str:
        return f" for {names[line]}" if line in names else ""

    for line in reading.lines:
        sign, words = SIGNATURES[line.verdict]
        said.append({"sign": sign, "words": f"{words}{which(line.id)}"})
    stated = {(blank.id, blank.particular) for blank in one.blanks if blank.stated}
    said += [
        {"sign": "wary", "words": f"The {seen.name} is blank{which(seen.line)}"}
        for seen in reading.fields
        if seen.verdict == "blank" and (seen.line, seen.name) not in stated
    ]
    if not one.defects:
        said.append({"sign": "wait", "words": "Counsel has it and will look at it"})
    return said


def _to_sender(reason: str) -> str:
    """Return why a file was not read as it is told to who sent it: reasons ask counsel to ask the sender."""
    return re.sub(r"\bAsk (?:the sender )?(?:to send|for) ", "Send ", reason)


def _file(one: queries.PortalFile, zone: str) -> dict[str, Any]:
    submission = one.submission
    if not one.is_read:
        words, sign = "is being read", "wait"
    elif submission.reason:
        words, sign = _to_sender(submission.reason), "bad"
    else:
        words, sign = "was received. Counsel will look at it.", "wary"
    return {
        "id": submission.pk,
        "name": submission.original_name,
        "at_words": local_moment(submission.received_at, zone, timezone.now()),
        "words": words,
        "sign": sign,
    }
