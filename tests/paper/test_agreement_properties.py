"""What holds for any text: reading never fails, and nothing is invented."""

from __future__ import annotations

import re
import time

from hypothesis import example, given
from hypothesis import strategies as st

from signatures.paper.agreement import UnreadableAgreement, as_json, parse_agreement
from signatures.paper.agreement.words import fold

_PARTS = st.sampled_from(
    [
        "By:", "By", "Name:", "Title:", "Its:", "/s/", "____________", "ACORN INC.", "Birch Fund, L.P.", "Ida Moss",
        "President", "its general partner", "as Agent", "a Delaware", "limited partnership", "WITNESS:",
        "in the presence of:", "With a copy to:", "Address:", "12 Elm Street", "LENDERS:", "Name of Holder:",
        "Amount of Notes:", "SCHEDULE A", "Notary Public", "[", "]", "(", "and", ",", "on behalf of",
        "EXECUTED as a deed by", "$5,000", "IN WITNESS WHEREOF, the parties have signed.", "[Signature Page]", "\t",
        "\t\t\t", "          ", "\n", "\n", "\n\n", "\f", "\r\n", "individually",
    ]
)  # fmt: skip
_PAGES = st.lists(_PARTS, max_size=60).map(" ".join)


def read(text: str) -> None:
    try:
        parsed = parse_agreement(text.encode(), "any.txt")
    except UnreadableAgreement as refused:
        assert re.search(r"\.$", str(refused))
        return
    flat = fold(parsed.text)
    beside = re.search(r"\t\t| {6}|\f", text)

    def is_printed(name: str) -> bool:
        """In one piece, but where columns lie beside each other, or a page ends: there a name goes on further down."""
        return fold(name) in flat or (beside is not None and all(fold(word) in flat for word in name.split()))

    lines = parsed.text.split("\n")
    for party in parsed.parties:
        assert party.entity is None or is_printed(party.entity)
        assert all(is_printed(link.entity) for link in party.chain)
        assert all(s.name is None or is_printed(s.name) for s in party.signatories)
        assert 0 <= party.lines[0] <= party.lines[1] < len(lines)
        assert party.certain == (party.doubts == ()) and party.signatories
    assert len(as_json(parsed)["parties"]) == len(parsed.parties)


@given(_PAGES)
@example("Ida Moss Name: ACORN INC. By:")
@example("Ida Moss Its: LENDERS: SCHEDULE A and /s/")
@example("ACORN INC. \n 12 Elm Street in the presence of: By By: WITNESS: Address:")
@example("Birch Fund, L.P. By: WITNESS: \n Amount of Notes: \n President Name:")
@example("ACORN INC. /s/ \n Birch Fund, L.P.            WITNESS: \n Name of Holder: \t\t\t [")
def test_pages_of_labels_and_names_in_any_order(text: str) -> None:
    read(text)


@given(st.text(max_size=400))
def test_any_text(text: str) -> None:
    read(text)


def test_long_runs_take_no_long_time() -> None:
    began = time.monotonic()
    for text in (
        "By: " * 4000,
        " " * 200_000 + "x",
        "\t" * 100_000 + "x",
        "A, a " * 4000,
        "_" * 50_000,
        "Name of Holder: x\n" * 1000,
        "Name: A B\nSignature:\n" * 1000,
        "Print Name   a   b\nSignature\nTitle   c   d\n" * 1000,
        "   )\n" * 10_000,
    ):
        parse_agreement(text.encode(), "long.txt")
    assert time.monotonic() - began < 10
