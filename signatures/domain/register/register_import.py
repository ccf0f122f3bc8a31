"""Importing a register in the background, as counsel confirmed it: all of its good rows in one transaction, or none.

The outcome is recorded in the transaction of the rows. A worker that is killed has therefore changed nothing, and the
job that is run again begins anew. How far it is, is told over a connection beside that transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from holders.models import Issuer
from signatures.domain import files, work
from signatures.domain.errors import Refused
from signatures.domain.register import register
from signatures.domain.register.register_file import Table, read_table, write_refused
from signatures.models import Agreement, RegisterImport, StoredFile, User, WorkState

TASK = "signatures.tasks.import_register"
GIVEN_UP = "The import broke off several times. Tell whoever runs the site."
GONE = "The file of the register is gone from the disk. Upload it again, and tell whoever runs the site."
CLASHED = "Somebody changed the register at the same time. Do it again."


@transaction.atomic
def queue(
    agreement: Agreement,
    stored: StoredFile,
    name: str,
    mapping: Mapping[str, int],
    decisions: Mapping[int, str],
    by: User,
) -> RegisterImport:
    """Queue the import of a register that was previewed with this mapping and these decisions.

    Raises Refused where the holder has no column, or another register of the agreement is being imported.
    """
    if "holder" not in mapping:
        raise Refused("Say which column names the holder.")
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    before = agreement.register_imports.filter(state__in=work.UNDER_WAY).first()
    if before is not None:
        raise Refused(f"{before.name} is being imported already. Wait until that is done.")
    one = RegisterImport.objects.create(
        agreement=agreement,
        file=stored,
        name=name[-255:],
        mapping=dict(mapping),
        decisions={str(row): said for row, said in decisions.items()},
        asked_by=by,
    )
    work.defer(TASK, one)
    return one


def run(work_id: int) -> None:
    """Import a register that is under way. One that is over is left alone, however often this is called."""
    if not work.begin(RegisterImport, work_id, compared=0, rows_done=0):
        return
    imports = RegisterImport.objects.select_related("agreement__issuer", "agreement__notes", "file", "asked_by")
    one = imports.get(pk=work_id)
    try:
        table = table_of(one)
        decisions = {int(row): said for row, said in one.decisions.items()}
        with _telling(one.pk, len(table.rows)) as tell:
            planned = register.plan(one.agreement, table, one.mapping, decisions, lambda compared: tell(compared, 0))
            _write(one, planned, table.sha256, tell)
    except Refused as error:
        work.give_up(RegisterImport, work_id, str(error))
    except IntegrityError:
        work.give_up(RegisterImport, work_id, CLASHED)


def table_of(one: RegisterImport) -> Table:
    """Return the register of an import as it came. Raises Refused."""
    try:
        return read_table(files.read(one.file), one.name)
    except FileNotFoundError as error:
        raise Refused(GONE) from error


def refused_file(one: RegisterImport) -> bytes:
    """Return the rows that an import refused as a CSV file: as they came, with row number and reason before them."""
    return write_refused(table_of(one), {row: reason for row, _, reason in one.refused})


@transaction.atomic
def _write(
    one: RegisterImport, planned: list[register.PlannedRow], sha256: str, tell: Callable[[int, int], None]
) -> None:
    """Write the rows and the outcome, under the lock of the issuer: a second worker waits, and then finds it done."""
    Issuer.objects.select_for_update().get(pk=one.agreement.issuer_id)
    running = RegisterImport.objects.filter(pk=one.pk, state=WorkState.RUNNING)
    if not running.exists():
        return
    idle = len(planned) - len(register.rows_to_write(planned))
    tell(len(planned), idle)
    done = register.apply(
        one.agreement, planned, one.asked_by, sha256, lambda written, _: tell(len(planned), idle + written)
    )
    holders = {row.number: row.holder for row in planned}
    running.update(
        state=WorkState.DONE,
        added=done.added,
        updated=done.updated,
        refused=[[row, holders[row], reason] for row, reason in done.refused],
        rows=len(planned),
        rows_done=len(planned),
        settled_at=timezone.now(),
    )


@contextmanager
def _telling(work_id: int, rows: int) -> Iterator[Callable[[int, int], None]]:
    """Yield what records the rows compared and those done, for everybody to see before the transaction is over."""
    with closing(connection.copy()) as beside:

        def tell(compared: int, done: int) -> None:
            with beside.cursor() as cursor:
                cursor.execute(
                    f"UPDATE {RegisterImport._meta.db_table} SET rows = %s, compared = %s, rows_done = %s"
                    " WHERE id = %s AND state = 'running'",
                    [rows, compared, done, work_id],
                )

        tell(0, 0)
        yield tell
