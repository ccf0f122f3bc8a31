"""Pages of a PDF as they are seen: upright, from the origin, with nothing but what is printed."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2

MOST_BYTES = 50_000_000
MOST_PAGES = 1000
_SMALLEST, _LARGEST = 300.0, 1300.0  # points, of a side


class UnusablePdf(ValueError):
    """The PDF cannot be taken; the message is the sentence for the person who gave it."""


def opened(data: bytes) -> pypdfium2.PdfDocument:
    """Open a PDF to look at. Raises UnusablePdf for what is none, is broken, protected, too large or too long."""
    if len(data) > MOST_BYTES:
        raise UnusablePdf("This file is larger than 50 MB. Upload the signature pages alone.")
    if b"%PDF-" not in data[:1024]:
        raise UnusablePdf("This is not a PDF. Save the signature pages as PDF first.")
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).casefold() or "security" in str(error).casefold():
            raise UnusablePdf("This PDF is protected with a password. Save a copy without one.") from error
        raise UnusablePdf(
            "This PDF is damaged and cannot be opened. Save it anew from the program it was made with."
        ) from error
    if not 0 < len(document) <= MOST_PAGES:
        count = len(document)
        document.close()
        raise UnusablePdf(f"This PDF has {count} pages. One to {MOST_PAGES:,} are taken.")
    return document


def upright(data: bytes, indexes: list[int]) -> bytes:
    """Return a PDF of these pages as they are seen: rotation, crop and scale are worked in, comments and filled fields
    are printed, actions are left out. The same input gives the same bytes. Raises UnusablePdf.
    """
    sizes = _sizes(data, indexes)
    try:
        with pikepdf.open(io.BytesIO(data)) as source, pikepdf.new() as made:
            if "/AcroForm" in source.Root or any("/Annots" in source.pages[index] for index in indexes):
                source.generate_appearance_streams()
                source.flatten_annotations("print")
            for index, size in zip(indexes, sizes, strict=True):
                target = empty_page(made, size)
                target.obj.Contents = made.make_stream(place(target, source.pages[index], "/Page", made))
            written = io.BytesIO()
            made.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    except (pikepdf.PdfError, ValueError) as error:
        raise UnusablePdf(
            "This PDF is damaged: its pages cannot be copied. Print it to a new PDF and upload that."
        ) from error
    return written.getvalue()


def place(target: pikepdf.Page, page: pikepdf.Page, name: str, made: pikepdf.Pdf) -> bytes:
    """Give a page of `made` what another page shows, as a form of this name, and return the words that draw it over
    the whole target."""
    page.trimbox = page.cropbox
    form = made.copy_foreign(page.as_form_xobject())
    target.obj.Resources.XObject[name] = form
    return target.calc_form_xobject_placement(
        form,
        pikepdf.Name(name),
        pikepdf.Rectangle(target.mediabox),
        invert_transformations=True,
        allow_shrink=True,
        allow_expand=True,
    )


def empty_page(made: pikepdf.Pdf, size: tuple[float, float]) -> pikepdf.Page:
    """Add a page of this size that shows nothing yet."""
    target = made.add_blank_page(page_size=size)
    target.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary())
    return target


def _sizes(data: bytes, indexes: list[int]) -> list[tuple[float, float]]:
    document = opened(data)
    try:
        sizes = [document[index].get_size() for index in indexes]
    except pypdfium2.PdfiumError as error:
        raise UnusablePdf("This PDF is damaged: one of its pages cannot be shown.") from error
    finally:
        document.close()
    for index, (width, height) in zip(indexes, sizes, strict=True):
        if not (_SMALLEST <= width <= _LARGEST and _SMALLEST <= height <= _LARGEST):
            raise UnusablePdf(f"Page {index + 1} of this PDF is no sheet to print: {width:.0f} by {height:.0f} points.")
    return [(round(width, 2), round(height, 2)) for width, height in sizes]
