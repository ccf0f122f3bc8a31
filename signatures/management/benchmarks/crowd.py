"""A collection as large as one likes, written straight into the tables: made to be looked at, not to be worked on."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from holders.models import AuthorityLink, Holding, Issuer, Notes, Party, PartyRole, PrincipalOutstanding, Signatory
from signatures.models import (
    Agreement,
    Counterpart,
    Defect,
    Execution,
    Match,
    Membership,
    Packet,
    PlacedBlock,
    ReceivedPage,
    Role,
    SignatureBlock,
    SignatureLine,
    SignaturePage,
    StoredFile,
    Submission,
    Threshold,
    User,
    Version,
)
from signatures.models import Reading as StoredReading
from signatures.paper import code
from signatures.paper.drawing import BlockToDraw, LineToDraw, PageToDraw, draw_pages
from signatures.paper.layout import Box, PageLayout
from signatures.paper.reading import FaxHeader, LineSeen, Reading

# Of twenty holders so many are in each state.
_STATES = ("executed",) * 11 + ("in review",) * 4 + ("defective",) + ("outstanding",) * 4


def crowd(user: User, holders: int, received: int) -> Agreement:
    """Make an agreement of so many holders with so many received pages, of which `user` is counsel.

    Of twenty holders eleven have executed, four are in review, one is defective, and nothing came from four. Of twenty
    received pages one was set aside and one is not identified; every matched page comes from the holders in turn.
    """
    with transaction.atomic():
        agreement, version = _agreement(holders)
        Membership.objects.create(agreement=agreement, user=user, role=Role.COUNSEL, may_see_amounts=True)
        blocks, people = _blocks(version, _register(agreement, holders), _STATES)
        pages = _issue(agreement, version, blocks, people)
        _receive(agreement, user, blocks, pages, received)
    return agreement


def waiting_to_be_issued(pages: int) -> Agreement:
    """Make an agreement of which so many pages are to be issued, the issuer's among them."""
    with transaction.atomic():
        agreement, version = _agreement(pages - 1)
        _blocks(version, _register(agreement, pages - 1), ("outstanding",))
    return agreement


def more_blocks(agreement: Agreement, wanted: int, seconds: float) -> int:
    """Copy the agreement's blocks into further agreements of the same register, as many as the time allows.

    Returns how many blocks the database then has.
    """
    began, there = time.monotonic(), SignatureBlock.objects.count()
    version = agreement.versions.get()
    each = version.blocks.count()
    copied = [field.column for field in SignatureBlock._meta.concrete_fields if field.name not in ("id", "version")]
    names = ", ".join(filter(None, copied))
    while there + each <= wanted and time.monotonic() - began < seconds:
        several = min(20, (wanted - there) // each)
        first = Agreement.objects.count()
        made = [_further(agreement, number) for number in range(first, first + several)]
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {SignatureBlock._meta.db_table} (version_id, {names}) SELECT further, {names}"
                f" FROM {SignatureBlock._meta.db_table}, unnest(%s) AS further WHERE version_id = %s",
                [[one.pk for one in made], version.pk],
            )
        there += several * each
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return there


def _further(agreement: Agreement, number: int) -> Version:
    other = Agreement.objects.create(
        slug=f"further-{number}", title=f"Agreement {number}", issuer=agreement.issuer, notes=agreement.notes
    )
    file = agreement.versions.get().pdf
    return Version.objects.create(agreement=other, number=1, source=file, source_name="agreement.pdf", pdf=file)


def _agreement(holders: int) -> tuple[Agreement, Version]:
    made = Agreement.objects.count() + 1
    issuer = Issuer.objects.create(name=f"Harbor Light Corporation {made}")
    notes = Notes.objects.create(issuer=issuer, title="9% Senior Notes due June 1, 2025")
    PrincipalOutstanding.objects.create(notes=notes, amount=Decimal(holders) * 1_100_000, source="indenture")
    agreement = Agreement.objects.create(
        slug=f"consent-{made}",
        title="Consent and Waiver",
        issuer=issuer,
        notes=notes,
        due_at=timezone.now() + timedelta(days=3),
    )
    for name, percent in (("Majority", "50"), ("Supermajority", "66.666667"), ("Three quarters", "75")):
        Threshold.objects.create(agreement=agreement, name=name, percent=Decimal(percent), clause="Section 9.2")
    file = _files(1, f"text {made}")[0]
    version = Version.objects.create(
        agreement=agreement, number=1, source=file, source_name="consent.pdf", pdf=file, text="Consent and Waiver"
    )
    return agreement, version


def _files(count: int, name: str) -> list[StoredFile]:
    """Return rows of files of which the bytes do not exist: nobody opens them."""
    return StoredFile.objects.bulk_create(
        StoredFile(sha256=hashlib.sha256(f"{name} {at}".encode()).hexdigest(), size=90_000, media_type="image/jpeg")
        for at in range(count)
    )


def _register(agreement: Agreement, holders: int) -> list[Party]:
    issuer, words = agreement.issuer, ("Alder", "Birch", "Cedar", "Douglas", "Elm", "Fir", "Ginkgo", "Hazel")
    names = [f"{words[at % 8]} {words[at // 8 % 8]} Fund {at + 1}, L.P." for at in range(holders)]
    parties = [
        Party(issuer=issuer, role=PartyRole.HOLDER, name=name, folded_name=name.casefold(), family=f"{name.split()[0]}")
        for name in names
    ]
    parties.append(Party(issuer=issuer, role=PartyRole.ISSUER, name=issuer.name, folded_name=issuer.name.casefold()))
    parties = Party.objects.bulk_create(parties)
    AuthorityLink.objects.bulk_create(
        AuthorityLink(party=party, position=1, entity=f"{party.family} Management LLC", capacity="General Partner")
        for party in parties
    )
    Holding.objects.bulk_create(
        Holding(
            holder=party,
            notes=agreement.notes,
            principal=Decimal(500_000 + 1_000 * (at * 7919 % 1_000)),
            disregarded=at % 100 == 99,
            disregarded_reason="held by an affiliate" if at % 100 == 99 else "",
        )
        for at, party in enumerate(parties[:-1])
    )
    return parties


def _blocks(
    version: Version, parties: list[Party], states: Sequence[str]
) -> tuple[list[SignatureBlock], list[Signatory]]:
    """Make everybody's block, and its signatory: one person signs for two funds that stand after each other."""
    blocks = SignatureBlock.objects.bulk_create(
        SignatureBlock(
            version=version,
            party=party,
            role=party.role,
            position=at,
            entity=party.name,
            chain=[{"entity": f"{party.family} Management LLC", "capacity": "General Partner", "descriptor": ""}],
            state=states[at % len(states)],
        )
        for at, party in enumerate(parties, 1)
    )
    issuer = version.agreement.issuer
    people = Signatory.objects.bulk_create(
        Signatory(issuer=issuer, name=f"Maya Fenwick {at}", folded_name=f"maya fenwick {at}")
        for at in range((len(parties) + 1) // 2)
    )
    SignatureLine.objects.bulk_create(
        SignatureLine(block=block, signatory=people[at // 2], name=people[at // 2].name, title="Managing Member")
        for at, block in enumerate(blocks)
    )
    return blocks, people


def _issue(
    agreement: Agreement, version: Version, blocks: list[SignatureBlock], people: list[Signatory]
) -> list[SignaturePage]:
    """Make everybody's page in the packet of its signatory, without drawing it."""
    packets = Packet.objects.bulk_create(Packet(agreement=agreement, version=version, signatory=one) for one in people)
    layout, file = _layout(), version.pdf
    keys = [code.new_key() for _ in blocks]
    pages = SignaturePage.objects.bulk_create(
        SignaturePage(
            version=version,
            version_sha256=version.pdf_id,
            packet=packets[at // 2],
            key=key,
            number=code.page_number(key),
            pdf=file,
            page_index=0,
            blank=file,
            layout=_layout_of(layout, block, key),
        )
        for at, (key, block) in enumerate(zip(keys, blocks, strict=True))
    )
    PlacedBlock.objects.bulk_create(
        PlacedBlock(page=page, block=block, position=1) for page, block in zip(pages, blocks, strict=True)
    )
    return pages


def _layout() -> PageLayout:
    """Return the layout of one page, from which those of all others are told: nothing is printed."""
    line = LineToDraw("line", "Maya Fenwick", None, ("title", "amount"))
    block = BlockToDraw("block", "holder", "Alder Birch Fund, L.P.", (line,), amount_caption="Amount of Notes")
    return draw_pages([PageToDraw(code.new_key(), "Consent and Waiver", "IN WITNESS WHEREOF.", (block,))]).layouts[0]


def _layout_of(layout: PageLayout, block: SignatureBlock, key: str) -> dict[str, Any]:
    name = f"b{block.pk}"
    line = replace(layout.lines[0], id=name, block=name, holder=block.entity)
    return replace(layout, payload=code.payload(key, "A"), lines=(line,)).as_json()


def _receive(
    agreement: Agreement, user: User, blocks: list[SignatureBlock], pages: list[SignaturePage], received: int
) -> None:
    senders = [at for at, block in enumerate(blocks) if block.state != "outstanding"]
    of_page = [None if at % 20 < 2 else senders[at % len(senders)] for at in range(received)]
    came = _pages(agreement, blocks, pages, of_page)
    first: dict[int, ReceivedPage] = {}
    later = []
    for page, at in zip(came, of_page, strict=True):
        if at is not None and first.setdefault(at, page) is not page:
            page.duplicate_of, page.needs_person = first[at], False
            later.append(page)
    ReceivedPage.objects.bulk_update(later, ["duplicate_of", "needs_person"], batch_size=2_000)
    Match.objects.bulk_create(
        Match(page=page, signature_page=pages[at], method=Match.Method.CODE)
        for page, at in zip(came, of_page, strict=True)
        if at is not None
    )
    _decide(user, blocks, first)


def _decide(user: User, blocks: list[SignatureBlock], first: dict[int, ReceivedPage]) -> None:
    executed = [(blocks[at], page) for at, page in first.items() if blocks[at].state == "executed"]
    to_follow = Counterpart.Original.TO_FOLLOW
    Counterpart.objects.bulk_create(
        Counterpart(page=page, block=block, lines=[1], accepted_by=user, original=to_follow if at % 4 else "none")
        for at, (block, page) in enumerate(executed)
    )
    start = timezone.now() - timedelta(hours=8)
    Execution.objects.bulk_create(
        Execution(block=block, opened_at=start + timedelta(seconds=at)) for at, (block, _) in enumerate(executed)
    )
    Defect.objects.bulk_create(
        Defect(page=page, block=blocks[at], code=Defect.Code.NOT_SIGNED, opened_by=user)
        for at, page in first.items()
        if blocks[at].state == "defective"
    )


def _pages(
    agreement: Agreement, blocks: list[SignatureBlock], pages: list[SignaturePage], of_page: Sequence[int | None]
) -> list[ReceivedPage]:
    """Make the received pages with a reading each. `of_page` are places in `blocks` and `pages`, None for what is none
    of ours.
    """
    came = ReceivedPage.objects.bulk_create(
        ReceivedPage(
            submission=one,
            index=0,
            agreement=agreement,
            upright=one.file,
            thumbnail=one.file,
            read_at=one.received_at,
            **_standing(at, None if place is None else blocks[place]),
        )
        for at, (one, place) in enumerate(zip(_submissions(agreement, len(of_page)), of_page, strict=True))
    )
    readings = StoredReading.objects.bulk_create(
        StoredReading(
            page=page,
            engine="1",
            kind="issued",
            data=_unidentified() if place is None else _reading(blocks[place], pages[place]),
        )
        for page, place in zip(came, of_page, strict=True)
    )
    for page, reading in zip(came, readings, strict=True):
        page.current_reading = reading
    ReceivedPage.objects.bulk_update(came, ["current_reading"], batch_size=2_000)
    return came


def _submissions(agreement: Agreement, count: int) -> list[Submission]:
    """Make so many received files of one page each, by turns of every channel, a second apart."""
    now = timezone.now()
    return Submission.objects.bulk_create(
        Submission(
            agreement=agreement,
            channel=("fax", "scan", "portal", "email")[at % 4],
            sender="2125550126",
            received_at=now - timedelta(seconds=20_000 - at),
            file=file,
            original_name=f"{at:06}.tif",
            state="read",
            page_count=1,
        )
        for at, file in enumerate(_files(count, agreement.slug))
    )


def _standing(at: int, block: SignatureBlock | None) -> dict[str, Any]:
    """Return the state of a received page, and what a person is asked about it."""
    if block is None and at % 20:
        asked = {"needs_person": True, "urgency": 7, "question": "No code of ours could be read."}
        return {"state": "review", **asked}
    if block is None:
        return {"state": "set_aside", "reason": "A fax cover sheet."}
    if block.state == "in review":
        return {"state": "matched", "needs_person": True, "urgency": 1 + at % 6, "question": "A line is unsure."}
    return {"state": "matched"}


def _unidentified() -> dict[str, Any]:
    return Reading("1", "unidentified", reason="No code of ours could be read.", size=(1700, 2200)).as_json()


def _reading(block: SignatureBlock, page: SignaturePage) -> dict[str, Any]:
    return Reading(
        "1",
        "issued",
        payload=page.layout["payload"],
        method="code",
        matrix=(2.78, 0.01, 3.0, -0.01, 2.78, 5.0, 0.0, 0.0, 1.0),
        alignment_error=0.2,
        lines=(LineSeen(f"b{block.pk}", "signed", "Ink along the line.", (Box(90, 500, 260, 530),)),),
        other_ink=False,
        fax=FaxHeader("2125550126", "HOLLOWAY PRICE LLP", 2, "2007-09-25T15:27", "Page 02 To-HOLLOWAY PRICE LLP"),
        size=(1700, 2200),
        seconds=0.08,
    ).as_json()
