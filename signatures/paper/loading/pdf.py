"""Pages of a PDF: the one image that a scan or fax is, or the page rendered with its annotations and form fields."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2
import pypdfium2.raw as raw

from signatures.paper.limits import Limits, UnreadableFile, UnreadablePage
from signatures.paper.loading.electronic import annotations_of, signing_marks
from signatures.paper.loading.pdf_image import LOST_PICTURE, Facts, Objects, only_image, page_objects
from signatures.paper.loading.pixels import LONGEST, SMALLEST, from_rgb
from signatures.paper.picture import Picture

_DPI = 200
_PASSWORD = "This PDF needs a password. Ask the sender for one without."
_DAMAGED = "This PDF is damaged and cannot be opened. Ask the sender to send it again."
_CERTIFICATE = "This PDF is encrypted for somebody else's certificate. Ask the sender for one without encryption."
_NO_PAGE = "This PDF holds no page. Ask the sender to send it again."
_DAMAGED_PAGE = "This page is damaged and cannot be opened. Ask the sender to send it again."
# Operators that put an image or text on the page (PDF Reference 1.7, appendix A).
_DRAWS = re.compile(rb"(?<![A-Za-z])(Do|EI|Tj|TJ|sh)(?![A-Za-z])")
_REPAIRED = "The PDF was damaged and has been repaired for reading: compare it with what the sender has."


class PdfPages:
    """The pages of a PDF. `notes` are what a person should know of the file."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._structure = _structure(path)
        self._document, self.notes = _opened(path, self._structure)
        self._document.init_forms()
        self.count = len(self._document)
        if self.count == 0:
            raise UnreadableFile(_NO_PAGE)
        self.notes += _of_the_file(self._document, self.count, self._structure)

    def load(self, index: int) -> Picture:
        """Return one page. Raises UnreadablePage."""
        try:
            page = self._document[index]
        except pypdfium2.PdfiumError as error:
            raise UnreadablePage(_DAMAGED_PAGE) from error
        try:
            return self._load(page, index)
        finally:
            page.close()

    def close(self) -> None:
        """Close the file."""
        self._document.close()
        if self._structure is not None:
            self._structure.close()

    def _load(self, page: pypdfium2.PdfPage, index: int) -> Picture:
        annotations = annotations_of(self._document, page)
        objects = page_objects(page)
        mark = signing_marks(self._document, page, annotations, objects.visible_text)
        picture = None
        if not annotations.shown:
            picture = only_image(page, objects, self._facts(index), self._limits.pixels)
        if picture is None:
            picture = _rendered(page)
            if not picture.gray.size or picture.gray.min() == picture.gray.max():
                self._check_empty(index, objects)
        return replace(picture, electronic_signature=mark, notes=self.notes + picture.notes)

    def _facts(self, index: int) -> Facts | None:
        """Return the page's image as its dictionary describes it, None where there is not exactly one."""
        if self._structure is None or index >= len(self._structure.pages):
            return None
        try:
            return Facts.of(self._structure.pages[index])
        except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
            return None

    def _check_empty(self, index: int, objects: Objects) -> None:
        """Raise UnreadablePage where a page looks empty only because what is on it cannot be decoded."""
        if objects.undecodable():
            raise UnreadablePage(LOST_PICTURE)
        if objects.images or objects.visible_text or objects.others:
            return
        if self._structure is None or index >= _pages_in(self._structure):
            raise UnreadablePage(_DAMAGED_PAGE)
        try:
            contents = self._structure.pages[index].obj.get("/Contents")
            streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
            drawn = b" ".join(one.read_bytes() for one in streams if isinstance(one, pikepdf.Stream))
        except (pikepdf.PdfError, ValueError, TypeError, RuntimeError) as error:
            raise UnreadablePage(_DAMAGED_PAGE) from error
        if _DRAWS.search(drawn) or any(one is None for one in streams[1:]) or self._structure.get_warnings():
            raise UnreadablePage(_DAMAGED_PAGE)


def _structure(path: Path) -> pikepdf.Pdf | None:
    """Open the file with the library that repairs: for its count of pages and what an image's dictionary says."""
    try:
        return pikepdf.open(path)
    except pikepdf.PasswordError as error:
        raise UnreadableFile(_PASSWORD) from error
    except (pikepdf.PdfError, ValueError, RuntimeError, OSError):
        return None


def _opened(path: Path, structure: pikepdf.Pdf | None) -> tuple[pypdfium2.PdfDocument, tuple[str, ...]]:
    """Return the document for rendering, repaired where it must be."""
    try:
        document = pypdfium2.PdfDocument(path)
        if len(document) > 0 or structure is None:
            return document, ()
        document.close()
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == raw.FPDF_ERR_PASSWORD:
            raise UnreadableFile(_PASSWORD) from error
        if code == raw.FPDF_ERR_SECURITY:
            raise UnreadableFile(_CERTIFICATE) from error
        if structure is None:
            raise UnreadableFile(_DAMAGED) from error
    assert structure is not None
    repaired = io.BytesIO()
    try:
        structure.save(repaired)
        return pypdfium2.PdfDocument(repaired.getvalue()), (_REPAIRED,)
    except (pikepdf.PdfError, pypdfium2.PdfiumError, ValueError, RuntimeError) as error:
        raise UnreadableFile(_DAMAGED) from error


def _of_the_file(document: pypdfium2.PdfDocument, count: int, structure: pikepdf.Pdf | None) -> tuple[str, ...]:
    notes = []
    if structure is not None and (other := _pages_in(structure)) != count:
        notes.append(f"Programs do not agree how many pages this PDF has ({count} or {other}).")
    if raw.FPDFDoc_GetAttachmentCount(document) > 0:
        notes.append("Other files are embedded in this PDF. They were not read.")
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        notes.append("This PDF carries a program (JavaScript). It was not run.")
    if document.get_formtype() in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        notes.append("This PDF is an XFA form: what was entered into it may not show.")
    return tuple(notes)


def _pages_in(structure: pikepdf.Pdf) -> int:
    try:
        return len(structure.pages)
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return 0


def _rendered(page: pypdfium2.PdfPage) -> Picture:
    width, height = page.get_size()
    if not (0 < width < 1e6 and 0 < height < 1e6):
        raise UnreadablePage(_DAMAGED_PAGE)
    scale = min(_DPI / 72, LONGEST / max(width, height))
    if min(width, height) * scale < SMALLEST:
        raise UnreadablePage(f"This page is too small to be read ({width:.0f} by {height:.0f} points).")
    bitmap = page.render(scale=scale, may_draw_forms=True, rev_byteorder=True)
    try:
        pixels = np.array(bitmap.to_numpy(), np.uint8)
    finally:
        bitmap.close()
    decoded = from_rgb(pixels, (pixels.shape[1], pixels.shape[0]))
    dpi = scale * 72 / decoded.factor
    return Picture(decoded.gray, decoded.colour, decoded.bilevel, origin="rendered", dpi=dpi)
