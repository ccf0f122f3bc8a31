"""The import of a register in the background: its outcome, its progress, its screen, and a worker that is killed."""

from __future__ import annotations

import signal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from holders.models import Holding, Party
from signatures.domain import files, work
from signatures.domain.errors import Refused
from signatures.domain.register import register, register_import
from signatures.domain.register.register_file import write_csv
from signatures.models import Agreement, AuditEvent, Membership, RegisterImport, User

from .conftest import LANTERN
from .screens import text_of
from .workers import do_what_waits, handed_in, start_worker, wait_until

MAPPING = {"holder": 0, "principal": 1}
MIXED = b"holder,principal\nBeacon LLC,5\nLantern Capital LLC,1500000\nOdd Fund,two\n=Sum LLC,x\n"


def queued(agreement: Agreement, by: User, data: bytes = MIXED) -> RegisterImport:
    stored = files.keep(data, "application/octet-stream")
    return register_import.queue(agreement, stored, "holders.csv", MAPPING, {}, by)


def after(one: RegisterImport) -> RegisterImport:
    one.refresh_from_db()
    return one


# What comes of it -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_good_rows_are_imported_and_bad_ones_kept_with_their_reasons(agreement: Agreement, counsel: User) -> None:
    one = queued(agreement, counsel)
    assert not Party.objects.filter(name="Beacon LLC").exists()
    register_import.run(one.pk)
    after(one)
    assert (one.state, one.rows, one.rows_done, one.added, one.updated) == ("done", 4, 4, 1, 1)
    assert one.refused == [[4, "Odd Fund", "“two” is not an amount."], [5, "=Sum LLC", "“x” is not an amount."]]
    assert register_import.refused_file(one).decode("utf-8-sig").splitlines() == [
        "row,why refused,holder,principal",
        "4,“two” is not an amount.,Odd Fund,two",
        "5,“x” is not an amount.,'=Sum LLC,x",
    ]
    event = AuditEvent.objects.get(action="register imported", data__added=1)
    assert (event.actor, event.data["sha256"]) == (counsel, one.file_id)


@pytest.mark.django_db
def test_the_same_file_again_and_the_same_job_again_change_nothing(agreement: Agreement, counsel: User) -> None:
    one = queued(agreement, counsel)
    register_import.run(one.pk)
    before = list(Holding.objects.order_by("pk").values_list("pk", "closed_at"))
    register_import.run(one.pk)
    again = queued(agreement, counsel)
    register_import.run(again.pk)
    after(again)
    assert (again.state, again.added, again.updated, len(again.refused)) == ("done", 0, 0, 2)
    assert list(Holding.objects.order_by("pk").values_list("pk", "closed_at")) == before


@pytest.mark.django_db
def test_one_register_at_a_time_and_never_without_holders(agreement: Agreement, counsel: User) -> None:
    stored = files.keep(MIXED, "application/octet-stream")
    with pytest.raises(Refused, match="which column names the holder"):
        register_import.queue(agreement, stored, "r.csv", {"principal": 1}, {}, counsel)
    one = queued(agreement, counsel)
    with pytest.raises(Refused, match=r"holders\.csv is being imported already"):
        queued(agreement, counsel)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterImport.objects.create(agreement=agreement, file=stored, name="x", mapping={}, asked_by=counsel)
    work.give_up(RegisterImport, one.pk, register_import.GIVEN_UP)
    assert queued(agreement, counsel).pk != one.pk


@pytest.mark.django_db
def test_what_cannot_be_read_any_more_says_that_nothing_was_changed(agreement: Agreement, counsel: User) -> None:
    one = queued(agreement, counsel, b"\0\0")
    register_import.run(one.pk)
    assert (after(one).state, one.reason) == ("refused", "This is neither a CSV file nor an XLSX workbook.")
    one = queued(agreement, counsel, b"holder\nGone LLC\n")
    path = files.path_of(one.file_id)
    path.chmod(0o600)
    path.unlink()
    register_import.run(one.pk)
    assert (after(one).state, one.reason) == ("refused", register_import.GONE)
    work.give_up(RegisterImport, one.pk, "too late")
    assert after(one).reason == register_import.GONE


# Killed -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_has_changed_nothing_and_the_next_one_does_it_all(
    agreement: Agreement, counsel: User
) -> None:
    rows = "\n".join(f"Fund {at} of Kestrel Row LLC,{at}" for at in range(2_000))
    one = queued(agreement, counsel, f"holder,principal\n{rows}\n".encode())
    worker = start_worker()
    try:
        wait_until(lambda: register.CHUNK <= after(one).rows_done < 2_000)
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        assert (one.rows, after(one).state) == (2_000, "running")
        assert Party.objects.filter(name__contains="Kestrel").count() == 0
        worker = start_worker()
        wait_until(lambda: not after(one).is_under_way)
    finally:
        worker.kill()
        worker.wait()
    assert (one.state, one.added, one.rows_done) == ("done", 2_000, 2_000)
    assert Party.objects.filter(name__contains="Kestrel").count() == 2_000
    assert AuditEvent.objects.filter(action="register imported", data__added=2_000).count() == 1


# The screen -------------------------------------------------------------------------------------------------------


def shown(client: Client, agreement: Agreement) -> str:
    return text_of(client.get(reverse("register", args=[agreement.slug])))


@pytest.mark.django_db
def test_counsel_confirms_the_preview_and_sees_how_far_it_is(signed_in: Client, agreement: Agreement) -> None:
    address = reverse("register", args=[agreement.slug])
    preview = handed_in(signed_in, agreement, MIXED).context["preview"]["url"]
    said = {"column-0": "holder", "column-1": "principal"}
    assert signed_in.post(preview, said | {"do": "apply"})["Location"] == address
    one = RegisterImport.objects.get()
    live = reverse("register_live", args=[agreement.slug, one.pk])
    waiting = signed_in.get(address).content.decode()
    assert f'hx-get="{live}"' in waiting and "Waiting for its turn" in waiting and 'type="file"' not in waiting
    twice = signed_in.post(preview, said | {"do": "apply"})
    assert twice.status_code == 422 and "holders.csv is being imported already" in twice.content.decode()
    for compared, done, sentence, value in (
        (2, 0, "Compared with the register: 2 of 4 rows", 2),
        (4, 2, "Written: 2 of", 6),
    ):
        RegisterImport.objects.update(state="running", rows=4, compared=compared, rows_done=done)
        part = signed_in.get(live).content.decode()
        assert sentence in part and f'<progress value="{value}" max="8"' in part
    do_what_waits()
    register_import.run(one.pk)
    assert signed_in.get(live)["HX-Refresh"] == "true"
    said_after = shown(signed_in, agreement)
    assert "1 added, 1 changed, 0 as they were, 2 refused" in said_after and "“two” is not an amount." in said_after


@pytest.mark.django_db
def test_an_import_that_did_not_come_about_says_so(signed_in: Client, agreement: Agreement, counsel: User) -> None:
    work.give_up(RegisterImport, queued(agreement, counsel).pk, register_import.GIVEN_UP)
    assert f"Nothing was changed. {register_import.GIVEN_UP}" in shown(signed_in, agreement)


@pytest.mark.django_db
def test_who_sees_what_of_an_import(
    agreement: Agreement, counsel: User, viewer: User, stranger: User, client: Client
) -> None:
    one = queued(agreement, counsel)
    register_import.run(one.pk)
    addresses = [reverse(name, args=[agreement.slug, one.pk]) for name in ("register_live", "register_refused")]
    other = Agreement.objects.create(slug="other", title="Other", issuer=agreement.issuer)
    Membership.objects.create(agreement=other, user=counsel, role="counsel")
    for user, answers in ((counsel, [200, 200]), (viewer, [200, 404]), (stranger, [404, 404])):
        client.force_login(user)
        assert [client.get(address).status_code for address in addresses] == answers
    client.force_login(counsel)
    assert client.get(reverse("register_refused", args=[other.slug, one.pk])).status_code == 404
    client.force_login(viewer)
    assert "2 refused" in shown(client, agreement) and "“two”" not in shown(client, agreement)


@pytest.mark.django_db
def test_the_screen_takes_the_same_queries_for_three_and_for_thirty(
    signed_in: Client, agreement: Agreement, counsel: User
) -> None:
    def counted() -> int:
        with CaptureQueriesContext(connection) as found:
            shown(signed_in, agreement)
        return len(found)

    register_import.run(queued(agreement, counsel).pk)
    few = counted()
    rows: list[dict[str, Any]] = [{"holder": f"Kestrel Row {at} LLC", "principal": str(at)} for at in range(27)]
    data = write_csv(rows).replace(b"holder,principal,", b"holder,principal,", 1)
    register_import.run(queued(agreement, counsel, data).pk)
    assert Party.objects.filter(name=LANTERN).exists() and counted() == few
