"""Blocks that are signed first and named last: the signature, who signs and as what, and the company below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from .drafts import ADDRESS_LIKE
from .lines import Piece
from .signers import name_and_title
from .words import has_company_suffix, looks_like_title

_SIGNS = ("by", "signature", "rule")
_INSIDE = (*_SIGNS, "text", "name", "title", "its", "date", "noise")


def heads_first(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces, with the company that stands below its signatory put above the signature."""
    found: list[Piece] = []
    at = 0
    while at < len(pieces):
        end = at
        while end < len(pieces) and pieces[end].kind in _INSIDE:
            end += 1
        found += _turned(pieces[at:end])
        found += pieces[end : end + 1]
        at = end + 1
    return found


def _turned(run: Sequence[Piece]) -> Sequence[Piece]:
    """A run of pieces that nothing separates; turned only if it begins with a signature and ends with a company."""
    groups = _groups(run)
    if not groups or not any(_company_at(group) for group in groups) or _company_at(groups[-1]) == 0:
        return run
    before = [p for p in run[: len(run) - sum(map(len, groups))] if p.kind == "text"]
    if before:
        return run
    for group, following in zip(groups, [*groups[1:], None], strict=True):
        at = _company_at(group)
        below = following[0].gap if following else 9
        if at and (group[at].gap >= max(below, 2) or (below == 0 and group[at].gap)):
            return run  # it may as well stand above the next signature
    turned: list[Piece] = list(run[: len(run) - sum(map(len, groups))])
    for group in groups:
        turned += _turned_group(list(group))
    return turned


def _turned_group(group: list[Piece]) -> list[Piece]:
    at = _company_at(group)
    if not at:
        return group
    company = group.pop(at)
    title, comma, name = company.text.partition(", ")
    if comma and looks_like_title(title) and has_company_suffix(name) and len(name.split()) > 1:
        group.insert(at, replace(company, text=title))  # `President, ACME, INC.`
        company = replace(company, text=name)
    head = replace(company, kind="text", gap=max(group[0].gap, 2), number=group[0].number)
    return [head, *group]


def _groups(run: Sequence[Piece]) -> list[Sequence[Piece]]:
    """From each signature to the next one; what stands in front of the first belongs to none."""
    starts = [
        i
        for i, piece in enumerate(run)
        if piece.kind in _SIGNS and not (i and run[i - 1].kind in _SIGNS and piece.gap == 0)
    ]
    return [run[a:b] for a, b in pairwise([*starts, len(run)])]


def _company_at(group: Sequence[Piece]) -> int:
    """Where in a group the company's name stands below a name or a title, with at most an address after it; else 0."""
    for at, piece in enumerate(group):
        if piece.kind != "text" or not has_company_suffix(piece.text) or at < 2 and piece.gap > 1:
            continue
        named = any(
            p.kind in ("name", "title", "its") or (p.kind == "text" and name_and_title(p.text) != ("", ""))
            for p in group[1:at]
        )
        rest = [p for p in group[at + 1 :] if p.kind not in ("noise", "date")]
        if named and all(p.kind == "text" and (ADDRESS_LIKE.match(p.text) or _is_title(p)) for p in rest):
            return at
    return 0


def _is_title(piece: Piece) -> bool:
    return piece.gap == 0 and looks_like_title(piece.text) and not has_company_suffix(piece.text)
