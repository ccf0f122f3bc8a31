"""Child processes that end with their parent, however it ends. Standard library only."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


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
