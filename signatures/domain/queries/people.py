"""Who is on an agreement, what became of the letter that told them, and who was taken off."""

from __future__ import annotations

from dataclasses import dataclass

from signatures.domain.people import TAKEN_OFF
from signatures.models import AccountLetter, Agreement, AuditEvent, Membership, User

MOST_TAKEN_OFF = 200


@dataclass(frozen=True)
class Member:
    """A person's part, and the newest letter about it; None where none was sent."""

    membership: Membership
    letter: AccountLetter | None


@dataclass(frozen=True)
class TakenOff:
    """Somebody who is not on the agreement any more: the account, and the event by which it was taken off."""

    user: User
    event: AuditEvent


def members(agreement: Agreement) -> list[Member]:
    """Return all who are on an agreement, by role and name, in two queries."""
    rows = Membership.objects.filter(agreement=agreement).select_related("user", "agreement")
    newest = AccountLetter.objects.filter(agreement=agreement).order_by("user", "-pk").distinct("user")
    letters = {letter.user_id: letter for letter in newest}
    order = ("counsel", "admin", "viewer")
    found = [Member(row, letters.get(row.user_id)) for row in rows]
    return sorted(found, key=lambda one: (order.index(one.membership.role), str(one.membership.user).casefold()))


def taken_off(agreement: Agreement) -> list[TakenOff]:
    """Return who was taken off an agreement and has not been put back, the last first, in three queries."""
    on_it = set(Membership.objects.filter(agreement=agreement).values_list("user__email", flat=True))
    events = AuditEvent.objects.filter(agreement=agreement, action=TAKEN_OFF).order_by("-sequence")[:MOST_TAKEN_OFF]
    newest: dict[str, AuditEvent] = {}
    for event in events:
        if event.data["user"] not in on_it:
            newest.setdefault(event.data["user"], event)
    users = {user.email: user for user in User.objects.filter(email__in=newest, is_active=True)}
    return [TakenOff(users[email], event) for email, event in newest.items() if email in users]
