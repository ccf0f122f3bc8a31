"""Who signed the First Amendment to Forbearance Agreement of Lexington Precision Corporation, and by what authority.

Parties, chains, addresses, titles and dates are facts of the public filing. The amounts, the threshold, the principal
outstanding, the e-mail addresses, the telephone numbers and the law firm's particulars are invented.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "First Amendment to Forbearance Agreement"
ISSUER = "Lexington Precision Corporation"
NOTES = "12% Senior Subordinated Notes due August 1, 2009"
PRINCIPAL_OUTSTANDING = "34250000.00"


@dataclass(frozen=True)
class HolderFacts:
    """A holder: name, address lines, chain as a register writes it, signatory, title, and an invented amount."""

    name: str
    address: tuple[str, ...]
    chain: str
    signatory: str
    title: str
    principal: str
    email: str


_NEW_YORK = ("100 William Street, Suite 1850", "New York, NY 10038")
_LOUISVILLE = ("2527 Nelson Miller Parkway, Suite 207", "Louisville, KY 40223")
_ATLANTA = ("One Georgia Center, Suite 1560", "600 West Peachtree Street", "Atlanta, GA 30308")
_FIFTH_AVENUE = ("711 Fifth Avenue, 15th Floor", "New York, NY 10022")
_SANDLER = "Sandler Capital Management, its Investment Manager > Serf Corp, a general partner"
_VALHALLA = "Valhalla Capital Partners LLC, its Sub-Advisor"
_CAPE = "Cape Investments, LLC, its General Partner"

HOLDERS = (
    HolderFacts(
        "Jefferies High Yield Trading, LLC",
        ("The Metro Center", "One Station Place, Three North", "Stamford, CT 06902"),
        "",
        "Robert J. Welch",
        "Chief Financial Officer",
        "2500000",
        "welch@jefferies.example",
    ),
    HolderFacts(
        "Wilfrid Aubrey Growth Fund, L.P.",
        _NEW_YORK,
        "Wilfrid Aubrey Associates LLC, its General Partner",
        "Nicholas W. Walsh CFA",
        "Principal",
        "5000000",
        "walsh@aubrey.example",
    ),
    HolderFacts(
        "Wilfrid Aubrey International Limited",
        _NEW_YORK,
        "Wilfrid Aubrey LLC, its Investment Manager",
        "Nicholas W. Walsh CFA",
        "Principal",
        "3500000",
        "walsh@aubrey.example",
    ),
    HolderFacts(
        "First Trust Strategic High Income Fund",
        _LOUISVILLE,
        _VALHALLA,
        "Rip Mecherle",
        "Managing Partner",
        "1800000",
        "mecherle@valhalla.example",
    ),
    HolderFacts(
        "First Trust Strategic High Income Fund II",
        _LOUISVILLE,
        _VALHALLA,
        "Rip Mecherle",
        "Managing Partner",
        "1500000",
        "mecherle@valhalla.example",
    ),
    HolderFacts("Cape Fund, LP", _ATLANTA, _CAPE, "J. T. King", "Managing Director", "1200000", "king@cape.example"),
    HolderFacts("Cape Fund II, LP", _ATLANTA, _CAPE, "J. T. King", "Managing Director", "3750000", "king@cape.example"),
    HolderFacts(
        "Hedgehog Capital LLC",
        ("1117 E. Putnam Ave., #320", "Riverside, CT 06878"),
        "",
        "Robert Chung",
        "",
        "2250000",
        "chung@hedgehog.example",
    ),
    HolderFacts(
        "Sandler Capital Structure Opportunities Master Fund, Ltd",
        _FIFTH_AVENUE,
        _SANDLER,
        "Maira Mitchell",
        "President",
        "6200000",
        "mitchell@sandler.example",
    ),
    HolderFacts(
        "Permal Capital Structure Opportunities, Ltd.",
        _FIFTH_AVENUE,
        _SANDLER,
        "Maira Mitchell",
        "President",
        "4150000",
        "mitchell@sandler.example",
    ),
)
