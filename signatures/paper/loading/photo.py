"""A picture file that is one page or, as HEIF, several: JPEG, PNG, HEIF, AVIF, WebP, BMP, GIF."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pi_heif
from PIL import Image, UnidentifiedImageError

from signatures.paper.limits import TOO_LARGE, Limits, UnreadableFile, UnreadablePage
from signatures.paper.loading.finish import finish
from signatures.paper.loading.jpeg import decode_jpeg
from signatures.paper.loading.pixels import Decoded, check_size, decode_image
from signatures.paper.loading.tiff import BROKEN
from signatures.paper.picture import Picture, Pixels
from signatures.paper.sniff import Kind

_ORIENTATION, _MAKE = 0x0112, 0x010F  # Exif 2.3, 4.6.4
_FORMATS: dict[Kind, str] = {"png": "PNG", "avif": "AVIF", "webp": "WEBP", "bmp": "BMP", "gif": "GIF"}
_DAMAGED = "This picture is damaged and cannot be opened. Ask the sender to send it again."
_TURNS = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_MIRRORED = {2: 1, 4: 3, 5: 8, 7: 6}


class PictureFile:
    """A picture file that is one page."""

    count = 1

    def __init__(self, path: Path, kind: Kind, limits: Limits) -> None:
        self._path, self._kind, self._limits = path, kind, limits

    def load(self, index: int) -> Picture:
        """Return the page. Raises UnreadablePage."""
        try:
            if self._kind == "jpeg":
                return _jpeg(self._path, self._limits)
            return _other(self._path, self._kind, self._limits)
        except Image.DecompressionBombError as error:
            raise UnreadablePage(TOO_LARGE) from error
        except (*BROKEN, UnidentifiedImageError) as error:
            raise UnreadablePage(_DAMAGED) from error

    def close(self) -> None:
        """Nothing is kept open."""


class HeifPages:
    """The pictures in a HEIF container, as phones take them."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            self._heif = pi_heif.open_heif(path, convert_hdr_to_8bit=True)
        except BROKEN as error:
            raise UnreadableFile(_DAMAGED) from error
        self.count = len(self._heif)

    def load(self, index: int) -> Picture:
        """Return one picture. Raises UnreadablePage."""
        try:
            one = self._heif[index]
            check_size(one.size[0], one.size[1], self._limits.pixels)
            return finish(decode_image(one.to_pillow()), None, None, camera=True)
        except BROKEN as error:
            raise UnreadablePage(_DAMAGED) from error

    def close(self) -> None:
        """Forget the file's data."""
        self._heif = None


def _jpeg(path: Path, limits: Limits) -> Picture:
    with Image.open(path, formats=["JPEG", "MPO"]) as image:
        orientation, camera = _exif(image)
        across, down = _resolution(image, orientation)
    decoded = _upright(decode_jpeg(path.read_bytes(), limits.pixels), orientation)
    return finish(decoded, across, down, lossy=True, camera=camera)


def _other(path: Path, kind: Kind, limits: Limits) -> Picture:
    with Image.open(path, formats=[_FORMATS[kind]]) as image:
        check_size(image.width, image.height, limits.pixels)
        moves = getattr(image, "n_frames", 1) > 1
        orientation, camera = _exif(image)
        across, down = _resolution(image, orientation)
        decoded = _upright(decode_image(image), orientation)
    notes = ("This picture moves: only the first of its frames was read.",) if moves else ()
    return finish(decoded, across, down, camera=camera, lossy=kind in ("webp", "avif"), notes=notes)


def _upright(decoded: Decoded, orientation: int) -> Decoded:
    """Turn and mirror as the EXIF orientation 1 to 8 says."""
    if orientation == 1:
        return decoded
    colour = None if decoded.colour is None else _oriented(decoded.colour, orientation)
    return replace(decoded, gray=_oriented(decoded.gray, orientation), colour=colour)


def _oriented(pixels: Pixels, orientation: int) -> Pixels:
    if orientation in _MIRRORED:
        pixels = np.ascontiguousarray(pixels[:, ::-1])
        orientation = _MIRRORED[orientation]
    if orientation in _TURNS:
        return np.asarray(cv2.rotate(pixels, _TURNS[orientation]), np.uint8)
    return pixels


def _resolution(image: Image.Image, orientation: int) -> tuple[float | None, float | None]:
    across, down = (float(rate) if rate else None for rate in image.info.get("dpi", (None, None)))
    return (down, across) if orientation >= 5 else (across, down)


def _exif(image: Image.Image) -> tuple[int, bool]:
    """Return the orientation, and whether a camera left its make. A damaged EXIF says nothing."""
    try:
        exif = image.getexif()
        orientation = exif.get(_ORIENTATION, 1)
        return (orientation if orientation in range(1, 9) else 1), bool(exif.get(_MAKE))
    except BROKEN:
        return 1, False
