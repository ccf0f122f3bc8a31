"""The signature blocks of a document: heads, chains and signature lines, read from its pieces in order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from .labels import SLASH
from .lines import Piece
from .names import capacity_of, is_continuation, is_unfinished, read_name
from .signers import SignatureDraft, goes_on, looks_like_company_name, name_and_title, person_or_none, same_person, write_signature
from .words import CAPACITY, fold, has_company_suffix, is_capital, is_incomplete, looks_like_company, looks_like_person, looks_like_title


@dataclass
class LinkDraft:
    """One `By: X, its Y` while it is gathered; `its` is a capacity of its own line, `first` one that stood in front."""

    text: str
    its: str = ""
    first: str = ""


@dataclass
class BlockDraft:
    """One signature block while it is gathered."""

    heads: list[Piece] = field(default_factory=list)
    label: str | None = None
    holder: str | None = None
    address: list[str] = field(default_factory=list)
    amount: str | None = None
    caption: str | None = None
    links: list[LinkDraft] = field(default_factory=list)
    signatures: list[SignatureDraft] = field(default_factory=list)
    first: int = 0
    last: int = 0
    page: int | None = None
    section: int = 0
    doubts: set[str] = field(default_factory=set)


_DEED = re.compile(
    r"^(?:(?:duly\s+)?(?:executed|signed|sealed|delivered|given)(?:\s*(?:,|and)\s*(?:sealed|delivered|executed))*)\s+(?:and\s+delivered\s+)?(?:as\s+a\s+deed\s+|under\s+seal\s+|under\s+hand\s+)?"
    r"(?:for\s+and\s+on\s+behalf\s+of|on\s+behalf\s+of|by\s+and\s+on\s+behalf\s+of|for|by)\s+(?:the\s+said\s+)?(?P<party>.+?)"
    r"(?:,?\s+acting\s+(?:by|through)\s+(?P<person>[^:]*?))?(?:,?\s+(?:by\s+its|by|(?:and\s+)?in\s+the\s+presence\s+of)\b[^:]*)?\s*[:.]?$",
    re.IGNORECASE,
)
_ADDRESS_LIKE = re.compile(
    r"^(?:c/o\b|P\.?\s?O\.?\s+Box|\d+[\w-]*\s+\w+|(?:One|Two|Three)\s+\w+.*(?:Plaza|Street|Avenue|Center|Square|Place|Drive|Road)|Suite\b|Floor\b|\d+(?:st|nd|rd|th)\s+Floor|"
    r"Attn|Attention|.*\b[A-Z]{2}\.?\s+\d{5}(?:-\d{4})?$|.*,\s*[A-Z][a-z]+\s+\d{5}(?:-\d{4})?$|.*\b(?:Suite|Floor|Street|Avenue|Boulevard|Drive|Road|Parkway|Highway|Lane)\b(?!.*(?:Inc|LLC|L\.P|Corp|Bank|Trust)\b))",
    re.IGNORECASE,
)
_OFFICE = re.compile(r"^(?:(?:domestic|eurodollar|libor|euro-rate|applicable|agent[’']s|lending|payment|and)\s+)+(?:office|address)s?:?$", re.IGNORECASE)


class BlockReader:
    """Reads pieces one by one; `blocks` holds what was found. Use `read_blocks`."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = pieces
        self.blocks: list[BlockDraft] = []
        self.open: BlockDraft | None = None
        self.head: list[Piece] = []
        self.holder: BlockDraft | None = None
        self.label: str | None = None
        self.mode = ""
        self.address_to: BlockDraft | None = None
        self.recent: BlockDraft | None = None
        self.odd_head = False
        self.deed_person: tuple[str, str] | None = None
        self.section = 0
        self.at = 0

    def read(self) -> list[BlockDraft]:
        for self.at, piece in enumerate(self.pieces):
            if self.mode in ("address", "copy") and self._in_address(piece):
                continue
            handler = getattr(self, f"_on_{piece.kind}", None)
            if handler is not None:
                handler(piece)
        return [block for block in self.blocks if block.signatures]

    # --- what ends a block

    def _separate(self) -> None:
        self.open, self.head, self.mode, self.odd_head = None, [], "", False

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
            if last.headless or not self.open.links and piece.number - last.number <= 4:
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
        self.mode, self.address_to = "copy", None
        self.head = []

    def _on_heading(self, piece: Piece) -> None:
        if self._is_deed(piece):
            return
        if not piece.label and not self.head and (piece.gap == 0 or not self._heads_a_block()) and self._take_particular(piece):
            return
        self._separate()
        self.label = piece.text

    def _on_noise(self, piece: Piece) -> None:
        if self.head and piece.gap == 0 and re.search(r"[A-Za-z]", piece.text):
            self.odd_head = True

    # --- heads

    def _on_holder(self, piece: Piece) -> None:
        self._separate()
        self.holder = BlockDraft(holder=piece.text or None, first=piece.number, page=piece.page, label="Holder", section=self.section)
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
        self.address_to = target or (self.open if self.open and self.open.signatures else self.recent)
        self.mode = "address"
        if piece.text and self.address_to is not None and not self.address_to.address:
            self.address_to.address.append(piece.text)
        elif self.address_to is not None and self.address_to.address:
            self.address_to = None

    def _is_head_company(self) -> bool:
        return bool(self.head) and has_company_suffix(self.head[-1].text)

    def _in_address(self, piece: Piece) -> bool:
        """Whether a piece still belongs to the address that is being read."""
        if piece.kind in ("noise",):
            return True
        if piece.kind == "other":
            if self.mode == "address" and self.address_to is not None and self.address_to.address:
                self.address_to = None
            return True
        if piece.kind == "heading" and piece.gap == 0:
            return True
        if piece.kind not in ("text", "prose"):
            self.mode = ""
            return False
        started = self.address_to is None or bool(self.address_to.address)
        if piece.kind == "prose" and piece.gap:
            self.mode = ""
            return False
        if piece.gap and started and not _ADDRESS_LIKE.match(piece.text) and (self._block_follows() or self.address_to is not None):
            if not (self.mode == "copy" or self.address_to is None) or self._block_follows():
                self.mode = ""
                return False
        if self.address_to is not None:
            if piece.gap == 0 and started and self._block_follows() and is_capital(piece.text) and has_company_suffix(piece.text):
                self.mode = ""
                return False
            self.address_to.address.append(piece.text)
        return True

    def _block_follows(self) -> bool:
        """Whether a `By:` comes before anything that would end a head."""
        for piece in self.pieces[self.at + 1 : self.at + 9]:
            if piece.kind in ("by", "signature", "rule", "amount", "holder"):
                return True
            if piece.kind not in ("text", "noise", "date", "heading", "witness"):
                return False
        return False

    def _is_deed(self, piece: Piece) -> bool:
        """Whether a piece is the opening of an English deed, `Executed as a deed by X acting by ...`; if so its party is the head."""
        deed = _DEED.match(piece.text)
        company = read_name(deed.group("party")).entity if deed else ""
        if not deed or not (looks_like_company(company) or looks_like_person(company)):
            return False
        self._separate()
        self.head, self.mode = [Piece("text", company, piece.number, piece.page, 1)], "deed"
        name, _, title = (deed.group("person") or "").partition(",")
        self.deed_person = (name.strip(), capacity_of(title)) if looks_like_person(name.strip()) else None
        return True

    def _on_other(self, piece: Piece) -> None:
        if self.open and self.open.signatures:
            self.head = []

    def _on_date(self, piece: Piece) -> None:
        return None

    def _on_text(self, piece: Piece) -> None:
        if self._is_deed(piece):
            return
        if _OFFICE.match(piece.text):
            self._on_address(Piece("address", "", piece.number, piece.page, piece.gap))
            return
        if self.mode == "notary":
            if not (looks_like_company(read_name(piece.text).entity) and (piece.gap or is_capital(read_name(piece.text).entity)) and self._block_follows()):
                return
            self.mode = ""
        if self.mode == "holder" and self.holder is not None:
            self.holder.holder, self.mode = piece.text, ""
            return
        if self.mode == "witnessed":
            if name_and_title(piece.text) != ("", "") and not looks_like_company_name(piece.text) and not (piece.gap > 1 and self._block_follows()):
                return
            self.mode = ""
        if self.open is not None:
            if not self.open.signatures and self.open.links:
                self._on_link_text(piece)
                return
            if not self.head and self._take_particular(piece):
                return
            if not self.head and piece.gap == 0 and not piece.glued and not looks_like_company(piece.text) and not _ADDRESS_LIKE.match(piece.text):
                self.open.doubts.add("a line below the signature was not understood")
        if _ADDRESS_LIKE.match(piece.text) and self.open is not None and self.open.signatures and not has_company_suffix(piece.text):
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
        if not text and self._is_above(piece) or self._repeats_name(text):
            return
        if SLASH.match(text) or not text.strip("_—–-. xX") or self._is_written(piece):
            self._sign(piece)
            return
        self._link(piece)

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
        return line is not None and not self.head and line.bare and not line.names and not line.titles and piece.gap <= 1

    def _is_written(self, piece: Piece) -> bool:
        """Whether what stands behind `By` is a signature in type, not the next entity of the chain."""
        following = self._next()
        name, title = name_and_title(piece.text)
        if has_company_suffix(re.split(r",\s*(?:its|as|a|an)\b", piece.text)[0]) or re.match(r"^(?:its|the|as)\b.*:$", piece.text, re.IGNORECASE):
            return False
        if following is not None and following.kind in ("name", "title", "its"):
            if following.kind == "name":
                return fold(following.text) == fold(piece.text) or bool(name) or not looks_like_company(piece.text)
            return bool(name) and not looks_like_company(piece.text)
        if following is not None and following.kind == "by":
            return False
        return bool(name) and (bool(title) or not looks_like_company(piece.text))

    def _next(self, skip: int = 0) -> Piece | None:
        for piece in self.pieces[self.at + 1 + skip :]:
            if piece.kind not in ("noise",):
                return piece
        return None

    def _link(self, piece: Piece) -> None:
        if self.open is None or self.open.signatures:
            before = self.open
            self._start(piece)
            assert self.open is not None
            if not self.open.heads and not self.open.holder and before is not None and before.signatures:
                self.open.heads = before.heads
                self.open.holder = before.holder
                self.open.doubts.add("a second chain follows the signature")
        assert self.open is not None
        self.open.last = piece.number
        text = piece.text
        first = re.match(r"^((?:its|the|as|a|an|sole|general|managing|duly)\b[^:]*?):\s*(.*)$", text, re.IGNORECASE)
        if first and CAPACITY.match(first.group(1)):
            self.open.links.append(LinkDraft(first.group(2), first=first.group(1)))
        elif re.match(r"^its\b", text, re.IGNORECASE) and CAPACITY.match(text) and len(text.split()) <= 5:
            self.open.links.append(LinkDraft("", first=text))
        else:
            self.open.links.append(LinkDraft(text))

    def _on_link_text(self, piece: Piece) -> None:
        assert self.open is not None
        link = self.open.links[-1]
        if not link.text:
            link.text = piece.text
        elif has_company_suffix(link.text) and CAPACITY.fullmatch(piece.text.strip(" ,:")) and not link.its:
            link.its = piece.text
        elif is_continuation(piece.text) or is_incomplete(link.text) or is_unfinished(link.text, piece.text, piece.gap) or CAPACITY.match(piece.text):
            link.text += " " + piece.text
        elif piece.gap == 0 and not looks_like_person(piece.text):
            link.text += " " + piece.text
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
        block = self.holder or BlockDraft(label=self.label, first=self.head[0].number if self.head else piece.number, page=piece.page, section=self.section)
        block.heads = [p for p in self.head if not self._is_address_line(p, block)]
        if self.odd_head:
            block.doubts.add("a line above the signature was not understood")
        self.open, self.holder, self.head, self.odd_head = block, None, [], False

    def _is_address_line(self, piece: Piece, block: BlockDraft) -> bool:
        if not _ADDRESS_LIKE.match(piece.text) or has_company_suffix(piece.text) or piece is self.head[0]:
            return False
        block.address.append(piece.text)
        return True

    def _sign(self, piece: Piece) -> None:
        line = SignatureDraft(False, gap=piece.gap, number=piece.number, bare=piece.kind != "by")
        if piece.unsure:
            line.doubts.add("the columns could not be told apart for certain")
        text = piece.text
        if piece.kind == "signature" or SLASH.match(text):
            line.signed = True
            write_signature(line, SLASH.sub("", text))
        elif text.strip("_—–-. xX"):
            name, title = name_and_title(text)
            following = self._next()
            printed_below = following is not None and following.kind == "name" and fold(following.text) == fold(name or text)
            line.signed = True if printed_below else None
            line.written = name or text
            line.titles += [title] if title else []
            line.doubts.add("a name is typed where the signature belongs")
        if piece.kind == "by" and not text and (following := self._next()) is not None and following.kind in ("signature", "rule"):
            line.expects = "signature"
        if self.deed_person is not None and line.name is None:
            line.names, line.titles = [self.deed_person[0]], [self.deed_person[1]]
        self.deed_person = None
        self._add_signature(line, piece)

    def _add_signature(self, line: SignatureDraft, piece: Piece) -> None:
        if self.head or self.open is None or self.holder is not None:
            headless = not self.head and self.holder is None
            self._start(piece)
            line.headless = headless
        elif self.open.signatures:
            line.headless = True
            last = self.open.signatures[-1]
            line.follows_bare = not (last.names or last.titles or last.labelled_name or last.labelled_title)
        assert self.open is not None
        if not self.open.signatures and not line.headless and not self.open.heads and not self.open.holder and not self.open.links:
            line.headless = True
        self.open.signatures.append(line)
        self.open.last = piece.number
        if self.open not in self.blocks:
            self.blocks.append(self.open)

    def _on_signature(self, piece: Piece) -> None:
        if self.open is not None and self.open.signatures and self.open.signatures[-1].expects == "signature":
            self.open.signatures[-1].expects = ""
            self.open.signatures[-1].signed = True
            write_signature(self.open.signatures[-1], piece.text)
            return
        if self.mode == "notary":
            return
        if self.mode in ("witness", "witnessed") and not self.head:
            self.mode, self.open = "witnessed", None
            return
        if self._is_notarys():
            return
        self.mode = ""
        self._sign(piece)

    def _is_notarys(self) -> bool:
        return any(p.kind == "notary" for p in self.pieces[self.at + 1 : self.at + 4])

    def _on_rule(self, piece: Piece) -> None:
        if self.open is not None and self.open.signatures and self.open.signatures[-1].expects == "signature":
            self.open.signatures[-1].expects = ""
            return
        if self.open is not None and self.open.signatures and self.open.signatures[-1].expects in ("name", "title"):
            return
        if self.mode == "notary" or self._is_notarys():
            return
        if self.mode in ("witness", "witnessed") and not self.head:
            self.mode, self.open = "witnessed", None
            return
        following = self._next()
        if following is None or following.kind == "by":
            return
        named = following.kind == "name" or following.kind == "text" and name_and_title(following.text)[0] != ""
        if self.head and looks_like_company(self.head[-1].text) or named or (self.head and looks_like_person(self.head[-1].text)):
            self.mode = ""
            self._sign(piece)

    # --- particulars

    def _line(self) -> SignatureDraft | None:
        return self.open.signatures[-1] if self.open is not None and self.open.signatures else None

    def _turn(self, label: str, text: str) -> SignatureDraft | None:
        """The signature line that a label belongs to: the last, or where several stood together, the first still without it."""
        line = self._line()
        if line is None or self.open is None:
            return None
        together = [line]
        for before in reversed(self.open.signatures[:-1]):
            if not together[0].follows_bare:
                break
            together.insert(0, before)
        open_lines = [s for s in together if not getattr(s, label)]
        return next((s for s in open_lines if s.written and text and same_person(text, s.written)), open_lines[0] if open_lines else line)

    def _on_name(self, piece: Piece) -> None:
        if self.mode in ("witness", "witnessed", "notary"):
            return
        line = self._turn("labelled_name", piece.text) if not self.head else None
        if line is None:
            if not (self.head and looks_like_company(self.head[-1].text)) and not (self.open is not None and self.open.links):
                return
            line = SignatureDraft(False, number=piece.number)
            line.doubts.add("no signature line was found")
            self._add_signature(line, piece)
        if piece.text:
            name, title = name_and_title(piece.text, line.written)
            line.names.append(person_or_none(name or piece.text) or "")
            line.titles += [title] if title and name else []
        line.labelled_name = True
        line.expects = "" if piece.text else "name"
        self._reach(piece)

    def _on_title(self, piece: Piece) -> None:
        line = self._turn("labelled_title", "") if not self.head else None
        if self.mode in ("witness", "witnessed", "notary") or line is None:
            return
        if piece.text:
            line.titles = [piece.text]
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
        """Whether an unlabelled piece is a name or a title of the signature line above it; if so it is kept there."""
        line = self._line()
        if line is None:
            return False
        text, taken = piece.text, False
        if line.written and not line.names and piece.gap == 0 and len(text.split()) == 1 and re.search(r"(?:^\S+|\b[A-Z]\.)$", line.written) and text[:1].isupper():
            line.written += " " + text
            self._reach(piece)
            return True
        if line.expects in ("name", "title") and piece.gap <= 1:
            name, title = name_and_title(text, line.written)
            if line.expects == "name" and name and not looks_like_company(text):
                line.names.append(name)
                taken = True
            elif line.expects == "title" and looks_like_title(text):
                line.titles.append(text)
                taken = True
            line.expects = ""
        if not taken and (goes_on(line, text, piece.gap) or self._runs_on(line, piece)):
            line.titles.append(text)
            taken = True
        if not taken:
            taken = self._take_unlabelled(line, piece)
        if taken:
            self._reach(piece)
        return taken

    def _runs_on(self, line: SignatureDraft, piece: Piece) -> bool:
        """Whether a mixed-case line right under a labelled title is its second line, where the parties are in capitals."""
        if not (line.labelled_title and line.titles) or piece.gap or piece.glued or self.open is None or not self.open.heads:
            return False
        return is_capital(self.open.heads[0].text) and not is_capital(piece.text) and not is_capital(line.titles[-1]) and not has_company_suffix(read_name(piece.text).entity) \
            and not _ADDRESS_LIKE.match(piece.text)

    def _take_unlabelled(self, line: SignatureDraft, piece: Piece) -> bool:
        name, title = name_and_title(piece.text, line.written)
        if name and not line.labelled_name and not line.names:
            same = bool(line.written) and same_person(name, line.written)
            if not same and (person_or_none(line.written) or piece.gap > 2 or (piece.gap and not title and self._heads_a_block()) or looks_like_company(name)):
                return False
            line.names.append(name)
            line.titles += [title] if title else []
            if not same:
                line.doubts.add("the name is not labelled")
            return True
        if name and fold(name) in {fold(n) for n in line.names} and piece.gap <= 1 and not self._heads_a_block():
            line.titles += [title] if title else []
            return True
        near = piece.gap <= 1 or (piece.gap <= 6 and not self._heads_a_block())
        if title and not name and not line.titles and not line.labelled_title and near and not has_company_suffix(piece.text):
            line.titles.append(title)
            return True
        return False

    def _heads_a_block(self) -> bool:
        """Whether this piece, perhaps with lines right below it, stands above a signature line of its own."""
        for piece in self.pieces[self.at + 1 : self.at + 5]:
            if piece.kind in ("by", "signature", "rule"):
                return True
            if piece.kind not in ("text", "noise") or piece.gap > 1 or looks_like_title(piece.text):
                return False
        return False


def read_blocks(pieces: Sequence[Piece]) -> list[BlockDraft]:
    """The blocks that carry a signature line, in the order of the document; those of exhibits have a `section` above 0."""
    return BlockReader(pieces).read()
