from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signatures.domain.tally.status import collection_status
from signatures.management.agreement_command import AgreementCommand, agreement_of


class Command(AgreementCommand):
    help = "Say who has signed, for how much, and whether that is enough."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")

    def work(self, options: dict[str, Any]) -> Any:
        return collection_status(agreement_of(options["agreement"]))
