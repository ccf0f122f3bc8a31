"""Typesetting with typst: the fonts, the words that they can set, and the way to a PDF.

Words reach typst as JSON in `sys.inputs`, never as part of its source. Only the fonts in this folder and typst's own
are used, never those of the machine, so that the same input gives the same bytes everywhere. A family whose files are
put into `fonts` can be named in a style, and sets the characters that the style's own family lacks.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from PIL import ImageFont

FOLDER = Path(__file__).parent
BOOK_FONT = "Libertinus Serif"
SHIPPED = (
    BOOK_FONT,
    "Liberation Serif",
    "Liberation Sans",
)  # what a style may name; each has a regular and a bold face

_PROBE = 40  # pixels; the size at which glyphs are compared
_HYPHENATED = re.compile("[^-]*-|[^-]+")
_NO_CHARACTER = "\U0010fffd"  # private use: no font here has it


class CannotSet(ValueError):
    """No font has a character. `characters` are those; the message is a sentence for a person."""

    def __init__(self, characters: str) -> None:
        names = ", ".join(_named(character) for character in characters[:5])
        more = "" if len(characters) <= 5 else f" and {len(characters) - 5} more"
        super().__init__(f"There is no font for {names}{more}. Write the name in letters that there is one for.")
        self.characters = characters


def _named(character: str) -> str:
    if character.isprintable() and not unicodedata.combining(character):
        return f"“{character}”"
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The folder's fonts, and those that typst brings along, of which DejaVu Sans Mono sets the pages' numbers."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(FOLDER / "fonts")])


@lru_cache(maxsize=1)
def _regular_faces() -> dict[str, ImageFont.FreeTypeFont]:
    return {
        font.family: ImageFont.truetype(font.path, _PROBE, index=font.index)
        for font in _fonts().fonts()
        if font.path and font.style == "normal" and font.weight == 400
    }


def families(first: str) -> list[str]:
    """Return this family and then all others of the folder. Raises ValueError if it is not among them."""
    known = sorted(_regular_faces())
    if first not in known:
        raise ValueError(f"There is no font {first}. There are: {', '.join(known)}.")
    return [first, *(family for family in known if family != first)]


@lru_cache(maxsize=4096)
def _has(character: str) -> bool:
    """Whether any family has a glyph of its own for the character."""
    if character in " \n":
        return True
    if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
        return False  # nothing to see, or what turns the order of the letters around
    for face in _regular_faces().values():
        if bytes(face.getmask(character)) != bytes(face.getmask(_NO_CHARACTER)) or character.isspace():
            return True
    return False


def words(text: str) -> str:
    """Return the text as it is set: composed (NFC), white space collapsed. Raises CannotSet for what no font has."""
    plain = " ".join(unicodedata.normalize("NFC", text).replace("\u00ad", "").replace("\u200b", "").split())
    lacking = "".join(dict.fromkeys(character for character in plain if not _has(character)))
    if lacking:
        raise CannotSet(lacking)
    return plain


def breakable(text: str, family: str, size: float, width: float) -> str:
    """Return `words(text)`; a word wider than `width` points at this size may break between any two of its letters,
    or where it has hyphens, behind these alone unless a part between them is too wide."""
    face = _regular_faces()[family]

    def broken(part: str) -> str:
        body, hyphen = (part[:-1], "-") if part.endswith("-") else (part, "")
        is_wide = len(body) > 8 and face.getlength(body) * size / _PROBE * 1.12 > width
        return ("\u200b".join(body) if is_wide else body) + hyphen

    return " ".join("".join(map(broken, _HYPHENATED.findall(word))) for word in words(text).split(" "))


def typeset(name: str, data: dict[str, Any]) -> typst.Compiler:
    """Return typst's compiler over the source `name` of this folder, with the data as its input."""
    return typst.Compiler(
        str(FOLDER / name),
        root=str(FOLDER),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
    )


def pdf_bytes(compiler: typst.Compiler) -> bytes:
    """Return the compiled PDF, the same bytes for the same data."""
    pdf = compiler.compile(format="pdf", timestamp=0, pdf_tags=False)
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave pages where one PDF was asked for")
    return pdf
