from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from signatures.domain.verification import findings
from signatures.management.agreement_command import AgreementCommand, agreement_of


class Command(AgreementCommand):
    help = "Check the audit chain and every stored file against its hash."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if self.found:
            sys.exit(1)

    def work(self, options: dict[str, Any]) -> Any:
        self.found = findings(agreement_of(options["agreement"]))
        return {"ok": not self.found, "findings": self.found}
