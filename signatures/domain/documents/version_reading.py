"""A new version of an agreement read in the background, and compared with the one before it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from signatures.domain import files, work
from signatures.domain.documents import agreements, document, further_documents, text_changes, versions
from signatures.domain.errors import Refused
from signatures.models import Agreement, TextComparison, User, Version, VersionReading, WorkState
from signatures.paper.agreement import ParsedAgreement

TASK = "signatures.tasks.read_version"


def queue(agreement: Agreement, content: bytes | Iterable[bytes], name: str, by: User) -> VersionReading:
    """Keep a document and have it read as a new version. Raises Refused while another is read."""
    stored = files.keep(content, agreements.media_type(name))
    with transaction.atomic():
        _one_at_a_time(agreement)
        before = agreement.versions.filter(is_execution=True, source=stored).first()
        if before is not None:
            raise Refused(f"This is the very file of version {before.number}.")
        one = VersionReading.objects.create(agreement=agreement, file=stored, name=name[-255:], asked_by=by)
        work.defer(TASK, one)
    return one


def queue_further(
    agreement: Agreement, content: bytes | Iterable[bytes], name: str, title: str, signs: str, by: User
) -> VersionReading:
    """Keep a document and have it read as a further one. Raises Refused while another is read, and for its title."""
    stored = files.keep(content, agreements.media_type(name))
    with transaction.atomic():
        _one_at_a_time(agreement)
        title = further_documents.checked_title(agreement, title)
        one = VersionReading.objects.create(
            agreement=agreement, file=stored, name=name[-255:], asked_by=by, further_title=title, signs=signs
        )
        work.defer(TASK, one)
    return one


@transaction.atomic
def queue_comparison(version: Version, by: User) -> VersionReading:
    """Have a version that was read before compared with the one before it. Raises Refused while another is read."""
    _one_at_a_time(version.agreement)
    one = VersionReading.objects.create(
        agreement=version.agreement, file=version.source, name=version.source_name, asked_by=by, version=version
    )
    work.defer(TASK, one)
    return one


def _one_at_a_time(agreement: Agreement) -> None:
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    before = agreement.version_readings.filter(state__in=work.UNDER_WAY).first()
    if before is not None:
        raise Refused(f"{before.name} is being read already. Wait until that is done.")


def run(work_id: int) -> None:
    """Read and compare a version that waits. One that is over is left alone, however often this is called."""
    if not work.begin(VersionReading, work_id):
        return
    one = VersionReading.objects.select_related("agreement", "file", "asked_by", "version").get(pk=work_id)
    own = VersionReading.objects.filter(pk=work_id, state=WorkState.RUNNING)
    try:
        version = one.version or _entered(one)
        own.update(step=VersionReading.Step.COMPARING)
        compare(version)
    except FileNotFoundError:
        work.give_up(VersionReading, work_id, work.GONE)
    except Refused as error:
        work.give_up(VersionReading, work_id, str(error))
    else:
        own.update(state=WorkState.DONE, settled_at=timezone.now())


def _entered(one: VersionReading) -> Version:
    """Read the document and make the version, which the reading names from then on: a job that is run again does not
    make another."""
    own = VersionReading.objects.filter(pk=one.pk, state=WorkState.RUNNING)
    own.update(step=VersionReading.Step.PARSING)
    data = files.read(one.file)
    parsed = _parsed(one, data)
    own.update(step=VersionReading.Step.KEEPING)
    draft = versions.keep(data, one.name, parsed)
    with transaction.atomic():
        locked = VersionReading.objects.select_for_update().get(pk=one.pk)
        if locked.version is not None:
            return locked.version
        if one.further_title:
            version = further_documents.add(one.agreement, draft, one.further_title, one.signs, one.asked_by).version
        else:
            version = versions.enter(one.agreement, draft, one.asked_by)
        own.update(version=version)
    return version


def _parsed(one: VersionReading, data: bytes) -> ParsedAgreement:
    if one.further_title:
        return further_documents.parse(data, one.name, one.signs)
    return versions.parse(one.agreement, data, one.name)


def compare(version: Version) -> TextComparison | None:
    """Find how the text of a version differs from the one before it, once. None for the first version, and for the text
    of a further document.
    """
    before = versions.before(version) if version.further_document_id is None else None
    if before is None:
        return None
    known = version.comparisons.filter(before=before).first()
    if known is not None:
        return known
    old, new = (agreements.body(document.of(one)) for one in (before, version))
    passages = text_changes.difference(old, new)
    made, _ = TextComparison.objects.get_or_create(
        before=before, after=version, defaults={"passages": text_changes.as_json(passages)}
    )
    return made
