"""How signature pages are typeset: the firm's templates, and what an agreement took from one."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from signatures.models.issued import Agreement

FONTS = ("Libertinus Serif", "Liberation Serif", "Liberation Sans")
MOST_BLOCKS = 4


def usual_blanks() -> list[str]:
    """Return the blanks of a page when nobody said otherwise."""
    return ["title", "amount"]


class PageTemplate(models.Model):
    """A way to typeset signature pages. Without an agreement it is the firm's, which agreements start from; the row of
    an agreement is its own. Both may change: an issued page remembers in `typeset_with` all that it was set with.
    """

    class Paper(models.TextChoices):
        LETTER = "Letter", "Letter, 8½ by 11 inches"
        A4 = "A4", "A4, 210 by 297 mm"

    class Blank(models.TextChoices):
        TITLE = "title", "Title, where none is known"
        AMOUNT = "amount", "Amount held"
        DATE = "date", "Date of signing"

    class Sharing(models.TextChoices):
        ONE = "one", "One block a page"
        SIGNATORY = "signatory", "Blocks of one signatory share a sheet"
        SHARED = "shared", "Any holders share a sheet: they see each other"

    agreement = models.OneToOneField(
        Agreement, on_delete=models.PROTECT, null=True, blank=True, related_name="page_template"
    )
    name = models.CharField(max_length=80, blank=True)
    font = models.CharField(max_length=40, choices=[(font, font) for font in FONTS], default=FONTS[0])
    size = models.DecimalField("size of type, in points", max_digits=3, decimal_places=1, default=11)
    paper = models.CharField(max_length=6, choices=Paper.choices, default=Paper.LETTER)
    witness_clause = models.TextField(blank=True)
    blanks = ArrayField(models.CharField(max_length=6, choices=Blank.choices), default=usual_blanks, blank=True)
    second_signatory = models.BooleanField(default=False)
    sharing = models.CharField("blocks on a page", max_length=9, choices=Sharing.choices, default=Sharing.ONE)
    most_blocks = models.PositiveSmallIntegerField("at most so many blocks on a sheet", default=2)

    class Meta:
        ordering = [Lower("name")]
        constraints = [
            models.CheckConstraint(condition=~Q(agreement=None) | ~Q(name=""), name="firm_template_has_a_name"),
            models.UniqueConstraint(Lower("name"), condition=Q(agreement=None), name="firm_templates_differ_in_name"),
            models.CheckConstraint(condition=Q(font__in=FONTS), name="template_font_is_shipped"),
            models.CheckConstraint(
                condition=Q(size__gte=9, size__lte=13),
                name="template_type_is_legible",
                violation_error_message="Type is set in 9 to 13 points.",
            ),
            models.CheckConstraint(condition=Q(paper__in=["Letter", "A4"]), name="template_paper_is_known"),
            models.CheckConstraint(
                condition=Q(blanks__contained_by=["title", "amount", "date"]),
                name="template_blanks_are_known",
            ),
            models.CheckConstraint(
                condition=Q(sharing__in=["one", "signatory", "shared"]), name="template_sharing_is_known"
            ),
            models.CheckConstraint(
                condition=Q(most_blocks__gte=2, most_blocks__lte=MOST_BLOCKS),
                name="template_sheet_holds_two_to_four",
                violation_error_message="A sheet that is shared holds two to four blocks.",
            ),
        ]

    def __str__(self) -> str:
        return self.name or "the program's own"
