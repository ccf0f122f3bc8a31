"""A real worker process on the tests' database, to be killed; and the jobs of a person who waits, done at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from signatures.domain.documents import document_reading, version_reading
from signatures.domain.errors import Refused
from signatures.domain.pages import own_pages_search
from signatures.domain.register import register_import, register_preview
from signatures.models import (
    Agreement,
    DocumentReading,
    OwnPdf,
    OwnPdfSearch,
    RegisterImport,
    RegisterPreview,
    User,
    Version,
    VersionReading,
    WorkState,
)

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
    for preview in RegisterPreview.objects.filter(state=WorkState.QUEUED):
        register_preview.run(preview.pk)
    for version in VersionReading.objects.filter(state=WorkState.QUEUED):
        version_reading.run(version.pk)
    for search in OwnPdfSearch.objects.filter(state=WorkState.QUEUED):
        own_pages_search.run(search.pk)
    for reading in DocumentReading.objects.filter(state=WorkState.QUEUED):
        document_reading.run(reading.pk)


def new_version(agreement: Agreement, data: bytes, name: str, by: User) -> Version:
    """Have a new version read here and now. Raises Refused with the sentence that the screen shows."""
    one = version_reading.queue(agreement, data, name, by)
    version_reading.run(one.pk)
    one.refresh_from_db()
    if one.version is None:
        raise Refused(one.reason)
    return one.version


def own_pages_in(agreement: Agreement, data: bytes, name: str, by: User) -> OwnPdf:
    """Have a PDF of counsel's searched here and now. Raises Refused with the sentence that the screen shows."""
    one = own_pages_search.queue(agreement, data, name, by)
    own_pages_search.run(one.pk)
    one.refresh_from_db()
    if one.pdf is None:
        raise Refused(one.reason)
    return one.pdf


def handed_in(client: Client, agreement: Agreement, content: bytes, name: str = "holders.csv") -> Any:
    """Hand in a register over the screen and return the answer that shows what it will do, at its address."""
    file = SimpleUploadedFile(name, content, "text/csv")
    return compared(client, client.post(reverse("register", args=[agreement.slug]), {"register": file}))


def compared(client: Client, answer: Any) -> Any:
    """Return what stands where a register was sent to be compared, once it was; or the answer that refused it."""
    if answer.status_code == 422:
        return answer
    do_what_waits()
    return client.get(answer["Location"])
