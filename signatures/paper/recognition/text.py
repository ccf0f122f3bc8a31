"""Reads print on a picture: where its lines are, what they say, and which way up the page is.

The two neural networks (PP-OCRv6, a detector of text lines and a recogniser of one line) lie as files in the rapidocr
wheel. They are opened with onnxruntime directly and rapidocr itself is never imported, so nothing can be fetched from a
network. Each is loaded once per process, when it is first needed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from signatures.paper.picture import Pixels

Numbers = NDArray[np.float32]

THREADS = 1  # several workers share the machine
DETECTION_SIDE = 960  # pixels of the longer side that the detector sees: 11 point print is still 12 pixels high
LINE_HEIGHT = 48  # what the recogniser was trained on
LONGEST_LINE = 3200  # pixels at LINE_HEIGHT; a longer strip is squeezed
MOST_LINES = 120


@dataclass(frozen=True)
class TextLine:
    """One line of print: what was read, how sure from 0 to 1, and its box in pixels of the picture turned upright."""

    text: str
    confidence: float
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class PageText:
    """What is printed on a page. `turned` is how many degrees clockwise the picture was turned to read it.

    `found` is the number of places that look like print, whether anything could be read there or not; `size` is the
    width and height of the turned picture in pixels.
    """

    lines: tuple[TextLine, ...]
    turned: int
    found: int
    size: tuple[int, int]


@cache
def _session(name: str) -> Any:
    """Return the model file `name` of the rapidocr wheel. Raises FileNotFoundError where the wheel is not installed."""
    import onnxruntime  # loaded late: most pages never need it

    spec = importlib.util.find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("Text recognition is not installed: the package rapidocr is missing.")
    path = Path(spec.origin).parent / "models" / name
    if not path.is_file():
        raise FileNotFoundError(f"Text recognition is not complete: {name} is missing from the package rapidocr.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # the arena keeps the largest page ever seen
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


@cache
def _alphabet() -> tuple[NDArray[np.intp], str]:
    """Return the recogniser's classes that are printable ASCII, class 0 (nothing) first, and their characters."""
    names = _session("PP-OCRv6_rec_small.onnx").get_modelmeta().custom_metadata_map["character"].splitlines()
    kept = [
        (number, name) for number, name in enumerate([*names, " "], start=1) if len(name) == 1 and " " <= name <= "~"
    ]
    return np.array([0] + [number for number, _ in kept]), "\0" + "".join(name for _, name in kept)


def read_line(line: Pixels) -> tuple[str, float]:
    """Return what a cut-out line of print (gray, rows by columns) says, and how sure that is, from 0 to 1."""
    height, width = line.shape
    if height < 4 or width < 4:
        return "", 0.0
    wide = max(16, min(LONGEST_LINE, round(width * LINE_HEIGHT / height)))
    shrinking = height > LINE_HEIGHT
    scaled = cv2.resize(
        line,
        (wide, LINE_HEIGHT),
        interpolation=cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR,
    )
    values = np.full((LINE_HEIGHT, max(wide, 64)), 1.0, np.float32)
    values[:, :wide] = scaled.astype(np.float32) / 127.5 - 1
    session = _session("PP-OCRv6_rec_small.onnx")
    output = session.run(None, {"x": np.repeat(values[None, None], 3, axis=1)})[0][0]
    classes, characters = _alphabet()
    return _decode(output[:, classes], characters)


def _decode(output: Numbers, characters: str) -> tuple[str, float]:
    """Return the text of a CTC output (steps by characters): repeats are one letter, class 0 stands between letters."""
    best = output.argmax(axis=1)
    starts = (best != 0) & np.concatenate(([True], best[1:] != best[:-1]))
    if not starts.any():
        return "", 0.0
    text = "".join(characters[number] for number in best[starts])
    return text, float(output.max(axis=1)[starts].mean())


def find_lines(gray: Pixels) -> Numbers:
    """Return the corners of every line of print: lines by four corners by x and y, clockwise from the top left.

    A line is taken to run along its longer side; whether left to right or right to left is not told.
    """
    height, width = gray.shape
    scale = min(1.0, DETECTION_SIDE / max(height, width))
    size = (
        max(32, round(width * scale / 32) * 32),
        max(32, round(height * scale / 32) * 32),
    )
    small = cv2.resize(gray, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 127.5 - 1
    session = _session("PP-OCRv6_det_small.onnx")
    likely = session.run(None, {session.get_inputs()[0].name: np.repeat(small[None, None], 3, axis=1)})[0][0, 0]
    mask = cv2.dilate((likely > 0.3).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = [corners for contour in contours if (corners := _corners(contour, likely)) is not None]
    if not found:
        return np.zeros((0, 4, 2), np.float32)
    return np.array(found, np.float32) * np.array([width / size[0], height / size[1]], np.float32)


def _corners(contour: Any, likely: Numbers) -> Numbers | None:
    """Return the corners of the line that the detector saw as `contour`, or None for a speck or an unlikely one."""
    (x, y), (a, b), angle = cv2.minAreaRect(contour)
    if min(a, b) < 3:
        return None
    left, top, wide, high = cv2.boundingRect(contour)
    inside = np.zeros((high, wide), np.uint8)
    cv2.drawContours(inside, [contour], 0, 1, -1, offset=(-left, -top))
    if cv2.mean(likely[top : top + high, left : left + wide], inside)[0] < 0.5:
        return None
    # The detector is trained on shrunken lines: grow the box back, as its authors do, by area / outline * 1.6.
    grown = a * b * 1.6 / (2 * (a + b))
    corners = cv2.boxPoints(((x, y), (a + 2 * grown, b + 2 * grown), angle))
    top_left = int(corners.sum(axis=1).argmin())
    return np.roll(corners, -top_left, axis=0).astype(np.float32)


def _cut(gray: Pixels, corners: Numbers) -> Pixels:
    """Return the line between the corners as a level strip."""
    width = max(float(np.linalg.norm(corners[1] - corners[0])), 1.0)
    height = max(float(np.linalg.norm(corners[3] - corners[0])), 1.0)
    target = np.array([[0, 0], [width, 0], [0, height]], np.float32)
    matrix = cv2.getAffineTransform(corners[[0, 1, 3]].astype(np.float32), target)
    return _pixels(cv2.warpAffine(gray, matrix, (round(width), round(height)), borderMode=cv2.BORDER_REPLICATE))


def _pixels(array: Any) -> Pixels:
    return np.ascontiguousarray(array, dtype=np.uint8)


def read_page(gray: Pixels) -> PageText:
    """Return what is printed on a page that may lie on its side or upside down. Rows by columns, gray."""
    boxes = find_lines(gray)
    sizes = boxes.max(axis=1) - boxes.min(axis=1) if len(boxes) else np.zeros((0, 2), np.float32)
    upright = float(sizes[sizes[:, 0] >= sizes[:, 1], 0].sum())
    turned = 0
    if float(sizes[sizes[:, 1] > sizes[:, 0], 1].sum()) > upright:
        gray, boxes, turned = _quarter(gray), _quarter_boxes(boxes, gray.shape[0]), 90
    if _upside_down(gray, boxes):
        height, width = gray.shape
        gray = _pixels(gray[::-1, ::-1])
        boxes = np.roll(np.array([width, height], np.float32) - boxes, 2, axis=1)
        turned += 180
    lines = [line for corners in boxes[:MOST_LINES] if (line := _line(gray, corners)).text]
    return PageText(tuple(lines), turned, len(boxes), (gray.shape[1], gray.shape[0]))


def _quarter(gray: Pixels) -> Pixels:
    return _pixels(cv2.rotate(gray, cv2.ROTATE_90_CLOCKWISE))


def _quarter_boxes(boxes: Numbers, height: int) -> Numbers:
    """Turn boxes with a picture of `height` rows by 90 degrees clockwise; their corners start top left again."""
    turned = np.stack([height - boxes[:, :, 1], boxes[:, :, 0]], axis=2)
    return np.roll(turned, 1, axis=1)


def _upside_down(gray: Pixels, boxes: Numbers) -> bool:
    """Tell from up to five lines of middling length which way up they read better."""
    lengths = np.linalg.norm(boxes[:, 1] - boxes[:, 0], axis=1)
    chosen = np.argsort(np.abs(lengths - 450.0))[:5]
    score = 0.0
    for corners in boxes[chosen]:
        strip = _cut(gray, corners)
        for sign, way in ((1, strip), (-1, _pixels(strip[::-1, ::-1]))):
            text, confidence = read_line(way)
            score += sign * confidence * min(len(text), 20)
    return score < 0


def rows(lines: Iterable[TextLine]) -> list[str]:
    """Return the text row by row, top to bottom; lines that stand side by side are one row, parted by two spaces."""
    grouped: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda line: (line.y0 + line.y1, line.x0)):
        middle = (line.y0 + line.y1) / 2
        last = grouped[-1][-1] if grouped else None
        if last is not None and last.y0 < middle < last.y1 and (last.y0 + last.y1) / 2 > line.y0:
            grouped[-1].append(line)
        else:
            grouped.append([line])
    return ["  ".join(line.text for line in sorted(row, key=lambda line: line.x0)) for row in grouped]


def _line(gray: Pixels, corners: Numbers) -> TextLine:
    text, confidence = read_line(_cut(gray, corners))
    low, high = corners.min(axis=0), corners.max(axis=0)
    return TextLine(
        text.strip(),
        confidence,
        float(low[0]),
        float(low[1]),
        float(high[0]),
        float(high[1]),
    )
