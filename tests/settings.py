"""Settings of the tests: the site's own, on a data folder that is thrown away."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import time
from pathlib import Path

from config import database


def _clean_up(folder: Path) -> None:
    """Stop the database server and remove the folder."""
    database.leave_server(folder)
    deadline = time.monotonic() + 30
    while database.is_supervised(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    shutil.rmtree(folder, ignore_errors=True)


# The processes of one run share the folder, and with it the database server; the first one makes it.
if "COUNTERPART_TEST_DATA" not in os.environ:
    os.environ["COUNTERPART_TEST_DATA"] = tempfile.mkdtemp(prefix="counterpart-test-")
    os.chmod(os.environ["COUNTERPART_TEST_DATA"], 0o711)  # the database's unprivileged user passes through
    (Path(os.environ["COUNTERPART_TEST_DATA"]) / "run").mkdir(mode=0o700)
    atexit.register(_clean_up, Path(os.environ["COUNTERPART_TEST_DATA"]))
os.environ["COUNTERPART_DATA"] = os.environ["COUNTERPART_TEST_DATA"]
os.environ["COUNTERPART_THROWAWAY"] = "1"
os.environ.pop("COUNTERPART_BASE_URL", None)
# Playwright keeps an event loop in the thread in which the tests use the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
