"""The issued page as a picture: what the reader compares a received page with, and what is shown beside it."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, PngImagePlugin

from signatures.paper import one_pdf
from signatures.paper.layout import PageLayout
from signatures.paper.picture import Pixels
from signatures.paper.template import CHUNK, packed

DPI = 200
_LEVELS = 16  # shades of gray that are kept: the picture is a third smaller than with all, and edges stay exact
_PALETTE = [shade * 17 for shade in range(_LEVELS) for _ in range(3)]


def prepare_blank(pdf: bytes, page_index: int, layout: PageLayout) -> bytes:
    """Return the issued page as a gray PNG at 200 dpi, with its template inside.

    Raises ValueError if page and layout differ in size.
    """
    with one_pdf.opened(pdf) as document:
        return _blank(document, page_index, layout)


def prepare_blanks(pdf: bytes, layouts: Sequence[PageLayout]) -> list[bytes]:
    """Return `prepare_blank` of every page of a PDF, whose layouts these are in order."""
    with one_pdf.opened(pdf) as document:
        return [_blank(document, index, layout) for index, layout in enumerate(layouts)]


def page_pixels(pdf: bytes, page_index: int, dpi: int = DPI) -> Pixels:
    """Return a page of a PDF of ours in gray, rows by columns, at this resolution."""
    with one_pdf.opened(pdf) as document:
        return _rendered(document, page_index, dpi)


def manifest_row(page_id: str, pdf_name: str, page_index: int, layout: PageLayout) -> dict[str, Any]:
    """Return the page's line of pages.jsonl: size, codes, signature lines and blanks in points, for other programs."""
    return {
        "id": page_id,
        "pdf": pdf_name,
        "page_index": page_index,
        "size": list(layout.size),
        "payload": layout.payload,
        "codes": [{"box": [box.x0, box.y0, box.x1, box.y1]} for box in layout.codes],
        "blocks": [
            {
                "id": line.id,
                "holder": line.holder,
                "signer": line.signer,
                "sig_line": [line.rule.x0, line.rule.y, line.rule.x1, line.rule.y],
                "sig_box": [line.box.x0, line.box.y0, line.box.x1, line.box.y1],
                "fields": [
                    {
                        "name": blank.name,
                        "line": [blank.rule.x0, blank.rule.y, blank.rule.x1, blank.rule.y],
                        "box": [blank.box.x0, blank.box.y0, blank.box.x1, blank.box.y1],
                    }
                    for blank in line.fields
                ],
            }
            for line in layout.lines
        ],
    }


def _rendered(document: pypdfium2.PdfDocument, page_index: int, dpi: int) -> Pixels:
    page = document[page_index]
    width, height = page.get_size()
    pixels: Pixels = page.render(scale=dpi / 72, grayscale=True).to_numpy().copy()
    # pdfium rounds a page's size up to whole pixels
    return pixels.reshape(pixels.shape[:2])[: round(height * dpi / 72), : round(width * dpi / 72)]


def _blank(document: pypdfium2.PdfDocument, page_index: int, layout: PageLayout) -> bytes:
    size = document[page_index].get_size()
    if max(abs(size[0] - layout.size[0]), abs(size[1] - layout.size[1])) > 0.1:
        raise ValueError(f"Page {page_index + 1} of the PDF measures {size} points, its layout {layout.size}.")
    shades = np.ascontiguousarray(_rendered(document, page_index, DPI) >> 4)
    picture = Image.frombytes("P", (shades.shape[1], shades.shape[0]), shades.tobytes())
    picture.putpalette(_PALETTE)
    png = io.BytesIO()
    chunks = PngImagePlugin.PngInfo()
    chunks.add(CHUNK, packed(shades * 17))
    picture.save(png, "PNG", bits=4, compress_type=zlib.Z_RLE, dpi=(DPI, DPI), pnginfo=chunks)
    return png.getvalue()
