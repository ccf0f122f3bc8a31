"""What is signed: agreements, their versions, signature blocks, signature pages and packets."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from holders.models import PartyRole


class StoredFile(models.Model):
    """Bytes that are kept for ever, once, under their SHA-256. The row exists only when the bytes are in place."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    media_type = models.CharField(max_length=100)
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="stored_file_is_named_by_its_hash"
            ),
            models.CheckConstraint(condition=Q(size__gte=0), name="stored_file_size_is_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sha256[:12]} ({self.size} bytes)"


class Channel(models.TextChoices):
    PORTAL = "portal", "portal"
    EMAIL = "email", "e-mail"
    FAX = "fax", "fax"
    SCAN = "scan", "scan"
    COURIER = "courier", "courier"


class Particular(models.TextChoices):
    NAME = "name", "name"
    TITLE = "title", "title"
    AMOUNT = "amount", "amount"
    DATE = "date", "date"


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, user: object) -> AgreementQuerySet:
        """The agreements that a user has a part in. Every read starts here."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(memberships__user=user)


class Agreement(models.Model):
    """An agreement whose signature pages are collected, with the terms on how pages come back.

    That its notes are of its own issuer is a foreign key of both columns, agreement_is_about_its_issuers_notes, made by
    a migration.
    """

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=300)
    issuer = models.ForeignKey("holders.Issuer", on_delete=models.PROTECT, related_name="agreements")
    notes = models.ForeignKey("holders.Notes", on_delete=models.PROTECT, null=True, related_name="agreements")
    amends = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="amended_by")
    amends_title = models.CharField(
        max_length=300, blank=True, help_text="The earlier agreement, where it is not kept here"
    )
    as_of = models.DateField("dated", null=True, blank=True)
    due_at = models.DateTimeField("deadline", null=True, blank=True)
    time_zone = models.CharField(max_length=50, default="America/New_York")
    delivering_channels = ArrayField(
        models.CharField(max_length=10, choices=Channel.choices), default=list, help_text="Channels that deliver"
    )
    originals_wanted = models.BooleanField(default=False)
    required_particulars = ArrayField(
        models.CharField(max_length=10, choices=Particular.choices), default=list, blank=True
    )
    witness_clause = models.TextField(blank=True)
    amount_caption = models.CharField(max_length=300, blank=True)
    counsel_name = models.CharField(max_length=200, blank=True)
    revocable_after_release = models.BooleanField(
        "may be revoked after release", default=False, help_text="Only where the agreement says so"
    )
    counsel_for = models.CharField(max_length=200, blank=True)
    counsel_telephone = models.CharField(max_length=40, blank=True)
    counsel_email = models.EmailField(blank=True)
    counsel_fax = models.CharField(max_length=40, blank=True)
    counsel_address = models.TextField(max_length=500, blank=True, help_text="Where couriers bring pages")
    accept_certain_by = models.ForeignKey(
        "signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    no_threshold = models.BooleanField(default=False, help_text="Counsel said that the agreement has no threshold")
    amounts_invented = models.BooleanField(default=False, help_text="A demonstration: its amounts are invented")
    created_at = models.DateTimeField(default=timezone.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="agreement_has_a_title"),
            models.CheckConstraint(condition=Q(amends=None) | ~Q(amends=F("id")), name="agreement_amends_another"),
            models.CheckConstraint(
                condition=Q(delivering_channels__contained_by=Channel.values), name="delivering_channels_are_known"
            ),
            models.CheckConstraint(
                condition=Q(required_particulars__contained_by=Particular.values), name="required_particulars_are_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def currency(self) -> str:
        """The ISO 4217 code in which amounts are shown: the notes', or US dollars where no notes are named."""
        return self.notes.currency if self.notes else "USD"


class FurtherDocument(models.Model):
    """A document that is signed along with an agreement: a release, say, or a joinder to another agreement.

    It has one text, its `version`, and blocks and pages of its own. The agreement itself alone is tallied. `signs` says
    who signs it: whom its own signature blocks name, or the holders or all parties of the agreement.
    """

    class Signs(models.TextChoices):
        NAMED = "named", "whom its signature blocks name"
        HOLDERS = "holders", "every holder of the agreement"
        PARTIES = "parties", "every party of the agreement"

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="further_documents")
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    signs = models.CharField(max_length=7, choices=Signs.choices)
    added_at = models.DateTimeField(default=timezone.now)
    added_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["agreement", "position"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "position"], name="one_further_document_a_position"),
            models.CheckConstraint(condition=~Q(title=""), name="further_document_has_a_title"),
            models.CheckConstraint(
                condition=Q(signs__in=["named", "holders", "parties"]), name="who_signs_a_further_document_is_known"
            ),
            # What a version's further document refers to, together with its agreement.
            models.UniqueConstraint(fields=["id", "agreement"], name="further_document_with_its_agreement"),
        ]

    def __str__(self) -> str:
        return self.title


class OwnVersions(models.Manager["Version"]):
    """The versions of agreements themselves, without the texts of what is signed along with them."""

    def get_queryset(self) -> models.QuerySet[Version]:
        return super().get_queryset().filter(further_document=None)


class Version(models.Model):
    """One text of an agreement, as it came and as a PDF. The execution version is the final text, which is signed.

    The text of a further document is a version too, in `every` alone, and never the execution version. That it belongs
    to a document of its own agreement is a foreign key of both columns, version_is_of_its_agreements_document, made by
    a migration.

    A new one waits until counsel adopts it (`adopted_at`) or withdraws it. `as_read` is what was read from the document
    but for its text (see `domain.documents.document`), None for one that was uploaded before this was kept.
    `changed_by_adoption`: what adopting it changed elsewhere (see `domain.documents.version_undo`), None as above.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="versions")
    further_document = models.OneToOneField(
        FurtherDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="version"
    )
    number = models.PositiveSmallIntegerField()
    source = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    source_name = models.CharField(max_length=255)
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    reading_copy = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The text without the signature blocks, for holders; empty where it would name another holder",
    )
    text = models.TextField(blank=True)
    as_read = models.JSONField(null=True, blank=True)
    changed_by_adoption = models.JSONField(null=True, blank=True, editable=False)
    is_execution = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)
    adopted_at = models.DateTimeField(default=timezone.now, null=True, blank=True)
    adopted_by = models.ForeignKey("signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "signatures.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = OwnVersions()
    every = models.Manager()

    class Meta:
        ordering = ["agreement", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number"],
                condition=Q(further_document=None),
                name="versions_are_numbered_once",
            ),
            models.CheckConstraint(
                condition=Q(further_document=None) | Q(is_execution=False, adopted_at__isnull=False, number=1),
                name="the_agreement_alone_has_an_execution_version",
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(is_execution=True), name="one_execution_version_an_agreement"
            ),
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(adopted_at=None, withdrawn_at=None),
                name="one_version_waits_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(is_execution=False) | Q(adopted_at__isnull=False, withdrawn_at=None),
                name="execution_version_was_adopted",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False),
                name="withdrawn_version_says_by_whom",
            ),
            # What a page's `version_sha256` refers to, together with its version (page_is_bound_to_its_version).
            models.UniqueConstraint(fields=["id", "pdf"], name="version_with_its_hash"),
            # What a packet's version refers to, together with its agreement (packet_is_of_its_versions_agreement).
            models.UniqueConstraint(fields=["id", "agreement"], name="version_with_its_agreement"),
            models.CheckConstraint(
                condition=Q(adopted_at__isnull=False) | Q(adopted_by=None), name="who_adopted_a_version_did_so"
            ),
        ]

    def __str__(self) -> str:
        if self.further_document is not None:
            return str(self.further_document)
        return f"{self.agreement}, version {self.number}"

    @property
    def is_signed_now(self) -> bool:
        """Whether its pages count: it is the execution version, or the text of a further document that stands."""
        return self.is_execution or (self.further_document_id is not None and self.withdrawn_at is None)


class BlockState(models.TextChoices):
    OUTSTANDING = "outstanding", "Outstanding"
    IN_REVIEW = "in review", "In review"
    DEFECTIVE = "defective", "Defective"
    EXECUTED = "executed", "Executed, in escrow"
    RELEASED = "released", "Released"
    REVOKED = "revoked", "Revoked"


class StandingBlocks(models.Manager["SignatureBlock"]):
    """The blocks of those who are asked to sign: without those that left, because their joinder was undone."""

    def get_queryset(self) -> models.QuerySet[SignatureBlock]:
        return super().get_queryset().filter(left_at=None)


class SignatureBlock(models.Model):
    """A party's block in a version, with entity, chain and address copied as printed.

    `chain` is a list of {"entity", "capacity", "descriptor"}, outermost first. Only
    `domain.decisions.block_states` writes `state`. One that left stands in `every` alone: past tallies still know it.
    """

    # Its own index is used beside the constraints that begin with it: it is a fifth of their size.
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="blocks")
    party = models.ForeignKey("holders.Party", on_delete=models.PROTECT, related_name="blocks")
    role = models.CharField(max_length=10)
    position = models.PositiveIntegerField()
    entity = models.CharField(max_length=300)
    chain = models.JSONField(default=list)
    address = models.TextField(blank=True)
    certain = models.BooleanField(
        default=True, help_text="Read from the document without a doubt, or confirmed by a person"
    )
    first_line = models.PositiveIntegerField(null=True, blank=True)
    last_line = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=BlockState.choices, default=BlockState.OUTSTANDING)
    state_since = models.DateTimeField(default=timezone.now)
    added_at = models.DateTimeField(
        null=True, default=timezone.now, help_text="Empty where it was added before this was kept"
    )
    left_at = models.DateTimeField(null=True, blank=True, help_text="Since when its joinder is undone")

    objects = StandingBlocks()
    every = models.Manager()

    class Meta:
        ordering = ["version", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "party"], condition=Q(left_at=None), name="one_block_a_party_and_version"
            ),
            models.UniqueConstraint(fields=["version", "position"], name="one_block_a_position"),
            models.CheckConstraint(condition=~Q(entity=""), name="block_names_an_entity"),
            models.CheckConstraint(condition=Q(state__in=BlockState.values), name="block_state_is_known"),
            models.CheckConstraint(condition=Q(role__in=PartyRole.values), name="block_role_is_known"),
            models.CheckConstraint(
                condition=Q(first_line=None, last_line=None) | Q(last_line__gte=F("first_line")),
                name="block_stands_on_lines_in_order",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(state="outstanding"), name="who_left_has_signed_nothing"
            ),
        ]
        indexes = [models.Index(fields=["version", "state"], name="block_by_version_and_state")]

    def __str__(self) -> str:
        return self.entity


class SignatureLine(models.Model):
    """One line to sign in a block, with name and title as printed; empty where they are left to be filled in."""

    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="lines", db_index=False)
    position = models.PositiveSmallIntegerField(default=1)
    signatory = models.ForeignKey(
        "holders.Signatory", on_delete=models.PROTECT, null=True, blank=True, related_name="lines"
    )
    name = models.CharField(max_length=200, blank=True)
    title = models.CharField(max_length=200, blank=True)
    required = models.BooleanField(default=True)

    class Meta:
        ordering = ["block", "position"]
        constraints = [
            models.UniqueConstraint(fields=["block", "position"], name="one_signature_line_a_position"),
            models.CheckConstraint(condition=Q(position__gte=1), name="signature_lines_count_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.block}: {self.name or 'name to be filled in'}"


class Packet(models.Model):
    """What one signatory is sent of a version: the pages of all parties that the person signs for, and the link to
    return them.

    The link's secret is derived from a key, `public_id` and `generation`: it is not stored. That the version is one of
    the agreement is a foreign key of both columns, packet_is_of_its_versions_agreement, made by a migration.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="packets")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="packets")
    signatory = models.ForeignKey("holders.Signatory", on_delete=models.PROTECT, null=True, related_name="packets")
    party = models.ForeignKey(
        "holders.Party",
        on_delete=models.PROTECT,
        null=True,
        related_name="packets",
        help_text="Where nobody is named yet",
    )
    to = ArrayField(
        models.EmailField(),
        default=list,
        blank=True,
        help_text="Where this packet goes; empty for what the register says",
    )
    cc = ArrayField(models.EmailField(), default=list, blank=True, help_text="Who gets a copy of its letters")
    generation = models.PositiveIntegerField(default=1)
    first_opened_at = models.DateTimeField(null=True, blank=True)
    last_opened_at = models.DateTimeField(null=True, blank=True)
    downloaded_at = models.DateTimeField(null=True, blank=True, help_text="Last taken by a person through the link")
    printed_at = models.DateTimeField(null=True, blank=True, help_text="Last taken by counsel, to print or to hand on")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["agreement", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "signatory"],
                condition=~Q(signatory=None),
                name="one_packet_a_version_and_signatory",
            ),
            models.UniqueConstraint(
                fields=["version", "party"], condition=~Q(party=None), name="one_packet_a_version_and_party"
            ),
            models.CheckConstraint(
                condition=Q(signatory=None, party__isnull=False) | Q(party=None, signatory__isnull=False),
                name="packet_is_for_a_signatory_or_a_party",
            ),
            models.CheckConstraint(condition=Q(generation__gte=1), name="links_of_a_packet_count_from_one"),
            # What a file's packet refers to, together with its agreement (file_is_for_its_packets_agreement).
            models.UniqueConstraint(fields=["id", "agreement"], name="packet_with_its_agreement"),
        ]

    def __str__(self) -> str:
        return str(self.signatory or self.party)


class SignaturePage(models.Model):
    """An issued sheet: one or more blocks under one code. Bound to the version's PDF by its hash.

    That the hash is the version's is a foreign key of both columns, page_is_bound_to_its_version, made by a migration.
    `packet` is empty where the sheet shows blocks of several packets: no link offers it.
    """

    class State(models.TextChoices):
        CURRENT = "current", "current"
        SUPERSEDED = "superseded", "superseded"
        VOID = "void", "void"

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="pages")
    version_sha256 = models.CharField(max_length=64)
    packet = models.ForeignKey(Packet, on_delete=models.PROTECT, null=True, blank=True, related_name="pages")
    key = models.CharField(max_length=9, unique=True)
    number = models.CharField(max_length=16, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CURRENT)
    pdf = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    page_index = models.PositiveIntegerField()
    blank = models.ForeignKey(StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    layout = models.JSONField()
    typeset_with = models.JSONField(
        default=dict, blank=True, help_text="All that the page was made with: the same again gives the same bytes"
    )
    issued_at = models.DateTimeField(default=timezone.now)
    blocks: models.ManyToManyField[SignatureBlock, PlacedBlock] = models.ManyToManyField(
        SignatureBlock, through="PlacedBlock", related_name="pages"
    )

    class Meta:
        ordering = ["version", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["current", "superseded", "void"]), name="page_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"page {self.number}"

    @property
    def plain_number(self) -> str:
        """The number without its spaces: the page's id in exports and commands."""
        return self.number.replace(" ", "")


class PlacedBlock(models.Model):
    """That a block stands on an issued page."""

    page = models.ForeignKey(SignaturePage, on_delete=models.PROTECT, related_name="placed", db_index=False)
    block = models.ForeignKey(SignatureBlock, on_delete=models.PROTECT, related_name="placed")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["page", "position"]
        constraints = [
            models.UniqueConstraint(fields=["page", "block"], name="a_block_stands_once_on_a_page"),
            models.UniqueConstraint(fields=["page", "position"], name="one_block_a_position_of_a_page"),
        ]
