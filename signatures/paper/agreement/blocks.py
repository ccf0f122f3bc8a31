"""The signature blocks of a document: heads, chains and signature lines, read from its pieces in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .addresses import AddressReading
from .deeds import deed_of
from .drafts import BlockDraft, is_address, is_next_party, link_of, placed
from .labels import OFFICE, SLASH
from .lines import Piece
from .lookahead import block_follows, heads_a_block, is_notarys, next_piece
from .names import is_continuation, is_unfinished, read_name
from .particulars import line_of_label, take_particular
from .signers import (
    SignatureDraft,
    before_company,
    is_typed_signature,
    looks_like_company_name,
    name_and_title,
    person_or_none,
    same_person,
    split_dashed,
    write_signature,
)
from .words import (
    CAPACITY,
    fold,
    has_company_suffix,
    is_capital,
    is_incomplete,
    looks_like_company,
    looks_like_person,
    looks_like_title,
)


class BlockReader:
    """Reads pieces one by one; `read` returns the blocks that have a place to sign, in order. Use `read_blocks`."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = placed(pieces)
        self.blocks: list[BlockDraft] = []
        self.open: BlockDraft | None = None
        self.head: list[Piece] = []
        self.holder: BlockDraft | None = None
        self.label: str | None = None
        self.mode = ""
        self.address = AddressReading()
        self.recent: BlockDraft | None = None
        self.odd_head = False
        self.waiting: list[BlockDraft] = []
        self.deed_person: tuple[str, str] | None = None
        self.section = 0
        self.at = 0

    def read(self) -> list[BlockDraft]:
        for at, piece in enumerate(self.pieces):
            self.at = at
            if self.address.active and self.address.takes(piece, block_follows(self.pieces, self.at)):
                continue
            handler = getattr(self, f"_on_{piece.kind}", None)
            if handler is not None:
                handler(piece)
        return [block for block in self.blocks if block.signatures]

    # --- what ends a block

    def _separate(self) -> None:
        self.open, self.head, self.mode, self.odd_head = None, [], "", False
        self.waiting = []
        self.address.active = False

    def _on_prose(self, piece: Piece) -> None:
        if self._is_deed(piece):
            return
        if self.mode != "notary" or re.match(r"in witness", piece.text, re.IGNORECASE):
            self._separate()
        if re.match(r"in witness", piece.text, re.IGNORECASE):
            self.holder = self.label = None

    def _on_footer(self, piece: Piece) -> None:
        self._separate()

    def _on_break(self, piece: Piece) -> None:
        recent = (self.open or self.recent) if piece.column is not None else None
        self._separate()
        self.recent = recent
        self.holder = None if piece.column is None else self.holder

    def _on_exhibit(self, piece: Piece) -> None:
        self._separate()
        if self.blocks:
            self.section += 1
            self.label = None

    def _on_notary(self, piece: Piece) -> None:
        if self.open and self.open.signatures and re.search(r"notary", piece.text, re.IGNORECASE):
            last = self.open.signatures[-1]
            if last.headless or (not self.open.links and piece.number - last.number <= 4):
                self.open.signatures.pop()
        self._separate()
        self.mode = "notary"

    def _on_witness(self, piece: Piece) -> None:
        if self.mode == "deed" and self.head:
            return  # `acting by X in the presence of:` stands above X's own signature
        if not (self.open and not self.open.signatures):
            self.open = None
        self.head = []
        self.mode = "witness"

    def _on_copy(self, piece: Piece) -> None:
        self.address.begin_copy()
        self.head = []

    def _on_heading(self, piece: Piece) -> None:
        if self._is_deed(piece):
            return
        if (
            not piece.label
            and not self.head
            and (piece.gap == 0 or not heads_a_block(self.pieces, self.at))
            and self._take_particular(piece)
        ):
            return
        self._separate()
        self.label = piece.text

    def _on_noise(self, piece: Piece) -> None:
        if self.head and piece.gap == 0 and re.search(r"[A-Za-z]", piece.text):
            self.odd_head = True

    # --- heads

    def _on_holder(self, piece: Piece) -> None:
        self._separate()
        self.holder = BlockDraft(
            holder=piece.text or None, first=piece.number, page=piece.page, label="Holder", section=self.section
        )
        if not piece.text:
            self.mode = "holder"

    def _on_amount(self, piece: Piece) -> None:
        target = self.holder or self.open
        if target is None:
            return
        target.amount = piece.text or ""
        target.caption = piece.label

    def _on_address(self, piece: Piece) -> None:
        target = self.holder if self.holder is not None and not self.head else None
        if target is None and self.head and not self.holder and self._is_head_company():
            target = self.holder = BlockDraft(first=self.head[0].number, page=piece.page, section=self.section)
        self.address.begin(target or (self.open if self.open and self.open.signatures else self.recent), piece.text)

    def _is_head_company(self) -> bool:
        return bool(self.head) and has_company_suffix(self.head[-1].text)

    def _is_deed(self, piece: Piece) -> bool:
        """Whether a piece opens an English deed, `Executed as a deed by X acting by ...`; its party is the head."""
        deed = deed_of(piece.text)
        if deed is None:
            return False
        self._separate()
        self.head, self.mode = [replace(piece, kind="text", text=deed.party, gap=1)], "deed"
        self.deed_person = deed.person
        return True

    def _on_other(self, piece: Piece) -> None:
        if self.open and self.open.signatures:
            self.head = []

    def _on_text(self, piece: Piece) -> None:
        if self._is_deed(piece):
            return
        if OFFICE.match(piece.text):
            self._on_address(Piece("address", "", piece.number, piece.page, piece.gap))
        elif self.mode == "holder" and self.holder is not None:
            self.holder.holder, self.mode = piece.text, ""
        elif not self._is_others(piece):
            self.mode = self.mode if self.mode == "witness" else ""
            self._read_text(piece)

    def _is_others(self, piece: Piece) -> bool:
        """Whether a line belongs to a notary or to a witness, who are no parties."""
        if self.mode == "notary":
            name = read_name(piece.text).entity
            return not (
                looks_like_company(name) and (piece.gap or is_capital(name)) and block_follows(self.pieces, self.at)
            )
        if self.mode == "witnessed":
            is_person = name_and_title(piece.text) != ("", "") and not looks_like_company_name(piece.text)
            return is_person and not (piece.gap > 1 and block_follows(self.pieces, self.at))
        return False

    def _read_text(self, piece: Piece) -> None:
        like_address = is_address(piece.text)
        if self.open is not None:
            if not self.open.signatures and self.open.links:
                self._on_link_text(piece)
                return
            if not self.head and self._take_particular(piece):
                return
            if not (self.head or piece.gap or piece.glued or looks_like_company(piece.text) or like_address):
                self.open.doubts.add("a line below the signature was not understood")
        if like_address and self.open is not None and self.open.signatures:
            if not self.open.address or piece.gap == 0:
                self.open.address.append(piece.text)
            return
        self.head.append(piece)

    # --- chains

    def _on_by(self, piece: Piece) -> None:
        if self.mode == "notary" and not self.head:
            return
        if self.mode in ("witness", "witnessed") and not self.head and not self.open:
            self.mode = "witnessed"
            return
        self.mode = ""
        text = piece.text
        if self._signs_awaited(piece) or (not text and self._is_above(piece)) or self._repeats_name(text):
            return
        if SLASH.match(text) or not text.strip("_—–-. xX") or self._is_written(piece):
            self._sign(piece)
            return
        self._link(piece)

    def _signs_awaited(self, piece: Piece) -> bool:
        """Whether `Signature:`, or `By: /s/` and a name, is the line of the person whose name is printed above it."""
        line = self._line()
        if line is None or not line.awaited or self.head:
            return False
        if not (piece.label or same_person(line.name or "", SLASH.sub("", piece.text))):
            return False
        line.awaited, line.bare = False, False
        line.signed = True if SLASH.match(piece.text) else (None if piece.text.strip("_—–-. xX") else False)
        self._reach(piece)
        return True

    def _repeats_name(self, text: str) -> bool:
        """Whether `By: X` only prints the name of the person whose signature stands above it."""
        line = self._line()
        if line is None or self.head or not text:
            return False
        name, title = name_and_title(text, line.written)
        if not (line.name and name and fold(name) == fold(line.name)):
            return False
        line.names.append(name)
        line.titles += [title] if title else []
        return True

    def _is_above(self, piece: Piece) -> bool:
        """Whether the signature that an empty `By:` belongs to was printed above it."""
        line = self._line()
        return (
            line is not None and not self.head and line.bare and not line.names and not line.titles and piece.gap <= 1
        )

    def _is_written(self, piece: Piece) -> bool:
        following = next_piece(self.pieces, self.at)
        return is_typed_signature(piece.text, following.kind if following else "", following.text if following else "")

    def _link(self, piece: Piece) -> None:
        if self.open is None or (self.open.signatures and (self.head or self.open.is_headless)):
            self._start(piece)
        elif self.open.signatures:
            self.open.doubts.add("a second chain follows the signature")
        assert self.open is not None
        self.open.last = piece.number
        self.open.links.append(replace(link_of(piece.text), pieces=[piece]))

    def _on_link_text(self, piece: Piece) -> None:
        assert self.open is not None
        link = self.open.links[-1]
        if not link.text:
            link.go_on(piece)
        elif is_next_party(link, piece.text):
            self.waiting.append(self.open)
            self.open, self.head = None, [piece]
        elif has_company_suffix(link.text) and CAPACITY.fullmatch(piece.text.strip(" ,:")) and not link.its:
            link.its = piece.text
        elif (
            is_continuation(piece.text)
            or is_incomplete(link.text)
            or is_unfinished(link.text, piece.text, piece.gap)
            or CAPACITY.match(piece.text)
            or (piece.gap == 0 and not looks_like_person(piece.text))
        ):
            link.go_on(piece)
        elif looks_like_person(piece.text) or looks_like_title(piece.text):
            self.open.doubts.add("no signature line was found below the chain")
            self._add_signature(SignatureDraft(False, number=piece.number), piece)
            self._take_particular(piece)
        else:
            self.open, self.head = None, [piece]
        if self.open is not None:
            self.open.last = piece.number

    # --- signature lines

    def _start(self, piece: Piece) -> None:
        block = self.holder or BlockDraft(
            label=self.label,
            first=self.head[0].number if self.head else piece.number,
            page=piece.page,
            section=self.section,
        )
        block.heads = [p for p in self.head if not self._is_address_line(p, block)]
        if self.odd_head:
            block.doubts.add("a line above the signature was not understood")
        self.open, self.holder, self.head, self.odd_head = block, None, [], False

    def _is_address_line(self, piece: Piece, block: BlockDraft) -> bool:
        is_care_of = piece.text.casefold().startswith("c/o ")
        if piece is self.head[0] or not (is_care_of or is_address(piece.text)):
            return False
        block.address.append(piece.text)
        return True

    def _sign(self, piece: Piece) -> None:
        line = SignatureDraft(
            False, gap=piece.gap, number=piece.number, bare=piece.kind != "by", aside=piece.column is not None
        )
        if piece.unsure:
            line.doubts.add("the columns could not be told apart for certain")
        text = piece.text
        if piece.kind == "signature" or SLASH.match(text):
            line.signed = True
            write_signature(line, SLASH.sub("", text))
        elif text.strip("_—–-. xX"):
            self._read_typed(line, piece)
        if self.deed_person is not None and line.name is None:
            line.names, line.titles = [self.deed_person[0]], [self.deed_person[1]]
        self.deed_person = None
        self._add_signature(line, piece)

    def _read_typed(self, line: SignatureDraft, piece: Piece) -> None:
        """Reads a name in type behind `By:`: whose signature belongs on the rule above it, or a signature itself."""
        name, title = name_and_title(piece.text)
        line.titles += [title] if title else []
        if self.head and piece.gap == 0 and self.pieces[self.at - 1].kind == "rule":
            line.names.append(name or piece.text)
            return
        following = next_piece(self.pieces, self.at)
        printed_below = following is not None and following.kind == "name"
        if following is not None and printed_below and fold(following.text) == fold(name or piece.text):
            line.signed = True
        else:
            line.signed = None
        line.written = name or piece.text
        line.doubts.add("a name is typed where the signature belongs")

    def _add_signature(self, line: SignatureDraft, piece: Piece) -> None:
        if self.head or self.open is None or self.holder is not None:
            headless = not self.head and self.holder is None
            self._start(piece)
            line.headless = headless
        elif self.open.signatures:
            line.headless = True
            last = self.open.signatures[-1]
            line.follows_bare = last.is_untold and last.bare is line.bare
        assert self.open is not None
        if (
            not self.open.signatures
            and not line.headless
            and not self.open.heads
            and not self.open.holder
            and not self.open.links
        ):
            line.headless = True
        for block in self.waiting:
            block.signatures = self.open.signatures
            for each in (block, self.open):
                each.doubts.add("several parties stand over one signature")
        self.blocks += self.waiting
        self.waiting = []
        self.open.signatures.append(line)
        self.open.last = piece.number
        if not any(block is self.open for block in self.blocks):
            self.blocks.append(self.open)

    def _on_signature(self, piece: Piece) -> None:
        if self.mode == "notary":
            return
        if self.mode in ("witness", "witnessed") and not self.head:
            self.mode, self.open = "witnessed", None
            return
        if is_notarys(self.pieces, self.at):
            return
        self.mode = ""
        self._sign(piece)

    def _on_rule(self, piece: Piece) -> None:
        if self.open is not None and self.open.signatures and self.open.signatures[-1].expects in ("name", "title"):
            return
        if self.mode == "notary" or is_notarys(self.pieces, self.at) or self._underlines(piece):
            return
        if self.mode in ("witness", "witnessed") and not self.head:
            self.mode, self.open = "witnessed", None
            return
        following = next_piece(self.pieces, self.at)
        if following is not None and following.kind == "by":
            return
        head = self.head[-1].text if self.head else ""
        named = following is not None and (
            following.kind == "name" or (following.kind == "text" and name_and_title(following.text)[0] != "")
        )
        if named or looks_like_company(head) or looks_like_person(head):
            self.mode = ""
            self._sign(piece)
        else:
            self.odd_head = True

    def _underlines(self, piece: Piece) -> bool:
        """Whether a rule is drawn under the signature on the line above it."""
        before = self.pieces[self.at - 1] if self.at else piece
        line = self._line()
        return before.kind in ("by", "signature") and piece.gap == 0 and line is not None and line.signed is True

    def _line(self) -> SignatureDraft | None:
        return self.open.signatures[-1] if self.open is not None and self.open.signatures else None

    def _on_name(self, piece: Piece) -> None:
        if self.mode in ("witness", "witnessed", "notary"):
            return
        line = line_of_label(self.open, "labelled_name", piece.text) if not self.head else None
        if line is None and not self.head and not (self.open and self.open.links) and self._names_party(piece):
            self.head, self.odd_head = [replace(piece, kind="text")], True
            return
        if line is None:
            if not (self.head and looks_like_company(self.head[-1].text)) and not (
                self.open is not None and self.open.links
            ):
                self.head, self.odd_head = [], True
                return
            line = self._name_first(piece)
        elif line.named_first and not line.awaited and line.names:
            line = self._name_first(piece)
        if piece.text:
            name, title = name_and_title(piece.text, line.written)
            line.names.append(person_or_none(name or piece.text) or "")
            line.titles += [title] if title and name else []
        line.labelled_name = True
        line.expects = "" if piece.text else "name"
        self._reach(piece)

    def _names_party(self, piece: Piece) -> bool:
        """Whether `Name:` stands above `By:` or `Signature:`, so that it names the party."""
        following = next_piece(self.pieces, self.at)
        return bool(piece.text) and following is not None and following.kind == "by" and following.gap <= 2

    def _name_first(self, piece: Piece) -> SignatureDraft:
        """A line whose name is printed above it, or that is missing."""
        line = SignatureDraft(False, number=piece.number, awaited=True, named_first=True)
        line.doubts.add("no signature line was found above the name")
        self._add_signature(line, piece)
        return line

    def _on_title(self, piece: Piece) -> None:
        line = line_of_label(self.open, "labelled_title", "") if not self.head else None
        if self.mode in ("witness", "witnessed", "notary") or line is None:
            return
        if piece.text:
            title, name = split_dashed(piece.text, line.name)
            if name:
                line.names += [name]
                line.doubts.add("a name stands behind the title")
            line.titles = [before_company(title) if piece.glued else title]
            if line.titles != [title]:
                line.doubts.add("more than a title stands behind its label")
        line.labelled_title = True
        line.expects = "" if piece.text else "title"
        self._reach(piece)

    def _on_its(self, piece: Piece) -> None:
        if self.open is not None and self.open.links and not self.open.signatures:
            self.open.links[-1].its = piece.text
            self._reach(piece)
        else:
            self._on_title(piece)

    def _reach(self, piece: Piece) -> None:
        if self.open is not None:
            self.open.last = piece.number

    def _take_particular(self, piece: Piece) -> bool:
        before = self.pieces[self.at - 1] if self.at else piece
        if before.kind == "date" or (before.kind == "noise" and re.search(r"\d", before.text)):
            piece = replace(piece, gap=max(piece.gap, 1))  # below a date nothing goes on with the title above it
        return self.open is not None and take_particular(self.open, piece, heads_a_block(self.pieces, self.at))


def read_blocks(pieces: Sequence[Piece]) -> list[BlockDraft]:
    """The blocks with a signature line, in the order of the document; those of exhibits have a `section` above 0."""
    return BlockReader(pieces).read()
