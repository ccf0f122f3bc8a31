"""Makes believable returns of issued pages: signed by hand, faxed, scanned, photographed. For demonstration and trial.

Everything is drawn by the program; the same input gives the same bytes. A sheet is rows by columns by RGB.
"""

from __future__ import annotations

import io
import math
import time
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import cv2
import numpy as np
import pikepdf
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from signatures.paper import blank
from signatures.paper.handwriting import Stroke, signature, written
from signatures.paper.layout import FieldName, LineLayout, PageLayout
from signatures.paper.picture import Pixels
from signatures.paper.typeset import FOLDER

DPI = 300
FAX_COLUMNS = 1728  # ITU-T T.4: 1728 pixels on a line of 215 mm

_PENS = ((28, 30, 38), (34, 44, 140), (20, 24, 90))
_PHOTO_SIZE = (1800, 2400)


@dataclass(frozen=True)
class Header:
    """What the receiving machine prints at the head of each page of a fax. `received` is its local time."""

    sender: str
    recipient: str
    received: datetime


def page_pixels(pdf: bytes, page_index: int) -> Pixels:
    """Return an issued page as a sheet of paper at 300 dpi."""
    return _coloured(blank.page_pixels(pdf, page_index, DPI))


def sign(
    page: Pixels,
    layout: PageLayout,
    lines: Iterable[str],
    fields: Mapping[tuple[str, FieldName], str],
    seed: int,
    strike_out: bool = False,
) -> Pixels:
    """Return the sheet signed on these lines, with these blanks filled in: {(line id, field): text}.

    `page` is gray or RGB at any resolution. `strike_out` also strikes a printed word out and initials it in the margin.
    Raises KeyError if the layout has no such line or blank.
    """
    sheet = _coloured(page) if page.ndim == 2 else page.copy()
    scale = sheet.shape[1] / layout.size[0]
    by_id = {line.id: line for line in layout.lines}
    for name in lines:
        _sign_line(sheet, by_id[name], scale, seed)
    for (name, field), text in fields.items():
        _fill_in(sheet, by_id[name], field, text, scale, seed)
    if strike_out:
        _strike_out(sheet, layout, scale, seed)
    return sheet


def _sign_line(sheet: Pixels, line: LineLayout, scale: float, seed: int) -> None:
    random = np.random.default_rng([seed, zlib.crc32(line.id.encode())])
    name = line.signer or line.holder
    room = line.rule.x1 - line.rule.x0
    strokes = signature(name, room * random.uniform(0.55, 0.8), seed)
    at = (line.rule.x0 + room * random.uniform(0.04, 0.14), line.rule.y - random.uniform(0.5, 3))
    _ink(sheet, strokes, at, scale, _pen(name), 1.25)


def _fill_in(sheet: Pixels, line: LineLayout, field: FieldName, text: str, scale: float, seed: int) -> None:
    place = next((one for one in line.fields if one.name == field), None)
    if place is None:
        raise KeyError(f"{line.id}.{field}")
    strokes = written(text, 9.5, seed)
    wide = max((float(stroke[:, 0].max()) for stroke in strokes), default=1.0)
    shrink = min(1.0, (place.rule.x1 - place.rule.x0 - 10) / wide)
    at = (place.rule.x0 + 6, place.rule.y - 1.5)
    _ink(sheet, [stroke * shrink for stroke in strokes], at, scale, _pen(line.signer or line.holder), 0.85)


def _strike_out(sheet: Pixels, layout: PageLayout, scale: float, seed: int) -> None:
    """Strike out words in the first line of text over the first signature line, and put initials beside it."""
    first = min(layout.lines, key=lambda line: line.rule.y)
    top, left = round((layout.codes[0].y1 + 4) * scale), round(100 * scale)
    dark = (sheet[top : round(first.box.y0 * scale), left : round(first.rule.x1 * scale)].min(axis=2) < 128).any(axis=1)
    rows = np.flatnonzero(dark)
    low = rows[0] + int(np.argmin(dark[rows[0] :])) if len(rows) else 0
    height = (top + (rows[0] + low) / 2 if len(rows) else top) / scale
    random = np.random.default_rng([seed, 77])
    start = random.uniform(260, 320)
    wave = np.array([[0, 0.5], [30, -0.8], [62, 0.7], [95, -0.3]]) + random.normal(0, 0.4, (4, 2))
    pen = _pen(first.signer or first.holder)
    _ink(sheet, [wave, wave[::-1] + np.array([3, 1.8])], (start, height), scale, pen, 1.1)
    initials = "".join(word[0] for word in (first.signer or first.holder).split()[:2]).upper()
    _ink(sheet, written(initials, 12, seed), (layout.size[0] - 62, height + 5), scale, pen, 1.0)


def _pen(name: str) -> tuple[int, int, int]:
    return _PENS[zlib.crc32(name.encode()) % len(_PENS)]


def _ink(
    sheet: Pixels,
    strokes: Sequence[Stroke],
    at: tuple[float, float],
    scale: float,
    pen: tuple[int, int, int],
    width: float,
) -> None:
    """Draw strokes into the sheet, from this point in points; a pen so wide, thinner where it runs fast."""
    mask = np.zeros(sheet.shape[:2], np.uint8)
    for stroke in strokes:
        points = (np.array(at) + stroke * (1, -1)) * scale
        steps = np.hypot(*np.diff(points, axis=0).T)
        usual = float(np.median(steps)) or 1.0
        for start, end, step in zip(points[:-1], points[1:], steps, strict=True):
            thick = width * scale * (1.15 - 0.3 * min(1.5, step / usual / 2))
            cv2.line(mask, _shifted(start), _shifted(end), 255, max(1, round(thick)), cv2.LINE_AA, 3)
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    share = mask[part][:, :, None] / 255.0
    inked = sheet[part] * (1 - share) + np.minimum(sheet[part], np.array(pen)) * share
    sheet[part] = inked.astype(np.uint8)


def _shifted(point: Stroke) -> tuple[int, int]:
    return round(float(point[0]) * 8), round(float(point[1]) * 8)


def as_fax(sheets: Sequence[Pixels], header: Header | None, fine: bool, seed: int = 0) -> bytes:
    """Return a received fax: a G3 TIFF of 204 by 98 lines to the inch, 196 if `fine`, a header line on each page."""
    pages = [_faxed(sheet, header, number, fine, seed) for number, sheet in enumerate(sheets, 1)]
    tiff = io.BytesIO()
    pages[0].save(
        tiff,
        "TIFF",
        compression="group3",
        dpi=(204, 196 if fine else 98),
        save_all=True,
        append_images=pages[1:],
    )
    return tiff.getvalue()


def _faxed(sheet: Pixels, header: Header | None, number: int, fine: bool, seed: int) -> Image.Image:
    random = _chance(sheet, seed)
    gray = cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY)
    inches = gray.shape[0] / gray.shape[1] * 8.5
    rows = round(inches * (196 if fine else 98))
    angle, small = math.radians(random.normal(0, 0.35)), random.uniform(0.97, 0.985)
    wide, high = FAX_COLUMNS / gray.shape[1] * small, rows / gray.shape[0] * small
    turn = np.array(
        [[math.cos(angle) * wide, -math.sin(angle) * wide], [math.sin(angle) * high, math.cos(angle) * high]]
    )
    middle = np.array([gray.shape[1] / 2, gray.shape[0] / 2])
    shift = np.array([FAX_COLUMNS / 2, rows / 2 + rows * 0.008]) - turn @ middle
    soft = cv2.GaussianBlur(gray, (0, 0), sigmaX=0.7, sigmaY=0.7 if fine else 1.1)
    matrix = np.column_stack([turn, shift])
    faxed = cv2.warpAffine(soft, matrix, (FAX_COLUMNS, rows), flags=cv2.INTER_AREA, borderValue=255)
    noisy = faxed.astype(np.float32) + _noise(random, 9, faxed.shape)
    black = noisy < 168
    specks = random.integers(0, [rows, FAX_COLUMNS], (40, 2))
    black[specks[:, 0], specks[:, 1]] = True
    if header is not None:
        _print_header(black, header, number, fine)
    return Image.fromarray(np.where(black, 0, 255).astype(np.uint8)).convert("1", dither=Image.Dither.NONE)


def _print_header(black: NDArray[np.bool_], header: Header, number: int, fine: bool) -> None:
    text = (
        f"Page {number:02d}   To-{header.recipient}   From-{header.sender}   "
        f"Received {header.received:%m-%d-%y}   {header.received:%H:%M}"
    )
    strip = Image.new("L", (FAX_COLUMNS, 44), 255)
    ImageDraw.Draw(strip).text((60, 4), text, font=ImageFont.load_default(30), fill=0)
    high = 44 if fine else 22
    black[:high] = np.asarray(strip.resize((FAX_COLUMNS, high), Image.Resampling.BOX)) < 150


def as_scan(sheets: Sequence[Pixels], turned: Collection[int] = (), seed: int = 0) -> bytes:
    """Return a scan in gray at 200 dpi: a PDF with a picture on each page, those in `turned` upside down."""
    pages = []
    for index, sheet in enumerate(sheets):
        gray = _scanned(sheet, seed)
        pages.append(Image.fromarray(np.ascontiguousarray(gray[::-1, ::-1]) if index in turned else gray))
    when = time.gmtime(0)
    pdf = io.BytesIO()
    pages[0].save(
        pdf,
        "PDF",
        resolution=200,
        save_all=True,
        append_images=pages[1:],
        quality=72,
        creationDate=when,
        modDate=when,
    )
    return pdf.getvalue()


def _scanned(sheet: Pixels, seed: int) -> Pixels:
    random = _chance(sheet, seed)
    gray = cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY)
    scale = 200 / DPI
    size = (round(gray.shape[1] * scale), round(gray.shape[0] * scale))
    matrix = cv2.getRotationMatrix2D((gray.shape[1] / 2, gray.shape[0] / 2), random.normal(0, 0.4), 1.0)
    matrix = matrix + np.column_stack([np.zeros((2, 2)), random.normal(0, 6, 2)])
    soft = cv2.GaussianBlur(gray, (0, 0), 0.9)
    small = cv2.warpAffine(soft, np.diag([scale, scale, 1])[:2, :2] @ matrix, size, borderValue=255)
    noisy = small.astype(np.float32) * 0.93 + 14 + _noise(random, 3, small.shape)
    return np.asarray(np.clip(noisy, 0, 255), np.uint8)


def as_photo(sheet: Pixels, seed: int) -> bytes:
    """Return a photograph of the sheet on a desk, held by hand: a JPEG with perspective and uneven light."""
    random = np.random.default_rng(seed)
    wide, high = _PHOTO_SIZE
    rows, columns = sheet.shape[:2]
    fill = min(wide / columns, high / rows) * random.uniform(0.86, 0.92)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (columns * fill / 2, rows * fill / 2)
    corners += random.uniform(-0.022, 0.022, (4, 2)) * (wide, high)
    angle = math.radians(random.normal(0, 2))
    spin = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    corners = corners @ spin + (wide / 2, high / 2)
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, corners.astype(np.float32))
    soft = cv2.GaussianBlur(sheet, (0, 0), 0.35 / fill)
    seen = _desk(random, wide, high)
    cv2.warpPerspective(soft, matrix, (wide, high), dst=seen, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)
    lit = seen.astype(np.float32) * _light(random, wide, high) + _noise(random, 4, seen.shape)
    jpeg = io.BytesIO()
    Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8)).save(jpeg, "JPEG", quality=82)
    return jpeg.getvalue()


def _desk(random: np.random.Generator, wide: int, high: int) -> Pixels:
    grain = cv2.resize(random.normal(0, 10, (150, 12)).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    wood = np.array([126, 92, 64], np.float32) + grain[:, :, None]
    return np.asarray(np.clip(wood, 0, 255), np.uint8)


def _light(random: np.random.Generator, wide: int, high: int) -> NDArray[np.float32]:
    across, down = np.meshgrid(np.linspace(-1, 1, 24), np.linspace(-1, 1, 32))
    angle = random.uniform(0, 2 * math.pi)
    slope = 0.86 - 0.14 * (across * math.cos(angle) + down * math.sin(angle))
    shadow = 0.18 / (1 + np.exp(((across - 0.9) ** 2 * 2 + (down - 0.8) ** 2 - 0.6) * 7))
    smooth = cv2.resize((slope - shadow).astype(np.float32), (wide, high), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth[:, :, None] * np.array([1.0, 0.97, 0.91]), np.float32)


def cover_sheet(to: str, sender: str, pages: int, about: str) -> Pixels:
    """Return the cover sheet that somebody's office puts on a fax."""
    picture = Image.new("L", (2550, 3300), 255)
    draw = ImageDraw.Draw(picture)

    def put(text: str, row: int, size: int, bold: bool = False, column: int = 300) -> None:
        face = ImageFont.truetype(FOLDER / "fonts" / f"LibertinusSerif-{'Bold' if bold else 'Regular'}.otf", size)
        draw.text((column, row), text, font=face, fill=0)

    put("FACSIMILE TRANSMISSION", 300, 110, bold=True)
    facts = (("TO:", to), ("FROM:", sender), ("PAGES:", f"{pages} including this cover sheet"), ("RE:", about))
    for place, (label, value) in enumerate(facts):
        put(label, 640 + 130 * place, 54, bold=True)
        put(value, 640 + 130 * place, 54, column=640)
        draw.line((300, 720 + 130 * place, 2250, 720 + 130 * place), fill=0, width=3)
    notice = (
        "This facsimile is confidential and meant only for the person named above. If it reached",
        "you by mistake, please call the sender at once, and destroy every copy of it.",
    )
    for place, text in enumerate(notice):
        put(text, 1400 + 72 * place, 46)
    return _coloured(np.asarray(picture))


def locked_pdf(pdf: bytes, password: str) -> bytes:
    """Return the PDF so that it opens with the password alone."""
    locked = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        # RC4 of 128 bits, which takes no random numbers: the same input is to give the same bytes
        lock = pikepdf.Encryption(owner=password, user=password, R=3, aes=False, metadata=False)
        document.save(locked, encryption=lock, static_id=True)
    return locked.getvalue()


def _chance(sheet: Pixels, seed: int) -> np.random.Generator:
    """Return random numbers of this sheet's own, so that no two pages of a file lie alike."""
    return np.random.default_rng([seed, zlib.crc32(sheet[::7, ::7].tobytes())])


def _noise(random: np.random.Generator, strength: float, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return random.standard_normal(shape, np.float32) * np.float32(strength)


def _coloured(gray: Pixels) -> Pixels:
    return np.repeat(gray[:, :, None], 3, axis=2)
