from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from signatures.domain.errors import Refused
from signatures.domain.pages import issuing
from signatures.management.agreement_command import AgreementCommand, agreement_of


class Command(AgreementCommand):
    help = "Issue the signature pages that were not issued yet, and write the packets and pages.jsonl."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")
        parser.add_argument("--out", required=True, help="the folder to write to")
        parser.add_argument(
            "--blocks-per-page", type=int, default=1, help="counsel's word that holders may share a sheet"
        )

    def work(self, options: dict[str, Any]) -> Any:
        agreement = agreement_of(options["agreement"])
        folder = Path(options["out"])
        if folder.exists() and not folder.is_dir():
            raise Refused(f"{folder} is not a folder.")
        issued = issuing.issue(agreement, None, issuing.Arrangement(blocks_per_page=options["blocks_per_page"]))
        try:
            pages = issuing.export(agreement, folder)
        except OSError as error:
            raise Refused(f"{folder} cannot be written to: {error.strerror}.") from error
        return {"issued": len(issued), "pages": pages, "out": str(folder)}
