"""Opening a PDF with pdfium, which keeps state for its process: threads that use it side by side bring it down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2

_one_at_a_time = threading.Lock()


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open a PDF and close it at the end; no other thread of this process uses pdfium in between.

    Whoever renders or reads outside a child process of its own goes through here, and does not go through it twice.
    Raises pypdfium2.PdfiumError for a document that cannot be opened.
    """
    with _one_at_a_time:
        document = pypdfium2.PdfDocument(pdf)
        try:
            yield document
        finally:
            document.close()
