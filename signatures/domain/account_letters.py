"""Letters to people with an account: that they were added to an agreement, and how to choose a password."""

from __future__ import annotations

import datetime

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import mail
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django import app

from signatures.domain.jobs import LETTER_PRIORITY
from signatures.domain.packets import posting, sending
from signatures.models import AccountLetter, Agreement, DispatchState, User

TASK = "signatures.tasks.send_account_letter"
# Whoever asks for a new password again and again gets one letter in a while, and only so many a day.
ONE_IN = datetime.timedelta(minutes=5)
MOST_A_DAY = 5


def queue(user: User, agreement: Agreement | None = None, by: User | None = None) -> AccountLetter:
    """Queue a letter: about an agreement that `by` added the person to, or about a new password.

    Belongs into the transaction of the act.
    """
    one = AccountLetter.objects.create(user=user, agreement=agreement, asked_by=by)
    app.configure_task(TASK, queue="sending", priority=LETTER_PRIORITY).defer(letter_id=one.pk)
    return one


@transaction.atomic
def queue_new_password(email: str) -> AccountLetter | None:
    """Queue a letter to whoever has forgotten a password. None where there is no such account, or letters enough."""
    # Of two askings at once the second waits here, and then sees the letter of the first.
    user = User.objects.select_for_update(no_key=True).filter(email=email.strip().lower(), is_active=True).first()
    if user is None or not sending.is_set_up():
        return None
    now = timezone.now()
    asked = AccountLetter.objects.filter(user=user, agreement=None).exclude(state=DispatchState.FAILED)
    if asked.filter(asked_at__gt=now - ONE_IN).exists():
        return None
    if asked.filter(asked_at__gt=now - datetime.timedelta(days=1)).count() >= MOST_A_DAY:
        return None
    return queue(user)


def under_way(user: User, agreement: Agreement) -> bool:
    """Tell whether a letter about an agreement is queued or being sent."""
    states = (DispatchState.QUEUED, DispatchState.SENDING)
    return AccountLetter.objects.filter(user=user, agreement=agreement, state__in=states).exists()


def send(letter_id: int) -> None:
    """Send a letter that is queued. One in any other state is left alone, however often this is called."""
    taken = AccountLetter.objects.filter(pk=letter_id, state=DispatchState.QUEUED)
    if not taken.update(state=DispatchState.SENDING, sending_since=timezone.now()):
        return
    one = AccountLetter.objects.select_related("user", "agreement", "asked_by").get(pk=letter_id)
    if sending.is_set_up():
        state, reason = posting.hand_over(_message(one))
    else:
        state, reason = DispatchState.FAILED, sending.NOT_SET_UP
    undecided = Q(state=DispatchState.SENDING) | Q(state=DispatchState.PERHAPS)
    AccountLetter.objects.filter(undecided, pk=letter_id).update(state=state, reason=reason)


def settle_lost() -> int:
    """Call what has been in `sending` for too long "perhaps sent". Returns how many there were."""
    lost = AccountLetter.objects.filter(
        state=DispatchState.SENDING, sending_since__lt=timezone.now() - sending.UNKNOWN_AFTER
    )
    return lost.update(state=DispatchState.PERHAPS, reason=sending.LOST)


def link(user: User) -> str:
    """Return the secret address at which a person chooses a password: once, and within three days.

    It ends when the password is changed, or when the person signs in (Django's token says so).
    """
    key = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password_choose", args=[key, default_token_generator.make_token(user)])
    return f"{settings.COUNTERPART_BASE_URL}{path}"


def _message(one: AccountLetter) -> mail.EmailMessage:
    user = one.user
    if one.agreement is None:
        subject = "A new password for Counterpart"
        body = (
            f"Somebody, probably you, asked for a new password for {user.email}.\n\nChoose one here. The link works "
            f"once, for three days:\n{link(user)}\n\nIf it was not you, do nothing: your password stays as it is.\n"
        )
    else:
        subject = f"{one.asked_by} added you to “{one.agreement.title}”"
        board = f"{settings.COUNTERPART_BASE_URL}{reverse('board', args=[one.agreement.slug])}"
        body = (
            f"{one.asked_by} ({one.asked_by.email if one.asked_by else ''}) added you to the collection of signature "
            f"pages of “{one.agreement.title}”.\n\n"
        )
        if user.has_usable_password():
            body += f"Sign in with {user.email}:\n{board}\n"
        else:
            body += (
                f"Choose a password for {user.email} here. The link works once, for three days:\n{link(user)}\n\n"
                f"Afterwards you find the collection at\n{board}\n"
            )
    return mail.EmailMessage(subject=subject, body=body, from_email=settings.DEFAULT_FROM_EMAIL, to=[user.email])
