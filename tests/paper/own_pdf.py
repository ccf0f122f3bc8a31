"""Signature pages as law firms make them, drawn for the tests of finding, stamping and reading them."""

from __future__ import annotations

import io
from collections.abc import Callable

import pikepdf
from reportlab.lib.pagesizes import A4, letter
from reportlab.pdfgen.canvas import Canvas

BODY = (
    "IN WITNESS WHEREOF, each of the undersigned has executed this instrument as of the",
    "date first above written.",
)


def drawn(*pages: Callable[[Canvas], None], size: tuple[float, float] = letter) -> bytes:
    """Return a PDF of these pages, the same bytes each time."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=size, invariant=True)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def text(canvas: Canvas, x: float, y: float, *lines: str, size: float = 11) -> None:
    """Write lines from this point, counted in points from the top left."""
    canvas.setFont("Times-Roman", size)
    for at, line in enumerate(lines):
        canvas.drawString(x, canvas._pagesize[1] - y - at * size * 1.3, line)


def rule(canvas: Canvas, x0: float, x1: float, y: float) -> None:
    canvas.setLineWidth(0.7)
    canvas.line(x0, canvas._pagesize[1] - y, x1, canvas._pagesize[1] - y)


def prose(canvas: Canvas) -> None:
    """A page of the agreement itself: nothing to sign."""
    for at in range(40):
        text(
            canvas,
            72,
            90 + at * 15,
            f"{at + 1}. The parties agree that nothing in this section limits another.",
        )


def underscored(canvas: Canvas) -> None:
    """Lines of underscores, one block, blanks for name and title."""
    text(canvas, 72, 90, *BODY)
    text(canvas, 306, 160, "NORTH PIER FUND, L.P.", "By: Pier Management LLC, its General Partner")
    text(canvas, 306, 230, "By: ______________________________")
    text(canvas, 306, 262, "Name: ____________________________")
    text(canvas, 306, 294, "Title: _____________________________")
    text(canvas, 306, 326, "Date: _____________________________")
    text(canvas, 230, 750, "[Signature Page to Consent and Waiver]", size=9)


def ruled(canvas: Canvas) -> None:
    """Drawn rules, two holders on a sheet, names printed, the amount to fill in; an underlined heading."""
    text(canvas, 72, 90, *BODY)
    text(canvas, 72, 150, "HOLDERS:")
    rule(canvas, 72, 130, 152)
    for top, entity, name, title in (
        (190, "SOUTH PIER FUND, L.P.", "Otto Brand", "Managing Member"),
        (430, "LANTERN CAPITAL LLC", "Ruth Vale", "Director"),
    ):
        text(canvas, 306, top, entity)
        text(canvas, 306, top + 60, "By:")
        rule(canvas, 326, 520, top + 62)
        text(canvas, 306, top + 76, f"Name: {name}", f"Title: {title}")
        text(canvas, 306, top + 130, "Amount of Notes:")
        rule(canvas, 396, 520, top + 132)
    text(canvas, 72, 760, "4823-1190-7731 v.3", size=7)


def bare(canvas: Canvas) -> None:
    """Labels with nothing behind them: the blanks have no rule."""
    text(canvas, 72, 90, *BODY)
    text(canvas, 306, 200, "LANTERN CAPITAL LLC")
    text(canvas, 306, 270, "By: ______________________________")
    text(canvas, 306, 300, "Name:")
    text(canvas, 306, 330, "Title:")


def form(canvas: Canvas) -> None:
    """A sheet of a form: a field that is filled in, and one that is not."""
    text(canvas, 306, 200, "LANTERN CAPITAL LLC")
    text(canvas, 306, 270, "By: ______________________________")
    text(canvas, 306, 300, "Name:")
    canvas.acroForm.textfield(name="name", x=350, y=484, width=160, height=16, value="Ruth Vale", borderWidth=0)


def nobodys(canvas: Canvas) -> None:
    """A signature page for whoever signs it."""
    text(canvas, 72, 90, *BODY)
    text(canvas, 306, 180, "HOLDER:")
    text(canvas, 306, 250, "By: ______________________________")
    text(canvas, 306, 284, "Name: ____________________________")
    text(canvas, 306, 318, "Title: _____________________________")


def columns(canvas: Canvas) -> None:
    """Two blocks side by side, captions under the rules."""
    text(canvas, 72, 90, *BODY)
    for x, entity in ((72, "NORTH PIER FUND, L.P."), (330, "LANTERN CAPITAL LLC")):
        text(canvas, x, 200, entity)
        rule(canvas, x, x + 200, 262)
        text(canvas, x, 274, "Signature", size=9)
        rule(canvas, x, x + 200, 312)
        text(canvas, x, 324, "(Print name)", size=9)


def crowded(canvas: Canvas) -> None:
    """A sheet with no room for a code in its upper part."""
    for at in range(22):
        text(
            canvas,
            40,
            36 + at * 15,
            "whereas the parties have agreed on what stands here and on " + "all else " * 8,
        )
    text(canvas, 306, 520, "LANTERN CAPITAL LLC")
    text(canvas, 306, 580, "By: ______________________________")
    text(canvas, 306, 600, "Name: Ruth Vale")


def turned(pdf: bytes) -> bytes:
    """The same pages as landscape sheets that a viewer turns upright, with a crop box away from the origin."""
    with pikepdf.open(io.BytesIO(pdf)) as source, pikepdf.new() as made:
        for page in source.pages:
            width, height = float(page.mediabox[2]), float(page.mediabox[3])
            target = made.add_blank_page(page_size=(height + 40, width + 60))
            form = made.copy_foreign(page.as_form_xobject())
            target.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({"/P": form}))
            # turned a quarter to the left, 20 to the right and 30 up
            target.obj.Contents = made.make_stream(f"q 0 1 -1 0 {height + 20} 30 cm /P Do Q".encode())
            target.cropbox = pikepdf.Array([20, 30, height + 20, width + 30])
            target.rotate(90, relative=False)
        written = io.BytesIO()
        made.save(written, deterministic_id=True)
    return written.getvalue()


__all__ = ["A4", "bare", "columns", "crowded", "drawn", "form", "nobodys", "prose", "ruled", "turned", "underscored"]
