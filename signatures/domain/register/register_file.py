"""A register as a file: CSV or XLSX in, rows under our column names out."""

from __future__ import annotations

import codecs
import csv
import datetime
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from signatures.domain.errors import Refused

# Their names, and the other names under which people keep them, folded to letters.
ALSO_KNOWN_AS = {
    "holder": "holdername nameofholder noteholder nameofnoteholder noteholdername registeredholder registeredowner "
    "bondholder name beneficialowner beneficialholder fund fundname entity entityname investor investorname account "
    "accountname holderofrecord recordholder",
    "principal": "principalamount amount holding holdings position principalheld amountheld facevalue faceamount face "
    "par paramount parvalue nominal nominalamount nominalvalue aggregateprincipalamount principalamountofnotes "
    "amountofnotes notesheld amountbeneficiallyowned",
    "address": "noticeaddress addressfornotices mailingaddress postaladdress",
    "family": "fundfamily group fundgroup complex fundcomplex",
    "through": "heldthrough heldvia via participant dtcparticipant nominee ofrecordthrough custodianbank heldof",
    "chain": "by authority authoritychain signingchain signsthrough signsby",
    "evidence": "evidenceofauthority authorityevidence proofofauthority",
    "signatory": "nameofsignatory signatoryname signer signername signedby authorizedsignatory authorisedsignatory "
    "signingofficer officer contact contactname contactperson person",
    "title": "signatorytitle signertitle jobtitle capacity",
    "email": "mail emailaddress signatoryemail signeremail contactemail contactemailaddress",
    "telephone": "phone telephonenumber phonenumber tel mobile contactphone contacttelephone",
    "send_to": "counsel holderscounsel holdercounsel careof co deliverto custodian sendpacketto packetgoesto",
    "record_date": "asof asofdate date positiondate holdingdate dateofrecord",
    "source": "sourceofposition positionsource whereitcomesfrom origin",
    "disregarded": "affiliate affiliated ownedbyissuer treasury disregard",
    "disregarded_reason": "reason whydisregarded reasondisregarded reasonfordisregarding",
}
COLUMNS = tuple(ALSO_KNOWN_AS)

# A register has its headings within so many rows.
MOST_ROWS_BEFORE = 20
# A workbook that unpacks to more than this, in bytes, is not opened: a register of 100,000 rows is a tenth of it.
MOST_UNPACKED = 400_000_000
FORMULA = re.compile(r"'*[=+\-@\t\r]")
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Table:
    """A register as it came: the heading of each column, and rows of (row number in the file, cells as text)."""

    headings: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    sha256: str = ""


def read_table(data: bytes, name: str) -> Table:
    """Read a CSV or XLSX file. Raises Refused with a sentence for a file that is neither, encrypted, or too large."""
    if len(data) > MOST_BYTES:
        raise Refused("The register is larger than 20 MB. Send only the sheet with the holders.")
    if data[:4] == b"\xd0\xcf\x11\xe0":
        raise Refused("The workbook is encrypted or in the old XLS format. Save it as XLSX without a password.")
    if data[:1024].lstrip().startswith(b"%PDF"):
        raise Refused("This is a PDF. The register is a table: send it as CSV or as an XLSX workbook.")
    rows = _xlsx_rows(data) if data[:2] == b"PK" else _csv_rows(data)
    if not any(any(cells) for _, cells in rows):
        raise Refused(f"{name} holds no rows.")
    at = _heading_row(rows)
    if at is None:
        raise Refused("No column for the holder was found. Name one column “holder”.")
    held = tuple(row for row in rows[at + 1 :] if any(row[1]))
    if not held:
        raise Refused(f"{name} has headings and no rows below them.")
    return Table(rows[at][1], held, hashlib.sha256(data).hexdigest())


def _heading_row(rows: list[tuple[int, tuple[str, ...]]]) -> int | None:
    """Return where the row with the headings stands: the first that names the holder, best with others."""
    found = [(at, guess_mapping(cells)) for at, (_, cells) in enumerate(rows[:MOST_ROWS_BEFORE])]
    named = [at for at, mapping in found if "holder" in mapping]
    return next((at for at in named if len(found[at][1]) > 1), next(iter(named), None))


def guess_mapping(headings: tuple[str, ...]) -> dict[str, int]:
    """Return which of our columns stands where, by the names that people use."""
    found: dict[str, int] = {}
    folded = [re.sub(r"[^a-z]", "", re.sub(r"\(.*?\)", "", heading.casefold())) for heading in headings]
    for column in COLUMNS:
        own = column.replace("_", "")
        names = {own} if own in folded else set(ALSO_KNOWN_AS[column].split())
        at = next((at for at, heading in enumerate(folded) if heading in names and at not in found.values()), None)
        if at is not None:
            found[column] = at
    return found


def _xlsx_rows(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    """Read the sheet that has a column for the holder. Raises Refused when none has, or its rows have merged cells."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if any(one.flag_bits & 1 for one in archive.infolist()):
                raise Refused("The workbook is encrypted. Save it as XLSX without a password.")
            if any(one.filename.endswith("vbaProject.bin") for one in archive.infolist()):
                raise Refused("The workbook holds macros. Save it as XLSX, which leaves them out, or as CSV.")
            if sum(one.file_size for one in archive.infolist()) > MOST_UNPACKED:
                raise Refused("The workbook is too large when it is opened. Send only the sheet with the holders.")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            for sheet in book.worksheets:
                first = list(enumerate(sheet.iter_rows(values_only=True, max_row=MOST_ROWS_BEFORE), 1))
                heading = _heading_row([(number, tuple(map(_as_text, row))) for number, row in first])
                if heading is None:
                    continue
                path = getattr(sheet, "_worksheet_path")  # noqa: B009
                _refuse_merged_cells(archive.read(path), sheet.title, heading + 1)
                return [
                    (number, tuple(map(_as_text, row)))
                    for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
                ]
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        OSError,  # a Word document, for one: there is no workbook in it
        ValueError,
        ParseError,
    ) as error:
        raise Refused("The workbook cannot be opened. Save it again as XLSX, or as CSV.") from error
    names = ", ".join(f"“{sheet.title}”" for sheet in book.worksheets) or "none"
    raise Refused(
        f"No sheet of the workbook has a column for the holder. Name one column “holder”. The sheets are: {names}."
    )


def _refuse_merged_cells(sheet: bytes, title: str, heading: int) -> None:
    """Raise Refused for cells merged below the headings: only the first of the rows would name its holder."""
    for found in re.finditer(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', sheet):
        if int(found[4]) > heading and (found[2] != found[4] or int(found[2]) > heading):
            left, top, right, bottom = (part.decode() for part in found.groups())
            raise Refused(
                f"On the sheet “{title}” the cells {left}{top} to {right}{bottom} are merged. "
                "Take the merge back, so that every row names its own holder."
            )


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, float):
        return str(Decimal(repr(cell)).quantize(Decimal("0.01"))) if cell % 1 else str(int(cell))
    return unquoted(str(cell).strip())


def _csv_rows(data: bytes) -> list[tuple[int, tuple[str, ...]]]:
    text = _decoded(data)
    first = text.lstrip().split("\n", 1)[0]
    delimiter = max((",", ";", "\t", "|"), key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [(reader.line_num, tuple(unquoted(cell.strip()) for cell in row)) for row in reader]
    except csv.Error as error:
        raise Refused(f"The CSV file breaks off at line {reader.line_num}: {error}.") from error


def _decoded(data: bytes) -> str:
    """Return a text in UTF-8, UTF-16 (by its mark, or by its zeros) or Windows' Western European."""
    encoding = "utf-8-sig"
    if data[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        encoding = "utf-16"
    elif data[1:4:2] == b"\0\0" and b"\0" not in data[:4:2]:
        encoding = "utf-16-le"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Refused("This is neither a CSV file nor an XLSX workbook.")
    return text


def write_csv(rows: Iterable[dict[str, str]]) -> bytes:
    """Return rows under our column names as a CSV file for spreadsheets: what looks like a formula is quoted."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({column: quoted(row.get(column, "")) for column in COLUMNS})
    return out.getvalue().encode("utf-8-sig")


def write_refused(table: Table, reasons: Mapping[int, str]) -> bytes:
    """Return the rows that were refused as they came, each after its row number and the reason: to correct and import.

    `reasons` is by row number."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["row", "why refused", *map(quoted, table.headings)])
    for number, cells in table.rows:
        if number in reasons:
            writer.writerow([number, quoted(reasons[number]), *map(quoted, cells)])
    return out.getvalue().encode("utf-8-sig")


def quoted(cell: str) -> str:
    """Return a cell so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unquoted(cell: str) -> str:
    """Return what `quoted` was given."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell[1:]) else cell
