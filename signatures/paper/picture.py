"""A page as pixels, ready to be read: what loading makes of any file, and what the engine starts from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """One received page.

    `gray` is rows by columns, 0 black to 255 white, right way round as the file says (EXIF, PDF rotation applied),
    with square pixels (rows of a standard fax doubled). `colour` is rows by columns by RGB where the file has colour,
    else None. `bilevel` is true where every pixel is black or white, `black_and_white` where that was so before the
    picture was made smaller. `dpi` is None where the file does not say or cannot be believed. `electronic_signature`
    says which e-signing mark the file carries, None without one. `notes` are sentences for a person.
    """

    gray: Pixels
    colour: Pixels | None = None
    bilevel: bool = False
    black_and_white: bool = False
    origin: Literal["fax", "scan", "photo", "rendered"] = "scan"
    dpi: float | None = None
    electronic_signature: str | None = None
    notes: tuple[str, ...] = ()
