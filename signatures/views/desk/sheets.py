"""The two pictures of the desk: a received page and an issued one, with what is outlined on them."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from signatures.domain.queries.desk import Looked
from signatures.models import Channel, SignaturePage
from signatures.paper.layout import Box, PageLayout
from signatures.paper.reading import Reading
from signatures.views.received import pages
from signatures.views.words import joined, local_moment, moment, telephone

ISSUED_DPI = 200
STANDS = {"current": "execution version", "superseded": "superseded", "void": "void"}
BY = {
    Channel.PORTAL: "through the link",
    Channel.EMAIL: "by e-mail",
    Channel.FAX: "by fax",
    Channel.SCAN: "as a scan",
    Channel.COURIER: "by courier",
}
TAGS = {"signed": "signed", "blank": "blank", "unsure": "unsure"}
Matrix = tuple[float, ...]


def received(slug: str, looked: Looked, show_amounts: bool) -> dict[str, Any]:
    """Return the sheet of the received page (see templates/desk/sheet.html). A page shows the amount written on it."""
    page, reading = looked.page, looked.reading
    width, height = reading.size if reading and reading.size != (0, 0) else (1700, 2200)
    matrix = reading.matrix if reading and looked.is_aligned_with_match else None
    sender = f" from {telephone(page.submission.sender)}" if page.submission.sender else ""
    place = f", page {page.index + 1} of {page.submission.page_count}" if (page.submission.page_count or 1) > 1 else ""
    zone = page.agreement.time_zone if page.agreement else "UTC"
    channel = BY[Channel(page.submission.channel)]
    names = joined(dict.fromkeys(line.block.entity for line in looked.lines))
    return {
        "side": "received",
        "caption": "Received",
        "caption_words": f"{channel}{sender}{place}, {local_moment(page.submission.received_at, zone, timezone.now())}",
        "image_url": pages.picture("picture_upright", slug, page.pk, page.upright_id) if show_amounts else None,
        "missing": (page.reason or "This page could not be turned into a picture.")
        if show_amounts
        else "A signed page shows what its holder holds. Ask counsel if you need to see it.",
        "width": width,
        "height": height,
        "alt": f"Page received {channel}" + (f" for {names}" if names else ""),
        "focus": _focus(looked.layout, matrix, (width, height)) if matrix else "",
        "outlines": _seen(looked.layout, reading, matrix, (width, height)) if reading and matrix else [],
    }


def issued(slug: str, page: SignaturePage, layout: PageLayout | None, zone: str) -> dict[str, Any]:
    """Return the sheet of the issued page beside it."""
    points = layout.size if layout else (612.0, 792.0)
    scale = ISSUED_DPI / 72
    matrix = (scale, 0.0, 0.0, 0.0, scale, 0.0, 0.0, 0.0, 1.0)
    size = (round(points[0] * scale), round(points[1] * scale))
    return {
        "side": "issued",
        "caption": "Issued",
        "caption_words": f"as {page}, {moment(page.issued_at, zone, timezone.now())}, {STANDS[page.state]}",
        "image_url": reverse("picture_issued", args=[slug, page.pk]),
        "missing": "",
        "width": size[0],
        "height": size[1],
        "alt": f"The issued {page}, not signed",
        "focus": _focus(layout, matrix, size),
        "outlines": [_outline(line.box, "line", "", matrix, size) for line in layout.lines] if layout else [],
    }


def ghost(slug: str, looked: Looked) -> dict[str, Any] | None:
    """Return the issued page as it is laid over the received one, None without one."""
    if looked.chosen is None or looked.layout is None:
        return None
    matrix = looked.reading.matrix if looked.reading and looked.is_aligned_with_match else None
    return {
        "image_url": reverse("picture_issued", args=[slug, looked.chosen.pk]),
        "matrix": ",".join(f"{value:.8g}" for value in matrix) if matrix else "",
        "points": f"{looked.layout.size[0]:g},{looked.layout.size[1]:g}",
    }


def _seen(layout: PageLayout | None, reading: Reading, matrix: Matrix, size: tuple[int, int]) -> list[dict[str, Any]]:
    """Outline what the machine saw: lines with their verdict, filled blanks, ink elsewhere."""
    lines = {line.id: line for line in layout.lines} if layout else {}
    found = [
        _outline(lines[line.id].box, line.verdict, TAGS[line.verdict], matrix, size)
        for line in reading.lines
        if line.id in lines
    ]
    for seen in reading.fields:
        box = (
            next((one.box for one in lines[seen.line].fields if one.name == seen.name), None)
            if seen.line in lines
            else None
        )
        if box is not None and seen.verdict == "filled":
            found.append(_outline(box, "filled", "", matrix, size))
    found += [
        _outline(box, "other", "other ink" if at == 0 else "", matrix, size)
        for at, box in enumerate(reading.other_ink_boxes)
    ]
    return found


def _outline(box: Box, kind: str, word: str, matrix: Matrix, size: tuple[int, int]) -> dict[str, Any]:
    corners = [
        _place(matrix, x, y) for x, y in ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1))
    ]
    at_end = min(x for x, _ in corners) > 0.8 * size[0]
    return {
        "points": " ".join(f"{x:.1f},{y:.1f}" for x, y in corners),
        "kind": kind,
        "word": word,
        "tag_x": f"{100 * (max if at_end else min)(x for x, _ in corners) / size[0]:.2f}",
        "tag_end": at_end,
        "tag_y": f"{100 * min(y for _, y in corners) / size[1]:.2f}",
    }


def _focus(layout: PageLayout | None, matrix: Matrix, size: tuple[int, int]) -> str:
    """Return where the first signature line is, in parts of the page."""
    if layout is None or not layout.lines:
        return ""
    box = layout.lines[0].box
    (x0, y0), (x1, y1) = _place(matrix, box.x0, box.y0), _place(matrix, box.x1, box.y1)
    return f"{x0 / size[0]:.4f},{y0 / size[1]:.4f},{x1 / size[0]:.4f},{y1 / size[1]:.4f}"


def _place(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Map a point of the issued page to a pixel."""
    a, b, c, d, e, f, g, h, i = matrix
    depth = g * x + h * y + i or 1.0
    return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth
