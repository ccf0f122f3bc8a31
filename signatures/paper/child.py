"""The process that everything from outside is parsed in: it has no network, writes no file, and may use only so much.

It talks over one socket: frames of JSON with binary parts, never pickled objects, since the parent must not trust it.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signatures.paper.picture import Picture
    from signatures.paper.reading import PageResult
    from signatures.paper.split import Pages

# Linux: sys/prctl.h, linux/sched.h
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# glibc: malloc.h, and the bytes from which on freed memory is given back and blocks are mapped on their own
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_KEPT_FREE, _MAPPED_FROM = 128 << 20, 32 << 20
_MOST_BYTES = 64 << 20
_TOO_MUCH_MEMORY = "This page needs too much memory to be read. Ask the sender for a plain scan at 200 or 300 dpi."


class Lost(Exception):
    """The other process is gone, or sends what it should not."""


class Line:
    """One end of the socket. `send` and `receive` pass a JSON object and binary parts."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    def send(self, message: dict[str, Any], *parts: bytes) -> None:
        """Send a message. Raises Lost."""
        text = json.dumps({**message, "parts": [len(part) for part in parts]}).encode()
        try:
            self._end.sendall(struct.pack("!I", len(text)) + text + b"".join(parts))
        except OSError as error:
            raise Lost from error

    def receive(self, seconds: float | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """Wait for a message. Raises Lost, and TimeoutError if nothing comes for so long."""
        until = None if seconds is None else time.monotonic() + seconds
        try:
            (length,) = struct.unpack("!I", self._read(4, until))
            message = json.loads(self._read(length, until))
            sizes = [int(size) for size in message["parts"]]
            if min(sizes, default=0) < 0:
                raise Lost
            return message, [self._read(size, until) for size in sizes]
        except TimeoutError:
            raise
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Lost from error

    def _read(self, length: int, until: float | None) -> bytes:
        if length > _MOST_BYTES:
            raise Lost
        data = bytearray()
        while len(data) < length:
            self._end.settimeout(None if until is None else max(0.001, until - time.monotonic()))
            piece = self._end.recv(min(1 << 20, length - len(data)))
            if not piece:
                raise Lost
            data += piece
        return bytes(data)

    def close(self) -> None:
        """Close this end."""
        self._end.close()


def shut_in(parent: int) -> None:
    """Cut this process off the network and let it die with its parent, as far as this machine allows it."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)
    # alone where we may, else in a user namespace of our own; where neither is allowed the network stays
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def keep_memory() -> None:
    """Keep what a page took for the next one. Given back to the system after each picture, as glibc does by itself, it
    must be cleared again for the following: a tenth of the time of reading."""
    if sys.platform.startswith("linux"):
        adjust = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if adjust is not None:
            adjust(_M_TRIM_THRESHOLD, _KEPT_FREE)
            adjust(_M_MMAP_THRESHOLD, _MAPPED_FROM)


def limit(memory: int) -> None:
    """Allow so many bytes of memory, no file to be written, few open files. Belongs after everything is loaded."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    if sys.platform.startswith("linux"):
        virtual, resident = _memory()
        # libraries reserve more address space than they use: what they had reserved at the start is not counted
        resource.setrlimit(resource.RLIMIT_AS, (virtual - resident + memory,) * 2)


def allow_seconds(seconds: int) -> None:
    """Allow so many more processor seconds; the system ends the process after them."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _memory() -> tuple[int, int]:
    """Return how many bytes of address space this process has, and how many of them lie in memory."""
    pages = Path("/proc/self/statm").read_text().split()
    size = resource.getpagesize()
    return int(pages[0]) * size, int(pages[1]) * size


def _serve(line: Line) -> None:
    """Read one file after the other until the parent is gone."""
    from signatures.paper.limits import Limits, UnreadableFile

    while True:
        order, _ = line.receive()
        limits = Limits(**order["limits"])
        allow_seconds(limits.seconds)
        try:
            _read(line, Path(order["path"]), frozenset(order["already"]), limits)
        except UnreadableFile as error:
            line.send({"kind": "unreadable", "sentence": error.sentence})
        except OSError as error:
            line.send({"kind": "unreadable", "sentence": f"This file cannot be opened ({error.strerror})."})
        except MemoryError:
            line.send({"kind": "unreadable", "sentence": _TOO_MUCH_MEMORY.replace("page", "file")})
        else:
            line.send({"kind": "done"})


def _read(line: Line, path: Path, already: frozenset[int], limits: Any) -> None:
    from signatures.paper.engine import ENGINE, read_page
    from signatures.paper.limits import UnreadableFile
    from signatures.paper.reading import PageResult, Reading
    from signatures.paper.split import split

    pages = split(path, limits)
    try:
        # a file whose only page cannot be read holds none
        first = _load(pages, 0) if pages.count == 1 and 0 not in already else None
        if isinstance(first, str):
            raise UnreadableFile(first)
        line.send({"kind": "count", "pages": pages.count})
        for index in range(pages.count):
            if index in already:
                continue
            allow_seconds(limits.seconds)
            picture = first or _load(pages, index)
            if isinstance(picture, str):
                result = PageResult(index, Reading(ENGINE, "failed", reason=picture))
            else:
                result = read_page(picture, lambda text: _ask(line, text), index)
            _report(line, result)
            del picture
            first = None
    finally:
        pages.close()


def _load(pages: Pages, index: int) -> Picture | str:
    """Return the page, or the sentence why it cannot be read."""
    from signatures.paper.limits import UnreadablePage

    try:
        return pages.load(index)
    except UnreadablePage as error:
        return error.sentence
    except MemoryError:
        return _TOO_MUCH_MEMORY


def _report(line: Line, result: PageResult) -> None:
    line.send(
        {
            "kind": "page",
            "index": result.index,
            "reading": result.reading.as_json(),
            "pixels_sha256": result.pixels_sha256,
        },
        result.upright,
        result.thumbnail,
    )


def _ask(line: Line, text: str) -> Any:
    """Ask the parent which page was issued with this code."""
    from signatures.paper.layout import layout_from_json
    from signatures.paper.reading import Issued

    line.send({"kind": "find", "text": text})
    answer, parts = line.receive()
    return None if answer["layout"] is None else Issued(layout_from_json(answer["layout"]), parts[0])


def _warm_up() -> None:
    """Load everything that reading needs, before memory is limited."""
    import logging
    import warnings

    import cv2
    import pi_heif
    from PIL import Image

    import signatures.paper.engine
    import signatures.paper.split  # noqa: F401

    cv2.setNumThreads(1)
    Image.init()
    pi_heif.libheif_info()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")


def main(arguments: Sequence[str]) -> None:
    """Run as `python -m signatures.paper.child DESCRIPTOR PARENT MEMORY`."""
    descriptor, parent, memory = (int(one) for one in arguments)
    shut_in(parent)
    keep_memory()
    line = Line(socket.socket(fileno=descriptor))
    sys.excepthook = lambda kind, error, trace: line.send(
        {"kind": "fault", "trace": "".join(traceback.format_exception(kind, error, trace))[-4000:]}
    )
    _warm_up()
    limit(memory)
    line.send({"kind": "ready"})
    try:
        _serve(line)
    except Lost:
        return


if __name__ == "__main__":
    main(sys.argv[1:])
