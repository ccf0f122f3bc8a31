"""The collection of the First Amendment to Forbearance Agreement under way: facts of the filing, invented amounts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from signatures.domain.counterparts import intake
from signatures.domain.demonstration import afternoon, document, facts
from signatures.domain.documents import agreements
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing
from signatures.domain.register import parties, register
from signatures.domain.register.register_file import read_table
from signatures.domain.tally import tabulation
from signatures.models import Agreement, Packet, Role, User

PASSWORD = "hold in escrow until released"
ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in to the demonstration."""

    role: str
    email: str
    name: str
    is_admin: bool
    may_see_amounts: bool


PEOPLE = (
    Person(Role.COUNSEL, "counsel@counterpart.example", "Anna Kessler", False, True),
    Person(Role.ADMIN, "admin@counterpart.example", "Ben Okafor", True, True),
    Person(Role.VIEWER, "client@counterpart.example", "Warren's office", False, False),
)


def load(base_url: str) -> dict[str, Any]:
    """Load the demonstration if it is not there; say where it is and who can sign in. Again, it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7302)")
        try:
            agreement = Agreement.objects.filter(amounts_invented=True).order_by("id").first() or _make()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(7302)")
    folder = folder_of(agreement)
    if not folder.exists():
        folder.mkdir(parents=True)
        for file in afternoon.to_be_uploaded(agreement):
            (folder / file.name).write_bytes(file.content)
    return {
        "agreement": agreement.slug,
        "url": f"{base_url}/agreements/{agreement.slug}/",
        "people": [{"role": str(one.role), "email": one.email, "password": PASSWORD} for one in PEOPLE],
        "links": [_link(packet, base_url) for packet in agreement.packets.all()],
        "folder": str(folder),
    }


def folder_of(agreement: Agreement) -> Path:
    """Return the folder in which files to try lie."""
    return Path(settings.COUNTERPART_DATA) / "to upload by hand" / agreement.slug


def _link(packet: Packet, base_url: str) -> dict[str, Any]:
    holders = packet.pages.values_list("blocks__entity", flat=True).distinct()
    return {"holders": sorted(holders), "url": f"{base_url}/p/{distribution.link_token(packet)}/"}


@transaction.atomic
def _make() -> Agreement:
    people = [(_user(one), one.role, one.may_see_amounts) for one in PEOPLE]
    counsel = people[0][0]
    agreement = agreements.create(document.agreement_text(), "First Amendment (demonstration).txt", counsel, people)
    Agreement.objects.filter(pk=agreement.pk).update(amounts_invented=True)
    agreements.set_terms(agreement, counsel, **_terms())
    table = read_table(document.register(), "register.csv")
    register.apply(agreement, register.plan(agreement, table), counsel)
    parties.set_principal_outstanding(agreement, Decimal(facts.PRINCIPAL_OUTSTANDING), "invented", counsel)
    tabulation.set_threshold(agreement, "Majority", Decimal(50), clause="invented", actor=counsel)
    tabulation.set_threshold(agreement, "Nine tenths", Decimal(90), inclusive=True, clause="invented", actor=counsel)
    agreements.accept_certain_from_now(agreement, counsel, on=True)
    cape = agreement.versions.get().blocks.filter(entity__startswith="Cape Fund").values_list("pk", flat=True)
    issuing.issue(agreement, counsel, issuing.Arrangement(per_signatory=2, only=frozenset(cape)))
    issuing.issue(agreement, counsel)
    distribution.note_printed(agreement.packets.all())
    agreement.refresh_from_db()
    for one in afternoon.arrivals(agreement, datetime.datetime.now(ZONE)):
        intake.receive(one.content, one.name, one.channel, agreement=agreement, sender=one.sender)
    return agreement


def _user(person: Person) -> User:
    user = User.objects.filter(email=person.email).first()
    if user is None:
        user = User.objects.create_user(
            person.email, PASSWORD, name=person.name, is_staff=person.is_admin, is_superuser=person.is_admin
        )
    return user


def _terms() -> dict[str, Any]:
    due = (timezone.now().astimezone(ZONE) + datetime.timedelta(days=1)).replace(
        hour=17, minute=0, second=0, microsecond=0
    )
    return {
        "due_at": due,
        "time_zone": ZONE.key,
        "required_particulars": ["title"],
        "counsel_name": "Anna Kessler, Holloway Price LLP",
        "counsel_for": facts.ISSUER,
        "counsel_telephone": "+1 713 555 0100",
        "counsel_email": "kessler@hollowayprice.example",
        "counsel_fax": "713 555 0199",
    }
