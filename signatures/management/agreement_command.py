"""What the commands about an agreement share: finding it, JSON on standard output, refusals as exit 1."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from signatures.domain import errors
from signatures.models import Agreement


class Refused(CommandError):
    """What the domain refused, at the shell: its sentence on standard error, and exit status 1."""


class AgreementCommand(BaseCommand):
    """A command whose `work` returns what --json prints. What is refused becomes one sentence and exit status 1."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON alone on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = self.work(options)
        except errors.Refused as error:
            raise Refused(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=None))
        else:
            self.stdout.write(self.in_words(found))

    def work(self, options: dict[str, Any]) -> Any:
        """Do what the command does and return its result as plain data. Raises Refused."""
        raise NotImplementedError

    def in_words(self, found: Any) -> str:
        """Return the result as text for a person."""
        return json.dumps(found, ensure_ascii=False, indent=2)

    def say(self, sentence: str) -> None:
        """Tell the person something beside the result."""
        print(sentence, file=sys.stderr)


def agreement_of(slug: str) -> Agreement:
    """Return the agreement of a slug. Raises Refused."""
    agreement = Agreement.objects.filter(slug=slug).first()
    if agreement is None:
        known = ", ".join(Agreement.objects.values_list("slug", flat=True)[:10]) or "none yet"
        raise errors.Refused(f"There is no agreement “{slug}”. There are: {known}.")
    return agreement


def bytes_of(path: str) -> bytes:
    """Return a file's bytes. Raises Refused with a sentence for a folder, a missing or an unreadable file."""
    file = Path(path)
    if file.is_dir():
        raise errors.Refused(f"{path} is a folder. Name a file.")
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise errors.Refused(f"There is no file {path}.") from error
    except OSError as error:
        raise errors.Refused(f"{path} cannot be read: {error.strerror}.") from error
