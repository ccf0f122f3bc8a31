"""Presses the keys of the desk in Chromium, as one who knows them, and says how long a page takes."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management.base import CommandError
from django.test import Client
from django.test.testcases import LiveServerThread
from django.test.utils import override_settings
from django.urls import reverse

from signatures.domain import files
from signatures.management.benchmarks.crowd import crowd
from signatures.models import Agreement, ReceivedPage, SignaturePage, User
from signatures.paper.upright import jpeg, thumbnail

# The next page stands there with its picture, or the queue is empty.
_NEXT = """before => {
  const form = document.getElementById("decide");
  if (!form) return Boolean(document.querySelector(".desk-done"));
  const picture = document.querySelector('[data-sheet="received"] img');
  return form.action !== before && picture !== null && picture.complete && picture.naturalWidth > 0;
}"""
_FLAGS = ["--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-dev-shm-usage"]
_FLAGS += ["--no-sandbox"]  # it shows our own pages only


def measure(pages: int = 200) -> dict[str, Any]:
    """Return the figures that `bench desk` prints: from a key to the next page with its picture.

    Nine pages of ten are accepted (Enter), every tenth gets a defect (D, 2). Raises CommandError without a browser,
    RuntimeError where not every page was decided about.
    """
    if missing():
        raise CommandError(missing())
    user = User.objects.create_user("bench@counterpart.example", name="Maya Fenwick")
    agreement = crowd(user, 7 * pages, 7 * pages)
    leave_in_queue(agreement, pages)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    with _served() as base:
        seconds = _press(base, client.cookies[settings.SESSION_COOKIE_NAME].value, agreement, pages)
    decided = ReceivedPage.objects.filter(agreement=agreement, settled_by=user).count()
    if decided != pages:
        raise RuntimeError(f"{decided} of {pages} pages were decided about.")
    return {
        "pages": pages,
        "seconds_per_page": round(sum(seconds) / pages, 2),
        "median_seconds": round(median(seconds), 2),
        "slowest_seconds": round(max(seconds), 2),
    }


def missing() -> str:
    """Return what this machine lacks for it, in a sentence, or nothing."""
    if find_spec("playwright") is None:
        return "The desk needs playwright to be measured, which requirements-test.lock names."
    return "" if _chromium() else "The desk needs Chromium to be measured (on Debian: apt install chromium libatomic1)."


def _chromium() -> str | None:
    return os.environ.get("COUNTERPART_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome-stable")


def leave_in_queue(agreement: Agreement, pages: int) -> None:
    """Leave so many identified pages in the queue, each with a picture as large as that of a scan."""
    waiting = ReceivedPage.objects.filter(agreement=agreement, needs_person=True)
    chosen = list(waiting.filter(state="matched").order_by("urgency", "id").values_list("pk", flat=True)[:pages])
    if len(chosen) < pages:
        raise RuntimeError(f"The crowd left {len(chosen)} pages to decide about, not {pages}.")
    waiting.exclude(pk__in=chosen).update(needs_person=False)
    noise = np.random.default_rng(1)
    page = np.full((2200, 1700), 250, np.uint8)
    page[200:1900:40, 200:1500] = noise.integers(0, 255, (43, 1300), np.uint8)
    page -= noise.integers(0, 4, page.shape, np.uint8)
    picture, small = files.keep(jpeg(page), "image/jpeg"), files.keep(thumbnail(page), "image/jpeg")
    ReceivedPage.objects.filter(agreement=agreement).update(upright=picture, thumbnail=small)
    SignaturePage.objects.filter(version__agreement=agreement).update(blank=picture)


@contextmanager
def _served() -> Iterator[str]:
    """Serve the site on a free port, from this process and its database."""
    with override_settings(
        ALLOWED_HOSTS=["127.0.0.1"], SECURE_SSL_REDIRECT=False, SESSION_COOKIE_SECURE=False, CSRF_COOKIE_SECURE=False
    ):
        server = LiveServerThread("127.0.0.1", StaticFilesHandler)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        if server.error:
            raise server.error
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.terminate()


def _press(base: str, session: str, agreement: Agreement, pages: int) -> list[float]:
    """Return the seconds that each page took. Nothing in here may use the database: playwright keeps an event loop."""
    from playwright.sync_api import sync_playwright

    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), headless=True, args=_FLAGS)
        context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900}, bypass_csp=True)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])
        tab = context.new_page()
        tab.goto(reverse("desk", args=[agreement.slug]), wait_until="networkidle")
        for at in range(pages):
            before = tab.locator("#decide").get_attribute("action")
            began = time.perf_counter()
            for key in ("d", "2") if at % 10 == 9 else ("Enter",):
                tab.keyboard.press(key)
            tab.wait_for_function(_NEXT, arg=f"{base}{before}", polling="raf", timeout=20_000)
            seconds.append(time.perf_counter() - began)
        browser.close()
    return seconds


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    return [
        f"The desk by keys, {found['pages']} pages: {found['seconds_per_page']} s a page, "
        f"median {found['median_seconds']} s, slowest {found['slowest_seconds']} s",
    ]
