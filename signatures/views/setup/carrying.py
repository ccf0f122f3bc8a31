"""What becomes of signatures on an earlier version: who has to be asked, who was asked, what is decided."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_http_methods

from signatures.domain import files
from signatures.domain.documents import carrying
from signatures.domain.documents.blocks import execution_version
from signatures.domain.documents.carrying import Given
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.packets import answering, asking
from signatures.domain.queries import versions as queries
from signatures.domain.queries.desk import Looked
from signatures.models import Answer, Authority, CarryOver, Dispatch, LetterKind, Version
from signatures.setup_forms import AuthorityForm, DecisionForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.numbers import number
from signatures.views.setup import answered
from signatures.views.words import counted, joined, local_moment

MOST_BYTES = 50_000_000

MOST_ROWS = 200
# What each filter shows: its word, and the answer, empty for none.
FILTERS: dict[str, tuple[str, str | None]] = {
    "": ("All", None),
    "ask": ("To be asked", ""),
    "asked": ("Asked", Answer.ASKED),
    "carries": ("Carries over", Answer.CARRIES),
    "again": ("Signs again", Answer.SIGNS_AGAIN),
}
DONE = {Answer.ASKED: "Entered as asked", Answer.CARRIES: "Carries over", Answer.SIGNS_AGAIN: "Signs again"}


@dataclass(frozen=True)
class Asked:
    """What the address asks for; anything unknown in it counts as not asked."""

    show: str
    start: int

    @classmethod
    def of(cls, given: QueryDict) -> Asked:
        show = given.get("show", "")
        return cls(show if show in FILTERS else "", number(given.get("from")) or 0)

    def address(self, slug: str, show: str | None = None, start: int = 0) -> str:
        """Return the address of the same with another filter or start."""
        given = QueryDict(mutable=True)
        wanted = {"show": self.show if show is None else show, "from": str(start) if start else ""}
        given.update({name: value for name, value in wanted.items() if value})
        path = reverse("carry_over", args=[slug])
        return f"{path}?{given.urlencode()}" if given else path


@require_http_methods(["GET", "POST"])
def carry_over(request: HttpRequest, slug: str) -> HttpResponse:
    """Who signed an earlier version and what becomes of that; a post decides for those ticked, or takes it back."""
    access = agreement_for(request, slug, decide=request.method == "POST")
    version, asked = execution_version(access.agreement), Asked.of(request.GET)
    pages = [(page.pk, str(page)) for page in queries.pages_for_evidence(access.agreement)] if access.may_act else []
    paper = answered.paper_of(request, access)
    pages = [*paper.choice, *(one for one in pages if one not in paper.choice)] if paper else pages
    initial = paper.initial if paper else None
    form = DecisionForm(request.POST or None, request.FILES or None, pages=pages, initial=initial)
    problem = ""
    if request.method == "POST":
        try:
            _act(request, access, version, form)
        except Overtaken as error:
            messages.warning(request, str(error))
            return redirect(asked.address(slug, start=asked.start))
        except Refused as error:
            problem = str(error)
        else:
            return redirect(asked.address(slug, start=asked.start))
    context = _context(access, version, asked) | {"form": form, "problem": problem}
    context |= {"paper": paper, "ticked": set(request.POST.getlist("block")) | answered.ticked(paper, context["rows"])}
    return render(request, "versions/carry_over.html", context, status=422 if problem else 200)


def _act(request: HttpRequest, access: Access, version: Version, form: DecisionForm) -> None:
    """Decide for those ticked, or for all whom nobody has decided about, and say so. Raises Refused."""
    said = request.POST.get("do", "")
    if said == "undo":
        number = answering.undo(access.agreement, access.user)
        messages.success(request, f"Undone for {counted(number, 'party', 'parties')}.")
        return
    if said == "ask":
        _ask(request, access, version)
        return
    if said == "answered":
        number = answering.decide_as_answered(version, access.user, answered.ticked_rows(request))
        messages.success(request, f"Decided as they answered: {counted(number, 'party', 'parties')}.")
        return
    if said not in Answer.values:
        raise Refused("Say what is to become of these signatures.")
    answer = Answer(said)
    paper = answered.paper_of(request, access)
    given = given_of(form) if paper or answer != Answer.SIGNS_AGAIN else carrying.NOTHING
    seen = _seen(request, version)
    carrying.check(access.agreement, answer, given)
    given = _with_evidence(form, given)
    if paper and given.page_id == paper.page.pk and answer != Answer.ASKED:
        opened = answering.decide_on_paper(version, access.user, answer, seen, given)
    else:
        opened = carrying.decide(version, access.user, answer, seen, given)
    undo = '{} <button class="button" form="carry-undo" data-key="⌫" data-key-label="Undo">Undo</button>'
    words = f"{DONE[answer]}: {counted(len(opened), 'party', 'parties')}."
    messages.success(request, format_html(undo, words))


def _ask(request: HttpRequest, access: Access, version: Version) -> None:
    """Ask those ticked by letter, and say so. Raises Refused."""
    asked = asking.ask(version, access.user, _seen(request, version))
    letters = counted(len(asked.dispatches), "letter is", "letters are")
    messages.success(request, f"{letters} on the way, about {counted(len(asked.parties), 'party', 'parties')}.")
    if asked.without_address:
        messages.warning(request, f"Without an e-mail address, and so not asked: {joined(asked.without_address)}.")


def _seen(request: HttpRequest, version: Version) -> dict[int, int | None]:
    """Read block:row of what was ticked, row 0 for none, or all about whom nothing is decided. Raises Refused for
    anything else."""
    if request.POST.get("everyone") == "yes":
        return {one.block.pk: None for one in queries.earlier(version) if one.row is None}
    found: dict[int, int | None] = {}
    for one in request.POST.getlist("block"):
        block, row = (number(part) for part in one.partition(":")[::2])
        if block is None or row is None:
            raise Refused("Tick those whom this is about.")
        found[block] = row or None
    return found


def given_of(form: AuthorityForm) -> Given:
    """Read the authority from a form. Raises Refused with the sentence for a field that cannot be read."""
    if not form.is_valid():
        wrong = [f"{form.fields[name].label}: {' '.join(map(str, said))}" for name, said in form.errors.items()]
        raise Refused(" ".join(wrong))
    said = form.cleaned_data
    return Given(said["authority"], said["given_by"], said["given_on"], said["words"])


def given_on_desk(request: HttpRequest) -> Given | None:
    """Read the authority that a page of an earlier version is accepted under, None where none is asked for there."""
    return given_of(AuthorityForm(request.POST)) if "authority" in request.POST else None


def on_desk(access: Access, request: HttpRequest, looked: Looked) -> dict[str, Any] | None:
    """Return what the desk says of a page of an earlier version: what is decided already, and the form for the rest."""
    matched, blocks = looked.matched, list(dict.fromkeys(line.block for line in looked.lines))
    standing = carrying.standing_of(matched, blocks) if matched is not None else None
    if matched is None or standing is None:
        return None
    now = timezone.now()
    undecided = [one for one in blocks if one.pk in standing.targets and one.pk not in standing.decided]
    return {
        "version": matched.version.number,
        "current": standing.version.number,
        "decided": [
            f"{one.entity} carries over: {words_of(access, standing.decided[one.pk], now)}."
            for one in blocks
            if one.pk in standing.decided
        ],
        "missing": [one.entity for one in blocks if one.pk not in standing.targets],
        "undecided": joined(one.entity for one in undecided),
        "form": AuthorityForm(request.POST if "authority" in request.POST else None) if undecided else None,
    }


def _with_evidence(form: DecisionForm, given: Given) -> Given:
    if given == carrying.NOTHING and not form.is_valid():
        return given
    file, page = form.cleaned_data["file"], form.cleaned_data["page"]
    if file is not None and file.size > MOST_BYTES:
        raise Refused("This file is larger than 50 MB.")
    return Given(
        given.authority,
        given.by,
        given.on,
        given.words,
        page_id=page,
        file=files.keep(file.read(), file.content_type or "application/octet-stream") if file else None,
        file_name=file.name or "" if file else "",
    )


def _context(access: Access, version: Version, asked: Asked) -> dict[str, Any]:
    slug, now = access.agreement.slug, timezone.now()
    found = queries.earlier(version)
    by_answer = queries.counts(found)
    wanted = FILTERS[asked.show][1]
    chosen = [one for one in found if wanted is None or one.answer == wanted]
    start = asked.start if asked.start < len(chosen) else 0
    shown = chosen[start : start + MOST_ROWS]
    letters = asking.letters_about([one.block for one in shown])
    said = answering.newest(answering.asked(version))
    return {
        "agreement": heading(access.agreement, now, version.number),
        "may_act": access.may_act,
        "version": version.number,
        "rows": [
            _row(access, one, letters.get(one.block.pk, ()), now)
            | {"answered": answered.words_of(access, said.get(one.row.pk) if one.row else None, now)}
            for one in shown
        ],
        "answered": len(said),
        "letter_url": f"{reverse('letters', args=[slug])}?{urlencode({'kind': LetterKind.CARRY_OVER})}",
        "rows_words": f"{start + 1:,} to {start + len(shown):,} of {len(chosen):,}" if len(chosen) > MOST_ROWS else "",
        "earlier_url": asked.address(slug, start=max(0, start - MOST_ROWS)) if start else None,
        "later_url": asked.address(slug, start=start + MOST_ROWS) if start + MOST_ROWS < len(chosen) else None,
        "filters": [
            {
                "word": word,
                "count": f"{len(found) if answer is None else by_answer[answer]:,}",
                "url": asked.address(slug, show=show),
                "current": show == asked.show,
            }
            for show, (word, answer) in FILTERS.items()
        ],
        "undecided": by_answer[""],
        "address": asked.address(slug, start=asked.start),
    }


def _row(access: Access, one: queries.Earlier, letters: Sequence[Dispatch], now: datetime.datetime) -> dict[str, Any]:
    zone, block, lines = access.agreement.time_zone, one.block, list(one.block.lines.all())
    emails = [line.signatory.email for line in lines if line.signatory and line.signatory.email]
    signed = f"signed {local_moment(one.signed_at, zone, now)}" if one.signed_at else "not signed, or taken back"
    return {
        "id": block.pk,
        "value": f"{block.pk}:{one.row.pk if one.row else 0}",
        "url": reverse("holder", args=[access.agreement.slug, block.pk]),
        "name": block.entity,
        "signatories": joined(line.name for line in lines if line.name),
        "email": joined(dict.fromkeys(emails)),
        "signed": f"Version {one.source.version.number}, {signed}",
        "answer": one.answer,
        "answer_word": FILTERS["ask"][0] if one.row is None else one.row.get_answer_display().capitalize(),
        "words": words_of(access, one.row, now) if one.row else "",
        "quoted": one.row.words if one.row else "",
        "evidence": _evidence(access, one.row) if one.row else None,
        "state": block.state,
        "letters": [_letter(access, letter, now) for letter in letters],
    }


def _letter(access: Access, letter: Dispatch, now: datetime.datetime) -> dict[str, str]:
    """Return what became of a letter that asked, and whether its link was opened since."""
    zone, opened = access.agreement.time_zone, letter.packet.last_opened_at
    at = local_moment(letter.settled_at or letter.asked_at, zone, now)
    seen = f", link opened {local_moment(opened, zone, now)}" if opened and opened > letter.asked_at else ""
    return {
        "words": f"Letter to {letter.to} {letter.get_state_display()} {at}{seen}",
        "reason": letter.reason,
        "kind": "bad" if letter.reason else "",
        "url": reverse("dispatch", args=[access.agreement.slug, letter.pk]),
    }


def words_of(access: Access, row: CarryOver, now: datetime.datetime) -> str:
    """Say under which authority, and who entered it when."""
    day = f" on {row.given_on.day} {row.given_on:%B %Y}" if row.given_on else ""
    how = Authority(row.authority).label if row.authority else ""
    by = f"{'of' if how else 'by'} {row.given_by}" if row.given_by else ""
    given = " ".join(filter(None, (how, by))) + day
    entered = f"entered {local_moment(row.opened_at, access.agreement.time_zone, now)} by {row.opened_by}"
    return ", ".join(filter(None, (given.strip(), entered)))


def _evidence(access: Access, row: CarryOver) -> dict[str, str] | None:
    """Return where what shows it is. It may tell an amount."""
    if not access.show_amounts:
        return None
    slug = access.agreement.slug
    if row.file_id is not None:
        return {"word": row.file_name or "file", "url": reverse("carry_over_evidence", args=[slug, row.pk])}
    if row.page_id is not None:
        return {"word": str(row.page), "url": reverse("received_page", args=[slug, row.page_id])}
    return None


@require_GET
def evidence(request: HttpRequest, slug: str, row_id: int) -> HttpResponse:
    """The file that shows an authority, as it was given; a browser never opens it as a page of this site."""
    access = agreement_for(request, slug)
    if not access.show_amounts:
        raise PermissionDenied("This file may tell amounts, and you may not see those. Ask counsel for it.")
    row = get_object_or_404(
        CarryOver.objects.select_related("file"), pk=row_id, block__version__agreement=access.agreement
    )
    if row.file is None:
        raise Http404
    answer = HttpResponse(files.read(row.file), content_type="application/octet-stream")
    name = row.file_name.replace('"', "").replace("\\", "") or "evidence"
    answer["Content-Disposition"] = f'attachment; filename="{name.encode("ascii", "replace").decode()}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
