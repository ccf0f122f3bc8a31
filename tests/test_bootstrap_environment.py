"""Which environment the program chooses, and what it says when it cannot make one."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import environment, keys
from config.places import CannotStart


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A place with an interpreter in it, but without a mark."""
    folder = tmp_path / "environment"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    return folder


def _mark(folder: Path, lock: Path) -> None:
    environment._mark(folder, lock).write_text(environment._wanted(lock))


def test_without_its_mark_an_environment_is_half_made(place: Path) -> None:
    assert environment._find(environment.RUN_LOCK, [place]) is None
    _mark(place, environment.RUN_LOCK)
    assert environment._find(environment.RUN_LOCK, [place]) == place


def test_the_environment_for_the_tests_has_a_mark_of_its_own(place: Path) -> None:
    _mark(place, environment.RUN_LOCK)
    assert environment._find(environment.TEST_LOCK, [place]) is None


def test_an_environment_made_from_another_lock_file_is_made_again(place: Path) -> None:
    environment._mark(place, environment.RUN_LOCK).write_text("0123456789abcdef 3.11.2 Linux x86_64\n")
    assert environment._find(environment.RUN_LOCK, [place]) is None


def test_an_environment_whose_interpreter_is_gone_is_made_again(place: Path) -> None:
    _mark(place, environment.RUN_LOCK)
    (place / "bin" / "python").unlink()
    assert environment._find(environment.RUN_LOCK, [place]) is None


def test_every_package_is_pinned_to_hashes() -> None:
    for lock in (environment.RUN_LOCK, environment.TEST_LOCK, environment.INSTALLER_LOCK):
        requirements = lock.read_text().replace("\\\n", " ").splitlines()
        packages = [line for line in requirements if line and not line.lstrip().startswith("#")]
        assert packages
        assert [line for line in packages if "==" not in line or "--hash=sha256:" not in line] == []


def test_what_the_tests_need_includes_all_that_the_program_needs() -> None:
    def pins(lock: Path) -> set[str]:
        return {line.split(" ")[0] for line in lock.read_text().splitlines() if line[:1].isalnum()}

    assert pins(environment.RUN_LOCK) < pins(environment.TEST_LOCK)


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        ("error: failed to write\n  Caused by: No space left on device (os error 28)", "no space left"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "no space left"),
        (
            "WARNING: Retrying ... Failed to establish a new connection: [Errno -3] Temporary failure in name "
            "resolution\nERROR: No matching distribution found for uv==1",
            "the package index cannot be reached",
        ),
        ("ERROR: No matching distribution found for typst==0.15.2", "not every package has a wheel for Python 3"),
        (
            "error: Distribution `typst==0.15.2` can't be installed because it doesn't have a wheel for the "
            "current platform",
            "not every package has a wheel for Python 3",
        ),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "is not the one that the lock"),
        ("one\nERROR: Something new.", "could not be made: Something new."),
        ("", "the installer gave no reason"),
    ],
)
def test_an_installer_that_gives_up_is_one_sentence(output: str, reason: str) -> None:
    sentence = environment._reason(output, Path("/x/.environment"))
    assert reason in sentence
    assert sentence.startswith("The Python environment in /x/.environment could not be made: ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from config.keys import stored_key; print(stored_key('secret_key'))"]
    running = [
        subprocess.Popen(command, env={**os.environ, "COUNTERPART_DATA": str(tmp_path)}, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    made = {one.communicate()[0] for one in running}
    assert len(made) == 1
    assert len(made.pop().strip()) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]


def test_a_key_that_cannot_be_written_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERPART_DATA", str(tmp_path))
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(CannotStart, match="cannot be read or written"):
        keys.stored_key("secret_key")
