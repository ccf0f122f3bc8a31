"""The letters to signatories: their text, which counsel edits, and how it is filled in. They hold no amounts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from signatures.domain import audit
from signatures.domain.documents import agreements
from signatures.domain.errors import Refused
from signatures.models import Agreement, Defect, Letter, LetterKind, Packet, User

LINK = "{link}"
PLACEHOLDERS = {
    "signatory": "the person who signs",
    "agreement": "the agreement's title, a later version by its number, and what is signed along with it",
    "holders": "whom the person still signs for",
    "link": "the secret link",
    "deadline": "“by” and the deadline, or “as soon as you can”",
    "counsel": "counsel's name",
    "defect": "what is wrong with the page that came back",
    "earlier": "the number of the version that was signed",
}
# What can be filled in in one kind of letter alone.
_ALONE = {"defect": LetterKind.ASK_AGAIN, "earlier": LetterKind.CARRY_OVER}
_FIELD_AND_STOP = re.compile(r"\{([^{}]*)\}(\.?)")
_FIELD = re.compile(r"\{([^{}]*)\}")
LONGEST_SUBJECT = 200

_END = """
Open your pages, print and sign them, and send them back with this link. It is yours alone:
{link}

The pages are attached as well.

{counsel}
"""
PROGRAM_TEXT: dict[str, tuple[str, str]] = {
    LetterKind.PACKET: (
        "Your signature pages: {agreement}",
        """Dear {signatory},

Please sign the {agreement} for {holders}, and return the signed pages {deadline}.
"""
        + _END,
    ),
    LetterKind.REMINDER: (
        "Reminder: your signature pages for the {agreement}",
        """Dear {signatory},

We still need your signature on the {agreement} for {holders}. Please return the signed pages {deadline}.
"""
        + _END,
    ),
    LetterKind.ASK_AGAIN: (
        "Please sign once more: {agreement}",
        """Dear {signatory},

Thank you for your page of the {agreement} for {holders}. We cannot use it as it is:

{defect}

Please sign the page once more and return it {deadline}.
"""
        + _END,
    ),
    LetterKind.CARRY_OVER: (
        "Does your signature stand? {agreement}",
        """Dear {signatory},

You signed version {earlier} of this agreement for {holders}. Its text was changed since. """
        "Your signature does not count for the new text by itself.\n\n"
        "Please read the {agreement}, which is attached, and answer {deadline}: "
        "does your signature stand for the new text as well, or do you sign again?"
        """

Answer with this link, where the new text stands as well, and so will a page, if you sign again. It is yours alone:
{link}

You may answer this e-mail instead, or print the answer that is attached and send it to us.

{counsel}
""",
    ),
}
# What is said to the signatory. A note with a defect stays with counsel: it may tell an amount.
DEFECTS: dict[str, str] = {
    Defect.Code.NOT_SIGNED: "The page came back without a signature.",
    Defect.Code.LINE_MISSING: "The block needs two signatures, and one of them is missing.",
    Defect.Code.PARTICULAR: "A blank that has to be filled in beside the signature is empty.",
    Defect.Code.AMOUNT: "The amount written on the page is not the one on our list. Please call us about it.",
    Defect.Code.WRONG_PERSON: "It was signed by another person, or in another capacity, than the page says.",
    Defect.Code.CONDITIONAL: "A condition was written beside the signature.",
    Defect.Code.WRONG_VERSION: "It is a page of an earlier version of the agreement.",
    Defect.Code.CUT_OFF: "Part of the page is cut off.",
    Defect.Code.ILLEGIBLE: "The page cannot be read.",
    Defect.Code.ALTERED: "The printed text of the page was changed by hand.",
}


@dataclass(frozen=True)
class Text:
    """A letter's subject, one line, and its body, with or without placeholders."""

    subject: str
    body: str


def text(agreement: Agreement, kind: str) -> Text:
    """Return what a kind of letter says in an agreement, with its placeholders."""
    own = Letter.objects.filter(agreement=agreement, kind=kind).first()
    return Text(own.subject, own.body) if own else Text(*PROGRAM_TEXT[kind])


def placeholders(kind: str) -> dict[str, str]:
    """Return what can be filled in in a kind of letter: what each is, by name."""
    return {name: words for name, words in PLACEHOLDERS.items() if _ALONE.get(name, kind) == kind}


def check(kind: str, wanted: Text) -> Text:
    """Return a text as it would be kept. Raises Refused with the sentence for what is wrong with it."""
    subject, body = " ".join(wanted.subject.split()), wanted.body.replace("\r\n", "\n").strip() + "\n"
    known = placeholders(kind)
    unknown = [name for name in _FIELD.findall(subject + body) if name not in known]
    if unknown:
        can = ", ".join(f"{{{name}}}" for name in known)
        raise Refused(f"“{{{unknown[0]}}}” is not known here. What can be filled in: {can}.")
    if LINK in subject:
        raise Refused("The link is a secret: put {link} into the text, not into the subject.")
    if LINK not in body:
        raise Refused("The text does not hold {link}: without it nobody finds the pages.")
    if not subject or len(subject) > LONGEST_SUBJECT:
        raise Refused(f"A subject has one to {LONGEST_SUBJECT} characters.")
    return Text(subject, body)


@transaction.atomic
def change(agreement: Agreement, kind: str, wanted: Text, by: User) -> None:
    """Keep counsel's text of a letter; what was sent before stays as it was sent. Raises Refused."""
    good = check(kind, wanted)
    if good == text(agreement, kind):
        return
    if good == Text(*PROGRAM_TEXT[kind]):
        Letter.objects.filter(agreement=agreement, kind=kind).delete()
    else:
        values = {"subject": good.subject, "body": good.body, "changed_at": timezone.now()}
        Letter.objects.update_or_create(agreement=agreement, kind=kind, defaults=values)
    audit.record(agreement, by, "letter changed", kind=kind, subject=good.subject)


def deadline_words(agreement: Agreement) -> str:
    """Return by Tuesday, September 25, 2007, 17:00 (New York), or as soon as you can."""
    if agreement.due_at is None:
        return "as soon as you can"
    at = agreement.due_at.astimezone(ZoneInfo(agreement.time_zone))
    place = agreement.time_zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"by {at:%A, %B} {at.day}, {at.year}, {at:%H:%M} ({place})"


def fill_in(
    wanted: Text,
    packet: Packet,
    holders: Iterable[str],
    defect: str = "",
    earlier: str = "",
    titles: Iterable[str] = (),
) -> Text:
    """Return a letter for one packet, about documents of these titles, none for its version of the agreement. {link}
    stays: it is put in at the moment of sending, and is not stored.
    """
    agreement = packet.agreement
    values = {
        "signatory": str(packet),
        "agreement": _listed(titles) or agreements.title_of(packet.version),
        "holders": _listed(holders),
        "link": LINK,
        "deadline": deadline_words(agreement),
        "counsel": agreement.counsel_name or "Counsel",
        "defect": defect,
        "earlier": earlier,
    }

    def put(found: re.Match[str]) -> str:
        """Fill in a field; a name that ends with a full stop ends the sentence as well."""
        value, stop = values.get(found[1], f"{{{found[1]}}}"), found[2]
        return value if stop and value.endswith(".") else value + stop

    def filled(said: str) -> str:
        return _FIELD_AND_STOP.sub(put, said)

    return Text(" ".join(filled(wanted.subject).split())[:500], filled(wanted.body))


def _listed(names: Iterable[str]) -> str:
    once = list(dict.fromkeys(names))
    return " and ".join(filter(None, [", ".join(once[:-1]), *once[-1:]]))
