"""The life of a defect: cured by words or a page, waived with a reason, and what follows for block and queue."""

from __future__ import annotations

import re
import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from signatures.domain.decisions import defects, review
from signatures.domain.errors import Overtaken, Refused
from signatures.domain.queries.defects import open_of_block, open_on_page
from signatures.models import AuditEvent, Defect, ReceivedPage, SignatureBlock, User
from signatures.paper import returns

from .conftest import LANTERN, NORTH, SOUTH, Collection
from .screens import text_of

pytestmark = pytest.mark.django_db


def found_defective(collection: Collection, code: str = Defect.Code.CONDITIONAL, note: str = "") -> Defect:
    collection.send(collection.scan(NORTH))
    review.find_defect(ReceivedPage.objects.get(), collection.counsel, code, note)
    return Defect.objects.get(block__entity=NORTH)


def test_a_waived_defect_says_why_and_by_whom_and_the_page_waits_again(collection: Collection) -> None:
    defect = found_defective(collection)
    assert collection.state(NORTH) == "defective"
    with pytest.raises(Refused, match="Say why"):
        defects.waive(defect, collection.counsel, "  ")
    defects.waive(defect, collection.counsel, "The issuer agreed by letter")
    assert (defect.outcome, defect.outcome_note, defect.closed_by) == (
        "waived",
        "The issuer agreed by letter",
        collection.counsel,
    )
    page = ReceivedPage.objects.get()
    assert (page.needs_person, page.question) == (True, "Its defect was waived: say what is signed")
    assert collection.state(NORTH) == "in review"
    event = AuditEvent.objects.get(action="defect waived")
    assert (event.actor, event.data["page"], event.data["code"]) == (collection.counsel, page.pk, "conditional")
    with pytest.raises(Overtaken):
        defects.cure(defect, collection.counsel, "again")


def test_a_defect_is_cured_by_another_page_of_the_block_only(collection: Collection) -> None:
    defect = found_defective(collection)
    with pytest.raises(Refused, match="what cured"):
        defects.cure(defect, collection.counsel, "")
    collection.send(collection.scan(LANTERN), "other.pdf")
    other = ReceivedPage.objects.latest("id")
    for page in (other, defect.page):
        with pytest.raises(Refused, match="same block"):
            defects.cure(defect, collection.counsel, "", page)
    collection.send(returns.as_scan([collection.sheet(NORTH)], seed=3), "again.pdf")
    again = ReceivedPage.objects.latest("id")
    defects.cure(defect, collection.counsel, "", again)
    assert (defect.outcome, defect.cured_by) == ("cured", again)
    assert not ReceivedPage.objects.get(pk=defect.page_id).needs_person
    assert collection.state(NORTH) == "in review"


def test_one_of_two_blocks_is_waived_and_the_other_stays_defective(shared_sheet: Collection) -> None:
    defect = found_defective(shared_sheet)
    defects.waive(defect, shared_sheet.counsel, "agreed")
    page = ReceivedPage.objects.get()
    assert (page.needs_person, shared_sheet.state(NORTH)) == (True, "in review")
    assert [one.block.entity for one in open_on_page(page) if one.block] == [SOUTH]


def test_an_accepted_copy_says_that_it_cured_the_defect(collection: Collection) -> None:
    defect = found_defective(collection)
    collection.send(returns.as_scan([collection.sheet(NORTH)], seed=3), "again.pdf")
    again = ReceivedPage.objects.latest("id")
    lines = frozenset(line["id"] for line in collection.page(NORTH).layout["lines"])
    review.accept(again, collection.counsel, review.Decision(lines))
    defect.refresh_from_db()
    assert (defect.outcome, defect.cured_by, defect.closed_by) == ("cured", again, collection.counsel)
    assert collection.state(NORTH) == "executed"


def test_the_database_holds_what_a_closed_defect_says(collection: Collection) -> None:
    defect = found_defective(collection)
    for outcome in ("waived", "cured"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Defect.objects.filter(pk=defect.pk).update(outcome=outcome, closed_at=defect.opened_at)
    Defect.objects.create(page=defect.page, block=None, code="illegible", opened_by=collection.counsel)
    with pytest.raises(IntegrityError), transaction.atomic():
        Defect.objects.create(page=defect.page, block=None, code="illegible", opened_by=collection.counsel)


@pytest.mark.django_db(transaction=True)
def test_of_two_people_one_settles_a_defect(collection: Collection) -> None:
    defect = found_defective(collection)
    outcomes: list[str] = []
    together = threading.Barrier(2)

    def waive() -> None:
        together.wait()
        try:
            defects.waive(Defect.objects.get(pk=defect.pk), collection.counsel, "agreed")
            outcomes.append("waived")
        except Overtaken:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=waive) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["told", "waived"]
    assert AuditEvent.objects.filter(action="defect waived").count() == 1


def test_on_the_desk_and_on_the_partys_screen(
    collection: Collection, client: Client, viewer: User, stranger: User
) -> None:
    defect = found_defective(collection, Defect.Code.AMOUNT, "6,500,000.00 on the page")
    block, slug = SignatureBlock.objects.get(entity=NORTH), collection.agreement.slug
    screens = [reverse("desk_page", args=[slug, defect.page_id]), reverse("holder", args=[slug, block.pk])]
    settle = reverse("defect_settle", args=[slug, defect.pk])
    assert client.post(settle).status_code == 302
    client.force_login(stranger)
    assert client.post(settle).status_code == 404
    client.force_login(viewer)
    assert client.post(settle).status_code == 403
    for screen in screens:
        shown = client.get(screen).content.decode()
        assert "The amount differs from the register" in shown
        assert "6,500,000" not in shown
        assert settle not in shown
    client.force_login(collection.counsel)
    for screen in screens:
        shown = client.get(screen).content.decode()
        assert "6,500,000.00 on the page" in shown
        assert settle in shown
    assert "Say why the defect is waived." in client.post(settle, {"do": "waive"}, follow=True).content.decode()
    assert "Ask again by letter" in client.get(screens[1]).content.decode()
    answer = client.post(settle, {"do": "again"}, follow=True)
    assert (answer.status_code, Defect.objects.get(pk=defect.pk).closed_at) == (200, None)
    said = client.post(settle, {"do": "cure", "words": "Register corrected", "at": "holder"}, follow=True)
    assert said.redirect_chain == [(screens[1], 302)]
    assert "Cured: The amount differs from the register." in said.content.decode()
    assert not open_of_block(block.pk).exists()
    # The party's screen offers to take it back, and comes back to itself.
    seen = re.search(r'form="undo" name="seen" value="(\d+)"', said.content.decode())
    assert seen is not None
    undo = {"seen": seen[1], "block": str(block.pk)}
    back = client.post(reverse("desk_undo", args=[slug]), undo, follow=True)
    assert back.redirect_chain == [(screens[1], 302)]
    assert open_of_block(block.pk).count() == 1


def test_of_two_blocks_on_a_sheet_it_is_said_which_one_was_accepted_and_which_is_not_signed(
    shared_sheet: Collection, client: Client
) -> None:
    shared_sheet.send(shared_sheet.scan(NORTH))
    page, slug = ReceivedPage.objects.get(), shared_sheet.agreement.slug
    line = shared_sheet.page(NORTH).layout["lines"][0]["id"]
    review.accept(page, shared_sheet.counsel, review.Decision(frozenset({line})))
    client.force_login(shared_sheet.counsel)
    assert f"Undo : accepted, {NORTH} ⌫" in text_of(client.get(reverse("desk", args=[slug])))
    board = client.get(reverse("board", args=[slug]))
    assert f"Page received, not signed: {SOUTH}" in text_of(board)
    south = shared_sheet.agreement.versions.get().blocks.get(entity=SOUTH)
    assert f'href="{reverse("holder", args=[slug, south.pk])}#defects"' in board.content.decode()
    assert 'id="defects"' in client.get(reverse("holder", args=[slug, south.pk])).content.decode()
