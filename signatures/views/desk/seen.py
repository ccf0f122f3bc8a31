"""What the machine saw on a page, in words."""

from __future__ import annotations

from signatures.domain.queries.desk import Looked


def why(looked: Looked) -> list[dict[str, str]]:
    """Say what the machine saw, in words."""
    reading, said = looked.reading, list[dict[str, str]]()
    if reading is None:
        return [{"words": "The machine has not read this page.", "kind": ""}]
    asked = looked.page.question.rstrip(".")
    if asked:
        said.append({"words": f"{asked}.", "kind": "wary"})
    if reading.codes:
        how = f"{'Both codes' if len(reading.codes) > 1 else 'One code'} read"
        aligned = f"; aligned within {reading.alignment_error:.1f} pt" if reading.alignment_error is not None else ""
        said.append({"words": f"{how}{aligned}.", "kind": ""})
    for line in looked.lines:
        if line.verdict is not None:
            kind = "wary" if line.verdict == "unsure" else ""
            said.append({"words": f"{line.block.entity}: {line.reason or line.verdict}", "kind": kind})
    if reading.kind == "issued":
        words = "Whether there is ink anywhere else cannot be told."
        if reading.other_ink is not None:
            words = "Ink outside the lines and blanks." if reading.other_ink else "No ink anywhere else."
        said.append({"words": words, "kind": "" if reading.other_ink is False else "wary"})
    said += [
        {"words": words, "kind": ""}
        for words in (reading.reason, *reading.notes, reading.electronic_signature)
        if words and words.rstrip(".") != asked
    ]
    if reading.fax is not None:
        said.append({"words": f"Fax header: {reading.fax.text}", "kind": ""})
    return said
