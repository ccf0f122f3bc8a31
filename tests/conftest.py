"""What all tests share: a PostgreSQL of their own, a browser, and the check of a page's accessibility."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import hypothesis
import pytest

from config import database
from config.database_url import django_database

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

hypothesis.settings.register_profile("counterpart", deadline=None, max_examples=50)
hypothesis.settings.load_profile("counterpart")

# Tables that belong to no model of ours, so a flush leaves their rows to the next test.
_UNMANAGED = (
    "procrastinate_events, procrastinate_jobs, procrastinate_periodic_defers, procrastinate_workers, counterpart_cache"
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the checks against ../shared out unless they are asked for: they take long, and most checkouts lack it."""
    shared = Path(__file__).parent / "shared"
    asked_for = any(Path(argument.split("::")[0]).absolute().is_relative_to(shared) for argument in config.args)
    return True if collection_path == shared and not asked_for else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    # The longest first: the processes begin with a part of the list each, and take from the end of the other's.
    items.sort(key=lambda item: (item.path.name != "test_bootstrap_demo.py", not item.get_closest_marker("browser")))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> IO[str] | None:
    """Lead the connection to the server of this run, or to that of DATABASE_URL if it is set.

    On the server of this run the first process migrates, and the others wait and take a copy: returns the file that
    names what there is to copy, locked.
    """
    if os.environ.get("DATABASE_URL"):
        return None
    from django.db import connection

    data = Path(os.environ["COUNTERPART_TEST_DATA"])
    wanted = django_database(database.use_server(data))
    connection.settings_dict.update({name: wanted[name] for name in ("USER", "PASSWORD", "HOST", "PORT")})
    migrated = (data / "run" / "migrated").open("a+")
    fcntl.flock(migrated, fcntl.LOCK_EX)
    migrated.seek(0)
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated.read() or None
    return migrated


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: Any, django_db_modify_db_settings: IO[str] | None
) -> Iterator[None]:
    """Let a flush empty also the append-only tables, whose triggers refuse it, and those of no model.

    While a browser is there its event loop gives this thread a second connection: hence the class, not the object.
    """
    from django.db import connection
    from django.db.backends.postgresql.operations import DatabaseOperations

    if migrated := django_db_modify_db_settings:
        if connection.settings_dict["TEST"]["TEMPLATE"] is None:
            with django_db_blocker.unblock():
                connection.close()  # what is copied may be in nobody's use
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f"CREATE DATABASE migrated TEMPLATE {connection.settings_dict['NAME']}")
            migrated.write("migrated")
        migrated.close()
    flush = DatabaseOperations.execute_sql_flush

    def flush_all(operations: DatabaseOperations, sql_list: Iterable[str]) -> None:
        with operations.connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            try:
                flush(operations, [*sql_list, f"TRUNCATE {_UNMANAGED}"])
            finally:
                cursor.execute("SET session_replication_role = DEFAULT")

    DatabaseOperations.execute_sql_flush = flush_all  # type: ignore[method-assign, assignment]
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        # The browser's connections to the test server are kept alive, and with them those to the database.
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# Browser ----------------------------------------------------------------------------------------------------------


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
    return os.environ.get("COUNTERPART_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


def _lacking_for_the_browser(path: str | None) -> str:
    """Return what this machine lacks to open a page in the Chromium at path, or nothing."""
    import playwright

    if path is None:
        return "There is no Chromium on this machine (on Debian: apt install chromium libatomic1)."
    driver = Path(playwright.__file__).parent / "driver" / "node"
    tried = subprocess.run([driver, "--version"], capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return ""
    return f"What drives Chromium does not start (on Debian: apt install libatomic1): {tried.stderr.strip()}"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium without a window. Skips where there is none, but fails where CI is set."""
    from playwright.sync_api import sync_playwright

    path = _chromium()
    message = _lacking_for_the_browser(path)
    if message:
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    flags = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    flags += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    # It shows our own pages only, and neither root nor most containers can have a sandbox.
    flags.append("--no-sandbox")
    with sync_playwright() as playwright:
        program = playwright.chromium.launch(executable_path=path, headless=True, args=flags)
        yield program
        program.close()


@pytest.fixture
def browser(chromium: Browser, live_server: Any, settings: Any) -> Iterator[BrowserContext]:
    """A fresh browser without cookies, 1280 by 900, for which "/" is the site's first page.

    Everything that a test looks for should be there within 10 seconds.
    """
    settings.COUNTERPART_BASE_URL = live_server.url
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(browser: BrowserContext) -> Iterator[Page]:
    """One tab. The test fails when the page had an error of its own, such as one of its scripts or of its policy."""
    tab = browser.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on("console", lambda message: errors.extend([message.text] if "Security Policy" in message.text else []))
    yield tab
    tab.close()
    assert errors == []


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """A check that the page as it stands has no violation of WCAG 2.1 A and AA that axe can find.

    Of a page in dark colours only the contrast is looked at: all else is as it is in light ones.
    """
    from axe_playwright_python.sync_playwright import Axe, AxeResults

    program = Axe().axe_script
    tags = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
    contrast = {"type": "rule", "values": ["color-contrast"]}

    def check(page: Page) -> None:
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        options = {"runOnly": contrast if dark else tags, "resultTypes": ["violations"]}  # all else is not described
        if not page.evaluate("'axe' in window"):
            page.evaluate(program)
        results = AxeResults(page.evaluate(f"axe.run({json.dumps(options)})"))
        assert results.violations_count == 0, results.generate_report()

    return check
