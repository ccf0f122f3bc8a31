"""A sheet in black and white, the files that hold it, and what loading their first page gives."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from PIL import Image

from signatures.paper.picture import Picture, Pixels
from signatures.paper.returns import cover_sheet
from signatures.paper.split import split

Load = Callable[[bytes], Picture]


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    path = tmp_path_factory.mktemp("received") / "page"

    def loaded(data: bytes) -> Picture:
        path.write_bytes(data)
        pages = split(path)
        try:
            return pages.load(0)
        finally:
            pages.close()

    return loaded


@lru_cache
def sheet(width: int = 850, height: int = 1100) -> Image.Image:
    """Return a page in black and white whose four corners differ."""
    page = Image.fromarray(cover_sheet("HOLLOWAY PRICE LLP", "ALDER FUND", 2, "Consent")).convert("L")
    return page.resize((width, height)).point(lambda level: 255 * (level > 128)).convert("1")


def gray(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("L"))


def stored(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
