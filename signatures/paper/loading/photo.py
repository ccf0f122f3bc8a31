"""A picture file that is one page or, as HEIF, several: JPEG, PNG, HEIF, AVIF, WebP, BMP, GIF."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pi_heif
from PIL import Image, UnidentifiedImageError

from signatures.paper.limits import Limits, UnreadableFile, UnreadablePage
from signatures.paper.loading.jpeg import decode_jpeg
from signatures.paper.loading.pixels import check_size, gray_and_colour, reduced, square
from signatures.paper.loading.resolution import believed, origin_of
from signatures.paper.loading.tiff import BROKEN, DAMAGED_PAGE
from signatures.paper.picture import Picture, Pixels
from signatures.paper.sniff import Kind

_ORIENTATION, _MAKE = 0x0112, 0x010F  # Exif 2.3, 4.6.4
_FORMATS: dict[Kind, str] = {"png": "PNG", "avif": "AVIF", "webp": "WEBP", "bmp": "BMP", "gif": "GIF"}
_DAMAGED = "This picture is damaged and cannot be opened. Ask the sender to send it again."
_TURNS = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_MIRRORED = {2: 1, 4: 3, 5: 8, 7: 6}


class PictureFile:
    """A picture file. It is decoded when it is opened, so that a damaged one is known to hold no page."""

    count = 1

    def __init__(self, path: Path, kind: Kind, limits: Limits) -> None:
        try:
            self._picture: Picture | None = _jpeg(path, limits) if kind == "jpeg" else _other(path, kind, limits)
        except UnreadablePage as error:
            raise UnreadableFile(error.sentence) from error
        except (*BROKEN, UnidentifiedImageError, Image.DecompressionBombError) as error:
            raise UnreadableFile(_DAMAGED) from error

    def load(self, index: int) -> Picture:
        """Return the page, once."""
        picture, self._picture = self._picture, None
        if picture is None or index != 0:
            raise IndexError(index)
        return picture

    def close(self) -> None:
        """Forget the page."""
        self._picture = None


class HeifPages:
    """The pictures in a HEIF container, as phones take them. The first is decoded when the file is opened."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            self._heif = pi_heif.open_heif(path, convert_hdr_to_8bit=True)
            self.count = len(self._heif)
            self._first: Picture | None = self._decoded(0)
        except UnreadablePage as error:
            raise UnreadableFile(error.sentence) from error
        except BROKEN as error:
            raise UnreadableFile(_DAMAGED) from error

    def load(self, index: int) -> Picture:
        """Return one picture. Raises UnreadablePage."""
        picture, self._first = self._first, None
        return picture if picture is not None and index == 0 else self._decoded(index)

    def _decoded(self, index: int) -> Picture:
        try:
            one = self._heif[index]
            check_size(one.size[0], one.size[1], self._limits.pixels)
            gray, colour, bilevel = gray_and_colour(one.to_pillow())
        except BROKEN as error:
            raise UnreadablePage(DAMAGED_PAGE) from error
        return _finished(gray, colour, bilevel, None, True)

    def close(self) -> None:
        """Forget the file's data."""
        self._heif = None


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Return the pixels turned and mirrored as the EXIF orientation 1 to 8 says."""
    if orientation in _MIRRORED:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        orientation = _MIRRORED[orientation]
    if orientation in _TURNS:
        return np.asarray(cv2.rotate(pixels, _TURNS[orientation]), np.uint8)
    return pixels


def _jpeg(path: Path, limits: Limits) -> Picture:
    with Image.open(path, formats=["JPEG", "MPO"]) as image:
        orientation, make = _exif(image)
        across, down = image.info.get("dpi", (None, None))
    decoded = decode_jpeg(path.read_bytes(), limits.pixels)
    gray = upright(decoded.gray, orientation)
    colour = None if decoded.colour is None else upright(decoded.colour, orientation)
    if orientation >= 5:
        across, down = down, across
    dpi = believed(float(across) if across else None, gray.shape[1] * decoded.factor, gray.shape[0] * decoded.factor)
    origin = origin_of(gray.shape[1], gray.shape[0], dpi, False, True, make)
    if dpi is not None and origin != "photo":
        gray, colour = _square(gray, colour, across, down)
    gray, factor = reduced(gray)
    return Picture(
        gray=gray,
        colour=None if colour is None else reduced(colour)[0],
        origin=origin,
        dpi=None if dpi is None or origin == "photo" else dpi / decoded.factor / factor,
    )


def _other(path: Path, kind: Kind, limits: Limits) -> Picture:
    with Image.open(path, formats=[_FORMATS[kind]]) as image:
        check_size(*image.size, limits.pixels)
        frames = getattr(image, "n_frames", 1)
        orientation, make = _exif(image)
        dpi = image.info.get("dpi", (None, None))
        gray, colour, bilevel = gray_and_colour(image)
    gray = upright(gray, orientation)
    colour = None if colour is None else upright(colour, orientation)
    across, down = (dpi[1], dpi[0]) if orientation >= 5 else dpi
    gray, colour = _square(gray, colour, across, down)
    camera = make or (kind in ("webp", "avif") and not across)
    picture = _finished(gray, colour, bilevel, float(across) if across else None, camera)
    if frames == 1:
        return picture
    return Picture(
        picture.gray, picture.colour, picture.bilevel, picture.origin, picture.dpi, None,
        ("This picture moves: only the first of its frames was read.",),
    )  # fmt: skip


def _finished(gray: Pixels, colour: Pixels | None, bilevel: bool, stated: float | None, camera: bool) -> Picture:
    dpi = believed(stated, gray.shape[1], gray.shape[0])
    origin = origin_of(gray.shape[1], gray.shape[0], dpi, bilevel, False, camera)
    gray, factor = reduced(gray)
    return Picture(
        gray=np.ascontiguousarray(gray),
        colour=None if colour is None else np.ascontiguousarray(reduced(colour)[0]),
        bilevel=bilevel and factor == 1,
        origin=origin,
        dpi=None if dpi is None else dpi / factor,
    )


def _square(gray: Pixels, colour: Pixels | None, across: Any, down: Any) -> tuple[Pixels, Pixels | None]:
    rates = (float(across) if across else None, float(down) if down else None)
    return square(gray, *rates)[0], None if colour is None else square(colour, *rates)[0]


def _exif(image: Image.Image) -> tuple[int, bool]:
    """Return the orientation, and whether a camera left its make. A damaged EXIF says nothing."""
    try:
        exif = image.getexif()
        orientation = exif.get(_ORIENTATION, 1)
        return (orientation if orientation in range(1, 9) else 1), bool(exif.get(_MAKE))
    except BROKEN:
        return 1, False
