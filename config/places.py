"""Where things lie: the checkout, and the folder of everything that the program keeps. Standard library only."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


class CannotStart(Exception):
    """Something that a person has to settle first; its text is the sentence that says what."""


def data_folder() -> Path:
    """Return the absolute folder COUNTERPART_DATA, by default `.data` in the checkout, and make it.

    For others it can only be passed through, and that only when root runs the program: the database then belongs to
    an unprivileged user, who must reach its folder in here. Raises CannotStart if the folder cannot be made.
    """
    folder = Path(os.environ.get("COUNTERPART_DATA") or CHECKOUT / ".data").expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    except OSError as error:
        raise CannotStart(
            f"The data folder {folder} cannot be made ({error.strerror}). Set COUNTERPART_DATA to a folder that can."
        ) from error
    return folder
