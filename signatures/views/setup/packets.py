"""What each signatory is sent: on paper, by link and by e-mail."""

from __future__ import annotations

import io
import zipfile

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from signatures.domain.errors import Refused
from signatures.domain.packets import addresses, distribution, letters, reminders, sending
from signatures.domain.queries import sent
from signatures.domain.queries import setup as queries
from signatures.domain.queries.portal import pages_pdf
from signatures.models import Dispatch, Packet
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.setup.packet_list import back_to, posted_words
from signatures.views.words import counted, joined, local_moment


@require_POST
def send(request: HttpRequest, slug: str) -> HttpResponse:
    """Send all that were not sent (what=all), one packet (what=packet), or remind one or all (what=remind)."""
    access = agreement_for(request, slug, decide=True)
    given = number(request.POST.get("packet"))
    chosen = None if given is None else queries.packets(access.agreement).filter(pk=given)
    try:
        if request.POST.get("what") == "remind":
            blocks = None if chosen is None else [block for one in chosen for block in sending.to_sign(one)]
            done = reminders.remind(access.agreement, blocks, access.user)
        else:
            ids = None if chosen is None else [one.pk for one in chosen]
            done = sending.send_packets(access.agreement, access.user, ids)
    except Refused as error:
        messages.error(request, str(error))
    else:
        _say(request, done)
    return redirect(back_to(request, access.agreement, given))


def _say(request: HttpRequest, done: sending.Queued) -> None:
    count = len(done.dispatches)
    if count:
        messages.success(request, f"{counted(count, 'letter is', 'letters are')} on the way.")
    else:
        messages.info(request, "There was nothing to send.")
    if done.without_address:
        messages.warning(request, f"Without an e-mail address, and so not sent: {joined(done.without_address)}.")


@require_POST
def address(request: HttpRequest, slug: str, packet_id: int) -> HttpResponse:
    """Enter where a packet goes."""
    access = agreement_for(request, slug, decide=True)
    packet = get_object_or_404(access.agreement.packets.select_related("signatory", "party"), pk=packet_id)
    try:
        addresses.enter(packet, request.POST.get("email", ""), request.POST.get("cc", ""), access.user)
    except Refused as error:
        messages.error(request, str(error))
    return redirect(back_to(request, access.agreement, packet.pk))


@require_http_methods(["GET", "POST"])
def dispatch(request: HttpRequest, slug: str, dispatch_id: int) -> HttpResponse:
    """One letter as it was sent, and what a person says of it: send again, it was sent, it came back."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    one = get_object_or_404(sent.dispatches(access.agreement), pk=dispatch_id)
    if request.method == "POST":
        return _decide(request, access, one)
    now, zone = timezone.now(), access.agreement.time_zone
    shown = distribution.link(one.packet) if access.may_act and not one.is_test else "(the secret link)"
    context = {
        "agreement": heading(access.agreement, now),
        "may_act": access.may_act,
        "one": one,
        "body": one.body.replace(letters.LINK, shown),
        "asked_words": f"{one.asked_by or 'The plan of reminders'}, {local_moment(one.asked_at, zone, now)}",
        "posted": posted_words(access, one, now),
    }
    return render(request, "setup/dispatch.html", context)


def _decide(request: HttpRequest, access: Access, one: Dispatch) -> HttpResponse:
    what = request.POST.get("what")
    try:
        if what == "again":
            sending.send_again(one, access.user)
            messages.success(request, "It is on the way once more.")
        elif what == "was sent":
            sending.say_sent(one, access.user)
        elif what == "bounced":
            sending.say_bounced(one, request.POST.get("reason", ""), access.user)
    except Refused as error:
        messages.error(request, str(error))
        return redirect("dispatch", access.agreement.slug, one.pk)
    return redirect(back_to(request, access.agreement, one.packet_id))


# On paper ---------------------------------------------------------------------------------------------------------


def _document(access: Access, packet: Packet) -> bytes | None:
    """A packet on paper. Its cover sheet carries the link: who may not act gets the pages alone."""
    if not access.may_act:
        return pages_pdf(packet)
    return queries.packet_document(packet, distribution.link(packet), _due_words(access))


def _due_words(access: Access) -> str:
    due, zone = access.agreement.due_at, access.agreement.time_zone
    return local_moment(due, zone, timezone.now()) if due else ""


@require_GET
def packet_pdf(request: HttpRequest, slug: str, packet_id: int) -> HttpResponse:
    """One packet to print: its cover sheet and its pages."""
    access = agreement_for(request, slug)
    packet = get_object_or_404(access.agreement.packets, pk=packet_id)
    content = _document(access, packet)
    if content is None:
        raise Http404
    if access.may_act:
        distribution.note_printed([packet])
    headers = {"Content-Disposition": f'inline; filename="packet-{packet_id}.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_GET
def packets_print(request: HttpRequest, slug: str) -> HttpResponse:
    """Every packet one behind the other, as one PDF to print."""
    access = agreement_for(request, slug)
    found = list(queries.packets(access.agreement))
    if access.may_act:
        links = [(packet, distribution.link(packet)) for packet in found]
        content = queries.print_file(links, _due_words(access))
        distribution.note_printed(found)
    else:
        content = queries.all_pages_pdf(access.agreement) if found else None
    if content is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{slug}-packets.pdf"'}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


def _file_name(packet: Packet) -> str:
    """Return a file's name without its ending, in the signatory's own letters: Γεώργιος-Παπαδόπουλος-15."""
    return f"{slugify(str(packet), allow_unicode=True) or 'packet'}-{packet.pk}"


@require_GET
def packets_zip(request: HttpRequest, slug: str) -> HttpResponse:
    """Every packet to print, one PDF each."""
    access = agreement_for(request, slug)
    out, found = io.BytesIO(), list(queries.packets(access.agreement))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for packet in found:
            archive.writestr(f"{_file_name(packet)}.pdf", _document(access, packet) or b"")
    if access.may_act:
        distribution.note_printed(found)
    headers = {"Content-Disposition": f'attachment; filename="{slug}-packets.zip"'}
    return HttpResponse(out.getvalue(), content_type="application/zip", headers=headers)


@require_POST
def packet_renew(request: HttpRequest, slug: str, packet_id: int) -> HttpResponse:
    """Replace a packet's link."""
    access = agreement_for(request, slug, decide=True)
    packet = get_object_or_404(access.agreement.packets, pk=packet_id)
    distribution.replace_link(packet, access.user)
    messages.success(request, f"{packet} has a new link. The old one does not work any more.")
    return redirect(back_to(request, access.agreement, packet.pk))
