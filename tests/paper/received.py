"""An issued page and what can happen to it, for the tests of reading."""

from __future__ import annotations

import io
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image

from signatures.paper.blank import prepare_blank
from signatures.paper.code import new_key
from signatures.paper.drawing import BlockToDraw, LineToDraw, PageToDraw, draw_pages
from signatures.paper.layout import Rule
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reading import Issued

PER_POINT = 200 / 72


def load_blank(png: bytes) -> Pixels:
    """Return the picture that `prepare_blank` made, rows by columns, 0 black to 255 white."""
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("L"))


@lru_cache
def issued(seed: int = 0) -> Issued:
    """Return a page with two blocks: line a with blank title and amount, line b with name and title printed."""
    blocks = (
        BlockToDraw(
            "a",
            "holder",
            "Alder Fund, L.P.",
            (LineToDraw("a", "Maya Fenwick", None, ("title",)),),
            amount_caption="Amount of Notes Beneficially Owned",
        ),
        BlockToDraw(
            "b",
            "holder",
            "Birch Fund, L.P.",
            (LineToDraw("b", "Ivo Kessler", "Director"),),
            chain=(("Birch Capital LLC", "General Partner", None),),
        ),
    )
    words = (
        "IN WITNESS WHEREOF, the undersigned has caused this Consent to be duly executed and delivered by its proper "
    )
    page = PageToDraw(new_key(bytes(range(seed, 9 + seed))), "Consent and Waiver", words * 2, blocks)
    drawn = draw_pages([page])
    return Issued(drawn.layouts[0], prepare_blank(drawn.pdf, 0, drawn.layouts[0]))


def find(text: str) -> Issued | None:
    """Find the pages of seeds 0 and 1."""
    return next((one for one in (issued(0), issued(1)) if one.layout.payload == text), None)


def paper(seed: int = 0) -> Pixels:
    """Return the page as issued, at 200 dpi."""
    return load_blank(issued(seed).blank).copy()


def rule_of(line: str) -> Rule:
    return next(one.rule for one in issued().layout.lines if one.id == line)


def scrawl(page: Pixels, x: float, y: float, wide: float, high: float, seed: int = 1, pen: float = 1.3) -> None:
    """Write something with a pen: from x (points) to x + wide, `high` points up from y."""
    rng = np.random.default_rng(seed)
    count = max(6, int(wide / 6))
    across = np.linspace(x, x + wide, count) + rng.normal(0, 1.5, count)
    up = y - np.where(np.arange(count) % 2, rng.uniform(0.6, 1, count), rng.uniform(0, 0.3, count)) * high
    points = np.round(np.column_stack((across, up)) * PER_POINT * 8).astype(np.int32)
    cv2.polylines(page, [points], False, (20,), max(1, round(pen * PER_POINT)), cv2.LINE_AA, 3)


def sign(page: Pixels, line: str, seed: int = 1) -> None:
    rule = rule_of(line)
    scrawl(page, rule.x0 + 20, rule.y - 1, 110, 22, seed)


def as_picture(page: Pixels) -> Picture:
    return Picture(page, dpi=200)


def faxed(page: Pixels, seed: int = 3, fine: bool = True) -> Picture:
    """Return the page after a fax: 204 by 196 or 98 rows an inch, skewed a little, black and white, with specks."""
    rng = np.random.default_rng(seed)
    rows = 2156 if fine else 1078
    turn = cv2.getRotationMatrix2D((850, 1100), rng.normal(0, 0.6), 0.975)
    skewed = cv2.warpAffine(page, turn, (1700, 2200), flags=cv2.INTER_LINEAR, borderValue=(255,))
    small = cv2.resize(cv2.GaussianBlur(skewed, (0, 0), 0.8), (1728, rows), interpolation=cv2.INTER_AREA)
    black = (small < 128) | (rng.random(small.shape) < 0.0004)
    gray = np.where(black, 0, 255).astype(np.uint8)
    return Picture(gray if fine else np.repeat(gray, 2, axis=0), bilevel=True, origin="fax", dpi=204)


def photographed(page: Pixels, seed: int = 4) -> Picture:
    """Return the page as a phone sees it: from the side, unevenly lit, on a dark table."""
    rng = np.random.default_rng(seed)
    corners = np.array(((180, 150), (1690, 210), (1640, 2230), (120, 2190)), np.float32)
    corners += rng.uniform(-30, 30, (4, 2)).astype(np.float32)
    flat = np.array(((0, 0), (1700, 0), (1700, 2200), (0, 2200)), np.float32)
    seen = cv2.warpPerspective(page, cv2.getPerspectiveTransform(flat, corners), (1800, 2400), borderValue=(60,))
    light = np.linspace(0.95, 0.6, 1800)[None, :] * np.linspace(1, 0.85, 2400)[:, None]
    noisy = cv2.GaussianBlur(seen, (0, 0), 0.7) * light + rng.normal(0, 3, seen.shape)
    gray = np.clip(noisy, 0, 255).astype(np.uint8)
    return Picture(gray, np.repeat(gray[:, :, None], 3, axis=2), origin="photo")
