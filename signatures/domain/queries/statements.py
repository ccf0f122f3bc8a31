"""What signatories stated through their links, and what a page leaves blank that they can still state."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from signatures.domain.pages.typesetting import line_id
from signatures.models import Packet, SignatureBlock, Statement
from signatures.paper.reading import Reading


@dataclass(frozen=True)
class Blank:
    """A particular that the newest copy plainly leaves blank. `line` is the signature line's position in its block,
    `id` what that line is called on paper, `stated` the newest statement about it.
    """

    block: SignatureBlock
    line: int
    id: str
    signer: str
    particular: str
    stated: Statement | None


def newest(blocks: Collection[int]) -> list[Statement]:
    """Return the newest statement on each particular of each line of some blocks, in one query."""
    found = Statement.objects.filter(block__in=blocks).order_by("block_id", "line", "particular", "-id")
    return list(found.distinct("block_id", "line", "particular").select_related("block", "page__submission"))


def blanks(reading: Reading | None, blocks: Iterable[SignatureBlock], packet: Packet) -> list[Blank]:
    """Return what a page leaves blank, in the order in which it was read, with what the packet's signatory stated."""
    if reading is None:
        return []
    listed = list(blocks)
    stated = {(one.block_id, one.line, one.particular): one for one in newest([block.pk for block in listed])}
    lines = {}
    for block in listed:
        own = list(block.lines.all())
        for line in own:
            lines[line_id(block, line.position, len(own) > 1)] = (block, line)
    found = []
    for seen in reading.fields:
        if seen.verdict != "blank" or seen.line not in lines:
            continue
        block, line = lines[seen.line]
        said = stated.get((block.pk, line.position, seen.name))
        own_word = said if said is not None and said.packet_id == packet.pk else None
        found.append(Blank(block, line.position, seen.line, line.name, seen.name, own_word))
    return found
