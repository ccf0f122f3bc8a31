from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from signatures.management import bench_paper


class Command(BaseCommand):
    help = "Measure on pages of its own, in a folder of its own. Takes a minute or two."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="?", choices=["paper"], help="what to measure; all without it")
        parser.add_argument("--pages", type=int, default=24, help="how many pages of each kind")
        parser.add_argument("--json", action="store_true", help="print JSON alone on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        paper = bench_paper.measure(max(4, options["pages"]))
        if options["json"]:
            self.stdout.write(json.dumps({"paper": paper}))
            return
        self.stdout.write(f"Reading, {paper['pages']} pages, medians:")
        for kind, rate in paper["pages_per_second_core"].items():
            self.stdout.write(
                f"  {kind:6} {rate:6} pages per second and core; loading alone {paper['load_ms'][kind]} ms a page"
            )
        self.stdout.write(f"  two processes are {paper['two_processes']} times as fast as one")
        if paper["against_plain_decoding"] is not None:
            self.stdout.write(
                f"  {paper['against_plain_decoding']} times as fast as rendering at 300 dpi and decoding alone"
            )
        if paper["peak_mb"] is not None:
            self.stdout.write(f"  a 60-page scan at 300 dpi takes {paper['peak_mb']} MB at most")
