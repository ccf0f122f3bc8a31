from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from signatures.domain.documents import agreements
from signatures.domain.register import register
from signatures.domain.register.register_file import read_table
from signatures.management.agreement_command import AgreementCommand, bytes_of
from signatures.models import Role, User


class Command(AgreementCommand):
    help = "Make an agreement, its notes, parties and blocks from its document."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", help="the agreement: PDF, DOCX or TXT")
        parser.add_argument("--register", help="the holders: CSV or XLSX")

    def work(self, options: dict[str, Any]) -> Any:
        data = bytes_of(options["file"])
        table = read_table(bytes_of(options["register"]), options["register"]) if options["register"] else None
        members = [(user, Role.ADMIN, True) for user in User.objects.filter(is_active=True, is_superuser=True)]
        agreement = agreements.create(data, Path(options["file"]).name, None, members)
        said = agreements.to_check(agreement)
        if table is not None:
            imported = register.apply(agreement, register.plan(agreement, table), None)
            said += [f"Row {row} of the register was refused: {reason}" for row, reason in imported.refused]
        holders = agreement.versions.get().blocks.filter(role="holder").count()
        return {"agreement": agreement.slug, "holders": holders, "to_check": said}
