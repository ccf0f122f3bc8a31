"""Signature blocks in the many ways in which they are printed. All names and texts are invented."""

from __future__ import annotations

import pytest

from signatures.paper.agreement import ParsedParty, parse_agreement

WITNESS = "IN WITNESS WHEREOF, the parties have executed this Agreement as of the date first above written.\n\n"


def parties(text: str) -> list[ParsedParty]:
    return list(parse_agreement((WITNESS + text).encode(), "agreement.txt").parties)


def short(
    party: ParsedParty,
) -> tuple[str | None, list[tuple[str, str | None]], list[tuple[str | None, str | None, bool | None]]]:
    chain = [(link.entity, link.capacity) for link in party.chain]
    return party.entity, chain, [(s.name, s.title, s.signed) for s in party.signatories]


def test_a_plain_block_is_certain() -> None:
    (party,) = parties("CALDER MILLS CORPORATION\n\nBy: ____________\nName: Mark Tolliver\nTitle: Treasurer\n")
    assert short(party) == ("CALDER MILLS CORPORATION", [], [("Mark Tolliver", "Treasurer", False)])
    assert party.certain and party.doubts == ()


@pytest.mark.parametrize(
    "by",
    [
        "By: Birch Advisers LLC, its investment manager\nBy: Birch GP Corp., a general partner\n",
        "By: Birch Advisers LLC,\nits investment manager\n\nBy: Birch GP Corp.,\n    a general partner\n",
        "By: Birch Advisers LLC\nIts: investment manager\n\nBy: Birch GP Corp.\nIts: general partner\n",
        "By its investment manager:\n\nBirch Advisers LLC\n\nBy its general partner:\n\nBirch GP Corp.\n",
        "By: Birch Advisers LLC, a Delaware limited liability company, as its investment manager\n"
        "By: Birch GP Corp., a\nDelaware corporation, its general partner\n",
        "By: Birch Advisers LLC\ninvestment manager\nBy: Birch GP Corp.\ngeneral partner\n",
    ],
)
def test_chains_of_two_links_however_they_are_printed(by: str) -> None:
    (party,) = parties(f"TAMARACK CREDIT FUND, L.P.\n\n{by}\nBy: /s/ Ellen Park\nName: Ellen Park\nTitle: Manager\n")
    links = [("Birch Advisers LLC", "investment manager"), ("Birch GP Corp.", "general partner")]
    assert short(party) == ("TAMARACK CREDIT FUND, L.P.", links, [("Ellen Park", "Manager", True)])


def test_its_below_a_signature_is_a_title() -> None:
    (party,) = parties("QUARRY BANK, N.A.\n\nBy: /s/ Joe Dunn\nIts: Senior Vice President\n")
    assert short(party) == ("QUARRY BANK, N.A.", [], [("Joe Dunn", "Senior Vice President", True)])


def test_descriptor_and_role_are_no_part_of_the_name() -> None:
    (party,) = parties(
        "HARROW LANE BANK, NATIONAL ASSOCIATION, a national banking association,\nindividually and as Administrative\n"
        "Agent and as a Tranche B Bank\n\nBy: /s/ Ann Lee\nName: Ann Lee\nTitle: Director\n"
    )
    assert party.entity == "HARROW LANE BANK, NATIONAL ASSOCIATION"
    assert party.descriptor == "a national banking association"
    assert party.label is not None and "Administrative Agent" in party.label


def test_stacked_names_share_a_signature() -> None:
    found = parties(
        "CALDER FOODS, INC.\nCALDER OF MAINE LIMITED\nPARTNERSHIP\n\nBy: /s/ Ann Lee\nName: Ann Lee\nTitle: Clerk\n"
    )
    assert [short(p) for p in found] == [
        ("CALDER FOODS, INC.", [], [("Ann Lee", "Clerk", True)]),
        ("CALDER OF MAINE LIMITED PARTNERSHIP", [], [("Ann Lee", "Clerk", True)]),
    ]


def test_a_page_collapsed_into_one_line() -> None:
    found = parties(
        "PINECREST HOLDINGS, INC. By: /s/ Laura Beck Name: Laura Beck Title: Chief Financial Officer TAMARACK BANK, "
        "N.A., as "
        "Lender By: /s/ Joe Dunn Joe Dunn Senior Vice President BIRCH FUND II, L.P. By: Birch GP II, LLC, its general "
        "partner By: /s/ Ellen ParkName: Ellen ParkTitle: Manager [Signature Page to Note Purchase Agreement]"
    )
    assert [short(p) for p in found] == [
        ("PINECREST HOLDINGS, INC.", [], [("Laura Beck", "Chief Financial Officer", True)]),
        ("TAMARACK BANK, N.A.", [], [("Joe Dunn", "Senior Vice President", True)]),
        ("BIRCH FUND II, L.P.", [("Birch GP II, LLC", "general partner")], [("Ellen Park", "Manager", True)]),
    ]


def test_two_columns_by_their_gap() -> None:
    found = parties(
        "ISSUER:                                   TRUSTEE:\n\n"
        "CALDER MILLS CORPORATION                  HIGHBRIDGE TRUST COMPANY, N.A.,\n"
        "                                          as Trustee\n\n"
        "By: /s/ Mark Tolliver                     By: /s/ Grace Yoon\n"
        "    Name: Mark Tolliver                       Name: Grace Yoon\n"
        "    Title: Treasurer                          Title: Vice President\n"
    )
    assert [short(p) for p in found] == [
        ("CALDER MILLS CORPORATION", [], [("Mark Tolliver", "Treasurer", True)]),
        ("HIGHBRIDGE TRUST COMPANY, N.A.", [], [("Grace Yoon", "Vice President", True)]),
    ]
    assert [p.role for p in found] == ["issuer", "other"]


def test_capacities_keep_the_commas_of_the_text_and_get_no_others() -> None:
    found = parties(
        "HARROW LANE BANK, N.A., as Agent, as Issuing Bank and as a Lender\n\nBy: /s/ Ida Moss\nName: Ida Moss\n"
        "Title: Director\n\nSTONE HARBOR BANK, individually as a lender\nand as co-agent\n\nBy: /s/ Ned Frost\n"
        "Name: Ned Frost\nTitle: Cashier\n"
    )
    assert [(p.entity, p.label) for p in found] == [
        ("HARROW LANE BANK, N.A.", "Agent, as Issuing Bank and as a Lender"),
        ("STONE HARBOR BANK", "individually as a lender and as co-agent"),
    ]


def test_columns_whose_lines_fell_out_of_step_are_not_certain() -> None:
    found = parties(
        "STONE HARBOR BANK,                    LAUREL BANK, N.A.\nindividually and as\nagent\n"
        "By: /s/ Ida Moss\nVice President\nBy: /s/ Ned Frost\nCashier\n"
    )
    assert {p.entity for p in found} == {"STONE HARBOR BANK", "LAUREL BANK, N.A."}
    assert not any(p.certain for p in found)


def test_a_witness_column_is_nobodys_signature() -> None:
    found = parties(
        "ATTEST:                                MYRTLE SAVINGS, INC.\n\n"
        "/s/ Lorna Pike                         By: /s/ John Hale       (SEAL)\n"
        "Name: Lorna Pike                       Name: John Hale\n"
        "Title: Secretary                       Title: Chairman\n"
    )
    assert [short(p) for p in found] == [("MYRTLE SAVINGS, INC.", [], [("John Hale", "Chairman", True)])]


def test_people_sign_for_themselves() -> None:
    found = parties(
        "MYRTLE SAVINGS, INC.\n\nBy: /s/ John Hale\nJohn Hale, Chairman\n\n/s/ Priya Raman\nPriya Raman, "
        "individually\n\n"
        "OLIVER FINCH\n\n______________________\n\n/s/ Ruth Ames\nRUTH AMES, Executive\n"
    )
    assert [short(p) for p in found] == [
        ("MYRTLE SAVINGS, INC.", [], [("John Hale", "Chairman", True)]),
        ("Priya Raman", [], [("Priya Raman", None, True)]),
        ("OLIVER FINCH", [], [("OLIVER FINCH", None, False)]),
        ("RUTH AMES", [], [("RUTH AMES", None, True)]),
    ]


def test_two_signatories_for_one_entity() -> None:
    (party,) = parties(
        "BANQUE DU LAC\n\nBy: ______\nName: Luc Petit\nTitle: Director\n\nBy: ______\nName: Eva Roy\nTitle: Agent\n"
    )
    assert short(party) == ("BANQUE DU LAC", [], [("Luc Petit", "Director", False), ("Eva Roy", "Agent", False)])
    (party,) = parties(
        "LAUREL PAPER, INC.\n\nBy:\nBy:\n\nName: Ida Moss\nName: Ned Frost\n\nTitle: Clerk\nTitle: Cashier\n"
    )
    assert short(party)[2] == [("Ida Moss", "Clerk", False), ("Ned Frost", "Cashier", False)]


def test_on_behalf_of_makes_the_signer_a_link() -> None:
    (party,) = parties(
        "HARROW LLC, as Manager on behalf of STONE HARBOR FUND LP\n\nBy: /s/ T. Okafor\nName: T. Okafor\nTitle: "
        "Officer\n"
    )
    assert short(party)[:2] == ("STONE HARBOR FUND LP", [("HARROW LLC", "Manager")])
    assert not party.certain


def test_deeds() -> None:
    found = parties(
        "SIGNED as a DEED by MARLOW QUAY LIMITED\nacting by two directors:\n\n/s/ Helen Brook\nDirector\n\n/s/ "
        "Oliver Finch\nDirector\n\n"
        "EXECUTED as a DEED by\nWESSEX BRIDGE PLC\nacting by Simon Hale, a director, in the presence "
        "of:\n\n______________________\n"
        "Signature of director\n\nWitness signature: ______________\nWitness name:\nWitness address:\n\n"
        "Executed as a deed by NIGEL CROFT: /s/ Nigel Croft (Nigel Croft) in the presence of: /s/ Paula Barn Witness "
        "Name: Paula Barn\n"
    )
    assert [short(p) for p in found] == [
        ("MARLOW QUAY LIMITED", [], [("Helen Brook", "Director", True), ("Oliver Finch", "Director", True)]),
        ("WESSEX BRIDGE PLC", [], [("Simon Hale", "director", False)]),
        ("NIGEL CROFT", [], [("NIGEL CROFT", None, True)]),
    ]


@pytest.mark.parametrize("written", ["/s/ AUTHORIZED SIGNATORY", "/s/", "/s/ [ILLEGIBLE]", "/s/ illegible"])
def test_a_signature_that_names_nobody(written: str) -> None:
    (party,) = parties(f"VELLUM TECH CORP.\n\nBy: {written}\nName:\nTitle: Vice President\n")
    assert short(party) == ("VELLUM TECH CORP.", [], [(None, "Vice President", True)])


def test_placeholders_are_parties_without_a_name() -> None:
    found = parties(
        "[\n], as Guarantor\n\nBy:\nName:\nTitle:\n\n[Signature Page to Credit Agreement]\n\nACORN "
        "INC.\n\nBy:\nName:\nTitle:\n"
    )
    assert [short(p) for p in found] == [(None, [], [(None, None, False)]), ("ACORN INC.", [], [(None, None, False)])]


def test_a_form_with_names_to_be_filled_in() -> None:
    (party,) = parties("[NAME OF LENDER]\n\nBy:\nName:\nTitle:\n")
    assert short(party) == (None, [], [(None, None, False)])


def test_footers_notaries_and_schedules_are_no_parties() -> None:
    found = parties(
        "ACORN INC.\n\nBy: /s/ Ida Moss\nName: Ida Moss\nTitle: Clerk\n\nSignature Page to Credit Agreement "
        "–\nBRANCH CORP.\n\nS-1\n\n"
        "STATE OF MAINE\nCOUNTY OF YORK\n\nBefore me appeared Ida Moss of ACORN INC.\n\n/s/ Tom Quill\nNotary "
        "Public\n\n"
        "SCHEDULE A\n\nFORM OF NOTE\n\nTHISTLE CORP.\n\nBy: ______\nName:\nTitle:\n"
    )
    assert [p.entity for p in found] == ["ACORN INC."]


def test_copy_to_is_nobodys_address() -> None:
    (party,) = parties(
        "ACORN INC.\n\nBy: /s/ Ida Moss\nName: Ida Moss\nTitle: Clerk\n\nAddress for notices:\nAcorn Inc.\n12 Elm "
        "Street\n"
        "Bath, ME 04530\nAttention: Ida Moss\n\nWith a copy to:\nPike & Hale LLP\n1 Court Square\nBath, ME 04530\n"
    )
    assert party.address == "Acorn Inc., 12 Elm Street, Bath, ME 04530"


def test_commitments_beside_names_are_left_out() -> None:
    found = parties("$20,000,000                    LAUREL BANK, N.A.\n\nBy: /s/ Ida Moss\nTitle: Cashier\n")
    assert [p.entity for p in found] == ["LAUREL BANK, N.A."]


def test_a_name_typed_on_the_line_is_shown_as_a_doubt() -> None:
    (party,) = parties("ACORN INC.\n\nBy: Ida Moss\nTitle: Clerk\n")
    assert short(party) == ("ACORN INC.", [], [("Ida Moss", "Clerk", None)])
    assert not party.certain


HOLDERS = """
ALDER NOTES CORPORATION

By: ______
Name: Sam Ives
Title: President

Name of Holder: Cottonwood Income Fund
Address: 10 Main Street
Boston, MA 02110

Amount of 9% Senior Notes
due June 1, 2031 Beneficially Owned: {amount}

COTTONWOOD INCOME FUND

By: COTTONWOOD ADVISERS LLC, its Investment Manager

By: ______
Name: Ruth Ames
Title:{title}
"""


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("", "blank"),
        ("____", "blank"),
        ("[REDACTED]", "redacted"),
        ("~~3,000,000~~", "redacted"),
        ("$3,500,000", "3500000"),
    ],
)
def test_holders_with_address_and_amount(amount: str, expected: str) -> None:
    issuer, holder = parties(HOLDERS.format(amount=amount, title=" Director"))
    assert (issuer.entity, issuer.role) == ("ALDER NOTES CORPORATION", "issuer")
    assert (holder.entity, holder.role, holder.amount) == ("Cottonwood Income Fund", "holder", expected)
    assert holder.address == "10 Main Street, Boston, MA 02110"
    assert [(k.entity, k.capacity) for k in holder.chain] == [("COTTONWOOD ADVISERS LLC", "Investment Manager")]


def test_copies_are_put_together_and_fill_each_other() -> None:
    text = HOLDERS.format(amount="[REDACTED]", title="") + WITNESS + HOLDERS.format(amount="", title=" DIRECTOR")
    issuer, holder = parties(text)
    assert (issuer.occurrences, holder.occurrences) == (2, 2)
    assert holder.signatories[0].title == "DIRECTOR" and holder.amount == "redacted"


def test_one_entity_in_two_roles_is_two_parties() -> None:
    block = "LAUREL BANK, N.A.\n\nBy: ______\nName:\nTitle:\n\n"
    assert [p.label for p in parties(f"AGENT:\n\n{block}LENDERS:\n\n{block}")] == ["AGENT", "LENDERS"]


def test_the_lines_of_a_party_show_where_it_was_read() -> None:
    parsed = parse_agreement(
        (WITNESS + "ACORN INC.\n\nBy: /s/ Ida Moss\nName: Ida Moss\nTitle: Clerk\n").encode(), "a.txt"
    )
    first, last = parsed.parties[0].lines
    assert parsed.text.split("\n")[first : last + 1] == [
        "ACORN INC.",
        "",
        "By: /s/ Ida Moss",
        "Name: Ida Moss",
        "Title: Clerk",
    ]


@pytest.mark.parametrize("gap", ["   ", " "])
def test_two_columns_collapsed_into_one_line_are_paired_but_not_certain(gap: str) -> None:
    cells = ["NORTHWIND FOODS, INC.", "GREENLEAF LLC", "By: /s/ Karen Dole", "By: /s/ Paul Reyes"]
    cells += ["Name: Karen Dole", "Name: Paul Reyes", "Title: President", "Title: Manager"]
    found = parties(gap.join(cells))
    assert [short(p) for p in found] == [
        ("NORTHWIND FOODS, INC.", [], [("Karen Dole", "President", True)]),
        ("GREENLEAF LLC", [], [("Paul Reyes", "Manager", True)]),
    ]
    assert not any(p.certain for p in found)


def test_a_role_in_front_of_the_name() -> None:
    found = parties(
        "COMPANY: Northwind Foods, Inc. By: /s/ Karen Dole Name: Karen Dole Title: President "
        "LENDER: Greenleaf LLC By: /s/ Paul Reyes Name: Paul Reyes Title: Manager\n"
    )
    assert [(p.entity, p.label, p.role) for p in found] == [
        ("Northwind Foods, Inc.", "COMPANY", "issuer"),
        ("Greenleaf LLC", "LENDER", "other"),
    ]
