from __future__ import annotations

import os
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from signatures.management.agreement_command import AgreementCommand
from signatures.management.benchmarks import accuracy, board, desk, issue, paper, parse
from signatures.management.benchmarks.own_database import own_database

WHAT = ("paper", "parse", "issue", "board", "desk")
MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    "paper": paper.measure,
    "parse": parse.measure,
    "issue": issue.measure,
    "desk": desk.measure,
}
IN_WORDS = {
    "paper": paper.in_words,
    "accuracy": accuracy.in_words,
    "parse": parse.in_words,
    "issue": issue.in_words,
    "board": board.in_words,
    "desk": desk.in_words,
}


class Command(AgreementCommand):
    help = "Measure on pages of its own, in a database and folder of its own. All of it takes some minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("what", nargs="?", choices=WHAT, help="what to measure; all without it")
        parser.add_argument(
            "--pages", type=int, help="how many: paper 24 of each kind, parse 100, issue 1,000, desk 200"
        )
        parser.add_argument("--corpus", type=Path, help="paper: a folder of returned pages to measure accuracy on")

    def work(self, options: dict[str, Any]) -> Any:
        wanted = [options["what"]] if options["what"] else WHAT
        several = {} if options["pages"] is None else {"pages": max(4, options["pages"])}
        found: dict[str, Any] = {"load_average": round(os.getloadavg()[0], 2), "processors": os.cpu_count()}
        if "paper" in wanted and options["corpus"]:
            self.say("Measuring accuracy ...")
            found["accuracy"] = accuracy.measure(options["corpus"])
        for name in wanted:
            if name == "desk" and not options["what"] and desk.missing():
                self.say(desk.missing())
                continue
            self.say(f"Measuring {name} ...")
            with own_database() if name in ("issue", "board", "desk") else nullcontext():
                found[name] = board.measure() if name == "board" else MEASURES[name](**several)
        return found

    def in_words(self, found: Any) -> str:
        lines = [f"Load of the machine before: {found['load_average']} on {found['processors']} processors."]
        for name, figures in found.items():
            lines += IN_WORDS[name](figures) if name in IN_WORDS else []
        return "\n".join(lines)
