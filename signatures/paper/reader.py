"""From a received file to a reading of each of its pages, parsed in a child process that may die without harm."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from signatures.paper.child import Line, Lost
from signatures.paper.engine import ENGINE
from signatures.paper.limits import Limits, UnreadableFile
from signatures.paper.reading import Issued, PageResult, Reading, reading_from_json

__all__ = ["Issued", "Limits", "PageCount", "PageResult", "UnreadableFile", "read_file"]

Find = Callable[[str], Issued | None]

_FILES_EACH = 500  # a child is replaced after so many files, so that nothing of them gathers in it
_ROOT = Path(__file__).resolve().parent.parent.parent
# What a child is given of the environment: no address or secret of ours, one thread for each library, and large pages
# of memory where the system has them (glibc 2.35), which saves some hundredths of the time.
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "HOME")
_SETTINGS = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "OPENCV_LOG_LEVEL": "SILENT",
}
_SLOW = "took too long to be read, so it was stopped. Ask the sender for a plain scan or PDF of it."
_BROKE = "is damaged, or larger than can be read safely. Ask the sender for a plain scan or PDF of it."
_GIVEN_UP = "This page was not read, because others of the file stopped the reader. Ask for it as a file of its own."
_NO_TIME = "This page was not read, because the file took too long. Ask the sender to send it in parts."
_START_SECONDS = 60.0
_MOST_QUESTIONS = 40  # codes of ours on one page
_log = logging.getLogger(__name__)
_idle = threading.local()


@dataclass(frozen=True)
class PageCount:
    """How many pages the file has."""

    pages: int


class _Child:
    """A running child process. It belongs to the thread that started it, and dies with it."""

    def __init__(self, memory: int) -> None:
        ours, its = socket.socketpair()
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | _SETTINGS
        environment["PYTHONPATH"] = str(_ROOT)
        self.memory, self.owner, self.files, self.busy = memory, os.getpid(), 0, True
        self._process = subprocess.Popen(
            [sys.executable, "-m", "signatures.paper.child", str(its.fileno()), str(os.getpid()), str(memory)],
            pass_fds=(its.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )
        its.close()
        self.line = Line(ours)
        try:
            ready, _ = self.line.receive(_START_SECONDS)
        except (Lost, TimeoutError) as error:
            self.end()
            raise ChildProcessError("The process that reads files did not start.") from error
        if ready.get("kind") != "ready":
            self.end()
            raise ChildProcessError(f"The process that reads files did not start: {ready.get('trace')}")
        self.busy = False

    def alive(self) -> bool:
        """Tell whether it still waits for files of this process."""
        return self.owner == os.getpid() and self._process.poll() is None

    def end(self) -> int:
        """End the process if it still runs, and return its exit code."""
        self.line.close()
        try:
            return self._process.wait(0.1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def read_file(
    path: Path, find: Find, *, already: frozenset[int] = frozenset(), limits: Limits | None = None
) -> Iterator[PageCount | PageResult]:
    """Yield PageCount, then a PageResult for every page that is not in `already`, in order.

    `find` is called in this process with the text of a code whose check agreed (PageLayout.payload) and returns what
    was issued with it. A page that cannot be read gives a reading of kind "failed" with the reason. Raises
    UnreadableFile, before anything is yielded, for a file that holds no page; FileNotFoundError if there is no file;
    ChildProcessError where no child can be started, which says nothing of the file.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise FileNotFoundError(path)
    reading = _File(path, find, limits or Limits(), set(already))
    try:
        yield from reading.run()
    finally:
        reading.put_child_back()


class _File:
    """One file on its way: which pages are done, how long was waited, and how many children it has cost."""

    def __init__(self, path: Path, find: Find, limits: Limits, done: set[int]) -> None:
        self._path, self._find, self._limits, self._done = path, find, limits, done
        self._pages: int | None = None
        self._waited = 0.0
        self._questions = 0
        self._losses = 0
        self._child: _Child | None = None

    def run(self) -> Iterator[PageCount | PageResult]:
        """Read with one child after the other until every page has its result.

        Raises UnreadableFile where a child is lost before it has told how many pages there are.
        """
        while True:
            self._child = child = _take_child(self._limits.memory)
            child.busy = True
            try:
                yield from self._read(child)
                return
            except (Lost, TimeoutError) as error:
                slow = isinstance(error, TimeoutError) | (child.end() == -signal.SIGXCPU)
                self._child = None
                if self._pages is None:
                    raise UnreadableFile(f"This file {_SLOW if slow else _BROKE}") from error
            self._losses += 1
            yield from self._after_loss(_SLOW if slow else _BROKE)
            if len(self._left()) == 0:
                return

    def put_child_back(self) -> None:
        """Keep a child that finished its file for this thread's next one, end any other."""
        child, self._child = self._child, None
        if child is None:
            return
        child.files += 1
        if child.busy or child.files >= _FILES_EACH or getattr(_idle, "child", None) is not None:
            child.end()
        else:
            _idle.child = child

    def _read(self, child: _Child) -> Iterator[PageCount | PageResult]:
        child.line.send({"path": str(self._path), "already": sorted(self._done), "limits": asdict(self._limits)})
        while True:
            message, parts = self._receive(child)
            kind = message.get("kind")
            if kind == "page":
                result = self._result(message, parts)
                self._done.add(result.index)
                yield result
            elif kind == "find":
                self._answer(child, message)
            elif kind == "count" and self._pages is None:
                self._pages = max(0, int(message["pages"]))
                yield PageCount(self._pages)
            elif kind == "unreadable" and self._pages is None:
                child.busy = False
                raise UnreadableFile(str(message["sentence"])[:500])
            elif kind == "done" and not self._left():
                child.busy = False
                return
            elif kind == "fault":
                _log.error("Reading %s failed in the child process:\n%s", self._path, message.get("trace"))
            elif kind != "count":
                raise Lost

    def _left(self) -> list[int]:
        return [index for index in range(self._pages or 0) if index not in self._done]

    def _receive(self, child: _Child) -> tuple[dict[str, Any], list[bytes]]:
        """Wait for the child, three times as long as it may compute, and no longer than the file has."""
        if self._time_left() <= 0:
            raise TimeoutError
        began = time.monotonic()
        try:
            return child.line.receive(min(3.0 * self._limits.seconds, self._time_left()))
        finally:
            self._waited += time.monotonic() - began

    def _time_left(self) -> float:
        return self._limits.file_seconds + self._limits.extra_seconds * (self._pages or 0) - self._waited

    def _result(self, message: dict[str, Any], parts: list[bytes]) -> PageResult:
        """Return the page as the child read it. Raises Lost for anything that is not a page of this file."""
        self._questions = 0
        try:
            index, upright, thumbnail = int(message["index"]), *parts
            reading = reading_from_json(message["reading"])
            digest = str(message["pixels_sha256"])
        except (KeyError, TypeError, ValueError) as error:
            raise Lost from error
        if index not in self._left() or any(part and not part.startswith(b"\xff\xd8") for part in parts):
            raise Lost
        return PageResult(index, reading, upright, thumbnail, digest)

    def _answer(self, child: _Child, message: dict[str, Any]) -> None:
        self._questions += 1
        if self._questions > _MOST_QUESTIONS:
            raise Lost
        issued = self._find(str(message["text"])[:100])
        if issued is None:
            child.line.send({"layout": None})
        else:
            child.line.send({"layout": issued.layout.as_json()}, issued.blank)

    def _after_loss(self, reason: str) -> Iterator[PageResult]:
        """Give the page that ended a child its reason, and all that are left if there is no going on."""
        left = self._left()
        sentences = [f"This page {reason}"]
        if self._time_left() <= 0:
            sentences += [_NO_TIME] * (len(left) - 1)
        elif self._losses >= self._limits.losses:
            sentences += [_GIVEN_UP] * (len(left) - 1)
        for index, sentence in zip(left, sentences, strict=False):
            self._done.add(index)
            yield PageResult(index, Reading(ENGINE, "failed", reason=sentence))


def _take_child(memory: int) -> _Child:
    """Return this thread's idle child, or start one."""
    child: _Child | None = getattr(_idle, "child", None)
    _idle.child = None
    if child is not None:
        if child.alive() and child.memory == memory:
            return child
        child.end()
    return _Child(memory)
