from __future__ import annotations

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from signatures.domain.errors import Refused
from signatures.domain.tally import tabulation
from signatures.management.agreement_command import AgreementCommand, agreement_of
from signatures.models import Threshold


class Command(AgreementCommand):
    help = "Enter or change a threshold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("agreement")
        parser.add_argument("name")
        parser.add_argument("percent")
        parser.add_argument("--inclusive", action="store_true", help="met at exactly this percentage")
        parser.add_argument("--clause", default="", help="the clause it comes from")
        parser.add_argument(
            "--base",
            choices=Threshold.Base.values,
            default=Threshold.Base.PRINCIPAL.value,
            help="; ".join(f"{value}: {label}" for value, label in Threshold.Base.choices),
        )

    def work(self, options: dict[str, Any]) -> Any:
        agreement = agreement_of(options["agreement"])
        try:
            percent = Decimal(options["percent"].removesuffix("%").strip())
        except InvalidOperation as error:
            raise Refused(f"“{options['percent']}” is not a percentage.") from error
        changed = tabulation.set_threshold(
            agreement,
            options["name"],
            percent,
            inclusive=options["inclusive"],
            clause=options["clause"],
            base=options["base"],
            actor=None,
        )
        return {"changed": int(changed)}
