"""A PDF page that is one image and nothing else: the image as it is stored, without rendering."""

from __future__ import annotations

import ctypes
import io
import struct
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from signatures.paper.limits import UnreadablePage
from signatures.paper.loading.finish import finish
from signatures.paper.loading.jpeg import decode_jpeg
from signatures.paper.loading.pixels import SMALLEST, Decoded, check_size, from_bits, from_gray, from_rgb
from signatures.paper.loading.tiff import BROKEN, DAMAGED_PAGE
from signatures.paper.picture import Picture, Pixels

_MOST_OBJECTS = 5000
_MOST_DECODED = 40_000_000  # pixels: what is larger is rendered, which needs less memory
_INVISIBLE = 3  # text rendering mode, PDF Reference 1.7, 5.2.5: text that was recognised lies unseen over a scan
_COVERS = 0.6  # of the page's width and height
_BEYOND = 0.02
LOST_PICTURE = "This page holds a picture that is damaged and cannot be decoded. Ask the sender to send it again."
_PICTURE_FILTERS = ("DCTDecode", "JPXDecode", "CCITTFaxDecode", "JBIG2Decode")  # the others only pack
_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True)
class Objects:
    """What a page draws: its images, whether any text can be seen, and whether there is anything besides."""

    images: tuple[Any, ...]
    visible_text: bool
    others: bool

    def undecodable(self) -> bool:
        """Tell whether one of the images cannot be decoded."""
        return any(_bitmap(image) is None for image in self.images[:20])


@dataclass(frozen=True)
class Facts:
    """What the dictionary of a page's only image says that the renderer does not tell.

    `bits` are those of a pixel, at the least. `fax` is None or (K, photometric of a TIFF that holds the same data,
    rows are byte-aligned).
    """

    size: tuple[int, int]
    bits: int
    plain: bool
    stencil: bool
    fax: tuple[int, int, bool] | None

    @classmethod
    def of(cls, page: pikepdf.Page) -> Facts | None:
        """Return the facts, None where the page does not have exactly one image. Raises what pikepdf raises."""
        named: Any = page.resources.get("/XObject", {})
        images = [one for one in named.values() if one.get("/Subtype") == "/Image"]
        if len(images) != 1:
            return None
        image = images[0]
        colours = _colours(image.get("/ColorSpace"))
        decode = [float(value) for value in image.get("/Decode", [])]
        plain = decode in ([], [0.0, 1.0] * (len(decode) // 2)) and colours in (1, 3)
        bits = int(image.get("/BitsPerComponent", 1)) * (colours or 1)
        stencil = bool(image.get("/ImageMask", False)) or "/SMask" in image or "/Mask" in image
        return cls((int(image.Width), int(image.Height)), bits, plain, stencil, _fax(image, decode))


def page_objects(page: pypdfium2.PdfPage) -> Objects:
    """Look through what the page draws, at most 5,000 things."""
    count = raw.FPDFPage_CountObjects(page)
    images, text, others = [], False, count > _MOST_OBJECTS
    for index in range(min(count, _MOST_OBJECTS)):
        one = raw.FPDFPage_GetObject(page, index)
        kind = raw.FPDFPageObj_GetType(one)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            images.append(one)
        elif kind == raw.FPDF_PAGEOBJ_TEXT:
            text = text or raw.FPDFTextObj_GetTextRenderMode(one) != _INVISIBLE
        else:
            others = True
            text = text or kind == raw.FPDF_PAGEOBJ_FORM
    return Objects(tuple(images), text, others)


def only_image(page: pypdfium2.PdfPage, objects: Objects, facts: Facts | None, most: int) -> Picture | None:
    """Return the page's image, turned as the page shows it, or None where the page must be rendered.

    Raises UnreadablePage where the image is damaged or too large.
    """
    if len(objects.images) != 1 or objects.visible_text or objects.others or facts is None or facts.stencil:
        return None
    image = objects.images[0]
    matrix = _placed(page, image)
    if matrix is None or not _alone(image) or _size(image) != facts.size:
        return None
    if min(facts.size) < SMALLEST:
        return None
    decoded = _decoded(image, facts, most)
    if decoded is None:
        return None
    across, down = facts.size[0] * 72 / np.hypot(*matrix[:2]), facts.size[1] * 72 / np.hypot(*matrix[2:])
    rotation = page.get_rotation()
    if (abs(matrix[1]) > abs(matrix[0])) != (rotation in (90, 270)):
        across, down = down, across
    turned = replace(
        decoded,
        gray=_turned(decoded.gray, matrix, rotation),
        colour=None if decoded.colour is None else _turned(decoded.colour, matrix, rotation),
    )
    return finish(turned, across, down, lossy=_filter(image) in ("DCTDecode", "JPXDecode"))


def _placed(page: pypdfium2.PdfPage, image: Any) -> tuple[float, float, float, float] | None:
    """Return a, b, c, d of the image's matrix if it lies straight, over most of the page and not beyond it."""
    matrix, box = raw.FS_MATRIX(), raw.FS_RECTF()
    edges = [ctypes.c_float() for _ in range(4)]
    if not (
        raw.FPDFPageObj_GetMatrix(image, matrix)
        and raw.FPDF_GetPageBoundingBox(page, box)
        and raw.FPDFPageObj_GetBounds(image, *edges)
    ):
        return None
    left, bottom, right, top = (edge.value for edge in edges)
    width, height = box.right - box.left, box.top - box.bottom
    if right - left < _COVERS * width or top - bottom < _COVERS * height:
        return None
    beyond = max(
        (box.left - left) / width, (right - box.right) / width, (box.bottom - bottom) / height, (top - box.top) / height
    )
    a, b, c, d = matrix.a, matrix.b, matrix.c, matrix.d
    straight = max(abs(b), abs(c)) < 0.002 * max(abs(a), abs(d)) or max(abs(a), abs(d)) < 0.002 * max(abs(b), abs(c))
    return (a, b, c, d) if straight and beyond <= _BEYOND else None


def _alone(image: Any) -> bool:
    """Tell an image that is drawn as it is: not clipped, not transparent, in no layer that may be switched off."""
    clip = raw.FPDFPageObj_GetClipPath(image)
    return (
        (not clip or raw.FPDFClipPath_CountPaths(clip) <= 0)
        and not raw.FPDFPageObj_HasTransparency(image)
        and raw.FPDFPageObj_CountMarks(image) <= 0
    )


def _size(image: Any) -> tuple[int, int]:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    raw.FPDFImageObj_GetImagePixelSize(image, width, height)
    return width.value, height.value


def _decoded(image: Any, facts: Facts, most: int) -> Decoded | None:
    """Return the image's pixels, None where the page must be rendered."""
    encoding = _filter(image)
    if encoding == "DCTDecode" and facts.plain:
        jpeg = decode_jpeg(_stored(image), most)
        return jpeg if jpeg.size == facts.size else None
    if encoding == "CCITTFaxDecode" and facts.fax is not None:
        check_size(*facts.size, most)
        return from_gray(_fax_pixels(_stored(image), facts), facts.size, True)
    if facts.size[0] * facts.size[1] > _MOST_DECODED:
        return None
    pixels = _bitmap(image)
    if pixels is None:
        return None
    if (not facts.plain or not pixels[-1].any()) and _breaks_off(image, facts):
        raise UnreadablePage(LOST_PICTURE)
    return from_gray(pixels, facts.size) if pixels.ndim == 2 else from_rgb(pixels, facts.size)


def _breaks_off(image: Any, facts: Facts) -> bool:
    """Tell whether there are less data than pixels: what is missing would be black, or white by another reading."""
    if _filter(image) in _PICTURE_FILTERS:
        return False
    there = int(raw.FPDFImageObj_GetImageDataDecoded(image, None, 0))
    return there < (facts.size[0] * facts.bits + 7) // 8 * facts.size[1]


def _filter(image: Any) -> str | None:
    """Return the image's filter if there is just one."""
    if raw.FPDFImageObj_GetImageFilterCount(image) != 1:
        return None
    name = ctypes.create_string_buffer(64)
    raw.FPDFImageObj_GetImageFilter(image, 0, name, 64)
    return name.value.decode("latin-1")


def _stored(image: Any) -> bytes:
    size = raw.FPDFImageObj_GetImageDataRaw(image, None, 0)
    data = ctypes.create_string_buffer(max(1, size))
    raw.FPDFImageObj_GetImageDataRaw(image, data, size)
    return bytes(data.raw[:size])


def _bitmap(image: Any) -> Pixels | None:
    """Return the image decoded by the renderer, gray or RGB, None if it cannot be."""
    bitmap = raw.FPDFImageObj_GetBitmap(image)
    if not bitmap:
        return None
    try:
        form = raw.FPDFBitmap_GetFormat(bitmap)
        channels = {raw.FPDFBitmap_Gray: 1, raw.FPDFBitmap_BGR: 3, raw.FPDFBitmap_BGRx: 4}.get(form)
        if channels is None:
            return None
        width, height, stride = (
            one(bitmap) for one in (raw.FPDFBitmap_GetWidth, raw.FPDFBitmap_GetHeight, raw.FPDFBitmap_GetStride)
        )
        buffer = ctypes.cast(raw.FPDFBitmap_GetBuffer(bitmap), ctypes.POINTER(ctypes.c_ubyte))
        rows = np.ctypeslib.as_array(buffer, (height, stride))[:, : width * channels]
        if channels == 1:
            return np.array(rows, np.uint8)
        return np.ascontiguousarray(rows.reshape(height, width, channels)[:, :, 2::-1])
    finally:
        raw.FPDFBitmap_Destroy(bitmap)


def _fax_pixels(data: bytes, facts: Facts) -> Pixels:
    """Decode fax data by putting a TIFF's header before them (TIFF 6.0, section 2): three times faster than pdfium."""
    assert facts.fax is not None
    kind, photometric, aligned = facts.fax
    compression = 4 if kind < 0 else 3
    options = (1 if kind > 0 else 0) | (4 if aligned else 0)
    tags = [(256, 4, facts.size[0]), (257, 4, facts.size[1]), (258, 3, 1), (259, 3, compression), (262, 3, photometric)]
    offset = 8 + 2 + 12 * 10 + 4
    tags += [(273, 4, offset), (277, 3, 1), (278, 4, facts.size[1]), (279, 4, len(data))]
    tags.append((293 if compression == 4 else 292, 4, 0 if compression == 4 else options))
    header = struct.pack("<2sHLH", b"II", 42, 8, len(tags))
    header += b"".join(struct.pack("<HHLL", tag, size, 1, value) for tag, size, value in tags) + bytes(4)
    try:
        with Image.open(io.BytesIO(header + data), formats=["TIFF"]) as image:
            return from_bits(image)
    except BROKEN as error:
        raise UnreadablePage(DAMAGED_PAGE) from error


def _fax(image: Any, decode: list[float]) -> tuple[int, int, bool] | None:
    """Return K, photometric and alignment of plain fax data (PDF Reference 1.7, 3.3.5), None if they are not plain."""
    names = image.get("/Filter")
    if isinstance(names, pikepdf.Array):
        names = names[0] if len(names) == 1 else None
    if names != "/CCITTFaxDecode" or _colours(image.get("/ColorSpace")) != 1:
        return None
    options = image.get("/DecodeParms", {})
    if isinstance(options, pikepdf.Array):
        options = options[0] if len(options) == 1 else {}
    kind = int(options.get("/K", 0))
    # without end-of-line codes one-dimensional data are another TIFF compression, and two-dimensional ones are rare
    if int(options.get("/Columns", 1728)) != int(image.Width) or kind >= 0:
        return None
    black_is_one = bool(options.get("/BlackIs1", False)) != (decode == [1.0, 0.0])
    return kind, 1 if black_is_one else 0, bool(options.get("/EncodedByteAlign", False))


def _colours(space: Any) -> int | None:
    """Return how many components a plain colour space has, None for one that needs a conversion."""
    if isinstance(space, pikepdf.Array) and len(space) > 1:
        if space[0] == "/ICCBased":
            return int(space[1].get("/N", 0))
        return {"/CalGray": 1, "/CalRGB": 3}.get(str(space[0]))
    return {"/DeviceGray": 1, "/DeviceRGB": 3, "/G": 1, "/RGB": 3}.get(str(space))


def _turned(pixels: Pixels, matrix: tuple[float, float, float, float], rotation: int) -> Pixels:
    """Return an image as the page shows it: mirrored and turned by its matrix, then by the page's own rotation."""
    a, b, c, d = matrix
    if abs(a) >= abs(b):
        across, down = a < 0, d < 0
    else:
        pixels = pixels.swapaxes(0, 1)
        across, down = c > 0, b > 0
    if across or down:
        pixels = pixels[:: -1 if down else 1, :: -1 if across else 1]
    pixels = np.ascontiguousarray(pixels)
    return pixels if rotation not in _TURNS else np.asarray(cv2.rotate(pixels, _TURNS[rotation]), np.uint8)
