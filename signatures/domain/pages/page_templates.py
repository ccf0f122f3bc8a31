"""Templates of signature pages: the firm's, by name, and the one of an agreement, which is its own copy."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from signatures.domain import audit
from signatures.domain.documents.agreements import date_in_words
from signatures.domain.errors import Refused
from signatures.models import Agreement, FurtherDocument, PageTemplate, User
from signatures.paper.drawing import CannotSet
from signatures.paper.typeset import words

CHOICES = ("font", "size", "paper", "witness_clause", "blanks", "second_signatory", "sharing", "most_blocks")
PLACEHOLDERS = {"agreement": "the agreement's title", "date": "“as of” and the agreement's date"}
USUAL = "IN WITNESS WHEREOF, the undersigned has caused its authorized signatory to sign this instrument {date}."
LONGEST_WITNESS = 3000

_FIELD = re.compile(r"\{([^{}]*)\}")


def of(agreement: Agreement) -> PageTemplate:
    """Return what the agreement's pages are typeset with; the program's own, not saved, where nobody chose."""
    return PageTemplate.objects.filter(agreement=agreement).first() or PageTemplate(agreement=agreement)


def of_the_firm() -> list[PageTemplate]:
    """Return the firm's templates by name."""
    return list(PageTemplate.objects.filter(agreement=None))


def checked(template: PageTemplate) -> PageTemplate:
    """Return the template as it would be kept. Raises Refused with the sentence for what is wrong with it."""
    template.name = " ".join(template.name.split())
    template.witness_clause = " ".join(template.witness_clause.split())
    unknown = [name for name in _FIELD.findall(template.witness_clause) if name not in PLACEHOLDERS]
    if unknown:
        can = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise Refused(f"“{{{unknown[0]}}}” is not known here. What can be filled in: {can}.")
    if len(template.witness_clause) > LONGEST_WITNESS:
        raise Refused(f"A witness clause has {LONGEST_WITNESS:,} characters at most.")
    try:
        words(template.witness_clause)
        template.clean_fields(exclude=["agreement"])
        template.validate_constraints()
    except CannotSet as error:
        raise Refused(str(error)) from error
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
    return template


def witness_clause(agreement: Agreement, template: PageTemplate, further: FurtherDocument | None = None) -> str:
    """Return the witness clause of the agreement's pages: the template's, else the document's, else a usual one. What
    a further document's pages say is its own, else the usual one: the template's speaks of the agreement.
    """
    if further is not None:
        own = (further.version.as_read or {}).get("witness_clause")
        return own or USUAL.replace("{date}", "as of the date first written above")
    when = f"as of {date_in_words(agreement.as_of)}" if agreement.as_of else "as of the date first written above"
    wanted = template.witness_clause or agreement.witness_clause or USUAL
    values = {"agreement": agreement.title, "date": when}
    return _FIELD.sub(lambda found: values.get(found.group(1), found.group(0)), wanted)


@transaction.atomic
def choose(agreement: Agreement, wanted: PageTemplate, by: User) -> PageTemplate:
    """Let the agreement's next pages be typeset with these choices; pages that were issued stay as they are."""
    Agreement.objects.select_for_update().get(pk=agreement.pk)
    own = of(agreement)
    before = choices(own) | {"name": own.name} if own.pk else {}
    _take(own, wanted)
    own.name = wanted.name
    checked(own).save()
    after = choices(own) | {"name": own.name}
    if after != before:
        audit.record(agreement, by, "page template chosen", before=before, after=after)
    return own


@transaction.atomic
def keep_for_the_firm(wanted: PageTemplate, by: User) -> PageTemplate:
    """Keep the choices under their name for all agreements to come; the name again changes what it stands for.

    Raises Refused without a name, or where somebody made one of that name a moment ago.
    """
    if not wanted.name.strip():
        raise Refused("Give the template a name under which others find it.")
    kept = PageTemplate.objects.select_for_update().filter(agreement=None, name__iexact=_one_line(wanted.name)).first()
    before = choices(kept) if kept else {}
    kept = kept or PageTemplate(name=wanted.name)
    _take(kept, wanted)
    try:
        with transaction.atomic():
            checked(kept).save()
    except IntegrityError as error:
        raise Refused(f"Somebody else made a template {kept.name} a moment ago. Look at it first.") from error
    audit.record(None, by, "firm template kept", name=kept.name, before=before, after=choices(kept))
    return kept


@transaction.atomic
def remove(template: PageTemplate, by: User) -> None:
    """Take a template of the firm away. What agreements took from it stays theirs."""
    deleted, _ = PageTemplate.objects.filter(pk=template.pk, agreement=None).delete()
    if deleted:
        audit.record(None, by, "firm template removed", name=template.name, before=choices(template))


def choices(template: PageTemplate) -> dict[str, Any]:
    """Return what a template says, as plain values."""
    said = {name: getattr(template, name) for name in CHOICES}
    return said | {"size": float(template.size), "blanks": sorted(template.blanks)}


def _take(template: PageTemplate, wanted: PageTemplate) -> None:
    for name in CHOICES:
        setattr(template, name, getattr(wanted, name))


def _one_line(text: str) -> str:
    return " ".join(text.split())
