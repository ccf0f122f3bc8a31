"""What many tests begin with: made once by the program itself, and put back row by row for every later test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection
from django.db.models import Model

Made = TypeVar("Made", bound=Model)
Rows = dict[str, set[str]]  # table: its rows as JSON


class Once:
    """Makes something in the database; from the second time on, the rows that this added and changed are put back.

    They keep their ids, since sequences only go on, and their files lie in the data folder of the run.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[str, Any]] = {}

    def __call__(self, name: str, model: type[Made], make: Callable[[], Made]) -> Made:
        """Return what `make` makes, read anew. It must depend on nothing but what was made by this object before."""
        if name in self._made:
            script, key = self._made[name]
            with connection.cursor() as cursor:
                cursor.execute(script)
        else:
            before = _rows()
            key = make().pk
            self._made[name] = _script(before, _rows()), key
        return model._default_manager.get(pk=key)


def _rows() -> Rows:
    """Return what all tables hold, but for what Django itself fills after each flush."""
    rows: Rows = {}
    names = [model._meta.db_table for model in apps.get_models(include_auto_created=True)]
    names = [name for name in names if name not in ("django_content_type", "auth_permission")]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}', to_json(one)::text FROM {name} one" for name in names))
        for name, row in cursor.fetchall():
            rows.setdefault(name, set()).add(row)
    return rows


def _script(before: Rows, after: Rows) -> str:
    """Return the statements that lead from one to the other; a row that is not as before fails as a duplicate."""
    statements = ["SET session_replication_role = replica"]  # the rows were checked when they were made
    for name in before.keys() | after.keys():
        old, now = before.get(name, set()), after.get(name, set())
        gone, new = old - now, now - old
        if gone:
            statements.append(f"DELETE FROM {name} one WHERE to_json(one)::text IN ({', '.join(map(_quoted, gone))})")
        if new:
            whole = _quoted(f"[{', '.join(sorted(new))}]")
            statements.append(f"INSERT INTO {name} SELECT * FROM json_populate_recordset(NULL::{name}, {whole})")
    return "; ".join([*statements, "SET session_replication_role = DEFAULT"])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
