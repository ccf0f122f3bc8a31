from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings

from signatures.domain import demonstration
from signatures.management.agreement_command import AgreementCommand


class Command(AgreementCommand):
    help = "Load the demonstration, if it is not there yet."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--base-url", default=settings.COUNTERPART_BASE_URL)

    def work(self, options: dict[str, Any]) -> Any:
        return demonstration.load(options["base_url"].rstrip("/"))
