"""The demonstration as a newcomer starts it, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.places import CHECKOUT


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A data folder for these tests, which the unprivileged user of root's database reaches."""
    made = Path(tempfile.mkdtemp(prefix="counterpart-test-"))
    made.chmod(0o711)
    yield made
    assert _left(made, 5) == []
    shutil.rmtree(made)


def _environment(data: Path) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return environment | {"COUNTERPART_DATA": str(data), "DJANGO_SETTINGS_MODULE": "config.settings"}


def _demo(data: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "demo", *arguments],
        cwd=CHECKOUT,
        env=_environment(data),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _running(data: Path) -> list[str]:
    """The command lines of all processes that belong to this data folder, by their environment or arguments."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(data).encode() in words and int(process.name) != os.getpid():
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def _left(data: Path, seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while (left := _running(data)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def _status(address: str) -> int:
    with urllib.request.urlopen(address, timeout=10) as response:
        return int(response.status)


def test_without_serving_it_loads_and_reads_everything_and_ends(data: Path) -> None:
    demo = _demo(data, "--no-serve", "--json")
    output, errors = demo.communicate(timeout=120)
    assert demo.returncode == 0, errors
    collection = json.loads(output)
    assert {"agreement", "url", "people", "links", "folder"} <= set(collection)
    assert {"role", "email", "password"} <= set(collection["people"][0])
    assert {"holders", "url"} <= set(collection["links"][0])
    assert len(list(Path(collection["folder"]).iterdir())) == 3
    assert collection["letters"] == str(data / "letters sent")
    status = subprocess.run(
        [sys.executable, "manage.py", "collection_status", collection["agreement"], "--json"],
        cwd=CHECKOUT,
        env=_environment(data),
        capture_output=True,
        text=True,
    )
    pages = json.loads(status.stdout)["pages"]
    assert pages["received"] > 10
    assert pages["waiting"] == 0
    assert pages["received"] == pages["matched"] + pages["review"] + pages["set_aside"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes under /proc")
def test_killed_it_leaves_nothing_behind_and_starts_again(data: Path) -> None:
    port = _free_port()
    for signum, seconds in ((signal.SIGKILL, 3), (signal.SIGTERM, 10)):
        demo = _demo(data, "--port", str(port))
        try:
            assert demo.stdout
            assert any(f"Counterpart is at http://localhost:{port} " in line for line in demo.stdout)
            assert _status(f"http://127.0.0.1:{port}/healthz") == 200
            assert any("gunicorn" in line for line in _running(data))
            demo.send_signal(signum)
            assert _left(data, seconds) == []
        finally:
            demo.kill()
        assert "Traceback" not in demo.communicate()[1]
    assert demo.returncode == 0


def test_a_taken_port_is_one_sentence(data: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = _demo(data, "--port", str(port))
        output, errors = demo.communicate(timeout=30)
    assert demo.returncode == 1
    assert output == ""
    assert errors == (
        f"Port {port} of 127.0.0.1 cannot be used (Address already in use). Choose another with --port.\n"
    )


def test_wrong_usage_is_two(data: Path) -> None:
    demo = _demo(data, "--port", "none")
    demo.communicate(timeout=30)
    assert demo.returncode == 2
