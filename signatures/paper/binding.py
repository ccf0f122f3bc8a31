"""Putting pages of several PDFs into one."""

from __future__ import annotations

import io
from collections.abc import Iterable

import pikepdf


def bind(pages: Iterable[tuple[bytes, int]]) -> bytes:
    """Return one PDF of the given pages, each a PDF's bytes and an index. The same input gives the same bytes.

    Raises pikepdf.PdfError for a file that is no PDF, IndexError for a page that it does not have.
    """
    bound = pikepdf.new()
    opened: dict[bytes, pikepdf.Pdf] = {}
    for data, index in pages:
        if data not in opened:
            opened[data] = pikepdf.open(io.BytesIO(data))
        bound.pages.append(opened[data].pages[index])
    out = io.BytesIO()
    bound.save(out, deterministic_id=True)
    return out.getvalue()
