"""Reading whole files in a child process: what it may not do, and that its death costs one page and no more."""

from __future__ import annotations

import io
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as some
from PIL import Image

from signatures.paper.child import Line, Lost
from signatures.paper.reader import Limits, PageCount, PageResult, UnreadableFile, read_file
from signatures.paper.reading import Issued
from signatures.paper.returns import cover_sheet
from tests.paper.received import find, issued, paper

ROOT = Path(__file__).resolve().parent.parent.parent
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def stored(data: bytes) -> Path:
        path = tmp_path / f"received-{len(list(tmp_path.iterdir()))}"
        path.write_bytes(data)
        return path

    return stored


def nothing(text: str) -> None:
    """Know no page."""


def scan(*seeds: int | None) -> bytes:
    """Return a TIFF of issued pages by their seeds, None for a cover sheet."""
    sheets = [
        Image.fromarray(cover_sheet("HOLLOWAY", "ALDER", 2, "Consent") if seed is None else paper(seed))
        for seed in seeds
    ]
    file = io.BytesIO()
    black = [sheet.convert("L").point(lambda level: 255 * (level > 128)).convert("1") for sheet in sheets]
    black[0].save(file, "TIFF", save_all=True, append_images=black[1:], compression="group4", dpi=(200, 200))
    return file.getvalue()


def pages_of(path: Path, know: Callable[[str], Issued | None] = nothing, **options: Any) -> list[PageResult]:
    """Read a file, check that its count comes first and return its pages."""
    count, *results = read_file(path, know, **options)
    assert isinstance(count, PageCount)
    assert count.pages == len(results) + len(options.get("already", ()))
    return [one for one in results if isinstance(one, PageResult)]


def endless(levels: int = 12) -> bytes:
    """A small PDF: its first page draws a form that draws ten that draw ten, and so on; its second is empty."""
    file = io.BytesIO()
    with pikepdf.new() as document:
        inner = None
        for _ in range(levels):
            form = document.make_stream(b"0 0 9 9 re f" if inner is None else b"/X Do " * 10)
            form.update({"/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Form})
            form["/BBox"] = pikepdf.Array([0, 0, 600, 700])
            if inner is not None:
                form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=inner))
            inner = form
        page = document.add_blank_page(page_size=(612, 792))
        page.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(X=inner))
        page.obj["/Contents"] = document.make_stream(b"/X Do")
        document.add_blank_page(page_size=(612, 792))
        document.save(file)
    return file.getvalue()


def children(parent: int | None = None) -> set[int]:
    """Return the processes that read for this one."""
    tasks = Path(f"/proc/{parent or os.getpid()}/task").glob("*/children")
    found = {int(one) for task in tasks for one in task.read_text().split()}
    return {one for one in found if b"signatures.paper.child" in Path(f"/proc/{one}/cmdline").read_bytes()}


def test_every_page_is_read_in_order_and_matched_by_the_parent(write: Write) -> None:
    asked = []

    def know(text: str) -> Issued | None:
        asked.append((text, threading.get_ident()))
        return find(text)

    results = pages_of(write(scan(0, None, 1)), know)
    assert [result.index for result in results] == [0, 1, 2]
    assert [result.reading.kind for result in results] == ["issued", "unidentified", "issued"]
    assert [result.reading.payload for result in results] == [issued(0).layout.payload, None, issued(1).layout.payload]
    assert asked == [(issued(seed).layout.payload, threading.get_ident()) for seed in (0, 1)]
    for result in results:
        with Image.open(io.BytesIO(result.upright)) as upright:
            assert (upright.format, upright.size) == ("JPEG", result.reading.size)
        assert result.thumbnail[:2] == b"\xff\xd8"
        assert len(result.pixels_sha256) == 64


def test_a_page_that_nobody_issued_is_not_identified(write: Write) -> None:
    (result,) = pages_of(write(scan(0)))
    assert result.reading.kind == "unidentified"
    assert result.reading.reason == "The code on this page is well formed, but no page was issued with it."


def test_what_was_read_before_is_not_read_again(write: Write) -> None:
    path = write(scan(0, None, 1))
    assert [result.index for result in pages_of(path, already=frozenset((0, 1)))] == [2]
    assert pages_of(path, already=frozenset((0, 1, 2))) == []
    assert pages_of(write(scan(None)), already=frozenset((0,))) == []


def test_the_same_bytes_give_the_same_reading(write: Write) -> None:
    def told(result: PageResult) -> tuple[object, ...]:
        reading = result.reading.as_json()
        return {**reading, "seconds": 0.0}, result.upright, result.thumbnail, result.pixels_sha256

    path = write(scan(0, None))
    first, second = pages_of(path, find), pages_of(path, find)
    assert [told(one) for one in first] == [told(one) for one in second]


def test_a_file_without_a_page_raises_its_reason_before_anything_else(write: Write, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"This file is empty \(0 bytes\). Ask the sender to send it again."):
        next(read_file(write(b""), nothing))
    with pytest.raises(FileNotFoundError):
        next(read_file(tmp_path / "not there", nothing))
    with pytest.raises(FileNotFoundError):
        next(read_file(tmp_path, nothing))


def test_a_file_whose_only_page_is_damaged_holds_none(write: Write) -> None:
    picture = io.BytesIO()
    Image.effect_noise((800, 1000), 80).save(picture, "JPEG")
    with pytest.raises(UnreadableFile, match="breaks off before its end"):
        next(read_file(write(picture.getvalue()[:-5000]), nothing))


@LINUX
def test_one_child_reads_file_after_file(write: Write) -> None:
    pages_of(write(scan(None)))
    before = children()
    assert len(before) == 1
    pages_of(write(scan(None)))
    with pytest.raises(UnreadableFile):
        next(read_file(write(b"text"), nothing))
    assert children() == before


@LINUX
def test_a_child_that_dies_costs_one_page(write: Write) -> None:
    """The child is killed while it reads the second page; the pages before and after it are there."""
    path, asked = write(scan(0, 1, 0, 1)), []

    def know(text: str) -> Issued | None:
        asked.append(text)
        if len(asked) == 2:
            for child in children():
                os.kill(child, signal.SIGKILL)
        return find(text)

    results = pages_of(path, know)
    assert [result.reading.kind for result in results] == ["issued", "failed", "issued", "issued"]
    reason = results[1].reading.reason
    assert reason is not None
    assert reason.startswith("This page is damaged, or larger than can be read safely.")
    assert (results[1].upright, results[1].thumbnail, results[1].pixels_sha256) == (b"", b"", "")


@LINUX
def test_a_file_that_brings_down_every_child_is_given_up(write: Write) -> None:
    def kill(text: str) -> None:
        for child in children():
            os.kill(child, signal.SIGKILL)

    reasons = [result.reading.reason or "" for result in pages_of(write(scan(0, 1, 0, 1, 0)), kill)]
    assert [reason[:22] for reason in reasons] == ["This page is damaged, "] * 2 + ["This page was not read"] * 3


def test_a_page_that_never_ends_is_stopped_and_the_next_is_read(write: Write) -> None:
    limits = Limits(seconds=1, file_seconds=30)
    first, second = pages_of(write(endless()), limits=limits)
    assert first.reading.kind == "failed"
    assert first.reading.reason in {
        "This page took too long to be read, so it was stopped. Ask the sender for a plain scan or PDF of it.",
        "This page is damaged, or larger than can be read safely. Ask the sender for a plain scan or PDF of it.",
    }
    assert second.reading.kind == "empty"


def test_a_file_may_not_take_longer_than_it_is_given(write: Write) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableFile, match="This file took too long to be read"):
        list(read_file(write(scan(0)), find, limits=Limits(file_seconds=0.0, extra_seconds=0.0)))
    assert time.monotonic() - began < 10


def test_a_page_that_needs_too_much_memory_has_that_reason(write: Write) -> None:
    file = io.BytesIO()
    Image.new("RGBA", (6000, 6000)).save(file, "PNG", compress_level=1)
    with pytest.raises(UnreadableFile, match=r"needs too much memory|larger than can be read safely"):
        list(read_file(write(file.getvalue()), nothing, limits=Limits(memory=220 << 20)))
    assert len(pages_of(write(scan(None)))) == 1


@LINUX
def test_a_file_that_is_left_half_read_leaves_no_child_at_work(write: Write) -> None:
    path = write(scan(0, 1, 0))
    pages_of(path)
    reading = read_file(path, nothing)
    assert next(reading) == PageCount(3)
    next(reading)
    (child,) = children()
    reading.close()  # type: ignore[attr-defined]
    assert child not in children()
    assert len(pages_of(path)) == 3


def test_two_files_can_be_read_in_turns(write: Write) -> None:
    one, other = read_file(write(scan(0, 0)), find), read_file(write(scan(1, 1)), find)
    both = [page for pair in zip(one, other, strict=True) for page in pair]
    assert both[:2] == [PageCount(2), PageCount(2)]
    wanted = [issued(seed).layout.payload for seed in (0, 1, 0, 1)]
    assert [page.reading.payload for page in both if isinstance(page, PageResult)] == wanted


@LINUX
def test_a_child_knows_nothing_of_ours(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody:secret@localhost/board")
    monkeypatch.setenv("SECRET_KEY", "secret")
    pages_of(write(scan(None)), limits=Limits(memory=(1 << 30) + 1))
    (child,) = children()
    environment = Path(f"/proc/{child}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"DATABASE_URL" not in environment


@LINUX
def test_a_child_dies_with_its_parent(write: Write) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from signatures.paper.reader import read_file\n"
        "list(read_file(pathlib.Path(sys.argv[1]), lambda text: None))\n"
        "print('read', flush=True)\n"
        "sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, write(scan(None))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"read\n"
        (child,) = children(parent.pid)
        parent.kill()
    for _ in range(100):
        if not _runs(child):
            return
        time.sleep(0.05)
    pytest.fail("the child outlived its parent")


def _runs(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_a_child_has_no_network_and_writes_nothing(tmp_path: Path) -> None:
    """What the child does to itself at its start, then what a program that was smuggled in would try."""
    code = (
        "import os, socket, sys\n"
        "from signatures.paper.child import limit, shut_in\n"
        "shut_in(os.getppid())\n"
        "limit(1 << 29)\n"
        "def tried(what):\n"
        "    try:\n"
        "        what()\n"
        "    except (OSError, MemoryError) as error:\n"
        "        return type(error).__name__\n"
        "    return 'done'\n"
        "def write():\n"
        "    with open(sys.argv[1], 'wb', buffering=0) as file:\n"
        "        file.write(b'x')\n"
        "print(tried(lambda: socket.create_connection(('127.0.0.1', int(sys.argv[2])), 2)))\n"
        "print(tried(write), tried(lambda: bytearray(1 << 30)))\n"
        "print(tried(lambda: [open('/dev/null') for _ in range(100)]))\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "written", port], capture_output=True, text=True, cwd=ROOT
        )
    network, written, files = done.stdout.splitlines()
    assert (written, files) == ("OSError MemoryError", "OSError"), done.stderr
    if not _may_unshare():
        pytest.skip("this machine lets nobody have a network of his own")
    assert network == "OSError"


def _may_unshare() -> bool:
    done = subprocess.run(["unshare", "--net", "true"] if os.getuid() == 0 else ["unshare", "-Un", "true"], check=False)
    return done.returncode == 0


@pytest.fixture
def ends() -> Any:
    ours, its = socket.socketpair()
    with ours, its:
        yield ours, its


def test_a_message_comes_with_its_parts(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, its = ends
    Line(its).send({"kind": "page", "index": 3}, b"one", b"")
    message, parts = Line(ours).receive(1)
    assert (message["kind"], message["index"], parts) == ("page", 3, [b"one", b""])


def test_who_says_nothing_is_waited_for_no_longer_than_asked(ends: tuple[socket.socket, socket.socket]) -> None:
    began = time.monotonic()
    ends[1].sendall(b"\0\0")
    with pytest.raises(TimeoutError):
        Line(ends[0]).receive(0.2)
    assert 0.1 < time.monotonic() - began < 2


@given(some.binary(max_size=200))
def test_nothing_that_a_child_sends_is_believed_unseen(data: bytes) -> None:
    ours, its = socket.socketpair()
    with ours, its:
        its.sendall(data)
        its.close()
        with pytest.raises(Lost):
            Line(ours).receive(1)


@given(some.binary(max_size=60), some.integers(-5, 2**33))
def test_a_child_cannot_ask_for_memory(text: bytes, size: int) -> None:
    body = b'{"parts": [%d]}' % size
    ours, its = socket.socketpair()
    with ours, its:
        its.sendall(struct.pack("!I", len(body)) + body + text)
        its.close()
        if 0 <= size <= len(text):
            assert Line(ours).receive(1)[1] == [text[:size]]
        else:
            with pytest.raises(Lost):
                Line(ours).receive(1)
