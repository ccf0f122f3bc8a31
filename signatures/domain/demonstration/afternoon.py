"""What comes in during the demonstration's afternoon: files made by the program from the pages that it issued."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from holders.names import fold
from signatures.domain import files
from signatures.domain.demonstration.facts import TITLE
from signatures.models import Agreement, SignaturePage
from signatures.paper import returns
from signatures.paper.layout import PageLayout, layout_from_json
from signatures.paper.picture import Pixels

FIRM = "HOLLOWAY PRICE LLP"


@dataclass(frozen=True)
class Arrival:
    """A file that comes in: its name, channel, sender and bytes."""

    name: str
    channel: str
    sender: str
    content: bytes


class Desk:
    """The signatories' desks: finds a holder's page, and signs it."""

    def __init__(self, agreement: Agreement) -> None:
        self.pages: dict[str, SignaturePage] = {}
        for page in (
            SignaturePage.objects.filter(version__agreement=agreement).order_by("id").prefetch_related("blocks")
        ):
            for block in page.blocks.all():
                self.pages.setdefault(fold(block.entity), page)

    def layout(self, holder: str) -> PageLayout:
        """Return where the lines of a holder's page lie."""
        return layout_from_json(self.pages[fold(holder)].layout)

    def sheet(
        self,
        holder: str,
        *,
        signs: Iterable[str] | None = None,
        amount: str = "",
        title: str = "",
        strike_out: bool = False,
    ) -> Pixels:
        """Return a holder's page with ink on it. `signs`: whose blocks are signed, None for this one."""
        page, layout = self.pages[fold(holder)], self.layout(holder)
        signing = {fold(name) for name in ([holder] if signs is None else signs)}
        lines = [line for line in layout.lines if fold(line.holder) in signing]
        written = {"amount": amount, "title": title}
        filled = {
            (line.id, blank.name): written[blank.name]
            for line in lines
            for blank in line.fields
            if written.get(blank.name)
        }
        blank = returns.page_pixels(files.read(page.pdf), page.page_index)
        return returns.sign(blank, layout, [line.id for line in lines], filled, seed=page.pk, strike_out=strike_out)


def arrivals(agreement: Agreement, now: datetime.datetime) -> Iterator[Arrival]:
    """Yield the afternoon in its order: faxes, a bulk scan, a photo, a second copy, and what goes wrong every time."""
    desk = Desk(agreement)
    sandler = "Sandler Capital Structure Opportunities Master Fund, Ltd"
    permal = "Permal Capital Structure Opportunities, Ltd."
    both = [desk.sheet(sandler, amount="6,200,000"), desk.sheet(permal, amount="4,150,000")]
    yield _fax("2125550126", now - datetime.timedelta(hours=3), both)
    yield Arrival("mail room scan.pdf", "scan", "mail room", returns.as_scan(_mail_room(desk), turned={1}))
    yield _fax("2125550171", now - datetime.timedelta(hours=2), _aubrey(desk))
    hedgehog = desk.sheet("Hedgehog Capital LLC")
    yield Arrival("IMG_2041.jpg", "portal", "Robert Chung", returns.as_photo(hedgehog, seed=7))
    again = returns.as_scan([desk.sheet(permal, amount="4,150,000")], turned=set())
    yield Arrival("Permal second copy.pdf", "email", "mitchell@sandler.example", again)
    one_of_two = desk.sheet("Cape Fund, LP", signs=["Cape Fund, LP"], amount="1,200,000")
    yield _fax("4045550188", now - datetime.timedelta(hours=1), [one_of_two])
    locked = returns.locked_pdf(returns.as_scan([desk.sheet("Cape Fund II, LP")], turned=set()), "king")
    yield Arrival("Cape signature pages (secure).pdf", "email", "king@cape.example", locked)


def _mail_room(desk: Desk) -> list[Pixels]:
    """Return the sheets of the bulk scan; the last one came back without a signature."""
    return [
        desk.sheet("Lexington Precision Corporation"),
        desk.sheet("Jefferies High Yield Trading, LLC", amount="2,500,000"),
        desk.sheet("First Trust Strategic High Income Fund", amount="1,800,000"),
        desk.sheet("First Trust Strategic High Income Fund II", signs=()),
    ]


def _aubrey(desk: Desk) -> list[Pixels]:
    """Return a fax with its cover sheet, and a word struck out on its last page."""
    return [
        returns.cover_sheet(FIRM, "WILFRID AUBREY", 3, TITLE),
        desk.sheet("Wilfrid Aubrey Growth Fund, L.P.", amount="5,000,000"),
        desk.sheet("Wilfrid Aubrey International Limited", amount="3,500,000", strike_out=True),
    ]


def to_be_uploaded(agreement: Agreement) -> Iterator[Arrival]:
    """Yield three files that a person may upload by hand: what was still missing, and a page of nobody."""
    desk = Desk(agreement)
    yield Arrival(
        "First Trust II signed.pdf",
        "scan",
        "",
        returns.as_scan([desk.sheet("First Trust Strategic High Income Fund II", amount="1,500,000")], turned=set()),
    )
    both = ["Cape Fund, LP", "Cape Fund II, LP"]
    yield Arrival("Cape both funds.jpg", "scan", "", returns.as_photo(desk.sheet("Cape Fund, LP", signs=both), seed=11))
    cover = returns.cover_sheet(FIRM, "A WRONG NUMBER", 1, "Lunch order for Tuesday")
    yield Arrival("fax from a stranger.tif", "fax", "", returns.as_fax([cover], header=None, fine=True))


def _fax(sender: str, at: datetime.datetime, sheets: list[Pixels]) -> Arrival:
    header = returns.Header(sender=sender, recipient=FIRM, received=at.replace(tzinfo=None))
    name = f"fax {sender[:3]} {sender[3:6]} {sender[6:]}.tif"
    return Arrival(name, "fax", sender, returns.as_fax(sheets, header=header, fine=False))
