"""Finding signature pages in a process of its own: somebody's PDF may crash, hang or swell what opens it.

The process gets the PDF on its standard input. It tells on its standard error how far it is, a line "PAGE PAGES" each
time, and answers with a line of JSON, {"error": sentence} or {"pages": [...],
"sizes": [bytes of the PDF, of each picture]}, and then those bytes one after the other.
"""

from __future__ import annotations

import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image

from signatures.paper.own_pages.find import Found, FoundPage, Tell, find_pages, page_from_json
from signatures.paper.own_pages.upright import UnusablePdf

_ROOT = Path(__file__).resolve().parent.parent.parent.parent
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "HOME")  # no address or secret of ours
_SECONDS = 600
_MEMORY = 3_000_000_000  # bytes
_DPI = 80
_FAR = re.compile(rb"(\d{1,5}) (\d{1,5})")


@dataclass(frozen=True)
class Seen:
    """What was found, with a PNG of each page to look at."""

    found: Found
    pictures: tuple[bytes, ...]


def look(data: bytes, tell: Tell = lambda page, pages: None) -> Seen:
    """Find the signature pages of a PDF in a process of its own. Raises UnusablePdf with a sentence.

    `tell` is called with the number of the page that it looks at, and that of all.
    """
    command = [sys.executable, "-m", "signatures.paper.own_pages.child"]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    began = time.monotonic()
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as answered:
        given.write(data)
        given.seek(0)
        process = subprocess.Popen(
            command, stdin=given, stdout=answered, stderr=subprocess.PIPE, cwd=_ROOT, env=environment
        )
        late = threading.Timer(_SECONDS, process.kill)
        late.start()
        try:
            for said in process.stderr or ():
                if found := _FAR.fullmatch(said.strip()):
                    tell(int(found[1]), int(found[2]))
            process.wait()
        finally:
            late.cancel()
            process.kill()
        answered.seek(0)
        line, _, rest = answered.read().partition(b"\n")
    if time.monotonic() - began >= _SECONDS:
        raise UnusablePdf("This PDF took too long to look through. Upload its signature pages alone.")
    if process.returncode or not line:
        raise UnusablePdf("This PDF could not be looked through: it is damaged. Print it to a new PDF.")
    answer = json.loads(line)
    if "error" in answer:
        raise UnusablePdf(answer["error"])
    parts, at = [], 0
    for size in answer["sizes"]:
        parts.append(rest[at : at + size])
        at += size
    pages: tuple[FoundPage, ...] = tuple(page_from_json(page) for page in answer["pages"])
    return Seen(Found(parts[0], pages), tuple(parts[1:]))


def _answer(data: bytes) -> bytes:
    try:
        found = find_pages(data, lambda page, pages: print(page, pages, file=sys.stderr, flush=True))
    except UnusablePdf as error:
        return json.dumps({"error": str(error)}).encode() + b"\n"
    parts = [found.pdf, *_pictures(found.pdf)]
    head = {"pages": [page.as_json() for page in found.pages], "sizes": [len(part) for part in parts]}
    return json.dumps(head).encode() + b"\n" + b"".join(parts)


def _pictures(pdf: bytes) -> list[bytes]:
    document = pypdfium2.PdfDocument(pdf)
    pictures = []
    for index in range(len(document)):
        pixels = document[index].render(scale=_DPI / 72, grayscale=True).to_numpy()
        png = io.BytesIO()
        Image.fromarray(pixels.reshape(pixels.shape[:2])).save(png, "PNG")
        pictures.append(png.getvalue())
    document.close()
    return pictures


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    sys.stdout.buffer.write(_answer(sys.stdin.buffer.read()))
