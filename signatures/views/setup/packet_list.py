"""The packets of an agreement on one screen: what became of each, and where it goes."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from signatures.domain.packets import addresses, distribution, sending
from signatures.domain.queries import packet_list, sent
from signatures.models import Agreement, Dispatch, DispatchState, LetterKind, Packet, SignaturePage
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.words import counted, joined, local_moment

MOST_ROWS = 100
SHOWN = {
    "": "All",
    "unsent": "Not sent",
    "undelivered": "Not delivered",
    "unopened": "Sent, not opened",
    "unaddressed": "No address",
}
KINDS = {
    DispatchState.SENT: "good",
    DispatchState.FAILED: "bad",
    DispatchState.BOUNCED: "bad",
    DispatchState.PERHAPS: "wary",
}


@dataclass(frozen=True)
class Asked:
    """What the address of the screen asks for; anything unknown in it counts as not asked."""

    show: str
    query: str
    start: int

    @classmethod
    def of(cls, given: QueryDict) -> Asked:
        return cls(
            show=given.get("show", "") if given.get("show") in SHOWN else "",
            query=" ".join(given.get("q", "").replace("\0", "").split())[:200],
            start=number(given.get("from")) or 0,
        )

    def words(self, **changed: str | int) -> str:
        """Return the same, with something changed, as it stands behind the question mark of an address."""
        given = QueryDict(mutable=True)
        asked: dict[str, str | int] = {"show": self.show, "q": self.query, "from": self.start, **changed}
        given.update({key: str(value) for key, value in asked.items() if value})
        return given.urlencode()


def address_of(agreement: Agreement, words: str = "") -> str:
    """Return the screen's address, with what stands behind the question mark."""
    return reverse("packets", args=[agreement.slug]) + (f"?{words}" if words else "")


def back_to(request: HttpRequest, agreement: Agreement, packet_id: int | None) -> str:
    """Return the address of the screen as it was when a form on it was sent, at a packet if one is given."""
    given = request.POST.get("look")
    words = Asked.of(QueryDict(given)).words() if given is not None else f"packet={packet_id}" if packet_id else ""
    return address_of(agreement, words) + (f"#packet-{packet_id}" if packet_id else "")


@require_GET
def packets(request: HttpRequest, slug: str) -> HttpResponse:
    """What each signatory is sent, and the links, MOST_ROWS at a time: by ?show=, ?q= and ?from=, or where ?packet= is.

    Only who may act sees a link: whoever has it can use it.
    """
    access, now = agreement_for(request, slug), timezone.now()
    agreement, asked, wanted = access.agreement, Asked.of(request.GET), number(request.GET.get("packet"))
    start = packet_list.start_of(agreement, wanted, MOST_ROWS) if wanted is not None else asked.start
    part = packet_list.part(agreement, asked.show, asked.query, start, MOST_ROWS)
    posted = sent.by_packet(agreement, [packet.pk for packet in part.packets])
    found = [_packet(access, packet, posted.get(packet.pk, []), now) for packet in part.packets]
    none_sent = part.counts["unsent"] == part.counts[""]
    context = {
        "agreement": heading(agreement, now),
        "may_act": access.may_act,
        "packets": found,
        "any": bool(found or asked.show or asked.query),
        "under_way": [one["id"] for one in found if one["is_under_way"]],
        "may_remind": packet_list.could_be_reminded(agreement),
        "left_out_words": "",
        "unsaid_words": _unsaid_words(access) if none_sent else "",
        "is_set_up": sending.is_set_up(),
        "not_set_up_words": sending.NOT_SET_UP,
        "letter_folder": settings.EMAIL_FILE_PATH if access.may_act else "",
        **_look(agreement, asked, part),
    }
    return render(request, "setup/packets.html", context)


def _look(agreement: Agreement, asked: Asked, part: packet_list.Part) -> dict[str, Any]:
    start, end, total = part.start, part.start + len(part.packets), part.total
    most = counted(total, "packet")
    return {
        "sought": asked.query,
        "show": asked.show,
        "look": asked.words(**{"from": start}),
        "filters": [
            {
                "word": word,
                "count": part.counts[name],
                "url": address_of(agreement, asked.words(show=name, **{"from": 0})),
                "current": name == asked.show,
            }
            for name, word in SHOWN.items()
        ],
        "rows_words": most if (start, end) == (0, total) else f"{start + 1:,} to {end:,} of {most}",
        "earlier_url": address_of(agreement, asked.words(**{"from": max(0, start - MOST_ROWS)})) if start else None,
        "later_url": address_of(agreement, asked.words(**{"from": end})) if end < total else None,
    }


def _unsaid_words(access: Access) -> str:
    """Say what letters and cover sheets will leave open because nobody entered it. Empty where nothing is."""
    agreement = access.agreement
    unsaid = [] if agreement.due_at else ["by when pages are wanted"]
    unsaid += [] if agreement.counsel_name else ["who counsel is"]
    return f"Letters and cover sheets will not say {joined(unsaid)}:" if unsaid else ""


def _packet(access: Access, packet: Packet, posted: list[Dispatch], now: datetime.datetime) -> dict[str, Any]:
    slug, zone = access.agreement.slug, access.agreement.time_zone
    pages = packet.current_pages  # type: ignore[attr-defined]
    signatory, where = packet.signatory, addresses.of(packet)
    opened = packet.last_opened_at
    titles = [one.title for one in signatory.signs_for.all() if one.title] if signatory else []
    return {
        "id": packet.pk,
        "signatory": str(packet),
        "title": next(iter(titles), ""),
        "to": ", ".join(where.to),
        "cc": ", ".join(where.cc),
        "lacking": where.lacking,
        "goes_instead": signatory.send_to if signatory and not packet.to else "",
        "is_own": bool(packet.to),
        "holders": list(dict.fromkeys(block.entity for page in pages for block in page.blocks.all())),
        "pages_words": counted(len(pages), "page"),
        "link": distribution.link(packet) if access.may_act else None,
        "state_words": f"Link opened {local_moment(opened, zone, now)}" if opened else "Link not opened yet",
        "state_kind": "good" if opened else "",
        "taken": [
            f"{words} {local_moment(at, zone, now)}"
            for words, at in (("Downloaded", packet.downloaded_at), ("Taken by counsel", packet.printed_at))
            if at
        ],
        "was_sent": any(one.kind == LetterKind.PACKET for one in posted),
        "posted": [posted_words(access, one, now) for one in posted],
        "newer_words": _newer_words(pages, posted),
        "is_under_way": any(one.state in (DispatchState.QUEUED, DispatchState.SENDING) for one in posted),
        "may_remind": bool(posted or opened or packet.printed_at) and bool(sending.to_sign(packet)),
        "pdf_url": reverse("packet_pdf", args=[slug, packet.pk]),
        "renew_url": reverse("packet_renew", args=[slug, packet.pk]),
        "void_url": reverse("packet_void", args=[slug, packet.pk]),
        "address_url": reverse("packet_address", args=[slug, packet.pk]),
    }


def _newer_words(pages: list[SignaturePage], posted: list[Dispatch]) -> str:
    """Say that a page was replaced or added since the packet went out, which only another letter brings."""
    sent = [one.settled_at for one in posted if one.state == DispatchState.SENT and one.settled_at]
    is_newer = bool(sent) and any(page.issued_at > max(sent) for page in pages)
    return "A page is newer than what was sent" if is_newer else ""


def posted_words(access: Access, one: Dispatch, now: datetime.datetime) -> dict[str, Any]:
    at = local_moment(one.settled_at or one.asked_at, access.agreement.time_zone, now)
    several = len(one.shown_to) + len(one.shown_cc) > 1
    whom = f" {'as a copy to' if one.is_copy else 'to'} {one.to}" if several else ""
    return {
        "words": f"{one.get_kind_display().capitalize()} {one.get_state_display()} {at}{whom}",
        "reason": one.reason,
        "kind": KINDS.get(DispatchState(one.state), ""),
        "url": reverse("dispatch", args=[access.agreement.slug, one.pk]),
    }
