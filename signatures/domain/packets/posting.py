"""Handing a letter to the mail server, and recording what it said. The job that does it may be killed at any moment."""

from __future__ import annotations

import datetime
import smtplib
from contextlib import suppress
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core import mail
from django.db import transaction
from django.utils import timezone

from signatures.domain.packets import distribution, letters, reminder_plan, sending
from signatures.domain.packets.answer_sheet import answer_sheet
from signatures.domain.queries.portal import agreement_pdf
from signatures.domain.queries.setup import packet_document
from signatures.models import Dispatch, DispatchState, LetterKind, Packet

ANSWERED = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError)
NOTHING_LEFT = "Nothing is outstanding any more, so it was not sent."
NOTHING_TO_ASK = "It was decided meanwhile what becomes of these signatures, so it was not sent."
NO_PAGES = "The packet has no current page any more, so it was not sent."


def send(dispatch_id: int, now: datetime.datetime | None = None) -> None:
    """Send one letter that is queued. One in any other state is left alone, however often this is called.

    A planned reminder for which it has become night or a weekend stays queued until the plan's next hours.
    """
    now = now or timezone.now()
    waiting = Dispatch.objects.select_related("packet__agreement").filter(pk=dispatch_id, state=DispatchState.QUEUED)
    held = reminder_plan.hold(one, now) if (one := waiting.first()) else None
    if isinstance(held, datetime.datetime):
        sending.defer(dispatch_id, held)
        return
    taken = Dispatch.objects.filter(pk=dispatch_id, state=DispatchState.QUEUED)
    if not taken.update(state=DispatchState.SENDING, sending_since=now):
        return
    one = Dispatch.objects.select_related("packet__agreement", "packet__signatory", "packet__party").get(pk=dispatch_id)
    message = held or _message(one)
    if isinstance(message, str):
        _settle(one, DispatchState.FAILED, message)
        return
    _settle(one, *hand_over(message))


def hand_over(message: mail.EmailMessage) -> tuple[str, str]:
    """Give a letter to the mail server. Returns the state that it has then, and the reason where that is not "sent"."""
    connection = mail.get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        return DispatchState.FAILED, f"The mail server could not be reached: {_said(error)}"
    try:
        connection.send_messages([message])
    except ANSWERED as error:
        return DispatchState.FAILED, f"The mail server refused it: {_said(error)}"
    except (OSError, smtplib.SMTPException) as error:
        return DispatchState.PERHAPS, f"The connection broke while it was sent: {_said(error)}"
    finally:
        # Whether it was taken is known by now, and a server that dislikes the farewell changes nothing.
        with suppress(OSError, smtplib.SMTPException):
            connection.close()
    return DispatchState.SENT, ""


def settle_lost() -> int:
    """Call what has been in `sending` for too long "perhaps sent". Returns how many there were."""
    lost = Dispatch.objects.filter(
        state=DispatchState.SENDING, sending_since__lt=timezone.now() - sending.UNKNOWN_AFTER
    ).select_related("packet__agreement")
    return sum(_settle(one, DispatchState.PERHAPS, sending.LOST) for one in lost)


@transaction.atomic
def _settle(one: Dispatch, state: str, reason: str) -> bool:
    """Record what became of it, with the event. A slow send that was called "perhaps sent" learns better here."""
    from_states = [DispatchState.SENDING] if state == DispatchState.PERHAPS else [*_UNDECIDED]
    found = Dispatch.objects.filter(pk=one.pk, state__in=from_states)
    if not found.update(state=state, reason=reason, settled_at=timezone.now()):
        return False
    if not one.is_test:
        sending.note_outcome(one, f"letter {DispatchState(state).label}", None, reason)
    return True


_UNDECIDED = (DispatchState.SENDING, DispatchState.PERHAPS)


def _message(one: Dispatch) -> mail.EmailMessage | str:
    """Return the message with the packet attached, or the sentence why there is none to send."""
    packet = one.packet
    if one.kind == LetterKind.REMINDER and not one.is_test and not _is_outstanding(packet):
        return NOTHING_LEFT
    link = f"{settings.COUNTERPART_BASE_URL}/p/test" if one.is_test else distribution.link(packet)
    attached = _question(one) if one.kind == LetterKind.CARRY_OVER else _pages(packet, link)
    if isinstance(attached, str):
        return attached
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = mail.EmailMessage(
        subject=one.subject,
        body=one.body.replace(letters.LINK, link),
        from_email=formataddr((packet.agreement.counsel_name or name, address)),
        to=[one.to],
        reply_to=[packet.agreement.counsel_email] if packet.agreement.counsel_email else None,
        headers=_identity(one, address.rpartition("@")[2]) | _shown(one),
    )
    for file_name, document in attached:
        message.attach(file_name, document, "application/pdf")
    return message


def _pages(packet: Packet, link: str) -> list[tuple[str, bytes]] | str:
    """Return the packet's document, or the sentence why there is none."""
    due = letters.deadline_words(packet.agreement).removeprefix("by ") if packet.agreement.due_at else ""
    document = packet_document(packet, link, due)
    return NO_PAGES if document is None else [("signature pages.pdf", document)]


def _question(one: Dispatch) -> list[tuple[str, bytes]] | str:
    """Return the text that is asked about and an answer to print, or the sentence why nothing is asked any more."""
    text = agreement_pdf(one.packet)
    if text is None or not (one.is_test or sending.still_asked(one)):
        return NOTHING_TO_ASK
    rows = one.asks.select_related("block", "source__version").order_by("block__position")
    sheet = answer_sheet(one.packet, list(rows))
    return [(f"agreement, version {one.packet.version.number}.pdf", text), ("answer to print.pdf", sheet)]


def _identity(one: Dispatch, domain: str) -> dict[str, str]:
    """Return the headers by which a returned letter is told from others. Postmark replaces the Message-ID, and hands
    back what stands in the other one."""
    return {"Message-ID": f"<{one.public_id}@{domain}>", "X-PM-Metadata-dispatch": str(one.public_id)}


def _shown(one: Dispatch) -> dict[str, str]:
    """Return whom a letter says that it is addressed to, where these are several: each gets a message of its own."""
    if one.is_test or len(one.shown_to) + len(one.shown_cc) < 2:
        return {}
    shown = {"To": ", ".join(one.shown_to), "Cc": ", ".join(one.shown_cc)}
    return {name: value for name, value in shown.items() if value}


def _is_outstanding(packet: Packet) -> bool:
    return packet.pages.filter(state="current", blocks__state__in=sending.TO_SIGN).exists()


def _said(error: Exception) -> str:
    """Return a server's own words."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        answers = [f"{code} {_text(words)}" for code, words in error.recipients.values()]
        return "; ".join(answers)
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
