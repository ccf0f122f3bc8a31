"""Opens a received file: how many pages it has, and each of them as a picture. Belongs into the child process."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from signatures.paper.limits import Limits, UnreadableFile
from signatures.paper.loading.pdf import PdfPages
from signatures.paper.loading.photo import HeifPages, PictureFile
from signatures.paper.loading.tiff import TiffPages
from signatures.paper.picture import Picture
from signatures.paper.sniff import PAGES, sniff, why_no_page


class Pages(Protocol):
    """An open file. Only one page is in memory at a time, and each is asked for once."""

    @property
    def count(self) -> int:
        """How many pages there are."""
        ...

    def load(self, index: int) -> Picture:
        """Return one page, counted from 0. Raises UnreadablePage."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


def split(path: Path, limits: Limits | None = None) -> Pages:
    """Open a file by what it is. Raises UnreadableFile with the reason if it holds no page, or more than allowed."""
    limits = limits or Limits()
    kind = sniff(path)
    if kind not in PAGES:
        raise UnreadableFile(why_no_page(kind))
    pages: Pages
    if kind == "pdf":
        pages = PdfPages(path, limits)
    elif kind == "tiff":
        pages = TiffPages(path, limits)
    elif kind == "heif":
        pages = HeifPages(path, limits)
    else:
        pages = PictureFile(path, kind, limits)
    if pages.count == 0:
        pages.close()
        raise UnreadableFile("This file holds no page that can be read. Ask for a PDF or a scan of the signed page.")
    if pages.count == 0:
        pages.close()
        raise UnreadableFile("This file is damaged: it holds no page. Ask the sender to send it again.")
    if pages.count > limits.pages:
        pages.close()
        raise UnreadableFile(
            f"This file has more than {limits.pages:,} pages. Ask for the signature pages alone, or send it in parts."
        )
    return pages
