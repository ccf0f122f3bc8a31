"""Signature pages that counsel made: the PDF, the pages found in it, and whose signature each of their lines is for."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from signatures.models.issued import SignatureBlock, StoredFile, Version


class OwnPdf(models.Model):
    """A PDF of counsel's with signature pages of a version. `upright` holds those alone. Closed, never deleted."""

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="own_pdfs")
    source = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    upright = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "source"], condition=Q(closed_at=None), name="own_pdf_is_open_once_a_version"
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__gte=F("uploaded_at"), closed_by__isnull=False),
                name="closed_own_pdf_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OwnPage(models.Model):
    """A signature page of such a PDF. `index` counts in `upright`; `found` is a paper.own_pages.find.FoundPage.

    `for_each`: it names nobody, and each holder without another page gets a copy.
    """

    pdf = models.ForeignKey(OwnPdf, on_delete=models.PROTECT, related_name="pages")
    index = models.PositiveIntegerField()
    found = models.JSONField()
    picture = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    for_each = models.BooleanField(default=False)

    class Meta:
        ordering = ["pdf", "index"]
        constraints = [
            models.UniqueConstraint(fields=["pdf", "index"], name="own_page_is_found_once"),
            models.UniqueConstraint(fields=["pdf"], condition=Q(for_each=True), name="own_pdf_has_one_form"),
        ]

    def __str__(self) -> str:
        return f"{self.pdf}, page {self.found.get('number', self.index + 1)}"


class OwnLine(models.Model):
    """That a rule of such a page, `at` its place in `found`, is for a block's signature line of this position."""

    page = models.ForeignKey(OwnPage, on_delete=models.CASCADE, related_name="lines")
    at = models.PositiveSmallIntegerField()
    block = models.ForeignKey(SignatureBlock, on_delete=models.CASCADE, related_name="own_lines")
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["page", "at"]
        constraints = [
            models.UniqueConstraint(fields=["page", "at"], name="own_line_is_for_one_signature"),
            models.UniqueConstraint(fields=["page", "block", "position"], name="signature_has_one_line_of_an_own_page"),
        ]

    def __str__(self) -> str:
        return f"{self.page}: {self.block}"
