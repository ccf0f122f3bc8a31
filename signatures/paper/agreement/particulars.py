"""Which unlabelled line below a signature is the name, which the title, and whose label comes next."""

from __future__ import annotations

from .drafts import ADDRESS_LIKE, BlockDraft
from .lines import Piece
from .names import read_name
from .signers import UNLABELLED, SignatureDraft, goes_on, name_and_title, person_or_none, same_person
from .words import fold, has_company_suffix, is_capital, looks_like_company, looks_like_title


def line_of_label(block: BlockDraft | None, label: str, text: str) -> SignatureDraft | None:
    """The signature line that a label belongs to: the last, or of several that stood together the first without it."""
    if block is None or not block.signatures:
        return None
    line = block.signatures[-1]
    together = [line]
    for before in reversed(block.signatures[:-1]):
        if not together[0].follows_bare:
            break
        together.insert(0, before)
    waiting = [s for s in together if not getattr(s, label)]
    named = next((s for s in waiting if s.written and text and same_person(text, s.written)), None)
    return named or (waiting[0] if waiting else line)


def take_particular(block: BlockDraft, piece: Piece, heads_a_block: bool) -> bool:
    """Whether an unlabelled piece is a name or a title of the last signature line; if so it is kept there.

    `heads_a_block` says that a signature line follows the piece, so that it may as well name the next party.
    """
    if not block.signatures:
        return False
    line, text = block.signatures[-1], piece.text
    for other in block.signatures[:-1]:
        if other.bare and not other.names and other.written and fold(other.written) == fold(text):
            other.names.append(text)  # printed below the signature that follows his own
            return True
    if _is_expected(line, piece):
        (line.names if line.expects == "name" else line.titles).append(_expected(line, text))
        line.expects = ""
    elif (goes_on(line, text, piece.gap) and fold(text) not in {fold(t) for t in line.titles}) or _runs_on(
        block, line, piece
    ):
        line.titles.append(text)
    else:
        if piece.gap <= 1:
            line.expects = ""
        if not _take_unlabelled(line, piece, heads_a_block):
            return False
    block.last = piece.number
    return True


def _is_expected(line: SignatureDraft, piece: Piece) -> bool:
    """Whether the piece is the value of a label that stood alone on the line above."""
    return line.expects in ("name", "title") and piece.gap <= 1 and bool(_expected(line, piece.text))


def _expected(line: SignatureDraft, text: str) -> str:
    if line.expects == "title":
        return text if looks_like_title(text) else ""
    return "" if looks_like_company(text) else name_and_title(text, line.written)[0]


def _runs_on(block: BlockDraft, line: SignatureDraft, piece: Piece) -> bool:
    """Whether a mixed-case line right under a labelled title is its second line, where the parties are in capitals."""
    if not (line.labelled_title and line.titles) or piece.gap or piece.glued or not block.heads:
        return False
    if not is_capital(block.heads[0].text) or is_capital(piece.text) or is_capital(line.titles[-1]):
        return False
    return not has_company_suffix(read_name(piece.text).entity) and not ADDRESS_LIKE.match(piece.text)


def _take_unlabelled(line: SignatureDraft, piece: Piece, heads_a_block: bool) -> bool:
    name, title = name_and_title(piece.text, line.written)
    if name and not line.labelled_name and not line.names:
        return _take_name(line, piece, name, title, heads_a_block)
    if name and fold(name) in {fold(n) for n in line.names} and piece.gap <= 1 and not heads_a_block:
        line.titles += [title] if title else []
        return True
    near = piece.gap <= 1 or (piece.gap <= 6 and not heads_a_block)
    untitled = not line.titles and not line.labelled_title
    if title and not name and fold(title) in {fold(t) for t in line.titles} and near:
        return True  # the title that the words above the signature gave
    if title and not name and untitled and near and not has_company_suffix(piece.text):
        line.titles.append(f"{title}," if piece.text.rstrip().endswith(",") else title)
        return True
    return False


def _take_name(line: SignatureDraft, piece: Piece, name: str, title: str, heads_a_block: bool) -> bool:
    if not (line.written and same_person(name, line.written)):
        if person_or_none(line.written) or looks_like_company(name):
            return False
        if piece.gap > 2 or (piece.gap and not title and heads_a_block):
            return False
        line.doubts.add(UNLABELLED)
    line.names.append(name)
    line.titles += [title] if title else []
    return True
