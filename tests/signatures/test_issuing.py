"""Issuing: every block once, bound to the version, alike when exported again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from signatures.domain.documents import blocks
from signatures.domain.errors import Refused
from signatures.domain.pages import blanks, issuing
from signatures.domain.register import parties
from signatures.models import Agreement, AuditEvent, SignaturePage, User
from signatures.paper.code import parse_page_number, parse_payload

from .conftest import LANTERN, NORTH, SOUTH, Collection

pytestmark = pytest.mark.django_db


def test_what_was_read_from_the_document(agreement: Agreement) -> None:
    found = [(block.entity.upper(), block.role) for block in agreement.versions.get().blocks.all()]
    assert found == [
        ("HARBOR LIGHT CORPORATION", "issuer"),
        (NORTH.upper(), "holder"),
        (SOUTH.upper(), "holder"),
        (LANTERN.upper(), "holder"),
    ]
    assert agreement.notes is not None
    assert (agreement.notes.title, str(agreement.as_of)) == ("9% Senior Notes due June 1, 2025", "2021-03-03")
    assert "fax" in agreement.delivering_channels


def test_one_block_a_page_and_one_pdf_a_packet(collection: Collection) -> None:
    pages = list(SignaturePage.objects.order_by("id"))
    assert [page.blocks.count() for page in pages] == [1, 1, 1, 1]
    assert len({page.pdf_id for page in pages}) == 3
    assert {page.version_sha256 for page in pages} == {collection.agreement.versions.get().pdf_id}


def test_issuing_again_issues_nothing_and_exports_the_same_bytes(collection: Collection, tmp_path: Path) -> None:
    issuing.export(collection.agreement, tmp_path / "one")
    assert issuing.issue(collection.agreement, collection.counsel) == []
    issuing.export(collection.agreement, tmp_path / "two")
    one, two = ({file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert AuditEvent.objects.filter(action="pages issued").count() == 1


def test_the_pictures_of_pages_are_made_once_and_after_issuing(collection: Collection) -> None:
    agreement = collection.agreement
    assert SignaturePage.objects.filter(blank=None).count() == 4
    assert ProcrastinateJob.objects.filter(task_name=blanks.MAKE_TASK, args={"agreement_id": agreement.pk}).count() == 1
    first = SignaturePage.objects.earliest("id")
    made_now = blanks.blank_of(first)
    assert blanks.make(agreement.pk) == 3
    assert blanks.make(agreement.pk) == 0
    assert SignaturePage.objects.get(pk=first.pk).blank == made_now
    assert not SignaturePage.objects.filter(blank=None).exists()


def test_issuing_takes_as_many_queries_for_a_packet_whatever_its_pages(
    agreement: Agreement, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(36):
        issuing.issue(agreement, None)


def test_the_manifest_names_every_line_and_code(collection: Collection, tmp_path: Path) -> None:
    assert issuing.export(collection.agreement, tmp_path) == 4
    rows = [json.loads(line) for line in (tmp_path / "pages.jsonl").read_text().splitlines()]
    for row in rows:
        seen = parse_payload(row["payload"])
        assert seen is not None
        assert parse_page_number(row["id"]) == seen.key
        assert len(row["codes"]) == 2
        assert (tmp_path / row["pdf"]).read_bytes().startswith(b"%PDF")
    assert [row["blocks"][0]["signer"] for row in rows] == ["Ada Quill", "Otto Brand", "Otto Brand", "Ruth Vale"]
    assert [field["name"] for field in rows[1]["blocks"][0]["fields"]] == ["amount"]


def test_two_blocks_of_one_signatory_share_a_sheet_of_their_packet(shared_sheet: Collection) -> None:
    sheet = shared_sheet.page(NORTH)
    assert {block.entity for block in sheet.blocks.all()} == {NORTH, SOUTH}
    assert sheet.packet is not None
    assert shared_sheet.page(LANTERN).blocks.count() == 1


def long_chain(agreement: Agreement, *names: str) -> None:
    for block in blocks.execution_version(agreement).blocks.filter(entity__in=names):
        parties.set_chain(block.party, [(f"{block.entity} Step {at} Management LLC", "Manager", "") for at in range(5)])
        blocks.ensure(agreement, block.party)


def test_blocks_that_do_not_fit_on_one_sheet_are_parted(agreement: Agreement, counsel: User) -> None:
    long_chain(agreement, NORTH, SOUTH)
    pages = issuing.issue(agreement, counsel, issuing.Arrangement(per_signatory=2))
    assert [[block.entity for block in page.blocks.order_by("placed__position")] for page in pages] == [
        [pages[0].blocks.get().entity],
        [NORTH],
        [SOUTH],
        [LANTERN],
    ]
    assert pages[1].packet_id == pages[2].packet_id


def test_a_shared_sheet_that_is_parted_to_single_blocks_leaves_the_pages_of_their_own(
    agreement: Agreement, counsel: User
) -> None:
    long_chain(agreement, NORTH, SOUTH, LANTERN)
    pages = issuing.issue(agreement, counsel, issuing.Arrangement(blocks_per_page=2))
    shown = sorted(block.entity for page in pages for block in page.blocks.all() if block.role == "holder")
    assert (shown, {page.blocks.count() for page in pages}) == (sorted([NORTH, SOUTH, LANTERN]), {1})
    assert all(page.packet_id for page in pages)


def test_an_issued_block_is_not_corrected(collection: Collection) -> None:
    block = collection.page(LANTERN).blocks.get()
    with pytest.raises(Refused, match="issued page"):
        blocks.correct(block, collection.counsel, entity="Other", role="holder", address="", chain=[], lines=[])


def test_a_block_is_corrected_before_it_is_issued(agreement: Agreement, counsel: User) -> None:
    block = agreement.versions.get().blocks.get(entity__iexact=LANTERN)
    corrected = blocks.correct(
        block,
        counsel,
        entity="Lantern Capital II LLC",
        role="holder",
        address="9 Mill Street",
        chain=[("Lamp LLC", "manager", "")],
        lines=[blocks.LineToPrint("Ruth Vale", ""), blocks.LineToPrint("Ida Moss", "Director")],
    )
    assert corrected.pk == block.pk
    assert (corrected.entity, corrected.chain[0]["entity"]) == ("Lantern Capital II LLC", "Lamp LLC")
    assert [(line.name, line.title) for line in corrected.lines.all()] == [("Ruth Vale", ""), ("Ida Moss", "Director")]


def test_a_page_with_two_signature_lines_names_each(agreement: Agreement, counsel: User) -> None:
    block = agreement.versions.get().blocks.get(entity__iexact=LANTERN)
    lines = [blocks.LineToPrint("Ruth Vale", "Director"), blocks.LineToPrint("Ida Moss", "Director")]
    blocks.correct(block, counsel, entity=LANTERN, role="holder", address="", chain=[], lines=lines)
    issuing.issue(agreement, counsel)
    layout = SignaturePage.objects.get(blocks__entity=LANTERN).layout
    assert [line["id"] for line in layout["lines"]] == [f"b{block.pk}-1", f"b{block.pk}-2"]


def test_an_arrangement_that_makes_no_sense_is_refused(agreement: Agreement, counsel: User) -> None:
    with pytest.raises(Refused, match="at least one block"):
        issuing.issue(agreement, counsel, issuing.Arrangement(blocks_per_page=0))
