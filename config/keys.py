"""Secret keys that are generated once and kept beside the data. Standard library only."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from config.places import CannotStart, data_folder


def stored_key(name: str) -> str:
    """Return the key of this name, 64 URL-safe characters, generating it when it is not there yet.

    It is kept in a file with mode 0600 under the data folder. Of several processes that start at once one wins, and
    all return its key. Raises CannotStart if the file can be neither read nor written.
    """
    path = data_folder() / name
    try:
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise CannotStart(f"The key {path} cannot be read or written ({error.strerror}).") from error


def _write_once(path: Path, key: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(file.fileno())
        # A link is made whole or not at all, and never over a key that another process has just written.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
