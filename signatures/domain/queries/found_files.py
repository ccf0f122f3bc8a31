"""Finding a received file among thousands: by its name, who sent it, when it came, by which channel, or whose it is."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import reduce
from operator import and_
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from signatures.models import Agreement, Channel, Match, ReceivedPage, Submission

MOST_FOUND = 12
MOST_NAMES = 4
_MONTHS = {
    name: at
    for at, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)
}
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DATES = (
    re.compile(r"\b(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})\b"),
    re.compile(r"\b(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})\b"),
    re.compile(rf"\b(?P<day>\d{{1,2}})\s+(?P<month>{_MONTH})(?:,?\s+(?P<year>\d{{4}}))?\b", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_MONTH})\s+(?P<day>\d{{1,2}})\b(?:,?\s+(?P<year>\d{{4}})\b)?", re.IGNORECASE),
    re.compile(r"\b(?P<word>today|yesterday)\b", re.IGNORECASE),
)

_NUMBER = re.compile(r"[+(]?\d[\d\s().-]{5,}\d")


@dataclass(frozen=True)
class FoundFile:
    """A file, and the first of the entities on its pages."""

    submission: Submission
    names: tuple[str, ...]


def find_files(agreement: Agreement, text: str, beside: Submission) -> list[FoundFile]:
    """Return the newest files of which every word of `text` is true, at most MOST_FOUND, in two queries; all for none.

    Files that are not read and `beside` itself are not among them.
    """
    day, rest = day_in(text, timezone.now().astimezone(ZoneInfo(agreement.time_zone)).date())
    files = Submission.objects.filter(agreement=agreement, state=Submission.State.READ).exclude(pk=beside.pk)
    if day is not None:
        start = datetime.datetime.combine(day, datetime.time(), ZoneInfo(agreement.time_zone))
        files = files.filter(received_at__gte=start, received_at__lt=start + datetime.timedelta(days=1))
    number = _NUMBER.search(rest)
    if number is not None:
        # A telephone number is one word, however it is written, unless a file's name has it piece by piece.
        pieces = [_said_of(agreement, piece) for piece in number[0].split()]
        files = files.filter(_called(agreement, number[0]) | reduce(and_, pieces))
        rest = f"{rest[: number.start()]} {rest[number.end() :]}"
    for word in rest.split():
        files = files.filter(_said_of(agreement, word))
    found = list(files.order_by("-received_at", "-pk")[:MOST_FOUND])
    names = _names(found)
    return [FoundFile(one, tuple(names.get(one.pk, {}))[:MOST_NAMES]) for one in found]


def day_in(text: str, today: datetime.date) -> tuple[datetime.date | None, str]:
    """Return the day that a text names, and the text without it. One without a year is the last such day."""
    for pattern in _DATES:
        seen = pattern.search(text)
        day = _day(seen.groupdict(), today) if seen else None
        if seen is not None and day is not None:
            return day, f"{text[: seen.start()]} {text[seen.end() :]}"
    return None, text


def _day(said: dict[str, str | None], today: datetime.date) -> datetime.date | None:
    word = (said.get("word") or "").casefold()
    if word:
        return today - datetime.timedelta(days=word == "yesterday")
    month = said["month"] or ""
    number = int(month) if month.isdecimal() else _MONTHS[month[:3].casefold()]
    try:
        if said["year"]:
            return datetime.date(int(said["year"]), number, int(said["day"] or 0))
        this_year = datetime.date(today.year, number, int(said["day"] or 0))
        return this_year if this_year <= today else this_year.replace(year=today.year - 1)
    except ValueError:  # no such day: the digits are looked for as they stand
        return None


def _said_of(agreement: Agreement, word: str) -> Q:
    matches = Match.objects.filter(page__agreement=agreement, closed_at=None)
    blocks = Q(signature_page__blocks__entity__icontains=word) | Q(signature_page__blocks__lines__name__icontains=word)
    said = Q(original_name__icontains=word) | Q(sender__icontains=word) | Q(received_by__name__icontains=word)
    said |= Q(pk__in=matches.filter(blocks).values("page__submission"))
    said |= Q(channel__in=[one.value for one in Channel if word.casefold() in f"{one.value} {one.label.casefold()}"])
    return said | _called(agreement, word) if sum(map(str.isdigit, word)) >= 4 else said


def _called(agreement: Agreement, number: str) -> Q:
    digits = re.sub(r"\D", "", number)
    faxes = ReceivedPage.objects.filter(agreement=agreement, current_reading__data__fax__sender__icontains=digits)
    return Q(sender__icontains=digits) | Q(pk__in=faxes.values("submission"))


def _names(found: list[Submission]) -> dict[int, dict[str, None]]:
    """Return the entities on the pages of some files, by file, in their order."""
    names: dict[int, dict[str, None]] = {}
    rows = Match.objects.filter(
        page__submission__in=found, closed_at=None, signature_page__placed__isnull=False
    ).order_by("page__submission", "page__index", "signature_page__placed__position")
    for file, entity in rows.values_list("page__submission", "signature_page__placed__block__entity"):
        names.setdefault(file, {})[entity] = None
    return names
