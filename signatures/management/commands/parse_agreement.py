from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from signatures.domain.errors import Refused
from signatures.management.agreement_command import AgreementCommand, bytes_of
from signatures.paper.agreement import UnreadableAgreement, as_json, parse_agreement


class Command(AgreementCommand):
    help = "Read the parties and signature blocks of an agreement. Writes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file")

    def work(self, options: dict[str, Any]) -> Any:
        data = bytes_of(options["file"])
        try:
            return as_json(parse_agreement(data, Path(options["file"]).name))
        except UnreadableAgreement as error:
            raise Refused(str(error)) from error
