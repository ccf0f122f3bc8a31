"""Child processes that end with their parent, however it ends. Standard library only.

Two nets: the kernel tells a child that its parent died (Linux), and a watcher, a process of its own, ends the whole
groups of the children, grandchildren included, when the pipe from the parent breaks.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import IO

from config.places import CHECKOUT

_PR_SET_PDEATHSIG = 1
_GRACE_SECONDS = 1.5


def dies_with_parent(signum: int = signal.SIGTERM) -> Callable[[], None] | None:
    """Return a `preexec_fn` by which the kernel sends `signum` to the child when its parent dies; None where it can't.

    subprocess calls it after it has changed the user, which would clear the setting. The parent is the thread that
    starts the child, so start it from one that lives as long as the program.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)
        # The parent may have died before the call.
        if os.getppid() != parent:
            os._exit(1)

    return bind


class Family:
    """The children of a program, each leading a group of its own, and their watcher."""

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[bytes]] = []
        self._watcher = subprocess.Popen(
            [sys.executable, "-m", "config.children"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def start(self, command: list[str], pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
        """Start a child in the checkout, with this program's environment; its output goes to standard error."""
        child = subprocess.Popen(
            command,
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            pass_fds=pass_fds,
            process_group=0,
            preexec_fn=dies_with_parent(),
        )
        self._children.append(child)
        assert self._watcher.stdin
        self._watcher.stdin.write(f"{child.pid}\n".encode())
        self._watcher.stdin.flush()
        return child

    def end(self, seconds: float = 5) -> None:
        """Ask all children to end, wait so long for them, and end what is left of their groups."""
        for child in self._children:
            if child.poll() is None:
                child.terminate()
        deadline = time.monotonic() + seconds
        for child in self._children:
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                continue
        # The rest is the watcher's, as if we had died.
        self._watcher.communicate()


def _watch(pipe: IO[str]) -> None:
    """Read the numbers of process groups until the writer is gone, and end those groups."""
    groups = [int(line) for line in pipe]
    deadline = time.monotonic() + _GRACE_SECONDS
    groups = [group for group in groups if _signal(group, signal.SIGTERM)]
    while groups and time.monotonic() < deadline:
        time.sleep(0.05)
        groups = [group for group in groups if _signal(group, 0)]
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, signum: int) -> bool:
    try:
        os.killpg(group, signum)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _watch(sys.stdin)
