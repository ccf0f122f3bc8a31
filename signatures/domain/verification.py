"""Checking that nothing was lost or changed: the audit chain, and every stored file against its hash."""

from __future__ import annotations

from collections.abc import Iterator

from signatures.domain import audit, files
from signatures.models import Agreement, CarryOver, ReceivedPage, SignaturePage, StoredFile, Submission, Version


def findings(agreement: Agreement) -> list[str]:
    """Return a sentence for everything that is wrong; an empty list means that all is whole."""
    found = audit.findings(agreement)
    seen = set()
    for stored, what in _files(agreement):
        if stored.sha256 not in seen and not files.is_whole(stored):
            found.append(f"The file of {what} is missing or was changed ({stored.sha256[:12]}).")
        seen.add(stored.sha256)
    return found


def _files(agreement: Agreement) -> Iterator[tuple[StoredFile, str]]:
    for version in Version.every.filter(agreement=agreement).select_related("source", "pdf", "reading_copy"):
        yield version.source, f"version {version.number}"
        yield version.pdf, f"version {version.number} as a PDF"
        if version.reading_copy is not None:
            yield version.reading_copy, f"version {version.number} for holders"
    for page in SignaturePage.objects.filter(version__agreement=agreement).select_related("pdf", "blank"):
        yield page.pdf, str(page)
        if page.blank is not None:
            yield page.blank, str(page)
    shown = CarryOver.objects.filter(block__version__agreement=agreement, file__isnull=False).select_related("file")
    for row in shown:
        if row.file is not None:
            yield row.file, f"what shows that the signature of {row.block} carries over"
    for submission in Submission.objects.filter(agreement=agreement).select_related("file"):
        yield submission.file, submission.original_name
    for received in ReceivedPage.objects.filter(agreement=agreement).select_related(
        "upright", "thumbnail", "submission"
    ):
        for picture in (received.upright, received.thumbnail):
            if picture is not None:
                yield picture, f"the picture of {received}"
