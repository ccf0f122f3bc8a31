"""`manage.py demo`: the whole site with a collection under way, on one machine, until it is stopped."""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from io import StringIO
from typing import Any

from config import database
from config.children import Family
from config.places import CHECKOUT, CannotStart, data_folder

# The first page waits until the demonstration's own pages are read, but not longer than this after the very start.
_READY_SECONDS = 35
_LEAST_READING_SECONDS = 5
_WEB_SECONDS = 30
_WORKER = [sys.executable, str(CHECKOUT / "manage.py"), "worker"]


_stop_asked = False


class _Stopped(BaseException):
    """Somebody asked the program to stop."""


def main(arguments: list[str]) -> int:
    """Prepare the demonstration, and serve it unless --no-serve is among the arguments."""
    options = _parse(arguments)
    _on_being_stopped(_stop)
    family = None
    try:
        listening = None if options.no_serve else _listen(options.host, options.port)
        host = "localhost" if options.host in {"127.0.0.1", "0.0.0.0", "::"} else options.host
        base_url = os.environ.setdefault("COUNTERPART_BASE_URL", f"http://{host}:{options.port}").rstrip("/")
        os.environ.setdefault("COUNTERPART_STALLED_SECONDS", "10")
        if "COUNTERPART_MAIL_HOST" not in os.environ:
            os.environ.setdefault("COUNTERPART_MAIL_FOLDER", str(data_folder() / "letters sent"))
            os.environ.setdefault("COUNTERPART_MAIL_FROM", "Counterpart <signatures@counterpart.example>")
        own_server = "DATABASE_URL" not in os.environ
        database.bring_up()
        collection = _load(base_url)
        family = Family()
        worker = None
        if _jobs_left(also_later=options.no_serve):
            worker = family.start(_WORKER)
            _wait_until_read(worker, None if options.no_serve else _patience())
        if options.json:
            print(json.dumps(collection, indent=2), flush=True)
        if listening is None:
            if not options.json:
                _tell(collection, None)
            return 0
        web = _serve(family, listening)
        _on_being_stopped(_note)  # from here on nothing takes long
        if not options.json:
            _tell(collection, base_url)
        _keep(family, web, worker or family.start(_WORKER), own_server)
    except _Stopped:
        return 0
    finally:
        _on_being_stopped(signal.SIG_IGN)
        if family:
            family.end()
    return 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    parser.add_argument("--no-serve", action="store_true", help="stop when everything is loaded and read")
    parser.add_argument("--json", action="store_true", help="print what there is as JSON on standard output")
    options = parser.parse_args(arguments)
    if not 0 < options.port < 65536:
        parser.error("a port is a number from 1 to 65535")
    return options


def _on_being_stopped(handler: Callable[..., None] | signal.Handlers) -> None:
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(signum, handler)


def _stop(*_: object) -> None:
    # What is raised while an object is being disposed of is lost, so the fact is kept as well.
    _note()
    raise _Stopped


def _note(*_: object) -> None:
    global _stop_asked
    _stop_asked = True


def _listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else is done, and hand it to the web server later."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise CannotStart(
            f"Port {port} of {host} cannot be used ({error.strerror}). Choose another with --port."
        ) from error
    return taken


def _load(base_url: str) -> dict[str, Any]:
    from django.core.management import CommandError, call_command, get_commands

    if "load_demonstration" not in get_commands():
        return {"agreement": None, "url": base_url, "people": [], "links": [], "folder": None}
    output = StringIO()
    try:
        call_command("load_demonstration", "--json", "--base-url", base_url, stdout=output)
    except CommandError as error:
        raise CannotStart(str(error)) from error
    collection: dict[str, Any] = json.loads(output.getvalue())
    return {"url": base_url, **collection, "letters": os.environ.get("COUNTERPART_MAIL_FOLDER")}


def _jobs_left(*, also_later: bool) -> int:
    """Count the jobs to be done now, and with `also_later` those that failed and are tried again after a while."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') AND (%s OR scheduled_at IS NULL OR scheduled_at < now())",
            [also_later],
        )
        row = cursor.fetchone()
    return row[0] if row else 0


def _patience() -> float:
    elapsed = time.time() - float(os.environ.get("COUNTERPART_STARTED", time.time()))
    return max(_LEAST_READING_SECONDS, _READY_SECONDS - elapsed)


def _wait_until_read(worker: subprocess.Popen[bytes], seconds: float | None) -> None:
    """Wait until no job is left to do, or for so many seconds."""
    deadline = time.monotonic() + (seconds if seconds is not None else float("inf"))
    while _jobs_left(also_later=seconds is None) and time.monotonic() < deadline:
        if worker.poll() is not None:
            raise CannotStart("The worker that reads the pages has ended. Its reason stands above.")
        time.sleep(0.2)


def _serve(family: Family, listening: socket.socket) -> subprocess.Popen[bytes]:
    """Start the web server and return when it answers."""
    command = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{listening.fileno()}"]
    command += ["--worker-class", "gthread", "--workers", "1", "--threads", "8", "--timeout", "120"]
    command += ["--graceful-timeout", "3", "--log-level", "warning", "--no-control-socket"]
    web = family.start(command, pass_fds=(listening.fileno(),))
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"http://[{host}]:{port}/healthz" if ":" in host else f"http://{host}:{port}/healthz"
    listening.close()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _WEB_SECONDS
    while time.monotonic() < deadline and web.poll() is None:
        try:
            with direct.open(address, timeout=2):
                return web
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotStart("The web server does not start. Its reason stands above.")


def _keep(family: Family, web: subprocess.Popen[bytes], worker: subprocess.Popen[bytes], own_server: bool) -> None:
    """Watch over what runs until somebody stops it."""
    while not _stop_asked:
        time.sleep(0.5)
        if web.poll() is not None:
            raise CannotStart("The web server has ended. Its reason stands above.")
        if worker.poll() is not None:
            worker = family.start(_WORKER)
        if own_server:
            # A server that has died is started again in its old place.
            database.use_server(data_folder())


def _tell(collection: dict[str, Any], base_url: str | None) -> None:
    lines = [""]
    if base_url:
        lines.append(f"Counterpart is at {base_url} (Ctrl-C stops it). Sign in as")
    else:
        lines.append("The demonstration is loaded. Sign in as")
    lines += [
        f"  {person['role']}: {person['email']}, password {person['password']}" for person in collection["people"]
    ]
    if collection["links"]:
        lines.append("A holder needs no account but its link:")
        lines += [f"  {', '.join(link['holders'])}: {link['url']}" for link in collection["links"]]
    if collection["folder"]:
        lines.append(f"Files to try lie in {collection['folder']}")
    if collection.get("letters"):
        lines.append(f"Letters are not sent but put into {collection['letters']}")
    print("\n".join(lines), flush=True)
