"""Measures what the engine says of a corpus of returned pages against what was really done to them.

A corpus is a folder with `issued/pages.jsonl` and the PDFs that it names (as `issue_pages` writes them), and
`truth.jsonl`, one received file a line: `file` (below the folder), `kind`, and `pages`, each with `page` (from 0),
`page_kind` (issued, code_lost, cover, foreign, empty), `issued_id`, `signed` {block: bool}, `filled` {"block.field":
bool}, `ink` (a list of {"what", "block", "vis"}: what was written, and the share of it that can still be seen),
`extra` (further damage), and `fax_header`.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from signatures.domain.errors import Refused
from signatures.paper.blank import prepare_blanks
from signatures.paper.candidates import Expected
from signatures.paper.code import page_number, parse_payload
from signatures.paper.layout import BlankField, Box, LineLayout, PageLayout, Rule
from signatures.paper.reader import PageResult, UnreadableFile, read_file
from signatures.paper.reading import Issued, Reading
from signatures.paper.recognition import recognise

PROCESSES = 2
VISIBLE = 0.25  # of a signature's ink; of one that lost more nobody can say much
_ELSEWHERE = {"stray", "flag", "over_code"}  # ink that belongs on no line and in no blank


@dataclass(frozen=True)
class Corpus:
    """The issued pages by payload, their ids, and what text recognition needs to know of them."""

    issued: dict[str, Issued]
    ids: dict[str, str]
    expected: tuple[Expected, ...]


def measure(folder: Path) -> dict[str, Any]:
    """Return counts over the whole corpus, and by kind of file: see `count`. Raises Refused for no corpus."""
    truth = folder / "truth.jsonl"
    if not truth.is_file() or not (folder / "issued" / "pages.jsonl").is_file():
        raise Refused(f"{folder} is no corpus: it needs truth.jsonl and issued/pages.jsonl.")
    corpus = _issued(folder / "issued")
    records = [json.loads(line) for line in truth.read_text().splitlines() if line]
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with ThreadPoolExecutor(PROCESSES) as threads:
        read = threads.map(lambda record: _read(folder / record["file"], corpus), records)
        for record, readings in zip(records, read, strict=True):
            for page in record["pages"]:
                counted = count(page, readings.get(page["page"]), corpus.ids)
                for group in ("all", str(page.get("kind", record["kind"]))):
                    found[group].update(counted)
    return {group: _shares(counted) for group, counted in sorted(found.items())}


def _issued(folder: Path) -> Corpus:
    rows = [json.loads(line) for line in (folder / "pages.jsonl").read_text().splitlines() if line]
    by_pdf: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_pdf[row["pdf"]].append(row)
    issued = {}
    for name, of_pdf in by_pdf.items():
        of_pdf.sort(key=lambda row: int(row["page_index"]))
        pdf, layouts = (folder / name).read_bytes(), [_layout(row) for row in of_pdf]
        for layout, blank in zip(layouts, prepare_blanks(pdf, layouts), strict=True):
            issued[layout.payload] = Issued(layout, blank)
    expected = tuple(
        Expected(
            payload=payload,
            holders=tuple(line.holder for line in one.layout.lines),
            signers=tuple(line.signer for line in one.layout.lines if line.signer),
            number=_number(payload),
            layout=one.layout,
            blank=one.blank,
        )
        for payload, one in issued.items()
    )
    return Corpus(issued, {row["payload"]: row["id"] for row in rows}, expected)


def _number(payload: str) -> str:
    """Return the number that is printed on the page, as the web site has it; none for a payload of another form."""
    parsed = parse_payload(payload)
    return page_number(parsed.key) if parsed else ""


def _layout(row: dict[str, Any]) -> PageLayout:
    lines = tuple(
        LineLayout(
            id=block["id"],
            block=block["id"],
            holder=block["holder"],
            signer=block["signer"],
            rule=_rule(block["sig_line"]),
            box=Box(*block["sig_box"]),
            fields=tuple(BlankField(one["name"], _rule(one["line"]), Box(*one["box"])) for one in block["fields"]),
        )
        for block in row["blocks"]
    )
    return PageLayout(tuple(row["size"]), row["payload"], tuple(Box(*one["box"]) for one in row["codes"]), lines)


def _rule(line: list[float]) -> Rule:
    return Rule(line[0], line[2], line[1])


def _read(path: Path, corpus: Corpus) -> dict[int, Reading]:
    """Return the readings of a file's pages with their text recognised, none for a file that holds no page."""
    return dict(_pages(path, corpus))


def _pages(path: Path, corpus: Corpus) -> Iterator[tuple[int, Reading]]:
    try:
        for one in read_file(path, corpus.issued.get):
            if isinstance(one, PageResult):
                recognised = recognise(one.upright, one.reading, corpus.expected) if one.upright else one.reading
                yield one.index, recognised
    except UnreadableFile:
        return


def count(truth: dict[str, Any], reading: Reading | None, ids: dict[str, str]) -> Counter[str]:
    """Count what was said of one page, right and wrong. `ids` are those of the issued pages by payload."""
    counted = Counter(pages=1, lost=int(reading is None))
    if reading is None:
        reading = Reading("", "failed")
    matched, issued = ids.get(reading.payload or "") if reading.kind == "issued" else None, truth.get("issued_id")
    counted["wrong_page"] = int(matched is not None and matched != issued)
    if truth["page_kind"] in ("issued", "code_lost"):
        counted["set_aside"] = int(reading.kind in ("cover", "empty", "foreign"))
    if truth["page_kind"] == "issued":
        counted.update(issued=1, identified=int(matched == issued))
    if truth["page_kind"] == "code_lost":
        first = matched or next((ids.get(one.payload) for one in reading.candidates), None)
        counted.update(code_lost=1, offered=int(first == issued))
    if matched is not None and matched == issued:
        counted.update(_blocks(truth, reading))
        counted.update(_fields(truth, reading))
        counted.update(_other_ink(truth, reading))
    if truth.get("fax_header"):
        counted.update(headers=1, headers_right=int(_is_header(truth["fax_header"], reading)))
    return counted


def _blocks(truth: dict[str, Any], reading: Reading) -> Counter[str]:
    counted: Counter[str] = Counter()
    said = {line.id: line.verdict for line in reading.lines}
    faded = {ink["block"] for ink in truth["ink"] if ink["what"] == "signature" and ink.get("vis", 1) < VISIBLE}
    for block, signed in truth["signed"].items():
        kind = "signed" if signed else "blank"
        kind = "faded" if signed and block in faded else kind
        verdict = said.get(block, "unsure")
        counted.update({"blocks": 1, kind: 1, "unsure": int(verdict == "unsure")})
        counted["false_signed"] += not signed and verdict == "signed"
        counted["false_blank"] += kind == "signed" and verdict == "blank"
        counted["false_blank_faded"] += kind == "faded" and verdict == "blank"
    return counted


def _fields(truth: dict[str, Any], reading: Reading) -> Counter[str]:
    said = {f"{seen.line}.{seen.name}": seen.verdict for seen in reading.fields}
    decided = {name: filled for name, filled in truth["filled"].items() if said.get(name, "unsure") != "unsure"}
    right = sum((said[name] == "filled") == filled for name, filled in decided.items())
    return Counter(fields=len(decided), fields_right=right)


def _other_ink(truth: dict[str, Any], reading: Reading) -> Counter[str]:
    marks = {ink["what"] for ink in truth["ink"]} & _ELSEWHERE
    if "stray" in marks:
        return Counter(marked=1, marked_said=int(reading.other_ink is True))
    if not marks and not truth.get("extra"):
        return Counter(clean=1, clean_said=int(reading.other_ink is True))
    return Counter()


def _is_header(printed: dict[str, Any], reading: Reading) -> bool:
    fax = reading.fax
    if fax is None:
        return False
    said = (fax.sender, str(fax.page), fax.received)
    return said == (printed["from"], str(printed["page"]), printed["received"])


_OF = {
    "identified": "issued",
    "offered": "code_lost",
    "false_signed": "blank",
    "false_blank": "signed",
    "false_blank_faded": "faded",
    "unsure": "blocks",
    "fields_right": "fields",
    "marked_said": "marked",
    "clean_said": "clean",
    "headers_right": "headers",
}


def _shares(counted: Counter[str]) -> dict[str, Any]:
    """Return counts, and [so many, of so many] where it is a share."""
    plain = {name: counted[name] for name in ("pages", "lost", "wrong_page", "set_aside")}
    return plain | {name: [counted[name], counted[whole]] for name, whole in _OF.items()}


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the counts as lines for a person."""
    lines = ["Accuracy, by kind of file:"]
    for group, counted in found.items():
        said = [f"{name.replace('_', ' ')} {_share(value)}" for name, value in counted.items()]
        lines.append(f"  {group:10} {', '.join(said)}")
    return lines


def _share(value: int | list[int]) -> str:
    if isinstance(value, int):
        return str(value)
    return f"{value[0]} of {value[1]}" + (f" ({100 * value[0] / value[1]:.2f} %)" if value[1] else "")
