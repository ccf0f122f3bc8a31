"""Malformed, odd and hostile files, and faxes in every encoding: each ends as its pages or as one reason, in time."""

from __future__ import annotations

import csv
import os
import re
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from signatures.paper.reader import PageCount, PageResult, UnreadableFile, read_file

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
HOSTILE = SHARED / "hostile"
FAX = SHARED / "scans" / "fax"
SECONDS = 20.0
PEAK = 1 << 30  # bytes

pytestmark = pytest.mark.skipif(not HOSTILE.is_dir(), reason="../shared is not there")

# index.tsv proposes one page, but it is blank in poppler too: it is refused as damaged instead of called empty.
DAMAGED = {
    "PayloadsAllThePDFs__foxit-reader-poc.pdf",
    "format-corpus__veraPDFHiResWrongObjectID.pdf",
    "pdf.js__PDFBOX-3148-2-fuzzed.pdf",
    "pdfbox__MissingCatalog.pdf",
    "pdfplumber__issue-297-example.pdf",
}


@dataclass(frozen=True)
class Outcome:
    """How one file ended, after how long."""

    pages: int | None
    results: tuple[PageResult, ...]
    sentence: str | None
    seconds: float


def read(path: Path) -> Outcome:
    began, pages, results, sentence = time.monotonic(), None, [], None
    try:
        for one in read_file(path, lambda text: None):
            if isinstance(one, PageCount):
                pages = one.pages
            else:
                results.append(one)
    except UnreadableFile as error:
        sentence = error.sentence
    return Outcome(pages, tuple(results), sentence, time.monotonic() - began)


def files() -> list[Path]:
    return sorted(path for folder in ("pdf", "img", "eml") for path in (HOSTILE / folder).glob("*"))


@pytest.fixture(scope="module")
def outcomes() -> dict[Path, Outcome]:
    """Read all of them with two children."""
    with ThreadPoolExecutor(2) as pool:
        reading: dict[Path, Future[Outcome]] = {path: pool.submit(read, path) for path in [*files(), *fax_files()]}
        return {path: one.result() for path, one in reading.items()}


def fax_files() -> list[Path]:
    return sorted(FAX.glob("*.*")) if FAX.is_dir() else []


def test_every_file_ends_as_its_pages_or_as_one_reason_in_time(outcomes: dict[Path, Outcome]) -> None:
    for path, outcome in outcomes.items():
        assert outcome.seconds < SECONDS, path.name
        if outcome.sentence is not None:
            assert (outcome.pages, outcome.results) == (None, ()), path.name
            assert re.fullmatch(r"This .{10,250}[.)]", outcome.sentence), path.name
        else:
            assert outcome.pages, path.name
            assert [result.index for result in outcome.results] == list(range(outcome.pages)), path.name
        for result in outcome.results:
            failed = result.reading.kind == "failed"
            assert bool(result.upright) is bool(result.thumbnail) is not failed, path.name
            assert not failed or result.reading.reason, path.name
            assert result.reading.kind != "issued", path.name


def test_the_pages_are_as_many_as_two_libraries_found(outcomes: dict[Path, Outcome]) -> None:
    with (HOSTILE / "index.tsv").open(encoding="utf-8") as table:
        proposals = {
            row["file"]: row["proposed_outcome"]
            for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
        }
    seen = 0
    for path, outcome in outcomes.items():
        proposed = proposals.get(f"{path.parent.name}/{path.name}", "")
        wanted = re.match(r"accept (\d+) page", proposed)
        if wanted and path.name not in DAMAGED:
            seen += 1
            assert outcome.pages == int(wanted.group(1)), (path.name, proposed, outcome.sentence)
        elif "password-protected" in proposed:
            seen += 1
            assert outcome.sentence in (
                "This PDF needs a password. Ask the sender for one without.",
                "This PDF is encrypted for somebody else's certificate. Ask the sender for one without encryption.",
            ), path.name
    assert seen > 100


def test_messages_are_named_and_not_taken_for_pages(outcomes: dict[Path, Outcome]) -> None:
    for path, outcome in outcomes.items():
        if path.parent.name == "eml":
            assert outcome.sentence is not None, path.name
            assert re.match("This is an? (encrypted or sealed )?(e-mail|Outlook)", outcome.sentence), path.name


def test_all_pages_of_the_faxes_are_there(outcomes: dict[Path, Outcome]) -> None:
    faxes = {path: outcome for path, outcome in outcomes.items() if path.parent == FAX}
    if not faxes:
        pytest.skip("../shared/scans/fax is not there")
    for path, outcome in faxes.items():
        wanted = re.search(r"_(\d+)p\.", path.name)
        assert wanted is not None
        assert outcome.pages == int(wanted.group(1)), path.name
        for result in outcome.results:
            width, height = result.reading.size
            assert 1.2 < max(width, height) / min(width, height) < 1.5, path.name  # square pixels
            assert result.reading.kind != "failed", path.name
    assert sum(outcome.pages or 0 for outcome in faxes.values()) == 99


def test_a_child_needs_no_more_memory_than_it_is_allowed(outcomes: dict[Path, Outcome]) -> None:
    """Read the worst of them again in one child and look at the most that it ever held."""
    worst = sorted(files(), key=lambda path: -outcomes[path].seconds)[:12]
    peaks: list[int] = []
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(done, peaks))
    watching.start()
    try:
        for path in worst:
            read(path)
    finally:
        done.set()
        watching.join()
    assert peaks
    assert max(peaks) < PEAK


def _watch(done: threading.Event, peaks: list[int]) -> None:
    """Note the peak memory of every child process of this one, as Linux tells it."""
    while not done.wait(0.2):
        for task in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
            try:
                children = task.read_text().split()
                status = [Path(f"/proc/{child}/status").read_text() for child in children]
            except OSError:
                continue
            peaks += [int(line.split()[1]) << 10 for text in status for line in re.findall("VmHWM:.*", text)]
