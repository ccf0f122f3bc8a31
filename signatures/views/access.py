"""Signing in and out, and fetching what a person may see: strangers get 404, who looks on and acts gets 403."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth import views as auth_views
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from signatures.forms import SignInForm
from signatures.models import Agreement, ReceivedPage, Role, SignatureBlock, SignaturePage, User


@dataclass(frozen=True)
class Access:
    """An agreement that the person has a part in, and what that part allows."""

    agreement: Agreement
    user: User
    may_act: bool
    show_amounts: bool
    is_counsel: bool


def agreement_for(request: HttpRequest, slug: str, decide: bool = False) -> Access:
    """Fetch an agreement for the person who is signed in, in one query.

    Raises Http404 where the person has no part in it, PermissionDenied where `decide` is asked of one who looks on.
    """
    visible = Agreement.objects.visible_to(request.user).select_related("issuer", "notes")
    agreement = get_object_or_404(
        visible.annotate(own_role=F("memberships__role"), own_amounts=F("memberships__may_see_amounts")), slug=slug
    )
    may_act = agreement.own_role in (Role.COUNSEL, Role.ADMIN)  # type: ignore[attr-defined]
    if decide and not may_act:
        raise PermissionDenied("You may look at this agreement. To change something, ask its counsel.")
    own_amounts: bool = agreement.own_amounts  # type: ignore[attr-defined]
    return Access(agreement, signed_in(request), may_act, own_amounts, agreement.own_role == Role.COUNSEL)  # type: ignore[attr-defined]


def signed_in(request: HttpRequest) -> User:
    """Return the person who is signed in. Raises Http404 for nobody: such a view wants login_required."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def received_page_for(access: Access, page: int) -> ReceivedPage:
    """Fetch a received page of the agreement. A page whose agreement is open is nobody's yet."""
    pages = ReceivedPage.objects.filter(agreement=access.agreement)
    return get_object_or_404(
        pages.select_related(
            "submission__received_by", "submission__packet__signatory", "current_reading", "settled_by"
        ),
        pk=page,
    )


def issued_page_for(access: Access, page: int) -> SignaturePage:
    """Fetch an issued page of the agreement."""
    return get_object_or_404(SignaturePage.objects.filter(version__agreement=access.agreement), pk=page)


def signed_block_for(access: Access, block: int) -> SignatureBlock:
    """Fetch a block of the version that is signed."""
    signed = SignatureBlock.objects.filter(version__agreement=access.agreement, version__is_execution=True)
    return get_object_or_404(signed.select_related("party"), pk=block)


class SignIn(auth_views.LoginView):
    """Sign in by e-mail address and password, and go on to where one wanted to be."""

    template_name = "registration/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True


sign_in = SignIn.as_view()
sign_out = auth_views.LogoutView.as_view()
