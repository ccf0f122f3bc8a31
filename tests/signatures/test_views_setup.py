"""Setting up: from a document to links, as counsel, as one who looks on, and as a stranger."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Holding, Party
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing
from signatures.models import (
    Agreement,
    AuditEvent,
    Membership,
    Packet,
    RegisterPreview,
    SignatureBlock,
    SignaturePage,
    Threshold,
    User,
)

from .conftest import DOCUMENT, LANTERN, NORTH, REGISTER, SOUTH, Collection
from .screens import text_of
from .workers import compared, do_what_waits, handed_in

pytestmark = pytest.mark.django_db

READS = ["check", "register", "register_template", "register_export", "pages", "packets", "packets_zip", "settings"]
READS += ["page_template"]
WRITES = ["check", "register", "pages", "settings", "certain", "threshold_set"]
WRITES += ["page_template", "page_template_picture", "block_picture"]


def address(agreement: Agreement, name: str, *rest: object) -> str:
    return reverse(name, args=[agreement.slug, *rest])


# Who may ----------------------------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing_and_one_who_looks_on_may_only_look(
    collection: Collection, client: Client, viewer: User, stranger: User
) -> None:
    agreement = collection.agreement
    for name in [*READS, "pages_pdf"]:
        client.force_login(stranger)
        assert client.get(address(agreement, name)).status_code == 404, name
        client.force_login(viewer)
        assert client.get(address(agreement, name)).status_code == 200, name
    packet = Packet.objects.earliest("pk")
    writes = [address(agreement, name) for name in WRITES]
    writes += [address(agreement, "packet_renew", packet.pk), address(agreement, "threshold_end", 1)]
    client.force_login(stranger)
    assert {client.post(one).status_code for one in writes} == {404}
    client.force_login(viewer)
    assert {client.post(one).status_code for one in writes} == {403}


def test_one_who_looks_on_is_offered_nothing_to_do(collection: Collection, client: Client, viewer: User) -> None:
    client.force_login(viewer)
    for name in ["check", "register", "pages", "page_template", "packets", "settings"]:
        main = (
            client.get(address(collection.agreement, name)).content.decode().split("<main", 1)[1].split("</main", 1)[0]
        )
        # A form to look at may stand there, its fields disabled; a button may not, but for those that enlarge and find.
        for allowed in ('<button type="button" class="page-picture-open"', '<button class="button button-small">Find'):
            main = main.replace(allowed, "")
        assert "<button" not in main, name
    assert "/p/" not in client.get(address(collection.agreement, "packets")).content.decode()
    assert "1,000,000" not in client.get(address(collection.agreement, "register")).content.decode()
    assert "1000000" not in client.get(address(collection.agreement, "register_export")).content.decode()


def test_a_new_agreement_is_for_those_who_lead_one(
    client: Client, viewer: User, counsel: User, agreement: Agreement
) -> None:
    client.force_login(viewer)
    assert client.get(reverse("agreement_new")).status_code == 403
    client.force_login(counsel)
    assert client.get(reverse("agreement_new")).status_code == 200


# What was read ----------------------------------------------------------------------------------------------------


def checked(agreement: Agreement, **changes: str) -> dict[str, str]:
    """What the form holds, with the given fields changed: {"form-3-title": "Partner"}."""
    blocks = list(SignatureBlock.objects.filter(version__agreement=agreement).order_by("position"))
    data = {"form-TOTAL_FORMS": str(len(blocks)), "form-INITIAL_FORMS": str(len(blocks)), "title": agreement.title}
    data |= {"amount_caption": agreement.amount_caption, "witness_clause": agreement.witness_clause}
    for at, block in enumerate(blocks):
        chain = [f"{link['entity']}, its {link['capacity']}" for link in block.chain]
        data |= {f"form-{at}-block": str(block.pk), f"form-{at}-entity": block.entity, f"form-{at}-role": block.role}
        data |= {f"form-{at}-address": block.address, f"form-{at}-chain": "\n".join(chain)}
        lines = list(block.lines.all())
        data |= {f"form-{at}-signatory": "\n".join(line.name for line in lines)}
        data |= {f"form-{at}-title": "\n".join(line.title for line in lines)}
    return data | changes


def test_a_correction_reaches_the_block_and_keeps_what_the_holder_holds(
    signed_in: Client, agreement: Agreement
) -> None:
    changes = {"form-3-entity": "Lantern Capital Partners LLC", "form-3-title": "Managing Director"}
    response = signed_in.post(address(agreement, "check"), checked(agreement, **changes))
    assert response["Location"] == address(agreement, "register")
    block = SignatureBlock.objects.get(entity="Lantern Capital Partners LLC")
    assert [(line.name, line.title) for line in block.lines.all()] == [("Ruth Vale", "Managing Director")]
    assert not Party.objects.filter(name=LANTERN).exists()
    assert Holding.objects.get(holder=block.party, closed_at=None).principal == 1_000_000


def test_a_correction_of_one_thing_leaves_the_chain_as_printed(signed_in: Client, agreement: Agreement) -> None:
    block = SignatureBlock.objects.get(entity=NORTH)
    block.chain[0]["descriptor"] = "a Delaware limited liability company"
    block.save()
    signed_in.post(address(agreement, "check"), checked(agreement, **{"form-1-address": "2 Pier Road"}))
    block.refresh_from_db()
    assert block.address == "2 Pier Road"
    assert block.chain[0]["descriptor"] == "a Delaware limited liability company"


def test_another_party_keeps_what_was_typed(signed_in: Client, agreement: Agreement) -> None:
    changes = {"form-3-title": "Partner", "do": "add"}
    response = signed_in.post(address(agreement, "check"), checked(agreement, **changes))
    assert response["Location"] == address(agreement, "check") + "#party-5"
    assert SignatureBlock.objects.get(entity=LANTERN).lines.get().title == "Partner"
    changes = {"form-4-entity": "Beacon LLC", "form-4-signatory": "Una Hart"}
    signed_in.post(address(agreement, "check"), checked(agreement, **changes))
    assert SignatureBlock.objects.get(entity="Beacon LLC").lines.get().name == "Una Hart"
    assert not Party.objects.filter(name__startswith="New party").exists()


def test_a_party_that_does_not_sign_is_left_out(signed_in: Client, agreement: Agreement) -> None:
    signed_in.post(address(agreement, "check"), checked(agreement, **{"form-3-remove": "on"}))
    assert not SignatureBlock.objects.filter(entity=LANTERN).exists()


def test_two_parties_of_one_name_are_refused_and_a_party_without_a_name(
    signed_in: Client, agreement: Agreement
) -> None:
    response = signed_in.post(address(agreement, "check"), checked(agreement, **{"form-3-entity": NORTH}))
    assert response.status_code == 422
    assert "has a block in this version already" in text_of(response)
    response = signed_in.post(address(agreement, "check"), checked(agreement, **{"form-3-entity": ""}))
    assert response.status_code == 422
    assert SignatureBlock.objects.filter(entity=LANTERN).exists()


def test_what_was_issued_is_shown_and_does_not_change(signed_in: Client, collection: Collection) -> None:
    shown = signed_in.get(address(collection.agreement, "check"))
    assert "What is printed on its page does not change any more." in text_of(shown)
    assert 'name="form-3-entity"' not in shown.content.decode()
    signed_in.post(address(collection.agreement, "check"), checked(collection.agreement, **{"form-3-entity": "Else"}))
    assert SignatureBlock.objects.filter(entity=LANTERN).exists()


# The register -----------------------------------------------------------------------------------------------------


def test_a_register_is_shown_before_it_is_applied(signed_in: Client, agreement: Agreement) -> None:
    content = b"Noteholder,Sum\nBeacon LLC,5\nLantern Capital LLC,1500000\nOdd Fund,\n"
    preview = handed_in(signed_in, agreement, content).context["preview"]
    assert [(row["holder"], row["does"]) for row in preview["rows"]] == [
        ("Beacon LLC", "add"),
        (LANTERN, "nothing"),
        ("Odd Fund", "add"),
    ]
    assert not SignatureBlock.objects.filter(entity="Beacon LLC").exists()
    mapped = {"column-0": "holder", "column-1": "principal"}
    refused = signed_in.post(preview["url"], {"column-1": "principal", "do": "map"})
    assert (refused.status_code, "Say which column names the holder." in text_of(refused)) == (422, True)
    # Columns that were changed are shown again, whatever button was pressed.
    again = compared(signed_in, signed_in.post(preview["url"], mapped | {"do": "apply"})).context["preview"]
    assert "columns were changed" in again["error"]
    assert [row["does"] for row in again["rows"]] == ["add", "change", "add"]
    assert again["name"] == "holders.csv"
    done = signed_in.post(again["url"], mapped | {"do": "apply"})
    assert done["Location"] == address(agreement, "register")
    do_what_waits()
    assert SignatureBlock.objects.filter(entity="Beacon LLC").exists()
    assert Holding.objects.get(holder__name=LANTERN, closed_at=None).principal == 1_500_000


def test_the_same_register_again_has_nothing_to_apply(signed_in: Client, agreement: Agreement) -> None:
    preview = handed_in(signed_in, agreement, REGISTER).context["preview"]
    assert not preview["may_apply"]
    assert preview["counts_words"] == "0 to add, 0 to change, 3 as they are, 0 refused"


def test_a_register_that_is_none_is_refused_with_a_sentence(signed_in: Client, agreement: Agreement) -> None:
    response = handed_in(signed_in, agreement, b"\0\0\0")
    assert "This is neither a CSV file nor an XLSX workbook. Nothing was changed." in text_of(response)
    assert "A register as CSV or Excel" in text_of(response)
    assert signed_in.post(address(agreement, "register"), {"do": "apply"}).status_code == 422


def test_how_far_a_preview_is_and_who_may_see_it(
    signed_in: Client, agreement: Agreement, viewer: User, stranger: User
) -> None:
    file = SimpleUploadedFile("holders.csv", REGISTER)
    here = signed_in.post(address(agreement, "register"), {"register": file})["Location"]
    assert "Comparing holders.csv Waiting for its turn" in text_of(signed_in.get(here))
    RegisterPreview.objects.update(state="running", rows=3, compared=2)
    part = signed_in.get(here, headers={"HX-Request": "true"}).content.decode()
    assert "Compared with the register: 2 of 3 rows" in part and '<progress value="2" max="3"' in part
    RegisterPreview.objects.update(state="queued")
    do_what_waits()
    assert signed_in.get(here, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    assert signed_in.get(here).context["preview"]["counts_words"].startswith("0 to add")
    colleague = User.objects.create_user("colleague@firm.example", "a long enough password")
    Membership.objects.create(agreement=agreement, user=colleague, role="counsel")
    for user, status in ((viewer, 403), (stranger, 404), (colleague, 404)):
        signed_in.force_login(user)
        assert signed_in.get(here).status_code == status


def test_what_is_exported_comes_in_again_and_changes_nothing(signed_in: Client, agreement: Agreement) -> None:
    exported = signed_in.get(address(agreement, "register_export")).content
    preview = handed_in(signed_in, agreement, exported).context["preview"]
    assert preview["counts_words"] == "0 to add, 0 to change, 3 as they are, 0 refused"
    assert not preview["may_apply"]


# Pages and packets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "sheets"),
    [
        ({"arrangement": "one"}, [1, 1, 1, 1]),
        ({"arrangement": "signatory"}, [1, 1, 2]),
        ({"arrangement": "shared", "shared": "on"}, [1, 1, 2]),
    ],
)
def test_pages_are_issued_in_three_arrangements(
    signed_in: Client, agreement: Agreement, said: dict[str, str], sheets: list[int]
) -> None:
    response = signed_in.post(address(agreement, "pages"), said)
    assert response["Location"] == address(agreement, "packets")
    assert sorted(page.blocks.count() for page in SignaturePage.objects.all()) == sheets


def test_sheets_that_holders_share_want_counsels_word(signed_in: Client, agreement: Agreement) -> None:
    response = signed_in.post(address(agreement, "pages"), {"arrangement": "shared"})
    assert response.status_code == 422
    assert "holders on one sheet see each other" in text_of(response)
    assert not SignaturePage.objects.exists()


def test_packets_show_their_links_and_a_new_link_stops_the_old(signed_in: Client, collection: Collection) -> None:
    packet = collection.page(NORTH).packet
    assert packet is not None
    old = distribution.link_token(packet)
    assert old in signed_in.get(address(collection.agreement, "packets")).content.decode()
    response = signed_in.post(address(collection.agreement, "packet_renew", packet.pk))
    assert response["Location"] == address(collection.agreement, "packets") + f"?packet={packet.pk}#packet-{packet.pk}"
    assert old not in signed_in.get(address(collection.agreement, "packets")).content.decode()
    assert signed_in.get(reverse("portal", args=[old])).status_code == 404


def test_another_agreements_packet_is_not_found(signed_in: Client, collection: Collection) -> None:
    signed_in.post(reverse("agreement_new"), {"document": SimpleUploadedFile("other.txt", DOCUMENT.encode())})
    do_what_waits()
    other = Agreement.objects.exclude(pk=collection.agreement.pk).get()
    packet = Packet.objects.earliest("pk")
    assert signed_in.get(address(other, "packet_pdf", packet.pk)).status_code == 404
    assert signed_in.post(address(other, "packet_renew", packet.pk)).status_code == 404
    assert signed_in.get(address(collection.agreement, "packet_pdf", packet.pk)).content[:5] == b"%PDF-"


def test_packets_take_the_same_queries_for_two_and_for_thirty(signed_in: Client, collection: Collection) -> None:
    with CaptureQueriesContext(
        connection,
    ) as few:
        signed_in.get(address(collection.agreement, "packets"))
    rows = "\n".join(f"Fund {at:02} LLC,{at}00,Person {at:02}" for at in range(1, 28))
    content = f"holder,principal,signatory\n{rows}\n".encode()
    preview = handed_in(signed_in, collection.agreement, content).context["preview"]
    said = {f"column-{at}": name for at, name in enumerate(["holder", "principal", "signatory"])}
    signed_in.post(preview["url"], said | {"do": "apply"})
    do_what_waits()
    issuing.issue(collection.agreement, collection.counsel)
    with CaptureQueriesContext(connection) as many:
        response = signed_in.get(address(collection.agreement, "packets"))
    assert len(response.context["packets"]) == 30
    assert len(many) == len(few) <= 14


# Terms ------------------------------------------------------------------------------------------------------------


def test_a_threshold_is_entered_and_closed(signed_in: Client, agreement: Agreement) -> None:
    said = {"name": "Majority", "clause": "§ 9.02", "percent": "50"}
    assert signed_in.post(address(agreement, "threshold_set"), said).status_code == 302
    row = Threshold.objects.get()
    shown = text_of(signed_in.get(address(agreement, "settings")))
    assert "Majority , § 9.02: more than 50 %" in shown
    assert signed_in.post(address(agreement, "threshold_end", row.pk)).status_code == 302
    row.refresh_from_db()
    assert row.closed_at is not None
    assert "nothing is called met" in text_of(signed_in.get(address(agreement, "settings")))


def test_a_threshold_of_more_than_all_is_refused_and_the_terms_stay(signed_in: Client, agreement: Agreement) -> None:
    response = signed_in.post(address(agreement, "threshold_set"), {"name": "Too much", "percent": "101"})
    assert response.status_code == 422
    assert not Threshold.objects.exists()


def test_the_rule_is_switched_on_in_ones_own_name_and_off(
    signed_in: Client, agreement: Agreement, counsel: User
) -> None:
    signed_in.post(address(agreement, "certain"), {"on": "1"})
    agreement.refresh_from_db()
    assert agreement.accept_certain_by == counsel
    assert "Counsel switched it on" in text_of(signed_in.get(address(agreement, "settings")))
    signed_in.post(address(agreement, "certain"), {"on": "0"})
    agreement.refresh_from_db()
    assert agreement.accept_certain_by is None


def test_terms_are_saved_in_the_agreements_time_zone(signed_in: Client, agreement: Agreement) -> None:
    said = {
        "due_at": "2021-03-05T17:00",
        "time_zone": "America/New_York",
        "delivering_channels": ["portal", "fax"],
        "principal_outstanding": "12,000,000",
        "principal_source": "trustee's list",
        "counsel_name": "Iris Tal",
    }
    assert signed_in.post(address(agreement, "settings"), said).status_code == 302
    agreement.refresh_from_db()
    assert agreement.due_at is not None
    assert agreement.due_at.isoformat() == "2021-03-05T22:00:00+00:00"
    assert agreement.delivering_channels == ["portal", "fax"]
    assert "12,000,000.00" in signed_in.get(address(agreement, "settings")).content.decode()
    response = signed_in.post(address(agreement, "settings"), said | {"principal_outstanding": "a lot"})
    assert (response.status_code, "“a lot” is not an amount." in text_of(response)) == (422, True)


def test_the_currency_of_the_notes_is_chosen_and_no_amount_in_another_is_taken(
    signed_in: Client, agreement: Agreement
) -> None:
    said = {"time_zone": "America/New_York", "principal_source": "trustee's list"}
    wrong = signed_in.post(address(agreement, "settings"), said | {"currency": "EUR", "principal_outstanding": "$12m"})
    assert wrong.status_code == 422
    assert "“$12m” is in $, and the notes are in EUR" in text_of(wrong)
    agreement.refresh_from_db()
    assert agreement.notes is not None
    assert agreement.notes.currency == "USD"
    right = signed_in.post(address(agreement, "settings"), said | {"currency": "EUR", "principal_outstanding": "€12m"})
    assert right.status_code == 302
    agreement.notes.refresh_from_db()
    assert agreement.notes.currency == "EUR"
    event = AuditEvent.objects.get(action="currency of the notes set")
    assert (event.data["before"], event.data["after"]) == ("USD", "EUR")
    assert "€1,000,000" in text_of(signed_in.get(address(agreement, "register")))


def test_before_the_first_letter_it_is_said_what_letters_will_leave_open(
    signed_in: Client, collection: Collection
) -> None:
    address_of_packets = address(collection.agreement, "packets")
    said = "Letters and cover sheets will not say by when pages are wanted and who counsel is:"
    Agreement.objects.update(due_at=None, counsel_name="")
    assert said in text_of(signed_in.get(address_of_packets))
    Agreement.objects.update(counsel_name="Iris Tal", due_at="2021-03-05T22:00:00Z")
    assert "will not say" not in text_of(signed_in.get(address_of_packets))


def test_the_signatory_of_two_funds_has_one_packet_with_both(signed_in: Client, collection: Collection) -> None:
    found = signed_in.get(address(collection.agreement, "packets")).context["packets"]
    assert [(one["signatory"], one["holders"], one["pages_words"]) for one in found] == [
        ("Ada Quill", ["HARBOR LIGHT CORPORATION"], "1 page"),
        ("Otto Brand", [NORTH, SOUTH], "2 pages"),
        ("Ruth Vale", [LANTERN], "1 page"),
    ]
