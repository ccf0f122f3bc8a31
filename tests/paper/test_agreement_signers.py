"""Who signs for whom, in blocks whose lines are labelled, set or ordered in less usual ways. All names are invented."""

from __future__ import annotations

import pytest

from signatures.paper.agreement import ParsedParty, parse_agreement

WITNESS = "IN WITNESS WHEREOF, the parties have executed this Agreement as of the date first above written.\n\n"

Short = tuple[str | None, list[tuple[str, str | None]], list[tuple[str | None, str | None, bool | None]]]


def parties(text: str) -> list[ParsedParty]:
    return list(parse_agreement((WITNESS + text).encode(), "agreement.txt").parties)


def short(party: ParsedParty) -> Short:
    chain = [(link.entity, link.capacity) for link in party.chain]
    return party.entity, chain, [(s.name, s.title, s.signed) for s in party.signatories]


@pytest.mark.parametrize(
    "label", ["Representative:", "Authorized Signatory:", "Legal Representative:", "Authorised Representative:"]
)
def test_a_signature_behind_representative(label: str) -> None:
    (found,) = parties(f"Party A: Tarn Paper Company, Inc.\n\n{label} /s/ Jo Weir\nName: Jo Weir\nTitle: Manager\n")
    assert short(found) == ("Tarn Paper Company, Inc.", [], [("Jo Weir", "Manager", True)])
    assert found.certain


@pytest.mark.parametrize("label", ["Name and Title:", "Name/Title:", "Name & Title:"])
def test_name_and_title_behind_one_label(label: str) -> None:
    (found,) = parties(f"TARN MILLS, INC.\n\nBy: ______________\n{label} Jo Weir, Vice President\n")
    assert short(found) == ("TARN MILLS, INC.", [], [("Jo Weir", "Vice President", False)])


def test_a_person_who_signs_beside_a_company_that_stands_above_both() -> None:
    found = parties(
        "THE TARN COMPANIES INC.\n\n/s/  Jo Weir\nBy:\n\n/s/  Amy Quill\n\nJo Weir\n\nName:\n\nAmy Quill\n\n"
        "Title:\n\nExecutive Vice President\n"
    )
    assert [short(p) for p in found] == [
        ("THE TARN COMPANIES INC.", [], [("Amy Quill", "Executive Vice President", True)]),
        ("Jo Weir", [], [("Jo Weir", None, True)]),
    ]


def test_a_surname_with_a_slip_of_the_pen_is_the_same_persons() -> None:
    one, two = parties(
        "TARN SIGNS, INC.\n\nBy:/s/ Hal W. Mirren, III\nHal W. Miren, III, President\n\n\n"
        "By:/s/ Hal W. Mirren, III\nHal W. Miren, III, Individually\n"
    )
    assert short(one) == ("TARN SIGNS, INC.", [], [("Hal W. Miren, III", "President", True)])
    assert short(two) == ("Hal W. Miren, III", [], [("Hal W. Miren, III", None, True)])


def test_a_name_in_capitals_that_is_whole_with_the_line_before_its_descriptor() -> None:
    (found,) = parties(
        "TARN OFFICE PARK\nASSOCIATES, a California general\npartnership\n\nBy /s/ Jo Weir\nIts Manager\n"
    )
    assert short(found) == ("TARN OFFICE PARK ASSOCIATES", [], [("Jo Weir", "Manager", True)])


def test_a_role_in_brackets_below_the_name_and_a_short_name_above_it() -> None:
    (registrant,) = parties("TARN ENTERPRISES, INC.\n(Registrant)\n\n/s/  Jo Weir\nJo Weir\nVice President\n")
    assert short(registrant) == ("TARN ENTERPRISES, INC.", [], [("Jo Weir", "Vice President", True)])
    (named,) = parties("TARN:\n\nTARN SIGNS INCORPORATED\n\nBy: /s/ Jo Weir\nJo Weir, President\n")
    assert (named.entity, named.certain) == ("TARN SIGNS INCORPORATED", True)


def test_a_chain_beside_a_witness_whose_signature_stands_below_both_columns() -> None:
    (found,) = parties(
        "BORROWER:\n\nWITNESS:                               TARN RESIDENTIAL, L.P.,\na Georgia limited partnership\n\n"
        "/s/ Lil Fagan                             By:  TARN REALTY, INC.,\n"
        "- -----------------------                          a Georgia corporation,\nits general partner\n\n\n"
        "By: /s/ Jo Weir\nJo Weir\nTitle: Chief Financial Officer\n"
    )
    chain = [("TARN REALTY, INC.", "general partner")]
    assert short(found) == ("TARN RESIDENTIAL, L.P.", chain, [("Jo Weir", "Chief Financial Officer", True)])


def test_a_capacity_beside_a_line_of_dashes_stays_in_its_column() -> None:
    left, right = parties(
        "TARN RIDGE, INC.                        QUILL VENTURES, L.P.\n\n"
        "By: /s/ Jo Weir                         By: Quill Partners LLC,\n"
        "   ----------------------                   its general partner\nName: Jo Weir\n"
        "                                        By: /s/ Kim Sund\n"
        "                                        Name: Kim Sund\n"
    )
    assert short(left) == ("TARN RIDGE, INC.", [], [("Jo Weir", None, True)])
    assert short(right) == (
        "QUILL VENTURES, L.P.",
        [("Quill Partners LLC", "general partner")],
        [("Kim Sund", None, True)],
    )


def test_the_second_line_of_a_title_that_is_one_of_its_words() -> None:
    (found,) = parties(
        "Tarn Finance, L.L.C.\n\nBy: /s/ Jo Weir\n\nName: Jo Weir\n\n"
        "Title: Senior Vice President - Development\nInvestments\n"
    )
    assert short(found) == (
        "Tarn Finance, L.L.C.",
        [],
        [("Jo Weir", "Senior Vice President - Development Investments", True)],
    )


def test_a_signature_some_lines_below_by_and_broken_behind_its_slashes_is_the_partys() -> None:
    (found,) = parties("TARN FINANCIAL CORP.\n\n\nBy:\n\n\n\n/s/\nJo V. Weir\n\n\n\nJo V. Weir\n\nPresident\n")
    assert short(found) == ("TARN FINANCIAL CORP.", [], [("Jo V. Weir", "President", True)])


def test_two_lines_of_one_party_are_certain_where_each_says_its_name_and_title() -> None:
    (found,) = parties(
        "TARN AG, HARBOUR BRANCH\n\nBy:  /s/ Jo Weir\nJo Weir\nTitle: Director\n\n"
        "/s/ Amy Quill\nAmy Quill\nTitle: Associate Director\n"
    )
    lines = [("Jo Weir", "Director", True), ("Amy Quill", "Associate Director", True)]
    assert short(found) == ("TARN AG, HARBOUR BRANCH", [], lines)
    assert found.certain


def test_a_person_who_signs_as_the_executive_is_certain_and_a_director_is_not() -> None:
    company = "TARN CORPORATION\n\nBy: /s/ Jo Weir\nIts: President\n\n"
    assert [p.certain for p in parties(company + "/s/ Amy Quill\nExecutive\n")] == [True, True]
    assert not all(p.certain for p in parties(company + "/s/ Amy Quill\nDirector\n"))


def test_for_in_front_of_a_name_in_the_right_column_too() -> None:
    found = parties(
        "FOR TARN MOTORS, INC.:              FOR QUILL DEALERS, LLC:\n\n"
        "/s/ Jo Weir                         /s/ Amy Quill\nJo Weir                             Amy Quill\n"
        "President                           Managing Member\n"
    )
    assert [short(p) for p in found] == [
        ("TARN MOTORS, INC.", [], [("Jo Weir", "President", True)]),
        ("QUILL DEALERS, LLC", [], [("Amy Quill", "Managing Member", True)]),
    ]


def test_parties_that_are_named_behind_by_alone() -> None:
    found = parties(
        "Acting on behalf of themselves and the several underwriters\n\n"
        "By: TARN CAPITAL MARKETS INC.\n\nBy:  /s/ Jo Weir\n    Name: Jo Weir\n    Title: Managing Director\n\n"
        "By: QUILL SECURITIES LLC\n\nBy:  /s/ Amy Quill\n    Name: Amy Quill\n    Title: Vice President\n"
    )
    assert [short(p) for p in found] == [
        ("TARN CAPITAL MARKETS INC.", [], [("Jo Weir", "Managing Director", True)]),
        ("QUILL SECURITIES LLC", [], [("Amy Quill", "Vice President", True)]),
    ]
    assert [p.certain for p in found] == [False, False]


def test_a_care_of_line_below_a_name_is_its_address() -> None:
    (found,) = parties(
        "REED PARTNERS\nc/o Reed Management, Inc.\n9 West 57th Street\n\nBy: /s/ Jo Weir\nIts: Manager\n"
    )
    assert (found.entity, found.address) == ("REED PARTNERS", "c/o Reed Management, Inc., 9 West 57th Street")


def test_numbers_in_front_of_the_names() -> None:
    found = parties("(1) TARN INC.\n\nBy: ______\nName: Jo Weir\n\n2. QUILL LTD.\n\nBy: ______\nName: Amy Quill\n")
    assert [(p.entity, p.certain) for p in found] == [("TARN INC.", True), ("QUILL LTD.", True)]


def test_what_follows_a_witness_is_looked_at_again_for_words_left_over() -> None:
    one, two = parties(
        "TARN CORPORATION\n\nBy: /s/ Jo Weir\n    Jo Weir, President\n\n"
        "Attest:\n\n/s/ Amy Quill\nAmy Quill, Secretary\n\n"
        "QUILL BANK, as Trustee\n\nBy: /s/ Bo Reed\n    Trust Officer\n    Zither Dept.\n"
    )
    assert (short(one), one.certain) == (("TARN CORPORATION", [], [("Jo Weir", "President", True)]), True)
    assert (short(two), two.certain) == (("QUILL BANK", [], [("Bo Reed", "Trust Officer", True)]), False)


def test_a_signature_behind_by_signature() -> None:
    (found,) = parties("Tarn Software, Inc.\nBy (Signature): /s/ Jo Weir\nName (Printed): Jo Weir\nTitle: Counsel\n")
    assert short(found) == ("Tarn Software, Inc.", [], [("Jo Weir", "Counsel", True)])


def test_cells_that_two_tabs_and_a_blank_set_apart() -> None:
    found = parties(
        "TARN CONSTRUCTION LLC\t \tQUILL GAP LLC\n\n/s/ Jo Weir\t \t/s/ Amy Quill\nPresident\t \tTreasurer\n"
    )
    assert [short(p) for p in found] == [
        ("TARN CONSTRUCTION LLC", [], [("Jo Weir", "President", True)]),
        ("QUILL GAP LLC", [], [("Amy Quill", "Treasurer", True)]),
    ]


def test_the_company_behind_the_title_of_who_signs() -> None:
    (found,) = parties("Signed: /s/ Jo Weir\n        Jo Weir\n        President, Tarn Analytics Corp.\n")
    assert short(found) == ("Tarn Analytics Corp.", [], [("Jo Weir", "President", True)])


def test_an_electronic_signature_with_its_number() -> None:
    (found,) = parties("TARN CLOUD, INC.\n\nDocuSigned by:\n/s/ Jo Weir\n3F2504E04F8941D3\nJo Weir\nHead of Legal\n")
    assert short(found) == ("TARN CLOUD, INC.", [], [("Jo Weir", "Head of Legal", True)])


def test_a_city_is_a_party_where_it_signs_and_no_notarys_place() -> None:
    (found,) = parties("CITY OF TARN, NEBRASKA\n\nBy: ____________________\n    Mayor\n")
    assert short(found) == ("CITY OF TARN, NEBRASKA", [], [(None, "Mayor", False)])


def test_a_bare_signature_under_employee_is_certain() -> None:
    company = "COMPANY:\n\nTARN, INC.\n\nBy: /s/ Jo Weir\n\nTitle: President\n\nEMPLOYEE:\n\n"
    found = parties(company + "Date: May 4, 2003\n/s/ AMY C. QUILL\n")
    assert [(p.entity, p.certain) for p in found] == [("TARN, INC.", True), ("AMY C. QUILL", True)]
