"""The second version of the small collection's agreement: one holder less, one more, another title, another clause."""

from __future__ import annotations

from functools import cache

from django.db import transaction

from signatures.domain.counterparts import matching
from signatures.domain.decisions import review
from signatures.domain.documents import version_reading, versions
from signatures.models import ReceivedPage, SignatureBlock, Version
from signatures.paper.agreement.apart import parse_apart

from .conftest import DOCUMENT, Collection

_SOUTH = DOCUMENT.index("Name of Holder: South Pier Fund")
_LANTERN = DOCUMENT.index("Name of Holder: Lantern Capital")
BEACON = "Beacon Fund Ltd."
REVISED = (
    (
        (DOCUMENT[:_SOUTH] + DOCUMENT[_LANTERN:])
        .replace("The Holders waive\nthe default", "The Holders waive\nuntil May 1, 2021, the default")
        .replace("Title: Director", "Title: Managing Director")
    )
    + """
Name of Holder: Beacon Fund Ltd.
Address: 4 Quay, Boston, MA 02110

Amount of 9% Senior Notes due June 1, 2025 Beneficially Owned: __________

BEACON FUND LTD.

By: ____________________
Name: Ines Marr
Title: Director
"""
)

_parsed = cache(parse_apart)


def revise(collection: Collection, text: str = REVISED) -> Version:
    """Upload and adopt the second version."""
    data, name = text.encode(), "consent-2.txt"
    version = versions.enter(collection.agreement, versions.keep(data, name, _parsed(data, name)), collection.counsel)
    version_reading.compare(version)
    return versions.adopt(version, collection.counsel)


def come_back(collection: Collection, entity: str) -> ReceivedPage:
    """Receive the signed page of a holder as it was issued first."""
    collection.send(collection.scan(entity))
    return ReceivedPage.objects.latest("id")


def lines_of(page: ReceivedPage) -> review.Decision:
    """Say that everything on a page is signed."""
    matched = matching.matched(page)
    assert matched is not None
    return review.Decision(frozenset(line for block in review.blocks_on_page(matched) for line in block.lines))


def sign(collection: Collection, entity: str) -> ReceivedPage:
    """Receive a holder's page, which a person identifies and accepts. Nothing reads it: that takes long."""
    submission = collection.send(entity.encode(), read=False)
    page = ReceivedPage.objects.create(submission=submission, index=0, agreement=collection.agreement, state="matched")
    with transaction.atomic():
        matching.open_match(page, collection.page(entity), by=collection.counsel)
        page.save()
    return review.accept(page, collection.counsel, lines_of(page))


def block_of(version: Version, entity: str) -> SignatureBlock:
    return version.blocks.get(party__name=entity)
