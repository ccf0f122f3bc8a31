"""The register: issuers, their notes, the parties that sign, what they hold, who signs for them and by what authority.

The register outlives any one agreement. Only `signatures.domain` writes it.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class Issuer(models.Model):
    """The company whose notes are held. It keeps one register for all its agreements."""

    name = models.CharField(max_length=300, unique=True)
    descriptor = models.CharField(max_length=300, blank=True, help_text="As printed: a Delaware corporation")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="issuer_has_a_name")]

    def __str__(self) -> str:
        return self.name


class Notes(models.Model):
    """One series of notes, governed by one indenture."""

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="notes")
    title = models.CharField(max_length=300)
    cusip = models.CharField("CUSIP", max_length=12, blank=True)
    indenture = models.TextField(blank=True)
    trustee = models.CharField(max_length=300, blank=True)
    currency = models.CharField(max_length=3, default="USD")

    class Meta:
        ordering = ["title"]
        verbose_name_plural = "notes"
        constraints = [
            models.UniqueConstraint(fields=["issuer", "title"], name="one_series_of_a_title_per_issuer"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="notes_have_an_iso_currency"),
            # What an agreement's notes refer to, together with its issuer (agreement_is_about_its_issuers_notes).
            models.UniqueConstraint(fields=["id", "issuer"], name="notes_with_their_issuer"),
        ]

    def __str__(self) -> str:
        return self.title


class PrincipalOutstanding(models.Model):
    """How much principal of a series is outstanding. Never overwritten: a change closes this row and opens another."""

    notes = models.ForeignKey(Notes, on_delete=models.PROTECT, related_name="principal_outstanding")
    amount = models.DecimalField(max_digits=20, decimal_places=2)
    source = models.CharField(max_length=300, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "principal outstanding"
        constraints = [
            models.UniqueConstraint(
                fields=["notes"], condition=Q(closed_at=None), name="one_open_principal_outstanding_per_notes"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="principal_outstanding_is_not_negative"),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")),
                name="principal_outstanding_closes_after_it_opened",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notes}: {self.amount:,.2f}"


class PartyRole(models.TextChoices):
    ISSUER = "issuer", "issuer"
    HOLDER = "holder", "holder"
    GUARANTOR = "guarantor", "guarantor"
    TRUSTEE = "trustee", "trustee"
    OTHER = "other", "other party"


class Party(models.Model):
    """Whoever signs agreements of an issuer: the issuer itself, a holder of its notes, a guarantor, a trustee."""

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(max_length=10, choices=PartyRole.choices)
    name = models.CharField(max_length=300)
    folded_name = models.CharField(max_length=300, editable=False, help_text="The name without case and punctuation")
    descriptor = models.CharField(max_length=300, blank=True, help_text="As printed: a Delaware limited partnership")
    address = models.TextField(blank=True)
    family = models.CharField("fund family", max_length=200, blank=True)
    through = models.CharField(
        "held through",
        max_length=300,
        blank=True,
        help_text="The participant or custodian; empty for a holder of record",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "parties"
        constraints = [
            models.CheckConstraint(condition=Q(role__in=PartyRole.values), name="party_role_is_known"),
            models.UniqueConstraint(fields=["issuer", "role", "folded_name"], name="one_party_of_a_name_and_role"),
            models.CheckConstraint(condition=~Q(folded_name=""), name="party_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ThroughChange(models.Model):
    """That a party holds through another participant than before. A past tally asks through which it held then."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="through_changes")
    before = models.CharField(max_length=300, blank=True)
    after = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="a_change_of_participant_changes_it"),
        ]
        indexes = [models.Index(fields=["party", "at"], name="participants_in_time")]

    def __str__(self) -> str:
        return f"{self.party}: through {self.after or 'nobody'}"


class HolderManager(models.Manager["Holder"]):
    """Parties in the role of holder."""

    def get_queryset(self) -> models.QuerySet[Holder]:
        return super().get_queryset().filter(role=PartyRole.HOLDER)


class Holder(Party):
    """A holder of notes: of record, or beneficial owner through a participant or custodian."""

    objects = HolderManager()  # type: ignore[misc]

    class Meta:
        proxy = True
        ordering = ["name"]


class HoldingSource(models.TextChoices):
    REGISTER = "register", "register as imported"
    TRUSTEE = "trustee", "trustee's list"
    PARTICIPANT = "participant", "participant"
    CUSTODIAN = "custodian", "custodian"
    PAGE = "page", "written on the signature page"


class Holding(models.Model):
    """Principal that a holder holds of a series. Never overwritten: a change closes this row and opens another.

    `principal` is null where the amount is not known: such a holding counts as zero.
    """

    holder = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="holdings")
    notes = models.ForeignKey(Notes, on_delete=models.PROTECT, related_name="holdings")
    principal = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    as_of = models.DateField("record date", null=True, blank=True)
    source = models.CharField(max_length=12, choices=HoldingSource.choices, default=HoldingSource.REGISTER)
    disregarded = models.BooleanField(default=False)
    disregarded_reason = models.CharField(max_length=300, blank=True)
    disregarded_known_by = models.CharField("who knew", max_length=300, blank=True)
    disregarded_since = models.DateField("known since", null=True, blank=True)
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(source__in=HoldingSource.values), name="holding_source_is_known"),
            models.UniqueConstraint(
                fields=["holder", "notes"], condition=Q(closed_at=None), name="one_open_holding_per_holder_and_notes"
            ),
            models.CheckConstraint(
                condition=Q(principal=None) | Q(principal__gte=0), name="holding_principal_is_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(disregarded=False) | ~Q(disregarded_reason=""), name="disregarded_holding_says_why"
            ),
            models.CheckConstraint(
                condition=Q(disregarded=True) | Q(disregarded_known_by="", disregarded_since=None),
                name="only_a_disregarded_holding_says_who_knew",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="holding_closes_after_it_opened"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder}: {'unknown' if self.principal is None else f'{self.principal:,.2f}'}"


class Signatory(models.Model):
    """A natural person who signs, for one party or for several."""

    issuer = models.ForeignKey(Issuer, on_delete=models.PROTECT, related_name="signatories")
    name = models.CharField(max_length=200)
    folded_name = models.CharField(max_length=200, editable=False)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=50, default="America/New_York")
    send_to = models.CharField(
        max_length=300, blank=True, help_text="Who gets this person's packet instead: the holder's counsel, a custodian"
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "signatories"
        constraints = [
            models.CheckConstraint(condition=~Q(folded_name=""), name="signatory_has_a_name"),
            models.UniqueConstraint(
                fields=["issuer", "folded_name", "email"], name="one_signatory_of_a_name_and_email"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AuthorityLink(models.Model):
    """One step of `By: X, its Y`. Position 1 is the outermost: the entity that acts for the party itself."""

    class Evidence(models.TextChoices):
        NONE = "none", "none on file"
        INCUMBENCY = "incumbency", "incumbency certificate"
        POWER = "power", "power of attorney"

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="chain")
    position = models.PositiveSmallIntegerField()
    entity = models.CharField(max_length=300)
    capacity = models.CharField(max_length=200, blank=True)
    descriptor = models.CharField(max_length=300, blank=True)
    evidence = models.CharField(max_length=12, choices=Evidence.choices, default=Evidence.NONE)

    class Meta:
        ordering = ["party", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["party", "position"],
                name="one_authority_link_a_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="authority_links_count_from_one"),
            models.CheckConstraint(condition=~Q(entity=""), name="authority_link_names_an_entity"),
            models.CheckConstraint(
                condition=Q(evidence__in=["none", "incumbency", "power"]), name="authority_evidence_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"By {self.entity}, {self.capacity}"


class PartySignatory(models.Model):
    """That a signatory signs for a party, and with which title. A party may need more than one."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="signing")
    signatory = models.ForeignKey(Signatory, on_delete=models.PROTECT, related_name="signs_for")
    position = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["party", "position"]
        verbose_name_plural = "party signatories"
        constraints = [
            models.UniqueConstraint(fields=["party", "position"], name="one_signatory_a_position_of_a_party"),
            models.UniqueConstraint(fields=["party", "signatory"], name="a_signatory_signs_once_for_a_party"),
            models.CheckConstraint(condition=Q(position__gte=1), name="signatories_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.signatory} for {self.party}"
