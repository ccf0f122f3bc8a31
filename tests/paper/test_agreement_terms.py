"""What an agreement says of itself. All texts are invented."""

from __future__ import annotations

from datetime import date

import pytest

from signatures.paper.agreement import ParsedNotes, ParsedReference, as_json, parse_agreement

AMENDMENT = """
EXHIBIT C

SECOND AMENDMENT TO STANDSTILL AGREEMENT

This SECOND AMENDMENT to the Standstill Agreement (as defined below), dated March 3, 2031 (this "Amendment"),
is made by ALDER NOTES CORPORATION, a Maine corporation ("Alder"), and each of the undersigned holders of 9.5%
Senior Secured Notes due June 1, 2035 (the "Notes") issued by Alder pursuant to the Indenture dated as of May
5, 2028, as supplemented by a First Supplemental Indenture, between Alder and Highbridge Trust Company, as
Trustee (the "Indenture").

WHEREAS, the parties are party to that certain Standstill Agreement dated as of January 7, 2030; and

This Amendment may be executed in counterparts, and a signature page delivered by facsimile is
as effective as an original.

IN WITNESS WHEREOF, each party has caused this Amendment to be
executed by its officer.

ALDER NOTES CORPORATION

By: ______
Name: Sam Ives
Title: President
"""


def test_the_terms_of_an_amendment() -> None:
    parsed = parse_agreement(AMENDMENT.encode(), "amendment.txt")
    assert parsed.title == "Second Amendment to Standstill Agreement"
    assert parsed.as_of == date(2031, 3, 3)
    assert parsed.notes == ParsedNotes(
        "9.5% Senior Secured Notes due June 1, 2035",
        "Indenture dated as of May 5, 2028, as supplemented by a First Supplemental Indenture",
        "Highbridge Trust Company",
    )
    assert parsed.amends == ParsedReference("Standstill Agreement", date(2030, 1, 7))
    assert (
        parsed.witness_clause
        == "IN WITNESS WHEREOF, each party has caused this Amendment to be executed by its officer."
    )
    assert parsed.facsimile_delivers is True
    assert parsed.issuer == "ALDER NOTES CORPORATION"
    assert parsed.parties[0].role == "issuer"


def test_the_json_form() -> None:
    document = as_json(parse_agreement(AMENDMENT.encode(), "amendment.txt"))
    assert (document["title"], document["as_of"]) == ("Second Amendment to Standstill Agreement", "2031-03-03")
    (party,) = document["parties"]
    assert party == {
        "entity": "ALDER NOTES CORPORATION",
        "role": "issuer",
        "label": None,
        "descriptor": None,
        "address": None,
        "chain": [],
        "signatories": [{"name": "Sam Ives", "title": "President", "signed": False}],
        "signatory": "Sam Ives",
        "title": "President",
        "signed": False,
        "amount": None,
        "occurrences": 1,
        "pages": [],
        "certain": True,
        "doubts": [],
    }


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        ("THIS AGREEMENT is made as of the 4th day of May, 2029 between A and B.", date(2029, 5, 4)),
        ("This agreement, entered into on June 30, 2029, by A and B.", date(2029, 6, 30)),
        ("This agreement is dated as of 1 March 2030 between A and B.", date(2030, 3, 1)),
        ("This agreement has no date.", None),
        ("This agreement is dated February 30, 2030.", None),
    ],
)
def test_dates_of_preambles(opening: str, expected: date | None) -> None:
    assert parse_agreement(opening.encode(), "a.txt").as_of == expected


def test_a_clause_that_refuses_facsimile() -> None:
    text = (
        "Signature pages delivered by electronic mail shall not be deemed effective until the originals are received."
    )
    assert parse_agreement(text.encode(), "a.txt").facsimile_delivers is False
    assert parse_agreement(b"Notices may be given by facsimile.", "a.txt").facsimile_delivers is None


def test_what_was_not_found_is_said() -> None:
    parsed = parse_agreement(b"A letter about nothing in particular.", "letter.txt")
    assert parsed.parties == () and parsed.title is None
    assert parsed.to_check == (
        "No signature block was found in this document.",
        "The title of the agreement was not found.",
        "The date of the agreement was not found.",
    )
