"""The site as it is started: health, headers, settings."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.mark.django_db
def test_health_answers_with_a_database(client: Any) -> None:
    response = client.get("/healthz", headers={"host": "probe.internal"})
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_pages_forbid_what_they_do_not_need(client: Any) -> None:
    response = client.get("/admin/login/")
    assert response.status_code == 200
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [1, 2])
def test_a_flush_leaves_no_job_to_the_next_test(attempt: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'none')")


@pytest.mark.django_db(transaction=True)
def test_a_browser_reads_a_page(page: Any) -> None:
    page.goto("/admin/login/")
    assert page.title().startswith("Log in")
