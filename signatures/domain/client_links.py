"""Links for clients who look and do not touch: made by counsel until a day, withdrawn, and when they were opened."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from signatures.domain import audit, secret_links
from signatures.domain.errors import Overtaken, Refused
from signatures.models import Agreement, ClientLink, Membership, User

KIND = "client"
# Who comes back after so long comes a second time; who stays open is noted so often.
ANOTHER_VISIT = datetime.timedelta(minutes=30)
NOTED_EVERY = datetime.timedelta(minutes=1)


def address(link: ClientLink) -> str:
    """Return a link's secret address."""
    return f"{settings.COUNTERPART_BASE_URL}{reverse('look', args=[token(link)])}"


def token(link: ClientLink) -> str:
    """Return the secret part of a link's address."""
    return secret_links.token(KIND, link.public_id)


def link_of_token(text: str) -> ClientLink | None:
    """Return the link that a token opens at this moment, with its agreement. None for any other, ended or withdrawn."""
    public_id = secret_links.public_id_of(text)
    if public_id is None:
        return None
    link = (
        ClientLink.objects.select_related("agreement__issuer", "agreement__notes").filter(public_id=public_id).first()
    )
    if link is None or not secret_links.fits(text, KIND, link.public_id):
        return None
    return link if link.withdrawn_at is None and timezone.now() < link.ends_at else None


@transaction.atomic
def make(agreement: Agreement, client: str, until: datetime.date, with_amounts: bool, by: User) -> ClientLink:
    """Make a link that works to the end of a day in the agreement's zone. Raises Refused with the sentence.

    Nobody lets another see amounts who may not see them.
    """
    name = " ".join(client.split())
    if not name:
        raise Refused("Say for whom the link is.")
    midnight = datetime.datetime.combine(until, datetime.time(), ZoneInfo(agreement.time_zone))
    ends_at = midnight + datetime.timedelta(days=1)
    if ends_at <= timezone.now():
        raise Refused("That day is past. A link works until the end of a day to come, or of today.")
    _check_amounts(agreement, with_amounts, by)
    link = ClientLink.objects.create(
        agreement=agreement, client=name, ends_at=ends_at, with_amounts=with_amounts, made_by=by
    )
    audit.record(agreement, by, "client link made", link=link.pk, client=name, until=until, with_amounts=with_amounts)
    return link


@transaction.atomic
def withdraw(link: ClientLink, by: User) -> None:
    """Stop a link: it answers as if it had never been. Raises Overtaken where it was stopped already."""
    working = ClientLink.objects.filter(pk=link.pk, withdrawn_at=None)
    if not working.update(withdrawn_at=timezone.now(), withdrawn_by=by):
        raise Overtaken("It was withdrawn already.")
    audit.record(link.agreement, by, "client link withdrawn", link=link.pk, client=link.client)


@transaction.atomic
def let_work_again(link: ClientLink, by: User) -> None:
    """Undo a withdrawal. Raises Overtaken where it works already, Refused as `make` does."""
    _check_amounts(link.agreement, link.with_amounts, by)
    withdrawn = ClientLink.objects.filter(pk=link.pk, withdrawn_at__isnull=False)
    if not withdrawn.update(withdrawn_at=None, withdrawn_by=None):
        raise Overtaken("It works already.")
    audit.record(link.agreement, by, "client link works again", link=link.pk, client=link.client)


def _check_amounts(agreement: Agreement, with_amounts: bool, by: User) -> None:
    if with_amounts and not Membership.objects.filter(agreement=agreement, user=by, may_see_amounts=True).exists():
        raise Refused("You may not see amounts, so you cannot show them to others. Make the link without them.")


def note_opened(link: ClientLink) -> None:
    """Note that a person has the link open. A visit after a while of silence counts as another."""
    now = timezone.now()
    due = Q(last_opened_at=None) | Q(last_opened_at__lt=now - NOTED_EVERY)
    returned = Q(last_opened_at=None) | Q(last_opened_at__lt=now - ANOTHER_VISIT)
    ClientLink.objects.filter(due, pk=link.pk).update(
        first_opened_at=Coalesce("first_opened_at", Value(now)),
        last_opened_at=now,
        visits=F("visits") + Case(When(returned, then=1), default=0),
    )
