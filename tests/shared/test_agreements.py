"""The parser against labelled agreements that lie outside the project; skipped where they are not there."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from signatures.paper.agreement import as_json, parse_agreement

SHARED = Path(__file__).resolve().parents[3] / "shared"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared with the labelled agreements is not there")


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_blocks", SHARED / "tools" / "score_blocks.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_scores_on_labelled_signature_blocks() -> None:
    tool = scorer()
    right: Counter[str] = Counter()
    counted: Counter[str] = Counter()
    for case in sorted((SHARED / "agreements" / "signature-blocks").glob("*.json")):
        text = case.with_suffix(".txt")
        found = as_json(parse_agreement(text.read_bytes(), text.name))["parties"]
        for field, good, of in tool.score(json.loads(case.read_text())["parties"], found)[0]:
            right[field] += good
            counted[field] += of
    scores = {field: right[field] / counted[field] for field in counted}
    least = {
        "entity recall": 0.98,
        "entity precision": 0.98,
        "chain": 0.97,
        "signatories": 0.98,
        "titles": 0.97,
        "signed": 0.98,
    }
    least |= {"address": 0.9, "marked certain": 0.7, "certain and right": 0.99}
    assert {field: score for field, score in scores.items() if score < least[field]} == {}


def test_the_amendment_has_eleven_parties() -> None:
    path = SHARED / "agreements" / "lexington-first-amendment.txt"
    document = as_json(parse_agreement(path.read_bytes(), path.name))
    parties = {p["entity"].casefold(): p for p in document["parties"]}
    assert len(document["parties"]) == len(parties) == 11
    assert document["as_of"] == "2007-09-24"
    assert [p["role"] for p in document["parties"]] == ["issuer"] + ["holder"] * 10
    issuer = parties["lexington precision corporation"]
    assert (issuer["signatory"], issuer["title"]) == ("Warren Delano", "President")
    assert all(p["address"] and p["amount"] in ("blank", "redacted") for p in document["parties"][1:])
    depths = {name: len(p["chain"]) for name, p in parties.items()}
    assert sorted(depths.values()) == [0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2]
    assert depths["jefferies high yield trading, llc"] == depths["hedgehog capital llc"] == 0
    sandler = parties["sandler capital structure opportunities master fund, ltd"]
    assert [(k["entity"].casefold(), k["capacity"]) for k in sandler["chain"]] == [
        ("sandler capital management", "Investment Manager"),
        ("serf corp", "general partner"),
    ]
    assert sandler["signatory"] == "Maira Mitchell"
    assert parties["cape fund, lp"]["title"] == parties["cape fund ii, lp"]["title"] == "MANAGING DIRECTOR"
    assert parties["hedgehog capital llc"]["title"] is None


@pytest.mark.parametrize(
    "path", sorted((SHARED / "agreements" / "files").glob("*")) if SHARED.is_dir() else [], ids=lambda p: p.name
)
def test_files_read_as_their_labels_say(path: Path) -> None:
    parsed = parse_agreement(path.read_bytes(), path.name)
    label = SHARED / "agreements" / "signature-blocks" / f"{path.name[:3]}.json"
    if label.exists():
        wanted = {scorer().fold(p["entity"]) for p in json.loads(label.read_text())["parties"]}
        assert {scorer().fold(p.entity) for p in parsed.parties} == wanted
