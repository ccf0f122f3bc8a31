"""Read one received page: code, match, alignment, ink. Each step is a module of its own; here is their order."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.align import Alignment, corners_of, from_codes, in_perspective, refine
from signatures.paper.code import parse_payload, payload
from signatures.paper.decode import Codes, Sighting, find_code_near, find_codes
from signatures.paper.faint import doubt_faint
from signatures.paper.ink import page_corners, print_on, sheet, strokes, unprinted
from signatures.paper.layout import Box
from signatures.paper.lines import judge, unsure
from signatures.paper.marks import changes_of_print, darker_print, marks, odd_amounts, on_codes, untouched
from signatures.paper.picture import Picture, Pixels
from signatures.paper.raster import Reduced, mapped, reduced
from signatures.paper.reading import PACKET_LINK, CodeSeen, Issued, PageResult, Reading
from signatures.paper.template import Template, template
from signatures.paper.upright import Upright, jpeg, thumbnail, turn_upright
from signatures.paper.worn import worn_lines

ENGINE = "8"

cv2.setNumThreads(1)  # pages are read side by side by processes, not inside one

# A page with so many marks is one that the print was laid over badly, or one that a person must read anyway.
_MOST_MARKS = 8
_WHITE, _WHITE_SHARE = 253, 0.8

# The address of a packet, as the code on its cover sheet says it.
_LINK = re.compile(r"https?://[^/\s]+(?:/[^/\s]+)*/p/[\w-]{43}/?")

Find = Callable[[str], Issued | None]


@dataclass(frozen=True)
class _Known:
    """A page whose code was read: which issued page it is, and how the codes lie on it."""

    payload: str
    issued: Issued
    pairs: tuple[tuple[Sighting, Box], ...]


def read_page(picture: Picture, find: Find, index: int = 0) -> PageResult:
    """Return what is to be seen on `picture`, with an upright JPEG and a thumbnail.

    `find` gets the first code's text of an issued page (as in PageLayout.payload) and returns what was issued, or None
    if there is no such page. `index` is passed on to the result.
    """
    began = time.perf_counter()
    sizes = Reduced(picture.gray)
    codes = find_codes(picture.gray, _is_ours, sizes)
    known, reason = _match(codes, find)
    if known is None:
        turned, mirrored = _turn(codes.ours[0].corners) if codes.ours else (0, False)
        page = turn_upright(picture, sizes, turned, mirrored)
        reading = _unidentified(page, codes, reason, turned)
    else:
        turned, mirrored = _turn(known.pairs[0][0].corners)
        page = turn_upright(picture, sizes, turned, mirrored)
        reading = _read_issued(picture, page, known, turned, mirrored)
    shown = page.gray if page.colour is None else page.colour
    reading = replace(
        reading,
        electronic_signature=picture.electronic_signature,
        notes=picture.notes + reading.notes,
        size=(shown.shape[1], shown.shape[0]),
    )
    upright, small = jpeg(shown), thumbnail(shown, page.sizes if page.colour is None else None)
    digest = _digest(picture, sizes)
    reading = replace(reading, seconds=round(time.perf_counter() - began, 4))
    return PageResult(index, reading, upright, small, digest)


def _digest(picture: Picture, sizes: Reduced) -> str:
    """Return the SHA-256 of the pixels as received: of black and white those of their bits, of others the means of four
    each, which are fewer."""
    pixels = np.packbits(picture.gray, axis=None) if picture.bilevel else np.ascontiguousarray(sizes.by(2))
    digest = hashlib.sha256(repr(picture.gray.shape).encode())
    digest.update(pixels.data)
    return digest.hexdigest()


def read_turned(upright: bytes, degrees: int, find: Find) -> PageResult:
    """Read a page again from its kept JPEG, turned clockwise by `degrees` (0, 90, 180 or 270). Raises ValueError if it
    is no picture."""
    return read_page(_from_jpeg(upright, degrees), find)


def read_as(upright: bytes, degrees: int, issued: Issued) -> PageResult:
    """Read a page of which a person said which issued page it is, without its codes: the whole sheet is taken for the
    whole picture, and aligned by its print. Such a reading is never certain. Raises ValueError if it is no picture."""
    picture, layout = _from_jpeg(upright, degrees), issued.layout
    page = turn_upright(picture, Reduced(picture.gray), 0, False)
    shown = page.gray if page.colour is None else page.colour
    height, width = page.gray.shape
    across, down = layout.size
    top = Box(0, 0, across, down / 20)
    bands = (top, Box(0, down - top.y1, across, down))
    scale = np.array((width / across, height / down))
    pairs = tuple((Sighting("", corners_of(box) * scale, "person"), box) for box in bands)
    reading = _read_issued(picture, page, _Known(layout.payload, issued, pairs), 0, False)
    reading = replace(reading, method="layout", codes=(), turned=degrees, size=(width, height))
    return PageResult(0, reading, jpeg(shown), thumbnail(shown, page.sizes if page.colour is None else None))


def _from_jpeg(upright: bytes, degrees: int) -> Picture:
    seen = cv2.imdecode(np.frombuffer(upright, np.uint8), cv2.IMREAD_UNCHANGED)
    if seen is None:
        raise ValueError("The picture of this page cannot be opened.")
    pixels = np.asarray(np.rot90(seen, -degrees // 90), np.uint8)
    if pixels.ndim == 2:
        return Picture(np.ascontiguousarray(pixels), black_and_white=_paper_is_white(pixels))
    gray = np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_BGR2GRAY), np.uint8)
    return Picture(gray, np.ascontiguousarray(pixels[:, :, ::-1]))


def _is_ours(text: str) -> bool:
    return parse_payload(text) is not None


def _first_text(text: str) -> str:
    parsed = parse_payload(text)
    assert parsed is not None  # only accepted codes come here
    return payload(parsed.key, "A")


def _match(codes: Codes, find: Find) -> tuple[_Known | None, str | None]:
    """Return the issued page that the codes name, or None with the reason."""
    if not codes.ours:
        return None, None
    found: dict[str, Issued] = {}
    texts = dict.fromkeys(_first_text(code.text) for code in codes.ours)
    for text in texts:
        issued = find(text)
        if issued is not None:
            found[text] = issued
    if len(texts) > 1:
        return None, "Codes of two different pages are on this page."
    if not found:
        return None, "The code on this page is well formed, but no page was issued with it."
    text, issued = next(iter(found.items()))
    pairs = tuple((code, issued.layout.codes[_corner(code.text)]) for code in codes.ours)
    return _Known(text, issued, pairs), None


def _corner(text: str) -> int:
    parsed = parse_payload(text)
    return 0 if parsed is None or parsed.corner == "A" else 1


def _turn(corners: NDArray[np.float64]) -> tuple[int, bool]:
    """Return how many degrees clockwise the page must be turned to be upright, and whether it is mirrored.

    A mirrored picture is mirrored left to right first, then turned.
    """
    right, down = corners[1] - corners[0], corners[3] - corners[0]
    mirrored = bool(right[0] * down[1] - right[1] * down[0] < 0)
    if mirrored:
        right = right * (-1, 1)
    angle = float(np.degrees(np.arctan2(right[1], right[0])))
    return (-round(angle / 90) * 90) % 360, mirrored


def _unidentified(page: Upright, codes: Codes, reason: str | None, turned: int) -> Reading:
    seen = tuple(_seen(code, page) for code in codes.ours)
    if not codes.ours and not codes.foreign and _is_empty(page.gray):
        return Reading(ENGINE, "empty", reason="The page is empty.", turned=turned)
    if reason is None:
        reason = "The code on this page is not one of ours." if codes.foreign else "No code of ours could be read."
    notes = (PACKET_LINK,) if any(map(_LINK.fullmatch, codes.foreign)) else ()
    return Reading(ENGINE, "unidentified", reason=reason, codes=seen, turned=turned, notes=notes)


def _is_empty(gray: Pixels) -> bool:
    """Tell a page with nothing on it: hardly a cell of it is a shade darker than the paper around. The pale text of a
    bad copy is enough for a page that somebody must see."""
    small = reduced(gray, 8)
    rim = max(1, min(small.shape) // 20)
    inner = small[rim:-rim, rim:-rim]
    if not inner.size:
        return False
    paper = np.asarray(cv2.morphologyEx(inner, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)), np.uint8)
    return bool((cv2.subtract(paper, inner) > 20).mean() < 0.0012)


def _read_issued(picture: Picture, page: Upright, known: _Known, turned: int, mirrored: bool) -> Reading:
    layout = known.issued.layout
    issued = template(known.issued.blank)
    alignment, pairs = _aligned(picture, page, known, issued)
    plain = Reading(
        ENGINE,
        "issued",
        payload=known.payload,
        method="code",
        turned=turned,
        codes=tuple(_seen(code, page) for code, _ in pairs),
        notes=("The page was mirrored.",) if mirrored else (),
    )
    if not alignment.sound:
        reason = f"The page could not be laid over the issued one: {alignment.reason}."
        lines, fields = unsure(layout, reason)
        return replace(plain, lines=lines, fields=fields, reason=reason)
    ready = sheet(page.sizes, page.bilevel, turned in (90, 270), page_corners(alignment.matrix, layout))
    printed = print_on(ready, issued, alignment, layout)
    lost = _shades_are_lost(picture)
    worn = worn_lines(ready, alignment, layout) if lost else frozenset()
    rest = unprinted(ready, printed, alignment, layout, picture.origin == "fax")
    ink = strokes(rest, printed, alignment, layout)
    lines, fields = judge(ink, layout, lost, worn)
    lines, fields = doubt_faint(ready, alignment, layout, lines, fields)
    boxes = (*marks(ink, layout), *changes_of_print(ready, rest, printed, alignment, ink, layout))
    laid_badly = len(boxes) >= _MOST_MARKS
    boxes += on_codes(ink, layout) + odd_amounts(ink, lines, fields, layout)
    if laid_badly:
        lines, fields = unsure(layout, "So much here differs from the page as issued that ink on a line says little.")
    boxes += untouched(darker_print(ready, page.sizes, printed, alignment, layout), boxes)
    return replace(
        plain,
        lines=lines,
        fields=fields,
        other_ink=bool(boxes),
        other_ink_boxes=boxes,
        matrix=tuple(float(value) for value in alignment.matrix.ravel()),
        alignment_error=round(alignment.error, 3),
    )


def _shades_are_lost(picture: Picture) -> bool:
    """Tell a picture that came in black and white: faint ink is gone there. One put together from strips does not say
    so, but its paper is white throughout."""
    rendered = picture.origin == "rendered" and _paper_is_white(picture.gray)
    return picture.bilevel or picture.black_and_white or rendered


def _paper_is_white(gray: Pixels) -> bool:
    return bool((gray[::8, ::8] >= _WHITE).mean() > _WHITE_SHARE)


def _aligned(
    picture: Picture, page: Upright, known: _Known, issued: Template
) -> tuple[Alignment, tuple[tuple[Sighting, Box], ...]]:
    pairs = known.pairs
    placed = [(mapped(page.matrix, code.corners), box) for code, box in pairs]
    if len(pairs) == 1:
        other = _other_code(picture, page, known)
        if other is not None:
            pairs = (*pairs, other)
            placed.append((mapped(page.matrix, other[0].corners), other[1]))
    perspective = picture.origin == "photo" or (not picture.bilevel and in_perspective(placed))
    alignment = refine(page.sizes, issued, placed, perspective)
    if not perspective and (not alignment.sound or alignment.error > 0.6):
        again = refine(page.sizes, issued, placed, True)
        if again.sound and (not alignment.sound or again.error < alignment.error):
            alignment = again
    return alignment, pairs


def _other_code(picture: Picture, page: Upright, known: _Known) -> tuple[Sighting, Box] | None:
    """Look for the code that was not read where the one that was read says that it is."""
    (code, box), layout = known.pairs[0], known.issued.layout
    boxes = [other for other in layout.codes if other != box]
    if not boxes:
        return None
    matrix = from_codes([(code.corners, box)], False)
    if np.linalg.det(page.matrix[:2, :2]) < 0:
        return None  # a mirrored page is rare: one code is enough for it
    other = boxes[0]
    seen = find_code_near(
        picture.gray,
        mapped(matrix, corners_of(other)),
        lambda text: _is_ours(text) and _first_text(text) == known.payload,
    )
    return None if seen is None else (seen, other)


def _seen(code: Sighting, page: Upright) -> CodeSeen:
    corners = mapped(page.matrix, code.corners)
    return CodeSeen(code.text, tuple((round(float(x), 1), round(float(y), 1)) for x, y in corners), code.preparation)
