from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signatures.domain.counterparts.rereading import reread
from signatures.management.agreement_command import AgreementCommand, agreement_of


class Command(AgreementCommand):
    help = "Read again what an older engine has read, and show what changes. Nothing that was decided changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")

    def work(self, options: dict[str, Any]) -> Any:
        changes = [
            {"page": str(change.page), "differences": list(change.differences), "applied": change.applied}
            for change in reread(agreement_of(options["agreement"]))
        ]
        return {"changed": len(changes), "changes": changes}
