"""An empty database beside the real one and an empty folder, for as long as something is measured."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection
from django.test.utils import override_settings


@contextmanager
def own_database() -> Iterator[None]:
    """Lead everything to an empty database on the same server and to an empty folder, and remove both afterwards."""
    name = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"counterpart_bench_{os.getpid()}"
    with tempfile.TemporaryDirectory(prefix="counterpart-bench-") as folder:
        # The way in which Django makes the databases of tests.
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        try:
            with override_settings(COUNTERPART_DATA=Path(folder), COUNTERPART_FILES=Path(folder) / "files"):
                yield
        finally:
            connection.creation.destroy_test_db(name, verbosity=0)
