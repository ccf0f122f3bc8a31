"""Pages of a TIFF: faxes and scans in any of its encodings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from signatures.paper.limits import TOO_LARGE, Limits, UnreadableFile, UnreadablePage
from signatures.paper.loading.finish import finish
from signatures.paper.loading.pixels import check_size, decode_image
from signatures.paper.picture import Picture

# Tags of TIFF 6.0, section 8.
_SUBFILE, _WIDTH, _LENGTH, _WHITE_IS_ZERO, _ORIENTATION, _X, _Y, _UNIT = 254, 256, 257, 262, 274, 282, 283, 296
_PER_INCH = {2: 1.0, 3: 2.54}
# What Pillow and libtiff raise on damaged files.
BROKEN = (OSError, ValueError, TypeError, SyntaxError, KeyError, IndexError, AttributeError, RuntimeError,
          ArithmeticError, EOFError, AssertionError)  # fmt: skip

DAMAGED_FILE = "This TIFF file is damaged and cannot be opened. Ask the sender to send it again."
DAMAGED_PAGE = "This page is damaged and cannot be decoded. Ask the sender to send it again."


class TiffPages:
    """The pages of a TIFF file, in order; smaller copies of a page that lie beside it are no pages."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        try:
            # given a path, Pillow maps uncompressed pixels into memory and forgets to turn them as the file says
            self._file = path.open("rb")
            image = Image.open(self._file, formats=["TIFF"])
        except Image.DecompressionBombError as error:
            raise UnreadableFile(TOO_LARGE) from error
        except (*BROKEN, UnidentifiedImageError) as error:
            raise UnreadableFile(DAMAGED_FILE) from error
        assert isinstance(image, TiffImagePlugin.TiffImageFile)
        self._image = image
        self._frames = self._pages()

    @property
    def count(self) -> int:
        """How many pages there are; one more than the limit if there are more."""
        return len(self._frames)

    def _pages(self) -> list[int]:
        frames: list[int] = []
        main = index = 0
        while len(frames) <= self._limits.pages:
            try:
                self._image.seek(index)
            except EOFError:
                break
            except BROKEN as error:
                if index == 0:
                    raise UnreadableFile(DAMAGED_FILE) from error
                frames.append(index)  # there is a page, but it cannot be read
                break
            pixels = self._image.width * self._image.height
            small = bool(int(_tag(self._image, _SUBFILE) or 0) & 1) and pixels < main
            if not small:
                frames.append(index)
                main = max(main, pixels)
            index += 1
        return frames

    def load(self, index: int) -> Picture:
        """Return one page. Raises UnreadablePage."""
        try:
            self._image.seek(self._frames[index])
            check_size(self._image.width, self._image.height, self._limits.pixels)
            return _picture(self._image)
        except Image.DecompressionBombError as error:
            raise UnreadablePage(TOO_LARGE) from error
        except BROKEN as error:
            raise UnreadablePage(DAMAGED_PAGE) from error

    def close(self) -> None:
        """Close the file."""
        self._image.close()
        self._file.close()


def _tag(image: TiffImagePlugin.TiffImageFile, tag: int) -> Any:
    value = image.tag_v2.get(tag)
    return value[0] if isinstance(value, tuple) and value else value


def _resolution(image: TiffImagePlugin.TiffImageFile) -> tuple[float | None, float | None, float | None]:
    """Return pixels across and down in the file's unit, and how many of that unit are an inch (None: no unit)."""
    across, down = (float(_tag(image, tag) or 0) or None for tag in (_X, _Y))
    if int(_tag(image, _ORIENTATION) or 1) >= 5:
        across, down = down, across
    return across, down, _PER_INCH.get(int(_tag(image, _UNIT) or 2))


def _picture(image: TiffImagePlugin.TiffImageFile) -> Picture:
    across, down, per_inch = _resolution(image)
    # Pillow turns all other kinds of white-is-zero itself
    inverted = _tag(image, _WHITE_IS_ZERO) == 0 and image.mode.startswith("I;16")
    lossy = image.info.get("compression") in ("jpeg", "tiff_jpeg")
    decoded = decode_image(image)
    if inverted:
        decoded = replace(decoded, gray=np.asarray(cv2.bitwise_not(decoded.gray), np.uint8))
    return finish(decoded, across, down, per_inch=per_inch, lossy=lossy)
