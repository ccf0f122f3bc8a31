"""The records, for an admin: to search, filter and follow. What changes them is an action that calls the domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from holders.models import AuthorityLink, Holding, Issuer, Notes, Party, PartySignatory, PrincipalOutstanding, Signatory
from signatures import models
from signatures.domain.decisions import review, undoing
from signatures.domain.documents import agreements, escrow
from signatures.domain.errors import Refused
from signatures.domain.packets import distribution
from signatures.domain.pages import issuing
from signatures.domain.tally import tabulation

admin.site.site_header = admin.site.site_title = "Counterpart: the records"
admin.site.index_title = "Records"
admin.site.unregister(Group)


OPEN_OR_CLOSED = ("closed_at", admin.EmptyFieldListFilter)


class LookedAt:
    """Rows that nobody adds, changes or deletes here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Records(LookedAt, admin.ModelAdmin):
    """A model whose rows can be looked at, searched and followed, and changed by actions alone."""

    list_per_page = 50
    show_full_result_count = False


class Lines(LookedAt, admin.TabularInline):
    """Rows that belong to another, shown with it."""

    extra = 0
    show_change_link = True


def lines(of: type[Model], **options: Any) -> type[Lines]:
    """Return the rows of a model as a part of another record."""
    return type(f"{of.__name__}Lines", (Lines,), {"model": of, **options})


def link_to(field: str, words: str = "") -> Callable[[Any, Any], str]:
    """Return a column that links to the record in a field, headed by other words where they are given."""

    @admin.display(description=words or field, ordering=field)
    def column(self: Any, row: Any) -> str:
        target = getattr(row, field)
        if target is None:
            return "–"
        name = f"admin:{target._meta.app_label}_{target._meta.model_name}_change"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[target.pk]), str(target))

    return column


def each(request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], object], done: str) -> None:
    """Do something for each row and say how it went; a refusal stops only its own row."""
    count = 0
    for row in rows:
        try:
            act(row)
            count += 1
        except Refused as error:
            messages.error(request, f"{row}: {error}")
    if count:
        messages.success(request, done.format(count=count))


@admin.register(models.User)
class UserAdmin(DjangoUserAdmin):
    """Accounts are the one thing that is edited here."""

    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email", "name")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),)
    filter_horizontal = ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Issuer)
class IssuerAdmin(Records):
    list_display = ("name", "descriptor", "created_at")
    search_fields = ("name",)
    inlines = (lines(Notes),)


@admin.register(Notes)
class NotesAdmin(Records):
    list_display = ("title", "issuer_link", "cusip", "trustee", "currency")
    search_fields = ("title", "cusip", "issuer__name", "trustee")
    list_select_related = ("issuer",)
    inlines = (lines(PrincipalOutstanding),)
    issuer_link = link_to("issuer")


@admin.register(Party)
class PartyAdmin(Records):
    list_display = ("name", "role", "issuer_link", "family", "through")
    list_filter = ("role", "issuer")
    search_fields = ("name", "chain__entity", "signing__signatory__name", "address", "family")
    list_select_related = ("issuer",)
    inlines = (lines(AuthorityLink), lines(PartySignatory), lines(Holding))
    issuer_link = link_to("issuer")


@admin.register(Signatory)
class SignatoryAdmin(Records):
    list_display = ("name", "email", "telephone", "send_to", "issuer_link")
    list_filter = ("issuer",)
    search_fields = ("name", "email", "signs_for__party__name")
    list_select_related = ("issuer",)
    inlines = (lines(PartySignatory),)
    issuer_link = link_to("issuer")


@admin.register(Holding)
class HoldingAdmin(Records):
    list_display = ("holder_link", "notes", "principal", "as_of", "source", "disregarded", "opened_at", "closed_at")
    list_filter = ("notes", "source", "disregarded", OPEN_OR_CLOSED)
    search_fields = ("holder__name",)
    list_select_related = ("holder", "notes")
    holder_link = link_to("holder")


@admin.register(models.Agreement)
class AgreementAdmin(Records):
    list_display = ("title", "issuer_link", "as_of", "due_at", "accept_certain_by", "created_at")
    list_filter = ("issuer",)
    search_fields = ("title", "slug", "issuer__name")
    list_select_related = ("issuer", "accept_certain_by")
    inlines = (
        lines(
            models.Version,
            fields=("number", "source_name", "pdf", "is_execution", "adopted_at", "adopted_by", "withdrawn_at"),
        ),
        lines(models.FurtherDocument),
        lines(models.Threshold),
        lines(models.Membership),
    )
    actions = ("accept_certain", "switch_rule_on", "switch_rule_off", "issue_pages", "release")
    issuer_link = link_to("issuer")

    @admin.action(description="Accept what is certain, in my name")
    def accept_certain(self, request: HttpRequest, rows: QuerySet[models.Agreement]) -> None:
        each(request, rows, lambda row: review.accept_certain(row, _person(request)), "Accepted in {count} agreements.")

    @admin.action(description="Switch “accept what is certain” on, in my name")
    def switch_rule_on(self, request: HttpRequest, rows: QuerySet[models.Agreement]) -> None:
        person = _person(request)
        each(request, rows, lambda row: agreements.accept_certain_from_now(row, person, on=True), "On for {count}.")

    @admin.action(description="Switch “accept what is certain” off")
    def switch_rule_off(self, request: HttpRequest, rows: QuerySet[models.Agreement]) -> None:
        person = _person(request)
        each(request, rows, lambda row: agreements.accept_certain_from_now(row, person, on=False), "Off for {count}.")

    @admin.action(description="Issue the pages that were not issued yet, one block a page")
    def issue_pages(self, request: HttpRequest, rows: QuerySet[models.Agreement]) -> None:
        each(request, rows, lambda row: issuing.issue(row, _person(request)), "Issued for {count} agreements.")

    @admin.action(description="Release everything executed from escrow")
    def release(self, request: HttpRequest, rows: QuerySet[models.Agreement]) -> None:
        each(request, rows, lambda row: escrow.release_all(row, _person(request)), "Released in {count} agreements.")


def _person(request: HttpRequest) -> models.User:
    if not isinstance(request.user, models.User):
        raise Refused("Sign in first.")
    return request.user


@admin.register(models.Proxy)
class ProxyAdmin(Records):
    list_display = ("block", "participant", "evidence", "dated", "opened_at", "opened_by", "closed_at")
    search_fields = ("participant", "evidence", "block__entity")
    list_select_related = ("block", "opened_by")


@admin.register(models.Note)
class NoteAdmin(Records):
    list_display = ("party", "words", "is_contact", "made_at", "made_by", "struck_at")
    search_fields = ("words", "party__name")
    list_select_related = ("party", "made_by")


@admin.register(models.Revocation)
class RevocationAdmin(Records):
    list_display = ("block", "reason", "was", "opened_at", "opened_by", "closed_at")
    search_fields = ("reason", "block__entity")
    list_select_related = ("block", "opened_by")


@admin.register(models.Joinder)
class JoinderAdmin(Records):
    list_display = ("block", "transferor", "principal", "dated", "joined_at", "joined_by")
    search_fields = ("block__entity", "transferor__entity")
    list_select_related = ("block", "transferor", "joined_by")


@admin.register(models.Threshold)
class ThresholdAdmin(Records):
    list_display = ("name", "clause", "percent", "inclusive", "base", "agreement_link", "opened_at", "closed_at")
    list_filter = ("agreement", OPEN_OR_CLOSED)
    search_fields = ("name", "clause")
    list_select_related = ("agreement",)
    actions = ("remove",)
    agreement_link = link_to("agreement")

    @admin.action(description="Remove; past tallies stay as they were")
    def remove(self, request: HttpRequest, rows: QuerySet[models.Threshold]) -> None:
        person = _person(request)
        each(
            request, rows, lambda row: tabulation.remove_threshold(row.agreement, row.name, person), "Removed {count}."
        )


@admin.register(models.SignatureBlock)
class SignatureBlockAdmin(Records):
    list_display = ("entity", "role", "state", "state_since", "party_link", "version")
    list_filter = ("state", "role", "version__agreement", "certain")
    search_fields = ("entity", "chain", "lines__name", "pages__number")
    list_select_related = ("party", "version__agreement")
    inlines = (lines(models.SignatureLine), lines(models.Counterpart))
    party_link = link_to("party")


@admin.register(models.SignaturePage)
class SignaturePageAdmin(Records):
    list_display = ("number", "state", "packet_link", "version", "issued_at")
    list_filter = ("state", "version__agreement")
    search_fields = ("number", "key", "blocks__entity")
    list_select_related = ("packet__signatory", "packet__party", "version__agreement")
    inlines = (lines(models.PlacedBlock),)
    exclude = ("layout",)
    packet_link = link_to("packet")


@admin.register(models.Packet)
class PacketAdmin(Records):
    list_display = ("__str__", "agreement_link", "generation", "first_opened_at", "last_opened_at")
    list_filter = ("agreement", ("first_opened_at", admin.EmptyFieldListFilter))
    search_fields = ("signatory__name", "party__name", "pages__number")
    list_select_related = ("agreement", "signatory", "party")
    actions = ("replace_link",)
    agreement_link = link_to("agreement")

    @admin.action(description="Replace the link; the old one stops working")
    def replace_link(self, request: HttpRequest, rows: QuerySet[models.Packet]) -> None:
        each(
            request, rows, lambda row: distribution.replace_link(row, _person(request)), "Replaced the link of {count}."
        )


@admin.register(models.Submission)
class SubmissionAdmin(Records):
    list_display = ("original_name", "channel", "sender", "received_at", "state", "page_count", "agreement_link")
    list_filter = ("state", "channel", "agreement")
    search_fields = ("original_name", "sender", "file__sha256")
    list_select_related = ("agreement",)
    inlines = (
        lines(
            models.ReceivedPage,
            fields=("index", "state", "needs_person", "question", "reason", "read_at", "settled_at"),
        ),
    )
    agreement_link = link_to("agreement")


@admin.register(models.ReceivedPage)
class ReceivedPageAdmin(Records):
    list_display = (
        "__str__",
        "state",
        "needs_person",
        "question",
        "agreement_link",
        "settled_by",
        "by_rule",
        "read_at",
    )
    list_filter = ("state", "needs_person", "by_rule", "agreement", ("settled_at", admin.EmptyFieldListFilter))
    search_fields = ("submission__original_name", "reason", "question", "matches__signature_page__number")
    list_select_related = ("submission", "agreement", "settled_by")
    inlines = (
        lines(models.Match),
        lines(models.Reading, fields=("engine", "kind", "made_at")),
        lines(models.Counterpart),
        lines(models.Defect, fk_name="page"),
    )
    actions = ("undo", "set_aside")
    agreement_link = link_to("agreement")

    @admin.action(description="Undo what was decided: back into the review queue")
    def undo(self, request: HttpRequest, rows: QuerySet[models.ReceivedPage]) -> None:
        each(request, rows, lambda row: undoing.undo(row, _person(request)), "{count} pages are in the queue again.")

    @admin.action(description="Set aside as not a page of this agreement")
    def set_aside(self, request: HttpRequest, rows: QuerySet[models.ReceivedPage]) -> None:
        reason = "An admin said that it is not a page of this agreement"
        each(
            request, rows, lambda row: review.set_aside(row, _person(request), reason), "{count} pages were set aside."
        )


@admin.register(models.Reading)
class ReadingAdmin(Records):
    list_display = ("page_link", "engine", "kind", "made_at")
    list_filter = ("engine", "kind")
    search_fields = ("page__submission__original_name",)
    list_select_related = ("page__submission",)
    page_link = link_to("page")


@admin.register(models.Match)
class MatchAdmin(Records):
    list_display = ("page_link", "signature_page_link", "method", "matched_by", "opened_at", "closed_at")
    list_filter = ("method", OPEN_OR_CLOSED)
    search_fields = ("signature_page__number", "page__submission__original_name")
    list_select_related = ("page__submission", "signature_page", "matched_by")
    page_link = link_to("page", "received page")
    signature_page_link = link_to("signature_page", "issued page")


@admin.register(models.Counterpart)
class CounterpartAdmin(Records):
    list_display = ("block_link", "page_link", "accepted_by", "by_rule", "original", "opened_at", "closed_at")
    list_filter = ("by_rule", "original", "block__version__agreement", OPEN_OR_CLOSED)
    search_fields = ("block__entity", "page__submission__original_name")
    list_select_related = ("block", "page__submission", "accepted_by")
    block_link = link_to("block")
    page_link = link_to("page", "received page")


@admin.register(models.CarryOver)
class CarryOverAdmin(Records):
    list_display = ("block_link", "answer", "authority", "given_by", "given_on", "opened_by", "opened_at", "closed_at")
    list_filter = ("block__version__agreement", "answer", OPEN_OR_CLOSED)
    search_fields = ("block__entity", "given_by")
    list_select_related = ("block", "opened_by")
    block_link = link_to("block")


@admin.register(models.BestCopy)
class BestCopyAdmin(Records):
    list_display = ("block_link", "page_link", "chosen_by", "opened_at", "closed_at")
    list_filter = ("block__version__agreement", OPEN_OR_CLOSED)
    search_fields = ("block__entity", "page__submission__original_name")
    list_select_related = ("block", "page__submission", "chosen_by")
    block_link = link_to("block")
    page_link = link_to("page", "received page")


@admin.register(models.Defect)
class DefectAdmin(Records):
    list_display = ("code", "block_link", "page_link", "note", "opened_by", "opened_at", "outcome")
    list_filter = ("code", "outcome", OPEN_OR_CLOSED)
    search_fields = ("block__entity", "note")
    list_select_related = ("block", "page__submission", "opened_by")
    block_link = link_to("block")
    page_link = link_to("page", "received page")


@admin.register(models.PagePlace)
class PagePlaceAdmin(Records):
    list_display = ("page_link", "submission_link", "position", "begins", "placed_by", "placed_at", "closed_at")
    list_filter = ("submission__agreement", OPEN_OR_CLOSED)
    search_fields = ("submission__original_name", "page__submission__original_name")
    list_select_related = ("page__submission", "submission", "placed_by")
    page_link = link_to("page")
    submission_link = link_to("submission", "file")


@admin.register(models.Statement)
class StatementAdmin(Records):
    list_display = ("particular", "block_link", "page_link", "stated_by", "generation", "stated_at")
    list_filter = ("particular", "block__version__agreement")
    search_fields = ("block__entity", "stated_by", "text")
    list_select_related = ("block", "page__submission")
    block_link = link_to("block")
    page_link = link_to("page", "received page")


@admin.register(models.ClientLink)
class ClientLinkAdmin(Records):
    list_display = ("client", "agreement_link", "with_amounts", "ends_at", "made_by", "withdrawn_at", "last_opened_at")
    list_filter = ("with_amounts", "agreement", ("withdrawn_at", admin.EmptyFieldListFilter))
    search_fields = ("client", "agreement__title")
    list_select_related = ("agreement", "made_by")
    agreement_link = link_to("agreement")


@admin.register(models.AuditEvent)
class AuditEventAdmin(Records):
    list_display = ("sequence", "at", "action", "actor_label", "agreement_link")
    list_filter = ("agreement", "action")
    search_fields = ("action", "actor_label", "data")
    list_select_related = ("agreement",)
    ordering = ("-at", "-sequence")
    agreement_link = link_to("agreement")
