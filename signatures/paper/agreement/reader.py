"""From a file to a ParsedAgreement: text, blocks, parties, terms."""

from __future__ import annotations

from dataclasses import replace

from .accounted import checked
from .blocks import read_blocks
from .drafts import BlockDraft
from .extract import Extracted, extract
from .lines import pieces_of
from .parsed import ParsedAgreement, ParsedParty
from .parties import parties_of
from .signer_first import heads_first
from .terms import amended, as_of, facsimile_delivers, issued_by, notes_of, title_of, witness_clause
from .words import fold


def parse_agreement(data: bytes, file_name: str) -> ParsedAgreement:
    """Reads an agreement from the bytes of a TXT, PDF or DOCX file.

    Raises UnreadableAgreement with a sentence for the person where there is nothing to read.
    """
    source = extract(data, file_name)
    pieces = heads_first(pieces_of(source.lines))
    blocks, left_out = _main_blocks(read_blocks(pieces))
    text = "\n".join(line.text for line in source.lines)
    parties, issuer = _with_issuer(checked(parties_of(blocks), pieces), text)
    title = title_of([line.text for line in source.lines])
    when = as_of(text)
    caption = next((block.caption for block in blocks if block.caption), None)
    return ParsedAgreement(
        title=title,
        as_of=when,
        parties=tuple(parties),
        text=text,
        pages=source.pages,
        issuer=issuer,
        notes=notes_of(text),
        amends=amended(text, title, when),
        witness_clause=witness_clause(text),
        amount_caption=caption,
        facsimile_delivers=facsimile_delivers(text),
        to_check=tuple(_to_check(source, parties, title, when is None, left_out)),
    )


def _main_blocks(blocks: list[BlockDraft]) -> tuple[list[BlockDraft], int]:
    """The blocks of the agreement itself, without the forms among its exhibits."""
    main = [block for block in blocks if block.section == 0]
    if not any(party.entity for party in parties_of(main)):
        return blocks, 0
    return main, len(blocks) - len(main)


def _with_issuer(parties: list[ParsedParty], text: str) -> tuple[list[ParsedParty], str | None]:
    named = issued_by(text)
    has_holders = any(party.role == "holder" for party in parties)
    chosen = next((p for p in parties if p.role == "issuer"), None)
    if chosen is None and (has_holders or named):
        chosen = next((p for p in parties if named and fold(p.entity) == fold(named) and p.role == "other"), None)
    if chosen is None and has_holders:
        chosen = next((p for p in parties if p.role == "other"), None)
    if chosen is None:
        return parties, named if any(fold(p.entity) == fold(named) for p in parties) else None
    entity = chosen.entity
    if entity and named and fold(named) == fold(entity):
        entity = named if entity.isupper() and not named.isupper() else entity
    return [replace(p, role="issuer") if p is chosen else p for p in parties], entity


def _to_check(
    source: Extracted, parties: list[ParsedParty], title: str | None, undated: bool, left_out: int
) -> list[str]:
    sentences = list(source.remarks)
    if not parties:
        sentences.append("No signature block was found in this document.")
    if title is None:
        sentences.append("The title of the agreement was not found.")
    if undated:
        sentences.append("The date of the agreement was not found.")
    for party in parties:
        if not party.certain:
            sentences.append(f"{party.entity or 'A party without a name'}: {'; '.join(party.doubts) or 'not sure'}.")
    if left_out:
        sentences.append(
            f"{left_out} signature block{'s' if left_out > 1 else ''} in exhibits or schedules were left out."
        )
    return sentences
