"""Where a packet goes: what counsel entered for it, else whom the register names instead, else its signatory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parseaddr

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from holders.models import Signatory
from signatures.domain import audit
from signatures.domain.errors import Refused
from signatures.models import Packet, User

MOST = 10
_BETWEEN = re.compile(r"[,;\n]+")


@dataclass(frozen=True)
class Addresses:
    """To whom a packet is sent, who gets a copy, and where `to` is empty, the sentence why."""

    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    lacking: str = ""


def of(packet: Packet) -> Addresses:
    """Return where a packet goes. One that somebody else is to get never falls back to the signatory."""
    cc = tuple(packet.cc)
    if packet.to:
        return Addresses(tuple(packet.to), cc)
    signatory = packet.signatory
    if signatory is not None and signatory.send_to:
        named = tuple(dict.fromkeys(filter(_is_address, map(_address, _BETWEEN.split(signatory.send_to)))))
        lacking = f"{packet}'s packet goes to {signatory.send_to}, whose e-mail address is not known."
        return Addresses(named, cc, "" if named else lacking)
    if signatory is not None and signatory.email:
        return Addresses((signatory.email,), cc)
    return Addresses((), cc, f"There is no e-mail address for {packet}.")


@transaction.atomic
def enter(packet: Packet, to: str, cc: str, by: User) -> None:
    """Enter where a packet goes, addresses parted by commas; an empty `to` means again what the register says.

    One address of a signatory who gets the packet in person is entered in the register, for all that the person signs;
    any others hold for this packet alone. Raises Refused with the sentence.
    """
    said_to, said_cc = _read(to), _read(cc)
    said_cc = [one for one in said_cc if one not in said_to]
    signatory = packet.signatory
    in_person = signatory is not None and not signatory.send_to
    if signatory is not None and in_person and len(said_to) == 1:
        _enter_in_register(signatory, said_to[0])
        kept: list[str] = []
    else:
        kept = said_to
    Packet.objects.filter(pk=packet.pk).update(to=kept, cc=said_cc)
    audit.record(
        packet.agreement, by, "address entered", packet=packet.pk, to=", ".join(said_to), cc=", ".join(said_cc)
    )


def _enter_in_register(signatory: Signatory, address: str) -> None:
    try:
        with transaction.atomic():
            Signatory.objects.filter(pk=signatory.pk).update(email=address)
    except IntegrityError as error:
        raise Refused(f"There is another {signatory} with this address already.") from error


def _read(text: str) -> list[str]:
    """Return the addresses of a text, once each. Raises Refused for what is none, and for more than MOST."""
    parts = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    wrong = next((part for part in parts if not _is_address(_address(part))), None)
    if wrong is not None:
        raise Refused(f"“{wrong}” is not an e-mail address.")
    found = list(dict.fromkeys(map(_address, parts)))
    if len(found) > MOST:
        raise Refused(f"A packet goes to {MOST} addresses at most.")
    return found


def _address(part: str) -> str:
    """Return ann@firm.example for Ann Lee <ann@firm.example>, and for itself."""
    return parseaddr(part.strip())[1].strip()


def _is_address(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
