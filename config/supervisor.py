"""Holds one PostgreSQL server for as long as anybody uses it. Run as `python -m config.supervisor DATA`.

Whoever uses the server holds a shared lock on DATA/run/users; the supervisor holds DATA/run/supervisor exclusively
and stops the server when it gets `users` exclusively, that is, when there are no users left. The kernel drops the
locks of a process that dies in whatever way, so there is no count to go wrong and nothing stale to clean up.
Standard library only.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from config.children import dies_with_parent
from config.places import CannotStart
from config.postgres import Cluster, as_unprivileged, cluster_of, unprivileged

PORT = 5432  # only a part of the socket's name: the server listens on no network
_TICK = 0.25
_START_SECONDS = 60
_STOP_SECONDS = 20

_stop_asked = False


def main(data: Path, report: IO[str]) -> int:
    """Run the server of this data folder and return when it has no more users.

    `report` gets one line of JSON: {"sockets": folder} once the server answers, else {"error": sentence}.
    """
    signal.signal(signal.SIGTERM, _ask_to_stop)
    signal.signal(signal.SIGINT, _ask_to_stop)
    with (data / "run" / "supervisor").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            cluster = cluster_of(data, throwaway=_throwaway())
            sockets = _socket_folder(data)
            _stop_stray(cluster)
            server = _start(cluster, sockets, data)
        except (CannotStart, OSError) as error:
            print(json.dumps({"error": str(error)}), file=report, flush=True)
            return 1
        print(json.dumps({"sockets": str(sockets)}), file=report, flush=True)
        report.close()
        _hold(server, data)
        shutil.rmtree(sockets, ignore_errors=True)
    return 0


def _throwaway() -> bool:
    return os.environ.get("COUNTERPART_THROWAWAY") == "1"


def _ask_to_stop(*_: object) -> None:
    global _stop_asked
    _stop_asked = True


def _socket_folder(data: Path) -> Path:
    """Return an empty folder for the socket that only the server's user and root can enter.

    It is short (a socket's path has at most 107 bytes) and always the same for a data folder, so that a server that
    had to be started again is found in its old place.
    """
    user = unprivileged()
    owner = user.pw_uid if user else os.geteuid()
    root = "/tmp" if os.access("/tmp", os.W_OK) else tempfile.gettempdir()
    folder = Path(root) / f"counterpart-{hashlib.sha256(f'{owner} {data.resolve()}'.encode()).hexdigest()[:12]}"
    try:
        folder.mkdir(mode=0o700)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            # Anybody may write in /tmp: this one is somebody else's.
            raise CannotStart(f"{folder} is in the way of the database's socket. Remove it.") from None
        for left in folder.glob(".s.PGSQL.*"):
            left.unlink()
    return folder


def _postmaster(cluster: Cluster) -> list[str]:
    try:
        return (cluster.folder / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _stop_stray(cluster: Cluster) -> None:
    """Stop a server that outlived its supervisor, and drop the file of one that died without a word.

    PostgreSQL itself takes any process that has got the dead server's number for that server, as happens in a
    container that starts again.
    """
    lines = _postmaster(cluster)
    if not lines:
        return
    pid = int(lines[0])
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_server(pid, cluster):
        if time.monotonic() > deadline:
            raise CannotStart(f"Another PostgreSQL (process {pid}) holds the database {cluster.folder}. Stop it first.")
        os.kill(pid, signal.SIGINT)
        time.sleep(0.1)
    (cluster.folder / "postmaster.pid").unlink(missing_ok=True)


def _is_server(pid: int, cluster: Cluster) -> bool:
    try:
        os.kill(pid, 0)
        # A server's working folder is its cluster.
        return Path(f"/proc/{pid}/cwd").resolve() == cluster.folder.resolve()
    except ProcessLookupError:
        return False
    except PermissionError:
        return False
    except OSError:
        return not sys.platform.startswith("linux")


def _start(cluster: Cluster, sockets: Path, data: Path) -> subprocess.Popen[bytes]:
    log = data / "postgres.log"
    settings = {"listen_addresses": "", "unix_socket_directories": str(sockets), "log_min_messages": "warning"}
    settings |= {"max_connections": "100", "jit": "off", "log_checkpoints": "off", "timezone": "UTC"}
    if _throwaway():
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(cluster.binaries.folder / "postgres"), "-D", str(cluster.folder), "-p", str(PORT)]
    for name, value in settings.items():
        command += ["-c", f"{name}={value}"]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            # A fast shutdown: open transactions are rolled back, and the data is left clean.
            preexec_fn=dies_with_parent(signal.SIGINT),
            **as_unprivileged(),
        )
    deadline = time.monotonic() + _START_SECONDS
    while not _answers(server, cluster, sockets):
        if server.poll() is not None or _stop_asked or time.monotonic() > deadline:
            _stop(server)
            raise CannotStart(_why_not(log))
        time.sleep(0.02)
    return server


def _answers(server: subprocess.Popen[bytes], cluster: Cluster, sockets: Path) -> bool:
    """Tell whether the server has written in its file that it is ready, and its socket takes a connection."""
    lines = _postmaster(cluster)
    return len(lines) > 7 and lines[0] == str(server.pid) and lines[7].strip() == "ready" and accepts(sockets)


def accepts(sockets: Path) -> bool:
    """Tell whether a server takes connections on the socket in this folder."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as attempt:
        try:
            attempt.connect(str(sockets / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def _why_not(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    if any("No space left" in line for line in lines):
        return f"The database does not start: there is no space left for it. See {log}."
    fatal = [line.split("FATAL:", 1)[1].strip() for line in lines if "FATAL:" in line]
    return f"The database does not start: {fatal[0] if fatal else 'it gives no reason'}. See {log}."


def _hold(server: subprocess.Popen[bytes], data: Path) -> None:
    with (data / "run" / "users").open("w") as users:
        while server.poll() is None and not _stop_asked:
            time.sleep(_TICK)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            break
        # Whoever comes now waits until the lock on `users` goes with this process, and then starts a new server.
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    for signum, seconds in ((signal.SIGINT, _STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        if server.poll() is not None:
            return
        server.send_signal(signum)
        try:
            server.wait(seconds)
        except subprocess.TimeoutExpired:
            continue


if __name__ == "__main__":
    with os.fdopen(int(sys.argv[2]), "w") as pipe:
        sys.exit(main(Path(sys.argv[1]), pipe))
