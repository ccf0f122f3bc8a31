"""A holder answers, through the link of its packet, whether an earlier signature stands."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from signatures.domain.errors import Refused
from signatures.domain.packets import answering
from signatures.domain.packets.answer_sheet import answer_sheet
from signatures.views.outside import portal
from signatures.views.outside.question import question_words


@never_cache
@require_POST
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """Keep what was answered, and go back. A refusal shows the page with what was typed."""
    packet = portal.packet_of(token)
    typed = {name: str(value) for name, value in request.POST.items()}
    said = {
        int(name[7:]): value == "carries"
        for name, value in typed.items()
        if name.startswith("answer-") and name[7:].isdecimal() and len(name) < 26 and value in ("carries", "again")
    }
    try:
        answering.answer(packet, said, typed.get("by", ""), typed.get("words", ""))
    except Refused as error:
        context = portal.context_of(packet, token)
        context["question"] = question_words(packet, token, typed, str(error))
        if context["question"] is None:
            messages.error(request, str(error))
            return redirect("portal", token)
        return portal.private(render(request, "portal/portal.html", context, status=422))
    messages.success(request, "Counsel has your answer.")
    return redirect(f"{reverse('portal', args=[token])}#question")


@require_GET
def answer_pdf(request: HttpRequest, token: str) -> HttpResponse:
    """The answer to print, while it is asked."""
    packet = portal.packet_of(token)
    rows = answering.questions(packet)
    if not rows:
        raise Http404
    answer = HttpResponse(answer_sheet(packet, rows), content_type="application/pdf", headers=portal.PRIVATE)
    answer["Content-Disposition"] = 'inline; filename="answer.pdf"'
    return answer
