"""What a register would do, found in the background: for who handed it in, who then says that it is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from signatures.domain import files, work
from signatures.domain.errors import Refused
from signatures.domain.register import register
from signatures.domain.register.register_file import Table, guess_mapping, read_table
from signatures.models import Agreement, RegisterPreview, StoredFile, User, WorkState

TASK = "signatures.tasks.preview_register"
REPLACED = "Another register was handed in after this one."
MOST_SHOWN = 200
# Of the rows that ask, so many are shown; what is left asks again when these are decided.
MOST_ASKED = 500
KINDS = ("add", "change", "nothing", "ask", "refuse")
FIRST = {"ask": 0, "refuse": 1}


@transaction.atomic
def queue(
    agreement: Agreement,
    stored: StoredFile,
    name: str,
    by: User,
    mapping: Mapping[str, int] | None = None,
    decisions: Mapping[int, str] | None = None,
    *,
    columns_changed: bool = False,
) -> RegisterPreview:
    """Have a register compared with the one that is kept. One of the same person's that still waits is dropped."""
    waiting = agreement.register_previews.filter(asked_by=by, state=WorkState.QUEUED)
    waiting.update(state=WorkState.REFUSED, reason=REPLACED, settled_at=timezone.now())
    one = RegisterPreview.objects.create(
        agreement=agreement,
        file=stored,
        name=name[-255:],
        asked_by=by,
        mapping=None if mapping is None else dict(mapping),
        decisions={str(row): said for row, said in (decisions or {}).items()},
        columns_changed=columns_changed,
    )
    work.defer(TASK, one)
    return one


def run(work_id: int) -> None:
    """Find what a register that waits would do. One that is over is left alone, however often this is called."""
    if not work.begin(RegisterPreview, work_id, compared=0):
        return
    one = RegisterPreview.objects.select_related("agreement__issuer", "agreement__notes", "file").get(pk=work_id)
    own = RegisterPreview.objects.filter(pk=work_id, state=WorkState.RUNNING)
    try:
        table = read_table(files.read(one.file), one.name)
        own.update(rows=len(table.rows))
        mapping = guess_mapping(table.headings) if one.mapping is None else one.mapping
        decisions = {int(row): said for row, said in one.decisions.items()}
        planned = register.plan(one.agreement, table, mapping, decisions, lambda rows: _tell(work_id, rows))
    except FileNotFoundError:
        work.give_up(RegisterPreview, work_id, work.GONE)
    except Refused as error:
        work.give_up(RegisterPreview, work_id, str(error))
    else:
        shown = said(table, mapping, planned, decisions)
        own.update(state=WorkState.DONE, compared=len(table.rows), shown=shown, settled_at=timezone.now())


def _tell(work_id: int, compared: int) -> None:
    RegisterPreview.objects.filter(pk=work_id).update(compared=compared)


def said(
    table: Table, mapping: Mapping[str, int], planned: list[register.PlannedRow], decisions: Mapping[int, str]
) -> dict[str, Any]:
    """Return what is shown of a plan as plain data.

    `counts` by what is done; `rows`: those shown, as [number, what, holder, principal as text or None, signatories,
    detail, like, decided]; `decided`: [number, decision] of rows that are not among them; `all`: how many rows.
    """
    counts = {what: sum(one.what == what for one in planned) for what in KINDS}
    first = sorted(planned, key=lambda one: FIRST.get(one.what, 2) if len(planned) > MOST_SHOWN else 0)
    shown = first[: max(MOST_SHOWN, min(counts["ask"], MOST_ASKED))]
    asking = {one.number for one in shown if one.like}
    rest = [one.number for one in planned if one.number in decisions and one.number not in asking]
    return {
        "headings": list(table.headings),
        "mapping": dict(mapping),
        "counts": counts,
        "all": len(planned),
        "rows": [_row(one, decisions) for one in shown],
        "decided": [[number, decisions[number]] for number in rest],
    }


def _row(one: register.PlannedRow, decisions: Mapping[int, str]) -> list[Any]:
    principal = one.row.principal if one.row else None
    return [
        one.number,
        one.what,
        one.holder,
        None if principal is None else str(principal),
        ", ".join(person.name for person in one.row.people) if one.row else "",
        one.detail,
        one.like,
        decisions.get(one.number, ""),
    ]
