"""Signature forms with a column of labels, other labels, and pages that were collapsed. All names are invented."""

from __future__ import annotations

import io
import zipfile

import pytest

from signatures.paper.agreement import ParsedParty, parse_agreement

WITNESS = "IN WITNESS WHEREOF, the parties have executed this Agreement as of the date first above written.\n\n"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'

Short = tuple[str | None, list[tuple[str, str | None]], list[tuple[str | None, str | None, bool | None]]]


def parties(text: str) -> list[ParsedParty]:
    return list(parse_agreement((WITNESS + text).encode(), "agreement.txt").parties)


def short(party: ParsedParty) -> Short:
    chain = [(link.entity, link.capacity) for link in party.chain]
    return party.entity, chain, [(s.name, s.title, s.signed) for s in party.signatories]


def word_of(rows: list[list[str]]) -> list[ParsedParty]:
    cells = [
        "".join(f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>" for text in row).join(("<w:tr>", "</w:tr>"))
        for row in rows
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        body = f"<w:p><w:r><w:t>{WITNESS.strip()}</w:t></w:r></w:p><w:tbl>{''.join(cells)}</w:tbl>"
        package.writestr("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")
    return list(parse_agreement(buffer.getvalue(), "agreement.docx").parties)


def test_a_form_in_word_with_a_party_in_each_column() -> None:
    one, two = word_of(
        [
            ["", "PARTY 1: Ferncliff Data, Inc.", "PARTY 2: Oarsman Labs LLC"],
            ["Signature", "", ""],
            ["Print Name", "Rhea Toll", "Marc J. Whit"],
            ["Title", "Chief Operating Officer", "VP, Procurement"],
            ["Date", "", ""],
        ]
    )
    assert short(one) == ("Ferncliff Data, Inc.", [], [("Rhea Toll", "Chief Operating Officer", False)])
    assert short(two) == ("Oarsman Labs LLC", [], [("Marc J. Whit", "VP, Procurement", False)])
    assert one.certain and two.certain
    assert (one.label, two.label) == ("PARTY 1", "PARTY 2")


def test_a_form_whose_parties_stand_in_a_row_of_their_own() -> None:
    found = word_of(
        [
            ["", "PROVIDER", "CUSTOMER"],
            ["Company", "Quill Software Ltd.", "Harbor Freight Lines, Inc."],
            ["Signature", "", ""],
            ["Name", "Anna de Vries", "Dale Stubbs"],
            ["Title", "Director", "Treasurer"],
        ]
    )
    assert [short(p) for p in found] == [
        ("Quill Software Ltd.", [], [("Anna de Vries", "Director", False)]),
        ("Harbor Freight Lines, Inc.", [], [("Dale Stubbs", "Treasurer", False)]),
    ]
    assert [p.label for p in found] == ["PROVIDER", "CUSTOMER"]


def test_a_form_of_one_party_and_one_of_a_person() -> None:
    (employer,) = word_of([["Employer", "Larch Dental, P.C."], ["Signature", ""], ["Signatory Name", "Lu Benning"]])
    assert short(employer) == ("Larch Dental, P.C.", [], [("Lu Benning", None, False)])
    (employee,) = word_of([["Employee", ""], ["Signature", ""], ["Print Name", "Olive R. Castell"], ["Date", ""]])
    assert short(employee) == ("Olive R. Castell", [], [("Olive R. Castell", None, False)])


def test_a_form_with_a_cell_left_empty_is_not_certain() -> None:
    one, two = word_of(
        [["", "Ferncliff Data, Inc.", "Oarsman Labs LLC"], ["Signature", "", ""], ["Name", "", "Marc J. Whit"]]
    )
    assert (short(one)[2], short(two)[2]) == ([(None, None, False)], [("Marc J. Whit", None, False)])
    assert not one.certain


@pytest.mark.parametrize("label", ["Printed:", "Printed Name:", "Print Name:", "Name (Print):", "Signatory Name:"])
def test_the_labels_of_a_printed_name(label: str) -> None:
    (party,) = parties(f"GREEN RIVER BANK\n\nBy: /s/ RE Salt\n{label} Reese E. Salt\nPrint Title: SVP\n")
    assert short(party) == ("GREEN RIVER BANK", [], [("Reese E. Salt", "SVP", True)])
    assert party.certain


def test_a_signature_behind_the_word() -> None:
    one, two = parties(
        "Halden Optical GmbH\n\nSignature: ____________\nName: Sig Halden\nTitle: Geschäftsführer\n\n"
        "Corvid Imaging, Inc.\n\nSignature: /s/ Ray Achebe\nName: Ray Achebe\nTitle: President\n"
    )
    assert short(one) == ("Halden Optical GmbH", [], [("Sig Halden", "Geschäftsführer", False)])
    assert short(two) == ("Corvid Imaging, Inc.", [], [("Ray Achebe", "President", True)])
    assert one.certain and two.certain


def test_names_above_their_signatures() -> None:
    (party,) = parties(
        "PNT Tree Fund, LP\nBy: PNT Funds, LLC, its General Partner\n\nName: Scott R. McBride\nSignature: _________\n\n"
        "Name: Cindy Eager\nSignature: /s/ Cindy Eager\n"
    )
    people = [("Scott R. McBride", None, False), ("Cindy Eager", None, True)]
    assert short(party) == ("PNT Tree Fund, LP", [("PNT Funds, LLC", "General Partner")], people)
    assert not party.certain


def test_a_table_written_with_bars() -> None:
    (party,) = parties("|TREMONT PACKAGING, INC.\n|By:\n|/s/ Jim T. Renn\n|Name:\n|Jim T. Renn\n|Title:\n|Treasurer\n")
    assert short(party) == ("TREMONT PACKAGING, INC.", [], [("Jim T. Renn", "Treasurer", True)])


def test_a_party_beside_the_line_on_which_it_signs() -> None:
    one, two = parties(
        "    R. K. BOYLE ENTERPRISES, LLC        By:   /s/ R.K. Boyle\n\n"
        "Printed Name: R.K. Boyle  Title: President        CANYON OIL, INC.        By:   /s/ Jeff Stone\n\n"
        "Printed name: Jeff Stone  Title: CEO\n"
    )
    assert short(one) == ("R. K. BOYLE ENTERPRISES, LLC", [], [("R.K. Boyle", "President", True)])
    assert short(two) == ("CANYON OIL, INC.", [], [("Jeff Stone", "CEO", True)])


def test_columns_whose_lines_do_not_stand_level() -> None:
    one, two = parties(
        "LYNX LEASING, INC.                           PRUDENCE BANK, N.A.,\n"
        "                                             as Agent\n"
        "By: ____________________\n"
        "Name: Gail Ritt                              By: ____________________\n"
        "Title: Secretary                             Name: Colm Byrne\n"
        "                                             Title: Director\n"
    )
    assert short(one) == ("LYNX LEASING, INC.", [], [("Gail Ritt", "Secretary", False)])
    assert short(two) == ("PRUDENCE BANK, N.A.", [], [("Colm Byrne", "Director", False)])


def test_columns_of_blanks_close_to_each_other() -> None:
    one, two = parties(
        "Airspeed Networks Inc.               GLX LLC\n\nBy:  ___________________________   By:  ______________\n\n"
        "Name: __________________________   Name: _____________________\n\n"
        "Title: _________________________  Title: ____________________\n"
    )
    assert (short(one), short(two)) == (
        ("Airspeed Networks Inc.", [], [(None, None, False)]),
        ("GLX LLC", [], [(None, None, False)]),
    )


def test_a_date_beside_the_signature_is_nobodys() -> None:
    (party,) = parties(
        "Westcott Advisors, LLC\n\n__________________      ______________\nSignature                      Date\n"
        "Caroline Westcott\nManaging Partner\n"
    )
    assert short(party) == ("Westcott Advisors, LLC", [], [("Caroline Westcott", "Managing Partner", False)])


def test_the_party_above_a_person_and_its_own_signature() -> None:
    person, party = sorted(
        parties(
            "UNL CORPORATION\n\n\n\n/s/ Gerald Green                         By  /s/ Fran M. Mahler\n"
            "Gerald Green                               Fran M. Mahler\nSenior Vice President,\nGeneral Counsel\n"
        ),
        key=lambda p: str(p.entity),
    )
    assert short(person) == ("Gerald Green", [], [("Gerald Green", None, True)])
    assert short(party) == ("UNL CORPORATION", [], [("Fran M. Mahler", "Senior Vice President, General Counsel", True)])


def test_a_date_ends_a_title() -> None:
    company, person = parties(
        "CIRCLE VALVE, INC.\nBy:   /s/    David F. Diet\nDavid F. Diet\nChairman of the Board\nApril 9, 2013\n"
        "EXECUTIVE\n/s/    Scott A. Buck\nScott A. Buck\n"
    )
    assert short(company) == ("CIRCLE VALVE, INC.", [], [("David F. Diet", "Chairman of the Board", True)])
    assert short(person) == ("Scott A. Buck", [], [("Scott A. Buck", None, True)])


def test_a_bank_whose_name_is_made_of_roles() -> None:
    (party,) = parties("LENDER:          SURETY BANK\n\n\nBy:    /s/ Carol Estrid\nCarol Estrid\nVice President\n")
    assert short(party) == ("SURETY BANK", [], [("Carol Estrid", "Vice President", True)])


def test_two_general_partners_in_one_line_are_two_and_not_certain() -> None:
    (party,) = parties(
        "GREENFIELD WIND, L.P.\n\nBy: Green GP I, LLC and Green GP II, LLC, its general partners\n\nBy: /s/ Nora Feld\n"
        "Name: Nora Feld\nTitle: Manager\n"
    )
    assert short(party)[1] == [("Green GP I, LLC", "general partner"), ("Green GP II, LLC", "general partner")]
    assert not party.certain


def test_a_trade_name_is_left_out_and_shown() -> None:
    (party,) = parties("OSPREY MEDIA, INC.\nd/b/a Osprey Outdoor\n\nBy: /s/ Viv Crane\nViv Crane\nPresident\n")
    assert (party.entity, party.certain) == ("OSPREY MEDIA, INC.", False)


def test_a_role_with_nobody_below_it_is_no_party() -> None:
    (party,) = parties(
        "Pharmacal Research, Inc.             Employee\n\nBy: __________________                ________________\n"
        "Name:                                Name:\nTitle:\n"
    )
    assert short(party) == ("Pharmacal Research, Inc.", [], [(None, None, False)])


def test_a_rule_under_a_conformed_signature_is_no_second_line() -> None:
    (party,) = parties("IMPART Inc.\n\nBy: /s/  Rich C. Rose\n————————\n\nName: Rich C. Rose\nTitle:   Secretary\n")
    assert short(party) == ("IMPART Inc.", [], [("Rich C. Rose", "Secretary", True)])
    assert party.certain


def test_a_form_that_goes_on_in_words_that_are_not_known_is_not_certain() -> None:
    (party,) = word_of(
        [
            ["Investor", "Fernhill Partners LP"],
            ["Signature", ""],
            ["Name", "Dominic Gray"],
            ["Rank in the firm", "Portfolio Manager"],
        ]
    )
    assert (party.entity, party.certain) == ("Fernhill Partners LP", False)


@pytest.mark.parametrize(
    "block",
    [
        "“MLP” TEASEL PARTNERS, LP\nBy: /s/ Norman Vale\nName: Norman Vale\nTitle: President",
        "12 Elm Street TEASEL WORKS, INC.\nBy: /s/ Norman Vale\nName: Norman Vale\nTitle: President",
        "TEASEL WORKS, INC.\nBy: /s/ Norman Vale\nTitle: Manager - Norman Vale",
        "TEASEL CLO LTD.\nBy: Burdock Capital LLC, as Investment Manager, as a Lender\n"
        "By: /s/ Norman Vale\nName: Norman Vale\nTitle: Manager",
    ],
)
def test_what_ran_together_is_not_certain(block: str) -> None:
    (one,) = parties(f"IN WITNESS WHEREOF, the parties have signed.\n\n{block}\n")
    assert (one.certain, one.signatories[0].signed) == (False, True)
    assert "TEASEL" in (one.entity or "")


def test_a_dash_in_a_title_is_no_name() -> None:
    block = "TEASEL WORKS, INC.\nBy: /s/ Norman Vale\nName: Norman Vale\nTitle: Vice President - Capital Markets"
    (one,) = parties(f"IN WITNESS WHEREOF, the parties have signed.\n\n{block}\n")
    assert (one.certain, one.signatories[0].title) == (True, "Vice President - Capital Markets")


def test_who_signs_as_attorney_signs_for_each_of_the_people_named() -> None:
    text = (
        "/s/ Jon Vale\n\nJON VALE\nIndividually and as attorney-in-fact for Ann B. Crow, Leo T. Finch and Max D. Wren\n"
    )
    found = parties(text)
    assert [short(party) for party in found] == [
        ("JON VALE", [], [("JON VALE", None, True)]),
        ("Ann B. Crow", [], [("JON VALE", "attorney-in-fact", True)]),
        ("Leo T. Finch", [], [("JON VALE", "attorney-in-fact", True)]),
        ("Max D. Wren", [], [("JON VALE", "attorney-in-fact", True)]),
    ]
    assert not any(party.certain for party in found[1:])


def test_who_signs_as_attorney_alone_is_no_party() -> None:
    (party,) = parties("/s/ Jon Vale\nJon Vale, as attorney-in-fact for Ann B. Crow\n")
    assert short(party) == ("Ann B. Crow", [], [("Jon Vale", "attorney-in-fact", True)])


def test_a_name_with_its_capacity_behind_it_is_not_certain() -> None:
    found = parties("VALE MANAGEMENT L.L.C. a managing member\n\nBy: /s/ Ann Crow\nName: Ann Crow\nTitle: Director\n")
    assert not any(party.certain for party in found)
