"""What holds at every address: headers, cookies, forgery, limits, redirects, and no secret in the log."""

from __future__ import annotations

import io
import logging
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from config.logs import WithoutSecrets
from holders.models import Signatory
from signatures.domain.counterparts import intake
from signatures.domain.packets import distribution
from signatures.models import Packet, Submission, User

from .conftest import LANTERN, NORTH, Collection
from .screens import text_of
from .test_strangers import INSIDE, address

pytestmark = pytest.mark.django_db
POLICY = {
    "default-src 'self'",
    "img-src 'self' data: blob:",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
}


@pytest.fixture
def link(collection: Collection) -> str:
    packet = collection.page(LANTERN).packet
    assert packet is not None
    return distribution.link_token(packet)


@pytest.fixture
def counsels(collection: Collection, client: Client) -> Client:
    client.force_login(collection.counsel)
    return client


# Headers ----------------------------------------------------------------------------------------------------------


def test_every_answer_has_the_policy_and_is_never_sniffed(collection: Collection, counsels: Client, link: str) -> None:
    collection.send(collection.scan(NORTH))
    outside = [reverse("sign_in"), reverse("portal", args=[link]), reverse("portal_pages", args=[link]), "/nowhere/"]
    seen: dict[int, int] = {}
    for here in [*outside, reverse("agreements"), *(address(one, collection) for one in INSIDE)]:
        answer = counsels.get(here)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
        assert set(answer["Content-Security-Policy"].split("; ")) == POLICY, here
        assert answer["X-Content-Type-Options"] == "nosniff", here
        assert answer["X-Frame-Options"] == "DENY", here
        assert answer["Referrer-Policy"] in {"same-origin", "no-referrer"}, here
        if not answer["Content-Type"].startswith(("text/html", "image/", "application/pdf")):
            assert answer["Content-Disposition"].startswith("attachment"), here
    assert seen[200] > 25 and seen[404] > 5


def test_a_file_that_came_is_handed_over_and_never_shown(collection: Collection, counsels: Client) -> None:
    submission = collection.send(b"<script>alert(1)</script>", 'a"b\r\nX: y.html', read=False)
    answer = counsels.get(reverse("original", args=[collection.agreement.slug, submission.public_id]))
    assert (answer["Content-Type"], "X" in answer.headers) == ("application/octet-stream", False)
    assert answer["Content-Disposition"].startswith("attachment; filename")


def test_a_link_is_kept_out_of_caches_and_search_engines(client: Client, link: str) -> None:
    for name in ("portal", "portal_live", "portal_pages", "portal_agreement"):
        answer = client.get(reverse(name, args=[link]))
        assert answer["Cache-Control"].startswith("private, no-store"), name
        assert answer["X-Robots-Tag"] == "noindex", name


def test_cookies_are_for_this_site_alone_and_not_for_scripts(counsel: User, client: Client) -> None:
    client.get(reverse("sign_in"))
    client.post(reverse("sign_in"), {"username": counsel.email, "password": "a long enough password"})
    own = client.cookies["sessionid"]
    assert (own["httponly"], own["samesite"], own["max-age"]) == (True, "Lax", 12 * 60 * 60)
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


# Forgery and redirects --------------------------------------------------------------------------------------------


def test_what_another_site_sends_is_refused(collection: Collection, link: str) -> None:
    client = Client(enforce_csrf_checks=True)
    file = {"files": SimpleUploadedFile("a.pdf", b"x")}
    assert client.post(reverse("portal_upload", args=[link]), file).status_code == 403
    assert client.post(reverse("sign_in"), {"username": "counsel@firm.example", "password": "x"}).status_code == 403
    client.force_login(collection.counsel)
    for one in INSIDE:
        assert client.post(address(one, collection)).status_code == 403, one.name
    assert Submission.objects.count() == 0


@pytest.mark.parametrize(
    "there", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_leads_to_no_other_site(counsel: User, client: Client, there: str) -> None:
    typed = {"username": counsel.email, "password": "a long enough password", "next": there}
    assert client.post(reverse("sign_in"), typed)["Location"] == "/"
    assert client.get(reverse("sign_in"), {"next": there})["Location"] == "/"


# Limits -----------------------------------------------------------------------------------------------------------


def test_ten_failures_shut_an_address_for_a_while(counsel: User, client: Client) -> None:
    wrong = {"username": counsel.email.upper(), "password": "wrong"}
    for _ in range(10):
        assert "do not belong together" in text_of(client.post(reverse("sign_in"), wrong))
    right = {"username": counsel.email, "password": "a long enough password"}
    assert "Wait ten minutes" in text_of(client.post(reverse("sign_in"), right))
    assert "_auth_user_id" not in client.session
    elsewhere = client.post(reverse("sign_in"), right, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 302


def test_behind_a_proxy_a_place_is_what_the_proxy_saw(counsel: User, client: Client, settings: Any) -> None:
    settings.COUNTERPART_BEHIND_PROXY = True
    wrong = {"username": counsel.email, "password": "wrong"}
    right = {"username": counsel.email, "password": "a long enough password"}
    for at in range(11):  # what a client says of itself stands in front, and counts for nothing
        client.post(reverse("sign_in"), wrong, headers={"X-Forwarded-For": f"198.51.100.{at}, 203.0.113.9"})
    shut = client.post(reverse("sign_in"), right, headers={"X-Forwarded-For": "203.0.113.9"})
    assert "Wait ten minutes" in text_of(shut)
    assert client.post(reverse("sign_in"), right, headers={"X-Forwarded-For": "203.0.113.10"}).status_code == 302


def test_what_is_counted_is_counted_for_ten_minutes(counsel: User, client: Client) -> None:
    for _ in range(2):
        client.post(reverse("sign_in"), {"username": counsel.email, "password": "wrong"})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM expires - now()) FROM counterpart_cache WHERE cache_key LIKE '%sign-in%'"
        )
        ((left,),) = cursor.fetchall()
    assert 590 < left <= 601


def sent(client: Client, link: str, *contents: bytes, script: bool = False) -> Any:
    files = [SimpleUploadedFile(f"page {at}.pdf", content) for at, content in enumerate(contents, 1)]
    headers = {"X-Requested-With": "upload"} if script else {}
    return client.post(reverse("portal_upload", args=[link]), {"files": files}, headers=headers)


def test_a_link_takes_no_file_that_is_too_large(client: Client, link: str, settings: Any) -> None:
    settings.COUNTERPART_MAX_FILE_BYTES = 3
    large = sent(client, link, b"four", script=True)
    assert (large.status_code, large.content.decode()[:27]) == (400, "page 1.pdf is larger than 3")
    shown = text_of(client.get(sent(client, link, b"four", b"two")["Location"]))
    assert "page 1.pdf is larger than 3" in shown and "Received: page 2.pdf." in shown
    assert [one.original_name for one in Submission.objects.all()] == ["page 2.pdf"]


def test_a_link_takes_so_much_an_hour_and_no_more(
    collection: Collection, client: Client, link: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "MOST_FILES_A_LINK", 2)
    assert [sent(client, link, b"x", script=True).status_code for _ in range(3)] == [201, 201, 400]
    packet = collection.page(NORTH).packet
    assert packet is not None
    other = distribution.link_token(packet)
    settings.COUNTERPART_MAX_FILE_BYTES = 3
    monkeypatch.setattr(intake, "MOST_FILLED_BY_A_LINK", 1)
    assert sent(client, other, b"xx", script=True).status_code == 201
    refused = sent(client, other, b"xx", script=True)
    assert "page 1.pdf was not taken: too much came through this link within an hour." in refused.content.decode()
    packet.submissions.update(received_at=packet.created_at.replace(year=2020))
    assert sent(client, other, b"xx", script=True).status_code == 201


# Names and secrets ------------------------------------------------------------------------------------------------


def test_no_name_leads_out_of_a_folder(collection: Collection, counsels: Client) -> None:
    Signatory.objects.filter(name="Otto Brand").update(name="../../etc/Otto \\ Brand")
    answer = counsels.get(reverse("packets_zip", args=[collection.agreement.slug]))
    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert len(names) == Packet.objects.count() == 3
    assert [name for name in names if "/" in name or "\\" in name or ".." in name] == []
    kept = collection.send(b"x", "../../etc/passwd", read=False)
    assert kept.original_name == "passwd"


def test_no_secret_of_an_address_is_logged(
    collection: Collection, client: Client, link: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.handler.addFilter(WithoutSecrets())
    assert client.get(reverse("portal_upload", args=[link])).status_code == 405
    Client(enforce_csrf_checks=True).post(reverse("portal_upload", args=[link]))
    client.post(f"/look/{link}/")
    choose = reverse("password_choose", args=["MQ", "c0ffee-secret"])
    logging.getLogger("django.request").warning("Not Found: %s", choose)
    assert link not in caplog.text and "c0ffee" not in caplog.text
    assert "/p/.../upload/" in caplog.text and "/look/.../" in caplog.text and "/password/choose/MQ/.../" in caplog.text


def test_every_line_of_the_log_goes_through_that(settings: Any) -> None:
    assert {name: one["filters"][-1] for name, one in settings.LOGGING["handlers"].items()} == {
        "stderr": "without secrets",
        "jobs": "without secrets",
    }
