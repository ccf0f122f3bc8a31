"""What a file says of its resolution, and whether that can be believed."""

from __future__ import annotations

from typing import Literal

Origin = Literal["fax", "scan", "photo", "rendered"]

_PAGE = (3.0, 36.0)  # inches that either side of a page may measure
_CAMERA = (4 / 3, 3 / 2, 16 / 9, 20 / 9, 1.0)  # shapes of camera pictures; Letter is 1.294, A4 1.414, Legal 1.647
_FAX_LINES = (1728, 2048, 2432, 3456)


def believed(dpi: float | None, width: int, height: int) -> float | None:
    """Return the resolution if a page of so many pixels would then have the size of paper, else None."""
    if dpi is None or not 60 <= dpi <= 2500:
        return None
    sides = (width / dpi, height / dpi)
    return dpi if _PAGE[0] <= min(sides) and max(sides) <= _PAGE[1] else None


def origin_of(width: int, height: int, dpi: float | None, bilevel: bool, lossy: bool, camera: bool) -> Origin:
    """Return where a picture came from: a fax line's width, a camera's mark or shape, else a scanner."""
    if bilevel:
        return "fax" if width in _FAX_LINES or height in _FAX_LINES else "scan"
    if camera:
        return "photo"
    shape = max(width, height) / min(width, height)
    if lossy and dpi is None and any(abs(shape / one - 1) < 0.004 for one in _CAMERA):
        return "photo"
    return "scan" if dpi is not None or not lossy else "photo"
