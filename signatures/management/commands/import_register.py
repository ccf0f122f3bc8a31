from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from signatures.domain.register import register
from signatures.domain.register.register_file import read_table
from signatures.management.agreement_command import AgreementCommand, agreement_of, bytes_of


class Command(AgreementCommand):
    help = "Add or update holders and holdings from a CSV or XLSX file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")
        parser.add_argument("file")

    def work(self, options: dict[str, Any]) -> Any:
        agreement = agreement_of(options["agreement"])
        table = read_table(bytes_of(options["file"]), options["file"])
        planned = register.plan(agreement, table)
        done = register.apply(agreement, planned, None, table.sha256, self._tell)
        return {
            "added": done.added,
            "updated": done.updated,
            "refused": [{"row": row, "reason": reason} for row, reason in done.refused],
        }

    def _tell(self, done: int, rows: int) -> None:
        if rows > register.CHUNK:
            self.say(f"{done:,} of {rows:,} holders")
