"""A small collection on which the rules are tried: three holders, two of them signed for by one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from django.test import Client

from signatures.domain import files
from signatures.domain.counterparts import intake, reading
from signatures.domain.documents import agreements
from signatures.domain.pages import issuing
from signatures.domain.register import register
from signatures.domain.register.register_file import read_table
from signatures.models import Agreement, Membership, ReceivedPage, Role, SignaturePage, Submission, User
from signatures.paper import returns
from signatures.paper.layout import layout_from_json
from signatures.paper.picture import Pixels

from .once import Once

DOCUMENT = """CONSENT AND WAIVER

This Consent and Waiver, dated as of March 3, 2021, is made by HARBOR LIGHT CORPORATION, a Delaware corporation (the
"Company"), and each of the undersigned holders of the Company's 9% Senior Notes due June 1, 2025 (the "Notes"), issued
under the Indenture dated as of June 1, 2015, between the Company and Pier Trust Company, as Trustee. The Holders waive
the default that the Company has told them of. This instrument may be executed in counterparts and delivered by
facsimile.

IN WITNESS WHEREOF, each of the undersigned has executed this instrument as of the date first above written.

HARBOR LIGHT CORPORATION

By: ____________________
Name: Ada Quill
Title: President

Name of Holder: North Pier Fund, L.P.
Address: 1 Pier Road, Boston, MA 02110

Amount of 9% Senior Notes due June 1, 2025 Beneficially Owned: __________

NORTH PIER FUND, L.P.

By: PIER MANAGEMENT LLC, its General Partner

By: ____________________
Name: Otto Brand
Title: Managing Member

Name of Holder: South Pier Fund, L.P.
Address: 1 Pier Road, Boston, MA 02110

Amount of 9% Senior Notes due June 1, 2025 Beneficially Owned: __________

SOUTH PIER FUND, L.P.

By: PIER MANAGEMENT LLC, its General Partner

By: ____________________
Name: Otto Brand
Title: Managing Member

Name of Holder: Lantern Capital LLC
Address: 9 Mill Street, Hartford, CT 06103

Amount of 9% Senior Notes due June 1, 2025 Beneficially Owned: __________

LANTERN CAPITAL LLC

By: ____________________
Name: Ruth Vale
Title: Director
"""
REGISTER = b"""holder,principal,email,signatory
"North Pier Fund, L.P.","6,000,000",brand@pier.example,Otto Brand
"South Pier Fund, L.P.","3,000,000",brand@pier.example,Otto Brand
Lantern Capital LLC,"1,000,000",vale@lantern.example,Ruth Vale
"""
NORTH, SOUTH, LANTERN = "North Pier Fund, L.P.", "South Pier Fund, L.P.", "Lantern Capital LLC"

_SCANS: dict[tuple[tuple[str, int, str], ...], bytes] = {}


@dataclass
class Collection:
    """The agreement under collection, and the hands that sign its pages."""

    agreement: Agreement
    counsel: User

    def page(self, entity: str) -> SignaturePage:
        return SignaturePage.objects.filter(version__agreement=self.agreement, blocks__entity=entity).earliest("id")

    def sheet(self, entity: str, *, signs: Iterable[str] | None = None, strike_out: bool = False) -> Pixels:
        """A holder's page with ink on it. `signs`: whose lines are signed, None for this holder's alone."""
        page = self.page(entity)
        layout = layout_from_json(page.layout)
        signing = {entity} if signs is None else set(signs)
        lines = [line.id for line in layout.lines if line.holder in signing]
        blank = returns.page_pixels(files.read(page.pdf), page.page_index)
        return returns.sign(blank, layout, lines, {}, seed=page.page_index + 1, strike_out=strike_out)

    def scan(self, *entities: str) -> bytes:
        """The pages of these holders, each signed, as one scan. The same pages are scanned once a session."""
        pages = [self.page(entity) for entity in entities]
        key = tuple((page.pdf_id, page.page_index, entity) for page, entity in zip(pages, entities, strict=True))
        if key not in _SCANS:
            _SCANS[key] = returns.as_scan([self.sheet(entity) for entity in entities])
        return _SCANS[key]

    def send(self, content: bytes, name: str = "scan.pdf", channel: str = "scan", read: bool = True) -> Submission:
        """Receive a file, and read it unless told otherwise."""
        submission = intake.receive(content, name, channel, agreement=self.agreement)
        if read:
            reading.read(submission.pk)
        submission.refresh_from_db()
        return submission

    def state(self, entity: str) -> str:
        return self.agreement.versions.get().blocks.get(entity=entity).state


def one_more(like: ReceivedPage, index: int) -> ReceivedPage:
    """Return another page of the same file that was read as this one was, and waits for a person."""
    reading = like.readings.latest("id")
    copy = ReceivedPage.objects.get(pk=like.pk)
    copy.pk, copy.index, copy.held_by, copy.held_until, copy.current_reading = None, index, None, None, None
    copy.settled_at, copy.settled_by, copy.needs_person, copy.urgency = None, None, True, 6
    copy.save()
    reading.pk, reading.page = None, copy
    reading.save()
    copy.current_reading = reading
    copy.save()
    return copy


def _user(email: str) -> User:
    return User.objects.create_user(email, "a long enough password", name=email.split("@")[0].title())


@pytest.fixture(scope="session")
def once() -> Once:
    return Once()


@pytest.fixture
def counsel(db: None, once: Once) -> User:
    return once("counsel", User, lambda: _user("counsel@firm.example"))


@pytest.fixture
def signed_in(client: Client, counsel: User) -> Client:
    """A browser in which counsel is signed in."""
    client.force_login(counsel)
    return client


@pytest.fixture
def viewer(agreement: Agreement) -> User:
    user = _user("client@harbor.example")
    Membership.objects.create(agreement=agreement, user=user, role=Role.VIEWER)
    return user


@pytest.fixture
def stranger(db: None) -> User:
    return _user("stranger@elsewhere.example")


@pytest.fixture
def agreement(counsel: User, once: Once) -> Agreement:
    def make() -> Agreement:
        made = agreements.create(DOCUMENT.encode(), "consent.txt", counsel)
        register.apply(made, register.plan(made, read_table(REGISTER, "register.csv")), counsel)
        return made

    return once("agreement", Agreement, make)


@pytest.fixture
def collection(agreement: Agreement, counsel: User, once: Once) -> Collection:
    def make() -> Agreement:
        issuing.issue(agreement, counsel)
        return agreement

    return Collection(once("issued", Agreement, make), counsel)


@pytest.fixture
def shared_sheet(agreement: Agreement, counsel: User, once: Once) -> Collection:
    """The same with both funds of one signatory on one sheet."""

    def make() -> Agreement:
        issuing.issue(agreement, counsel, issuing.Arrangement(per_signatory=2))
        return agreement

    return Collection(once("issued on shared sheets", Agreement, make), counsel)
