"""The screens of versions and of earlier signatures: upload, compare, adopt, decide for some or all, take it back."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http.response import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.names import fold
from signatures.domain.documents import carrying
from signatures.domain.pages import issuing
from signatures.domain.register import register
from signatures.domain.register.register_file import read_table
from signatures.models import CarryOver, TextComparison, User, Version, VersionReading

from .conftest import DOCUMENT, LANTERN, NORTH, SOUTH, Collection
from .revised import BEACON, REVISED, block_of, come_back, lines_of, revise, sign
from .screens import text_of
from .test_carrying import AGAIN, CARRIES, EMAIL, executed
from .workers import do_what_waits, new_version

pytestmark = pytest.mark.django_db
SAID = {"authority": "email", "given_by": "Ruth Vale", "given_on": "2021-03-09", "words": "Agreed."}


@pytest.fixture
def signed_in(client: Client, collection: Collection) -> Client:
    client.force_login(collection.counsel)
    return client


def address(collection: Collection, name: str, *rest: object) -> str:
    return reverse(name, args=[collection.agreement.slug, *rest])


def goes_to(answer: HttpResponseBase) -> str:
    assert answer.status_code == 302
    return answer["Location"]


def file(text: str = REVISED) -> SimpleUploadedFile:
    return SimpleUploadedFile("consent-2.txt", text.encode())


def test_from_upload_to_adoption_and_back(signed_in: Client, collection: Collection) -> None:
    url = address(collection, "versions")
    assert b"Version 1" in signed_in.get(url).content
    answer = signed_in.post(url, {"document": file(DOCUMENT)})
    assert (answer.status_code, b"very file of version 1" in answer.content) == (422, True)
    second = address(collection, "version", 2)
    assert goes_to(signed_in.post(url, {"document": file("Nothing to sign.")})) == url
    do_what_waits()
    assert "No signature blocks were found in this document. Is it the whole agreement?" in text_of(signed_in.get(url))
    assert goes_to(signed_in.post(url, {"document": file()})) == url
    assert "Reading consent-2.txt Waiting for its turn" in text_of(signed_in.get(url))
    assert signed_in.post(url, {"document": file("More")}).status_code == 422
    live = address(collection, "version_live", VersionReading.objects.latest("pk").pk)
    assert b"<progress" in signed_in.get(live).content
    do_what_waits()
    assert signed_in.get(live)["HX-Redirect"] == second
    assert "was not taken" not in text_of(signed_in.get(url))
    shown = signed_in.get(second).content.decode()
    for said in (SOUTH, BEACON, "Ruth Vale, Director → Ruth Vale, Managing Director", "<ins>until May 1, 2021,</ins>"):
        assert said in shown, said
    assert signed_in.post(second, {"do": "dance"}).status_code == 422
    assert goes_to(signed_in.post(second, {"do": "adopt"})) == address(collection, "pages")
    assert "Signed now" in signed_in.get(url).content.decode()
    assert goes_to(signed_in.post(second, {"do": "adopt"})) == second
    assert goes_to(signed_in.post(second, {"do": "withdraw"})) == url
    assert Version.objects.get(agreement=collection.agreement, is_execution=True).number == 1


def test_texts_that_were_not_compared_yet_are_compared_when_counsel_asks(
    signed_in: Client, collection: Collection
) -> None:
    new_version(collection.agreement, REVISED.encode(), "consent-2.txt", collection.counsel)
    TextComparison.objects.all().delete()
    second = address(collection, "version", 2)
    assert "The texts were not compared yet." in text_of(signed_in.get(second))
    assert goes_to(signed_in.post(second, {"do": "compare"})) == address(collection, "versions")
    do_what_waits()
    assert "<ins>until May 1, 2021,</ins>" in signed_in.get(second).content.decode()


def test_a_renamed_party_is_one_by_a_tick(signed_in: Client, collection: Collection) -> None:
    text = REVISED.replace("Lantern Capital LLC", "Lantern Capitals LLC").replace("LANTERN CAPITAL", "LANTERN CAPITALS")
    signed_in.post(address(collection, "versions"), {"document": file(text)})
    do_what_waits()
    second = address(collection, "version", 2)
    assert b"They are one" in signed_in.get(second).content
    value = f"holder {fold('Lantern Capitals LLC')}"
    assert f'value="{value}"' in signed_in.get(second).content.decode()
    signed_in.post(second, {"do": "adopt", "same": value})
    block = Version.objects.get(number=2).blocks.get(entity="Lantern Capitals LLC")
    assert block.party.blocks.count() == 2


def test_bulk_decisions_filters_and_undo(signed_in: Client, collection: Collection) -> None:
    sign(collection, LANTERN)
    sign(collection, NORTH)
    version = revise(collection)
    url = address(collection, "carry_over")
    shown = signed_in.get(url + "?show=ask").content.decode()
    assert LANTERN in shown and NORTH in shown and BEACON not in shown
    refused = signed_in.post(url, {"do": "carries", "block": f"{block_of(version, LANTERN).pk}:0"})
    assert (refused.status_code, b"under which authority" in refused.content) == (422, True)
    assert b"Tick those" in signed_in.post(url, SAID | {"do": "carries"}).content
    answer = signed_in.post(url + "?show=ask", SAID | {"do": "carries", "everyone": "yes"})
    assert goes_to(answer) == url + "?show=ask"
    assert "Carries over: 2 parties." in str(next(iter(get_messages(answer.wsgi_request))))
    assert executed(collection) == 7_000_000
    assert LANTERN not in signed_in.get(url + "?show=ask").content.decode()
    assert "e-mail of Ruth Vale on 9 March 2021" in signed_in.get(url + "?show=carries").content.decode()
    signed_in.post(url, {"do": "undo"})
    assert executed(collection) == 0
    stale = {"do": "again", "block": f"{block_of(version, LANTERN).pk}:77"}
    assert goes_to(signed_in.post(url, stale)) == url
    assert not CarryOver.objects.filter(closed_at=None).exists()


def test_what_shows_it_is_kept_for_who_may_see_amounts(signed_in: Client, collection: Collection, viewer: User) -> None:
    sign(collection, LANTERN)
    version = revise(collection)
    url = address(collection, "carry_over")
    shows = SimpleUploadedFile("mail.eml", b"From: Ruth Vale", "message/rfc822")
    signed_in.post(url, SAID | {"do": "carries", "block": f"{block_of(version, LANTERN).pk}:0", "file": shows})
    row = CarryOver.objects.get()
    assert (row.file_name, row.words) == ("mail.eml", "Agreed.")
    evidence = address(collection, "carry_over_evidence", row.pk)
    answer = signed_in.get(evidence)
    assert (answer.content, answer["Content-Disposition"]) == (b"From: Ruth Vale", 'attachment; filename="mail.eml"')
    assert "mail.eml" in signed_in.get(url).content.decode()
    signed_in.force_login(viewer)
    assert signed_in.get(evidence).status_code == 403
    assert "mail.eml" not in signed_in.get(url).content.decode()


def test_the_board_and_the_pages_say_what_is_undecided(signed_in: Client, collection: Collection) -> None:
    sign(collection, LANTERN)
    sign(collection, NORTH)
    version = revise(collection)
    board, pages = address(collection, "board"), address(collection, "pages")
    assert "Signed version 1: nobody has decided whether that carries over" in signed_in.get(board).content.decode()
    assert "2 parties signed an earlier version" in signed_in.get(pages).content.decode()
    carrying.decide(version, collection.counsel, CARRIES, {block_of(version, NORTH).pk: None}, EMAIL)
    carrying.decide(version, collection.counsel, AGAIN, {block_of(version, LANTERN).pk: None})
    shown = signed_in.get(board).content.decode()
    assert "Carries over from version 1: e-mail of Ruth Vale" in shown
    assert "nobody has decided" not in shown
    assert shown.count("</a> of version 1") == 1
    waiting = come_back(collection, LANTERN)
    shown = signed_in.get(board).content.decode()
    assert shown.count("</a> of version 1") == 2
    assert address(collection, "desk_page", waiting.pk) in shown
    assert "signed an earlier version" not in signed_in.get(pages).content.decode()
    old = Version.objects.get(number=1)
    moved = signed_in.get(address(collection, "holder", block_of(old, LANTERN).pk))
    assert goes_to(moved) == address(collection, "holder", block_of(version, LANTERN).pk)
    assert signed_in.get(address(collection, "holder", block_of(old, SOUTH).pk)).status_code == 404


@pytest.mark.parametrize("name", ["versions", "carry_over"])
def test_who_may_see_and_act(client: Client, collection: Collection, viewer: User, stranger: User, name: str) -> None:
    sign(collection, LANTERN)
    revise(collection)
    url = address(collection, name)
    client.force_login(viewer)
    assert client.get(url).status_code == 200
    assert client.post(url, {"do": "again"}).status_code == 403
    assert client.post(address(collection, "version", 2), {"do": "withdraw"}).status_code == 403
    assert b"may not see those" in client.get(address(collection, "version", 2)).content
    client.force_login(stranger)
    for one in (url, address(collection, "version", 2)):
        assert (client.get(one).status_code, client.post(one).status_code) == (404, 404)


@pytest.mark.parametrize(("name", "queries"), [("carry_over", 13), ("versions", 8)])
def test_the_number_of_queries_does_not_depend_on_the_size(
    signed_in: Client, collection: Collection, name: str, queries: int
) -> None:
    rows = "".join(f"Holder {at} LLC,1000,h{at}@fund.example,Person {at}\n" for at in range(29))
    table = read_table(f"holder,principal,email,signatory\n{rows}".encode(), "register.csv")
    register.apply(collection.agreement, register.plan(collection.agreement, table), collection.counsel)
    sign(collection, LANTERN)
    version = revise(collection)
    for size in (1, 30):
        if size == 30:
            issuing.issue(collection.agreement, collection.counsel)
            for block in version.blocks.filter(entity__startswith="Holder"):
                source = Version.objects.get(number=1).blocks.get(party=block.party)
                CarryOver.objects.create(block=block, source=source, answer="asked", opened_by=collection.counsel)
        with CaptureQueriesContext(connection) as counted:
            shown = signed_in.get(address(collection, name))
        assert len(counted) == queries, [one["sql"][:160] for one in counted]
        assert name != "carry_over" or shown.content.count(b"data-row-open") == size


def test_the_desk_accepts_a_page_of_the_old_version_under_a_carry_over(
    signed_in: Client, collection: Collection
) -> None:
    version = revise(collection)
    page = come_back(collection, LANTERN)
    shown = signed_in.get(address(collection, "desk_page", page.pk)).content.decode()
    assert "A page of version 1" in shown and "Accept under a carry-over" in shown
    decide = address(collection, "desk_decide", page.pk)
    (line,) = lines_of(page).signed
    said = {"do": "accept", f"block-{line}": "signed", "authority": "", "given_by": "", "given_on": ""}
    refused = signed_in.post(decide, said)
    assert (refused.status_code, b"under which authority" in refused.content) == (422, True)
    assert signed_in.post(decide, said | SAID).status_code == 302
    assert (block_of(version, LANTERN).state, executed(collection)) == ("executed", 1_000_000)
    shown = signed_in.get(address(collection, "desk_page", page.pk)).content.decode()
    assert "Lantern Capital LLC carries over: e-mail of Ruth Vale on 9 March 2021" in shown
    found = signed_in.get(address(collection, "desk_find"), {"find": "Lantern"}).content.decode()
    assert f"{collection.page(LANTERN)}, version 1, superseded" in found
