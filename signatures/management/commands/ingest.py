from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from django.db import connection

from signatures.domain import errors
from signatures.domain.counterparts import intake, reading
from signatures.domain.counterparts.received import rows_of
from signatures.management.agreement_command import AgreementCommand, Refused, agreement_of
from signatures.models import Channel, Submission

CHUNK = 1 << 20


class Command(AgreementCommand):
    help = "Receive files and wait until they are read; one line a page."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")
        parser.add_argument("files", nargs="+", metavar="FILE")
        parser.add_argument("--channel", choices=Channel.values, default=Channel.SCAN.value)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            agreement = agreement_of(options["agreement"])
            for name in options["files"]:
                _must_be_a_file(Path(name))
        except errors.Refused as error:
            raise Refused(str(error)) from error
        received = [
            (name, intake.receive(_chunks(Path(name)), Path(name).name, options["channel"], agreement=agreement))
            for name in options["files"]
        ]
        with ThreadPoolExecutor(2) as pool:
            jobs = {pool.submit(_read, submission.pk): (name, submission) for name, submission in received}
            for job in as_completed(jobs):
                job.result()
                name, submission = jobs[job]
                for row in rows_of(Submission.objects.get(pk=submission.pk), name):
                    self.stdout.write(json.dumps(row, ensure_ascii=False) if options["json"] else _in_words(row))


def _must_be_a_file(path: Path) -> None:
    if path.is_dir():
        raise errors.Refused(f"{path} is a folder. Name the files in it. Nothing was stored.")
    if not path.is_file():
        raise errors.Refused(f"There is no file {path}. Nothing was stored.")
    try:
        path.open("rb").close()
    except OSError as error:
        raise errors.Refused(f"{path} cannot be read: {error.strerror}. Nothing was stored.") from error


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _read(submission: int) -> None:
    try:
        reading.read(submission)
    finally:
        connection.close()


def _in_words(row: dict[str, Any]) -> str:
    page = "" if row["page"] is None else f", page {row['page'] + 1}"
    return f"{row['file']}{page}: {row['outcome'].replace('_', ' ')}{': ' + row['reason'] if row['reason'] else ''}"
