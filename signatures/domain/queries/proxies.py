"""What stands on record of a block's proxy."""

from __future__ import annotations

from dataclasses import dataclass

from signatures.models import Agreement, IndentureConsent, Proxy, SignatureBlock


@dataclass(frozen=True)
class OnRecord:
    """The participant through which a party holds, the proxy that counts, and the last one where none does.

    `is_wanted`: the agreement is a consent under the indenture, so a signature without a proxy does not count.
    """

    is_wanted: bool
    through: str
    current: Proxy | None
    last: Proxy | None


def of_block(block: SignatureBlock) -> OnRecord:
    """Return what is on record of a block's proxy, in two queries."""
    proxies = list(Proxy.objects.filter(block=block).select_related("opened_by", "closed_by").order_by("-id")[:1])
    last = proxies[0] if proxies else None
    through = block.party.through
    counts = last is not None and last.closed_at is None and last.participant.casefold() == through.casefold()
    return OnRecord(
        is_wanted=open_consent(block.version.agreement) is not None,
        through=through,
        current=last if counts else None,
        last=None if counts else last,
    )


def open_consent(agreement: Agreement) -> IndentureConsent | None:
    """Return since when and by whose word an agreement is a consent under the indenture, None where it is none."""
    return IndentureConsent.objects.filter(agreement=agreement, closed_at=None).select_related("opened_by").first()
