"""A real worker process on the tests' database, to be killed; and the jobs of a person who waits, done at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import connection

from signatures.domain import document_reading, register_import
from signatures.models import DocumentReading, RegisterImport, WorkState

ROOT = Path(__file__).parents[2]


def start_worker(**more: str) -> subprocess.Popen[bytes]:
    """Start a worker on the tests' database, with more in its environment."""
    parameters = connection.get_connection_params()
    host, name = parameters.get("host", ""), parameters["dbname"]
    secret = f":{parameters['password']}" if parameters.get("password") else ""
    url = f"postgresql://{parameters.get('user', '')}{secret}@/{name}?host={host}&port={parameters.get('port') or 5432}"
    environment = os.environ | {
        "DATABASE_URL": url,
        "COUNTERPART_DATA": str(settings.COUNTERPART_DATA),
        "COUNTERPART_STALLED_SECONDS": "2",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "manage.py", "worker", "--processes", "1"]
    return subprocess.Popen(command, cwd=ROOT, env=environment | more, stdout=subprocess.DEVNULL)


def wait_until(done: Callable[[], object], meanwhile: Callable[[], bool] | None = None) -> None:
    """Wait until something is so, and fail after a minute, or as soon as what must hold meanwhile does not."""
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline, "the worker did not get there within a minute"
        assert meanwhile is None or meanwhile()
        time.sleep(0.05)


def do_what_waits() -> None:
    """Do here and now what a person waits for a worker to do."""
    for one in RegisterImport.objects.filter(state=WorkState.QUEUED):
        register_import.run(one.pk)
    for reading in DocumentReading.objects.filter(state=WorkState.QUEUED):
        document_reading.run(reading.pk)
