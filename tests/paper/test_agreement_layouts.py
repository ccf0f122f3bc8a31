"""Columns, deeds and collapsed pages, and what of them is not certain. All names are invented."""

from __future__ import annotations

import pytest

from signatures.paper.agreement import ParsedParty, parse_agreement

WITNESS = "IN WITNESS WHEREOF, the parties have executed this Agreement as of the date first above written.\n\n"

Short = tuple[str | None, list[tuple[str, str | None]], list[tuple[str | None, str | None, bool | None]]]


def parties(text: str, before: str = WITNESS) -> list[ParsedParty]:
    return list(parse_agreement((before + text).encode(), "agreement.txt").parties)


def short(party: ParsedParty) -> Short:
    chain = [(link.entity, link.capacity) for link in party.chain]
    return party.entity, chain, [(s.name, s.title, s.signed) for s in party.signatories]


def test_an_english_deed_with_brackets_beside_its_words() -> None:
    company, person = parties(
        "EXECUTED as a DEED by                          )\n"
        "BARROW HOLDINGS PLC                            )\n"
        "acting by NIGEL FROST, a director, in          )    ______________________\n"
        "the presence of:                               )    Director\n\n"
        "Witness signature: ____________________\nWitness name: Emma Cole\n\n"
        "SIGNED as a DEED by MARGARET FROST             )\n"
        "in the presence of:                            )    ______________________\n\n"
        "Witness signature: ____________________\nWitness name: Emma Cole\n"
    )
    assert short(company) == ("BARROW HOLDINGS PLC", [], [("NIGEL FROST", "director", False)])
    assert short(person) == ("MARGARET FROST", [], [("MARGARET FROST", None, False)])


def test_the_left_columns_signature_below_the_columns() -> None:
    left, right = parties(
        "OWNER:                                BUILDER\n\n"
        "THE RIVER CASINO, LLC, an             ATLAS MARINE, INC., a\nFlorida\n"
        "Indiana limited liability company     corporation\n\n"
        "By:  Barton Development, Inc.,         By: /s/ Ed P. Dough\n"
        "an Indiana corporation                ---------------------\nEd P. Dough\n"
        "Its: Manager                          Its: President\n\n"
        "By: /S/ Ken L. Kram\nKen L. Kram\nIts: Vice President\n"
    )
    assert short(left) == (
        "THE RIVER CASINO, LLC",
        [("Barton Development, Inc.", "Manager")],
        [("Ken L. Kram", "Vice President", True)],
    )
    assert short(right) == ("ATLAS MARINE, INC.", [], [("Ed P. Dough", "President", True)])
    assert not left.certain and not right.certain


def test_names_in_capitals_below_the_signatures_are_no_new_parties() -> None:
    one, two = parties(
        "Owner:                                         Contractor:\n\n"
        "GALLAGHER COMPANY                              CENTRAL CONSTRUCTION COMPANY, INC.\n\n\n"
        "By: /s/ Colin Read                             By: /s/ Robert Cleef\n"
        "COLIN READ                                     ROBERT CLEEF\n"
        "Title:   President & CEO                       Title:   President\n"
    )
    assert short(one) == ("GALLAGHER COMPANY", [], [("COLIN READ", "President & CEO", True)])
    assert short(two) == ("CENTRAL CONSTRUCTION COMPANY, INC.", [], [("ROBERT CLEEF", "President", True)])


def test_columns_that_sign_on_rules() -> None:
    one, two = parties(
        "THE ARMSTEAD COMPANY                    COASTAL TITLE, INC.\n\n"
        "______________________                  ______________________\n"
        "William Armstead                        Deborah Finch\n"
        "President                               Secretary\n"
    )
    assert short(one) == ("THE ARMSTEAD COMPANY", [], [("William Armstead", "President", False)])
    assert short(two) == ("COASTAL TITLE, INC.", [], [("Deborah Finch", "Secretary", False)])


def test_a_title_above_the_next_columns_is_no_head_of_theirs() -> None:
    first, *_ = parties(
        "SOUTH MILLS, INC.\nBy: /s/ Carmen Soto\n    Carmen Soto\n    Vice President and Secretary\n\n"
        "NORTH BANK S.A.\nBy: /s/ Luis Ibarra               /s/ Marta Gil\n"
        "    Luis Ibarra                   Marta Gil\n    Director                      Treasurer\n"
    )
    assert short(first) == ("SOUTH MILLS, INC.", [], [("Carmen Soto", "Vice President and Secretary", True)])


def test_a_second_signatory_beside_the_first() -> None:
    (party,) = parties(
        "NORTH BANK S.A.\nBy: /s/ Luis Ibarra               /s/ Marta Gil\n"
        "    Luis Ibarra                   Marta Gil\n    Director                      Treasurer\n"
    )
    assert short(party) == (
        "NORTH BANK S.A.",
        [],
        [("Luis Ibarra", "Director", True), ("Marta Gil", "Treasurer", True)],
    )


@pytest.mark.parametrize("words", ["FOR", "Agreed and accepted by:", "For and on behalf of", "APPROVED FOR"])
def test_words_in_front_of_the_party(words: str) -> None:
    (party,) = parties(f"{words} ATWOOD GOLF, LTD.\n\nBy: /s/ Ann Lee\nName: Ann Lee\nTitle: CEO\n")
    assert short(party) == ("ATWOOD GOLF, LTD.", [], [("Ann Lee", "CEO", True)])


def test_per_is_by() -> None:
    (party,) = parties("BORROW FUNDS, INC. (Member)\nPer: /s/ Aldo Pisano (SEAL)\nAldo Pisano\nPresident\n")
    assert short(party) == ("BORROW FUNDS, INC.", [], [("Aldo Pisano", "President", True)])


def test_a_collapsed_page_of_two_parties() -> None:
    one, two = parties(
        '"Newbox" "Alder" Newbox Inc. Alder International, Inc. By /s/ Mitesh Park By: /s/ Judson Hanley '
        "Name: Mitesh Park Name: Judson Hanley Title: VP, Marketing Title: CEO Newbox Inc. Alder International, Inc. "
        "Address: Newbox Inc. 17560 Rowan St.\n",
        WITNESS.strip() + " ",
    )
    assert short(one) == ("Newbox Inc.", [], [("Mitesh Park", "VP, Marketing", True)])
    assert short(two) == ("Alder International, Inc.", [], [("Judson Hanley", "CEO", True)])
    assert not one.certain and not two.certain


def test_a_printed_name_that_the_signature_shortens() -> None:
    (person,) = parties("Executive\n\n/s/ A. Todd Shipley\n\nAnthony Todd Shipley\n")
    assert short(person) == ("Anthony Todd Shipley", [], [("Anthony Todd Shipley", None, True)])


def test_a_capacity_that_stands_bare_behind_a_comma() -> None:
    (party,) = parties("CARE OF OHIO, LLC\n\nBy: Care Operators, LLC, Member\n\nBy:__________\n\nTitle:__________\n")
    assert short(party) == ("CARE OF OHIO, LLC", [("Care Operators, LLC", "Member")], [(None, None, False)])


def test_a_kind_of_company_in_capitals_is_no_part_of_the_name() -> None:
    (party,) = parties("Moodie & Sons, Inc.\n\nA Colorado Corporation\n\nBy: __________\n\nDoug Moodie, President\n")
    assert short(party) == ("Moodie & Sons, Inc.", [], [("Doug Moodie", "President", False)])


def test_a_trust_that_signs_for_its_series_is_not_certain() -> None:
    (party,) = parties("ELM SERIES TRUST, on behalf of its series\nELM RATE FUND\n\nBy: /s/ Oona Marsh\nTreasurer\n")
    assert not party.certain


def test_a_person_in_a_column_with_no_word_of_who_he_is_is_not_certain() -> None:
    found = parties(
        "NORTH BANK S.A.\nBy: /s/ Luis Ibarra               /s/ Marta Gil\n    Luis Ibarra               Marta Gil\n"
    )
    assert [p.certain for p in found if p.entity == "Marta Gil"] == [False]


def test_several_parties_with_chains_of_their_own_over_one_signature() -> None:
    found = parties(
        "LANTERN PARTNERS, LTD.\nBy: HILLVIEW PROPERTIES, LTD.,\na General Partner\nHILLVIEW PROPERTIES, LTD.\n"
        "CASTLE CARE CENTER\nBy: HILLVIEW PROPERTIES, LTD.,\na General Partner\nFAIRLAWN CENTERS, INC.\n\n\n"
        "By: /s/ J. Tim Wesson\nVice President\n"
    )
    link, signed = ("HILLVIEW PROPERTIES, LTD.", "General Partner"), [("J. Tim Wesson", "Vice President", True)]
    assert [short(p) for p in found] == [
        ("LANTERN PARTNERS, LTD.", [link], signed),
        ("HILLVIEW PROPERTIES, LTD.", [], signed),
        ("CASTLE CARE CENTER", [link], signed),
        ("FAIRLAWN CENTERS, INC.", [], signed),
    ]
    assert not any(p.certain for p in found)


def test_a_chain_that_branches_is_one_party_and_not_certain() -> None:
    (party,) = parties(
        "PINE LAND PARTNERS, a California general partnership\n\n"
        "By:  Elwood Holdings, LLC, general partner\n     By:  ____________\n          Roy Elwood, Manager\n\n"
        "By:  Crestline Builders, Inc., general partner\n     By:  ____________\n          Denise Park, President\n"
    )
    assert short(party) == (
        "PINE LAND PARTNERS",
        [("Elwood Holdings, LLC", "general partner"), ("Crestline Builders, Inc.", "general partner")],
        [("Roy Elwood", "Manager", False), ("Denise Park", "President", False)],
    )
    assert not party.certain


def test_each_by() -> None:
    found = parties(
        "TALLOW ENERGY, LLC\nTALLOW PIPELINE, LLC\nEach by: Tallow Holdings, Inc., its sole member\n\n"
        "By: ____________\nName: Bea Whit\nTitle: President\n"
    )
    link = [("Tallow Holdings, Inc.", "sole member")]
    assert [short(p)[:2] for p in found] == [("TALLOW ENERGY, LLC", link), ("TALLOW PIPELINE, LLC", link)]


def test_a_page_number_beside_a_signature_is_no_column() -> None:
    (party,) = parties(
        "DISTRIBUTOR Bay Acquisition Corp.\n\nBy:/s/ Tim P. Hall Tim P. Hall Title:  President       5\n"
    )
    assert short(party) == ("Bay Acquisition Corp.", [], [("Tim P. Hall", "President", True)])


def test_a_name_that_goes_on_in_the_right_column() -> None:
    one, two = parties(
        "FARWELL BANK,\nHORIZON REACH, INC.                     NATIONAL ASSOCIATION\n\n"
        "By: /s/ Russ Mackey, CFO                By: /s/ Ben Hansen\nBen Hansen\n"
        "Title: CFO                              Vice President\n"
    )
    assert short(one) == ("HORIZON REACH, INC.", [], [("Russ Mackey", "CFO", True)])
    assert short(two) == ("FARWELL BANK, NATIONAL ASSOCIATION", [], [("Ben Hansen", "Vice President", True)])


def test_the_party_named_behind_a_label_above_its_signature() -> None:
    person, company = parties(
        "INVESTOR:\n\nName: Harriet Boone\nSignature: __________\n\nCOMPANY:\n\nName: Pinion Labs, Inc.\n"
        "By: __________\nIts: Chief Executive Officer\n"
    )
    assert short(person) == ("Harriet Boone", [], [("Harriet Boone", None, False)])
    assert short(company) == ("Pinion Labs, Inc.", [], [(None, "Chief Executive Officer", False)])
    assert not person.certain and not company.certain


def test_half_a_name_is_not_certain() -> None:
    (party,) = parties("NATIONAL ASSOCIATION\n\nBy: /s/ Ben Hansen\nBen Hansen\nVice President\n")
    assert not party.certain


@pytest.mark.parametrize("air", ["\n", "\n\n"])
def test_columns_whose_cells_were_written_one_under_the_other(air: str) -> None:
    one, two = parties(
        "HARMON WATER, INC.\nOAKDALE UTILITIES LLC\n\n"
        f"By:\n/s/ Bill Harmon{air}By:\n/s/ Rosa Diaz\n\nName:\nBill Harmon{air}Name:\nRosa Diaz\n\n"
        f"Title:\nPresident{air}Title:\nManager\n"
    )
    assert short(one) == ("HARMON WATER, INC.", [], [("Bill Harmon", "President", True)])
    assert short(two) == ("OAKDALE UTILITIES LLC", [], [("Rosa Diaz", "Manager", True)])
    assert one.certain and two.certain


def test_cells_one_under_the_other_whose_names_do_not_agree_are_not_certain() -> None:
    found = parties(
        "HARMON WATER, INC.\nOAKDALE UTILITIES LLC\n\nBy:\n/s/ Bill Harmon\nBy:\n/s/ Rosa Diaz\n\n"
        "Name:\nRosa Diaz\nName:\nBill Harmon\n"
    )
    assert [p.certain for p in found] == [False, False]


def test_signed_by_a_person_for_and_on_behalf_of_the_party() -> None:
    one, two = parties(
        "SIGNED by PRIYA NAIR for and on\nbehalf of HOLLOWAY ESTATES LIMITED          ..............................\n"
        "                                            Director\n\n"
        "Signed by Owen Pryce           ..............................\nfor and on behalf of           Member\n"
        "SEVERN BRIDGE CAPITAL LLP\n"
    )
    assert short(one) == ("HOLLOWAY ESTATES LIMITED", [], [("PRIYA NAIR", "Director", False)])
    assert short(two) == ("SEVERN BRIDGE CAPITAL LLP", [], [("Owen Pryce", "Member", False)])


def test_a_date_in_front_of_a_collapsed_name() -> None:
    (party,) = parties(
        "Dated: March 9, 2020 KESTREL MASTER FUND, LTD. By: /s/ Ann Rowe Name: Ann Rowe Title: Director\n"
    )
    assert short(party) == ("KESTREL MASTER FUND, LTD.", [], [("Ann Rowe", "Director", True)])


def test_a_signature_below_the_columns_makes_them_uncertain() -> None:
    found = parties(
        "TRIDENT SUBSEA LTD.                     NOVA PETROLEUM N.V.\n\n"
        "By_______________________               By_______________________\n"
        "  Name: Paul Grieg                        Name: Joost Dam\n"
        "  Title: Director                         Title: Attorney-in-Fact\n\n"
        "By_______________________\n  Name: Siri Lund\n  Title: Director\n"
    )
    assert [(p.entity, p.certain) for p in found] == [("TRIDENT SUBSEA LTD.", False), ("NOVA PETROLEUM N.V.", False)]


def test_people_who_sign_individually_above_a_partnership() -> None:
    eli, nina, company = parties(
        "GUARANTORS:\n\n\n____________________\nELI WARBURG, individually\n\n\n____________________\n"
        "NINA WARBURG, individually\n\n\nWARBURG PROPERTIES, LTD.,\na Texas limited partnership\n\n"
        "By:  Warburg Management, L.L.C.,\n     General Partner\n\n     By: ____________________\n"
        "         Eli Warburg, Manager\n"
    )
    assert short(eli) == ("ELI WARBURG", [], [("ELI WARBURG", None, False)])
    assert short(nina) == ("NINA WARBURG", [], [("NINA WARBURG", None, False)])
    link = ("Warburg Management, L.L.C.", "General Partner")
    assert short(company) == ("WARBURG PROPERTIES, LTD.", [link], [("Eli Warburg", "Manager", False)])


def test_a_rule_that_nobody_signs_makes_the_next_block_uncertain() -> None:
    (party,) = parties("____________________\nas provided above\n\nOXEYE CORP.\n\nBy: ____________\nName: Will Ash\n")
    assert (party.entity, party.certain) == ("OXEYE CORP.", False)


def test_a_role_and_a_name_without_a_companys_suffix_in_one_line() -> None:
    (party,) = parties("PURCHASER: SUMMIT FRUIT GROWERS\n\nBY: /S/ DARLA YOST\nNAME: DARLA YOST\nTITLE: MANAGER\n")
    assert short(party) == ("SUMMIT FRUIT GROWERS", [], [("DARLA YOST", "MANAGER", True)])


def test_two_signatories_side_by_side_below_their_party() -> None:
    (party,) = parties(
        "NORDHAVEN BANK AG, NEW YORK BRANCH\n\n\nBy: /s/ Klaus Riem                     By: /s/ Ute Seif\n"
        "    Name:  Klaus Riem                      Name:  Ute Seif\n"
        "    Title: Director                        Title: Associate\n"
    )
    assert short(party) == (
        "NORDHAVEN BANK AG, NEW YORK BRANCH",
        [],
        [("Klaus Riem", "Director", True), ("Ute Seif", "Associate", True)],
    )


def test_a_footer_at_the_end_of_a_collapsed_block_is_no_column() -> None:
    (party,) = parties(
        "Addison Holdings, Inc.\n\nBy:  /s/ Eric C. Scog Name:  Eric C. Scog Title:  Vice President   "
        "[Signature Page to Cooperation Agreement]\n"
    )
    assert short(party) == ("Addison Holdings, Inc.", [], [("Eric C. Scog", "Vice President", True)])


def test_a_company_printed_below_its_signatory_is_his_and_not_the_next_ones() -> None:
    text = (
        "IN WITNESS WHEREOF, the parties have signed.\n\n"
        "/s/ Norman Vale\nNorman Vale\nPresident\nThistle Works Inc.\n\n"
        "/s/ Gina Orr\nGina Orr\nManager\nBurdock Labs LLC\n"
    )
    parties = parse_agreement(text.encode(), "below.txt").parties
    assert [(p.entity, p.signatories[0].name, p.signatories[0].title) for p in parties] == [
        ("Thistle Works Inc.", "Norman Vale", "President"),
        ("Burdock Labs LLC", "Gina Orr", "Manager"),
    ]


def test_an_address_label_of_the_left_column_beside_a_name_of_the_right_one() -> None:
    text = f"""
      It is signed by each of them.
      It is dated May 4, 2031.

{"TARN HOLLOW CORP.":50}MIRE TRUST
{"By: ____________":50}By: ____________
{"Name: Edda Quill":50}Name: Olaf Sund
{"Title: Director":50}Title: Trustee

{"Notice Address:":50}LUC LIMITED
{"14 Weir Street":50}a Cayman Islands exempted company
{"Salem, Oregon 97301":50}By: ____________
{"Attention: Ned Yoon":50}Name: Luc Petit
"""
    found = parse_agreement(text.encode(), "a.txt").parties
    assert [(p.entity, p.signatories[0].name, len(p.signatories)) for p in found] == [
        ("TARN HOLLOW CORP.", "Edda Quill", 1),
        ("MIRE TRUST", "Olaf Sund", 1),
        ("LUC LIMITED", "Luc Petit", 1),
    ]


def test_a_funds_name_with_the_word_for_a_street_in_it_is_no_address() -> None:
    text = """IN WITNESS WHEREOF, signed.

MIRE TRUST
By: ____________
Name: Olaf Sund

Weir Street Credit Opportunities Fund
II, L.P.

By: ____________
Name: Edda Quill
"""
    found = parse_agreement(text.encode(), "a.txt").parties
    assert [(p.entity, p.certain) for p in found] == [
        ("MIRE TRUST", True),
        ("Weir Street Credit Opportunities Fund II, L.P.", True),
    ]


def test_a_signature_of_the_right_column_beside_a_name_of_the_left_one() -> None:
    text = f"""
      It is signed by each of them.
      It is dated May 4, 2031.

{"":50}MIRE TRUST
{"TARN HOLLOW CORP.":50}By: /s/ Olaf Sund
{"By: /s/ Edda Quill":50}Olaf Sund, Trustee
{"Edda Quill, Director":50}Date: May 4, 2031
"""
    found = parse_agreement(text.encode(), "a.txt").parties
    assert [(p.entity, p.signatories[0].name, p.signatories[0].title) for p in found] == [
        ("TARN HOLLOW CORP.", "Edda Quill", "Director"),
        ("MIRE TRUST", "Olaf Sund", "Trustee"),
    ]


def test_a_step_that_is_broken_before_its_capacity_beside_the_other_columns_words() -> None:
    text = f"""
      It is signed by each of them.
      It is dated May 4, 2031.

{"TARN HOLLOW FUND, L.P.":50}MIRE TRUST
{"":50}By: /s/ Olaf Sund
{"By: Tarn Advisors, Inc., its":50}Olaf Sund
{"general partner":50}Trustee
{"By: /s/ Edda Quill":50}
{"Edda Quill, Director":50}
"""
    found = parse_agreement(text.encode(), "a.txt").parties
    assert [(p.entity, [k.capacity for k in p.chain], p.signatories[0].name) for p in found] == [
        ("TARN HOLLOW FUND, L.P.", ["general partner"], "Edda Quill"),
        ("MIRE TRUST", [], "Olaf Sund"),
    ]
