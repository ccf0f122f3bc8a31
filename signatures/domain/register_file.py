"""A register as a file: CSV or XLSX in, rows under our column names out."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from signatures.domain.errors import Refused

COLUMNS = (
    "holder",
    "principal",
    "address",
    "chain",
    "signatory",
    "title",
    "email",
    "send_to",
    "record_date",
    "disregarded",
    "disregarded_reason",
)

# Other names under which people keep these columns, folded to letters.
ALSO_KNOWN_AS = {
    "holder": {
        "holder",
        "holdername",
        "nameofholder",
        "noteholder",
        "nameofnoteholder",
        "registeredholder",
        "name",
        "beneficialowner",
        "fund",
        "entity",
        "investor",
    },
    "principal": {
        "principal",
        "principalamount",
        "amount",
        "holding",
        "position",
        "principalheld",
        "amountheld",
        "facevalue",
        "faceamount",
        "face",
        "par",
        "nominal",
    },
    "address": {"address", "noticeaddress", "addressfornotices"},
    "chain": {"chain", "by", "authority", "authoritychain", "signingchain", "through", "signsthrough"},
    "signatory": {
        "signatory",
        "nameofsignatory",
        "signer",
        "signedby",
        "authorizedsignatory",
        "signingofficer",
        "officer",
        "contact",
        "person",
    },
    "title": {"title", "signatorytitle", "capacity"},
    "email": {"email", "mail", "emailaddress", "signatoryemail", "contactemail", "contactemailaddress"},
    "send_to": {"sendto", "counsel", "careof", "co", "deliverto", "custodian"},
    "record_date": {"recorddate", "asof", "date", "positiondate"},
    "disregarded": {"disregarded", "affiliate", "ownedbyissuer", "treasury"},
    "disregarded_reason": {"disregardedreason", "reason", "whydisregarded"},
}
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Table:
    """A register as it came: the heading of each column, and rows of (row number in the file, cells as text)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read_table(data: bytes, name: str) -> Table:
    """Read a CSV or XLSX file. Raises Refused with a sentence for a file that is neither, encrypted, or too large."""
    if len(data) > MOST_BYTES:
        raise Refused("The register is larger than 20 MB. Send only the sheet with the holders.")
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Refused("The workbook is encrypted or in the old XLS format. Save it as XLSX without a password.")
    rows = _xlsx_rows(data) if data[:2] == b"PK" else _csv_rows(data)
    for at, (_number, cells) in enumerate(rows):
        if guess_mapping(cells).get("holder") is not None:
            return Table(cells, tuple(row for row in rows[at + 1 :] if any(row[1])))
        if at == 20:
            break
    if not any(any(cells) for _, cells in rows):
        raise Refused(f"{name} holds no rows.")
    raise Refused("No column for the holder was found. Name one column “holder”.")


def guess_mapping(headings: tuple[str, ...]) -> dict[str, int]:
    """Return which of our columns stands where, by the names that people use."""
    found: dict[str, int] = {}
    folded = [re.sub(r"[^a-z]", "", heading.casefold()) for heading in headings]
    for column in COLUMNS:
        own = column.replace("_", "")
        for at, heading in enumerate(folded):
            if at not in found.values() and (
                heading == own or (own not in folded and heading in ALSO_KNOWN_AS[column])
            ):
                found[column] = at
                break
    return found


def _xlsx_rows(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise Refused("The workbook cannot be opened. Save it again as XLSX, or as CSV.") from error
    for sheet in book.worksheets:
        rows = [
            (number, tuple(_as_text(cell) for cell in row))
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
        ]
        if any(guess_mapping(cells).get("holder") is not None for _, cells in rows[:20]):
            return rows
    raise Refused("No sheet of the workbook has a column for the holder. Name one column “holder”.")


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return str(Decimal(repr(cell)).quantize(Decimal("0.01"))) if cell % 1 else str(int(cell))
    return str(cell).strip()


def _csv_rows(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    if b"\0" in data[:4096]:
        raise Refused("This is neither a CSV file nor an XLSX workbook.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    first = text.split("\n", 1)[0]
    delimiter = max((",", ";", "\t"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, tuple(cell.strip() for cell in row)) for row in reader]
    except csv.Error as error:
        raise Refused(f"The CSV file breaks off at line {reader.line_num}: {error}.") from error


def write_csv(rows: Iterable[dict[str, str]]) -> bytes:
    """Return rows under our column names as a CSV file for spreadsheets: what looks like a formula is quoted."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({column: quoted(row.get(column, "")) for column in COLUMNS})
    return out.getvalue().encode("utf-8-sig")


def quoted(cell: str) -> str:
    """Return a cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
