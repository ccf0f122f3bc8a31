"""Measures reading: pages per second and core, two processes against one, plain decoding beside it, and memory."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median
from threading import Barrier
from typing import Any

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from signatures.paper.blank import prepare_blanks
from signatures.paper.child import keep_memory
from signatures.paper.code import new_key, parse_payload
from signatures.paper.decode import find_codes
from signatures.paper.drawing import BlockToDraw, LineToDraw, PageToDraw, draw_pages
from signatures.paper.engine import read_page
from signatures.paper.picture import Picture, Pixels
from signatures.paper.reader import PageResult, read_file
from signatures.paper.reading import Issued
from signatures.paper.returns import Header, as_fax, as_photo, as_scan, page_pixels, sign
from signatures.paper.split import split
from signatures.paper.template import template

Find = Callable[[str], Issued | None]

_ROUNDS = 3
_PHOTO_SIZE = (3024, 4032)
_LONG = 60  # pages of the scan that memory is measured with
_NAMES = ("Alder Fund, L.P.", "Birch Partners LLC", "Cedar Trust", "Douglas Capital, L.P.")
_HEADER = Header("2125550126", "HOLLOWAY PRICE LLP", datetime(2007, 9, 25, 15, 27))


def measure(pages: int = 24) -> dict[str, Any]:
    """Return the figures that `bench paper` prints, over so many pages of each kind (fax, scan, photo).

    Pages per second and core are of processor time of one process, from the file to the reading with both pictures;
    the ratio of two processes is of wall-clock time. What cannot be measured on this machine is None.
    """
    cv2.setNumThreads(1)
    keep_memory()  # as the processes that read do
    with tempfile.TemporaryDirectory() as folder:
        files, sheets, find = _make(Path(folder), pages)
        read = {kind: _median_times(paths, find) for kind, paths in files.items()}
        everything = [path for paths in files.values() for path in paths]
        plain = _against_plain_decoding([*files["fax"], *files["scan"]], find)
        return {
            "pages": len(everything),
            "pages_per_second_core": {kind: round(1 / whole, 1) for kind, (whole, _) in read.items()},
            "load_ms": {kind: round(load * 1000, 1) for kind, (_, load) in read.items()},
            "two_processes": _two_processes(everything, find),
            "against_plain_decoding": plain[0] if plain else None,
            "identifying_against_plain_decoding": plain[1] if plain else None,
            "peak_mb": _peak_mb(Path(folder), sheets, find),
        }


def _make(folder: Path, pages: int) -> tuple[dict[str, list[Path]], list[Pixels], Find]:
    """Make signed pages, and send each as a fax, as a scan and as a photo of 12 megapixels.

    Of the faxes one in two has standard resolution, and two in four come in a PDF; one scan in two has 300 dpi.
    """
    to_draw = [
        PageToDraw(
            new_key(index.to_bytes(9, "big")),
            "Consent and Waiver",
            "IN WITNESS WHEREOF, the undersigned has caused this Consent to be duly executed and delivered.",
            (BlockToDraw("b", "holder", _NAMES[index % 4], (LineToDraw("l", "Maya Fenwick", None, ("title",)),)),),
        )
        for index in range(pages)
    ]
    drawn = draw_pages(to_draw)
    blanks = prepare_blanks(drawn.pdf, drawn.layouts)
    issued = {layout.payload: Issued(layout, png) for layout, png in zip(drawn.layouts, blanks, strict=True)}
    files: dict[str, list[Path]] = {"fax": [], "scan": [], "photo": []}
    sheets: list[Pixels] = []
    for index, layout in enumerate(drawn.layouts):
        sheet = sign(page_pixels(drawn.pdf, index), layout, ["l"], {("l", "title"): "Director"}, seed=index)
        sheets = [*sheets, sheet][:4]
        fax = as_fax([sheet], _HEADER, fine=bool(index % 2), seed=index)
        sent = {
            "fax": ("tif", fax) if index % 4 < 2 else ("pdf", _fax_in_pdf(fax)),
            "scan": ("pdf", _scan_at_300([sheet]) if index % 2 else as_scan([sheet], seed=index)),
            "photo": ("jpg", _in_full_size(as_photo(sheet, index))),
        }
        for kind, (ending, data) in sent.items():
            files[kind].append(folder / f"{kind}-{index}.{ending}")
            files[kind][-1].write_bytes(data)
    return files, sheets, issued.get


def _fax_in_pdf(tiff: bytes) -> bytes:
    pdf = io.BytesIO()
    with Image.open(io.BytesIO(tiff)) as fax:
        fax.save(pdf, "PDF", dpi=fax.info["dpi"])
    return pdf.getvalue()


def _scan_at_300(sheets: list[Pixels]) -> bytes:
    pages = [Image.fromarray(np.asarray(cv2.cvtColor(sheet, cv2.COLOR_RGB2GRAY))) for sheet in sheets]
    pdf = io.BytesIO()
    pages[0].save(pdf, "PDF", resolution=300, save_all=True, append_images=pages[1:], quality=80)
    return pdf.getvalue()


def _in_full_size(photo: bytes) -> bytes:
    jpeg = io.BytesIO()
    with Image.open(io.BytesIO(photo)) as small:
        small.resize(_PHOTO_SIZE, Image.Resampling.BICUBIC).save(jpeg, "JPEG", quality=85)
    return jpeg.getvalue()


def _median_times(paths: Iterable[Path], find: Find) -> tuple[float, float]:
    """Return the median processor seconds for a page, and of that for loading it alone."""
    whole, loading = [], []
    for path in paths:
        began = time.process_time()
        pages = split(path)
        for index in range(pages.count):
            picture = pages.load(index)
            loaded = time.process_time()
            read_page(picture, find, index)
            whole.append(time.process_time() - began)
            loading.append(loaded - began)
            began = time.process_time()
        pages.close()
    return median(whole), median(loading)


def _two_processes(paths: list[Path], find: Find) -> float:
    """Return how many times as fast two child processes read as one, without the time in which they start."""
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(2) as two:

        def read(path: Path) -> None:
            for _ in read_file(path, find):
                pass

        together = Barrier(2)

        def start() -> None:
            together.wait()  # so that neither thread takes the other's turn
            read(paths[0])

        one.submit(read, paths[0]).result()
        wait([two.submit(start), two.submit(start)])
        return _ratio(lambda: _drain(one.map(read, paths)), lambda: _drain(two.map(read, paths)))


def _drain(results: Iterable[None]) -> None:
    for _ in results:
        pass


def _ratio(one: Callable[[], None], other: Callable[[], None]) -> float:
    """Return how many times as long the one takes as the other, the median of rounds in which both take turns."""
    ratios = []
    for _ in range(_ROUNDS):
        times = [time.perf_counter()]
        for work in (one, other):
            work()
            times.append(time.perf_counter())
        first, second = (end - start for start, end in pairwise(times))
        ratios.append(first / second)
    return round(median(ratios), 2)


def _against_plain_decoding(paths: list[Path], find: Find) -> tuple[float, float] | None:
    """Return how many times as long it takes to render at 300 dpi and look for codes with a decoder's defaults.

    The first is against everything that we do, the second against identifying the page alone. Rendering is what
    pdf2image does: pdfinfo, then pdftoppm. What an issued page is compared by is unpacked for each page anew.
    """
    programs = shutil.which("pdfinfo"), shutil.which("pdftoppm")
    if programs[0] is None or programs[1] is None:
        return None
    information, program = programs[0], programs[1]
    # Two in seven: of every kind some.
    chosen = [path for at, path in enumerate(paths) if at % 7 in (0, 3)]
    in_pdf = [_as_pdf(path) for path in chosen]

    def plain() -> None:
        for path in in_pdf:
            subprocess.run([information, str(path)], stdout=subprocess.PIPE, check=True)
            rendered = subprocess.run([program, "-r", "300", str(path)], stdout=subprocess.PIPE, check=True).stdout
            with Image.open(io.BytesIO(rendered)) as picture:
                zxingcpp.read_barcodes(np.asarray(picture, np.uint8))

    def ours(read: Callable[[Picture], object]) -> None:
        for path in chosen:
            template.cache_clear()
            pages = split(path)
            for index in range(pages.count):
                read(pages.load(index))
            pages.close()

    everything = _ratio(plain, lambda: ours(lambda picture: read_page(picture, find)))
    identified = _ratio(plain, lambda: ours(lambda picture: find_codes(picture.gray, _is_ours)))
    return everything, identified


def _is_ours(text: str) -> bool:
    return parse_payload(text) is not None


def _as_pdf(path: Path) -> Path:
    """Return the file, a TIFF put into a PDF beside it: that takes time of nobody."""
    if path.suffix != ".tif":
        return path
    pdf = path.with_name(f"{path.stem}-in.pdf")
    pdf.write_bytes(_fax_in_pdf(path.read_bytes()))
    return pdf


def _peak_mb(folder: Path, sheets: list[Pixels], find: Find) -> int | None:
    """Return the most memory that a child held while it read a long scan at 300 dpi."""
    path = folder / "long.pdf"
    path.write_bytes(_scan_at_300((sheets * _LONG)[:_LONG]))
    peaks: list[int] = []

    def read() -> None:
        # in a thread of its own, so with a child of its own
        for one in read_file(path, find):
            if isinstance(one, PageResult):
                peaks.extend(_held_by_children().values())

    with ThreadPoolExecutor(1) as thread:
        thread.submit(read).result()
    return max(peaks) // 1024 if peaks else None


def _held_by_children() -> Mapping[int, int]:
    """Return the most that each child process ever held, in kB, as Linux tells it."""
    held = {}
    for task in Path("/proc/self/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child}/status").read_text())
            if found:
                held[child] = int(found.group(1))
    return held


def in_words(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines for a person."""
    lines = [f"Reading, {found['pages']} pages, medians:"]
    for kind, rate in found["pages_per_second_core"].items():
        alone = found["load_ms"][kind]
        lines.append(f"  {kind:6} {rate:6} pages per second and core; loading alone {alone} ms a page")
    lines.append(f"  two processes are {found['two_processes']} times as fast as one")
    if found["against_plain_decoding"] is not None:
        everything, identifying = found["against_plain_decoding"], found["identifying_against_plain_decoding"]
        lines.append(
            f"  {everything} times as fast as rendering at 300 dpi and decoding with zxing-cpp's defaults; "
            f"{identifying} times where we too only identify"
        )
    if found["peak_mb"] is not None:
        lines.append(f"  a 60-page scan at 300 dpi takes {found['peak_mb']} MB at most")
    return lines
