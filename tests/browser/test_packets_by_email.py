"""In a browser from a Word document and a workbook to an e-mail that a real SMTP server caught; its link opens."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import openpyxl
import pytest

from signatures.domain.packets import posting
from signatures.models import Dispatch, User
from tests.signatures.conftest import DOCUMENT, REGISTER
from tests.signatures.postbox import Postbox, postbox
from tests.signatures.workers import do_what_waits

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

__all__ = ["postbox"]
pytestmark = pytest.mark.django_db(transaction=True)
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OFFICE_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def document() -> bytes:
    lines = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(line)}</w:t></w:r></w:p>' for line in DOCUMENT.splitlines()
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{DOCUMENT_TYPE}"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="a" Type="{OFFICE_DOCUMENT}" Target="word/document.xml"/></Relationships>',
        )
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{lines}</w:body></w:document>')
    return out.getvalue()


def workbook() -> bytes:
    import csv

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in csv.reader(io.StringIO(REGISTER.decode())):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_from_word_and_excel_to_an_email_whose_link_opens(
    counsel: User, page: Page, postbox: Postbox, sign_in: Callable[[Page, User], None]
) -> None:
    counsel.is_staff = True
    counsel.save()
    sign_in(page, counsel)
    page.get_by_role("link", name="New agreement").first.click()
    page.get_by_label("The agreement").set_input_files(file("consent.docx", document()))
    page.get_by_role("button", name="Read the agreement").click()
    page.get_by_text("Waiting for its turn").wait_for()
    do_what_waits()
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("A register as CSV or Excel").set_input_files(file("holders.xlsx", workbook()))
    page.get_by_role("button", name="Show what it will do").click()
    page.get_by_text("Waiting for its turn").wait_for()
    do_what_waits()
    page.get_by_role("button", name="Apply the good rows").click()
    page.get_by_text("Importing holders").wait_for()
    do_what_waits()
    page.get_by_text("Last import: holders").wait_for()
    page.get_by_role("link", name="On to the pages").click()
    page.get_by_role("button", name="Issue these pages").click()
    page.get_by_text("Issued: 4 pages.").wait_for()
    page.get_by_role("button", name="Send all not sent").click()
    page.get_by_text("2 letters are on the way.").wait_for()
    for one in Dispatch.objects.all():
        posting.send(one.pk)
    page.reload()
    assert page.get_by_role("link", name=re.compile("^Packet sent ")).count() == 2
    message = next(one for one in postbox.caught if one["To"] == "brand@pier.example")
    body = message.get_body(("plain",))
    assert body is not None
    link = re.search(r"http://\S+/p/\S+", body.get_content())
    assert link is not None
    page.goto(link.group(0))
    page.get_by_text("North Pier Fund").first.wait_for()
    assert "Lantern" not in page.content()
