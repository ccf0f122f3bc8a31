"""Who is on an agreement: counsel adds people, changes their part, and takes them off."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST

from signatures.domain import people as domain
from signatures.domain.errors import Refused
from signatures.domain.packets import sending
from signatures.domain.queries import people as queries
from signatures.models import AccountLetter, DispatchState, Membership, Role, User
from signatures.setup_forms import PersonForm
from signatures.views.access import Access, agreement_for
from signatures.views.heading import heading
from signatures.views.words import local_moment

SAYS = {
    DispatchState.QUEUED: "Letter waits to be sent",
    DispatchState.SENDING: "Letter is being sent",
    DispatchState.SENT: "Letter sent",
    DispatchState.FAILED: "Letter not sent",
    DispatchState.PERHAPS: "Letter perhaps sent",
}
UNDO = '{} <button class="button" form="back-{}">Undo</button>'


@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """All who are on an agreement; a post adds somebody."""
    access = agreement_for(request, slug)
    if request.method != "POST":
        return _people(request, access, PersonForm(show_amounts=access.show_amounts))
    _require_counsel(access)
    form = PersonForm(request.POST, show_amounts=access.show_amounts)
    if form.is_valid():
        said = form.cleaned_data
        sees = said.get("may_see_amounts", False)
        try:
            made = domain.add(access.agreement, said["email"], said["name"], said["role"], sees, access.user)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{made.user} is on the agreement now, and is told by letter.")
            return redirect("people", slug)
    return _people(request, access, form, 422)


@require_POST
def change(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Change a person's part (do=change), send the letter again (do=letter) or take them off (do=off)."""
    access = agreement_for(request, slug)
    _require_counsel(access)
    found = Membership.objects.select_related("user", "agreement")
    membership = get_object_or_404(found, agreement=access.agreement, user=user_id)
    try:
        _change(request, access, membership)
    except Refused as error:
        messages.error(request, str(error))
    is_own = membership.user_id == access.user.pk
    return redirect("people", slug) if not is_own or request.POST.get("do") != "off" else redirect("agreements")


@require_POST
def put_back(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Put somebody back who was taken off, with the part that they had."""
    access = agreement_for(request, slug)
    _require_counsel(access)
    gone = {one.user.pk: one for one in queries.taken_off(access.agreement)}
    one = gone.get(user_id)
    try:
        if one is None:
            raise Refused("This person is on the agreement again already.")
        part = one.event.data
        domain.put_back(access.agreement, one.user, part["role"], part["may_see_amounts"], access.user)
        messages.success(request, f"{one.user} is on the agreement again.")
    except Refused as error:
        messages.error(request, str(error))
    return redirect("people", slug)


def _change(request: HttpRequest, access: Access, membership: Membership) -> None:
    """Do what was asked and say it. Raises Refused."""
    do, user = request.POST.get("do"), membership.user
    if do == "off":
        domain.take_off(membership, access.user)
        messages.success(request, format_html(UNDO, f"{user} is off the agreement and sees nothing of it.", user.pk))
    elif do == "letter":
        domain.write_again(membership, access.user)
        messages.success(request, f"The letter to {user} goes out again.")
    else:
        role = request.POST.get("role", "")
        if role not in Role.values:
            raise Refused("Choose what this person may do.")
        membership.role, membership.may_see_amounts = _seen(request, membership)
        if domain.change(membership, role, "may_see_amounts" in request.POST, access.user):
            messages.success(request, f"The part of {user} is changed.")
        else:
            messages.info(request, f"That is the part of {user} already.")


def _seen(request: HttpRequest, membership: Membership) -> tuple[str, bool]:
    """Return the part that the person saw when they changed it: a colleague's change is not overwritten unseen."""
    role, _, sees = request.POST.get("seen", "").partition(" ")
    return (role, sees == "amounts") if role in Role.values else (membership.role, membership.may_see_amounts)


def _require_counsel(access: Access) -> None:
    if not access.is_counsel:
        raise PermissionDenied("Only counsel of this agreement says who may see it.")


def _people(request: HttpRequest, access: Access, form: PersonForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    gone = queries.taken_off(access.agreement) if access.is_counsel else []
    context = {
        "agreement": heading(access.agreement, now),
        "form": form,
        "is_counsel": access.is_counsel,
        "show_amounts": access.show_amounts,
        "is_set_up": sending.is_set_up(),
        "roles": Role.choices,
        "members": [_member(access, one, now) for one in queries.members(access.agreement)],
        "gone": [_gone(access, one, now) for one in gone],
    }
    return render(request, "people/people.html", context, status=status)


def _member(access: Access, one: queries.Member, now: datetime.datetime) -> dict[str, Any]:
    membership, user, slug = one.membership, one.membership.user, access.agreement.slug
    return {
        "id": user.pk,
        "name": str(user),
        "email": user.email if user.name else "",
        "initials": user.initials,
        "is_self": user.pk == access.user.pk,
        "role": membership.role,
        "role_word": membership.get_role_display(),
        "sees_amounts": membership.may_see_amounts,
        "seen": f"{membership.role} {'amounts' if membership.may_see_amounts else 'none'}",
        "account_words": _account(access, user, now),
        "has_signed_in": user.last_login is not None,
        "letter": _letter(access, one.letter, now) if access.is_counsel and one.letter else None,
        "url": reverse("people_change", args=[slug, user.pk]),
    }


def _account(access: Access, user: User, now: datetime.datetime) -> str:
    if not user.is_active:
        return "Account closed"
    if user.last_login:
        return f"Signed in {local_moment(user.last_login, access.agreement.time_zone, now)}"
    return "Has not signed in yet" if user.has_usable_password() else "Has not chosen a password yet"


def _letter(access: Access, letter: AccountLetter, now: datetime.datetime) -> dict[str, Any]:
    state = DispatchState(letter.state)
    return {
        "words": f"{SAYS[state]}, {local_moment(letter.asked_at, access.agreement.time_zone, now)}",
        "reason": letter.reason,
        "kind": {DispatchState.FAILED: "bad", DispatchState.PERHAPS: "wary"}.get(state, ""),
        "under_way": state in (DispatchState.QUEUED, DispatchState.SENDING),
    }


def _gone(access: Access, one: queries.TakenOff, now: datetime.datetime) -> dict[str, Any]:
    when = local_moment(one.event.at, access.agreement.time_zone, now)
    return {
        "id": one.user.pk,
        "name": str(one.user),
        "words": f"was {Role(one.event.data['role']).label}, taken off by {one.event.actor_label}, {when}",
        "url": reverse("people_put_back", args=[access.agreement.slug, one.user.pk]),
    }
