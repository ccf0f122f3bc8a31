"""Makes the Python environment from the lock files and runs the program in it. Standard library only.

An environment is one of ours when it holds a mark with the hash of the lock file that it was made from; anything
else found in its place is a half-made one and is made again. Somebody else's virtual environment, when the program
is run in it, is used as it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.children import dies_with_parent
from config.places import CHECKOUT, CannotStart

RUN_LOCK = CHECKOUT / "requirements.lock"
TEST_LOCK = CHECKOUT / "requirements-test.lock"  # everything in RUN_LOCK, and what the tests need
INSTALLER_LOCK = CHECKOUT / "requirements-uv.lock"
_TELLTALES = {RUN_LOCK: ("django", "procrastinate", "crispy_forms"), TEST_LOCK: ("django", "pytest", "xdist")}


def enter(lock: Path) -> None:
    """Return when this interpreter has what `lock` lists; otherwise replace this process by one that has.

    The process is replaced by the same command in the project's own environment, which is made first where it is
    missing, half made or older than the lock file. Of several that start at once, one makes it and the others wait.
    Raises CannotStart with the reason when it cannot be made.
    """
    if sys.prefix != sys.base_prefix and not _is_own(Path(sys.prefix)):
        if all(importlib.util.find_spec(name) for name in _TELLTALES[lock]):
            return
        if lock == TEST_LOCK and importlib.util.find_spec("django"):
            raise CannotStart(f"Run `{sys.executable} -m pip install -r {TEST_LOCK.name}` for what the tests need.")
    folder = _find(lock, _places())
    if folder is None:
        with _one_at_a_time():
            folder = _find(lock, _places()) or _make(lock)
    if os.path.realpath(sys.prefix) != os.path.realpath(folder):
        python = str(folder / "bin" / "python")
        sys.stdout.flush()
        os.execv(python, [python, *sys.orig_argv[1:]])


def _places() -> list[Path]:
    """Where an environment of ours may be: in the checkout, or where that is not ours to write, among the caches."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    name = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:12]
    return [CHECKOUT / ".environment", caches / "counterpart" / f"environment-{name}"]


def _is_own(folder: Path) -> bool:
    return os.path.realpath(folder) in {os.path.realpath(place) for place in _places()}


def _mark(folder: Path, lock: Path) -> Path:
    return folder / f"made-from-{lock.name}"


def _wanted(lock: Path) -> str:
    kind = f"{platform.python_version()} {platform.system()} {platform.machine()}"
    return f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {kind}\n"


def _is_complete(folder: Path, lock: Path) -> bool:
    try:
        made_from = _mark(folder, lock).read_text()
    except OSError:
        return False
    return made_from.split()[:1] == _wanted(lock).split()[:1] and os.access(folder / "bin" / "python", os.X_OK)


def _find(lock: Path, places: list[Path]) -> Path | None:
    return next((folder for folder in places if _is_complete(folder, lock)), None)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with RUN_LOCK.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another command that is making the Python environment ...", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _make(lock: Path) -> Path:
    folder = next((place for place in _places() if _can_be_made(place)), None)
    if folder is None:
        raise CannotStart(f"Neither {' nor '.join(map(str, _places()))} can be written for the Python environment.")
    adding = lock == TEST_LOCK and _is_complete(folder, RUN_LOCK)
    what = "Adding what the tests need to" if adding else "Making"
    print(f"{what} the Python environment in {folder} (once, less than a minute) ...", file=sys.stderr, flush=True)
    try:
        if not adding:
            _start_afresh(folder)
        _install(folder, lock)
        # What the tests need includes all that the program needs.
        for made in {RUN_LOCK, lock}:
            _mark(folder, made).write_text(_wanted(made))
    except OSError as error:
        raise CannotStart(f"The Python environment in {folder} could not be made: {error.strerror}.") from error
    return folder


def _can_be_made(folder: Path) -> bool:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder.parent, os.W_OK) and (not folder.exists() or os.access(folder, os.W_OK))


def _start_afresh(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = _run([base, "-m", "venv", str(folder)])
    if made.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        if "ensurepip" in made.stdout:
            raise CannotStart(
                f"{base} cannot make virtual environments. Install the module venv (on Debian and Ubuntu: "
                "apt install python3-venv) and start again."
            )
        raise CannotStart(_reason(made.stdout, folder))
    (folder / ".gitignore").write_text("*\n")


def _install(folder: Path, lock: Path) -> None:
    """Install the lock file with uv, which takes seconds, or where uv does not run, with pip."""
    python = str(folder / "bin" / "python")
    checked = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r"]
    pip = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--retries", "2", *checked]
    uv = [python, "-m", "uv", "pip", "install", "--python", python, "--system-certs", *checked]
    output = ""
    if _run([*pip, str(INSTALLER_LOCK)]).returncode == 0:
        installed = _run([*uv, str(lock)])
        if installed.returncode == 0:
            return
        output = installed.stdout
    if "No space left" not in output:
        installed = _run([*pip, str(lock)])
        if installed.returncode == 0:
            return
        output = installed.stdout
    shutil.rmtree(folder, ignore_errors=True)
    raise CannotStart(_reason(output, folder))


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # An installer that outlived us would write into what the next start makes.
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )


_REASONS = (
    (("no space left", "disk quota exceeded"), "there is no space left for it (about 1 GB is needed)"),
    (("do not match the hashes", "hash mismatch"), "a downloaded package is not the one that the lock file names"),
    (
        (
            "temporary failure in name resolution",
            "name or service not known",
            "nodename nor servname",
            "failed to establish a new connection",
            "connection refused",
            "connection reset",
            "network is unreachable",
            "no route to host",
            "dns error",
            "timed out",
            "cannot connect to proxy",
            "error sending request",
        ),
        "the package index cannot be reached; check the network or proxy and start again",
    ),
    (
        ("no matching distribution", "no wheels", "doesn't have a wheel", "not a supported wheel"),
        f"not every package has a wheel for Python {platform.python_version()} on "
        f"{platform.system()} {platform.machine()}",
    ),
)


def _reason(output: str, folder: Path) -> str:
    """Return the sentence for what an installer wrote before it gave up."""
    lowered = output.lower()
    for signs, reason in _REASONS:
        if any(sign in lowered for sign in signs):
            return f"The Python environment in {folder} could not be made: {reason}."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1].removeprefix("ERROR: ") if lines else "the installer gave no reason"
    return f"The Python environment in {folder} could not be made: {last.rstrip('.')}."
