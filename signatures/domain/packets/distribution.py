"""Packets and their links: which signatory gets which pages, and how the pages come back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from signatures.domain import audit, secret_links
from signatures.models import Agreement, Packet, SignatureBlock, User, Version

PACKET = "packet"


def packet_of(agreement: Agreement, block: SignatureBlock) -> Packet:
    """Return the packet that a block belongs to: its first signatory's, or the party's own while nobody is named.

    Every version has packets of its own, with new links.
    """
    known: dict[str, Any]
    line = block.lines.select_related("signatory").first()
    if line is not None and line.signatory is not None:
        known = {"version": block.version, "signatory": line.signatory}
    else:
        known = {"version": block.version, "party": block.party}
    return Packet.objects.get_or_create(**known, defaults={"agreement": agreement})[0]


def packets_of(version: Version, signing: Sequence[SignatureBlock]) -> dict[int, Packet]:
    """Return the packets that blocks of a version belong to, by the blocks' ids; those that are not there yet are made.

    Wants the blocks' lines fetched with them.
    """
    owners = {block.pk: owner_of(block) for block in signing}
    wanted = dict.fromkeys(owners.values())
    before = handed_on(version.agreement)
    there = set(version.packets.values_list("signatory_id", "party_id"))
    Packet.objects.bulk_create(
        (
            Packet(
                agreement_id=version.agreement_id,
                version=version,
                signatory_id=signatory,
                party_id=party,
                **before.get((signatory, party), {}),
            )
            for signatory, party in wanted
            if (signatory, party) not in there
        ),
        ignore_conflicts=True,
    )
    packets = {(packet.signatory_id, packet.party_id): packet for packet in version.packets.all()}
    return {block.pk: packets[owners[block.pk]] for block in signing}


def owner_of(block: SignatureBlock) -> tuple[int | None, int | None]:
    """Return whose packet a block belongs to: its first signatory, or its party while nobody is named. Uses what was
    fetched with `lines`."""
    line = next(iter(block.lines.all()), None)
    signatory = line.signatory_id if line is not None else None
    return signatory, None if signatory else block.party_id


def handed_on(agreement: Agreement) -> dict[tuple[int | None, int | None], dict[str, list[str]]]:
    """Return by signatory and party the addresses that counsel entered for the newest packet, for the one to come."""
    rows = agreement.packets.exclude(to=[], cc=[]).order_by("pk").values_list("signatory", "party", "to", "cc")
    return {(signatory, party): {"to": to, "cc": cc} for signatory, party, to, cc in rows}


def link_token(packet: Packet) -> str:
    """Return the secret that a packet's link ends with. Derived, not stored: the database alone opens nothing."""
    return secret_links.token(PACKET, packet.public_id, packet.generation)


def link(packet: Packet) -> str:
    """Return a packet's secret address."""
    return f"{settings.COUNTERPART_BASE_URL}{reverse('portal', args=[link_token(packet)])}"


def packet_of_token(token: str) -> Packet | None:
    """Return the packet that a link's token opens, None for any other text or a link that was replaced."""
    public_id = secret_links.public_id_of(token)
    if public_id is None:
        return None
    packets = Packet.objects.select_related("agreement", "version", "signatory", "party")
    packet = packets.filter(public_id=public_id).first()
    if packet is None or not secret_links.fits(token, PACKET, packet.public_id, packet.generation):
        return None
    return packet


@transaction.atomic
def replace_link(packet: Packet, actor: User) -> Packet:
    """Make a new link for a packet; the old one answers as if it had never been."""
    locked = Packet.objects.select_for_update().get(pk=packet.pk)
    locked.generation += 1
    locked.save(update_fields=["generation"])
    audit.record(locked.agreement, actor, "link replaced", packet=locked.pk, generation=locked.generation)
    return locked


def note_opened(packet: Packet) -> None:
    """Note that a person opened a packet's link."""
    now = timezone.now()
    Packet.objects.filter(pk=packet.pk).update(last_opened_at=now)
    Packet.objects.filter(pk=packet.pk, first_opened_at=None).update(first_opened_at=now)


def note_downloaded(packet: Packet) -> None:
    """Note that a person took pages of a packet through its link."""
    Packet.objects.filter(pk=packet.pk).update(downloaded_at=timezone.now())


def note_printed(packets: Iterable[Packet]) -> None:
    """Note that counsel took packets, to print them or to hand them on."""
    Packet.objects.filter(pk__in=[one.pk for one in packets]).update(printed_at=timezone.now())
