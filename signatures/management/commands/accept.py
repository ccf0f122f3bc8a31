from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signatures.domain.decisions import review
from signatures.domain.people import person_of
from signatures.management.agreement_command import AgreementCommand, agreement_of


class Command(AgreementCommand):
    help = "Accept what is certain, in the name of a person."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")
        parser.add_argument("--certain", action="store_true", required=True)
        parser.add_argument("--by", required=True, metavar="EMAIL")

    def work(self, options: dict[str, Any]) -> Any:
        agreement = agreement_of(options["agreement"])
        return {"changed": review.accept_certain(agreement, person_of(options["by"], agreement))}
