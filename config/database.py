"""Brings up the database that a command works on: the server, the database itself, and its tables."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from config.database_url import socket_url
from config.places import CHECKOUT, CannotStart, data_folder
from config.postgres import SUPERUSER
from config.supervisor import PORT, accepts

# Held until this process ends: the server runs as long as anybody holds one.
_held: dict[Path, IO[str]] = {}
_MIGRATING = 7_216_320_417  # the number of the advisory lock; any will do


def bring_up(*, migrate: bool = True) -> None:
    """Make DATABASE_URL lead to a database that is there and, with `migrate`, has the tables of this program.

    Without DATABASE_URL it is the one under COUNTERPART_DATA, whose server is started or shared. Call it before the
    settings are read. Raises CannotStart with the reason.
    """
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = use_server(data_folder())
    import django

    django.setup()
    _create_if_missing()
    if migrate:
        _migrate()


def use_server(data: Path, name: str = "counterpart") -> str:
    """Return the URL of a database on this data folder's server, which from now on runs until this process ends.

    Raises CannotStart if the server does not start.
    """
    run = data / "run"
    try:
        run.mkdir(mode=0o700, exist_ok=True)
        if data not in _held:
            users = (run / "users").open("a")
            fcntl.flock(users, fcntl.LOCK_SH)
            _held[data] = users
        with (run / "start").open("a") as start:
            fcntl.flock(start, fcntl.LOCK_EX)
            sockets = _running_or_started(data)
    except OSError as error:
        raise CannotStart(f"The data folder {data} cannot be used ({error.strerror}).") from error
    return socket_url(sockets, PORT, SUPERUSER, name)


def leave_server(data: Path) -> None:
    """Give up this process's use of the server, before it ends."""
    if users := _held.pop(data, None):
        users.close()


def _running_or_started(data: Path) -> str:
    state = data / "run" / "server.json"
    deadline = time.monotonic() + 60
    while is_supervised(data):
        # A supervisor whose server has died is about to go.
        sockets = json.loads(state.read_text())["sockets"] if state.exists() else ""
        if sockets and accepts(Path(sockets)):
            return str(sockets)
        if time.monotonic() > deadline:
            raise CannotStart(f"The database server of {data} does not answer. See {data / 'postgres.log'}.")
        time.sleep(0.05)
    state.unlink(missing_ok=True)
    answer = _start_supervisor(data)
    if "error" in answer:
        raise CannotStart(answer["error"])
    state.write_text(json.dumps(answer) + "\n")
    return answer["sockets"]


def is_supervised(data: Path) -> bool:
    """Tell whether there is a supervisor of this data folder's server, be it still starting or already stopping it."""
    with (data / "run" / "supervisor").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _start_supervisor(data: Path) -> dict[str, str]:
    reading, writing = os.pipe()
    # A session of its own, so that a Ctrl-C that ends one user does not end the server of the others.
    with (data / "run" / "supervisor.log").open("w") as log:
        subprocess.Popen(
            [sys.executable, "-m", "config.supervisor", str(data), str(writing)],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
            start_new_session=True,
        )
    os.close(writing)
    with os.fdopen(reading) as report:
        line = report.readline()
    if not line:
        return {"error": f"The database server could not be started. See {data / 'run' / 'supervisor.log'}."}
    answer: dict[str, str] = json.loads(line)
    return answer


def _create_if_missing() -> None:
    """Create the database that DATABASE_URL names where its server has none of that name yet."""
    from django.db import Error, OperationalError, connection

    try:
        connection.ensure_connection()
        return
    except OperationalError as error:
        reason = str(error).strip()
    if f'database "{connection.settings_dict["NAME"]}" does not exist' not in reason:
        raise CannotStart(f"The database cannot be reached: {reason.splitlines()[-1].strip()}")
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    try:
        with connection._nodb_cursor() as cursor:  # the way in which Django makes the databases of tests
            cursor.execute(f"CREATE DATABASE {name}")
    except Error as error:
        if "already exists" not in str(error):
            raise CannotStart(f"The database {name} cannot be created: {str(error).splitlines()[0]}.") from error


def _migrate() -> None:
    """Bring the tables up to date where they are not; of several processes one does, and the others wait."""
    from django.core.management import call_command
    from django.db import OperationalError, connection

    if _is_current():
        return
    try:
        with connection.cursor() as cursor:
            # Given back when the connection is closed below, also after a failure.
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
            if not _is_current():
                print("Preparing the database ...", file=sys.stderr, flush=True)
                call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
                call_command("createcachetable", verbosity=0, stdout=sys.stderr)
    except OperationalError as error:
        raise CannotStart(f"The database could not be prepared: {str(error).splitlines()[0]}.") from error
    finally:
        connection.close()


def _is_current() -> bool:
    from django.conf import settings
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [str(settings.CACHES["default"]["LOCATION"])])
        if cursor.fetchone() == (None,):
            return False
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())
