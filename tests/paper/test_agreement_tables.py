"""Sections copied from web tables, rosters with a row for each party, and what is doubted although it was read."""

from __future__ import annotations

from signatures.paper.agreement import ParsedParty, parse_agreement

HEAD = "IN WITNESS WHEREOF, the parties have signed.\n\n"
Short = tuple[str | None, list[tuple[str, str | None]], list[tuple[str | None, str | None, bool | None]]]


def parties(text: str) -> tuple[ParsedParty, ...]:
    return parse_agreement((HEAD + text).encode(), "section.txt").parties


def short(party: ParsedParty) -> Short:
    chain = [(link.entity, link.capacity) for link in party.chain]
    return party.entity, chain, [(one.name, one.title, one.signed) for one in party.signatories]


def test_markdown_and_bars_are_no_words() -> None:
    (party,) = parties(
        "**SORREL CAPITAL LLC**\n\n| By: | /s/ Mona Reed |\n|---|---|\n| Name: | Mona Reed |\n| Title: | Manager |\n"
    )
    assert short(party) == ("SORREL CAPITAL LLC", [], [("Mona Reed", "Manager", True)])


def test_a_label_and_its_value_in_the_line_below() -> None:
    (party,) = parties("YARROW FUND L.P.\n\nBy:\n/s/ Otis Lane\nName:\nOtis Lane\nTitle:\nPartner\n")
    assert short(party) == ("YARROW FUND L.P.", [], [("Otis Lane", "Partner", True)])


def test_a_table_with_a_row_for_each_party() -> None:
    found = parties(
        "| Member | Signature | Title |\n|---|---|---|\n"
        "| Tansy Holdings LLC | /s/ Ida Moss | Manager |\n| Fennel Partners LP | /s/ Abel Cray | President |\n"
    )
    assert [short(one) for one in found] == [
        ("Tansy Holdings LLC", [], [("Ida Moss", "Manager", True)]),
        ("Fennel Partners LP", [], [("Abel Cray", "President", True)]),
    ]


def test_a_party_that_acts_by_another_in_the_same_line() -> None:
    (party,) = parties(
        "CAMPION FUND, L.P., by Campion Management LLC, its General Partner\n\n"
        "By: /s/ Lea Dunn\nName: Lea Dunn\nTitle: Managing Member\n"
    )
    link = ("Campion Management LLC", "General Partner")
    assert short(party) == ("CAMPION FUND, L.P.", [link], [("Lea Dunn", "Managing Member", True)])


def test_a_name_typed_under_a_drawn_line() -> None:
    (party,) = parties("BRYONY CORP.\n\n____________________\nHugh Pell\nTreasurer\n")
    assert short(party) == ("BRYONY CORP.", [], [("Hugh Pell", "Treasurer", False)])


def test_a_name_printed_without_what_stands_behind_it_on_the_line() -> None:
    (party,) = parties("Alder Corp.\nBy:\n/s/ J.Y. Rook III\nJ.Y. Rook, President\n")
    assert short(party) == ("Alder Corp.", [], [("J.Y. Rook", "President", True)])


def test_a_name_above_the_signature_that_says_it_again() -> None:
    (party,) = parties(
        "Alder Fund, L.P.\nBy Elm LLC\nIts General Partner\nName: Una Hart\nBy: /s/ Una Hart\nTitle: Member\n"
    )
    assert short(party) == ("Alder Fund, L.P.", [("Elm LLC", "General Partner")], [("Una Hart", "Member", True)])


# What is doubted --------------------------------------------------------------------------------------------------


def test_a_trustee_below_its_trust_is_a_step_of_the_chain_and_doubted() -> None:
    (party,) = parties("Alder Family Trust\nBeech Trust Company, LTA, Co-Trustee\n\nBy: /s/ Joy Robb\nName: Joy Robb\n")
    assert short(party) == (
        "Alder Family Trust",
        [("Beech Trust Company, LTA", "Co-Trustee")],
        [("Joy Robb", None, True)],
    )
    assert not party.certain


def test_a_trustee_of_whom_it_says_over_several_lines_of_what() -> None:
    text = (
        "ALDER FUND II TRUST\nTHE BOARD OF TRUSTEES OF THE ALDER\nFUND II,\nas the Trustee of the Alder Fund II Trust\n"
    )
    (party,) = parties(f"{text}By: Elm Corp.,\nas Manager\nBy: /s/ Tom Field\nName: Tom Field\nTitle: President\n")
    trustee = ("THE BOARD OF TRUSTEES OF THE ALDER FUND II", "Trustee of the Alder Fund II Trust")
    signed = [("Tom Field", "President", True)]
    assert short(party) == ("ALDER FUND II TRUST", [trustee, ("Elm Corp.", "Manager")], signed)


def test_two_names_above_a_bare_signature_may_be_a_party_and_who_acts_for_it() -> None:
    found = parties("WEST MERE COMPANY, LLC\nNORTH MERE, INC.\n\n/s/ Carl Voss\nVice President\n")
    assert [one.certain for one in found] == [False] * len(found)


def test_a_second_signature_right_below_another_is_no_party_for_certain() -> None:
    found = parties("LOVAGE CORP.\n\n/s/ MARK TENCH\n/s/ RITA FORD\n\n\n\n\nRita Ford\nDate\nMARK TENCH\nManager\n")
    assert not any(one.certain for one in found)


def test_nobody_named_among_those_who_signed_is_not_certain() -> None:
    signed = "".join(
        f"{name} LLC\n\nBy: /s/ {who}\nName: {who}\nTitle: Manager\n\n"
        for name, who in (("Anise", "Una Hart"), ("Borage", "Tom Field"))
    )
    *_, last = parties(signed + "Chervil LLC\n\nBy: ____________\nName:\nTitle:\n")
    assert (last.entity, last.certain) == ("Chervil LLC", False)
