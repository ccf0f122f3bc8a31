"""What was read from a version's document, as it is kept with the version: all but its text."""

from __future__ import annotations

from signatures.domain import files
from signatures.domain.errors import Refused
from signatures.models import Version
from signatures.paper.agreement import ParsedAgreement, UnreadableAgreement
from signatures.paper.agreement.apart import parse_apart
from signatures.paper.agreement.kept import as_kept, from_kept


def of(version: Version) -> ParsedAgreement:
    """Return what was read from a version's document. One that was uploaded before it was kept is read again.

    Raises Refused when that document cannot be read any more.
    """
    if version.as_read is None:
        try:
            parsed = parse_apart(files.read(version.source), version.source_name)
        except UnreadableAgreement as error:
            raise Refused(str(error)) from error
        version.as_read = as_kept(parsed)
        Version.objects.filter(pk=version.pk, as_read__isnull=True).update(as_read=version.as_read)
    return from_kept(version.as_read, version.text)
